// SPDX-License-Identifier: GPL-2.0-only
// PIM of one router for one family: its interfaces, its RPs, its trees; where messages, data and changes of everything
// around it come in, and what it asks of the router goes out.
//
//   Interface        neighbours of a link          RFC 7761 4.3
//   RpSet            RPs of groups                 RFC 7761 4.7
//   BootstrapRouter  how they are learned          RFC 5059
//   Sparse           the trees                     RFC 7761 4.1, 4.2, 4.4 to 4.6, 4.8
//   Dense            what is flooded               RFC 3973
//
// A group is sparse (or source-specific) or dense, and goes to the one or the other with all that concerns it.

#ifndef MCAST_CORE_PIM_INSTANCE_H
#define MCAST_CORE_PIM_INSTANCE_H

#include "bsr/bootstrap.h"
#include "config.h"
#include "dm/dense.h"
#include "interface.h"
#include "rp-set.h"
#include "sm/sparse.h"

#include <map>
#include <memory>
#include <vector>

namespace mcast::pim
{

/// What PIM asks of its router.
class InstanceOwner
{
  public:
    virtual Context& GetContext() = 0;
    /// Null if the interface is unknown.
    virtual const InterfaceState* FindState(InterfaceId interface) const = 0;
    /// Interfaces that are up, speak the family and are configured for it, for PIM or membership; sorted.
    virtual std::vector<InterfaceId> DataInterfaces(Family family) const = 0;
    virtual bool IsOwnAddress(const Address& address) const = 0;
    /// All addresses of interfaces that are up.
    virtual std::vector<Address> OwnAddresses(Family family) const = 0;
    /// The interface that an address of ours is on, the route to another, or the link that it is on.
    virtual std::optional<RouteTable::Result> WayTo(const Address& destination) const = 0;

    virtual bool WantsAnySource(InterfaceId interface, const Address& group) const = 0;
    virtual bool WantsSource(InterfaceId interface, const Address& group, const Address& source) const = 0;
    virtual std::vector<Address> MemberGroups(InterfaceId interface, Family family) const = 0;
    virtual std::vector<Address> IncludedSources(InterfaceId interface, const Address& group) const = 0;
    virtual bool MayCross(InterfaceId interface, const Address& group) const = 0;
    virtual std::uint8_t TtlThreshold(InterfaceId interface, Family family) const = 0;
    /// Groups that don't cross the interface.
    virtual std::vector<Prefix> Boundaries(InterfaceId interface, Family family) const = 0;

    virtual void ForwardingChanged(const Address& group) = 0;
    virtual void ForwardingChanged(const Address& group, const Address& source) = 0;
    virtual void AskForData(const Address& group, const Address& source) = 0;
    virtual bool AskForActivity(const Address& group, const Address& source) = 0;
    virtual void Decapsulate(Bytes packet) = 0;

  protected:
    ~InstanceOwner() = default;
};

class Instance final : private InterfaceOwner, private TreeOwner, private BootstrapOwner
{
  public:
    Instance(Family family, InstanceOwner& owner);
    ~Instance();

    // Configuration, valid.

    void Configure(const RouterConfig& config);
    void ConfigureInterface(InterfaceId interface, const InterfaceConfig& config);
    /// Says goodbye.
    void RemoveInterface(InterfaceId interface);
    /// Interfaces, addresses, boundaries or membership's interfaces are others; the router has taken them over already.
    void SetState(const InterfaceState& state);
    void InterfacesChanged();
    /// All of it at once.
    void Shutdown();

    /// Does PIM run anywhere? Only then data follows it.
    bool Runs() const
    {
        return !m_interfaces.empty();
    }

    /// A PIM message; counted here, taken or not.
    void HandlePacket(InterfaceId interface, const PacketMeta& meta, BytesView payload);

    void MembershipChanged(InterfaceId interface, const Address& group);
    void MembershipChanged(InterfaceId interface, const Address& group, const Address& source);
    void RoutesChanged(const Prefix& prefix);

    // Data, and what the forwarding plane tells of it.

    /// \param ttl 0: not known
    void HandleData(InterfaceId interface, const Address& group, const Address& source, std::uint8_t ttl);
    void HandleActivity(const Address& group, const Address& source, bool active, std::optional<Duration> idle,
                        std::uint64_t bytes);
    /// A packet that went out of REGISTER_INTERFACE.
    void HandleWholePacket(BytesView packet);
    RoutingDecision Decide(const Address& group, const Address& source) const;

    /// Sends what is due.
    void Flush();

    bool IsDense(const Address& group) const override;

    std::vector<TreeView> Trees(const std::optional<Address>& group) const;
    TreeCounts Counts() const;

    std::vector<InterfaceView> Interfaces() const;
    std::vector<NeighborView> Neighbors(InterfaceId interface) const;
    std::vector<RpView> Rps() const;
    std::vector<BootstrapView> GetBootstrap() const;

    /// RP(G)
    std::optional<Address> FindRp(const Address& group) const override;

    /// Counters of messages that came by no interface of PIM's.
    const Counters& GetCounters() const
    {
        return m_journal.GetCounters();
    }

  private:
    // InterfaceOwner
    void NeighborChanged(InterfaceId interface, const Address& neighbor, NeighborChange change) override;
    void DesignatedRouterChanged(InterfaceId interface) override;

    // TreeOwner
    Context& GetContext() override;
    const RouterConfig& GetConfig() const override;
    Interface* FindInterface(InterfaceId interface) const override;
    const std::vector<InterfaceId>& DataInterfaces() const override;
    std::size_t RoomOf(InterfaceId interface) const override;
    std::size_t MtuTowards(const Address& destination) const override;
    bool IsOwnAddress(const Address& address) const override;
    Address ReachableAddress(InterfaceId interface) const override;
    Rpf FindRpf(const Address& root) const override;
    bool WantsAnySource(InterfaceId interface, const Address& group) const override;
    bool WantsSource(InterfaceId interface, const Address& group, const Address& source) const override;
    std::vector<Address> MemberGroups(InterfaceId interface, bool dense) const override;
    std::vector<Address> IncludedSources(InterfaceId interface, const Address& group) const override;
    bool MayCross(InterfaceId interface, const Address& group) const override;
    std::uint8_t TtlThreshold(InterfaceId interface) const override;
    void ForwardingChanged(const Address& group) override;
    void ForwardingChanged(const Address& group, const Address& source) override;
    void AskForData(const Address& group, const Address& source) override;
    bool AskForActivity(const Address& group, const Address& source) override;
    void Decapsulate(BytesView packet, std::uint8_t tos) override;
    void SendUnicast(const Address& source, const Address& destination, std::uint8_t tos,
                     const Message& message) override;
    Journal& JournalOf(InterfaceId interface) override;

    // BootstrapOwner
    std::vector<BootstrapInterface> BootstrapInterfaces() override;
    Address DefaultCandidateAddress() override;
    void SendUnicast(const Address& source, const Address& destination, const Message& message) override;
    void RpSetChanged() override;

    void HandleOnLink(Interface& interface, const PacketMeta& meta, const Message& message);
    void HandleJoinPrune(Interface& interface, const PacketMeta& meta, const JoinPrune& message);
    void HandleGraft(Interface& interface, const PacketMeta& meta, const JoinPrune& message);
    void HandleAnywhere(InterfaceId interface, const PacketMeta& meta, const Message& message);
    Reason Screen(const Interface& interface, const Address& group) const;
    Reason Screen(const Interface& interface, const GroupSet& set) const;
    JoinPrune PartOf(Interface& interface, const JoinPrune& message, bool dense, bool count) const;
    void TellStateRefresh(Interface& interface);
    void Forget();
    void TreesChanged();

    Family m_family;
    InstanceOwner& m_owner;
    Journal m_journal; // of messages that came by no interface of ours, and of those that routing takes away
    RouterConfig m_config;
    RpSet m_rps;
    std::map<InterfaceId, std::unique_ptr<Interface>> m_interfaces;
    std::vector<InterfaceId> m_dataInterfaces;
    bool m_denseByDefault = false; // all interfaces are dense, and so all groups
    Sparse m_sparse;
    Dense m_dense;
    BootstrapRouter m_bootstrap;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_INSTANCE_H
