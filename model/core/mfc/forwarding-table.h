// SPDX-License-Identifier: GPL-2.0-only
// What the forwarding plane should do: the entries that it has been given, and why they are as they are.
//
// An (S,G) entry is made when its first packet arrives and nobody knows it (Upcall::NoCache), with
//   - the incoming interface: a static route's, else what the routing protocol says, else the one towards the source
//     (reverse path);
//   - the outgoing interfaces: what the routing protocol says; without one all others with members of G that want S (RFC
//     3376 6.3); those of static routes besides; none across an administrative boundary;
// also when there is nobody to forward to, so that the packets are dropped without asking again. It follows every
// change of membership, routes and interfaces, and goes away when no packet came for the entry's lifetime. A static
// (S,G) route is installed at once and stays.

#ifndef MCAST_CORE_MFC_FORWARDING_TABLE_H
#define MCAST_CORE_MFC_FORWARDING_TABLE_H

#include "../base/expected.h"
#include "../context.h"
#include "../gm/config.h"
#include "../interface.h"
#include "mfc.h"

#include <deque>
#include <map>
#include <memory>
#include <unordered_map>

namespace mcast
{

/// What forwarding asks of its router.
class ForwardingOwner
{
  public:
    virtual Context& GetContext() = 0;
    /// Outgoing interfaces that members ask for, sorted, boundaries and thresholds applied.
    virtual std::vector<OutputInterface> MemberInterfaces(const Address& group, const Address& source) const = 0;
    /// The interface as an outgoing one; none if it can't be (down, unknown, a boundary for the group).
    virtual std::optional<OutputInterface> AsOutput(InterfaceId interface, const Address& group) const = 0;
    virtual bool MayCross(InterfaceId interface, const Address& group) const = 0;
    /// The way back to a source.
    virtual std::optional<InterfaceId> ReversePath(const Address& source) const = 0;
    virtual void CountDrop(Reason reason, InterfaceId interface, const Address& group, const Address& source) = 0;

    // The routing protocol.

    /// None if no protocol runs for the family.
    virtual std::optional<RoutingDecision> Decide(const Address& group, const Address& source) const = 0;
    /// A packet came that has no entry, or that came in elsewhere than its entry says; before the entry is made.
    /// \param ttl of the packet; 0 if not known
    virtual void DataArrived(InterfaceId interface, const Address& group, const Address& source,
                             std::uint8_t ttl) = 0;
    /// Counters were read. \param active whether packets came since they were read last
    virtual void DataCounted(const Address& group, const Address& source, bool active, std::optional<Duration> idle,
                             std::uint64_t bytes) = 0;

  protected:
    ~ForwardingOwner() = default;
};

class ForwardingTable
{
  public:
    ForwardingTable(ForwardingOwner& owner, std::size_t maxEntries, Duration lifetime);
    ~ForwardingTable();

    Expected<Done, gm::ConfigError> AddRoute(const StaticMulticastRoute& route);
    bool RemoveRoute(const Address& group, const std::optional<Address>& source);

    void HandleUpcall(const Upcall& upcall);
    void HandleCounters(const Address& source, const Address& group, const ForwardingCounters& counters);
    /// Membership of the group changed somewhere.
    void Reconsider(const Address& group);
    /// Membership changed for one source of the group.
    void Reconsider(const Address& group, const Address& source);
    /// Interfaces or boundaries changed.
    void ReconsiderAll();
    /// Routes to sources inside the prefix changed.
    void ReconsiderSources(const Prefix& prefix);
    /// The next packet is to be told as a first one.
    void Forget(const Address& group, const Address& source);
    /// Asks the plane for an entry's counters. \return false if there is no such entry
    bool AskCounters(const Address& group, const Address& source);
    /// Removes every entry and forgets the routes.
    void Clear();

    std::optional<ForwardingChange> Poll();
    std::vector<ForwardingChange> Entries() const;

    std::size_t Size() const
    {
        return m_count;
    }

  private:
    class Entry;
    friend class Entry;
    using Sources = std::map<Address, std::unique_ptr<Entry>>;

    Entry* Find(const Address& group, const Address& source) const;
    void Make(const Address& group, const Address& source, InterfaceId arrival);
    void Remove(Entry& entry);
    void FindReversePath(Entry& entry) const;
    void Evaluate(Entry& entry, bool isNew = false);
    std::vector<OutputInterface> Outputs(const RoutingDecision& decision, const Address& group) const;
    std::vector<Address> SourcesOf(const Address& group, const Prefix& prefix) const;
    const StaticMulticastRoute* RouteFor(const Address& group, const Address& source) const;
    void AddOutput(std::vector<OutputInterface>& outputs, InterfaceId interface, const Address& group) const;
    void Announce(const Entry& entry, ForwardingChange::Kind kind);

    ForwardingOwner& m_owner;
    std::size_t m_maxEntries;
    Duration m_lifetime;
    std::size_t m_count = 0;
    std::unordered_map<Address, Sources> m_groups;
    std::map<std::pair<Address, Address>, StaticMulticastRoute> m_routes; // group, source or Any
    std::deque<ForwardingChange> m_changes;
};

} // namespace mcast

#endif // MCAST_CORE_MFC_FORWARDING_TABLE_H
