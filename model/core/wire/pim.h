// SPDX-License-Identifier: GPL-2.0-only
// PIM version 2: octets to values and back.           RFC 7761 4.9, RFC 5059 4, RFC 3973 4.7, RFC 9436 4, RFC 9465
//
// Sparse and dense mode share the header, Hello, Join/Prune and Assert; Graft and Graft-Ack are laid out as Join/Prune.
// Of an address family only the native encoding (type 0) is known (RFC 7761 4.9.1).

#ifndef MCAST_CORE_WIRE_PIM_H
#define MCAST_CORE_WIRE_PIM_H

#include "../base/expected.h"
#include "decode-error.h"
#include "packet.h"

#include <optional>
#include <variant>
#include <vector>

namespace mcast
{

namespace pim
{

inline constexpr std::uint8_t PROTOCOL = 103;
inline constexpr std::uint16_t HOLDTIME_FOREVER = 0xffff;

/// 224.0.0.13 or ff02::d, where the messages of a link go.
Address AllRouters(Family family);

/// What a LAN agrees on by the greatest values of its routers (RFC 7761 4.3.3).
struct LanPruneDelay
{
    bool trackingSupport = false;          ///< T bit: this router can do without Join suppression
    std::uint16_t propagationDelay = 500;  ///< ms, 15 bits
    std::uint16_t overrideInterval = 2500; ///< ms
};

/// Options that are absent are empty. Unknown ones are skipped (RFC 7761 4.9.2).
struct Hello
{
    std::optional<std::uint16_t> holdtime; ///< s; 0: goodbye; 0xffff: for ever
    std::optional<LanPruneDelay> lanPruneDelay;
    std::optional<std::uint32_t> drPriority;
    std::optional<std::uint32_t> generationId;
    std::vector<Address> secondaryAddresses;
    std::optional<std::uint8_t> stateRefreshInterval; ///< s; this router refreshes state (RFC 3973 4.7.5)
};

/// A group or a range of them.
struct EncodedGroup
{
    Prefix group;
    bool bidirectional = false;
    bool zone = false; ///< an administratively scoped range (RFC 5059 3)
};

/// An entry of a Join/Prune: (*,G) has wildcard and rpt, (S,G,rpt) rpt, (S,G) neither (RFC 7761 4.9.1).
struct EncodedSource
{
    Address address;
    bool wildcard = false;
    bool rpt = false;
    bool sparse = true;
};

struct GroupSet
{
    EncodedGroup group;
    std::vector<EncodedSource> joins;
    std::vector<EncodedSource> prunes;
};

struct JoinPrune
{
    enum class Kind : std::uint8_t
    {
        JoinPrune,
        Graft,
        GraftAck,
    };

    Kind kind = Kind::JoinPrune;
    Address upstream;
    std::uint16_t holdtime = 210; ///< s
    std::vector<GroupSet> groups; ///< only of the upstream neighbour's family (RFC 7761 4.9.5)
};

struct Register
{
    bool border = false; ///< of RFC 4601; ignored
    bool null = false;
    Bytes packet; ///< a whole IP packet
};

struct RegisterStop
{
    Address group;
    Address source;       ///< unspecified: all sources
    bool packing = false; ///< the RP takes Packed Null-Registers (RFC 9465 2)
};

/// Many Null-Registers, or their answers, in one message (RFC 9465 3, 4).
struct PackedRegister
{
    enum class Kind : std::uint8_t
    {
        NullRegister,
        RegisterStop,
    };

    struct Record
    {
        Address group;
        Address source;
    };

    Kind kind = Kind::NullRegister;
    std::vector<Record> records;
};

struct Assert
{
    Address group;
    Address source; ///< unspecified: (*,G)
    bool rpt = false;
    std::uint32_t preference = 0; ///< 31 bits
    std::uint32_t metric = 0;
};

struct BootstrapRp
{
    Address address;
    std::uint16_t holdtime = 150; ///< s
    std::uint8_t priority = 192;  ///< lower is better
};

struct BootstrapGroup
{
    EncodedGroup group;
    std::uint8_t rpCount = 0; ///< in the whole message; a fragment may hold fewer (RFC 5059 3.4)
    std::vector<BootstrapRp> rps;
};

struct Bootstrap
{
    bool noForward = false;
    std::uint16_t fragmentTag = 0;
    std::uint8_t hashMaskLength = 30;
    std::uint8_t priority = 0; ///< of the BSR; higher is better
    Address bsr;
    std::vector<BootstrapGroup> groups;
};

struct CandidateRp
{
    std::uint8_t priority = 192;
    std::uint16_t holdtime = 150; ///< s
    Address rp;
    std::vector<EncodedGroup> groups; ///< none: all groups
};

/// Keeps prunes of dense mode alive, so that data need not be flooded again (RFC 3973 4.7.10).
struct StateRefresh
{
    Address group;
    Address source;
    Address originator;
    std::uint32_t preference = 0; ///< 31 bits, of the sender as in an Assert
    std::uint32_t metric = 0;
    std::uint8_t maskLength = 0; ///< of the sender's route to the source
    std::uint8_t ttl = 0;        ///< of routers that it may still cross; the IP header's is 1
    bool pruneIndicator = false; ///< P: the sender has pruned the link
    bool pruneNow = false;       ///< N: set in every third one; nobody acts on it
    bool assertOverride = false; ///< O: nobody acts on it
    std::uint8_t interval = 60;  ///< s between two of the originator's
};

using Message = std::variant<Hello, Register, RegisterStop, JoinPrune, Bootstrap, Assert, CandidateRp, PackedRegister,
                             StateRefresh>;

/// \param meta for the checksum's pseudo-header of IPv6, and for the family that addresses must have
/// \param message the IP payload; the checksum of a Register is over its first 8 octets, or all of it (RFC 7761 4.9.3)
/// \return the message, or the reason: Truncated, BadChecksum, WrongVersion, UnknownType, BadLength (a count or option
///         that overruns the message), BadGroup (no group, or a mask that is none), BadSource (a wrong address or mask where
///         a router or source must be), UnknownEncoding (another address family or encoding)
Expected<Message, DecodeError> Parse(const PacketMeta& meta, BytesView message);

Bytes Write(const PacketMeta& meta, const Message& message);

/// The counter that a message counts under; packed Registers as what they pack.
MessageKind KindOf(const Message& message);

/// Octets that the parts of a Join/Prune take, for packing: the fixed part, a group without sources, a source.
std::size_t JoinPruneSize(Family family);
std::size_t GroupSetSize(Family family);
std::size_t SourceSize(Family family);

} // namespace pim
} // namespace mcast

#endif // MCAST_CORE_WIRE_PIM_H
