// SPDX-License-Identifier: GPL-2.0-only
// State Refresh: it keeps prunes alive along the tree, so that what was pruned is not flooded again every few minutes.
//                                                                                                  RFC 3973 4.5

#include "../rp-set.h"
#include "dense.h"

namespace mcast::pim
{

namespace
{

constexpr std::uint8_t UNKNOWN_TTL = 255;     // reaches as far as any data
constexpr std::uint8_t TURNS = 3;             // every third State Refresh has the Prune Now bit (4.5.2)
constexpr int LIVES = 3;                      // intervals that what one told is believed (4.6.4.1)
constexpr std::chrono::seconds MIN_INTERVAL{1};

} // namespace

void
Dense::HandleStateRefresh(Interface& interface, const PacketMeta& meta, const StateRefresh& message)
{
    constexpr auto kind = MessageKind::PimStateRefresh;
    auto& journal = interface.GetJournal();
    const auto& config = m_owner.GetConfig();
    if (!config.stateRefresh)
    {
        return journal.Dropped(meta.source, Reason::NotEnabled, kind);
    }
    if (!IsDomainWide(message.source) || message.originator.IsUnspecified() || message.originator.IsMulticast())
    {
        return journal.Dropped(meta.source, Reason::BadSource, kind);
    }
    const auto rpf = m_owner.FindRpf(message.source);
    if (!rpf.interface)
    {
        return journal.Dropped(meta.source, Reason::NoRoute, kind);
    }
    journal.Received(kind, meta.source, message.group);
    const bool isNew = Find(message.group, message.source) == nullptr;
    auto* flood = FindOrMake(message.group, message.source, interface.Id());
    if (flood == nullptr)
    {
        return;
    }
    const auto now = GetContext().now;
    const Duration interval = std::max<Duration>(std::chrono::seconds{message.interval}, MIN_INTERVAL);
    auto times = Times();
    times.lossTime = LIVES * interval;
    ReceiveAssert(*flood, interface.Id(), {false, message.preference, message.metric, meta.source}, times);
    if (rpf.interface != interface.Id() || RpfNeighbor(*flood) != meta.source)
    {
        if (rpf.interface == interface.Id())
        {
            journal.Ignored(message.group, Reason::NotRpfNeighbor);
        }
        auto* item = flood->interfaces.Find(interface.Id());
        if (item != nullptr && item->assert && item->assert->Winner().address == meta.source && !message.pruneIndicator)
        {
            PruneAgain(*flood, *item);
        }
        return Update(*flood);
    }
    flood->active.Restart(now, LIVES * interval);
    const auto wish = WishOf(*flood);
    if (isNew && message.pruneIndicator)
    {
        flood->upstream.AssumePruned(now, wish, config);
    }
    Drive(*flood, [&](auto& machine) { return machine.Follow(now, wish, config); });
    Drive(*flood, [&](auto& machine) { return machine.Refreshed(now, message.pruneIndicator, wish, config); });
    if (flood->refreshLimit.Running() && !flood->refreshLimit.Due(now))
    {
        journal.Ignored(message.group, Reason::TooSoon);
    }
    else if (message.ttl > 0)
    {
        flood->refreshLimit.Start(now, std::min<Duration>(config.stateRefreshLimit, interval / 2));
        auto next = message;
        --next.ttl;
        Refresh(*flood, next);
    }
    Update(*flood);
}

void
Dense::Originate(Flood& flood)
{
    const auto& config = m_owner.GetConfig();
    StateRefresh message;
    message.group = flood.group;
    message.source = flood.source;
    message.originator = m_owner.ReachableAddress(*RpfInterface(flood));
    message.ttl = config.stateRefreshTtl.value_or(flood.ttl == 0 ? UNKNOWN_TTL : flood.ttl);
    flood.turn = static_cast<std::uint8_t>((flood.turn + 1) % TURNS);
    message.pruneNow = flood.turn == 0;
    message.interval = config.StateRefreshIntervalToTell();
    Refresh(flood, message);
}

// Out of all interfaces that the flood could go to, with what is ours filled in (4.5.1).
void
Dense::Refresh(Flood& flood, StateRefresh message)
{
    const auto now = GetContext().now;
    const auto& rpf = flood.root->rpf;
    const Duration lives = LIVES * std::max<Duration>(std::chrono::seconds{message.interval}, MIN_INTERVAL);
    message.preference = rpf.preference;
    message.metric = rpf.metric;
    message.maskLength = rpf.prefixLength;
    for (const auto id : m_owner.DataInterfaces())
    {
        auto* interface = PimOn(id);
        auto* item = flood.interfaces.Find(id);
        auto* assert = item == nullptr ? nullptr : item->assert.get();
        const bool lost = assert != nullptr && assert->IsLoser();
        if (interface == nullptr || interface->NeighborCount() == 0 || rpf.interface == id || lost ||
            !m_owner.MayCross(id, flood.group) || message.ttl < m_owner.TtlThreshold(id))
        {
            continue;
        }
        message.pruneIndicator = item != nullptr && item->downstream.IsPruned();
        message.assertOverride = assert == nullptr;
        interface->Send(AllRouters(m_family), message);
        if (item != nullptr && interface->StateRefreshCapable())
        {
            item->downstream.Refreshed(now);
        }
        if (assert != nullptr)
        {
            assert->Refreshed(now, lives);
        }
    }
}

} // namespace mcast::pim
