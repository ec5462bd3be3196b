// SPDX-License-Identifier: GPL-2.0-only
// The (S,G) of a group, by source. Most groups have one source, which takes no table.

#ifndef MCAST_CORE_PIM_SOURCE_TABLE_H
#define MCAST_CORE_PIM_SOURCE_TABLE_H

#include "../base/address.h"

#include <map>
#include <memory>
#include <utility>

namespace mcast::pim
{

/// \tparam State has the source as its member `source`
template <class State>
class SourceTable
{
  public:
    State* Find(const Address& source) const
    {
        if (m_one)
        {
            return m_one->source == source ? m_one.get() : nullptr;
        }
        if (!m_table)
        {
            return nullptr;
        }
        const auto found = m_table->find(source);
        return found == m_table->end() ? nullptr : found->second.get();
    }

    State& Add(std::unique_ptr<State> state)
    {
        auto& added = *state;
        if (Empty())
        {
            m_one = std::move(state);
            return added;
        }
        if (m_one)
        {
            m_table = std::make_unique<Table>();
            const auto& first = m_one->source;
            m_table->emplace(first, std::move(m_one));
        }
        m_table->emplace(added.source, std::move(state));
        return added;
    }

    void Remove(const Address& source)
    {
        if (m_one)
        {
            m_one.reset();
            return;
        }
        m_table->erase(source);
        if (m_table->empty())
        {
            m_table.reset();
        }
    }

    bool Empty() const
    {
        return !m_one && !m_table;
    }

    /// In the order of sources. The action must not add or remove any.
    template <class Action>
    void ForEach(const Action& action) const
    {
        if (m_one)
        {
            action(*m_one);
        }
        else if (m_table)
        {
            for (const auto& [source, state] : *m_table)
            {
                action(*state);
            }
        }
    }

  private:
    using Table = std::map<Address, std::unique_ptr<State>>;

    std::unique_ptr<State> m_one;
    std::unique_ptr<Table> m_table; // from the second one on, until it is empty
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_SOURCE_TABLE_H
