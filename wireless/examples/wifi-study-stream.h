// SPDX-License-Identifier: GPL-2.0-only
// The frames of a study's stream, as an access point that snoops expects them: numbered IPv4 packets to a group.

#ifndef WIFI_STUDY_STREAM_H
#define WIFI_STUDY_STREAM_H

#include "ns3/mac48-address.h"
#include "ns3/packet.h"
#include "ns3/ptr.h"

#include <cstdint>

constexpr uint16_t STREAM_PROTOCOL = 0x0800; // IPv4
const ns3::Mac48Address STREAM_GROUP("01:00:5e:01:02:03");
const ns3::Mac48Address REPORT_GROUP("01:00:5e:00:00:16");

/// \param octets from 40 on
ns3::Ptr<ns3::Packet> NumberedFrame(uint32_t number, uint32_t octets);
/// \param frame from NumberedFrame
uint32_t NumberOf(ns3::Ptr<const ns3::Packet> frame);
/// What a station joins the group with, once: the membership lasts for 260 s. To REPORT_GROUP.
ns3::Ptr<ns3::Packet> JoinReport(uint32_t station);

#endif // WIFI_STUDY_STREAM_H
