// SPDX-License-Identifier: GPL-2.0-only

#include "commands.h"

#include <chrono>
#include <cmath>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unistd.h>

namespace mcast::linux_host
{

namespace
{

using Json = nlohmann::ordered_json;
using Arguments = std::vector<std::string>;

/// An interface name may hold octets that are no UTF-8.
std::string
ToLine(const Json& json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// Seconds, to the millisecond.
double
Seconds(Duration duration)
{
    return std::round(std::chrono::duration<double, std::milli>(duration).count()) / 1000;
}

std::string
Header(const char* kind)
{
    return ToLine({{"answer", kind}});
}

ControlAnswer
Text(std::string text)
{
    return {[text = std::move(text)](std::string& out) {
                out += text;
                return false;
            },
            false};
}

ControlAnswer
Object(const Json& row)
{
    return Text(Header("object") + ToLine(row));
}

ControlAnswer
Refusal(const std::string& why)
{
    return Text(ToLine({{"error", why}}));
}

/// A row per item, made when its turn comes.
template <class T, class ToRow>
ControlAnswer
List(std::vector<T> items, ToRow toRow)
{
    auto state = std::make_shared<std::pair<std::vector<T>, std::size_t>>(std::move(items), 0);
    return {[state, toRow, begun = false](std::string& out) mutable {
                auto& [rows, next] = *state;
                out += begun ? "" : Header("list");
                begun = true;
                if (next < rows.size())
                {
                    out += ToLine(toRow(rows[next++]));
                }
                return next < rows.size();
            },
            false};
}

// --- show igmp ------------------------------------------------------------------------------------------------------

Json
MembershipRow(const gm::RouterInterfaceView& view)
{
    return {
        {"version", static_cast<int>(view.version)},
        {"is_querier", view.isQuerier},
        {"querier", view.querier.ToString()},
        {"other_querier_timer", Seconds(view.otherQuerierExpires)},
        {"next_query", Seconds(view.nextQuery)},
        {"rv", view.robustness},
        {"qi", Seconds(view.queryInterval)},
        {"qri", Seconds(view.queryResponseInterval)},
        {"lmqi", Seconds(view.lastMemberQueryInterval)},
        {"gmi", Seconds(view.groupMembershipInterval)},
        {"groups", view.groups},
        {"sources", view.sources},
    };
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

std::vector<InterfaceId>
InterfaceIds(const RouterHost& host)
{
    std::vector<InterfaceId> ids;
    for (const auto& [id, managed] : host.Interfaces())
    {
        ids.push_back(id);
    }
    return ids;
}

ControlAnswer
ShowInterfaces(const RouterHost& host, Log&, const Arguments&)
{
    return List(InterfaceIds(host), [&host](InterfaceId id) {
        const auto found = host.Interfaces().find(id);
        return found == host.Interfaces().end() ? Json{{"index", id.value}} : InterfaceRow(host, found->second);
    });
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
        sources.push_back({{"source", address}, {"timer", Seconds(source.expires)}, {"forwarded", source.forwarded}});
        (source.forwarded ? forwarded : blocked).push_back(address);
    }
    return {
        {"interface", interface},
        {"group", view.group.ToString()},
        {"mode", view.mode == FilterMode::Include ? "include" : "exclude"},
        {"version", static_cast<int>(view.version)},
        {"group_timer", Seconds(view.expires)},
        {"uptime", Seconds(view.uptime)},
        {"v1_host_timer", Seconds(view.olderHostV1)},
        {"v2_host_timer", Seconds(view.olderHostV2)},
        {"last_reporter", view.lastReporter.IsUnspecified() ? Json(nullptr) : Json(view.lastReporter.ToString())},
        {"static", view.isStatic},
        {"sources", sources},
        {"forwarded", forwarded},
        {"blocked", blocked},
    };
}

/// The groups of one interface after the other, so that those of one only are held at a time.
class GroupWalk
{
  public:
    GroupWalk(const RouterHost& host, std::vector<InterfaceId> interfaces)
        : m_host(host),
          m_interfaces(std::move(interfaces))
    {
    }

    bool operator()(std::string& out)
    {
        if (m_nextInterface == 0 && m_groups.empty())
        {
            out += Header("list");
        }
        while (m_nextGroup == m_groups.size())
        {
            if (m_nextInterface == m_interfaces.size())
            {
                return false;
            }
            const auto id = m_interfaces[m_nextInterface++];
            m_name = m_host.NameOf(id);
            m_groups = m_host.GetRouter().Groups(id);
            m_nextGroup = 0;
        }
        out += ToLine(GroupRow(m_name, m_groups[m_nextGroup++]));
        return true;
    }

  private:
    const RouterHost& m_host;
    std::vector<InterfaceId> m_interfaces;
    std::size_t m_nextInterface = 0;
    std::string m_name;
    std::vector<gm::GroupView> m_groups;
    std::size_t m_nextGroup = 0;
};

ControlAnswer
ShowGroups(const RouterHost& host, Log&, const Arguments& arguments)
{
    if (arguments.empty())
    {
        return {GroupWalk{host, InterfaceIds(host)}, false};
    }
    const auto interface = host.Find(arguments[0]);
    return interface ? ControlAnswer{GroupWalk{host, {*interface}}, false}
                     : Refusal("no interface " + arguments[0] + " here");
}

ControlAnswer
ShowSummary(const RouterHost& host, Log&, const Arguments&)
{
    std::size_t sources = 0;
    for (const auto& [id, managed] : host.Interfaces())
    {
        const auto view = host.GetRouter().FindInterface(id);
        sources += view ? view->sources : 0;
    }
    return Object(
        {{"interfaces", host.Interfaces().size()}, {"groups", host.GetRouter().GroupCount()}, {"sources", sources}});
}

// --- show mroute ----------------------------------------------------------------------------------------------------

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

ControlAnswer
ShowMroute(const RouterHost& host, Log&, const Arguments&)
{
    return List(host.GetRouter().ForwardingEntries(),
                [&host](const ForwardingChange& entry) { return ForwardingRow(host, entry); });
}

ControlAnswer
ShowMrouteSummary(const RouterHost& host, Log&, const Arguments&)
{
    const auto starGroups = host.Forwarding().StarGroupCount();
    return Object({{"starg", starGroups}, {"sg", host.GetRouter().ForwardingEntryCount() - starGroups}});
}

// --- show counters, version, log-level, watch -----------------------------------------------------------------------

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

ControlAnswer
ShowCounters(const RouterHost& host, Log&, const Arguments&)
{
    std::vector<Json> rows;
    for (const auto& [id, managed] : host.Interfaces())
    {
        if (const auto view = host.GetRouter().FindInterface(id))
        {
            rows.push_back(CounterRow(managed.state.name, view->counters));
        }
    }
    Json router = CounterRow("*", host.GetRouter().GetCounters());
    const auto& counters = host.GetCounters();
    router["host"] = {
        {"packets", counters.packets},
        {"upcalls", counters.upcalls},
        {"bad-ip-header", counters.badIpHeaders},
        {"receive-queue-full", host.ReceiveDrops()},
        {"send-failed", counters.sendFailures},
        {"forwarding-failed", counters.forwardingFailures},
    };
    rows.push_back(std::move(router));
    return List(std::move(rows), [](const Json& row) { return row; });
}

ControlAnswer
ShowVersion(const RouterHost& host, Log&, const Arguments&)
{
    return Object(
        {{"version", MCAST_VERSION}, {"pid", getpid()}, {"time", Seconds(host.GetRouter().Now().time_since_epoch())}});
}

ControlAnswer
SetLogLevel(const RouterHost&, Log& log, const Arguments& arguments)
{
    if (!arguments.empty())
    {
        const auto level = ParseLogLevel(arguments[0]);
        if (!level)
        {
            return Refusal("no log level " + arguments[0] + "; there are error, warning, info and debug");
        }
        log.SetLevel(*level);
    }
    return Object({{"level", ToString(log.Level())}});
}

ControlAnswer
Watch(const RouterHost&, Log&, const Arguments&)
{
    auto answer = Text(Header("events"));
    answer.watch = true;
    return answer;
}

struct Command
{
    Arguments words;
    std::size_t maxArguments;
    ControlAnswer (*run)(const RouterHost&, Log&, const Arguments&);
};

const std::vector<Command>&
Commands()
{
    static const std::vector<Command> commands{
        {{"show", "igmp", "interfaces"}, 0, ShowInterfaces},
        {{"show", "igmp", "groups"}, 1, ShowGroups},
        {{"show", "igmp", "summary"}, 0, ShowSummary},
        {{"show", "mroute", "summary"}, 0, ShowMrouteSummary},
        {{"show", "mroute"}, 0, ShowMroute},
        {{"show", "counters"}, 0, ShowCounters},
        {{"show", "version"}, 0, ShowVersion},
        {{"log-level"}, 1, SetLogLevel},
        {{"watch"}, 0, Watch},
    };
    return commands;
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

ControlAnswer
RunCommand(const RouterHost& host, Log& log, std::string_view line)
{
    std::istringstream stream{std::string{line}};
    const Arguments words{std::istream_iterator<std::string>{stream}, {}};
    for (const auto& command : Commands())
    {
        const auto& name = command.words;
        if (words.size() >= name.size() && words.size() <= name.size() + command.maxArguments &&
            std::equal(name.begin(), name.end(), words.begin()))
        {
            return command.run(host, log, {words.begin() + static_cast<std::ptrdiff_t>(name.size()), words.end()});
        }
    }
    return Refusal("unknown command: " + std::string{line.substr(0, 80)});
}

std::string
EventLine(const TraceEvent& event, const std::string& interface)
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
    return ToLine(row);
}

} // namespace mcast::linux_host
