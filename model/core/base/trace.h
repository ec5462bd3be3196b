// SPDX-License-Identifier: GPL-2.0-only
// What the core tells about itself: one enum of events and one of reasons, for ns-3 trace sources, the daemon's log,
// Python and the recorder alike. Counters are kept per interface and never reset.

#ifndef MCAST_CORE_BASE_TRACE_H
#define MCAST_CORE_BASE_TRACE_H

#include "address.h"
#include "ids.h"
#include "time.h"

#include <array>
#include <cstdint>
#include <string>

namespace mcast
{

/// Kinds of control messages, for counters and events, by IGMP's version numbers: MLDv1 counts as V2, MLDv2 as V3.
enum class MessageKind : std::uint8_t
{
    None,
    QueryV1,
    QueryV2,
    QueryV3,
    ReportV1,
    ReportV2,
    ReportV3,
    Leave,
    PimHello,
    PimRegister,
    PimRegisterStop,
    PimJoinPrune,
    PimBootstrap,
    PimAssert,
    PimGraft,
    PimGraftAck,
    PimCandidateRp,
    PimStateRefresh,
};

inline constexpr std::size_t N_MESSAGE_KINDS = 18;

/// Is the message PIM's, or else one of group membership?
constexpr bool
IsPim(MessageKind kind)
{
    return kind >= MessageKind::PimHello;
}

/// Why a packet, a record or a request was not acted on.
enum class Reason : std::uint8_t
{
    None,
    Truncated, ///< shorter than its type's fixed part
    BadChecksum,
    BadLength,         ///< a count or length field claims more than the packet holds
    UnknownType,       ///< a message type that nobody defined (RFC 3376 4, RFC 3810 5)
    UnknownRecordType, ///< a group record type outside 1 to 6 (RFC 3376 4.2.12)
    BadGroup,          ///< a group field without a group address
    LinkLocalGroup,    ///< a group that is never routed: 224.0.0.0/24, ff02::/16
    BadSource,         ///< the IP source, or a source in a list, is no address that may stand there
    OffSubnetSource,   ///< required to be on the interface's subnet and is not
    BadTtl,            ///< TTL other than 1
    NoRouterAlert,     ///< required and absent (RFC 3376 9.1)
    BadDestination,    ///< a message sent to an address where it does not belong
    InterfaceDown,
    NotEnabled,       ///< no multicast protocol on this interface
    NotQuerier,       ///< only the querier acts on it
    OlderHostPresent, ///< ignored in the group's compatibility mode (RFC 3376 7.3.2)
    SsmGroup,         ///< any-source message for a source-specific group (RFC 9776 6.4)
    WrongVersion,     ///< a query of a version other than the configured one (RFC 3376 7.3.1); PIM other than 2
    NoMembers,        ///< a leave for a group without members
    GroupLimit,
    SourceLimit,
    RouterLimit,
    Boundary, ///< the group does not cross this interface
    TtlThreshold,
    NoRoute,          ///< no way back to the source: nothing to check the incoming interface against
    WrongInterface,   ///< data on another interface than the entry's
    OwnMessage,       ///< our own packet came back
    NotMember,        ///< data for a group that nobody here listens to
    Filtered,         ///< data from a source that the filter excludes
    CompatibilityOff, ///< older versions are switched off (RFC 9776 7.2.1, 7.3.1)
    QueueFull,
    UnknownEncoding, ///< an address family or encoding that nobody defined (RFC 7761 4.9.1)
    NeighborLimit,
    AddressConflict, ///< two neighbours claim an address (RFC 7761 4.3.4)
    NotNeighbor,     ///< from a router that no Hello came from (RFC 7761 4.5, RFC 5059 3.1.3)
    NotRpfNeighbor,  ///< a Bootstrap message that did not come the way back to its BSR (RFC 5059 3.1.3)
    NotAtStartup,    ///< a Bootstrap message for those that have just begun (RFC 5059 3.1.3)
    NotPreferred,    ///< a Bootstrap message of a lesser BSR (RFC 5059 3.1)
    NotElected,      ///< a Candidate-RP-Advertisement to somebody who is not the BSR for it (RFC 5059 3.3)
    Duplicate,       ///< the same Bootstrap message once more: it went in a circle
    RpLimit,
    WrongRp, ///< (*,G) with another RP than the group's, or a Register-Stop from another (RFC 7761 4.5.1, 4.4.1)
    TooSoon, ///< a State Refresh of a source that one went out for just before (RFC 3973 4.5.1)
};

inline constexpr std::size_t N_REASONS = 44;

/// What happened. The comment names the fields of TraceEvent that carry something besides at and interface.
enum class EventKind : std::uint8_t
{
    PacketReceived,       ///< message, source (of the packet), group (of a query or older report)
    PacketSent,           ///< message, group
    PacketDropped,        ///< message if known, reason, source (of the packet)
    RecordIgnored,        ///< reason, group: one record of a report that was otherwise taken
    QuerierChanged,       ///< source: the querier now; value: 1 if that is us
    VersionChanged,       ///< group (or none for the interface), value: compatibility mode now
    GroupJoined,          ///< group, include: a router learns that a group has members
    GroupLeft,            ///< group
    FilterModeChanged,    ///< group, include
    SourceForwarded,      ///< group, source: to be forwarded from now on
    SourceBlocked,        ///< group, source: no longer to be forwarded, others are
    SourceRemoved,        ///< group, source: no record any more
    QuerySequenceStarted, ///< group, value: number of sources asked for, 0 for the group itself
    HostStateChanged,     ///< group, include, value: number of sources; reception state of an interface (RFC 3376 3.2)
    ForwardingInstalled,  ///< source, group; interface is the incoming one; value: number of outgoing ones
    ForwardingReplaced,   ///< the same
    ForwardingRemoved,    ///< source, group
    LimitReached,         ///< reason, group
    Warning,              ///< reason, source: something that an administrator should see; rate limited
    InterfaceUp,
    InterfaceDown,
    NeighborUp,              ///< source: a PIM neighbour
    NeighborDown,            ///< source
    NeighborRestarted,       ///< source: its Generation ID is another
    DesignatedRouterChanged, ///< source: the DR now; value: 1 if that is us
    BootstrapStateChanged,   ///< group: the scope zone if it has one; source: the BSR; value: pim::BootstrapView::State
    RpSetChanged,            ///< groups may have other RPs now
    TreeChanged,             ///< group, source or none of (*,G); interface towards the root; value: 1 joined, 0 left
    DownstreamChanged,       ///< the same; value: 1 if neighbours join (of (S,G,rpt), in dense mode: prune) there now
    SharedTreePruneChanged,  ///< group, source; value: 1 if we prune it off the RP tree
    SptBitChanged,           ///< group, source; value: 1 set, 0 cleared
    AssertChanged,           ///< group, source or none; value: pim::AssertState
    RegisterChanged,         ///< group, source; value: pim::RegisterState
    UpstreamChanged,         ///< group, source, in dense mode; interface towards the source; value: pim::UpstreamState
    OriginatorChanged,       ///< group, source; value: 1 if we originate State Refreshes now
};

inline constexpr std::size_t N_EVENT_KINDS = 35;

/// Built as `TraceEvent(kind, interface).Group(g).Because(reason)`; Context::Emit stamps the time.
struct TraceEvent
{
    TraceEvent() = default;

    TraceEvent(EventKind eventKind, InterfaceId where)
        : kind(eventKind),
          interface(where)
    {
    }

    TraceEvent& Of(Family which)
    {
        family = which;
        return *this;
    }

    TraceEvent& Message(MessageKind which)
    {
        message = which;
        return *this;
    }

    TraceEvent& Because(Reason why)
    {
        reason = why;
        return *this;
    }

    TraceEvent& Group(const Address& which)
    {
        group = which;
        return *this;
    }

    TraceEvent& Source(const Address& which)
    {
        source = which;
        return *this;
    }

    TraceEvent& Include(bool mode)
    {
        include = mode;
        return *this;
    }

    TraceEvent& Value(std::uint64_t number)
    {
        value = number;
        return *this;
    }

    TimePoint at{};
    EventKind kind{};
    MessageKind message = MessageKind::None;
    Reason reason = Reason::None;
    bool include = false; ///< filter mode INCLUDE where the event tells a mode
    Family family = Family::Ipv4;
    InterfaceId interface {
    };
    Address group;
    Address source;
    std::uint64_t value = 0;
};

/// Names in kebab-case, stable: logs, JSON and the suite use them.
const char* ToString(MessageKind kind);
/// By the protocol's own versions and words: of MLD "query-v1", "report-v2", "done"; "none" for what it has not.
const char* ToString(MessageKind kind, Family family);
const char* ToString(Reason reason);
const char* ToString(EventKind kind);

/// One line without the time: "group-joined if=2 group=239.1.2.3 mode=exclude".
std::string ToString(const TraceEvent& event);

struct Counters
{
    std::array<std::uint64_t, N_MESSAGE_KINDS> received{};
    std::array<std::uint64_t, N_MESSAGE_KINDS> sent{};
    std::array<std::uint64_t, N_REASONS> dropped{}; ///< by reason: packets dropped and records ignored

    std::uint64_t Dropped(Reason reason) const
    {
        return dropped[static_cast<std::size_t>(reason)];
    }
};

} // namespace mcast

#endif // MCAST_CORE_BASE_TRACE_H
