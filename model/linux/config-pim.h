// SPDX-License-Identifier: GPL-2.0-only
// The keys below `pim`, of the router and of an interface. Each holds for both families; below `ipv4` and `ipv6` for one.

#ifndef MCAST_LINUX_CONFIG_PIM_H
#define MCAST_LINUX_CONFIG_PIM_H

#include "config.h"
#include "yaml-value.h"

namespace mcast::linux_host
{

/// `pim` of the document. \throws ConfigFailure
void ReadPimRouter(DaemonConfig& config, const YamlValue& value);

/// `pim` of an interface: true, false, or a mapping, which switches it on. \throws ConfigFailure
void ReadPimInterface(InterfaceRule& rule, const YamlValue& value);

} // namespace mcast::linux_host

#endif // MCAST_LINUX_CONFIG_PIM_H
