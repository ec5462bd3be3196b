// SPDX-License-Identifier: GPL-2.0-only
// What the daemon knows as JSON; doc/mcastd.rst describes the fields. Times are seconds.

#ifndef MCAST_LINUX_ROWS_H
#define MCAST_LINUX_ROWS_H

#include "router-host.h"

#include <nlohmann/json.hpp>
#include <string>

namespace mcast::linux_host
{

using Json = nlohmann::ordered_json;

/// A line of text; what is no UTF-8 (an interface may have any octets as its name) is replaced.
std::string ToLine(const Json& json);

/// "ipv4" or "ipv6".
const char* FamilyName(Family family);

/// "igmp" or "mld": in commands, rows and the configuration.
const char* ProtocolKey(Family family);

/// Seconds, to the millisecond.
double ToSeconds(Duration duration);

Json InterfaceRow(const RouterHost& host, const RouterHost::ManagedInterface& managed, Family family);
Json GroupRow(const std::string& interface, const gm::GroupView& view);
Json ForwardingRow(const RouterHost& host, const ForwardingChange& entry);
/// Of one protocol on one interface.
Json CounterRow(const std::string& interface, Family family, const Counters& counters);
/// Of PIM of one family on one interface.
Json PimCounterRow(const std::string& interface, const pim::InterfaceView& view);
/// What counts for no single interface, and what happened between core and kernel.
Json RouterCounterRow(const RouterHost& host);
Json EventRow(const TraceEvent& event, const std::string& interface);

} // namespace mcast::linux_host

#endif // MCAST_LINUX_ROWS_H
