// SPDX-License-Identifier: GPL-2.0-only
// Control frames of acknowledged group delivery: the Ack, and GCR's BlockAckReq and BlockAck.
//                                                      IEEE 802.11-2020 9.3.1.4, 9.3.1.7.5, 9.3.1.8.6
//
//   BlockAckReq  | header 16 | BAR Control 2 | Starting Sequence Control 2 | GCR group 6 |
//   BlockAck     | header 16 | BA Control 2  | Starting Sequence Control 2 | GCR group 6 | bitmap 8 |
//   Control: b0 Ack policy  b1-4 type, 6 is GCR

#ifndef MCAST_WIFI_BLOCK_ACK_H
#define MCAST_WIFI_BLOCK_ACK_H

#include "frame.h"

#include <optional>

namespace mcast::wifi
{

/// Sequence numbers that a BlockAck tells about.
inline constexpr unsigned BLOCK_ACK_WINDOW = 64;

struct GcrRequest
{
    MacAddress receiver{};
    MacAddress transmitter{};
    MacAddress group{};
    std::uint16_t start = 0;    ///< 0 to 4095: what the bitmap begins at
    std::uint16_t duration = 0; ///< us
};

struct GcrAnswer
{
    MacAddress receiver{};
    MacAddress transmitter{};
    MacAddress group{};
    std::uint16_t start = 0;
    std::uint64_t bitmap = 0; ///< bit n: start + n was received
    std::uint16_t duration = 0;
};

/// Frames without FCS. Parsing gives none for other frames and other types of BlockAck.
Bytes WriteGcrRequest(const GcrRequest& request);
std::optional<GcrRequest> ParseGcrRequest(BytesView frame);
Bytes WriteGcrAnswer(const GcrAnswer& answer);
std::optional<GcrAnswer> ParseGcrAnswer(BytesView frame);
Bytes WriteAck(const MacAddress& receiver);

} // namespace mcast::wifi

#endif // MCAST_WIFI_BLOCK_ACK_H
