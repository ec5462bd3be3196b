// SPDX-License-Identifier: GPL-2.0-only

#include "chaos-oracle.h"

#include "datagram.h"
#include "wire/ip.h"

#include <algorithm>
#include <sstream>

namespace mcast::chaos
{

namespace
{

using Kind = pim::TreeView::Kind;
using pim::AssertState;
using pim::DownstreamState;

constexpr std::size_t ETHERNET_HEADER_SIZE = 14;

const char*
ToText(DownstreamState state)
{
    static const char* const names[] = {"-", "Join", "PrunePending", "Prune", "PruneTmp", "PrunePendingTmp"};
    return names[static_cast<int>(state)];
}

std::string
Seconds(Duration duration)
{
    std::ostringstream text;
    text.precision(3);
    text << std::chrono::duration<double>(duration).count() << "s";
    return text.str();
}

std::string
ToText(const pim::TreeInterfaceView& on)
{
    std::ostringstream text;
    text << " [if " << on.interface.value << " " << ToText(on.state);
    if (on.expires > Duration::zero())
    {
        text << " expires " << Seconds(on.expires);
    }
    if (on.assertState != AssertState::NoInfo)
    {
        const bool won = on.assertState == AssertState::Winner;
        text << (won ? " assert won" : " assert lost to " + on.assertWinner.ToString()) << " for " << Seconds(on.assertTimer);
    }
    text << (on.localMembers ? " members" : "") << (on.outgoing ? " out" : "") << "]";
    return text.str();
}

std::string
ToText(const pim::TreeView& tree)
{
    std::ostringstream text;
    const auto source = tree.kind == Kind::StarG ? "*" : tree.source.ToString();
    text << "(" << source << ", " << tree.group.ToString() << (tree.kind == Kind::SGRpt ? ", rpt)" : ")")
         << (tree.joined ? " joined" : "") << (tree.joinDesired ? " desired" : "");
    if (tree.rpfInterface)
    {
        text << (*tree.rpfInterface == REGISTER_INTERFACE ? " by Registers"
                                                          : " by if " + std::to_string(tree.rpfInterface->value));
    }
    text << " from " << tree.upstream.ToString();
    text << (tree.sptBit ? " spt" : "");
    if (tree.keepalive > Duration::zero())
    {
        text << " keepalive " << Seconds(tree.keepalive);
    }
    if (tree.registerState != pim::RegisterState::NoInfo)
    {
        static const char* const names[] = {"", "Join", "JoinPending", "Prune"};
        text << " register " << names[static_cast<int>(tree.registerState)];
    }
    text << " JT/OT " << Seconds(tree.joinTimer) << " age " << Seconds(tree.uptime);
    for (const auto& on : tree.interfaces)
    {
        text << ToText(on);
    }
    return text.str();
}

} // namespace

std::optional<std::string>
PayloadOf(BytesView frame, Family family)
{
    const auto packet = ParseIp(family, frame.Sub(ETHERNET_HEADER_SIZE));
    if (!packet || packet->meta.protocol != PROTOCOL_UDP || !packet->meta.destination.IsMulticast())
    {
        return std::nullopt;
    }
    const auto datagram = ParseDatagram(packet->meta, packet->payload);
    if (!datagram)
    {
        return std::nullopt;
    }
    return std::string(datagram->payload.Data(), datagram->payload.Data() + datagram->payload.Size());
}

bool
Filter::Wants(const Address& source) const
{
    const bool listed = std::find(sources.begin(), sources.end(), source) != sources.end();
    return listed == (mode == FilterMode::Include);
}

Oracle::Oracle(ChaosNetwork& network, const std::vector<Flow>& flows, const Memberships& memberships)
    : m_network(network),
      m_flows(flows),
      m_memberships(memberships)
{
    for (std::size_t router = 0; router < network.Routers().size(); ++router)
    {
        const auto& core = network.RouterAt(router);
        m_trees.push_back(core.PimTrees(network.GetFamily()));
    }
}

void
Oracle::Complain(std::optional<Address> group, const std::string& what)
{
    m_complaints.push_back(what);
    if (group)
    {
        m_groups.insert(*group);
    }
}

// Data.

bool
Oracle::IsWanted(std::size_t host, const Flow& flow) const
{
    const auto found = m_memberships.find({host, flow.group});
    return found != m_memberships.end() && found->second.Wants(m_network.Hosts()[flow.host].address);
}

bool
Oracle::IsWantedOn(const ChaosNetwork::Link& link, const Flow& flow) const
{
    return std::any_of(link.hosts.begin(), link.hosts.end(),
                       [&](const auto& place) { return IsWanted(place.node, flow); });
}

void
Oracle::CheckDelivery(const std::map<std::string, std::size_t>& payloads)
{
    CheckReceivers(payloads);
    CheckLinks(payloads);
}

void
Oracle::CheckReceivers(const std::map<std::string, std::size_t>& payloads)
{
    std::map<std::pair<std::string, std::uint32_t>, int> got;
    for (const auto& [node, delivery] : m_network.Sim().Deliveries())
    {
        ++got[{std::string(delivery.payload.begin(), delivery.payload.end()), node.value}];
    }
    const auto& hosts = m_network.Hosts();
    for (const auto& [payload, number] : payloads)
    {
        const auto& flow = m_flows[number];
        for (std::size_t host = 0; host < hosts.size(); ++host)
        {
            const auto found = got.find({payload, hosts[host].id.value});
            const int count = found == got.end() ? 0 : found->second;
            const int wanted = IsWanted(host, flow) ? 1 : 0;
            if (count != wanted)
            {
                const auto& group = m_network.Groups()[flow.group];
                Complain(group, hosts[host].name + " on link " +
                                    std::to_string(m_network.Links()[hosts[host].link].number) + " got packet " +
                                    payload + " of (" + hosts[flow.host].address.ToString() + ", " + group.ToString() +
                                    ") " + std::to_string(count) + " times, should be " + std::to_string(wanted));
            }
        }
    }
}

// Does a router take data of the flow from the link, as its state tells?
bool
Oracle::IsTakenFrom(const ChaosNetwork::Link& link, const Flow& flow)
{
    const auto& group = m_network.Groups()[flow.group];
    const auto& source = m_network.Hosts()[flow.host].address;
    for (const auto& place : link.routers)
    {
        for (const auto& tree : m_trees[place.node])
        {
            const bool it = tree.group == group && (tree.kind == Kind::StarG || tree.source == source);
            if (it && tree.kind != Kind::SGRpt && tree.joined && tree.rpfInterface == place.port)
            {
                return true;
            }
        }
    }
    return false;
}

void
Oracle::CheckLinks(const std::map<std::string, std::size_t>& payloads)
{
    std::map<std::pair<std::string, std::uint32_t>, int> seen;
    for (const auto& frame : m_network.Sim().Frames())
    {
        if (const auto payload = PayloadOf(frame.octets, m_network.GetFamily()))
        {
            ++seen[{*payload, frame.lan.value}];
        }
    }
    for (const auto& [key, count] : seen)
    {
        const auto found = payloads.find(key.first);
        if (found == payloads.end())
        {
            continue;
        }
        const auto& flow = m_flows[found->second];
        const auto& group = m_network.Groups()[flow.group];
        const auto index = m_network.LinkOf(LanId{key.second});
        const auto& link = m_network.Links()[index];
        const auto name = "link " + std::to_string(link.number) + " carried packet " + key.first + " of (" +
                          m_network.Hosts()[flow.host].address.ToString() + ", " + group.ToString() + ")";
        if (count > 1)
        {
            Complain(group, name + " " + std::to_string(count) + " times");
        }
        else if (m_network.Hosts()[flow.host].link != index && !IsWantedOn(link, flow) && !IsTakenFrom(link, flow))
        {
            Complain(group, name + ", and nobody there asked for it");
        }
    }
}

// Neighbours.

void
Oracle::CheckNeighbors()
{
    const auto family = m_network.GetFamily();
    for (const auto& link : m_network.Links())
    {
        std::set<Address> designated;
        for (const auto& place : link.routers)
        {
            const auto& router = m_network.RouterAt(place.node);
            const auto count = router.PimNeighbors(place.port, family).size();
            if (count + 1 != link.routers.size())
            {
                Complain({}, m_network.Routers()[place.node].name + " has " + std::to_string(count) +
                                 " neighbours on link " + std::to_string(link.number));
            }
            for (const auto& view : router.PimInterfaces(family))
            {
                if (view.interface == place.port)
                {
                    designated.insert(view.designatedRouter);
                }
            }
        }
        if (designated.size() != 1)
        {
            Complain({}, "link " + std::to_string(link.number) + " has " + std::to_string(designated.size()) +
                             " designated routers");
        }
    }
    for (std::size_t group = 0; group < m_network.Groups().size(); ++group)
    {
        std::set<Address> rps;
        for (std::size_t i = 0; i < m_network.Routers().size() && !m_network.IsSsm(group); ++i)
        {
            rps.insert(m_network.RouterAt(i).PimRp(m_network.Groups()[group]).value_or(Address{}));
        }
        if (!m_network.IsSsm(group) && (rps.size() != 1 || rps.begin()->IsUnspecified()))
        {
            const auto& address = m_network.Groups()[group];
            Complain(address, "the routers know " + std::to_string(rps.size()) + " RPs of " + address.ToString());
        }
    }
}

// Trees.

std::string
Oracle::NameOf(std::size_t router, const pim::TreeView& tree) const
{
    const auto source = tree.kind == Kind::StarG ? "*" : tree.source.ToString();
    return m_network.Routers()[router].name + " (" + source + ", " + tree.group.ToString() +
           (tree.kind == Kind::SGRpt ? ", rpt)" : ")");
}

const ChaosNetwork::Link*
Oracle::LinkAt(std::size_t router, InterfaceId port) const
{
    for (const auto& link : m_network.Links())
    {
        for (const auto& place : link.routers)
        {
            if (place.node == router && place.port == port)
            {
                return &link;
            }
        }
    }
    return nullptr;
}

const pim::TreeView*
Oracle::TreeAt(std::size_t router, Kind kind, const pim::TreeView& like) const
{
    for (const auto& tree : m_trees[router])
    {
        if (tree.kind == kind && tree.group == like.group && (kind == Kind::StarG || tree.source == like.source))
        {
            return &tree;
        }
    }
    return nullptr;
}

void
Oracle::CheckTrees()
{
    for (std::size_t router = 0; router < m_trees.size(); ++router)
    {
        for (const auto& tree : m_trees[router])
        {
            CheckTree(router, tree);
        }
        const auto waiting = m_network.Sim().Node(m_network.Routers()[router].id).WaitingPackets();
        if (waiting > 0)
        {
            Complain({}, m_network.Routers()[router].name + " keeps " + std::to_string(waiting) + " waiting packets");
        }
    }
}

void
Oracle::CheckTree(std::size_t router, const pim::TreeView& tree)
{
    bool onInterfaces = false;
    for (const auto& on : tree.interfaces)
    {
        onInterfaces = onInterfaces || on.state != DownstreamState::NoInfo || on.assertState != AssertState::NoInfo;
        CheckDownstream(router, tree, on);
    }
    if (tree.kind == Kind::SGRpt)
    {
        return;
    }
    if (tree.joined != tree.joinDesired)
    {
        Complain(tree.group, NameOf(router, tree) + (tree.joined ? " is joined and should not" : " should be joined"));
    }
    const bool data = tree.kind == Kind::SG &&
                      (tree.keepalive > Duration::zero() || tree.registerState != pim::RegisterState::NoInfo);
    if (!tree.joined && !onInterfaces && !data)
    {
        Complain(tree.group, NameOf(router, tree) + " has neither members nor neighbours nor data");
    }
    CheckUpstream(router, tree);
    CheckKeepalive(router, tree);
}

// Who it asks for data is there, and knows.
void
Oracle::CheckUpstream(std::size_t router, const pim::TreeView& tree)
{
    const auto* link = tree.joined && tree.rpfInterface ? LinkAt(router, *tree.rpfInterface) : nullptr;
    if (link == nullptr)
    {
        return;
    }
    for (const auto& place : link->routers)
    {
        if (place.node == router || place.linkLocal != tree.upstream)
        {
            continue;
        }
        const auto* above = TreeAt(place.node, tree.kind, tree);
        const auto on = [&](const auto& item) {
            return item.interface == place.port && (item.state == DownstreamState::Join);
        };
        if (above == nullptr || std::none_of(above->interfaces.begin(), above->interfaces.end(), on))
        {
            Complain(tree.group, NameOf(router, tree) + " is joined to " + m_network.Routers()[place.node].name +
                                     ", which does not know");
        }
        return;
    }
    const bool onLink = tree.nextHop.IsUnspecified(); // the source, or the RP, which may be anybody
    if (!onLink || tree.kind == Kind::StarG)
    {
        Complain(tree.group, NameOf(router, tree) + " is joined to " + tree.upstream.ToString() + ", which is nobody");
    }
}

// Does the router join there with us, or prune? A source is pruned also by those who get it from another, the winner of
// an (S,G) Assert: with each Join(*,G) (RFC 7761 4.5.6).
bool
Oracle::IsAskedBy(const ChaosNetwork::Place& place, const Address& us, const pim::TreeView& tree) const
{
    const auto* below = TreeAt(place.node, tree.kind, tree);
    if (tree.kind != Kind::SGRpt)
    {
        return below != nullptr && below->joined && below->rpfInterface == place.port && below->upstream == us;
    }
    const auto* shared = TreeAt(place.node, Kind::StarG, tree);
    return below != nullptr && shared != nullptr && shared->joined && shared->rpfInterface == place.port &&
           shared->upstream == us && (below->joinDesired || below->upstream != us);
}

// Somebody there joined, or pruned.
void
Oracle::CheckDownstream(std::size_t router, const pim::TreeView& tree, const pim::TreeInterfaceView& on)
{
    const auto* link = LinkAt(router, on.interface);
    const bool ends = on.state == DownstreamState::PrunePending; // nobody wants it, and so it will be gone soon
    if (on.state == DownstreamState::NoInfo || ends || link == nullptr)
    {
        return;
    }
    Address us;
    for (const auto& place : link->routers)
    {
        us = place.node == router ? place.linkLocal : us;
    }
    const auto asks = [&](const ChaosNetwork::Place& place) {
        return place.node != router && IsAskedBy(place, us, tree);
    };
    if (std::any_of(link->routers.begin(), link->routers.end(), asks))
    {
        return;
    }
    Complain(tree.group, NameOf(router, tree) + " has state " + ToText(on.state) + " on link " +
                             std::to_string(link->number) + ", and nobody there wants it");
}

void
Oracle::CheckKeepalive(std::size_t router, const pim::TreeView& tree)
{
    if (tree.kind != Kind::SG || tree.keepalive == Duration::zero())
    {
        return;
    }
    const auto flows = [&](const Flow& flow) {
        return flow.active && m_network.Groups()[flow.group] == tree.group &&
               m_network.Hosts()[flow.host].address == tree.source;
    };
    if (std::none_of(m_flows.begin(), m_flows.end(), flows))
    {
        Complain(tree.group, NameOf(router, tree) + " is kept alive by data that nobody sends");
    }
}

void
Oracle::CheckNothing()
{
    for (std::size_t router = 0; router < m_trees.size(); ++router)
    {
        const auto& name = m_network.Routers()[router].name;
        for (const auto& tree : m_trees[router])
        {
            Complain(tree.group, name + " still has " + ToText(tree));
        }
        const auto counts = m_network.RouterAt(router).PimTreeCounts(m_network.GetFamily()).Total();
        if (counts != m_trees[router].size())
        {
            Complain({}, name + " counts " + std::to_string(counts) + " trees and has " +
                             std::to_string(m_trees[router].size()));
        }
        for (const auto& entry : m_network.RouterAt(router).ForwardingEntries())
        {
            Complain(entry.group, name + " still forwards (" + entry.source.ToString() + ", " +
                                      entry.group.ToString() + ")");
        }
        const auto waiting = m_network.Sim().Node(m_network.Routers()[router].id).WaitingPackets();
        if (waiting > 0)
        {
            Complain({}, name + " keeps " + std::to_string(waiting) + " waiting packets");
        }
    }
}

std::string
Oracle::DescribeState()
{
    std::ostringstream text;
    for (std::size_t router = 0; router < m_trees.size(); ++router)
    {
        const auto& name = m_network.Routers()[router].name;
        for (const auto& tree : m_trees[router])
        {
            if (m_groups.count(tree.group) != 0)
            {
                text << "  " << name << " " << ToText(tree) << "\n";
            }
        }
        for (const auto& entry : m_network.RouterAt(router).ForwardingEntries())
        {
            if (m_groups.count(entry.group) == 0)
            {
                continue;
            }
            text << "  " << name << " forwards (" << entry.source.ToString() << ", " << entry.group.ToString()
                 << ") from if " << static_cast<std::int32_t>(entry.incoming.value) << " to";
            for (const auto& out : entry.outgoing)
            {
                text << " " << static_cast<std::int32_t>(out.interface.value);
            }
            text << "\n";
        }
    }
    return text.str();
}

} // namespace mcast::chaos
