// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-tag.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(WifiPowerTag);

TypeId
WifiPowerTag::GetTypeId()
{
    static const TypeId tid = TypeId("ns3::multicast::WifiPowerTag")
                                  .SetParent<Tag>()
                                  .SetGroupName("Multicast")
                                  .AddConstructor<WifiPowerTag>();
    return tid;
}

TypeId
WifiPowerTag::GetInstanceTypeId() const
{
    return GetTypeId();
}

uint32_t
WifiPowerTag::GetSerializedSize() const
{
    return 3;
}

void
WifiPowerTag::Serialize(TagBuffer buffer) const
{
    buffer.WriteU8(powerManagement ? 1 : 0);
    buffer.WriteU16(pollAid);
}

void
WifiPowerTag::Deserialize(TagBuffer buffer)
{
    powerManagement = buffer.ReadU8() != 0;
    pollAid = buffer.ReadU16();
}

void
WifiPowerTag::Print(std::ostream& os) const
{
    os << "pm=" << powerManagement << " poll=" << pollAid;
}

} // namespace ns3
