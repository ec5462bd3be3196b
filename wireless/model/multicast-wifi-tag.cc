// SPDX-License-Identifier: GPL-2.0-only

#include "../core/bss-format.h"
#include "multicast-wifi-tag.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(WifiPowerTag);
NS_OBJECT_ENSURE_REGISTERED(WifiMethodTag);
NS_OBJECT_ENSURE_REGISTERED(WifiStandInTag);
NS_OBJECT_ENSURE_REGISTERED(WifiCapabilityTag);

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

TypeId
WifiStandInTag::GetTypeId()
{
    static const TypeId tid = TypeId("ns3::multicast::WifiStandInTag")
                                  .SetParent<Tag>()
                                  .SetGroupName("Multicast")
                                  .AddConstructor<WifiStandInTag>();
    return tid;
}

TypeId
WifiStandInTag::GetInstanceTypeId() const
{
    return GetTypeId();
}

uint32_t
WifiStandInTag::GetSerializedSize() const
{
    return 2;
}

void
WifiStandInTag::Serialize(TagBuffer buffer) const
{
    buffer.WriteU8(kind);
    buffer.WriteU8(endOfServicePeriod ? 1 : 0);
}

void
WifiStandInTag::Deserialize(TagBuffer buffer)
{
    kind = buffer.ReadU8();
    endOfServicePeriod = buffer.ReadU8() != 0;
}

void
WifiStandInTag::Print(std::ostream& os) const
{
    os << "kind=" << +kind << " eosp=" << endOfServicePeriod;
}

TypeId
WifiCapabilityTag::GetTypeId()
{
    static const TypeId tid = TypeId("ns3::multicast::WifiCapabilityTag")
                                  .SetParent<Tag>()
                                  .SetGroupName("Multicast")
                                  .AddConstructor<WifiCapabilityTag>();
    return tid;
}

TypeId
WifiCapabilityTag::GetInstanceTypeId() const
{
    return GetTypeId();
}

uint32_t
WifiCapabilityTag::GetSerializedSize() const
{
    return 4;
}

void
WifiCapabilityTag::Serialize(TagBuffer buffer) const
{
    buffer.WriteU8((fms ? 1 : 0) | (dms ? 2 : 0) | (gcr ? 4 : 0) | (qos ? 8 : 0));
    buffer.WriteU8(qosInfo);
    buffer.WriteU16(listenInterval);
}

void
WifiCapabilityTag::Deserialize(TagBuffer buffer)
{
    const auto bits = buffer.ReadU8();
    fms = bits & 1;
    dms = bits & 2;
    gcr = bits & 4;
    qos = bits & 8;
    qosInfo = buffer.ReadU8();
    listenInterval = buffer.ReadU16();
}

void
WifiCapabilityTag::Print(std::ostream& os) const
{
    os << "fms=" << fms << " dms=" << dms << " gcr=" << gcr << " qos=" << qos << " info=" << +qosInfo
       << " listen=" << listenInterval;
}

mcast::Bytes
CapabilityElements(const WifiCapabilityTag& tag, mcast::BytesView own)
{
    auto bits = mcast::wifi::ExtendedCapabilities({tag.fms, tag.dms, tag.gcr, tag.gcr});
    const auto there = mcast::wifi::FindElement(own, mcast::wifi::ELEMENT_EXTENDED_CAPABILITIES);
    for (std::size_t i = 0; i < bits.size() && i + 2 < there.Size(); ++i)
    {
        bits[i] |= there[i + 2];
    }
    mcast::Writer elements;
    mcast::wifi::PutElement(elements, mcast::wifi::ELEMENT_EXTENDED_CAPABILITIES, bits);
    mcast::wifi::PutElement(elements, mcast::wifi::ELEMENT_VENDOR,
                            tag.qos ? mcast::wifi::WmmInformation(tag.qosInfo) : mcast::Bytes());
    return elements.Take();
}

} // namespace ns3
