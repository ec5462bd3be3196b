// SPDX-License-Identifier: GPL-2.0-only

#include "rows.h"

#include "gm/protocol.h"

#include <chrono>
#include <cmath>
#include <ctime>

namespace mcast::linux_host
{

namespace
{

Json
MembershipRow(const gm::RouterInterfaceView& view)
{
    return {
        {"version", gm::ProtocolOf(view.family).Number(view.version)},
        {"is_querier", view.isQuerier},
        {"querier", view.querier.ToString()},
        {"other_querier_timer", ToSeconds(view.otherQuerierExpires)},
        {"next_query", ToSeconds(view.nextQuery)},
        {"rv", view.robustness},
        {"qi", ToSeconds(view.queryInterval)},
        {"qri", ToSeconds(view.queryResponseInterval)},
        {"lmqi", ToSeconds(view.lastMemberQueryInterval)},
        {"gmi", ToSeconds(view.groupMembershipInterval)},
        {"groups", view.groups},
        {"sources", view.sources},
    };
}

/// Counts by name, without those that are called "none".
template <class Kind, std::size_t SIZE, class ToName>
Json
ByName(const std::array<std::uint64_t, SIZE>& counts, ToName toName)
{
    Json row = Json::object();
    for (std::size_t i = 0; i < SIZE; ++i)
    {
        if (const std::string name = toName(static_cast<Kind>(i)); name != "none")
        {
            row[name] = counts[i];
        }
    }
    return row;
}

/// The timers of a group by which older hosts are remembered, under the numbers of their versions.
void
AddOlderHostTimers(Json& row, const gm::GroupView& view)
{
    const auto& protocol = gm::ProtocolOf(view.group.GetFamily());
    for (const auto& [version, timer] :
         {std::pair{Version::V1, view.olderHostV1}, std::pair{Version::V2, view.olderHostV2}})
    {
        if (version >= protocol.oldest)
        {
            row["v" + std::to_string(protocol.Number(version)) + "_host_timer"] = ToSeconds(timer);
        }
    }
}

double
UnixTime()
{
    std::timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<double>(now.tv_sec) + std::round(static_cast<double>(now.tv_nsec) / 1e3) / 1e6;
}

bool
TellsFilterMode(EventKind kind)
{
    return kind == EventKind::GroupJoined || kind == EventKind::FilterModeChanged ||
           kind == EventKind::HostStateChanged;
}

} // namespace

const char*
FamilyName(Family family)
{
    return family == Family::Ipv4 ? "ipv4" : "ipv6";
}

const char*
ProtocolKey(Family family)
{
    return family == Family::Ipv4 ? "igmp" : "mld";
}

std::string
ToLine(const Json& json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

double
ToSeconds(Duration duration)
{
    return std::round(std::chrono::duration<double, std::milli>(duration).count()) / 1000;
}

Json
InterfaceRow(const RouterHost& host, const RouterHost::ManagedInterface& managed, Family family)
{
    const auto& state = managed.state;
    const auto& config = managed.configs[family];
    Json boundaries = Json::array();
    for (const auto& prefix : config.boundaries)
    {
        boundaries.push_back(prefix.ToString());
    }
    const auto* forwarding = host.Forwarding(family);
    const auto vif = forwarding != nullptr ? forwarding->Vifs().Find(state.id) : std::nullopt;
    const auto view = host.GetRouter().FindInterface(state.id, family);
    Json row{
        {"interface", state.name},
        {"index", state.id.value},
        {"vif", vif ? Json(*vif) : Json(nullptr)},
        {"up", state.up},
        {"address", state.SourceAddress(family).ToString()},
        {"mtu", state.mtu},
        {"ttl_threshold", config.ttlThreshold},
        {"boundaries", boundaries},
        {ProtocolKey(family), forwarding != nullptr && config.membership},
        {"active", view && view->active},
    };
    if (view && config.membership)
    {
        row.update(MembershipRow(*view));
    }
    return row;
}

Json
GroupRow(const std::string& interface, const gm::GroupView& view)
{
    Json sources = Json::array();
    Json forwarded = Json::array();
    Json blocked = Json::array();
    for (const auto& source : view.sources)
    {
        const auto address = source.source.ToString();
        sources.push_back({{"source", address}, {"timer", ToSeconds(source.expires)}, {"forwarded", source.forwarded}});
        (source.forwarded ? forwarded : blocked).push_back(address);
    }
    Json row{
        {"interface", interface},
        {"group", view.group.ToString()},
        {"mode", view.mode == FilterMode::Include ? "include" : "exclude"},
        {"version", gm::ProtocolOf(view.group.GetFamily()).Number(view.version)},
        {"group_timer", ToSeconds(view.expires)},
        {"uptime", ToSeconds(view.uptime)},
    };
    AddOlderHostTimers(row, view);
    row["last_reporter"] = view.lastReporter.IsUnspecified() ? Json(nullptr) : Json(view.lastReporter.ToString());
    row["static"] = view.isStatic;
    row["sources"] = std::move(sources);
    row["forwarded"] = std::move(forwarded);
    row["blocked"] = std::move(blocked);
    return row;
}

Json
ForwardingRow(const RouterHost& host, const ForwardingChange& entry)
{
    Json outgoing = Json::array();
    for (const auto& output : entry.outgoing)
    {
        outgoing.push_back({{"interface", host.NameOf(output.interface)}, {"ttl_threshold", output.ttlThreshold}});
    }
    const auto family = entry.group.GetFamily();
    const auto* forwarding = host.Forwarding(family);
    const auto counters = forwarding != nullptr ? forwarding->ReadCounters(entry.source, entry.group) : std::nullopt;
    const auto counted = counters.value_or(ForwardingCounters{});
    return {
        {"family", FamilyName(family)},
        {"source", entry.source.IsUnspecified() ? "*" : entry.source.ToString()},
        {"group", entry.group.ToString()},
        {"incoming", host.NameOf(entry.incoming)},
        {"outgoing", outgoing},
        {"packets", counted.packets},
        {"bytes", counted.bytes},
        {"wrong_interface", counted.wrongInterface},
    };
}

Json
CounterRow(const std::string& name, Family family, const Counters& counters)
{
    // An interface of group membership has no PIM.
    const auto messageName = [family](MessageKind kind) {
        return ToString(IsPim(kind) ? MessageKind::None : kind, family);
    };
    return {
        {"interface", name},
        {"protocol", ProtocolKey(family)},
        {"received", ByName<MessageKind>(counters.received, messageName)},
        {"sent", ByName<MessageKind>(counters.sent, messageName)},
        {"dropped", ByName<Reason>(counters.dropped, [](Reason reason) { return ToString(reason); })},
    };
}

Json
PimCounterRow(const std::string& name, const pim::InterfaceView& view)
{
    const auto messageName = [](MessageKind kind) { return ToString(IsPim(kind) ? kind : MessageKind::None); };
    return {
        {"interface", name},
        {"protocol", "pim"},
        {"family", FamilyName(view.family)},
        {"received", ByName<MessageKind>(view.counters.received, messageName)},
        {"sent", ByName<MessageKind>(view.counters.sent, messageName)},
        {"dropped", ByName<Reason>(view.counters.dropped, [](Reason reason) { return ToString(reason); })},
    };
}

Json
RouterCounterRow(const RouterHost& host)
{
    const auto& dropped = host.GetRouter().GetCounters().dropped;
    Json row{{"interface", "*"}, {"dropped", ByName<Reason>(dropped, [](Reason reason) { return ToString(reason); })}};
    const auto& counters = host.GetCounters();
    row["host"] = {
        {"packets", counters.packets},
        {"upcalls", counters.upcalls},
        {"bad-ip-header", counters.badIpHeaders},
        {"receive-queue-full", host.ReceiveDrops()},
        {"send-failed", counters.sendFailures},
        {"forwarding-failed", counters.forwardingFailures},
        {"decapsulated", counters.decapsulated},
        {"replayed", counters.replayed},
    };
    return row;
}

Json
EventRow(const TraceEvent& event, const std::string& interface)
{
    Json row{{"time", UnixTime()},
             {"monotonic", std::chrono::duration<double>(event.at.time_since_epoch()).count()},
             {"event", ToString(event.kind)}};
    if (event.interface.value != 0)
    {
        row["interface"] = interface;
    }
    row["family"] = FamilyName(event.family);
    if (event.message != MessageKind::None)
    {
        row["message"] = ToString(event.message, event.family);
    }
    if (event.reason != Reason::None)
    {
        row["reason"] = ToString(event.reason);
    }
    if (!event.group.IsUnspecified())
    {
        row["group"] = event.group.ToString();
    }
    if (!event.source.IsUnspecified())
    {
        row["source"] = event.source.ToString();
    }
    if (TellsFilterMode(event.kind))
    {
        row["mode"] = event.include ? "include" : "exclude";
    }
    row["value"] = event.kind == EventKind::VersionChanged
                       ? gm::ProtocolOf(event.family).Number(static_cast<Version>(event.value))
                       : event.value;
    return row;
}

} // namespace mcast::linux_host
