// SPDX-License-Identifier: GPL-2.0-only
// Configuration by keyword: the names of gm/config.h in snake case, times in seconds. What is left out keeps its
// default; an unknown name is an error.

#ifndef MCAST_CONFORMANCE_BINDINGS_CONFIG_FIELDS_H
#define MCAST_CONFORMANCE_BINDINGS_CONFIG_FIELDS_H

#include "conversion.h"
#include "router.h"

namespace mcast::python
{

gm::HostConfig ToHostConfig(Family family, const py::kwargs& fields);
RouterInterfaceConfig ToRouterConfig(Family family, const py::kwargs& fields);

} // namespace mcast::python

#endif // MCAST_CONFORMANCE_BINDINGS_CONFIG_FIELDS_H
