// SPDX-License-Identifier: GPL-2.0-only

#include "trees.h"

#include "sparse.h"

namespace mcast::pim
{

Tree::Tree(Sparse& sparse, Group& itsGroup)
    : Alarm(sparse.GetContext().timers),
      group(itsGroup),
      since(sparse.GetContext().now)
{
}

const AssertMachine*
Tree::AssertOn(InterfaceId interface) const
{
    const auto* item = interfaces.Find(interface);
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
    auto* item = interfaces.Find(interface);
    return item == nullptr ? nullptr : &item->downstream;
}

const DownstreamPrune*
SGRpt::Find(InterfaceId interface) const
{
    return const_cast<SGRpt*>(this)->Find(interface);
}

} // namespace mcast::pim
