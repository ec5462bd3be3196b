// SPDX-License-Identifier: GPL-2.0-only
// What a tree is on each interface that has any state for it: few of them, sorted.

#ifndef MCAST_CORE_PIM_PER_INTERFACE_H
#define MCAST_CORE_PIM_PER_INTERFACE_H

#include "../base/ids.h"

#include <algorithm>
#include <vector>

namespace mcast::pim
{

/// \tparam Item has the interface as its member `id`, and tells by IsIdle() that nothing is left of it
template <class Item>
class PerInterface
{
  public:
    Item* Find(InterfaceId id)
    {
        const auto place = Place(id);
        return place == m_items.end() || place->id != id ? nullptr : &*place;
    }

    const Item* Find(InterfaceId id) const
    {
        return const_cast<PerInterface*>(this)->Find(id);
    }

    /// Makes it if need be; items move then.
    Item& At(InterfaceId id)
    {
        const auto place = Place(id);
        if (place != m_items.end() && place->id == id)
        {
            return *place;
        }
        Item item;
        item.id = id;
        return *m_items.insert(place, std::move(item));
    }

    void Remove(InterfaceId id)
    {
        const auto place = Place(id);
        if (place != m_items.end() && place->id == id)
        {
            m_items.erase(place);
        }
    }

    /// Removes idle ones. \return is none left?
    bool Tidy()
    {
        m_items.erase(std::remove_if(m_items.begin(), m_items.end(), [](const auto& item) { return item.IsIdle(); }),
                      m_items.end());
        return m_items.empty();
    }

    auto begin()
    {
        return m_items.begin();
    }

    auto end()
    {
        return m_items.end();
    }

    auto begin() const
    {
        return m_items.begin();
    }

    auto end() const
    {
        return m_items.end();
    }

  private:
    auto Place(InterfaceId id)
    {
        return std::lower_bound(m_items.begin(), m_items.end(), id,
                                [](const auto& item, InterfaceId wanted) { return item.id < wanted; });
    }

    std::vector<Item> m_items;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_PER_INTERFACE_H
