// SPDX-License-Identifier: GPL-2.0-only
// What the core tells about PIM, as Python dicts: the same from every host of the core.

#ifndef MCAST_CONFORMANCE_BINDINGS_PIM_READ_OUT_H
#define MCAST_CONFORMANCE_BINDINGS_PIM_READ_OUT_H

#include "conversion.h"
#include "router.h"

namespace mcast::python
{

/// An interface and its counters; empty where PIM doesn't run. \param router may be null: nothing of it runs PIM
py::dict ReadPimInterface(const Router* router, InterfaceId interface, Family family);

/// Neighbours of an interface.
py::list ReadPimNeighbors(const Router* router, InterfaceId interface, Family family);

/// Ranges of groups and their RPs.
py::list ReadPimRps(const Router* router, Family family);

/// The RP of a group, or None.
py::object ReadPimRp(const Router* router, const Address& group);

/// Bootstrap machines, one of each zone.
py::list ReadPimBootstrap(const Router* router, Family family);

/// Trees, of one group if it is given.
py::list ReadPimTrees(const Router* router, Family family, const std::optional<Address>& group);

} // namespace mcast::python

#endif // MCAST_CONFORMANCE_BINDINGS_PIM_READ_OUT_H
