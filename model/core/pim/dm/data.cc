// SPDX-License-Identifier: GPL-2.0-only
// The rules for data packets, over a forwarding cache that asks about the first packet of a source and group, and about
// packets that come in elsewhere than its entry says.                                            RFC 3973 4.2
//
// What a later packet could change makes the cache's entry go away (RoutingDecision::ask): then the next packet is told as
// a first one. So data that comes in spite of a Prune is told when the Prune Limit Timer is over.

#include "dense.h"

namespace mcast::pim
{

void
Dense::HandleData(InterfaceId interface, const Address& group, const Address& source, std::uint8_t ttl)
{
    if (!m_owner.MayCross(interface, group) || !m_owner.FindRpf(source).interface)
    {
        return;
    }
    auto* flood = FindOrMake(group, source, interface);
    if (flood == nullptr)
    {
        return;
    }
    const auto now = GetContext().now;
    if (RpfInterface(*flood) == interface)
    {
        flood->ttl = std::max(flood->ttl, ttl);
        flood->active.Restart(now, m_owner.GetConfig().sourceLifetime);
        const auto wish = WishOf(*flood);
        Drive(*flood, [&](auto& machine) { return machine.Follow(now, wish, m_owner.GetConfig()); });
        Drive(*flood, [&](auto& machine) { return machine.DataArrived(now, wish, m_owner.GetConfig()); });
    }
    else if (PimOn(interface) != nullptr)
    {
        // Somebody else forwards here, too.
        auto& machine = AssertAt(*flood, interface);
        auto& item = *flood->interfaces.Find(interface);
        const auto winner = machine.Winner().address;
        Apply(*flood, item, machine.DataArrived(now, InputsOf(*flood, interface), Times()), winner);
        PruneAgain(*flood, item);
    }
    Update(*flood);
}

RoutingDecision
Dense::Decide(const Address& group, const Address& source) const
{
    RoutingDecision decision;
    const auto* flood = Find(group, source);
    const auto rpf = flood == nullptr ? m_owner.FindRpf(source) : flood->root->rpf;
    decision.incoming = rpf.interface;
    if (!rpf.interface || !m_owner.MayCross(*rpf.interface, group))
    {
        return decision;
    }
    const bool pruned = flood != nullptr && flood->upstream.IsPruned(); // what comes yet is not forwarded (4.2)
    for (const auto id : pruned ? std::vector<InterfaceId>{} : m_owner.DataInterfaces())
    {
        if (InOlist(rpf, group, source, flood, id))
        {
            decision.outgoing.push_back(id);
        }
    }
    if (flood == nullptr)
    {
        decision.ask = true; // whose packets are not forwarded by any state: the next one makes it
    }
    else if (rpf.isDirectlyConnected)
    {
        decision.ask = !flood->active.Running();
    }
    else
    {
        const bool limited = flood->upstream.PruneLimit().Running();
        decision.ask = decision.outgoing.empty() && !limited && !rpf.neighbor.IsUnspecified();
    }
    return decision;
}

void
Dense::HandleActivity(const Address& group, const Address& source, bool active, std::optional<Duration> idle)
{
    auto* flood = Find(group, source);
    if (flood != nullptr &&
        flood->active.Answer(GetContext().now, m_owner.GetConfig().sourceLifetime, active, idle))
    {
        Update(*flood);
    }
}

} // namespace mcast::pim
