// SPDX-License-Identifier: GPL-2.0-only
// Packets with IP options must be built by hand, since Ipv4Header writes none, and forwarding with thresholds goes past
// IpMulticastForward, which knows none. Both would be missing from Ipv4L3Protocol's traces, which are private members.
// The language lets an explicit instantiation name a private member ([temp.spec]/6): that is how they are reached here,
// and only here.

#include "multicast-l3-traces.h"

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

struct TxTrace
{
    typedef TracedCallback<Ptr<const Packet>, Ptr<Ipv4>, uint32_t> Ipv4L3Protocol::*Type;
    friend Type Reach(TxTrace);
};

struct MulticastForwardTrace
{
    typedef TracedCallback<const Ipv4Header&, Ptr<const Packet>, uint32_t> Ipv4L3Protocol::*Type;
    friend Type Reach(MulticastForwardTrace);
};

template struct Expose<TxTrace, &Ipv4L3Protocol::m_txTrace>;
template struct Expose<MulticastForwardTrace, &Ipv4L3Protocol::m_multicastForwardTrace>;

} // namespace

void
FireIpv4Tx(Ptr<Ipv4L3Protocol> ipv4, Ptr<const Packet> packet, uint32_t interface)
{
    ((*ipv4).*Reach(TxTrace()))(packet, ipv4, interface);
}

void
FireIpv4MulticastForward(Ipv4L3Protocol& ipv4,
                         const Ipv4Header& header,
                         const Ptr<Packet>& payload,
                         uint32_t interface)
{
    const auto& trace = ipv4.*Reach(MulticastForwardTrace());
    if (!trace.IsEmpty())
    {
        trace(header, payload, interface);
    }
}

} // namespace ns3
