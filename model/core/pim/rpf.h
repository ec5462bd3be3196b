// SPDX-License-Identifier: GPL-2.0-only
// The ways back to the roots of trees: sources and RPs. Trees with the same root share one.      RFC 7761 4.1.6

#ifndef MCAST_CORE_PIM_RPF_H
#define MCAST_CORE_PIM_RPF_H

#include "../base/address.h"
#include "../base/ids.h"

#include <functional>
#include <optional>
#include <unordered_map>

namespace mcast::pim
{

/// The way towards a root.
struct Rpf
{
    std::optional<InterfaceId> interface; ///< RPF_interface; none if there is no route
    Address nextHop;                      ///< MRIB.next_hop; unspecified if the root is on the link, or is us
    Address neighbor;                     ///< NBR(RPF_interface, next hop or RP); unspecified if no PIM neighbour
    std::uint32_t metric = 0;
    std::uint32_t preference = 0;
    std::uint8_t prefixLength = 0;    ///< of the route; 0: of all, or not known
    bool isOwn = false;               ///< the root is one of our addresses
    bool isDirectlyConnected = false; ///< DirectlyConnected(root)

    friend bool operator==(const Rpf& a, const Rpf& b)
    {
        return a.interface == b.interface && a.nextHop == b.nextHop && a.neighbor == b.neighbor &&
               a.metric == b.metric && a.preference == b.preference && a.prefixLength == b.prefixLength && a.isOwn == b.isOwn &&
               a.isDirectlyConnected == b.isDirectlyConnected;
    }
};

struct RpfRoot
{
    Address address;
    Rpf rpf;
    std::size_t users = 0;
};

class RpfTable
{
  public:
    using Resolve = std::function<Rpf(const Address& root)>;

    explicit RpfTable(Resolve resolve)
        : m_resolve(std::move(resolve))
    {
    }

    /// One more user of the root.
    RpfRoot* Acquire(const Address& root);
    /// Null is no user.
    void Release(RpfRoot* root);

    /// Asks again for roots inside the prefix. \return did any answer differ?
    bool Refresh(const Prefix& prefix);

    /// When all its users are gone at once.
    void Clear()
    {
        m_roots.clear();
    }

    std::size_t Size() const
    {
        return m_roots.size();
    }

  private:
    Resolve m_resolve;
    std::unordered_map<Address, RpfRoot> m_roots;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_RPF_H
