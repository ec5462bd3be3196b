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
