// SPDX-License-Identifier: GPL-2.0-only
// IPv6 headers with Hop-by-Hop options, and the datagrams of simulated nodes in them.

#include "fuzz-ip.h"

using namespace mcast;

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    FuzzIp(Family::Ipv6, Bytes(data, data + size));
    return 0;
}
