// SPDX-License-Identifier: GPL-2.0-only
// Packets with IP options must be built by hand, since Ipv4Header writes none, and forwarding with thresholds goes past
// IpMulticastForward, which knows none. Both would be missing from the trace sources, which are private members; and what
// Ipv4L3Protocol offers as SendWithHeader is private in Ipv6L3Protocol. The language lets an explicit instantiation name a
// private member ([temp.spec]/6): that is how they are reached here, and only here.

#include "multicast-l3-access.h"

namespace ns3
{

namespace
{

template <class Tag, typename Tag::Type Member>
struct Expose
{
    friend typename Tag::Type Reach(Tag)
    {
        return Member;
    }
};

struct Ipv4TxTrace
{
    typedef TracedCallback<Ptr<const Packet>, Ptr<Ipv4>, uint32_t> Ipv4L3Protocol::*Type;
    friend Type Reach(Ipv4TxTrace);
};

struct Ipv4MulticastForwardTrace
{
    typedef TracedCallback<const Ipv4Header&, Ptr<const Packet>, uint32_t> Ipv4L3Protocol::*Type;
    friend Type Reach(Ipv4MulticastForwardTrace);
};

struct Ipv6TxTrace
{
    typedef TracedCallback<Ptr<const Packet>, Ptr<Ipv6>, uint32_t> Ipv6L3Protocol::*Type;
    friend Type Reach(Ipv6TxTrace);
};

struct Ipv6SendRealOut
{
    typedef void (Ipv6L3Protocol::*Type)(Ptr<Ipv6Route>, Ptr<Packet>, const Ipv6Header&);
    friend Type Reach(Ipv6SendRealOut);
};

struct Ipv4LocalDeliver
{
    typedef void (Ipv4L3Protocol::*Type)(Ptr<const Packet>, const Ipv4Header&, uint32_t);
    friend Type Reach(Ipv4LocalDeliver);
};

struct Ipv6LocalDeliver
{
    typedef void (Ipv6L3Protocol::*Type)(Ptr<const Packet>, const Ipv6Header&, uint32_t);
    friend Type Reach(Ipv6LocalDeliver);
};

template struct Expose<Ipv4LocalDeliver, &Ipv4L3Protocol::LocalDeliver>;
template struct Expose<Ipv6LocalDeliver, &Ipv6L3Protocol::LocalDeliver>;
template struct Expose<Ipv4TxTrace, &Ipv4L3Protocol::m_txTrace>;
template struct Expose<Ipv4MulticastForwardTrace, &Ipv4L3Protocol::m_multicastForwardTrace>;
template struct Expose<Ipv6TxTrace, &Ipv6L3Protocol::m_txTrace>;
template struct Expose<Ipv6SendRealOut, &Ipv6L3Protocol::SendRealOut>;

template <class Trace, class L3Protocol, class Header>
void
FireTxBy(Trace which, const Ptr<L3Protocol>& l3, const Header& header, const Ptr<Packet>& payload, uint32_t interface)
{
    const auto& trace = (*l3).*Reach(which);
    if (!trace.IsEmpty())
    {
        const auto whole = payload->Copy();
        whole->AddHeader(header);
        trace(whole, l3, interface);
    }
}

} // namespace

void
FireIpv4Tx(Ptr<Ipv4L3Protocol> ipv4, Ptr<const Packet> packet, uint32_t interface)
{
    ((*ipv4).*Reach(Ipv4TxTrace()))(packet, ipv4, interface);
}

void
FireTx(const Ptr<Ipv4L3Protocol>& ipv4, const Ipv4Header& header, const Ptr<Packet>& payload, uint32_t interface)
{
    FireTxBy(Ipv4TxTrace(), ipv4, header, payload, interface);
}

void
FireTx(const Ptr<Ipv6L3Protocol>& ipv6, const Ipv6Header& header, const Ptr<Packet>& payload, uint32_t interface)
{
    FireTxBy(Ipv6TxTrace(), ipv6, header, payload, interface);
}

void
FireMulticastForward(Ipv4L3Protocol& ipv4, const Ipv4Header& header, const Ptr<Packet>& payload, uint32_t interface)
{
    const auto& trace = ipv4.*Reach(Ipv4MulticastForwardTrace());
    if (!trace.IsEmpty())
    {
        trace(header, payload, interface);
    }
}

Ipv4RoutingProtocol::LocalDeliverCallback
LocalDeliverOf(const Ptr<Ipv4L3Protocol>& ipv4)
{
    return MakeCallback(Reach(Ipv4LocalDeliver()), PeekPointer(ipv4));
}

Ipv6RoutingProtocol::LocalDeliverCallback
LocalDeliverOf(const Ptr<Ipv6L3Protocol>& ipv6)
{
    return MakeCallback(Reach(Ipv6LocalDeliver()), PeekPointer(ipv6));
}

void
SendWithHeader(Ipv4L3Protocol& ipv4, const Ptr<Packet>& payload, const Ipv4Header& header, const Ptr<Ipv4Route>& route)
{
    ipv4.SendWithHeader(payload, header, route);
}

void
SendWithHeader(Ipv6L3Protocol& ipv6, const Ptr<Packet>& payload, const Ipv6Header& header, const Ptr<Ipv6Route>& route)
{
    (ipv6.*Reach(Ipv6SendRealOut()))(route, payload, header);
}

} // namespace ns3
