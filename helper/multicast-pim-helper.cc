// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-pim-helper.h"

#include "ns3/attribute.h"
#include "ns3/boolean.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-address.h"
#include "ns3/ipv6.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-node.h"
#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <ostream>

namespace ns3
{

namespace
{

Ptr<MulticastNode>
GetRouter(Ptr<Node> node)
{
    const auto multicast = MulticastHelper::GetMulticast(node);
    NS_ABORT_MSG_UNLESS(multicast->IsRouter(), "PimHelper: node " << node->GetId()
                                                                  << " is no router; use MulticastHelper::InstallRouters");
    return multicast;
}

void
RunOn(Ptr<MulticastNode> multicast, int32_t interface, MulticastNode::Family family)
{
    const auto found = interface < 0 ? nullptr : multicast->GetInterface(static_cast<uint32_t>(interface), family);
    if (found)
    {
        found->SetAttribute("Pim", BooleanValue(true));
    }
}

template <class Ip>
int32_t
FindInterface(Ptr<NetDevice> device)
{
    const auto ip = device->GetNode()->GetObject<Ip>();
    return ip ? ip->GetInterfaceForDevice(device) : -1;
}

void
PrintTrees(Ptr<Node> node, Ptr<OutputStreamWrapper> stream)
{
    auto& os = *stream->GetStream();
    os << "Node " << node->GetId() << " at " << Simulator::Now().GetSeconds() << " s\n";
    for (const auto family : {MulticastNode::IPV4, MulticastNode::IPV6})
    {
        PimHelper::GetPim(node, family)->Print(os);
    }
}

} // namespace

PimHelper::PimHelper() = default;

void
PimHelper::Set(const std::string& name, const AttributeValue& value)
{
    m_attributes[name] = value.Copy();
}

void
PimHelper::SetInterface(const std::string& name, const AttributeValue& value)
{
    m_interfaceAttributes[name] = value.Copy();
}

void
PimHelper::SetMode(const std::string& mode)
{
    SetInterface("PimMode", StringValue(mode));
}

void
PimHelper::AddDenseGroups(const std::string& groups)
{
    m_denseGroups.push_back(groups);
}

void
PimHelper::AddStaticRp(const Address& rp, const std::string& groups, bool overridesBsr)
{
    m_staticRps.push_back({rp, groups, overridesBsr});
}

void
PimHelper::Configure(Ptr<Node> node) const
{
    const auto multicast = GetRouter(node);
    for (const auto& [name, value] : m_interfaceAttributes)
    {
        multicast->SetInterfaceAttribute(name, *value);
    }
    for (const auto family : {MulticastNode::IPV4, MulticastNode::IPV6})
    {
        const auto pim = multicast->GetPim(family);
        for (const auto& [name, value] : m_attributes)
        {
            pim->SetAttribute(name, *value);
        }
        for (const auto& [rp, groups, overridesBsr] : m_staticRps)
        {
            if (Ipv6Address::IsMatchingType(rp) == (family == MulticastNode::IPV6))
            {
                pim->AddStaticRp(rp, groups, overridesBsr);
            }
        }
        for (const auto& groups : m_denseGroups)
        {
            const bool ipv6 = groups.find(':') != std::string::npos;
            if (groups.empty() || ipv6 == (family == MulticastNode::IPV6))
            {
                pim->AddDenseGroups(groups);
            }
        }
    }
}

void
PimHelper::Install(NodeContainer routers) const
{
    for (uint32_t i = 0; i < routers.GetN(); ++i)
    {
        Configure(routers.Get(i));
        for (const auto family : {MulticastNode::IPV4, MulticastNode::IPV6})
        {
            GetPim(routers.Get(i), family)->SetAttribute("AllInterfaces", BooleanValue(true));
        }
    }
}

void
PimHelper::Install(NetDeviceContainer devices) const
{
    NodeContainer configured;
    for (uint32_t i = 0; i < devices.GetN(); ++i)
    {
        const auto device = devices.Get(i);
        const auto node = device->GetNode();
        if (!configured.Contains(node->GetId()))
        {
            Configure(node);
            configured.Add(node);
        }
        const auto ipv4 = FindInterface<Ipv4>(device);
        const auto ipv6 = FindInterface<Ipv6>(device);
        NS_ABORT_MSG_IF(ipv4 < 0 && ipv6 < 0, "PimHelper: device " << device->GetIfIndex() << " of node "
                                                                   << node->GetId() << " has no address yet");
        RunOn(GetRouter(node), ipv4, MulticastNode::IPV4);
        RunOn(GetRouter(node), ipv6, MulticastNode::IPV6);
    }
}

Ptr<MulticastPim>
PimHelper::GetPim(Ptr<Node> router, Family family)
{
    return GetRouter(router)->GetPim(family);
}

void
PimHelper::SetCandidateBsr(NodeContainer routers, uint8_t priority, Family family)
{
    for (uint32_t i = 0; i < routers.GetN(); ++i)
    {
        GetPim(routers.Get(i), family)->SetCandidateBsr(priority);
    }
}

void
PimHelper::AddCandidateRp(NodeContainer routers, const std::vector<std::string>& groups, uint8_t priority,
                          Family family)
{
    for (uint32_t i = 0; i < routers.GetN(); ++i)
    {
        GetPim(routers.Get(i), family)->AddCandidateRp(groups, priority);
    }
}

void
PimHelper::PrintTreesAt(Time at, NodeContainer routers, Ptr<OutputStreamWrapper> stream)
{
    for (uint32_t i = 0; i < routers.GetN(); ++i)
    {
        Simulator::ScheduleWithContext(routers.Get(i)->GetId(), at - Simulator::Now(), &PrintTrees, routers.Get(i),
                                       stream);
    }
}

} // namespace ns3
