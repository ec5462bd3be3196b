// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-stack.h"

#include "multicast-convert.h"
#include "multicast-ipv6-routing.h"
#include "multicast-routing.h"

#include "ns3/node.h"

#include <algorithm>
#include <utility>

namespace ns3
{

template <class Ip>
MulticastStackOf<Ip>::MulticastStackOf(MulticastNode& node, Ptr<L3Protocol> l3, typename Ip::Routing& routing)
    : m_l3(l3),
      m_routing(&routing),
      m_forwarder(std::make_shared<MulticastForwarder<Ip>>(node, routing, l3)),
      m_rpf(std::make_unique<MulticastRpf<Ip>>(l3, routing)),
      m_io(std::make_unique<MulticastMessageIo<Ip>>(l3))
{
    l3->TraceConnectWithoutContext("Rx", MakeCallback(&MulticastStackOf::OnRx, this));
}

template <class Ip>
mcast::Family
MulticastStackOf<Ip>::GetFamily() const
{
    return Ip::FAMILY;
}

template <class Ip>
Ptr<Node>
MulticastStackOf<Ip>::GetNode() const
{
    return m_l3->template GetObject<Node>();
}

template <class Ip>
void
MulticastStackOf<Ip>::Start(std::shared_ptr<MulticastEngine> engine)
{
    m_forwarder->Start(std::move(engine));
}

template <class Ip>
void
MulticastStackOf<Ip>::Stop()
{
    if (IsStopped())
    {
        return;
    }
    m_l3->TraceDisconnectWithoutContext("Rx", MakeCallback(&MulticastStackOf::OnRx, this));
    m_forwarder->Stop();
    m_forwarder.reset();
    m_rpf.reset();
    m_io.reset();
    m_l3 = nullptr;
    std::exchange(m_routing, nullptr)->Detach();
}

template <class Ip>
bool
MulticastStackOf<Ip>::IsStopped() const
{
    return !m_l3;
}

template <class Ip>
uint32_t
MulticastStackOf<Ip>::GetNInterfaces() const
{
    return m_l3->GetNInterfaces();
}

template <class Ip>
Ptr<NetDevice>
MulticastStackOf<Ip>::GetDevice(uint32_t interface) const
{
    return m_l3->GetNetDevice(interface);
}

template <class Ip>
bool
MulticastStackOf<Ip>::IsUp(uint32_t interface) const
{
    return m_l3->IsUp(interface);
}

template <class Ip>
std::vector<mcast::InterfaceAddress>
MulticastStackOf<Ip>::GetAddresses(uint32_t interface) const
{
    return Ip::GetAddresses(*m_l3, interface);
}

template <class Ip>
std::vector<mcast::Address>
MulticastStackOf<Ip>::GetSolicitedNodes(uint32_t interface) const
{
    return Ip::GetSolicitedNodes(*m_l3, interface);
}

template <class Ip>
std::optional<uint32_t>
MulticastStackOf<Ip>::GetDefaultInterface() const
{
    return m_forwarder->GetDefaultInterface();
}

template <class Ip>
void
MulticastStackOf<Ip>::AddInterface(uint32_t interface)
{
    m_forwarder->AddInterface(interface);
}

template <class Ip>
void
MulticastStackOf<Ip>::Insert(Ptr<IpL4Protocol> protocol)
{
    m_l3->Insert(protocol);
}

template <class Ip>
Ptr<IpL4Protocol>
MulticastStackOf<Ip>::GetProtocol(int number) const
{
    return m_l3->GetProtocol(number);
}

template <class Ip>
std::optional<mcast::RouteTable::Result>
MulticastStackOf<Ip>::Lookup(const mcast::Address& destination) const
{
    return m_rpf->Lookup(destination);
}

template <class Ip>
bool
MulticastStackOf<Ip>::Send(const mcast::Transmit& packet)
{
    if (packet.interface == mcast::BY_ROUTING)
    {
        return SendByRouting(packet);
    }
    m_io->Send(packet, FromCore(packet.interface));
    return true;
}

// Of a Register, with the very packet that it holds.
template <class Ip>
bool
MulticastStackOf<Ip>::SendByRouting(const mcast::Transmit& packet)
{
    const auto inner = MulticastMessageIo<Ip>::InnerOf(packet);
    const auto whole = inner.Size() == 0 ? nullptr : m_forwarder->TakeRegistered(inner);
    const auto payload = MulticastMessageIo<Ip>::MakePayload(packet, whole);
    const auto route =
        m_routing->LookupUnicast(Ip::FromCore(packet.meta.destination), payload, Ip::FromCore(packet.meta.source));
    if (!route)
    {
        return false;
    }
    m_io->SendByRoute(packet.meta, payload, route);
    return true;
}

template <class Ip>
void
MulticastStackOf<Ip>::InputDecapsulated(Ptr<Packet> whole)
{
    typename Ip::Header header;
    whole->RemoveHeader(header);
    whole->RemoveAtEnd(whole->GetSize() - std::min<uint32_t>(whole->GetSize(), Ip::GetPayloadSize(header)));
    m_forwarder->InputDecapsulated(whole, header);
}

template <class Ip>
void
MulticastStackOf<Ip>::SetTakesPim(bool takes)
{
    m_forwarder->SetTakesPim(takes);
}

template <class Ip>
void
MulticastStackOf<Ip>::ForgetRegistered()
{
    m_forwarder->ForgetRegistered();
}

template <class Ip>
std::unique_ptr<Header>
MulticastStackOf<Ip>::MakeHeader(const mcast::Transmit& packet) const
{
    return std::make_unique<typename Ip::Header>(
        Ip::MakeHeader(packet.meta, static_cast<uint32_t>(packet.payload.size())));
}

template <class Ip>
void
MulticastStackOf<Ip>::ChangeForwarding(const mcast::ForwardingChange& change)
{
    m_forwarder->ChangeForwarding(change);
}

template <class Ip>
const mcast::Mfc&
MulticastStackOf<Ip>::GetCache() const
{
    return m_forwarder->GetCache();
}

template <class Ip>
void
MulticastStackOf<Ip>::SetListening(bool listening)
{
    m_forwarder->SetListening(listening);
}

template <class Ip>
void
MulticastStackOf<Ip>::OnRx(Ptr<const Packet> packet, Ptr<typename Ip::Base>, uint32_t)
{
    m_io->OnRx(packet);
}

template <class Ip>
typename MulticastStackOf<Ip>::Message
MulticastStackOf<Ip>::Read(const Packet& payload, const typename Ip::Header& header,
                           const typename Ip::Interface& interface, uint8_t protocol) const
{
    const auto index = static_cast<uint32_t>(m_l3->GetInterfaceForDevice(interface.GetDevice()));
    return {ToCoreInterface(Ip::FAMILY, index), m_io->ReadMeta(header, protocol),
            MulticastMessageIo<Ip>::ReadPayload(payload), m_io->IsLengthTrue()};
}

template class MulticastStackOf<MulticastIpv4>;
template class MulticastStackOf<MulticastIpv6>;

} // namespace ns3
