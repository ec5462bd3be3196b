// SPDX-License-Identifier: GPL-2.0-only

#include "datagram.h"

#include "wire/checksum.h"

namespace mcast
{

namespace
{

constexpr std::size_t HEADER_SIZE = 8;

// The checksum covers addresses, protocol and length besides the datagram itself (RFC 768, RFC 8200 8.1): the sum of
// this pseudo header is where the sum over the octets starts.
std::uint32_t
PseudoHeaderSum(const PacketMeta& meta, std::size_t length)
{
    Writer writer;
    writer.WriteAddress(meta.source).WriteAddress(meta.destination);
    writer.U32(static_cast<std::uint32_t>(length)).U32(PROTOCOL_UDP);
    return static_cast<std::uint16_t>(~InternetChecksum(writer.View()));
}

} // namespace

std::optional<Datagram>
ParseDatagram(const PacketMeta& meta, BytesView octets)
{
    Reader reader(octets);
    Datagram datagram;
    datagram.sourcePort = reader.U16();
    datagram.destinationPort = reader.U16();
    const std::size_t length = reader.U16();
    const auto checksum = reader.U16();
    if (!reader.Ok() || length < HEADER_SIZE || length > octets.Size())
    {
        return std::nullopt;
    }
    const auto whole = octets.Sub(0, length);
    const bool unchecked = checksum == 0 && meta.source.IsIpv4(); // IPv6 has no datagrams without (RFC 8200 8.1)
    if (!unchecked && InternetChecksum(whole, PseudoHeaderSum(meta, length)) != 0)
    {
        return std::nullopt;
    }
    datagram.payload = whole.Sub(HEADER_SIZE);
    return datagram;
}

Bytes
WriteDatagram(const PacketMeta& meta, const Datagram& datagram)
{
    Writer writer;
    const auto length = HEADER_SIZE + datagram.payload.Size();
    writer.U16(datagram.sourcePort).U16(datagram.destinationPort);
    writer.U16(static_cast<std::uint16_t>(length)).U16(0).Append(datagram.payload);
    const auto checksum = InternetChecksum(writer.View(), PseudoHeaderSum(meta, length));
    writer.PatchU16(6, checksum == 0 ? 0xffff : checksum); // zero on the wire would say that there is none
    return writer.Take();
}

} // namespace mcast
