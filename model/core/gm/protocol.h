// SPDX-License-Identifier: GPL-2.0-only
// What tells IGMP and MLD apart, as data: the engine in this folder is written once, against this table.

#ifndef MCAST_CORE_GM_PROTOCOL_H
#define MCAST_CORE_GM_PROTOCOL_H

#include "../base/expected.h"
#include "../wire/decode-error.h"
#include "../wire/membership.h"
#include "../wire/packet.h"

#include <optional>
#include <string>

namespace mcast::gm
{

struct Protocol
{
    const char* name;
    Family family;
    std::uint8_t ipProtocol;
    std::uint8_t tos;
    Address allSystems;        ///< where general queries go; received always, never reported
    Address allRouters;        ///< where leaves go
    Address reportDestination; ///< where version 3 reports go
    Prefix ssmRange;           ///< RFC 4607 1; of IPv6 every scope is meant, the prefix names one
    /// Only messages with a link-local source (reports of others than routers also ::), Hop Limit 1 and Router Alert
    /// are taken (RFC 3810 5.1.14, 6.2, 7.4, 7.6). Of IGMP these are settings.
    bool guarded;
    /// A specific query of an older version, too, makes a host speak that version (RFC 3810 8.2.1; not RFC 9777).
    bool olderSpecificQueryCounts;
    /// RFC 9776 7.3.1 and 8.12 have no like in RFC 9777.
    bool followsOlderQueriers;
    Version oldest;           ///< the first version that there is
    unsigned versionOffset;   ///< Version::V3 is version 3 - versionOffset of the protocol
    std::size_t ipHeaderSize; ///< octets with Router Alert
    std::size_t querySize;    ///< octets without sources
    std::size_t reportSize;   ///< octets without records
    std::size_t recordSize;   ///< octets without sources
    std::size_t addressSize;

    Duration responseUnit;     ///< of response codes, and the least that a query can tell
    Duration maxResponse;      ///< the longest response time of a version 3 query
    Duration maxResponseOlder; ///< of older ones

    Expected<MembershipMessage, DecodeError> (*parse)(const PacketMeta& meta, BytesView message, Version receiver);
    Bytes (*write)(const PacketMeta& meta, const MembershipMessage& message);
    Duration (*maxResponseTime)(Version version, std::uint16_t code);
    std::uint16_t (*maxResponseCode)(Version version, Duration time);

    /// The number of sources that fit into one query on a link (RFC 3376 4.1.8).
    std::size_t SourcesPerQuery(std::size_t mtu) const;
    /// None, or why a guarded protocol does not take a message: its source or a missing Router Alert.
    Reason Guard(const PacketMeta& meta) const;
    /// Is the group one that members report? Not all-systems, and of IPv6 nothing of less than link scope (RFC 3810 6).
    bool IsReported(const Address& group) const;
    /// Does a General Query to this group tell of itself that it was forged, or got lost? To all systems it belongs. IGMP
    /// takes it to no other group (RFC 3376 9.1), MLD to any that the interface is in (RFC 3810 5.1.15), \p joined.
    bool IsStrayQuery(const Address& destination, bool joined) const;
    /// The protocol's own number of a version: IGMPv3 is 3, MLDv2 is 2.
    unsigned Number(Version version) const;
    /// The other way round; none if there is no such version.
    std::optional<Version> FromNumber(unsigned number) const;
    /// As people write it: "IGMPv3", "MLDv2".
    std::string VersionName(Version version) const;
};

/// IGMP for IPv4, MLD for IPv6.
const Protocol& ProtocolOf(Family family);

} // namespace mcast::gm

#endif // MCAST_CORE_GM_PROTOCOL_H
