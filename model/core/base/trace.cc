// SPDX-License-Identifier: GPL-2.0-only

#include "trace.h"

namespace mcast
{

const char*
ToString(MessageKind kind)
{
    switch (kind)
    {
    case MessageKind::None:
        return "none";
    case MessageKind::QueryV1:
        return "query-v1";
    case MessageKind::QueryV2:
        return "query-v2";
    case MessageKind::QueryV3:
        return "query-v3";
    case MessageKind::ReportV1:
        return "report-v1";
    case MessageKind::ReportV2:
        return "report-v2";
    case MessageKind::ReportV3:
        return "report-v3";
    case MessageKind::Leave:
        return "leave";
    case MessageKind::PimHello:
        return "pim-hello";
    case MessageKind::PimRegister:
        return "pim-register";
    case MessageKind::PimRegisterStop:
        return "pim-register-stop";
    case MessageKind::PimJoinPrune:
        return "pim-join-prune";
    case MessageKind::PimBootstrap:
        return "pim-bootstrap";
    case MessageKind::PimAssert:
        return "pim-assert";
    case MessageKind::PimGraft:
        return "pim-graft";
    case MessageKind::PimGraftAck:
        return "pim-graft-ack";
    case MessageKind::PimCandidateRp:
        return "pim-candidate-rp";
    case MessageKind::PimStateRefresh:
        return "pim-state-refresh";
    }
    return "?";
}

const char*
ToString(MessageKind kind, Family family)
{
    if (family == Family::Ipv4)
    {
        return ToString(kind);
    }
    switch (kind)
    {
    case MessageKind::None:
    case MessageKind::QueryV1:
    case MessageKind::ReportV1:
        return "none";
    case MessageKind::QueryV2:
        return "query-v1";
    case MessageKind::QueryV3:
        return "query-v2";
    case MessageKind::ReportV2:
        return "report-v1";
    case MessageKind::ReportV3:
        return "report-v2";
    case MessageKind::Leave:
        return "done";
    case MessageKind::PimHello:
    case MessageKind::PimRegister:
    case MessageKind::PimRegisterStop:
    case MessageKind::PimJoinPrune:
    case MessageKind::PimBootstrap:
    case MessageKind::PimAssert:
    case MessageKind::PimGraft:
    case MessageKind::PimGraftAck:
    case MessageKind::PimCandidateRp:
    case MessageKind::PimStateRefresh:
        return ToString(kind);
    }
    return "?";
}

const char*
ToString(Reason reason)
{
    switch (reason)
    {
    case Reason::None:
        return "none";
    case Reason::Truncated:
        return "truncated";
    case Reason::BadChecksum:
        return "bad-checksum";
    case Reason::BadLength:
        return "bad-length";
    case Reason::UnknownType:
        return "unknown-type";
    case Reason::UnknownRecordType:
        return "unknown-record-type";
    case Reason::BadGroup:
        return "bad-group";
    case Reason::LinkLocalGroup:
        return "link-local-group";
    case Reason::BadSource:
        return "bad-source";
    case Reason::OffSubnetSource:
        return "off-subnet-source";
    case Reason::BadTtl:
        return "bad-ttl";
    case Reason::NoRouterAlert:
        return "no-router-alert";
    case Reason::BadDestination:
        return "bad-destination";
    case Reason::InterfaceDown:
        return "interface-down";
    case Reason::NotEnabled:
        return "not-enabled";
    case Reason::NotQuerier:
        return "not-querier";
    case Reason::OlderHostPresent:
        return "older-host-present";
    case Reason::SsmGroup:
        return "ssm-group";
    case Reason::WrongVersion:
        return "wrong-version";
    case Reason::NoMembers:
        return "no-members";
    case Reason::GroupLimit:
        return "group-limit";
    case Reason::SourceLimit:
        return "source-limit";
    case Reason::RouterLimit:
        return "router-limit";
    case Reason::Boundary:
        return "boundary";
    case Reason::TtlThreshold:
        return "ttl-threshold";
    case Reason::NoRoute:
        return "no-route";
    case Reason::WrongInterface:
        return "wrong-interface";
    case Reason::OwnMessage:
        return "own-message";
    case Reason::NotMember:
        return "not-member";
    case Reason::Filtered:
        return "filtered";
    case Reason::CompatibilityOff:
        return "compatibility-off";
    case Reason::QueueFull:
        return "queue-full";
    case Reason::UnknownEncoding:
        return "unknown-encoding";
    case Reason::NeighborLimit:
        return "neighbor-limit";
    case Reason::AddressConflict:
        return "address-conflict";
    case Reason::NotNeighbor:
        return "not-neighbor";
    case Reason::NotRpfNeighbor:
        return "not-rpf-neighbor";
    case Reason::NotAtStartup:
        return "not-at-startup";
    case Reason::NotPreferred:
        return "not-preferred";
    case Reason::NotElected:
        return "not-elected";
    case Reason::Duplicate:
        return "duplicate";
    case Reason::RpLimit:
        return "rp-limit";
    case Reason::WrongRp:
        return "wrong-rp";
    case Reason::TooSoon:
        return "too-soon";
    }
    return "?";
}

const char*
ToString(EventKind kind)
{
    switch (kind)
    {
    case EventKind::PacketReceived:
        return "packet-received";
    case EventKind::PacketSent:
        return "packet-sent";
    case EventKind::PacketDropped:
        return "packet-dropped";
    case EventKind::RecordIgnored:
        return "record-ignored";
    case EventKind::QuerierChanged:
        return "querier-changed";
    case EventKind::VersionChanged:
        return "version-changed";
    case EventKind::GroupJoined:
        return "group-joined";
    case EventKind::GroupLeft:
        return "group-left";
    case EventKind::FilterModeChanged:
        return "filter-mode-changed";
    case EventKind::SourceForwarded:
        return "source-forwarded";
    case EventKind::SourceBlocked:
        return "source-blocked";
    case EventKind::SourceRemoved:
        return "source-removed";
    case EventKind::QuerySequenceStarted:
        return "query-sequence-started";
    case EventKind::HostStateChanged:
        return "host-state-changed";
    case EventKind::ForwardingInstalled:
        return "forwarding-installed";
    case EventKind::ForwardingReplaced:
        return "forwarding-replaced";
    case EventKind::ForwardingRemoved:
        return "forwarding-removed";
    case EventKind::LimitReached:
        return "limit-reached";
    case EventKind::Warning:
        return "warning";
    case EventKind::InterfaceUp:
        return "interface-up";
    case EventKind::InterfaceDown:
        return "interface-down";
    case EventKind::NeighborUp:
        return "neighbor-up";
    case EventKind::NeighborDown:
        return "neighbor-down";
    case EventKind::NeighborRestarted:
        return "neighbor-restarted";
    case EventKind::DesignatedRouterChanged:
        return "designated-router-changed";
    case EventKind::BootstrapStateChanged:
        return "bootstrap-state-changed";
    case EventKind::RpSetChanged:
        return "rp-set-changed";
    case EventKind::TreeChanged:
        return "tree-changed";
    case EventKind::DownstreamChanged:
        return "downstream-changed";
    case EventKind::SharedTreePruneChanged:
        return "shared-tree-prune-changed";
    case EventKind::SptBitChanged:
        return "spt-bit-changed";
    case EventKind::AssertChanged:
        return "assert-changed";
    case EventKind::RegisterChanged:
        return "register-changed";
    case EventKind::UpstreamChanged:
        return "upstream-changed";
    case EventKind::OriginatorChanged:
        return "originator-changed";
    }
    return "?";
}

namespace
{

// Which events tell a filter mode and which a number; see the enum's comments.
bool
TellsMode(EventKind kind)
{
    return kind == EventKind::GroupJoined || kind == EventKind::FilterModeChanged ||
           kind == EventKind::HostStateChanged;
}

const char*
ValueName(EventKind kind)
{
    return kind == EventKind::QuerierChanged            ? " self="
           : kind == EventKind::DesignatedRouterChanged ? " self="
           : kind == EventKind::VersionChanged          ? " version="
           : kind == EventKind::HostStateChanged        ? " sources="
           : kind == EventKind::QuerySequenceStarted    ? " sources="
           : kind == EventKind::ForwardingInstalled     ? " outgoing="
           : kind == EventKind::ForwardingReplaced      ? " outgoing="
           : kind == EventKind::BootstrapStateChanged   ? " state="
           : kind == EventKind::AssertChanged           ? " state="
           : kind == EventKind::RegisterChanged         ? " state="
           : kind == EventKind::UpstreamChanged         ? " state="
           : kind == EventKind::OriginatorChanged       ? " originates="
           : kind == EventKind::TreeChanged             ? " joined="
           : kind == EventKind::DownstreamChanged       ? " joined="
           : kind == EventKind::SharedTreePruneChanged  ? " pruned="
           : kind == EventKind::SptBitChanged           ? " set="
                                                        : nullptr;
}

} // namespace

std::string
ToString(const TraceEvent& event)
{
    std::string text = ToString(event.kind);
    text += " if=" + std::to_string(event.interface.value);
    if (event.family == Family::Ipv6)
    {
        text += " family=ipv6";
    }
    if (event.message != MessageKind::None)
    {
        text += std::string(" message=") + ToString(event.message, event.family);
    }
    if (!event.group.IsUnspecified())
    {
        text += " group=" + event.group.ToString();
    }
    if (!event.source.IsUnspecified())
    {
        text += " source=" + event.source.ToString();
    }
    if (TellsMode(event.kind))
    {
        text += event.include ? " mode=include" : " mode=exclude";
    }
    if (event.reason != Reason::None)
    {
        text += std::string(" reason=") + ToString(event.reason);
    }
    if (const char* name = ValueName(event.kind))
    {
        // Version 2 of the engine is MLDv1.
        const bool isMld = event.kind == EventKind::VersionChanged && event.family == Family::Ipv6;
        text += name + std::to_string(event.value - (isMld ? 1 : 0));
    }
    return text;
}

} // namespace mcast
