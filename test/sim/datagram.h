// SPDX-License-Identifier: GPL-2.0-only
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------------------------------+-------------------------------+
// |          Source Port          |       Destination Port        |
// +-------------------------------+-------------------------------+
// |            Length             |           Checksum            |
// +-------------------------------+-------------------------------+
//                                                       RFC 768
// What applications of a simulated node exchange. The protocol core knows no UDP: it decides by IP addresses alone.

#ifndef MCAST_TEST_SIM_DATAGRAM_H
#define MCAST_TEST_SIM_DATAGRAM_H

#include "base/bytes.h"
#include "wire/packet.h"

#include <cstdint>
#include <optional>

namespace mcast
{

inline constexpr std::uint8_t PROTOCOL_UDP = 17;

/// Where the applications of all simulated nodes listen, and where they send from.
inline constexpr std::uint16_t APPLICATION_PORT = 5001;

struct Datagram
{
    std::uint16_t sourcePort = APPLICATION_PORT;
    std::uint16_t destinationPort = APPLICATION_PORT;
    BytesView payload;
};

/// \return the datagram, or none if it is cut, lies about its length or has a wrong checksum
std::optional<Datagram> ParseDatagram(const PacketMeta& meta, BytesView octets);

Bytes WriteDatagram(const PacketMeta& meta, const Datagram& datagram);

} // namespace mcast

#endif // MCAST_TEST_SIM_DATAGRAM_H
