// SPDX-License-Identifier: GPL-2.0-only
// Joins and Prunes on their way to upstream neighbours, packed into as few messages as the MTU allows.
//                                                                                         RFC 7761 4.9.5
//
// What is due is queued by neighbour, and goes out when the router is drained: what one batch of inputs brought about
// leaves together. Of two words about the same entry the later one counts. Periodic Joins to a neighbour fall on a
// common grid, so that they leave together, too.

#ifndef MCAST_CORE_PIM_JOIN_PRUNE_QUEUE_H
#define MCAST_CORE_PIM_JOIN_PRUNE_QUEUE_H

#include "../base/ids.h"
#include "../base/time.h"
#include "../wire/pim.h"

#include <map>
#include <optional>
#include <vector>

namespace mcast::pim
{

/// Somebody on a link that Joins and Prunes are addressed to.
struct UpstreamNeighbor
{
    InterfaceId interface;
    Address address;
    TimePoint phase{}; ///< where its grid of periodic Joins begins
};

class JoinPruneQueue
{
  public:
    struct Entry
    {
        Address group;
        Address source; ///< of (*,G) the RP
        bool wildcard = false;
        bool rpt = false;
        bool join = false;
        bool sparse = true; ///< the S bit; not in dense mode (RFC 3973 4.7.3)
    };

    /// What kind of message an entry goes in.
    struct Form
    {
        JoinPrune::Kind kind = JoinPrune::Kind::JoinPrune;
        std::optional<std::uint16_t> holdtime; ///< s, if it is another than that of all

        friend bool operator==(const Form& a, const Form& b)
        {
            return a.kind == b.kind && a.holdtime == b.holdtime;
        }
    };

    /// What leaves: a message for the link of an interface.
    struct Outgoing
    {
        InterfaceId interface;
        JoinPrune message;
    };

    /// The neighbour's record, for as long as the queue lives.
    UpstreamNeighbor* Find(InterfaceId interface, const Address& address, TimePoint now);

    void Add(const UpstreamNeighbor& neighbor, const Entry& entry, const Form& form);

    void Add(const UpstreamNeighbor& neighbor, const Entry& entry)
    {
        Add(neighbor, entry, Form{});
    }

    /// Forgets what is due to the interface.
    void Drop(InterfaceId interface);

    bool Empty() const
    {
        return m_pending.empty();
    }

    /// \param roomOf octets that a PIM message may have on the interface
    /// \return the messages, in the order in which neighbours were first spoken to
    template <class RoomOf>
    std::vector<Outgoing> Take(Family family, std::uint16_t holdtime, const RoomOf& roomOf)
    {
        std::vector<Outgoing> messages;
        for (auto& pending : m_pending)
        {
            Pack(family, pending.form.holdtime.value_or(holdtime), roomOf(pending.neighbor.interface), pending,
                 messages);
        }
        m_pending.clear();
        return messages;
    }

    /// When the next periodic Join is due: a period from now at most, on the neighbour's grid.
    static TimePoint NextPeriodic(const UpstreamNeighbor& neighbor, TimePoint now, Duration period);

  private:
    struct Pending
    {
        UpstreamNeighbor neighbor;
        Form form;
        std::vector<Entry> entries;
    };

    static void Pack(Family family, std::uint16_t holdtime, std::size_t room, Pending& pending,
                     std::vector<Outgoing>& messages);

    std::map<std::pair<InterfaceId, Address>, UpstreamNeighbor> m_neighbors;
    std::vector<Pending> m_pending;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_JOIN_PRUNE_QUEUE_H
