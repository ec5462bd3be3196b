// SPDX-License-Identifier: GPL-2.0-only

#ifndef MCAST_LINUX_CAPABILITIES_H
#define MCAST_LINUX_CAPABILITIES_H

namespace mcast::linux_host
{

/// \throws RuntimeFailure if CAP_NET_ADMIN or CAP_NET_RAW is missing; the text names it
void RequireCapabilities();

/// Gives up every capability but CAP_NET_ADMIN and CAP_NET_RAW, for good, and the way to others through a setuid
/// program. \throws RuntimeFailure
void DropOtherCapabilities();

} // namespace mcast::linux_host

#endif // MCAST_LINUX_CAPABILITIES_H
