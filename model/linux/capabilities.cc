// SPDX-License-Identifier: GPL-2.0-only

#include "capabilities.h"

#include "failure.h"

#include <array>
#include <cstdint>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mcast::linux_host
{

namespace
{

using CapabilitySets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

constexpr std::uint32_t WANTED = 1U << CAP_NET_ADMIN | 1U << CAP_NET_RAW;
static_assert(CAP_NET_ADMIN < 32 && CAP_NET_RAW < 32, "both are in the first word of the sets");

CapabilitySets
GetCapabilities()
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    CapabilitySets sets{};
    if (syscall(SYS_capget, &header, sets.data()) < 0)
    {
        throw SystemFailure("reading the capabilities");
    }
    return sets;
}

void
DropBoundingSet()
{
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability)
    {
        if (capability != CAP_NET_ADMIN && capability != CAP_NET_RAW)
        {
            prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
        }
    }
}

} // namespace

void
RequireCapabilities()
{
    const auto effective = GetCapabilities()[0].effective;
    for (const auto& [capability, name] :
         {std::pair{CAP_NET_ADMIN, "CAP_NET_ADMIN"}, std::pair{CAP_NET_RAW, "CAP_NET_RAW"}})
    {
        if ((effective >> capability & 1) == 0)
        {
            throw RuntimeFailure(std::string{"must run as root or with CAP_NET_ADMIN and CAP_NET_RAW: "} + name +
                                 " is missing");
        }
    }
}

void
DropOtherCapabilities()
{
    if ((GetCapabilities()[0].permitted >> CAP_SETPCAP & 1) != 0)
    {
        DropBoundingSet();
    }
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    CapabilitySets sets{};
    sets[0].effective = sets[0].permitted = WANTED;
    if (syscall(SYS_capset, &header, sets.data()) < 0)
    {
        throw SystemFailure("dropping capabilities");
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    {
        throw SystemFailure("giving up new privileges");
    }
}

} // namespace mcast::linux_host
