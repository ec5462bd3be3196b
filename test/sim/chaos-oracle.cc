// SPDX-License-Identifier: GPL-2.0-only

#include "chaos-oracle.h"

#include "datagram.h"
#include "pim/names.h"
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
    text << "(" << source << ", " << tree.group.ToString() << (tree.kind == Kind::SGRpt ? ", rpt)" : ")");
    if (tree.kind == Kind::Dense)
    {
        text << " " << pim::ToString(tree.upstreamState) << (tree.originator ? " originator" : "")
             << (tree.joinDesired ? " wanted" : "") << " PLT " << Seconds(tree.pruneLimitTimer) << " SRT "
             << Seconds(tree.stateRefreshTimer);
    }
    else
    {
        text << (tree.joined ? " joined" : "") << (tree.joinDesired ? " desired" : "");
    }
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
Oracle::Complain(const std::string& what)
{
    m_complaints.push_back({{}, {}, "", what});
}

void
Oracle::Complain(const Address& group, const Address& source, const std::string& place, const std::string& what)
{
    m_complaints.push_back({group, source, place, what});
    m_groups.insert(group);
}

void
Oracle::Complain(std::size_t router, const pim::TreeView& tree, const std::string& what)
{
    Complain(tree.group, tree.kind == Kind::StarG ? Address{} : tree.source, m_network.Routers()[router].name, what);
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
                const auto& source = hosts[flow.host].address;
                Complain(group, source, hosts[host].name, hosts[host].name + " on link " +
                                    std::to_string(m_network.Links()[hosts[host].link].number) + " got packet " +
                                    payload + " of (" + source.ToString() + ", " + group.ToString() +
                                    ") " + std::to_string(count) + " times, should be " + std::to_string(wanted));
            }
        }
    }
}

void
Oracle::CheckReceived(std::size_t host, const Flow& flow, const std::string& payload)
{
    for (const auto& [node, delivery] : m_network.Sim().Deliveries())
    {
        if (node == m_network.Hosts()[host].id && std::string(delivery.payload.begin(), delivery.payload.end()) == payload)
        {
            return;
        }
    }
    const auto& group = m_network.Groups()[flow.group];
    const auto& source = m_network.Hosts()[flow.host].address;
    const auto& name = m_network.Hosts()[host].name;
    Complain(group, source, name, name + " doesn't get (" + source.ToString() + ", " + group.ToString() + ")");
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
            const bool wants = tree.joined && (tree.kind != Kind::Dense || tree.joinDesired);
            if (it && tree.kind != Kind::SGRpt && wants && tree.rpfInterface == place.port)
            {
                return true;
            }
        }
    }
    return false;
}

// Has somebody just stopped asking, and is a router waiting for others to object?
bool
Oracle::IsPrunePendingOn(const ChaosNetwork::Link& link, const Flow& flow) const
{
    const auto& group = m_network.Groups()[flow.group];
    const auto& source = m_network.Hosts()[flow.host].address;
    for (const auto& place : link.routers)
    {
        for (const auto& tree : m_trees[place.node])
        {
            const bool it = tree.group == group && (tree.kind == Kind::StarG || tree.source == source);
            for (const auto& on : tree.interfaces)
            {
                if (it && on.interface == place.port && on.state == DownstreamState::PrunePending)
                {
                    return true;
                }
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
        const auto& source = m_network.Hosts()[flow.host].address;
        const auto index = m_network.LinkOf(LanId{key.second});
        const auto& link = m_network.Links()[index];
        const auto place = "link " + std::to_string(link.number);
        const auto name = place + " carried packet " + key.first + " of (" +
                          source.ToString() + ", " + group.ToString() + ")";
        if (count > 1)
        {
            Complain(group, source, place, name + " " + std::to_string(count) + " times");
        }
        else if (m_network.Hosts()[flow.host].link != index && !IsWantedOn(link, flow) && !IsTakenFrom(link, flow) &&
                 !IsPrunePendingOn(link, flow))
        {
            Complain(group, source, place, name + ", and nobody there asked for it");
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
                Complain(m_network.Routers()[place.node].name + " has " + std::to_string(count) +
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
            Complain("link " + std::to_string(link.number) + " has " + std::to_string(designated.size()) +
                             " designated routers");
        }
    }
    for (std::size_t group = 0; group < m_network.Groups().size(); ++group)
    {
        std::set<Address> rps;
        const bool needsRp = !m_network.IsSsm(group) && !m_network.IsDense(group);
        for (std::size_t i = 0; i < m_network.Routers().size() && needsRp; ++i)
        {
            rps.insert(m_network.RouterAt(i).PimRp(m_network.Groups()[group]).value_or(Address{}));
        }
        if (needsRp && (rps.size() != 1 || rps.begin()->IsUnspecified()))
        {
            const auto& address = m_network.Groups()[group];
            Complain(address, Address{}, "", "the routers know " + std::to_string(rps.size()) + " RPs of " + address.ToString());
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
Oracle::CheckTrees(bool sparse)
{
    for (std::size_t router = 0; router < m_trees.size(); ++router)
    {
        for (const auto& tree : m_trees[router])
        {
            if (tree.kind == Kind::Dense)
            {
                CheckDense(router, tree);
            }
            else if (sparse)
            {
                CheckTree(router, tree);
            }
        }
        const auto waiting = m_network.Sim().Node(m_network.Routers()[router].id).WaitingPackets();
        if (waiting > 0)
        {
            Complain(m_network.Routers()[router].name + " keeps " + std::to_string(waiting) + " waiting packets");
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
        Complain(router, tree, NameOf(router, tree) + (tree.joined ? " is joined and should not" : " should be joined"));
    }
    const bool data = tree.kind == Kind::SG &&
                      (tree.keepalive > Duration::zero() || tree.registerState != pim::RegisterState::NoInfo);
    if (!tree.joined && !onInterfaces && !data)
    {
        Complain(router, tree, NameOf(router, tree) + " has neither members nor neighbours nor data");
    }
    CheckUpstream(router, tree);
    CheckKeepalive(router, tree);
}

// Dense mode: without anybody to forward to a router is pruned, else it is fed.
void
Oracle::CheckDense(std::size_t router, const pim::TreeView& tree)
{
    const auto name = NameOf(router, tree);
    if (tree.upstreamState == pim::UpstreamState::AckPending)
    {
        Complain(router, tree, name + " waits for a Graft-Ack");
    }
    if (tree.joinDesired && !tree.joined)
    {
        Complain(router, tree, name + " is pruned, and has somebody to forward to");
    }
    const bool atSource = tree.nextHop.IsUnspecified();
    if (!tree.joinDesired && tree.joined && !atSource)
    {
        Complain(router, tree, name + " is not pruned, and has nobody to forward to");
    }
    if (tree.originator && !atSource)
    {
        Complain(router, tree, name + " sends State Refreshes for a source elsewhere");
    }
    if (tree.joinDesired && tree.joined)
    {
        CheckFeeder(router, tree);
    }
    CheckKeepalive(router, tree);
}

// Who it gets its data from has not pruned the link to it.
void
Oracle::CheckFeeder(std::size_t router, const pim::TreeView& tree)
{
    const auto* link = tree.rpfInterface ? LinkAt(router, *tree.rpfInterface) : nullptr;
    for (const auto& place : link != nullptr ? link->routers : std::vector<ChaosNetwork::Place>{})
    {
        const auto* above = place.linkLocal == tree.upstream ? TreeAt(place.node, Kind::Dense, tree) : nullptr;
        const auto pruned = [&](const auto& on) {
            return on.interface == place.port && on.state == DownstreamState::Prune;
        };
        if (above != nullptr && std::any_of(above->interfaces.begin(), above->interfaces.end(), pruned))
        {
            Complain(router, tree, NameOf(router, tree) + " is fed by " + m_network.Routers()[place.node].name +
                                       ", which has pruned it");
        }
    }
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
            Complain(router, tree, NameOf(router, tree) + " is joined to " + m_network.Routers()[place.node].name +
                                     ", which does not know");
        }
        return;
    }
    const bool onLink = tree.nextHop.IsUnspecified(); // the source, or the RP, which may be anybody
    if (!onLink || tree.kind == Kind::StarG)
    {
        Complain(router, tree, NameOf(router, tree) + " is joined to " + tree.upstream.ToString() + ", which is nobody");
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
    Complain(router, tree, NameOf(router, tree) + " has state " + ToText(on.state) + " on link " +
                             std::to_string(link->number) + ", and nobody there wants it");
}

void
Oracle::CheckKeepalive(std::size_t router, const pim::TreeView& tree)
{
    if ((tree.kind != Kind::SG && tree.kind != Kind::Dense) || tree.keepalive == Duration::zero())
    {
        return;
    }
    const auto flows = [&](const Flow& flow) {
        return flow.active && m_network.Groups()[flow.group] == tree.group &&
               m_network.Hosts()[flow.host].address == tree.source;
    };
    if (std::none_of(m_flows.begin(), m_flows.end(), flows))
    {
        Complain(router, tree, NameOf(router, tree) + " is kept alive by data that nobody sends");
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
            Complain(router, tree, name + " still has " + ToText(tree));
        }
        const auto counts = m_network.RouterAt(router).PimTreeCounts(m_network.GetFamily()).Total();
        if (counts != m_trees[router].size())
        {
            Complain(name + " counts " + std::to_string(counts) + " trees and has " +
                             std::to_string(m_trees[router].size()));
        }
        for (const auto& entry : m_network.RouterAt(router).ForwardingEntries())
        {
            Complain(entry.group, entry.source, name, name + " still forwards (" + entry.source.ToString() + ", " +
                                      entry.group.ToString() + ")");
        }
        const auto waiting = m_network.Sim().Node(m_network.Routers()[router].id).WaitingPackets();
        if (waiting > 0)
        {
            Complain(name + " keeps " + std::to_string(waiting) + " waiting packets");
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
