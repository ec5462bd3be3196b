// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-forwarder.h"

#include "multicast-convert.h"
#include "multicast-l3-access.h"
#include "multicast-output-tag.h"

#include "ns3/log.h"
#include "ns3/loopback-net-device.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastForwarder");

namespace
{

constexpr uint32_t NO_INTERFACE = 0xffffffff;
constexpr auto LIMITED_BROADCAST = mcast::Address::Ipv4(0xffffffff);

mcast::Bytes
OctetsOf(const Packet& packet)
{
    mcast::Bytes octets(packet.GetSize());
    packet.CopyData(octets.data(), packet.GetSize());
    return octets;
}

} // namespace

template <class Ip>
MulticastForwarder<Ip>::MulticastForwarder(MulticastNode& node, typename Ip::Routing& unicast,
                                           Ptr<typename Ip::L3Protocol> l3)
    : m_node(&node),
      m_l3(l3),
      m_output(std::make_unique<MulticastOutput<Ip>>(node, unicast, l3)),
      m_deliver(LocalDeliverOf(l3))
{
    for (uint32_t i = 0; i < l3->GetNInterfaces(); ++i)
    {
        AddInterface(i);
    }
}

template <class Ip>
void
MulticastForwarder<Ip>::Start(std::shared_ptr<MulticastEngine> engine)
{
    m_engine = std::move(engine);
    m_dropsDuplicates = Ip::DropsDuplicates(*m_l3);
}

template <class Ip>
void
MulticastForwarder<Ip>::Stop()
{
    m_expiry.Cancel();
    m_engine.reset();
    m_waiting.clear();
    m_registered.clear();
    m_deliver = LocalDeliverCallback();
    m_ways.clear();
    m_loopback = nullptr;
    m_l3 = nullptr;
    m_output.reset();
    m_node = nullptr;
}

template <class Ip>
void
MulticastForwarder<Ip>::AddInterface(uint32_t interface)
{
    const auto device = m_l3->GetNetDevice(interface);
    if (device->GetIfIndex() >= m_interfaceOfDevice.size())
    {
        m_interfaceOfDevice.resize(device->GetIfIndex() + 1, NO_INTERFACE);
    }
    m_interfaceOfDevice[device->GetIfIndex()] = interface;
    if (DynamicCast<LoopbackNetDevice>(device))
    {
        m_loopback = device;
    }
    if (interface >= m_ways.size())
    {
        m_ways.resize(interface + 1);
    }
    m_ways[interface] = MulticastWay<Ip>(m_l3, interface);
}

template <class Ip>
void
MulticastForwarder<Ip>::Input(const Ptr<const Packet>& packet, const Header& header, const Ptr<const NetDevice>& device,
                              const LocalDeliverCallback& deliver)
{
    if (!m_engine)
    {
        return;
    }
    const auto arrival = MakeArrival(packet, header, InterfaceOf(*device), deliver);
    if (device == m_loopback)
    {
        InputFromHere(arrival);
        return;
    }
    if (arrival.source.IsMulticast() || arrival.source == LIMITED_BROADCAST)
    {
        Drop(arrival, mcast::Reason::BadSource); // RFC 1112 7.2, RFC 4291 2.7
        return;
    }
    if (arrival.group.IsNodeScopeMulticast())
    {
        Drop(arrival, mcast::Reason::BadDestination); // RFC 4291 2.7: it must not have left its node
        return;
    }
    if (Ip::IsMembership(*packet, header) ||
        (m_takesPim && Ip::IsPim(header) && arrival.group.IsLinkScopeMulticast()))
    {
        deliver(packet, header, arrival.interface); // of IGMP and MLD to whatever group, and never any further
        return;
    }
    const bool delivered = DeliverLocally(arrival);
    if (MayForward(arrival))
    {
        Forward(arrival, delivered);
    }
    else if (!delivered && !Ip::DeliversItself(*m_l3, arrival.interface, header.GetDestination()))
    {
        Drop(arrival, WhyNotDelivered(arrival));
    }
}

template <class Ip>
bool
MulticastForwarder<Ip>::InputUnicast(const Ptr<const Packet>& packet, const Header& header,
                                     const Ptr<const NetDevice>& device, const LocalDeliverCallback& deliver)
{
    if (!m_takesPim || !Ip::IsPim(header) || m_l3->GetInterfaceForAddress(header.GetDestination()) < 0)
    {
        return false;
    }
    deliver(packet, header, InterfaceOf(*device));
    return true;
}

template <class Ip>
void
MulticastForwarder<Ip>::InputDecapsulated(const Ptr<const Packet>& packet, const Header& header)
{
    const auto arrival = MakeArrival(packet, header, REGISTER_INTERFACE, m_deliver);
    if (!arrival.group.IsMulticast())
    {
        Drop(arrival, mcast::Reason::BadDestination);
    }
    else if (arrival.source.IsMulticast() || arrival.source == LIMITED_BROADCAST || !MayForward(arrival))
    {
        Drop(arrival, mcast::Reason::BadSource);
    }
    else
    {
        Forward(arrival, false);
    }
}

template <class Ip>
typename MulticastForwarder<Ip>::Arrival
MulticastForwarder<Ip>::MakeArrival(const Ptr<const Packet>& packet, const Header& header, uint32_t interface,
                                    const LocalDeliverCallback& deliver)
{
    return {packet, header, interface, deliver, ToCore(header.GetSource()), ToCore(header.GetDestination())};
}

template <class Ip>
bool
MulticastForwarder<Ip>::IsWanted(const Arrival& arrival) const
{
    return (m_node->m_deliverLinkLocal && Ip::IsForRoutingProtocols(arrival.header.GetDestination())) ||
           ((m_listening || arrival.group.IsLinkScopeMulticast()) &&
            Accepts(arrival.interface, arrival.group, arrival.source));
}

template <class Ip>
bool
MulticastForwarder<Ip>::DeliverLocally(const Arrival& arrival)
{
    const bool wanted = IsWanted(arrival);
    if (wanted && !Ip::DeliversItself(*m_l3, arrival.interface, arrival.header.GetDestination()))
    {
        arrival.deliver(arrival.packet, arrival.header, arrival.interface);
    }
    return wanted;
}

// A packet of this node that Output has sent through the loopback device: it goes out where it was to go, and everywhere
// else where a packet that comes in there would go.
template <class Ip>
void
MulticastForwarder<Ip>::InputFromHere(const Arrival& arrival)
{
    MulticastOutputTag tag;
    const Ptr<Packet> packet = arrival.packet->Copy();
    if (!packet->RemovePacketTag(tag))
    {
        arrival.deliver(arrival.packet, arrival.header, arrival.interface); // somebody uses the loopback as such
        return;
    }
    const Ptr<const Packet> untagged = packet;
    const auto here = MakeArrival(untagged, arrival.header, tag.GetInterface(), arrival.deliver);
    const bool leaves = Ip::GetHops(here.header) > 0 && !here.group.IsNodeScopeMulticast();
    if (leaves)
    {
        m_ways[here.interface].Send(packet->Copy(), here.header);
    }
    const bool delivered = m_node->m_multicastLoop && Accepts(here.interface, here.group, here.source);
    if (delivered && !Ip::DeliversItself(*m_l3, arrival.interface, here.header.GetDestination()))
    {
        here.deliver(here.packet, here.header, here.interface);
    }
    if (MayForward(here))
    {
        Forward(here, delivered || leaves);
    }
}

// Link-local addresses mean nothing on another link (RFC 3927 2.7, RFC 4291 2.5.6), and the unspecified one nowhere.
template <class Ip>
bool
MulticastForwarder<Ip>::MayForward(const Arrival& arrival) const
{
    return m_engine->GetRouter() && !arrival.group.IsLinkScopeMulticast() && !arrival.source.IsLinkLocalUnicast() &&
           !arrival.source.IsUnspecified() && IsForwarding(arrival.interface);
}

template <class Ip>
bool
MulticastForwarder<Ip>::IsForwarding(uint32_t interface) const
{
    return interface == REGISTER_INTERFACE || m_l3->IsForwarding(interface);
}

template <class Ip>
void
MulticastForwarder<Ip>::Forward(const Arrival& arrival, bool delivered)
{
    const auto result = m_cache.Lookup(Now(), mcast::InterfaceId{arrival.interface}, arrival.source, arrival.group,
                                       arrival.packet->GetSize() + arrival.header.GetSerializedSize(), m_nextCookie);
    switch (result.outcome)
    {
    case mcast::Mfc::Outcome::Forward:
        Replicate(arrival, *result.entry, delivered);
        return;
    case mcast::Mfc::Outcome::NoCache:
        ForwardUnknown(arrival, result.upcall);
        return;
    case mcast::Mfc::Outcome::WrongInterface:
        if (result.upcall && ForwardAfterUpcall(arrival))
        {
            return;
        }
        Drop(arrival, mcast::Reason::WrongInterface);
        return;
    case mcast::Mfc::Outcome::QueueFull:
        Drop(arrival, mcast::Reason::QueueFull);
        return;
    }
}

// The packet waits. Most often the core answers the upcall at once, and it has gone before this returns.
template <class Ip>
void
MulticastForwarder<Ip>::ForwardUnknown(const Arrival& arrival, bool upcall)
{
    m_waiting.emplace(m_nextCookie++, Waiting{arrival.packet, arrival.header, arrival.interface, arrival.deliver});
    if (upcall)
    {
        Tell(mcast::Upcall::Kind::NoCache, arrival);
    }
    ArmExpiry();
}

// The way to the source may have changed, or its own tree has reached this router: then the entry may be another one by
// now. So not even the packet that ends the switchover to that tree is lost.
template <class Ip>
bool
MulticastForwarder<Ip>::ForwardAfterUpcall(const Arrival& arrival)
{
    Tell(mcast::Upcall::Kind::WrongInterface, arrival);
    const auto* entry = FindEntry(arrival);
    if (!entry || entry->incoming.value != arrival.interface)
    {
        return false;
    }
    Forward(arrival, false);
    return true;
}

template <class Ip>
const mcast::Mfc::Entry*
MulticastForwarder<Ip>::FindEntry(const Arrival& arrival) const
{
    const auto* entry = m_cache.Find(arrival.source, arrival.group);
    return entry ? entry : m_cache.Find(mcast::Address::Any(Ip::FAMILY), arrival.group);
}

template <class Ip>
void
MulticastForwarder<Ip>::Replicate(const Arrival& arrival, const mcast::Mfc::Entry& entry, bool delivered)
{
    // Traces and applications called below may change the entry: work on a copy of its list.
    auto outgoing = std::move(m_outgoing);
    outgoing.assign(entry.outgoing.begin(), entry.outgoing.end());
    const auto ends = [&arrival](const mcast::OutputInterface& out) {
        return Ip::GetHops(arrival.header) <= out.ttlThreshold;
    };
    const bool any = !outgoing.empty();
    outgoing.erase(std::remove_if(outgoing.begin(), outgoing.end(), ends), outgoing.end());
    if (!outgoing.empty())
    {
        const Header header = Ip::NextHop(arrival.header);
        for (const auto& out : outgoing)
        {
            out.interface.value == REGISTER_INTERFACE ? SendToRegister(arrival)
                                                      : Send(arrival, header, out.interface.value);
        }
        for (const auto& out : outgoing)
        {
            // A member on the outgoing side hears what is sent there, as Linux has it.
            if (m_listening && out.interface.value != REGISTER_INTERFACE &&
                Accepts(out.interface.value, arrival.group, arrival.source))
            {
                arrival.deliver(arrival.packet, header, out.interface.value);
            }
        }
    }
    else if (!delivered)
    {
        Drop(arrival, any ? mcast::Reason::TtlThreshold : mcast::Reason::NotMember);
    }
    m_outgoing = std::move(outgoing);
}

template <class Ip>
void
MulticastForwarder<Ip>::Send(const Arrival& arrival, const Header& header, uint32_t interface)
{
    const Ptr<Packet> copy = arrival.packet->Copy();
    if (!m_node->m_forwardTrace.IsEmpty())
    {
        m_node->m_forwardTrace(header, copy, interface);
    }
    m_ways[interface].Forward(copy, header);
}

// As it came in; PIM decrements its TTL, and the RP once more.
template <class Ip>
void
MulticastForwarder<Ip>::SendToRegister(const Arrival& arrival)
{
    const auto whole = arrival.packet->Copy();
    whole->AddHeader(Ip::Whole(arrival.header));
    m_registered.push_back(arrival.packet->Copy());
    Tell(mcast::Upcall::Kind::WholePacket, arrival, OctetsOf(*whole));
}

template <class Ip>
Ptr<Packet>
MulticastForwarder<Ip>::TakeRegistered(mcast::BytesView octets)
{
    const auto whole = Create<Packet>(octets.Data(), static_cast<uint32_t>(octets.Size()));
    Header header;
    whole->RemoveHeader(header);
    const auto found = std::find_if(m_registered.begin(), m_registered.end(), [&whole](const Ptr<Packet>& packet) {
        return OctetsOf(*packet) == OctetsOf(*whole);
    });
    if (found == m_registered.end())
    {
        return nullptr;
    }
    const auto packet = *found;
    m_registered.erase(found);
    packet->AddHeader(Ip::Whole(header));
    const auto made = OctetsOf(*packet);
    const bool isSame = made.size() == octets.Size() && std::equal(made.begin(), made.end(), octets.Data());
    return isSame ? packet : nullptr; // ns-3 writes no options
}

template <class Ip>
void
MulticastForwarder<Ip>::Tell(mcast::Upcall::Kind kind, const Arrival& arrival, mcast::BytesView whole)
{
    mcast::Upcall upcall;
    upcall.kind = kind;
    upcall.interface = ToCoreInterface(Ip::FAMILY, arrival.interface);
    upcall.source = arrival.source;
    upcall.group = arrival.group;
    upcall.packet = whole;
    upcall.ttl = Ip::GetHops(arrival.header);
    m_engine->Handle([&upcall](MulticastEngine& engine) { engine.GetRouter()->HandleUpcall(upcall); });
}

template <class Ip>
void
MulticastForwarder<Ip>::ChangeForwarding(const mcast::ForwardingChange& change)
{
    auto here = change;
    here.incoming.value = FromCore(change.incoming);
    for (auto& out : here.outgoing)
    {
        out.interface.value = FromCore(out.interface);
    }
    Resume(m_cache.Apply(here));
}

template <class Ip>
void
MulticastForwarder<Ip>::Resume(const std::vector<mcast::Mfc::Released>& packets)
{
    for (const auto& released : packets)
    {
        auto node = m_waiting.extract(released.cookie);
        if (node.empty())
        {
            continue;
        }
        const Waiting& waiting = node.mapped();
        const auto arrival = MakeArrival(waiting.packet, waiting.header, waiting.interface, waiting.deliver);
        if (released.drop)
        {
            Drop(arrival, mcast::Reason::NoRoute);
        }
        else
        {
            Forward(arrival, false);
        }
    }
}

template <class Ip>
void
MulticastForwarder<Ip>::ArmExpiry()
{
    const auto next = m_cache.NextExpiry();
    if (next != mcast::NEVER && m_expiry.IsExpired())
    {
        m_expiry =
            Simulator::Schedule(FromCoreRoundedUp(next) - Simulator::Now(), &MulticastForwarder<Ip>::Expire, this);
    }
}

template <class Ip>
void
MulticastForwarder<Ip>::Expire()
{
    Resume(m_cache.Expire(Now()));
    ArmExpiry();
}

template <class Ip>
void
MulticastForwarder<Ip>::Drop(const Arrival& arrival, mcast::Reason reason)
{
    NS_LOG_LOGIC("drop " << arrival.header << " on interface " << arrival.interface << ": " << ToString(reason));
    if (!m_node->m_dropTrace.IsEmpty())
    {
        m_node->m_dropTrace(arrival.header, arrival.packet, ToString(reason), arrival.interface);
    }
}

template <class Ip>
mcast::Reason
MulticastForwarder<Ip>::WhyNotDelivered(const Arrival& arrival) const
{
    if (m_node->m_dropTrace.IsEmpty())
    {
        return mcast::Reason::NotMember; // nobody asks for more
    }
    const auto interface = ToCoreInterface(Ip::FAMILY, arrival.interface);
    for (const auto& state : m_engine->GetHost().Groups(interface, Ip::FAMILY))
    {
        if (state.group == arrival.group)
        {
            return mcast::Reason::Filtered;
        }
    }
    return mcast::Reason::NotMember;
}

template <class Ip>
Ptr<typename Ip::Route>
MulticastForwarder<Ip>::Output(Ptr<Packet> packet, const Header& header, Ptr<NetDevice> device)
{
    const auto interface = m_output->Choose(header, device);
    if (!interface || !m_l3->IsUp(*interface))
    {
        return nullptr;
    }
    const auto route = m_output->MakeRoute(*interface, header);
    if (packet && NeedsReentry(header.GetDestination(), *interface, route->GetSource()))
    {
        MulticastOutputTag tag(*interface);
        packet->ReplacePacketTag(tag);
        route->SetOutputDevice(m_loopback);
    }
    return route;
}

// Only with its IP header can a packet be delivered to members on this node, or forwarded.
template <class Ip>
bool
MulticastForwarder<Ip>::NeedsReentry(const typename Ip::Address& group, uint32_t interface,
                                     const typename Ip::Address& source) const
{
    if (!m_engine || m_dropsDuplicates || interface == InterfaceOf(*m_loopback) || !Ip::AsksRouting(group))
    {
        return false; // duplicate detection takes the packet that comes back for a duplicate
    }
    const auto to = ToCore(group);
    if (to.IsNodeScopeMulticast())
    {
        return true; // and that is all the way it goes
    }
    const bool forward = m_engine->GetRouter() && !to.IsLinkScopeMulticast() && m_l3->IsForwarding(interface);
    return forward || (m_node->m_multicastLoop && Accepts(interface, to, ToCore(source)));
}

template <class Ip>
std::optional<uint32_t>
MulticastForwarder<Ip>::GetDefaultInterface() const
{
    return m_output->GetDefaultInterface();
}

template <class Ip>
bool
MulticastForwarder<Ip>::Accepts(uint32_t interface, const mcast::Address& group, const mcast::Address& source) const
{
    return m_engine->GetHost().Accepts(ToCoreInterface(Ip::FAMILY, interface), group, source);
}

template <class Ip>
uint32_t
MulticastForwarder<Ip>::InterfaceOf(const NetDevice& device) const
{
    const auto index = device.GetIfIndex();
    return index < m_interfaceOfDevice.size() ? m_interfaceOfDevice[index] : NO_INTERFACE;
}

template <class Ip>
mcast::TimePoint
MulticastForwarder<Ip>::Now() const
{
    return ToTimePoint(Simulator::Now());
}

template class MulticastForwarder<MulticastIpv4>;
template class MulticastForwarder<MulticastIpv6>;

} // namespace ns3
