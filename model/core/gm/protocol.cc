// SPDX-License-Identifier: GPL-2.0-only

#include "protocol.h"

#include "../wire/igmp.h"

namespace mcast::gm
{

std::size_t
Protocol::SourcesPerQuery(std::size_t mtu) const
{
    const std::size_t fixed = ipHeaderSize + querySize + addressSize;
    return mtu <= fixed ? 1 : (mtu - fixed) / addressSize + 1;
}

const Protocol&
Igmp()
{
    static const Protocol protocol{
        Family::Ipv4,
        PROTOCOL_IGMP,
        Address::Ipv4(224, 0, 0, 1),
        Address::Ipv4(224, 0, 0, 2),
        Address::Ipv4(224, 0, 0, 22),
        IGMP_IP_HEADER_SIZE,
        IGMP_QUERY_SIZE,
        IGMP_REPORT_SIZE,
        IGMP_RECORD_SIZE,
        4,
        [](const PacketMeta&, BytesView message, Version receiver) { return ParseIgmp(message, receiver); },
        [](const PacketMeta&, const MembershipMessage& message) { return WriteIgmp(message); },
        IgmpMaxResponseTime,
        IgmpMaxResponseCode,
    };
    return protocol;
}

} // namespace mcast::gm
