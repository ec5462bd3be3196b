// SPDX-License-Identifier: GPL-2.0-only
// ParseIpv4, WriteIpv4, DecrementTtl, and the datagrams of simulated nodes. The first octet says whether the header
// checksum is put right; the rest is the packet.

#include "check.h"
#include "datagram.h"
#include "wire/checksum.h"
#include "wire/ipv4-header.h"

#include <algorithm>

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

bool
Same(const PacketMeta& a, const PacketMeta& b)
{
    return a.source == b.source && a.destination == b.destination && a.protocol == b.protocol && a.ttl == b.ttl &&
           a.tos == b.tos && a.routerAlert == b.routerAlert;
}

bool
Same(BytesView a, BytesView b)
{
    return std::equal(a.Data(), a.Data() + a.Size(), b.Data(), b.Data() + b.Size());
}

void
CheckRoundTrip(const Ipv4Packet& packet)
{
    if (packet.payload.Size() + 24 > 0xffff)
    {
        return; // with Router Alert it might not fit any more
    }
    const auto written = WriteIpv4(packet.meta, packet.payload, 7);
    const auto again = ParseIpv4(written);
    CHECK(again && !again->fragment);
    CHECK(Same(again->meta, packet.meta) && Same(again->payload, packet.payload));
    CHECK(again->headerSize == (packet.meta.routerAlert ? 24u : 20u));
}

void
CheckDecrement(Bytes octets, const Ipv4Packet& packet)
{
    if (packet.meta.ttl == 0)
    {
        return;
    }
    DecrementTtl(octets);
    const auto again = ParseIpv4(octets);
    CHECK(again);
    CHECK(again->meta.ttl == packet.meta.ttl - 1);
    CHECK(again->meta.source == packet.meta.source && Same(again->payload, packet.payload));
}

void
CheckDatagram(const Ipv4Packet& packet)
{
    const auto datagram = ParseDatagram(packet.meta, packet.payload);
    if (!datagram)
    {
        return;
    }
    CHECK(datagram->payload.Size() + 8 <= packet.payload.Size());
    const auto written = WriteDatagram(packet.meta, *datagram);
    const auto again = ParseDatagram(packet.meta, written);
    CHECK(again && Same(again->payload, datagram->payload));
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
    const auto packet = ParseIpv4(octets);
    if (!packet)
    {
        CHECK(packet.Error().reason != Reason::None);
        CHECK(packet.Error().offset <= std::max<std::size_t>(octets.size(), 20));
        return 0;
    }
    CHECK(packet->headerSize >= 20 && packet->headerSize <= 60);
    CHECK(packet->headerSize + packet->payload.Size() <= octets.size());
    CHECK(!packet->meta.source.IsMulticast());
    CheckRoundTrip(*packet);
    CheckDecrement(octets, *packet);
    CheckDatagram(*packet);
    return 0;
}
