// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-routing-base.h"

#include "multicast-convert.h"
#include "multicast-forwarder.h"
#include "multicast-ipv6-routing.h"
#include "multicast-node-impl.h"
#include "multicast-node.h"
#include "multicast-routing.h"

#include "ns3/log.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastRoutingBase");

template <class Types>
MulticastRoutingBase<Types>::MulticastRoutingBase()
{
    NS_LOG_FUNCTION(this);
}

template <class Types>
MulticastRoutingBase<Types>::~MulticastRoutingBase()
{
    NS_LOG_FUNCTION(this);
}

template <class Types>
void
MulticastRoutingBase<Types>::DoDispose()
{
    NS_LOG_FUNCTION(this);
    if (m_node)
    {
        m_node->m_impl->Stop();
    }
    Detach();
    List::DoDispose();
}

template <class Types>
void
MulticastRoutingBase<Types>::Detach()
{
    m_forwarder.reset();
    m_node = nullptr;
}

template <class Types>
void
MulticastRoutingBase<Types>::SetMulticastNode(Ptr<MulticastNode> node)
{
    NS_LOG_FUNCTION(this << node);
    m_node = node;
}

template <class Types>
void
MulticastRoutingBase<Types>::Attach(Ptr<typename Types::L3Protocol> l3)
{
    NS_LOG_FUNCTION(this << l3);
    NS_ABORT_MSG_UNLESS(m_node, this->GetInstanceTypeId()
                                    << " without a MulticastNode: install it with MulticastHelper");
    NS_ABORT_MSG_UNLESS(l3, this->GetInstanceTypeId() << " needs the IP of class Ipv4L3Protocol or Ipv6L3Protocol");
    typedef typename Types::Ip Ip;
    m_forwarder = m_node->m_impl->template Attach<Ip>(l3, static_cast<typename Ip::Routing&>(*this));
}

template <class Types>
Ptr<typename Types::Route>
MulticastRoutingBase<Types>::LookupUnicast(Address destination)
{
    NS_LOG_FUNCTION(this << destination);
    Header header;
    header.SetSource(Address::GetAny());
    header.SetDestination(destination);
    Socket::SocketErrno ignored;
    return List::RouteOutput(nullptr, header, nullptr, ignored);
}

template <class Types>
Ptr<typename Types::Route>
MulticastRoutingBase<Types>::RouteOutput(Ptr<Packet> p, const Header& header, Ptr<NetDevice> oif,
                                         Socket::SocketErrno& sockerr)
{
    NS_LOG_FUNCTION(this << p << header.GetDestination() << oif);
    if (!header.GetDestination().IsMulticast())
    {
        return List::RouteOutput(p, header, oif, sockerr);
    }
    const auto route = m_forwarder ? m_forwarder->Output(p, header, oif) : nullptr;
    sockerr = route ? Socket::ERROR_NOTERROR : Socket::ERROR_NOROUTETOHOST;
    return route;
}

template <class Types>
bool
MulticastRoutingBase<Types>::RouteInput(Ptr<const Packet> p, const Header& header, Ptr<const NetDevice> idev,
                                        RouteInputParameter<3> ucb, RouteInputParameter<4> mcb,
                                        RouteInputParameter<5> lcb, RouteInputParameter<6> ecb)
{
    NS_LOG_FUNCTION(this << p << header << idev);
    if (!header.GetDestination().IsMulticast())
    {
        return List::RouteInput(p, header, idev, ucb, mcb, lcb, ecb);
    }
    if (m_forwarder)
    {
        m_forwarder->Input(p, header, idev, lcb);
    }
    return true;
}

template <class Types>
void
MulticastRoutingBase<Types>::NotifyInterfaceUp(uint32_t interface)
{
    List::NotifyInterfaceUp(interface);
    Update(interface);
}

template <class Types>
void
MulticastRoutingBase<Types>::NotifyInterfaceDown(uint32_t interface)
{
    List::NotifyInterfaceDown(interface);
    Update(interface);
}

template <class Types>
void
MulticastRoutingBase<Types>::NotifyAddAddress(uint32_t interface, InterfaceAddress address)
{
    List::NotifyAddAddress(interface, address);
    Update(interface);
}

template <class Types>
void
MulticastRoutingBase<Types>::NotifyRemoveAddress(uint32_t interface, InterfaceAddress address)
{
    List::NotifyRemoveAddress(interface, address);
    Update(interface);
}

template <class Types>
void
MulticastRoutingBase<Types>::Update(uint32_t interface)
{
    if (m_node)
    {
        m_node->UpdateInterface(FromCore(Types::Ip::FAMILY), interface);
    }
}

template <class Types>
void
MulticastRoutingBase<Types>::PrintRoutingTable(Ptr<OutputStreamWrapper> stream, Time::Unit unit) const
{
    List::PrintRoutingTable(stream, unit);
    if (m_node)
    {
        m_node->Print(*stream->GetStream());
    }
}

template class MulticastRoutingBase<MulticastIpv4Routes>;
template class MulticastRoutingBase<MulticastIpv6Routes>;

} // namespace ns3
