// SPDX-License-Identifier: GPL-2.0-only
// What pim-read and pim-write share: the numbers of PIM's messages. Private to the codec.
//
// Every message (RFC 7761 4.9, flags by RFC 9436 4)
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------+-------+---------------+-------------------------------+
// | Vers=2| Type  |     Flags     |           Checksum            |
// +-------+-------+---------------+-------------------------------+
//
// Encoded unicast address: family, encoding 0, address. Encoded group: family, encoding, |B|.....|Z|, mask length,
// address. Encoded source: family, encoding, .....|S|W|R|, mask length, address (RFC 7761 4.9.1).
//
// Join/Prune, Graft, Graft-Ack (RFC 7761 4.9.5, RFC 3973 4.7.8)
//
// +---------------------------------------------------------------+
// |           Upstream Neighbor Address (encoded unicast)         |
// +---------------+---------------+-------------------------------+
// |   Reserved    |  Num Groups   |           Holdtime            |
// +---------------+---------------+-------------------------------+
// |                 Group Address (encoded group)                 |   Num Groups times
// +-------------------------------+-------------------------------+
// |   Number of Joined Sources    |   Number of Pruned Sources    |
// +-------------------------------+-------------------------------+
// |          Joined, then pruned sources (encoded source)         |
// +---------------------------------------------------------------+
//
// State Refresh (RFC 3973 4.7.10): group, source and originator (encoded), then
//
// +-+-------------------------------------------------------------+
// |R|                      Metric Preference                      |
// +-+-------------------------------------------------------------+
// |                            Metric                             |
// +---------------+---------------+-+-+-+---------+---------------+
// |  Mask length  |      TTL      |P|N|O|Reserved |    Interval   |
// +---------------+---------------+-+-+-+---------+---------------+

#ifndef MCAST_CORE_WIRE_PIM_FORMAT_H
#define MCAST_CORE_WIRE_PIM_FORMAT_H

#include "checksum.h"
#include "ipv6-header.h"
#include "pim.h"

namespace mcast::pim::format
{

enum class Type : std::uint8_t
{
    Hello = 0,
    Register = 1,
    RegisterStop = 2,
    JoinPrune = 3,
    Bootstrap = 4,
    Assert = 5,
    Graft = 6,
    GraftAck = 7,
    CandidateRp = 8,
    StateRefresh = 9,
    Packed = 13, ///< with a subtype in the upper half of the flags (RFC 9436 4, RFC 9465 6)
};

enum class Option : std::uint16_t
{
    Holdtime = 1,
    LanPruneDelay = 2,
    DrPriority = 19,
    GenerationId = 20,
    StateRefresh = 21,
    AddressList = 24,
};

inline constexpr std::uint8_t VERSION = 2;
inline constexpr std::size_t HEADER_SIZE = 4;
inline constexpr std::size_t REGISTER_HEAD_SIZE = 8;
inline constexpr std::uint8_t FAMILY_IPV4 = 1; // IANA's address family numbers
inline constexpr std::uint8_t FAMILY_IPV6 = 2;
inline constexpr std::uint8_t GROUP_BIDIRECTIONAL = 0x80;
inline constexpr std::uint8_t GROUP_ZONE = 0x01;
inline constexpr std::uint8_t SOURCE_SPARSE = 0x04;
inline constexpr std::uint8_t SOURCE_WILDCARD = 0x02;
inline constexpr std::uint8_t SOURCE_RPT = 0x01;
inline constexpr std::uint8_t REGISTER_STOP_PACKING = 0x01;
inline constexpr std::uint8_t SUBTYPE_NULL_REGISTER = 0;
inline constexpr std::uint8_t SUBTYPE_REGISTER_STOP = 1;
inline constexpr std::uint8_t BOOTSTRAP_NO_FORWARD = 0x80;
inline constexpr std::uint32_t REGISTER_BORDER = 0x80000000;
inline constexpr std::uint32_t REGISTER_NULL = 0x40000000;
inline constexpr std::uint32_t ASSERT_RPT = 0x80000000;
inline constexpr std::uint8_t REFRESH_PRUNE_INDICATOR = 0x80;
inline constexpr std::uint8_t REFRESH_PRUNE_NOW = 0x40;
inline constexpr std::uint8_t REFRESH_ASSERT_OVERRIDE = 0x20;
inline constexpr std::uint16_t PRUNE_DELAY_TRACKING = 0x8000;

using Result = Expected<Message, DecodeError>;

// Over the octets that it covers, with the pseudo-header of IPv6 (RFC 7761 4.9).
inline std::uint16_t
Checksum(const PacketMeta& meta, BytesView message)
{
    return meta.destination.IsIpv4() ? InternetChecksum(message) : UpperLayerChecksum(meta, message);
}

inline std::uint8_t
FullLength(Family family)
{
    return family == Family::Ipv4 ? 32 : 128;
}

} // namespace mcast::pim::format

#endif // MCAST_CORE_WIRE_PIM_FORMAT_H
