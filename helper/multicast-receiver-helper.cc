// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-receiver-helper.h"

#include "ns3/boolean.h"
#include "ns3/multicast-receiver.h"
#include "ns3/node.h"
#include "ns3/uinteger.h"

namespace ns3
{

MulticastReceiverHelper::MulticastReceiverHelper(const Address& group, uint16_t port)
    : m_group(group)
{
    m_factory.SetTypeId(MulticastReceiver::GetTypeId());
    m_factory.Set("Port", UintegerValue(port));
}

void
MulticastReceiverHelper::SetAttribute(std::string name, const AttributeValue& value)
{
    m_factory.Set(name, value);
}

void
MulticastReceiverHelper::Include(const std::vector<Address>& sources)
{
    m_factory.Set("Include", BooleanValue(true));
    m_sources = sources;
}

void
MulticastReceiverHelper::Exclude(const std::vector<Address>& sources)
{
    m_factory.Set("Include", BooleanValue(false));
    m_sources = sources;
}

ApplicationContainer
MulticastReceiverHelper::Install(NodeContainer nodes) const
{
    ApplicationContainer applications;
    for (uint32_t i = 0; i < nodes.GetN(); ++i)
    {
        const auto receiver = m_factory.Create<MulticastReceiver>();
        receiver->SetGroup(m_group);
        if (!m_sources.empty())
        {
            receiver->SetSources(m_sources);
        }
        nodes.Get(i)->AddApplication(receiver);
        applications.Add(receiver);
    }
    return applications;
}

} // namespace ns3
