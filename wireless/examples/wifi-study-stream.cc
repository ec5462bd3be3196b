// SPDX-License-Identifier: GPL-2.0-only

#include "wifi-study-stream.h"

#include "../../model/core/wire/igmp.h"
#include "../../model/core/wire/ip.h"

using namespace ns3;

namespace
{

const auto GROUP = mcast::Address::Ipv4(239, 1, 2, 3);
const uint32_t IP_HEADER = 20;
const uint8_t PROTOCOL_UDP = 17;

Ptr<Packet>
Make(const mcast::Bytes& octets)
{
    return Create<Packet>(octets.data(), static_cast<uint32_t>(octets.size()));
}

} // namespace

Ptr<Packet>
NumberedFrame(uint32_t number, uint32_t octets)
{
    mcast::PacketMeta meta;
    meta.source = mcast::Address::Ipv4(10, 0, 0, 1);
    meta.destination = GROUP;
    meta.protocol = PROTOCOL_UDP;
    meta.ttl = 8;
    auto frame = mcast::WriteIp(meta, mcast::Bytes(octets - IP_HEADER));
    for (unsigned i = 0; i < 4; ++i)
    {
        frame[frame.size() - 4 + i] = static_cast<uint8_t>(number >> 8 * i);
    }
    return Make(frame);
}

uint32_t
NumberOf(Ptr<const Packet> frame)
{
    mcast::Bytes octets(frame->GetSize());
    frame->CopyData(octets.data(), frame->GetSize());
    uint32_t number = 0;
    for (unsigned i = 0; i < 4; ++i)
    {
        number |= static_cast<uint32_t>(octets[octets.size() - 4 + i]) << 8 * i;
    }
    return number;
}

Ptr<Packet>
JoinReport(uint32_t station)
{
    mcast::PacketMeta meta;
    meta.source = mcast::Address::Ipv4(10, 0, 1, static_cast<uint8_t>(station + 1));
    meta.destination = mcast::Address::Ipv4(224, 0, 0, 22);
    meta.protocol = mcast::PROTOCOL_IGMP;
    meta.ttl = 1;
    meta.routerAlert = true;
    return Make(mcast::WriteIp(meta, mcast::WriteIgmp(mcast::Report{{{mcast::RecordType::ToEx, GROUP, {}}}})));
}
