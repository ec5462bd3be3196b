// SPDX-License-Identifier: GPL-2.0-only
// The core's configuration of an interface, made of attributes. Private to the module: not installed.

#ifndef MULTICAST_CONFIG_H
#define MULTICAST_CONFIG_H

#include "core/gm/config.h"
#include "core/router.h"
#include "multicast-interface.h"

#include <string>

namespace ns3
{

/// The router side, thresholds and boundaries included.
mcast::RouterInterfaceConfig MakeRouterConfig(const MulticastInterface& interface);

/// The host side.
mcast::gm::HostConfig MakeHostConfig(const MulticastInterface& interface);

/// "Attribute: why", from an error that names a field of the core's configuration.
std::string DescribeConfigError(const mcast::gm::ConfigError& error, MulticastInterface::Family family);

} // namespace ns3

#endif // MULTICAST_CONFIG_H
