// SPDX-License-Identifier: GPL-2.0-only

#include "rows.h"

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
        {"version", static_cast<int>(view.version)},
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

template <class Kind, std::size_t SIZE>
Json
ByName(const std::array<std::uint64_t, SIZE>& counts)
{
    Json row = Json::object();
    for (std::size_t i = 1; i < SIZE; ++i) // zero is "none"
    {
        row[ToString(static_cast<Kind>(i))] = counts[i];
    }
    return row;
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
InterfaceRow(const RouterHost& host, const RouterHost::ManagedInterface& managed)
{
    const auto& state = managed.state;
    Json boundaries = Json::array();
    for (const auto& prefix : managed.config.boundaries)
    {
        boundaries.push_back(prefix.ToString());
    }
    Json row{
        {"interface", state.name},
        {"index", state.id.value},
        {"vif", host.Forwarding().Vifs().Find(state.id).value_or(VifTable::SIZE)},
        {"up", state.up},
        {"address", state.SourceAddress(Family::Ipv4).ToString()},
        {"mtu", state.mtu},
        {"ttl_threshold", managed.config.ttlThreshold},
        {"boundaries", boundaries},
        {"igmp", managed.config.membership},
    };
    const auto view = host.GetRouter().FindInterface(state.id);
    row["active"] = view && view->active;
    if (view && managed.config.membership)
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
    return {
        {"interface", interface},
        {"group", view.group.ToString()},
        {"mode", view.mode == FilterMode::Include ? "include" : "exclude"},
        {"version", static_cast<int>(view.version)},
        {"group_timer", ToSeconds(view.expires)},
        {"uptime", ToSeconds(view.uptime)},
        {"v1_host_timer", ToSeconds(view.olderHostV1)},
        {"v2_host_timer", ToSeconds(view.olderHostV2)},
        {"last_reporter", view.lastReporter.IsUnspecified() ? Json(nullptr) : Json(view.lastReporter.ToString())},
        {"static", view.isStatic},
        {"sources", sources},
        {"forwarded", forwarded},
        {"blocked", blocked},
    };
}

Json
ForwardingRow(const RouterHost& host, const ForwardingChange& entry)
{
    Json outgoing = Json::array();
    for (const auto& output : entry.outgoing)
    {
        outgoing.push_back({{"interface", host.NameOf(output.interface)}, {"ttl_threshold", output.ttlThreshold}});
    }
    const auto counters = host.Forwarding().ReadCounters(entry.source, entry.group).value_or(ForwardingCounters{});
    return {
        {"source", entry.source.IsUnspecified() ? "*" : entry.source.ToString()},
        {"group", entry.group.ToString()},
        {"incoming", host.NameOf(entry.incoming)},
        {"outgoing", outgoing},
        {"packets", counters.packets},
        {"bytes", counters.bytes},
        {"wrong_interface", counters.wrongInterface},
    };
}

Json
CounterRow(const std::string& name, const Counters& counters)
{
    return {
        {"interface", name},
        {"received", ByName<MessageKind>(counters.received)},
        {"sent", ByName<MessageKind>(counters.sent)},
        {"dropped", ByName<Reason>(counters.dropped)},
    };
}

Json
RouterCounterRow(const RouterHost& host)
{
    Json row = CounterRow("*", host.GetRouter().GetCounters());
    const auto& counters = host.GetCounters();
    row["host"] = {
        {"packets", counters.packets},
        {"upcalls", counters.upcalls},
        {"bad-ip-header", counters.badIpHeaders},
        {"receive-queue-full", host.ReceiveDrops()},
        {"send-failed", counters.sendFailures},
        {"forwarding-failed", counters.forwardingFailures},
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
    if (event.message != MessageKind::None)
    {
        row["message"] = ToString(event.message);
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
    row["value"] = event.value;
    return row;
}

} // namespace mcast::linux_host
