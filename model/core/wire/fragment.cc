// SPDX-License-Identifier: GPL-2.0-only

#include "fragment.h"

#include "checksum.h"
#include "ipv6-header.h"

#include <algorithm>

namespace mcast
{

namespace
{

constexpr std::size_t IPV4_FIXED = 20;
constexpr std::size_t IPV6_HEADER = 40;
constexpr std::size_t FRAGMENT_HEADER = 8;
constexpr std::uint8_t NEXT_FRAGMENT = 44;
constexpr std::uint8_t OPTION_COPIED = 0x80;
constexpr std::uint16_t DONT_FRAGMENT = 0x4000;
constexpr std::uint16_t MORE_FRAGMENTS = 0x2000;
constexpr std::uint16_t OFFSET_MASK = 0x1fff;
constexpr std::uint8_t ICMPV6_PACKET_TOO_BIG = 2;
constexpr std::size_t LEAST_IPV6_MTU = 1280;

Bytes
Copy(BytesView view)
{
    return Bytes(view.Data(), view.Data() + view.Size());
}

void
Put16(Bytes& octets, std::size_t at, std::size_t value)
{
    octets[at] = static_cast<std::uint8_t>(value >> 8);
    octets[at + 1] = static_cast<std::uint8_t>(value);
}

// The header of fragments but the first: options with the copied flag alone (RFC 791 3.1).
Bytes
LaterHeader(BytesView header)
{
    Bytes later = Copy(header.Sub(0, IPV4_FIXED));
    for (std::size_t at = IPV4_FIXED; at < header.Size() && header[at] != 0;)
    {
        const std::size_t length = header[at] == 1 || at + 1 >= header.Size() ? 1 : header[at + 1];
        if (length == 0 || at + length > header.Size())
        {
            break;
        }
        if ((header[at] & OPTION_COPIED) != 0)
        {
            later.insert(later.end(), header.Data() + at, header.Data() + at + length);
        }
        at += length;
    }
    later.resize((later.size() + 3) / 4 * 4, 0);
    later[0] = static_cast<std::uint8_t>(0x40 | later.size() / 4);
    return later;
}

std::vector<Bytes>
FragmentIpv4(BytesView packet, std::size_t mtu)
{
    const std::size_t headerSize = std::size_t{4} * (packet[0] & 0xf);
    const auto first = Copy(packet.Sub(0, headerSize));
    const auto later = LaterHeader(packet.Sub(0, headerSize));
    const auto flags = static_cast<std::uint16_t>(packet[6] << 8 | packet[7]);
    const auto payload = packet.Sub(headerSize);
    std::vector<Bytes> fragments;
    for (std::size_t at = 0; at < payload.Size();)
    {
        Bytes fragment = at == 0 ? first : later;
        const auto room = (mtu - fragment.size()) / 8 * 8;
        const bool last = payload.Size() - at <= mtu - fragment.size();
        const auto size = last ? payload.Size() - at : room;
        const auto offset = (flags & OFFSET_MASK) + at / 8;
        Put16(fragment, 2, fragment.size() + size);
        Put16(fragment, 6, offset | (last ? flags & MORE_FRAGMENTS : MORE_FRAGMENTS));
        Put16(fragment, 10, 0);
        Put16(fragment, 10, InternetChecksum(fragment));
        fragment.insert(fragment.end(), payload.Data() + at, payload.Data() + at + size);
        fragments.push_back(std::move(fragment));
        at += size;
    }
    return fragments;
}

std::vector<Bytes>
FragmentIpv6(BytesView packet, std::size_t mtu, std::uint32_t identification)
{
    const auto payload = packet.Sub(IPV6_HEADER);
    const auto room = (mtu - IPV6_HEADER - FRAGMENT_HEADER) / 8 * 8;
    std::vector<Bytes> fragments;
    for (std::size_t at = 0; at < payload.Size(); at += room)
    {
        const auto size = std::min(room, payload.Size() - at);
        const bool last = at + size == payload.Size();
        Bytes fragment = Copy(packet.Sub(0, IPV6_HEADER));
        fragment.resize(IPV6_HEADER + FRAGMENT_HEADER, 0);
        fragment[IPV6_HEADER] = packet[6];
        fragment[6] = NEXT_FRAGMENT;
        Put16(fragment, 4, FRAGMENT_HEADER + size);
        Put16(fragment, IPV6_HEADER + 2, at | (last ? 0 : 1));
        Put16(fragment, IPV6_HEADER + 4, identification >> 16);
        Put16(fragment, IPV6_HEADER + 6, identification & 0xffff);
        fragment.insert(fragment.end(), payload.Data() + at, payload.Data() + at + size);
        fragments.push_back(std::move(fragment));
    }
    return fragments;
}

} // namespace

bool
MayFragment(BytesView packet)
{
    return packet[0] >> 4 == 4 && ((packet[6] << 8 | packet[7]) & DONT_FRAGMENT) == 0;
}

std::vector<Bytes>
FragmentPacket(BytesView packet, std::size_t mtu, std::uint32_t identification)
{
    if (packet.Size() <= mtu)
    {
        return {Copy(packet)};
    }
    return packet[0] >> 4 == 4 ? FragmentIpv4(packet, mtu) : FragmentIpv6(packet, mtu, identification);
}

Bytes
WritePacketTooBig(const PacketMeta& meta, std::uint32_t mtu, BytesView packet)
{
    constexpr std::size_t fixed = 8;
    Writer writer;
    writer.U8(ICMPV6_PACKET_TOO_BIG).U8(0).U16(0).U32(mtu);
    writer.Append(packet.Sub(0, std::min(packet.Size(), LEAST_IPV6_MTU - IPV6_HEADER - fixed)));
    writer.PatchU16(2, UpperLayerChecksum(meta, writer.View()));
    return writer.Take();
}

} // namespace mcast
