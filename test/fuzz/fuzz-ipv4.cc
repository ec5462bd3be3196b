// SPDX-License-Identifier: GPL-2.0-only
// IPv4 headers, and the datagrams of simulated nodes in them. The first octet says whether the header checksum is put
// right; the rest is the packet.

#include "fuzz-ip.h"
#include "wire/checksum.h"

using namespace mcast;

namespace
{

void
FixChecksum(Bytes& packet)
{
    const std::size_t header = packet.size() >= 20 ? std::size_t{4} * (packet[0] & 0xf) : 0;
    if (header < 20 || header > packet.size())
    {
        return;
    }
    packet[10] = packet[11] = 0;
    const auto checksum = InternetChecksum(BytesView(packet).Sub(0, header));
    packet[10] = static_cast<std::uint8_t>(checksum >> 8);
    packet[11] = static_cast<std::uint8_t>(checksum);
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
    {
        return 0;
    }
    Bytes octets(data + 1, data + size);
    if (data[0] % 2 == 0)
    {
        FixChecksum(octets);
    }
    FuzzIp(Family::Ipv4, octets);
    return 0;
}
