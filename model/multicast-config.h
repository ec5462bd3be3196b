// SPDX-License-Identifier: GPL-2.0-only
// The core's configuration of an interface, made of attributes. Private to the module: not installed.

#ifndef MULTICAST_CONFIG_H
#define MULTICAST_CONFIG_H

#include "core/gm/config.h"
#include "core/router.h"
#include "multicast-interface.h"

#include <optional>
#include <string>

namespace ns3
{

class MulticastPim;

/// The router side, thresholds and boundaries included.
mcast::RouterInterfaceConfig MakeRouterConfig(const MulticastInterface& interface);

/// The host side.
mcast::gm::HostConfig MakeHostConfig(const MulticastInterface& interface);

/// None if the text names no mode.
std::optional<mcast::pim::Mode> ParsePimMode(const std::string& text);

/// PIM on an interface, whether or not it runs there.
mcast::pim::InterfaceConfig MakePimInterfaceConfig(const MulticastInterface& interface);

/// PIM of a router. \param pim with valid texts
mcast::pim::RouterConfig MakePimRouterConfig(const MulticastPim& pim);

/// What is wrong with an address or a range of groups in it; empty if nothing is.
std::string ValidatePimTexts(const MulticastPim& pim);

/// "Attribute: why", from an error that names a field of PIM's configuration of a router.
std::string DescribePimConfigError(const mcast::gm::ConfigError& error);

/// "Attribute: why", from an error that names a field of the core's configuration.
std::string DescribeConfigError(const mcast::gm::ConfigError& error, MulticastInterface::Family family);

} // namespace ns3

#endif // MULTICAST_CONFIG_H
