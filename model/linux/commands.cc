// SPDX-License-Identifier: GPL-2.0-only

#include "commands.h"

#include "answers.h"
#include "commands-pim.h"

#include <algorithm>
#include <sstream>
#include <unistd.h>

namespace mcast::linux_host
{

namespace
{

// --- show igmp, show mld --------------------------------------------------------------------------------------------

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

template <Family FAMILY>
ControlAnswer
ShowInterfaces(const RouterHost& host, Log&, const Arguments&)
{
    return ListAnswer(InterfaceIds(host), [&host](InterfaceId id) {
        const auto found = host.Interfaces().find(id);
        return found == host.Interfaces().end() ? Json{{"index", id.value}} : InterfaceRow(host, found->second, FAMILY);
    });
}

/// The groups of one interface after the other, so that those of one only are held at a time.
class GroupWalk
{
  public:
    GroupWalk(const RouterHost& host, Family family, std::vector<InterfaceId> interfaces)
        : m_host(host),
          m_family(family),
          m_interfaces(std::move(interfaces))
    {
    }

    bool operator()(std::string& out)
    {
        if (m_nextInterface == 0 && m_groups.empty())
        {
            out += AnswerHeader("list");
        }
        while (m_nextGroup == m_groups.size())
        {
            if (m_nextInterface == m_interfaces.size())
            {
                return false;
            }
            const auto id = m_interfaces[m_nextInterface++];
            m_name = m_host.NameOf(id);
            m_groups = m_host.GetRouter().Groups(id, m_family);
            m_nextGroup = 0;
        }
        out += ToLine(GroupRow(m_name, m_groups[m_nextGroup++]));
        return true;
    }

  private:
    const RouterHost& m_host;
    Family m_family;
    std::vector<InterfaceId> m_interfaces;
    std::size_t m_nextInterface = 0;
    std::string m_name;
    std::vector<gm::GroupView> m_groups;
    std::size_t m_nextGroup = 0;
};

template <Family FAMILY>
ControlAnswer
ShowGroups(const RouterHost& host, Log&, const Arguments& arguments)
{
    if (arguments.empty())
    {
        return {GroupWalk{host, FAMILY, InterfaceIds(host)}, false};
    }
    const auto interface = host.Find(arguments[0]);
    return interface ? ControlAnswer{GroupWalk{host, FAMILY, {*interface}}, false}
                     : Refusal("no interface " + arguments[0] + " here");
}

template <Family FAMILY>
ControlAnswer
ShowSummary(const RouterHost& host, Log&, const Arguments&)
{
    std::size_t groups = 0;
    std::size_t sources = 0;
    for (const auto& [id, managed] : host.Interfaces())
    {
        const auto view = host.GetRouter().FindInterface(id, FAMILY);
        groups += view ? view->groups : 0;
        sources += view ? view->sources : 0;
    }
    return ObjectAnswer({{"interfaces", host.Interfaces().size()}, {"groups", groups}, {"sources", sources}});
}

// --- show mroute ----------------------------------------------------------------------------------------------------

ControlAnswer
ShowMroute(const RouterHost& host, Log&, const Arguments& arguments)
{
    auto entries = host.GetRouter().ForwardingEntries();
    if (!arguments.empty())
    {
        if (arguments[0] != FamilyName(Family::Ipv4) && arguments[0] != FamilyName(Family::Ipv6))
        {
            return Refusal("no family " + arguments[0] + "; there are ipv4 and ipv6");
        }
        entries.erase(
            std::remove_if(entries.begin(), entries.end(),
                           [&](const auto& entry) { return FamilyName(entry.group.GetFamily()) != arguments[0]; }),
            entries.end());
    }
    return ListAnswer(std::move(entries),
                      [&host](const ForwardingChange& entry) { return ForwardingRow(host, entry); });
}

ControlAnswer
ShowMrouteSummary(const RouterHost& host, Log&, const Arguments&)
{
    std::size_t starGroups = 0;
    for (const auto family : FAMILIES)
    {
        const auto* forwarding = host.Forwarding(family);
        starGroups += forwarding != nullptr ? forwarding->StarGroupCount() : 0;
    }
    return ObjectAnswer({{"starg", starGroups}, {"sg", host.GetRouter().ForwardingEntryCount() - starGroups}});
}

// --- show counters, version, log-level, watch -----------------------------------------------------------------------

ControlAnswer
ShowCounters(const RouterHost& host, Log&, const Arguments&)
{
    std::vector<Json> rows;
    for (const auto& [id, managed] : host.Interfaces())
    {
        for (const auto family : FAMILIES)
        {
            if (const auto view = host.GetRouter().FindInterface(id, family))
            {
                rows.push_back(CounterRow(managed.state.name, family, view->counters));
            }
        }
    }
    for (const auto family : FAMILIES)
    {
        for (const auto& view : host.GetRouter().PimInterfaces(family))
        {
            rows.push_back(PimCounterRow(host.NameOf(view.interface), view));
        }
    }
    rows.push_back(RouterCounterRow(host));
    return ListAnswer(std::move(rows), [](const Json& row) { return row; });
}

ControlAnswer
ShowVersion(const RouterHost& host, Log&, const Arguments&)
{
    return ObjectAnswer({{"version", MCAST_VERSION},
                         {"pid", getpid()},
                         {"time", ToSeconds(host.GetRouter().Now().time_since_epoch())}});
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
    return ObjectAnswer({{"level", ToString(log.Level())}});
}

ControlAnswer
Watch(const RouterHost&, Log&, const Arguments&)
{
    auto answer = TextAnswer(AnswerHeader("events"));
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
        {{"show", "igmp", "interfaces"}, 0, ShowInterfaces<Family::Ipv4>},
        {{"show", "igmp", "groups"}, 1, ShowGroups<Family::Ipv4>},
        {{"show", "igmp", "summary"}, 0, ShowSummary<Family::Ipv4>},
        {{"show", "mld", "interfaces"}, 0, ShowInterfaces<Family::Ipv6>},
        {{"show", "mld", "groups"}, 1, ShowGroups<Family::Ipv6>},
        {{"show", "mld", "summary"}, 0, ShowSummary<Family::Ipv6>},
        {{"show", "pim", "interfaces"}, 1, ShowPimInterfaces},
        {{"show", "pim", "neighbors"}, 1, ShowPimNeighbors},
        {{"show", "pim", "rp"}, 2, ShowPimRps},
        {{"show", "pim", "bsr"}, 1, ShowPimBootstrap},
        {{"show", "pim", "upstream"}, 2, ShowPimUpstream},
        {{"show", "pim", "dense"}, 2, ShowPimDense},
        {{"show", "pim", "downstream"}, 2, ShowPimDownstream},
        {{"show", "pim", "assert"}, 2, ShowPimAssert},
        {{"show", "pim", "mroute"}, 2, ShowPimMroute},
        {{"show", "pim", "summary"}, 1, ShowPimSummary},
        {{"show", "mroute", "summary"}, 0, ShowMrouteSummary},
        {{"show", "mroute"}, 1, ShowMroute},
        {{"show", "counters"}, 0, ShowCounters},
        {{"show", "version"}, 0, ShowVersion},
        {{"log-level"}, 1, SetLogLevel},
        {{"watch"}, 0, Watch},
    };
    return commands;
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

} // namespace mcast::linux_host
