// SPDX-License-Identifier: GPL-2.0-only

#include "protocol.h"

#include "../wire/igmp.h"
#include "../wire/mld.h"

namespace mcast::gm
{

std::size_t
Protocol::SourcesPerQuery(std::size_t mtu) const
{
    const std::size_t fixed = ipHeaderSize + querySize + addressSize;
    return mtu <= fixed ? 1 : (mtu - fixed) / addressSize + 1;
}

Reason
Protocol::Guard(const PacketMeta& meta) const
{
    if (!guarded)
    {
        return Reason::None;
    }
    if (!meta.source.IsLinkLocalUnicast())
    {
        return Reason::BadSource;
    }
    return meta.routerAlert ? Reason::None : Reason::NoRouterAlert;
}

bool
Protocol::IsReported(const Address& group) const
{
    return group != allSystems && !group.IsNodeScopeMulticast();
}

bool
Protocol::IsStrayQuery(const Address& destination, bool joined) const
{
    const bool ownGroup = guarded && joined;
    return destination.IsMulticast() && destination != allSystems && !ownGroup;
}

unsigned
Protocol::Number(Version version) const
{
    return static_cast<unsigned>(version) - versionOffset;
}

std::optional<Version>
Protocol::FromNumber(unsigned number) const
{
    const bool known = number >= Number(oldest) && number <= Number(Version::V3);
    return known ? std::optional(static_cast<Version>(number + versionOffset)) : std::nullopt;
}

std::string
Protocol::VersionName(Version version) const
{
    return std::string(name) + "v" + std::to_string(Number(version));
}

namespace
{

const Protocol&
Igmp()
{
    using std::chrono::milliseconds;
    static const Protocol protocol{
        "IGMP",
        Family::Ipv4,
        PROTOCOL_IGMP,
        TOS_INTERNETWORK_CONTROL,
        Address::Ipv4(224, 0, 0, 1),
        Address::Ipv4(224, 0, 0, 2),
        Address::Ipv4(224, 0, 0, 22),
        Prefix{Address::Ipv4(232, 0, 0, 0), 8},
        false,
        false,
        true,
        Version::V1,
        0,
        IGMP_IP_HEADER_SIZE,
        IGMP_QUERY_SIZE,
        IGMP_REPORT_SIZE,
        IGMP_RECORD_SIZE,
        4,
        milliseconds{100},
        milliseconds{3174400}, // RFC 3376 4.1.1
        milliseconds{25500},   // linear (RFC 2236 2.2)
        [](const PacketMeta&, BytesView message, Version receiver) { return ParseIgmp(message, receiver); },
        [](const PacketMeta&, const MembershipMessage& message) { return WriteIgmp(message); },
        IgmpMaxResponseTime,
        IgmpMaxResponseCode,
    };
    return protocol;
}

const Protocol&
Mld()
{
    using std::chrono::milliseconds;
    static const Protocol protocol{
        "MLD",
        Family::Ipv6,
        PROTOCOL_ICMPV6,
        0,
        *Address::Parse("ff02::1"),
        *Address::Parse("ff02::2"),
        *Address::Parse("ff02::16"),
        Prefix{*Address::Parse("ff30::"), 32},
        true,
        true,
        false,
        Version::V2,
        1,
        MLD_IP_HEADER_SIZE,
        MLD_QUERY_SIZE,
        MLD_REPORT_SIZE,
        MLD_RECORD_SIZE,
        16,
        milliseconds{1},
        MLD_MAX_RESPONSE,
        milliseconds{65535}, // linear (RFC 2710 3.4)
        ParseMld,
        WriteMld,
        MldMaxResponseTime,
        MldMaxResponseCode,
    };
    return protocol;
}

} // namespace

const Protocol&
ProtocolOf(Family family)
{
    return family == Family::Ipv4 ? Igmp() : Mld();
}

} // namespace mcast::gm
