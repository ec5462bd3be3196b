// SPDX-License-Identifier: GPL-2.0-only
// What the decoders of IP headers promise, for any octets of a packet.

#ifndef MCAST_TEST_FUZZ_FUZZ_IP_H
#define MCAST_TEST_FUZZ_FUZZ_IP_H

#include "check.h"
#include "datagram.h"
#include "wire/ip.h"

#include <algorithm>

namespace mcast
{

inline bool
Same(const PacketMeta& a, const PacketMeta& b)
{
    return a.source == b.source && a.destination == b.destination && a.protocol == b.protocol && a.ttl == b.ttl &&
           a.tos == b.tos && a.routerAlert == b.routerAlert;
}

inline bool
Same(BytesView a, BytesView b)
{
    return std::equal(a.Data(), a.Data() + a.Size(), b.Data(), b.Data() + b.Size());
}

inline void
CheckRoundTrip(Family family, const IpPacket& packet)
{
    // With Router Alert it might not fit any more; a header that follows another is nothing that we write.
    if (packet.payload.Size() + 24 > 0xffff || packet.fragment || (family == Family::Ipv6 && packet.meta.protocol == 0))
    {
        return;
    }
    const auto written = WriteIp(packet.meta, packet.payload, 7);
    const auto again = ParseIp(family, written);
    CHECK(again && !again->fragment);
    CHECK(Same(again->meta, packet.meta) && Same(again->payload, packet.payload));
    const std::size_t fixed = family == Family::Ipv4 ? 20 : 40;
    const std::size_t alert = family == Family::Ipv4 ? 4 : 8;
    CHECK(again->headerSize == fixed + (packet.meta.routerAlert ? alert : 0));
}

inline void
CheckDecrement(Family family, Bytes octets, const IpPacket& packet)
{
    if (packet.meta.ttl == 0)
    {
        return;
    }
    DecrementTtl(octets);
    const auto again = ParseIp(family, octets);
    CHECK(again);
    CHECK(again->meta.ttl == packet.meta.ttl - 1);
    CHECK(again->meta.source == packet.meta.source && Same(again->payload, packet.payload));
}

inline void
CheckDatagram(const IpPacket& packet)
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

inline void
FuzzIp(Family family, const Bytes& octets)
{
    const auto packet = ParseIp(family, octets);
    if (!packet)
    {
        CHECK(packet.Error().reason != Reason::None);
        CHECK(packet.Error().offset <= std::max<std::size_t>(octets.size(), 40));
        return;
    }
    CHECK(packet->headerSize >= (family == Family::Ipv4 ? 20u : 40u));
    CHECK(packet->headerSize + packet->payload.Size() <= octets.size());
    CHECK(!packet->meta.source.IsMulticast());
    CheckRoundTrip(family, *packet);
    CheckDecrement(family, octets, *packet);
    CheckDatagram(*packet);
}

} // namespace mcast

#endif // MCAST_TEST_FUZZ_FUZZ_IP_H
