// SPDX-License-Identifier: GPL-2.0-only
// What tells IGMP and MLD apart, as data: the engine in this folder is written once, against this table.

#ifndef MCAST_CORE_GM_PROTOCOL_H
#define MCAST_CORE_GM_PROTOCOL_H

#include "../base/expected.h"
#include "../wire/decode-error.h"
#include "../wire/membership.h"
#include "../wire/packet.h"

namespace mcast::gm
{

struct Protocol
{
    Family family;
    std::uint8_t ipProtocol;
    Address allSystems;        ///< where general queries go; nobody ever reports it
    Address allRouters;        ///< where leaves go
    Address reportDestination; ///< where version 3 reports go
    std::size_t ipHeaderSize;  ///< octets with Router Alert
    std::size_t querySize;     ///< octets without sources
    std::size_t reportSize;    ///< octets without records
    std::size_t recordSize;    ///< octets without sources
    std::size_t addressSize;

    Expected<MembershipMessage, DecodeError> (*parse)(const PacketMeta& meta, BytesView message, Version receiver);
    Bytes (*write)(const PacketMeta& meta, const MembershipMessage& message);
    Duration (*maxResponseTime)(Version version, std::uint16_t code);
    std::uint16_t (*maxResponseCode)(Version version, Duration time);

    /// The number of sources that fit into one query on a link (RFC 3376 4.1.8).
    std::size_t SourcesPerQuery(std::size_t mtu) const;
};

/// IGMP over IPv4.
const Protocol& Igmp();

} // namespace mcast::gm

#endif // MCAST_CORE_GM_PROTOCOL_H
