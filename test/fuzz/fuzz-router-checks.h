// SPDX-License-Identifier: GPL-2.0-only
// What the fuzzed router says is drained, and must make sense; so must what can be read out of it.

#ifndef MCAST_TEST_FUZZ_FUZZ_ROUTER_CHECKS_H
#define MCAST_TEST_FUZZ_FUZZ_ROUTER_CHECKS_H

#include "fuzz-router-world.h"
#include "wire/ip.h"

namespace mcast::fuzz
{

class Checked : protected World
{
  protected:
    using World::World;

    ~Checked() = default;

    void Drain()
    {
        while (const auto transmit = m_router.PollTransmit())
        {
            CheckTransmit(*transmit);
        }
        while (const auto change = m_router.PollForwarding())
        {
            Apply(*change);
        }
        while (const auto packet = m_router.PollDecapsulated())
        {
            const auto parsed = ParseIp(m_family, *packet);
            CHECK(parsed && parsed->meta.destination.IsMulticast());
        }
        while (const auto event = m_router.PollEvent())
        {
            CHECK(event->at <= m_router.Now());
            m_told += event->kind == EventKind::PacketReceived || event->kind == EventKind::PacketDropped ? 1u : 0u;
        }
    }

    void CheckTransmit(const Transmit& transmit) const
    {
        const auto& meta = transmit.meta;
        if (meta.protocol != pim::PROTOCOL)
        {
            return; // queries
        }
        CHECK(meta.source.GetFamily() == m_family && !meta.source.IsUnspecified() && !meta.source.IsMulticast());
        CHECK(pim::Parse(meta, transmit.payload));
        if (transmit.interface == BY_ROUTING)
        {
            CHECK(!meta.destination.IsMulticast() && meta.ttl > 1);
            return;
        }
        CHECK(meta.ttl == 1 && transmit.payload.size() <= 65535);
        CHECK(m_family == Family::Ipv4 || meta.source.IsLinkLocalUnicast());
    }

    void Apply(const ForwardingChange& change)
    {
        const auto key = std::pair(change.source, change.group);
        switch (change.kind)
        {
        case ForwardingChange::Kind::Install:
        case ForwardingChange::Kind::Replace:
            for (const auto& output : change.outgoing)
            {
                CHECK(output.interface != change.incoming);
            }
            m_plane.insert(key);
            break;
        case ForwardingChange::Kind::Remove:
            CHECK(m_plane.erase(key) == 1);
            break;
        case ForwardingChange::Kind::ReadCounters:
            m_asked.insert(key);
            break;
        }
    }

    void Check() const
    {
        CHECK(!m_router.NextDeadline() || *m_router.NextDeadline() >= m_router.Now());
        const auto counts = m_router.PimTreeCounts(m_family);
        CHECK(counts.Total() - counts.dense <= MAX_STATES && counts.dense <= MAX_STATES);
        CHECK(m_router.ForwardingEntryCount() <= MAX_ENTRIES && m_router.ForwardingEntryCount() == m_plane.size());
    }

    void CheckState() const
    {
        pim::TreeCounts counts;
        for (const auto& tree : m_router.PimTrees(m_family))
        {
            CheckTree(tree, counts);
        }
        const auto told = m_router.PimTreeCounts(m_family);
        CHECK(counts.starG == told.starG && counts.sG == told.sG && counts.sGRpt == told.sGRpt &&
              counts.dense == told.dense);
        for (const auto& interface : m_router.PimInterfaces(m_family))
        {
            const auto neighbors = m_router.PimNeighbors(interface.interface, m_family);
            CHECK(neighbors.size() == interface.neighbors && neighbors.size() <= MAX_NEIGHBORS);
            CHECK(interface.active || neighbors.empty());
        }
        CHECK(m_router.PimRps(m_family).size() <= MAX_RPS + 2); // and two that are configured
    }

    // Each state has its timers, and no others run (RFC 3973 4.4).
    void CheckDense(const pim::TreeView& tree) const
    {
        const auto zero = Duration::zero();
        CHECK(tree.joined == (tree.upstreamState != pim::UpstreamState::Pruned));
        CHECK(tree.upstreamState == pim::UpstreamState::AckPending || tree.graftRetryTimer == zero);
        CHECK(tree.upstreamState == pim::UpstreamState::Pruned || tree.pruneLimitTimer == zero);
        CHECK(tree.joined || tree.joinTimer == zero);
        CHECK(tree.originator || tree.stateRefreshTimer == zero);
        for (const auto& on : tree.interfaces)
        {
            CHECK(on.state == pim::DownstreamState::NoInfo || on.state == pim::DownstreamState::PrunePending ||
                  on.state == pim::DownstreamState::Prune);
            CHECK(on.state == pim::DownstreamState::PrunePending || on.prunePending == zero);
            CHECK(on.state == pim::DownstreamState::NoInfo || on.interface != tree.rpfInterface);
        }
    }

    void CheckTree(const pim::TreeView& tree, pim::TreeCounts& counts) const
    {
        CHECK(tree.group.IsMulticast() && !tree.group.IsLinkScopeMulticast());
        switch (tree.kind)
        {
        case pim::TreeView::Kind::StarG:
            ++counts.starG;
            CHECK(tree.source.IsUnspecified() && tree.joined == tree.joinDesired);
            break;
        case pim::TreeView::Kind::SG:
            ++counts.sG;
            CHECK(!tree.source.IsUnspecified() && !tree.source.IsMulticast() && tree.joined == tree.joinDesired);
            break;
        case pim::TreeView::Kind::SGRpt:
            ++counts.sGRpt;
            CHECK(!tree.source.IsUnspecified() && !tree.source.IsMulticast());
            break;
        case pim::TreeView::Kind::Dense:
            ++counts.dense;
            CHECK(!tree.source.IsUnspecified() && !tree.source.IsMulticast());
            CheckDense(tree);
            break;
        }
        for (const auto& on : tree.interfaces)
        {
            CHECK(on.expires >= Duration::zero() && on.prunePending >= Duration::zero());
            CHECK(on.assertState == pim::AssertState::NoInfo || on.assertTimer > Duration::zero());
        }
    }

    std::size_t m_told = 0;                        // events about messages received and dropped
    std::set<std::pair<Address, Address>> m_plane; // (source, group) that are installed
    std::set<std::pair<Address, Address>> m_asked; // whose counters are waited for
};

} // namespace mcast::fuzz

#endif // MCAST_TEST_FUZZ_FUZZ_ROUTER_CHECKS_H
