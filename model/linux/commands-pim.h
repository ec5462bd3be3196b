// SPDX-License-Identifier: GPL-2.0-only
// `show pim ...`. Each takes "ipv4" or "ipv6", and is about both families without; those about trees, and that of RPs, take
// a group besides, which names its family.

#ifndef MCAST_LINUX_COMMANDS_PIM_H
#define MCAST_LINUX_COMMANDS_PIM_H

#include "answers.h"

namespace mcast::linux_host
{

ControlAnswer ShowPimInterfaces(const RouterHost& host, Log&, const Arguments& arguments);
ControlAnswer ShowPimNeighbors(const RouterHost& host, Log&, const Arguments& arguments);
/// With a group: its RP alone.
ControlAnswer ShowPimRps(const RouterHost& host, Log&, const Arguments& arguments);
ControlAnswer ShowPimBootstrap(const RouterHost& host, Log&, const Arguments& arguments);
/// A row per tree.
ControlAnswer ShowPimUpstream(const RouterHost& host, Log&, const Arguments& arguments);
/// The same of dense mode's trees alone.
ControlAnswer ShowPimDense(const RouterHost& host, Log&, const Arguments& arguments);
/// A row per tree and interface: joins and prunes of neighbours, members, and where dense mode floods.
ControlAnswer ShowPimDownstream(const RouterHost& host, Log&, const Arguments& arguments);
/// A row per tree and interface with an Assert.
ControlAnswer ShowPimAssert(const RouterHost& host, Log&, const Arguments& arguments);
/// A row per tree: where data comes in and goes out.
ControlAnswer ShowPimMroute(const RouterHost& host, Log&, const Arguments& arguments);
/// How many; costs the same with 100,000 trees.
ControlAnswer ShowPimSummary(const RouterHost& host, Log&, const Arguments& arguments);

} // namespace mcast::linux_host

#endif // MCAST_LINUX_COMMANDS_PIM_H
