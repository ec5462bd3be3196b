// SPDX-License-Identifier: GPL-2.0-only

#include "chaos-network.h"

#include <algorithm>
#include <limits>
#include <queue>
#include <sstream>
#include <stdexcept>

namespace mcast::chaos
{

namespace
{

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::uint32_t UNREACHABLE = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t PREFERENCE = 110; // of a link-state protocol, as routers have it
constexpr std::size_t MAX_ON_LAN = 5;
constexpr unsigned MAX_PREFIX = 128; // cut to what the family has

bool
IsSame(const std::optional<RouteTable::Result>& a, const std::optional<RouteTable::Result>& b)
{
    return a.has_value() == b.has_value() &&
           (!a || (a->interface == b->interface && a->nextHop == b->nextHop && a->metric == b->metric));
}

Address
ParseAddress(const std::string& text)
{
    return Address::Parse(text).value();
}

} // namespace

ChaosNetwork::ChaosNetwork(const Settings& settings, Dice& dice)
    : m_settings(settings),
      m_dice(dice),
      m_network(settings.seed)
{
    RouterOptions options;
    options.forwardingEntryLifetime = settings.times.router.keepalivePeriod;
    for (unsigned i = 0; i < settings.routers; ++i)
    {
        const auto name = "r" + std::to_string(i);
        m_routers.push_back({m_network.AddRouter(name, options), name, true, {}});
    }
    BuildTopology();
    BuildHosts();
    ChooseRps();
    ChooseGroups();
    m_installed.assign(m_routers.size(), Ways(m_links.size()));
    Recompute();
    m_installed = m_wanted;
    ConfigurePim();
}

// Building.

Address
ChaosNetwork::MakeAddress(const Link& link, unsigned host) const
{
    const auto number = std::to_string(link.number);
    return ParseAddress(m_settings.family == Family::Ipv4 ? "10." + number + ".0." + std::to_string(host)
                                                          : "2001:db8:" + number + "::" + std::to_string(host));
}

Prefix
ChaosNetwork::SubnetOf(const Link& link) const
{
    return Prefix{MakeAddress(link, 0), m_settings.family == Family::Ipv4 ? 24u : 64u};
}

std::size_t
ChaosNetwork::AddLink()
{
    Link link;
    link.lan = m_network.AddLan();
    link.number = static_cast<unsigned>(m_links.size() + 1);
    link.cost = m_settings.equalCosts ? 1 : m_dice.Between(1, 4);
    m_links.push_back(link);
    return m_links.size() - 1;
}

void
ChaosNetwork::Join(std::size_t index, std::size_t router, unsigned drPriority)
{
    auto& link = m_links[index];
    const auto number = static_cast<unsigned>(link.routers.size() + link.hosts.size() + 1);
    Place place;
    place.node = router;
    place.address = MakeAddress(link, number);
    const bool ipv4 = m_settings.family == Family::Ipv4;
    place.linkLocal = ipv4 ? place.address : ParseAddress("fe80::" + std::to_string(number));
    AttachOptions options;
    options.host.family = m_settings.family;
    options.router.gm = m_settings.times.membership;
    options.router.gm.family = m_settings.family;
    options.router.pim = m_settings.times.interface;
    options.router.pim->family = m_settings.family;
    options.router.pim->drPriority = drPriority;
    if (m_settings.mode == Mode::Dense)
    {
        options.router.pim->mode = m_settings.listed ? pim::Mode::SparseDense : pim::Mode::Dense;
    }
    const auto text = ipv4 ? place.address.ToString() + "/24"
                           : place.linkLocal.ToString() + "/64," + place.address.ToString() + "/64";
    place.port = m_network.Attach(m_routers[router].id, link.lan, text, options);
    link.routers.push_back(place);
}

// A tree of links and LANs first, then more of them.
void
ChaosNetwork::BuildTopology()
{
    std::vector<std::vector<std::size_t>> links; // members of each, in the order of their addresses
    for (std::size_t router = 1; router < m_routers.size(); ++router)
    {
        const bool join = !links.empty() && m_dice.OneIn(4);
        auto& lan = join ? links[m_dice.Below(links.size())] : links.emplace_back();
        if (!join || lan.size() >= MAX_ON_LAN)
        {
            auto& link = join ? links.emplace_back() : lan;
            link.push_back(m_dice.Below(router));
            link.push_back(router);
            continue;
        }
        lan.push_back(router);
    }
    for (unsigned i = 0; i < m_settings.extraLinks + m_settings.hostLinks; ++i)
    {
        const bool forHosts = i >= m_settings.extraLinks;
        auto& link = links.emplace_back();
        const auto size = forHosts ? m_dice.Between(1, 3) : m_dice.OneIn(3) ? m_dice.Between(3, 5) : 2;
        while (link.size() < size)
        {
            const auto router = m_dice.Below(m_routers.size());
            if (std::find(link.begin(), link.end(), router) == link.end())
            {
                link.push_back(router);
            }
        }
    }
    for (auto& link : links)
    {
        const auto index = AddLink();
        const bool priorities = m_dice.OneIn(4);
        std::rotate(link.begin(), link.begin() + m_dice.Below(link.size()), link.end());
        for (const auto router : link)
        {
            Join(index, router, priorities ? m_dice.Between(1, 3) : 1);
        }
    }
}

// Mostly on host links; some on links between routers.
void
ChaosNetwork::BuildHosts()
{
    for (std::size_t index = 0; index < m_links.size(); ++index)
    {
        auto& link = m_links[index];
        const bool forHosts = index + m_settings.hostLinks >= m_links.size();
        const auto count = forHosts ? m_dice.Between(1, 3) : m_dice.OneIn(8) ? 1 : 0;
        for (unsigned i = 0; i < count; ++i)
        {
            const auto number = static_cast<unsigned>(link.routers.size() + link.hosts.size() + 1);
            HostNode host;
            host.name = "h" + std::to_string(m_hosts.size());
            host.id = m_network.AddHost(host.name);
            host.link = index;
            host.address = MakeAddress(link, number);
            AttachOptions options;
            options.host.family = m_settings.family;
            const auto text =
                m_settings.family == Family::Ipv4
                    ? host.address.ToString() + "/24"
                    : "fe80::" + std::to_string(number) + "/64," + host.address.ToString() + "/64";
            const auto port = m_network.Attach(host.id, link.lan, text, options);
            link.hosts.push_back({m_hosts.size(), port, host.address, host.address, true});
            m_hosts.push_back(host);
        }
    }
}

void
ChaosNetwork::ChooseRps()
{
    while (m_rps.size() < m_settings.rps)
    {
        const auto index = m_dice.Below(m_links.size());
        const auto& link = m_links[index];
        const auto& place = link.routers[m_dice.Below(link.routers.size())];
        const auto known = [&](const RpNode& rp) { return rp.router == place.node; };
        if (std::none_of(m_rps.begin(), m_rps.end(), known))
        {
            m_rps.push_back({place.node, index, place.address});
        }
    }
}

// RFC 3956 3: ff7e:0<RIID>40:<network prefix of 64 bits>:<32 bits of group>.
void
ChaosNetwork::ChooseGroups()
{
    const bool ipv4 = m_settings.family == Family::Ipv4;
    for (unsigned i = 0; i < m_settings.groups + m_settings.ssmGroups; ++i)
    {
        const auto number = std::to_string(i + 1);
        if (IsSsm(i))
        {
            m_groups.push_back(ParseAddress((ipv4 ? "232.1.1." : "ff3e::8000:") + number));
        }
        else if (m_settings.rpBy == RpBy::Embedded && !m_settings.IsDense(i))
        {
            const auto& rp = m_rps[i % m_rps.size()];
            const auto interfaceId = std::to_string(rp.address.Low() & 0xf);
            m_groups.push_back(ParseAddress("ff7e:" + interfaceId + "40:2001:db8:" +
                                            std::to_string(m_links[rp.link].number) + ":0:0:" + number));
        }
        else
        {
            m_groups.push_back(ParseAddress((ipv4 ? "239.1.1." : "ff1e::") + number));
        }
    }
}

pim::RouterConfig
ChaosNetwork::ConfigOf(std::size_t router)
{
    auto config = m_settings.times.router;
    config.family = m_settings.family;
    const bool never = m_settings.switchover == Switchover::Never ||
                       (m_settings.switchover == Switchover::Mixed && m_dice.OneIn(2));
    config.sptSwitchover.when = never ? pim::SptSwitchover::When::Never : pim::SptSwitchover::When::Immediately;
    if (m_settings.mode == Mode::Dense)
    {
        const bool mixed = m_settings.refreshing == Refreshing::Mixed;
        config.stateRefresh = mixed ? m_dice.OneIn(2) : m_settings.refreshing == Refreshing::Everywhere;
    }
    if (m_settings.listed)
    {
        config.denseGroups.emplace();
        for (std::size_t group = 0; group < m_settings.denseGroups; ++group)
        {
            config.denseGroups->push_back(Prefix{m_groups[group], MAX_PREFIX});
        }
    }
    for (std::size_t i = 0; i < m_rps.size() && m_settings.rpBy == RpBy::Bootstrap; ++i)
    {
        if (m_rps[i].router == router)
        {
            pim::CandidateRpConfig candidate;
            candidate.address = m_rps[i].address;
            candidate.priority = static_cast<std::uint8_t>(m_dice.Between(1, 2));
            config.candidateRps.push_back(candidate);
        }
    }
    return config;
}

void
ChaosNetwork::ConfigurePim()
{
    const auto bsrs = m_settings.rpBy == RpBy::Bootstrap ? m_dice.Between(1, 3) : 0;
    for (std::size_t i = 0; i < m_routers.size(); ++i)
    {
        m_routers[i].config = ConfigOf(i);
        for (auto group = m_settings.denseGroups; group < m_settings.groups && m_settings.rpBy == RpBy::Static; ++group)
        {
            m_routers[i].config.staticRps.push_back(
                {m_rps[group % m_rps.size()].address, Prefix{m_groups[group], MAX_PREFIX}, false});
        }
    }
    for (unsigned i = 0; i < bsrs; ++i)
    {
        pim::CandidateBsrConfig candidate;
        candidate.priority = static_cast<std::uint8_t>(m_dice.Between(1, 3));
        m_routers[m_dice.Below(m_routers.size())].config.candidateBsr = candidate;
    }
    for (std::size_t i = 0; i < m_routers.size(); ++i)
    {
        m_network.OnStart(m_routers[i].id, [this, i](SimNode& node) {
            if (const auto outcome = node.ConfigurePim(m_routers[i].config); !outcome)
            {
                throw std::logic_error(outcome.Error().field + ": " + outcome.Error().why);
            }
            m_installed[i] = m_wanted[i];
            for (std::size_t link = 0; link < m_links.size(); ++link)
            {
                if (m_installed[i][link])
                {
                    node.AddUnicastRoute(SubnetOf(m_links[link]), *m_installed[i][link]);
                }
            }
        });
    }
}

const Router&
ChaosNetwork::RouterAt(std::size_t router)
{
    return *m_network.Node(m_routers[router].id).GetRouter();
}

// Links and LANs were made one for one.
std::size_t
ChaosNetwork::LinkOf(LanId lan) const
{
    return lan.value;
}

// Failures.

void
ChaosNetwork::SetRouterUp(std::size_t index, bool up)
{
    auto& router = m_routers[index];
    if (router.up == up)
    {
        return;
    }
    router.up = up;
    up ? m_network.Restart(router.id) : m_network.Fail(router.id);
    Reconverge();
}

void
ChaosNetwork::SetLinkUp(std::size_t link, bool up)
{
    m_links[link].up = up;
    m_network.SetLanUp(m_links[link].lan, up);
    Reconverge();
}

void
ChaosNetwork::SetPortUp(std::size_t link, std::size_t index, bool up)
{
    auto& place = m_links[link].routers[index];
    if (place.up != up)
    {
        place.up = up;
        m_network.SetPortUp(m_routers[place.node].id, place.port, up);
        Reconverge();
    }
}

void
ChaosNetwork::SetLoss(double loss, Duration jitter, bool inOrder)
{
    for (const auto& link : m_links)
    {
        m_network.SetLan(link.lan, {loss, microseconds{10}, microseconds{10} + jitter, inOrder});
    }
}

void
ChaosNetwork::RepairAll()
{
    // Enough that two nodes' packets don't always arrive in the same order. Those of one node do: a Prune that overtakes
    // its Join leaves a state for a Holdtime, and that is nobody's mistake.
    SetLoss(0, microseconds{500}, true);
    for (std::size_t i = 0; i < m_routers.size(); ++i)
    {
        SetRouterUp(i, true);
    }
    for (std::size_t link = 0; link < m_links.size(); ++link)
    {
        SetLinkUp(link, true);
        for (std::size_t place = 0; place < m_links[link].routers.size(); ++place)
        {
            SetPortUp(link, place, true);
        }
    }
}

// Unicast routing.

bool
ChaosNetwork::IsUsable(const Link& link, const Place& place) const
{
    return link.up && place.up && m_routers[place.node].up;
}

// It is noticed some time after, and not by all routers at once.
void
ChaosNetwork::Reconverge()
{
    m_network.At(m_network.Now() + milliseconds{100} + m_dice.Within(milliseconds{2000}), [this] {
        Recompute();
        for (std::size_t router = 0; router < m_routers.size(); ++router)
        {
            m_network.At(m_network.Now() + m_dice.Within(milliseconds{500}), [this, router] { Apply(router); });
        }
    });
}

void
ChaosNetwork::Recompute()
{
    m_wanted.assign(m_routers.size(), Ways(m_links.size()));
    for (std::size_t link = 0; link < m_links.size(); ++link)
    {
        const auto ways = WaysTo(link);
        for (std::size_t router = 0; router < m_routers.size(); ++router)
        {
            m_wanted[router][link] = ways[router];
        }
    }
}

// By Dijkstra, from the destination.
std::vector<std::uint32_t>
ChaosNetwork::DistancesTo(std::size_t destination) const
{
    using Item = std::pair<std::uint32_t, std::size_t>;
    std::vector<std::uint32_t> distances(m_routers.size(), UNREACHABLE);
    std::priority_queue<Item, std::vector<Item>, std::greater<>> queue;
    const auto reach = [&](std::size_t router, std::uint32_t distance) {
        if (distance < distances[router])
        {
            distances[router] = distance;
            queue.push({distance, router});
        }
    };
    for (const auto& place : m_links[destination].routers)
    {
        if (IsUsable(m_links[destination], place))
        {
            reach(place.node, 0);
        }
    }
    std::vector<bool> done(m_routers.size());
    while (!queue.empty())
    {
        const auto [distance, router] = queue.top();
        queue.pop();
        if (done[router])
        {
            continue;
        }
        done[router] = true;
        for (const auto& link : m_links)
        {
            const auto on = [&](const Place& place) { return place.node == router && IsUsable(link, place); };
            if (std::none_of(link.routers.begin(), link.routers.end(), on))
            {
                continue;
            }
            for (const auto& place : link.routers)
            {
                if (IsUsable(link, place))
                {
                    reach(place.node, distance + link.cost);
                }
            }
        }
    }
    return distances;
}

ChaosNetwork::Ways
ChaosNetwork::WaysTo(std::size_t destination) const
{
    const auto distances = DistancesTo(destination);
    std::vector<std::vector<RouteTable::Result>> best(m_routers.size());
    for (const auto& link : m_links)
    {
        for (const auto& from : link.routers)
        {
            for (const auto& to : link.routers)
            {
                const bool shortest = from.node != to.node && IsUsable(link, from) && IsUsable(link, to) &&
                                      distances[to.node] != UNREACHABLE && distances[from.node] != 0 &&
                                      distances[to.node] + link.cost == distances[from.node];
                if (shortest)
                {
                    best[from.node].push_back({from.port, to.linkLocal, distances[from.node], PREFERENCE});
                }
            }
        }
    }
    Ways ways(m_routers.size());
    for (std::size_t router = 0; router < m_routers.size(); ++router)
    {
        if (!best[router].empty())
        {
            // Which of several is a matter of the router and the destination, and always the same.
            Random choice(m_settings.seed ^ (router << 32) ^ destination);
            ways[router] = best[router][choice.Next() % best[router].size()];
        }
    }
    return ways;
}

void
ChaosNetwork::Apply(std::size_t router)
{
    if (!m_routers[router].up)
    {
        return;
    }
    for (std::size_t link = 0; link < m_links.size(); ++link)
    {
        const auto& way = m_wanted[router][link];
        if (IsSame(way, m_installed[router][link]))
        {
            continue;
        }
        m_installed[router][link] = way;
        const auto subnet = SubnetOf(m_links[link]);
        m_network.Use(m_routers[router].id, [&](SimNode& node) {
            way ? node.AddUnicastRoute(subnet, *way) : static_cast<void>(node.RemoveUnicastRoute(subnet));
        });
    }
}

std::string
ChaosNetwork::Describe() const
{
    std::ostringstream text;
    for (const auto& link : m_links)
    {
        text << "  link " << link.number << " cost " << link.cost << ":";
        for (const auto& place : link.routers)
        {
            text << " " << m_routers[place.node].name << "(if " << place.port.value << ", "
                 << place.address.ToString() << ")";
        }
        for (const auto& place : link.hosts)
        {
            text << " " << m_hosts[place.node].name << "(" << place.address.ToString() << ")";
        }
        text << "\n";
    }
    for (const auto& rp : m_rps)
    {
        text << "  RP " << m_routers[rp.router].name << " " << rp.address.ToString() << "\n";
    }
    return text.str();
}

} // namespace mcast::chaos
