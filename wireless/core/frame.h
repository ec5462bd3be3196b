// SPDX-License-Identifier: GPL-2.0-only
// The MAC header of data, PS-Poll and management frames: the fields that group delivery needs.      IEEE 802.11-2020 9.2.3, 9.3
//
//   2        2         6         6         6         2        2 if QoS Data
//  +--------+---------+---------+---------+---------+--------+-----+
//  | Frame  | Dur/ID  | Addr 1  | Addr 2  | Addr 3  | Seq    | QoS |  body ...
//  +--------+---------+---------+---------+---------+--------+-----+
//  Frame Control, first octet   b0-1 version  b2-3 type  b4-7 subtype
//                 second octet  b0 To DS  b1 From DS  b2 More Fragments  b3 Retry  b4 Power Management  b5 More Data
//                               b6 Protected  b7 +HTC

#ifndef MCAST_WIFI_FRAME_H
#define MCAST_WIFI_FRAME_H

#include "../../model/core/base/bytes.h"
#include "../../model/core/base/expected.h"
#include "ids.h"
#include "tim.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace mcast::wifi
{

enum class FrameType : std::uint8_t
{
    Management = 0,
    Control = 1,
    Data = 2,
};

// Subtypes (table 9-1).
inline constexpr std::uint8_t SUBTYPE_BEACON = 8;
inline constexpr std::uint8_t SUBTYPE_ACTION = 13;
inline constexpr std::uint8_t SUBTYPE_BLOCK_ACK_REQUEST = 8;
inline constexpr std::uint8_t SUBTYPE_BLOCK_ACK = 9;
inline constexpr std::uint8_t SUBTYPE_PS_POLL = 10;
inline constexpr std::uint8_t SUBTYPE_ACK = 13;
inline constexpr std::uint8_t SUBTYPE_DATA = 0;
inline constexpr std::uint8_t SUBTYPE_NULL = 4;
inline constexpr std::uint8_t SUBTYPE_QOS_DATA = 8;
inline constexpr std::uint8_t SUBTYPE_QOS_NULL = 12;

/// Frames with three addresses and a sequence number; control frames have what they have of these.
struct FrameHeader
{
    FrameType type = FrameType::Data;
    std::uint8_t subtype = SUBTYPE_DATA;
    bool toDs = false;
    bool fromDs = false;
    bool moreFragments = false;
    bool retry = false;
    bool powerManagement = false;
    bool moreData = false;
    bool isProtected = false;
    std::uint16_t durationId = 0; ///< us; of a PS-Poll the AID with the two top bits set
    MacAddress address1{};        ///< receiver
    MacAddress address2{};        ///< transmitter
    MacAddress address3{};
    std::uint16_t sequence = 0; ///< 0 to 4095
    std::uint8_t fragment = 0;
    std::uint8_t tid = 0; ///< of QoS Data
    bool amsdu = false;   ///< the body is an A-MSDU
    bool endOfServicePeriod = false;
    bool noAck = false;    ///< Ack Policy No Ack
    bool blockAck = false; ///< Ack Policy Block Ack: who received it tells when asked

    bool IsQosData() const
    {
        return type == FrameType::Data && (subtype & 8) != 0;
    }

    bool IsBeacon() const
    {
        return type == FrameType::Management && subtype == SUBTYPE_BEACON;
    }

    std::size_t Size() const;
};

struct ParsedFrame
{
    FrameHeader header;
    std::size_t bodyOffset = 0;
};

/// \param frame an MPDU without FCS. \return none for types and lengths that it can't be (four addresses, +HTC included)
std::optional<ParsedFrame> ParseFrame(BytesView frame);
Bytes WriteFrame(const FrameHeader& header, BytesView body = {});

/// Sets or clears More Data in a whole frame of at least 2 octets, where it stands.
void SetMoreData(Bytes& frame, bool moreData);
/// The same for Retry.
void SetRetry(Bytes& frame, bool retry = true);
/// The same for Power Management.
void SetPowerManagement(Bytes& frame, bool powerManagement);

/// One MSDU as it goes over a distribution system.
struct Msdu
{
    MacAddress destination{};
    MacAddress source{};
    Bytes body; ///< with the LLC/SNAP header
};

/// An MSDU to the stations of a BSS: From DS; A1 = receiver, A2 = BSSID, A3 = source.
FrameHeader FromDs(const MacAddress& receiver, const MacAddress& bssid, const MacAddress& source, bool qos);

/// An A-MSDU subframe (9.3.2.2.2): destination, source, length, MSDU; without padding, as the last one.
Bytes AmsduSubframe(const Msdu& msdu);
/// The subframes of an A-MSDU; none if a length goes past the end.
std::optional<std::vector<Msdu>> ParseAmsdu(BytesView body);

/// The copy of a group MSDU for one member. Payload form: its address takes the group's place (mac80211). A-MSDU form (DMS,
/// 11.21.16.2): Address 1 is the member, the group stays inside; QoS Data.
enum class CopyForm : std::uint8_t
{
    Payload,
    Amsdu,
};

struct UnicastCopy
{
    FrameHeader header;
    Bytes body;
};

UnicastCopy CopyFor(const MacAddress& member, const MacAddress& bssid, const Msdu& msdu, CopyForm form);

/// The group that a group frame is for: Address 1, or the destination inside, if that is concealed.
MacAddress GroupOf(const FrameHeader& header, BytesView body);

/// A GCR frame: Address 1 is the concealment address, the group stays inside an A-MSDU (11.21.16.3.5).
UnicastCopy Concealed(const MacAddress& bssid, const Msdu& msdu);

} // namespace mcast::wifi

#endif // MCAST_WIFI_FRAME_H
