// SPDX-License-Identifier: GPL-2.0-only
// Inside a router: which parts there are, and who asks whom. Private to router.cc, router-impl.cc and router-pim.cc.

#ifndef MCAST_CORE_ROUTER_IMPL_H
#define MCAST_CORE_ROUTER_IMPL_H

#include "context.h"
#include "gm/router-interface.h"
#include "mfc/forwarding-table.h"
#include "pim/instance.h"
#include "router.h"

#include <map>

namespace mcast
{

class Router::Impl final : private gm::RouterInterfaceOwner, private ForwardingOwner, private pim::InstanceOwner
{
  public:
    Impl(const RouterOptions& options, const RouteTable* routes)
        : m_options(options),
          m_routes(routes),
          m_context(options.seed),
          m_forwarding(*this, options.maxForwardingEntries, options.forwardingEntryLifetime)
    {
    }

    Expected<Done, gm::ConfigError> Configure(InterfaceId id, const RouterInterfaceConfig& config);
    Expected<Done, gm::ConfigError> Configure(const pim::RouterConfig& config);
    void Deconfigure(InterfaceId id, Family family);
    void Shutdown();
    void HandlePacket(InterfaceId id, const PacketMeta& meta, BytesView payload);
    void HandleInterface(const InterfaceState& state);
    void HandleInterfaceGone(InterfaceId id);
    void HandleUpcall(const Upcall& upcall);
    void HandleRouteChange(const Prefix& prefix);
    bool IsForwarded(InterfaceId id, const Address& group, const Address& source) const;
    void Flush();
    void InterfacesChanged();

    Context& GetContext() override
    {
        return m_context;
    }

    const gm::RouterInterface* FindMembership(InterfaceId id, Family family) const;
    template <class Condition>
    std::optional<InterfaceId> FindUp(const Condition& condition) const;

    /// What an interface is for one family.
    struct Part
    {
        RouterInterfaceConfig config;
        bool configured = false;
        std::unique_ptr<gm::RouterInterface> membership;

        void Reset()
        {
            if (membership)
            {
                membership->Deactivate();
                membership.reset();
            }
        }
    };

    struct Interface
    {
        std::optional<InterfaceState> state;
        std::map<Family, Part> parts;
    };

    const Part* FindPart(InterfaceId id, Family family) const;
    const pim::Instance* FindPim(Family family) const;
    pim::Instance& Pim(Family family);

    // gm::RouterInterfaceOwner
    void MembershipChanged(InterfaceId interface, const Address& group) override;
    void MembershipChanged(InterfaceId interface, const Address& group, const Address& source) override;
    bool RoomForGroup() const override;
    void GroupCountChanged(int by) override;
    bool MayCross(InterfaceId interface, const Address& group) const override;

    // ForwardingOwner
    std::vector<OutputInterface> MemberInterfaces(const Address& group, const Address& source) const override;
    std::optional<OutputInterface> AsOutput(InterfaceId interface, const Address& group) const override;
    std::optional<InterfaceId> ReversePath(const Address& source) const override;
    void CountDrop(Reason reason, InterfaceId interface, const Address& group, const Address& source) override;
    std::optional<RoutingDecision> Decide(const Address& group, const Address& source) const override;
    void DataArrived(InterfaceId interface, const Address& group, const Address& source, std::uint8_t ttl) override;
    void DataCounted(const Address& group, const Address& source, bool active, std::optional<Duration> idle,
                     std::uint64_t bytes) override;

    // pim::InstanceOwner; MayCross is membership's, too
    const InterfaceState* FindState(InterfaceId interface) const override;
    std::vector<InterfaceId> DataInterfaces(Family family) const override;
    bool IsOwnAddress(const Address& address) const override;
    std::vector<Address> OwnAddresses(Family family) const override;
    std::optional<RouteTable::Result> WayTo(const Address& destination) const override;
    bool WantsAnySource(InterfaceId interface, const Address& group) const override;
    bool WantsSource(InterfaceId interface, const Address& group, const Address& source) const override;
    std::vector<Address> MemberGroups(InterfaceId interface, Family family) const override;
    std::vector<Address> IncludedSources(InterfaceId interface, const Address& group) const override;
    std::uint8_t TtlThreshold(InterfaceId interface, Family family) const override;
    std::vector<Prefix> Boundaries(InterfaceId interface, Family family) const override;
    void ForwardingChanged(const Address& group) override;
    void ForwardingChanged(const Address& group, const Address& source) override;
    void AskForData(const Address& group, const Address& source) override;
    bool AskForActivity(const Address& group, const Address& source) override;
    void Decapsulate(Bytes packet) override;

    pim::Instance* RunningPim(Family family) const;

    RouterOptions m_options;
    const RouteTable* m_routes;
    Context m_context;
    Counters m_counters;
    std::size_t m_groupCount = 0;
    bool m_shutDown = false; // until an interface is configured again
    ForwardingTable m_forwarding;
    std::map<InterfaceId, Interface> m_interfaces;
    std::map<Family, std::unique_ptr<pim::Instance>> m_pim; // of families that PIM was configured for
    std::deque<Bytes> m_decapsulated;
};

template <class Condition>
std::optional<InterfaceId>
Router::Impl::FindUp(const Condition& condition) const
{
    for (const auto& [id, interface] : m_interfaces)
    {
        if (interface.state && interface.state->up && condition(*interface.state))
        {
            return id;
        }
    }
    return std::nullopt;
}

} // namespace mcast

#endif // MCAST_CORE_ROUTER_IMPL_H
