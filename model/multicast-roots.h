// SPDX-License-Identifier: GPL-2.0-only
// The ways back to the roots of trees, watched for changes. Private to the module: not installed.
//
// ns-3's routing protocols don't tell when a route changes. So each root that the core has asked about, a source, an RP or
// a BSR, is remembered with its answer, and looked up again from time to time: only if the answer is another one, the core
// is told.

#ifndef MULTICAST_ROOTS_H
#define MULTICAST_ROOTS_H

#include "core/interface.h"
#include "core/router.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace ns3
{

/// The route table that a node's core asks.
class MulticastRoots : public mcast::RouteTable
{
  public:
    typedef std::function<std::optional<Result>(const mcast::Address&)> Question;

    /// \param question asks the node's unicast routing \param watched called when there is a root to be watched
    MulticastRoots(Question question, std::function<void()> watched);

    std::optional<Result> Lookup(const mcast::Address& destination) const override;

    /// Looks all roots up again. \return those with another answer
    std::vector<mcast::Address> Check();

    /// Are there many more roots than when they were last sorted out?
    bool IsCrowded() const;
    /// Watches those that the router still uses, and no others.
    void Keep(const mcast::Router& router);

    bool IsEmpty() const
    {
        return m_roots.empty();
    }

    void Clear()
    {
        m_roots.clear();
    }

  private:
    Question m_question;
    std::function<void()> m_watched;
    mutable std::map<mcast::Address, std::optional<Result>> m_roots;
    std::size_t m_kept = 0;
};

} // namespace ns3

#endif // MULTICAST_ROOTS_H
