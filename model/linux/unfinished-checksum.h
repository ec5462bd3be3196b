// SPDX-License-Identifier: GPL-2.0-only
// Checksums that the kernel left to a network card that never was: a packet of a virtual link (veth, as in Mininet and in
// containers) carries none in its UDP header as long as it stays in the kernel. An upcall hands it to us like that, and
// inside a Register it would get to no member.

#ifndef MCAST_LINUX_UNFINISHED_CHECKSUM_H
#define MCAST_LINUX_UNFINISHED_CHECKSUM_H

#include "base/address.h"
#include "base/bytes.h"

namespace mcast::linux_host
{

/// The packet with its UDP checksum, if it has what the kernel puts there meanwhile: the sum of the pseudo-header. What is
/// right, and what was wrong from the beginning, stays as it is. \param packet a whole one, fragments excepted
Bytes FinishChecksum(Family family, BytesView packet);

} // namespace mcast::linux_host

#endif // MCAST_LINUX_UNFINISHED_CHECKSUM_H
