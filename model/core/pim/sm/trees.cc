// SPDX-License-Identifier: GPL-2.0-only

#include "trees.h"

#include "sparse.h"

#include <algorithm>

namespace mcast::pim
{

namespace
{

template <class Interfaces>
auto
Place(Interfaces& interfaces, InterfaceId id)
{
    return std::lower_bound(interfaces.begin(), interfaces.end(), id,
                            [](const auto& item, InterfaceId wanted) { return item.id < wanted; });
}

template <class Interfaces>
auto*
FindIn(Interfaces& interfaces, InterfaceId id)
{
    const auto place = Place(interfaces, id);
    return place == interfaces.end() || place->id != id ? nullptr : &*place;
}

} // namespace

Tree::Tree(Sparse& sparse, Group& itsGroup)
    : Alarm(sparse.GetContext().timers),
      group(itsGroup),
      since(sparse.GetContext().now)
{
}

TreeInterface*
Tree::Find(InterfaceId interface)
{
    return FindIn(interfaces, interface);
}

const TreeInterface*
Tree::Find(InterfaceId interface) const
{
    return FindIn(interfaces, interface);
}

TreeInterface&
Tree::At(InterfaceId interface)
{
    const auto place = Place(interfaces, interface);
    if (place != interfaces.end() && place->id == interface)
    {
        return *place;
    }
    TreeInterface item;
    item.id = interface;
    return *interfaces.insert(place, std::move(item));
}

bool
Tree::Tidy()
{
    const auto idle = [](const auto& item) { return item.IsIdle(); };
    interfaces.erase(std::remove_if(interfaces.begin(), interfaces.end(), idle), interfaces.end());
    return interfaces.empty();
}

const AssertMachine*
Tree::AssertOn(InterfaceId interface) const
{
    const auto* item = Find(interface);
    return item == nullptr ? nullptr : item->assert.get();
}

void
StarG::OnAlarm(TimePoint now)
{
    group.sparse.OnAlarm(*this, now);
}

SG::SG(Sparse& sparse, Group& itsGroup, RpfRoot* itsRoot)
    : Tree(sparse, itsGroup),
      source(itsRoot->address),
      root(itsRoot)
{
}

void
SG::OnAlarm(TimePoint now)
{
    group.sparse.OnAlarm(*this, now);
}

SG*
SourceTable::Find(const Address& source) const
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

SG&
SourceTable::Add(std::unique_ptr<SG> sg)
{
    auto& added = *sg;
    if (Empty())
    {
        m_one = std::move(sg);
        return added;
    }
    if (m_one)
    {
        m_table = std::make_unique<Table>();
        const auto& first = m_one->source;
        m_table->emplace(first, std::move(m_one));
    }
    m_table->emplace(added.source, std::move(sg));
    return added;
}

void
SourceTable::Remove(const Address& source)
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

SGRpt::SGRpt(Sparse& sparse, Group& itsGroup, const Address& itsSource)
    : Alarm(sparse.GetContext().timers),
      group(itsGroup),
      source(itsSource),
      since(sparse.GetContext().now)
{
}

void
SGRpt::OnAlarm(TimePoint now)
{
    group.sparse.OnAlarm(*this, now);
}

DownstreamPrune*
SGRpt::Find(InterfaceId interface)
{
    auto* item = FindIn(interfaces, interface);
    return item == nullptr ? nullptr : &item->downstream;
}

const DownstreamPrune*
SGRpt::Find(InterfaceId interface) const
{
    const auto* item = FindIn(interfaces, interface);
    return item == nullptr ? nullptr : &item->downstream;
}

DownstreamPrune&
SGRpt::At(InterfaceId interface)
{
    const auto place = Place(interfaces, interface);
    return place != interfaces.end() && place->id == interface ? place->downstream
                                                               : interfaces.insert(place, OnInterface{interface, {}})
                                                                     ->downstream;
}

bool
SGRpt::Tidy()
{
    const auto idle = [](const auto& item) { return item.downstream.State() == DownstreamState::NoInfo; };
    interfaces.erase(std::remove_if(interfaces.begin(), interfaces.end(), idle), interfaces.end());
    return interfaces.empty();
}

} // namespace mcast::pim
