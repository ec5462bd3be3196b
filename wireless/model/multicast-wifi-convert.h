// SPDX-License-Identifier: GPL-2.0-only
// Between ns-3's values and those of the wireless core. Private to the module: not installed.

#ifndef MULTICAST_WIFI_CONVERT_H
#define MULTICAST_WIFI_CONVERT_H

#include "../../model/core/base/bytes.h"
#include "../core/ids.h"

#include "ns3/mac48-address.h"
#include "ns3/packet.h"

namespace ns3
{

inline mcast::MacAddress
ToCore(Mac48Address address)
{
    mcast::MacAddress octets;
    address.CopyTo(octets.data());
    return octets;
}

inline Mac48Address
FromCore(const mcast::MacAddress& octets)
{
    Mac48Address address;
    address.CopyFrom(octets.data());
    return address;
}

inline mcast::Bytes
OctetsOf(Ptr<const Packet> packet)
{
    mcast::Bytes octets(packet->GetSize());
    packet->CopyData(octets.data(), static_cast<uint32_t>(octets.size()));
    return octets;
}

} // namespace ns3

#endif // MULTICAST_WIFI_CONVERT_H
