// SPDX-License-Identifier: GPL-2.0-only

#include "chaos-run.h"

#include <algorithm>
#include <iostream>
#include <sstream>

namespace mcast::chaos
{

namespace
{

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint8_t TTL = 64;
constexpr unsigned WARM_UP_PACKETS = 25; // Asserts: at most one in 3 s for each entry, and one LAN after the other
constexpr unsigned DENSE_WARM_UP_PACKETS = 60; // LANs are pruned one after the other, too, each after 3 s
constexpr unsigned GOOD_ROUNDS = 3;
constexpr unsigned MAX_ROUNDS = 30;

std::uint64_t
Mix(std::uint64_t digest, std::uint64_t value)
{
    return (digest ^ value) * 0x100000001b3ULL; // FNV-1a
}

} // namespace

Run::Run(const Settings& settings, std::ostream* log)
    : m_settings(settings),
      m_dice(settings.seed),
      m_network(m_settings, m_dice),
      m_log(log)
{
    for (unsigned i = 0; i < settings.flows; ++i)
    {
        Flow flow;
        flow.host = m_dice.Below(m_network.Hosts().size());
        flow.group = m_dice.Below(m_network.Groups().size());
        const auto same = [&](const Flow& other) { return other.host == flow.host && other.group == flow.group; };
        if (std::none_of(m_flows.begin(), m_flows.end(), same))
        {
            m_flows.push_back(flow);
        }
    }
}

Outcome
Run::Play()
{
    Outcome outcome;
    Storm();
    ComeToRest();
    Judge(outcome);
    for (const auto phase : {&Run::JudgeQuiet, &Run::JudgeGraft})
    {
        if (outcome.complaints.empty())
        {
            (this->*phase)(outcome);
        }
    }
    if (outcome.complaints.empty())
    {
        LeaveAll();
        JudgeRest(outcome);
    }
    outcome.digest = m_digest;
    return outcome;
}

// The storm.

void
Run::Storm()
{
    RunFor(seconds{m_settings.shortTimes ? 5 : 15});
    for (unsigned i = 0; i < m_settings.hostLinks; ++i)
    {
        ChangeMember();
    }
    m_network.SetLoss(m_settings.loss, m_settings.jitter);
    for (unsigned i = 0; i < m_settings.actions; ++i)
    {
        Act();
        const auto longest = m_dice.OneIn(8) ? m_settings.times.router.joinPrunePeriod * 2 : Duration{seconds{3}};
        SendFor(m_dice.Within(longest), m_settings.times.router.joinPrunePeriod / 20);
    }
}

void
Run::Act()
{
    const auto what = m_dice.Below(10);
    if (what < 4)
    {
        ChangeMember();
    }
    else if (what < 5)
    {
        ChangeFlow();
    }
    else if (what < 7)
    {
        ChangeRouter();
    }
    else if (what < 9)
    {
        ChangePort();
    }
    else
    {
        ChangeLink();
    }
}

void
Run::ChangeMember()
{
    const auto host = m_dice.Below(m_network.Hosts().size());
    const auto group = m_dice.Below(m_network.Groups().size());
    const bool leave = m_memberships.count({host, group}) != 0 && m_dice.OneIn(2);
    SetFilter(host, group, leave ? std::nullopt : std::optional(ChooseFilter(group)));
}

// Members of any-source groups mostly want all sources.
Filter
Run::ChooseFilter(std::size_t group)
{
    Filter filter;
    const bool ssm = m_network.IsSsm(group);
    if (!ssm && !m_dice.OneIn(3))
    {
        return filter;
    }
    filter.mode = ssm || m_dice.OneIn(2) ? FilterMode::Include : FilterMode::Exclude;
    for (const auto& flow : m_flows)
    {
        if (flow.group == group && !m_dice.OneIn(3))
        {
            filter.sources.push_back(m_network.Hosts()[flow.host].address);
        }
    }
    return filter;
}

void
Run::SetFilter(std::size_t host, std::size_t group, const std::optional<Filter>& filter)
{
    const auto& node = m_network.Hosts()[host];
    const auto& address = m_network.Groups()[group];
    const bool nothing = !filter || (filter->mode == FilterMode::Include && filter->sources.empty());
    std::ostringstream text;
    text << node.name << (nothing ? " leaves " : " listens to ") << address.ToString();
    if (nothing)
    {
        m_memberships.erase({host, group});
    }
    else
    {
        m_memberships[{host, group}] = *filter;
        text << (filter->mode == FilterMode::Include ? " from" : " but not from");
        for (const auto& source : filter->sources)
        {
            text << " " << source.ToString();
        }
    }
    Tell(text.str());
    m_network.Sim().Use(node.id, [&](SimNode& simNode) {
        return static_cast<bool>(simNode.Listen(SocketId{1}, InterfaceId{1}, address,
                                                nothing ? FilterMode::Include : filter->mode,
                                                nothing ? std::vector<Address>{} : filter->sources));
    });
}

void
Run::ChangeFlow()
{
    auto& flow = m_flows[m_dice.Below(m_flows.size())];
    flow.active = !flow.active;
    Tell(m_network.Hosts()[flow.host].name + (flow.active ? " sends to " : " stops sending to ") +
         m_network.Groups()[flow.group].ToString());
}

void
Run::ChangeRouter()
{
    const auto router = m_dice.Below(m_network.Routers().size());
    const bool up = !m_network.Routers()[router].up;
    Tell(m_network.Routers()[router].name + (up ? " starts" : " fails"));
    m_network.SetRouterUp(router, up);
}

void
Run::ChangePort()
{
    const auto link = m_dice.Below(m_network.Links().size());
    const auto place = m_dice.Below(m_network.Links()[link].routers.size());
    const auto& port = m_network.Links()[link].routers[place];
    const bool up = !port.up;
    Tell(m_network.Routers()[port.node].name + " if " + std::to_string(port.port.value) + (up ? " up" : " down"));
    m_network.SetPortUp(link, place, up);
}

void
Run::ChangeLink()
{
    const auto link = m_dice.Below(m_network.Links().size());
    const bool up = !m_network.Links()[link].up;
    Tell("link " + std::to_string(m_network.Links()[link].number) + (up ? " up" : " down"));
    m_network.SetLinkUp(link, up);
}

// Rest.

void
Run::ComeToRest()
{
    Tell("all is repaired");
    m_network.RepairAll();
    const auto& times = m_settings.times;
    auto quiet = times.GroupMembershipInterval() + times.LongestState();
    if (m_settings.rpBy == RpBy::Bootstrap)
    {
        quiet += times.RpSetRecovery();
    }
    if (m_settings.sendInQuiet)
    {
        ActivateFlows();
        SendFor(quiet, times.router.keepalivePeriod / 8);
    }
    else
    {
        RunFor(quiet);
    }
    ActivateFlows();
    Tell("sources are warming up");
    SendFor((m_settings.denseGroups > 0 ? DENSE_WARM_UP_PACKETS : WARM_UP_PACKETS) * Duration{seconds{1}}, seconds{1});
}

void
Run::ActivateFlows()
{
    for (auto& flow : m_flows)
    {
        flow.active = true;
    }
}

// A network may never come to rest, by the RFC: on a LAN the winner of an (S,G) Assert forwards because a router there
// joined it, and that router only for the sake of the loser, somewhere on the way from the RP. The loser prunes the source
// off the RP's tree, the winner loses its reason and cancels, the loser comes back, and so on, every few seconds. So each
// flow has to be right several times in a row, not always; one of dense mode that is flooded ever again (see below), at
// each place for itself.
void
Run::Judge(Outcome& outcome)
{
    Tell("packets are judged");
    std::map<Subject, unsigned> good; // rounds in a row, of what was wrong at first
    for (outcome.rounds = 1; outcome.rounds <= GOOD_ROUNDS || !good.empty(); ++outcome.rounds)
    {
        Record();
        const auto payloads = SendOnce("f" + std::to_string(outcome.rounds));
        Oracle oracle(m_network, m_flows, m_memberships);
        oracle.CheckNeighbors();
        oracle.CheckDelivery(payloads);
        oracle.CheckTrees(m_settings.sendInQuiet);
        const auto wrong = Subjects(oracle);
        for (const auto& subject : wrong)
        {
            if (outcome.rounds <= GOOD_ROUNDS)
            {
                good[subject] = 0;
            }
        }
        bool failed = false;
        for (auto place = good.begin(); place != good.end();)
        {
            place->second = wrong.count(place->first) == 0 ? place->second + 1 : 0;
            failed = failed || place->second == 0;
            place = place->second == GOOD_ROUNDS ? good.erase(place) : std::next(place);
        }
        if (failed && outcome.rounds >= MAX_ROUNDS)
        {
            return Finish(oracle, "with members", outcome, oracle.DescribeState());
        }
    }
    Record();
}

std::set<Run::Subject>
Run::Subjects(const Oracle& oracle) const
{
    std::set<Subject> subjects;
    for (const auto& complaint : oracle.Complaints())
    {
        const bool apart = IsFlooded(complaint.group);
        subjects.insert({complaint.group, complaint.source, apart ? complaint.place : ""});
    }
    return subjects;
}

// Without State Refresh prunes end, here and there, and data is flooded until they are told again.
bool
Run::IsFlooded(const Address& group) const
{
    const auto& groups = m_network.Groups();
    const auto index = static_cast<std::size_t>(std::find(groups.begin(), groups.end(), group) - groups.begin());
    return m_settings.IsDense(index) && m_settings.refreshing != Refreshing::Everywhere;
}

void
Run::JudgeQuiet(Outcome& outcome)
{
    if (m_settings.refreshing != Refreshing::Everywhere || m_settings.denseGroups == 0)
    {
        return;
    }
    Tell("nothing may be flooded");
    constexpr unsigned packets = 10;
    const Duration holdtime = seconds{m_settings.times.router.JoinPruneHoldtimeToTell()};
    for (unsigned i = 0; i < packets; ++i)
    {
        RunFor(holdtime * 4 / 3 / packets);
        Record();
        auto payloads = SendOnce("q" + std::to_string(i));
        for (auto place = payloads.begin(); place != payloads.end();)
        {
            place = m_settings.IsDense(m_flows[place->second].group) ? std::next(place) : payloads.erase(place);
        }
        Oracle oracle(m_network, m_flows, m_memberships);
        oracle.CheckDelivery(payloads);
        if (!oracle.Complaints().empty())
        {
            return Finish(oracle, "between State Refreshes", outcome, oracle.DescribeState());
        }
    }
    Record();
}

// The way of a Graft and back takes far less than 0.1 s, and nothing is lost.
void
Run::JudgeGraft(Outcome& outcome)
{
    for (unsigned tries = 0; tries < 20; ++tries)
    {
        const auto& flow = m_flows[m_dice.Below(m_flows.size())];
        const auto host = m_dice.Below(m_network.Hosts().size());
        const bool elsewhere = m_network.Hosts()[host].link != m_network.Hosts()[flow.host].link;
        if (!m_settings.IsDense(flow.group) || !elsewhere || m_memberships.count({host, flow.group}) != 0)
        {
            continue;
        }
        Tell("a Graft is judged");
        SetFilter(host, flow.group, Filter{});
        RunFor(milliseconds{100});
        Record();
        const auto& source = m_network.Hosts()[flow.host];
        m_network.Sim().SendData(source.id, m_network.Groups()[flow.group].ToString(), "graft", TTL);
        m_network.Sim().RunFor(milliseconds{100});
        Oracle oracle(m_network, m_flows, m_memberships);
        oracle.CheckReceived(host, flow, "graft");
        return Finish(oracle, "after a Graft", outcome, oracle.DescribeState());
    }
}

// A packet of each flow, told apart by its payload.
std::map<std::string, std::size_t>
Run::SendOnce(const std::string& name)
{
    std::map<std::string, std::size_t> payloads;
    for (std::size_t number = 0; number < m_flows.size(); ++number)
    {
        const auto& flow = m_flows[number];
        const auto payload = name + "." + std::to_string(number);
        payloads[payload] = number;
        m_network.Sim().SendData(m_network.Hosts()[flow.host].id, m_network.Groups()[flow.group].ToString(), payload,
                                 TTL);
        m_network.Sim().RunFor(milliseconds{50});
    }
    m_network.Sim().RunFor(milliseconds{400});
    return payloads;
}

void
Run::LeaveAll()
{
    const auto memberships = m_memberships;
    for (const auto& [key, filter] : memberships)
    {
        SetFilter(key.first, key.second, std::nullopt);
    }
    for (auto& flow : m_flows)
    {
        flow.active = false;
    }
    RunFor(m_settings.times.LongestState() + seconds{30});
}

void
Run::JudgeRest(Outcome& outcome)
{
    Oracle oracle(m_network, m_flows, m_memberships);
    oracle.CheckNothing();
    Finish(oracle, "when all had left", outcome, "");
}

// Time.

void
Run::SendFor(Duration time, Duration period)
{
    const auto end = m_network.Sim().Now() + time;
    while (m_network.Sim().Now() + period <= end)
    {
        for (const auto& flow : m_flows)
        {
            if (flow.active)
            {
                m_network.Sim().SendData(m_network.Hosts()[flow.host].id, m_network.Groups()[flow.group].ToString(),
                                         "s" + std::to_string(m_sent++), TTL);
            }
            RunFor(period / m_flows.size());
        }
    }
    RunFor(std::max(end - m_network.Sim().Now(), Duration::zero()));
}

void
Run::RunFor(Duration time)
{
    constexpr Duration chunk = seconds{10}; // records are kept no longer
    for (auto left = time; left > Duration::zero(); left -= chunk)
    {
        m_network.Sim().RunFor(std::min(left, chunk));
        Record();
    }
}

void
Run::Record()
{
    auto& network = m_network.Sim();
    for (const auto& frame : network.Frames())
    {
        m_digest = Mix(m_digest, static_cast<std::uint64_t>(frame.at.time_since_epoch().count()));
        m_digest = Mix(m_digest, frame.sender.value << 16 | frame.lan.value);
        for (const auto octet : frame.octets)
        {
            m_digest = Mix(m_digest, octet);
        }
    }
    if (m_log != nullptr)
    {
        WriteLog();
    }
    network.ClearRecords();
}

// Events of routers and data on links, by time.
void
Run::WriteLog()
{
    auto& network = m_network.Sim();
    std::multimap<TimePoint, std::string> lines;
    for (const auto& [node, event] : network.Events())
    {
        if (event.router && event.event.kind != EventKind::PacketReceived)
        {
            lines.emplace(event.event.at, network.Name(node) + " " + ToString(event.event));
        }
    }
    for (const auto& frame : network.Frames())
    {
        if (const auto payload = PayloadOf(frame.octets, m_settings.family))
        {
            const auto& link = m_network.Links()[m_network.LinkOf(frame.lan)];
            lines.emplace(frame.at,
                          network.Name(frame.sender) + " data " + *payload + " on link " + std::to_string(link.number));
        }
    }
    m_log->precision(10);
    for (const auto& [at, line] : lines)
    {
        *m_log << std::chrono::duration<double>(at.time_since_epoch()).count() << " " << line << "\n";
    }
}

void
Run::Tell(const std::string& what)
{
    std::ostringstream text;
    text << std::chrono::duration<double>(m_network.Sim().Now().time_since_epoch()).count() << " " << what;
    m_story.push_back(text.str());
    if (m_log != nullptr)
    {
        Record();
        *m_log << "# " << text.str() << "\n";
    }
}

void
Run::Finish(const Oracle& oracle, const std::string& phase, Outcome& outcome, const std::string& state)
{
    if (oracle.Complaints().empty())
    {
        return;
    }
    std::ostringstream text;
    text << "seed " << m_settings.seed << ": " << m_settings.Describe() << "\n"
         << m_network.Describe() << "what happened:\n";
    for (const auto& line : m_story)
    {
        text << "  " << line << "\n";
    }
    text << "state of the groups concerned:\n" << state << "wrong " << phase << ":\n";
    for (const auto& complaint : oracle.Complaints())
    {
        text << "  " << complaint.text << "\n";
        outcome.complaints.push_back(complaint.text);
    }
    outcome.report += text.str();
}

} // namespace mcast::chaos
