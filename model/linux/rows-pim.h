// SPDX-License-Identifier: GPL-2.0-only
// PIM as JSON; doc/mcastd.rst describes the fields. Times are seconds; an address that there isn't is null.

#ifndef MCAST_LINUX_ROWS_PIM_H
#define MCAST_LINUX_ROWS_PIM_H

#include "rows.h"

namespace mcast::linux_host
{

Json PimInterfaceRow(const std::string& interface, const pim::InterfaceView& view);
Json PimNeighborRow(const std::string& interface, Family family, const pim::NeighborView& view);
Json PimRpRow(Family family, const pim::RpView& view);
Json PimBootstrapRow(Family family, const pim::BootstrapView& view);

// Of trees; `host` names the interfaces.

Json PimUpstreamRow(const RouterHost& host, const pim::TreeView& tree);
Json PimDownstreamRow(const RouterHost& host, const pim::TreeView& tree, const pim::TreeInterfaceView& interface);
Json PimAssertRow(const RouterHost& host, const pim::TreeView& tree, const pim::TreeInterfaceView& interface);
/// \param entry the forwarding entry of an (S,G) tree, which follows the (*,G) tree where that is still the way; or null
Json PimMrouteRow(const RouterHost& host, const pim::TreeView& tree, const ForwardingChange* entry);

} // namespace mcast::linux_host

#endif // MCAST_LINUX_ROWS_PIM_H
