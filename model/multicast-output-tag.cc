// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-output-tag.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MulticastOutputTag);

TypeId
MulticastOutputTag::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MulticastOutputTag")
                            .SetParent<Tag>()
                            .SetGroupName("Multicast")
                            .AddConstructor<MulticastOutputTag>();
    return tid;
}

MulticastOutputTag::MulticastOutputTag(uint32_t interface)
    : m_interface(interface)
{
}

TypeId
MulticastOutputTag::GetInstanceTypeId() const
{
    return GetTypeId();
}

uint32_t
MulticastOutputTag::GetSerializedSize() const
{
    return sizeof(m_interface);
}

void
MulticastOutputTag::Serialize(TagBuffer buffer) const
{
    buffer.WriteU32(m_interface);
}

void
MulticastOutputTag::Deserialize(TagBuffer buffer)
{
    m_interface = buffer.ReadU32();
}

void
MulticastOutputTag::Print(std::ostream& os) const
{
    os << "interface=" << m_interface;
}

uint32_t
MulticastOutputTag::GetInterface() const
{
    return m_interface;
}

} // namespace ns3
