// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-tag.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(WifiPowerTag);
NS_OBJECT_ENSURE_REGISTERED(WifiMethodTag);

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

TypeId
WifiMethodTag::GetTypeId()
{
    static const TypeId tid = TypeId("ns3::multicast::WifiMethodTag")
                                  .SetParent<Tag>()
                                  .SetGroupName("Multicast")
                                  .AddConstructor<WifiMethodTag>();
    return tid;
}

TypeId
WifiMethodTag::GetInstanceTypeId() const
{
    return GetTypeId();
}

uint32_t
WifiMethodTag::GetSerializedSize() const
{
    return 1;
}

void
WifiMethodTag::Serialize(TagBuffer buffer) const
{
    buffer.WriteU8(method);
}

void
WifiMethodTag::Deserialize(TagBuffer buffer)
{
    method = buffer.ReadU8();
}

void
WifiMethodTag::Print(std::ostream& os) const
{
    os << "method=" << +method;
}

} // namespace ns3
