// SPDX-License-Identifier: GPL-2.0-only
// What the trees of a router, sparse or dense, ask of the rest of it.

#ifndef MCAST_CORE_PIM_TREE_OWNER_H
#define MCAST_CORE_PIM_TREE_OWNER_H

#include "../context.h"
#include "config.h"
#include "interface.h"
#include "rpf.h"

#include <optional>
#include <vector>

namespace mcast::pim
{

/// What the trees of a mode ask of everything around them.
class TreeOwner
{
  public:
    virtual Context& GetContext() = 0;
    virtual const RouterConfig& GetConfig() const = 0;
    /// PIM's interface, whatever its mode; null if PIM does not run there.
    virtual Interface* FindInterface(InterfaceId interface) const = 0;
    /// All that data may go out of: up, with PIM or membership; sorted.
    virtual const std::vector<InterfaceId>& DataInterfaces() const = 0;
    /// The largest PIM message that fits an interface's MTU, octets.
    virtual std::size_t RoomOf(InterfaceId interface) const = 0;
    /// Octets of an IP packet on the first link of the way to an address; what IP asks of all links if there is no way.
    virtual std::size_t MtuTowards(const Address& destination) const = 0;
    virtual std::optional<Address> FindRp(const Address& group) const = 0;
    virtual bool IsOwnAddress(const Address& address) const = 0;
    /// An address of ours, on the interface if it has one, that is reached from everywhere; unspecified if none.
    virtual Address ReachableAddress(InterfaceId interface) const = 0;
    virtual bool IsDense(const Address& group) const = 0;
    virtual Rpf FindRpf(const Address& root) const = 0;

    // Membership.

    /// local_receiver_include(*,G,I), by IGMP or MLD alone.
    virtual bool WantsAnySource(InterfaceId interface, const Address& group) const = 0;
    /// Do the members of the interface want data of the source?
    virtual bool WantsSource(InterfaceId interface, const Address& group, const Address& source) const = 0;
    /// Groups of any filter mode with members on the interface; dense ones, or the others.
    virtual std::vector<Address> MemberGroups(InterfaceId interface, bool dense) const = 0;
    /// The sources that members name in INCLUDE mode.
    virtual std::vector<Address> IncludedSources(InterfaceId interface, const Address& group) const = 0;
    virtual bool MayCross(InterfaceId interface, const Address& group) const = 0;
    /// Data goes out of the interface with a greater TTL only.
    virtual std::uint8_t TtlThreshold(InterfaceId interface) const = 0;

    // The forwarding plane.

    /// What it should do with the group's data, or one source's, may be another.
    virtual void ForwardingChanged(const Address& group) = 0;
    virtual void ForwardingChanged(const Address& group, const Address& source) = 0;
    /// The next packet is to be told as if it were the first.
    virtual void AskForData(const Address& group, const Address& source) = 0;
    /// \return false if it knows no such data; else DataSeen or NoData follows
    virtual bool AskForActivity(const Address& group, const Address& source) = 0;
    /// \param tos of the Register that the packet came in
    virtual void Decapsulate(BytesView packet, std::uint8_t tos) = 0;
    virtual void SendUnicast(const Address& source, const Address& destination, std::uint8_t tos,
                             const Message& message) = 0;
    /// Counters of an interface, or of the router if PIM is not on it.
    virtual Journal& JournalOf(InterfaceId interface) = 0;

  protected:
    ~TreeOwner() = default;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_TREE_OWNER_H
