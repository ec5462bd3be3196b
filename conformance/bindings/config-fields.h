// SPDX-License-Identifier: GPL-2.0-only
// Configuration by keyword: the names of gm/config.h and pim/config.h in snake case, times in seconds. What is left out keeps its
// default; an unknown name is an error.

#ifndef MCAST_CONFORMANCE_BINDINGS_CONFIG_FIELDS_H
#define MCAST_CONFORMANCE_BINDINGS_CONFIG_FIELDS_H

#include "conversion.h"
#include "router.h"

namespace mcast::python
{

gm::HostConfig ToHostConfig(Family family, const py::kwargs& fields);
/// With `pim`: a dict as ToPimInterface takes it, or None.
RouterInterfaceConfig ToRouterConfig(Family family, const py::kwargs& fields);
pim::InterfaceConfig ToPimInterface(Family family, py::handle fields);
/// What consists of several values is a dict: spt_switchover {when, rate}, candidate_bsr, items of static_rps and
/// candidate_rps.
pim::RouterConfig ToPimRouter(Family family, const py::dict& fields);

} // namespace mcast::python

#endif // MCAST_CONFORMANCE_BINDINGS_CONFIG_FIELDS_H
