// SPDX-License-Identifier: GPL-2.0-only
// What the core tells about its state, as Python dicts: the same from every host of the core.

#ifndef MCAST_CONFORMANCE_BINDINGS_READ_OUT_H
#define MCAST_CONFORMANCE_BINDINGS_READ_OUT_H

#include "conversion.h"
#include "host.h"
#include "mfc/mfc.h"
#include "router.h"

namespace mcast::python
{

/// Membership records of a router's interface. \param router may be null: no records
py::list ReadGroups(const Router* router, InterfaceId interface, Family family = Family::Ipv4);

/// Reception state of a host's interface.
py::list ReadHostGroups(const Host& host, InterfaceId interface, Family family = Family::Ipv4);

/// State of an interface: the router's if there is one, else the host's. Versions are the protocol's own numbers.
/// \param ip counters of the IP layer below
py::dict ReadInterface(const Host& host, const Router* router, InterfaceId interface, const Counters& ip,
                       Family family = Family::Ipv4);

/// The forwarding cache.
py::list ReadForwarding(const Mfc& cache);

} // namespace mcast::python

#endif // MCAST_CONFORMANCE_BINDINGS_READ_OUT_H
