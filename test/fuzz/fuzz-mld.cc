// SPDX-License-Identifier: GPL-2.0-only
// ParseMld and WriteMld; see fuzz-membership.h.

#include "fuzz-membership.h"
#include "wire/ipv6-header.h"

using namespace mcast;

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const FuzzedCodec codec{
        gm::ProtocolOf(Family::Ipv6),
        {*Address::Parse("fe80::1"), *Address::Parse("ff02::16"), PROTOCOL_ICMPV6, 1, 0, true},
        8,
        UpperLayerChecksum};
    FuzzMembership(codec, data, size);
    return 0;
}
