// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-pim-dense-network.h"

#include "ns3/callback.h"
#include "ns3/ethernet-header.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/multicast-pim-l4-protocol.h"
#include "ns3/node.h"
#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

namespace
{

const uint8_t GRAFT = 6;

} // namespace

MulticastPim::Tree
DenseTree(const PimNetwork& network, uint32_t router, const Address& group)
{
    for (const auto& tree : network.Pim(router)->GetTrees(group))
    {
        if (tree.kind == MulticastPim::Tree::DENSE)
        {
            return tree;
        }
    }
    return MulticastPim::Tree();
}

MulticastPim::TreeInterface
On(const MulticastPim::Tree& tree, uint32_t interface)
{
    for (const auto& one : tree.interfaces)
    {
        if (one.interface == interface)
        {
            return one;
        }
    }
    return MulticastPim::TreeInterface();
}

std::size_t
Forwarded(const TraceLog& log, uint32_t interface, double from, double to)
{
    return static_cast<std::size_t>(std::count_if(log.forwarded.begin(), log.forwarded.end(), [&](const auto& one) {
        return one.interface == interface && one.at >= Seconds(from) && one.at < Seconds(to);
    }));
}

std::optional<Mac48Address>
DestinationOfGraft(Ptr<const Packet> frame)
{
    const auto packet = frame->Copy();
    EthernetHeader ethernet(false);
    packet->RemoveHeader(ethernet);
    uint8_t protocol = 0;
    if (ethernet.GetLengthType() == Ipv4L3Protocol::PROT_NUMBER)
    {
        Ipv4Header header;
        packet->RemoveHeader(header);
        protocol = header.GetProtocol();
    }
    else if (ethernet.GetLengthType() == Ipv6L3Protocol::PROT_NUMBER)
    {
        Ipv6Header header;
        packet->RemoveHeader(header);
        protocol = header.GetNextHeader();
    }
    uint8_t type = 0;
    packet->CopyData(&type, 1);
    const bool isGraft = protocol == PimL4Protocol::PROT_NUMBER && (type & 0xf) == GRAFT;
    return isGraft ? std::optional(ethernet.GetDestination()) : std::nullopt;
}

bool
GraftLoss::DoCorrupt(Ptr<Packet> frame)
{
    const bool lost = !m_done && DestinationOfGraft(frame).has_value();
    m_done = m_done || lost;
    return lost;
}

void
GraftLoss::DoReset()
{
    m_done = false;
}

DenseLog::DenseLog(Ptr<MulticastPim> pim)
{
    pim->TraceConnectWithoutContext("Message", MakeCallback(&DenseLog::OnMessage, this));
    pim->TraceConnectWithoutContext("Change", MakeCallback(&DenseLog::OnChange, this));
}

std::size_t
DenseLog::Count(const std::string& name, bool sent, double from, double to) const
{
    return static_cast<std::size_t>(std::count_if(messages.begin(), messages.end(), [&](const Message& one) {
        return one.name == name && one.sent == sent && one.at >= Seconds(from) && one.at < Seconds(to);
    }));
}

std::vector<uint32_t>
DenseLog::ValuesOf(const std::string& what) const
{
    std::vector<uint32_t> values;
    for (const auto& change : changes)
    {
        if (change.what == what)
        {
            values.push_back(change.value);
        }
    }
    return values;
}

void
DenseLog::OnMessage(const std::string& message, bool sent, uint32_t interface)
{
    messages.push_back({Simulator::Now(), message, sent, interface});
}

void
DenseLog::OnChange(const std::string& what, uint32_t interface, const Address& source, const Address& group,
                   uint32_t value)
{
    changes.push_back({what, interface, source, group, value});
}

Diamond::Diamond(MulticastNode::Family which, UnicastRouting routing)
    : PimNetwork(which, 4, 3, routing)
{
    AddLan({Router(0), Host(0)});
    AddLan({Router(0), Router(1)});
    AddLan({Router(0), Router(2)});
    AddLan({Router(1), Router(3)});
    AddLan({Router(2), Router(3)});
    AddLan({Router(3), Host(1)});
    AddLan({Router(2), Host(2)});
    PopulateRoutes();
}

void
Diamond::InstallDense(PimHelper helper)
{
    helper.SetMode("dense");
    InstallPim(helper);
}

} // namespace ns3
