// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-forwarder.h"

#include "multicast-convert.h"
#include "multicast-l3-traces.h"
#include "multicast-output-tag.h"

#include "ns3/boolean.h"
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

constexpr uint32_t FIXED_HEADER_SIZE = 20;

// Ipv4Header reads options over and cannot write any, but remembers their room: they are left behind.
Ipv4Header
WithoutOptions(const Ipv4Header& header)
{
    Ipv4Header plain;
    plain.SetSource(header.GetSource());
    plain.SetDestination(header.GetDestination());
    plain.SetProtocol(header.GetProtocol());
    plain.SetPayloadSize(header.GetPayloadSize());
    plain.SetTos(header.GetTos());
    plain.SetIdentification(header.GetIdentification());
    plain.SetFragmentOffset(header.GetFragmentOffset());
    if (header.IsDontFragment())
    {
        plain.SetDontFragment();
    }
    if (!header.IsLastFragment())
    {
        plain.SetMoreFragments();
    }
    return plain;
}

// One hop further.
Ipv4Header
NextHopHeader(const Ipv4Header& header)
{
    Ipv4Header next = header.GetSerializedSize() == FIXED_HEADER_SIZE ? header : WithoutOptions(header);
    next.SetTtl(header.GetTtl() - 1);
    return next;
}

} // namespace

MulticastForwarder::MulticastForwarder(MulticastNode& node, MulticastRouting& unicast, Ptr<Ipv4L3Protocol> ipv4)
    : m_node(&node),
      m_ipv4(ipv4),
      m_output(std::make_unique<MulticastOutput>(node, unicast, ipv4))
{
    for (uint32_t i = 0; i < ipv4->GetNInterfaces(); ++i)
    {
        AddInterface(i);
    }
}

void
MulticastForwarder::Start(std::shared_ptr<MulticastEngine> engine)
{
    m_engine = std::move(engine);
    BooleanValue dropsDuplicates;
    m_ipv4->GetAttribute("EnableDuplicatePacketDetection", dropsDuplicates);
    m_dropsDuplicates = dropsDuplicates.Get();
}

void
MulticastForwarder::Stop()
{
    m_expiry.Cancel();
    m_engine.reset();
    m_waiting.clear();
    m_routes.clear();
    m_loopback = nullptr;
    m_ipv4 = nullptr;
    m_output.reset();
    m_node = nullptr;
}

void
MulticastForwarder::AddInterface(uint32_t interface)
{
    const auto device = m_ipv4->GetNetDevice(interface);
    if (device->GetIfIndex() >= m_interfaceOfDevice.size())
    {
        m_interfaceOfDevice.resize(device->GetIfIndex() + 1, NO_INTERFACE);
    }
    m_interfaceOfDevice[device->GetIfIndex()] = interface;
    if (DynamicCast<LoopbackNetDevice>(device))
    {
        m_loopback = device;
    }
    if (interface >= m_routes.size())
    {
        m_routes.resize(interface + 1);
    }
    m_routes[interface] = Create<Ipv4Route>();
    m_routes[interface]->SetGateway(Ipv4Address::GetAny());
    m_routes[interface]->SetOutputDevice(device);
}

void
MulticastForwarder::Input(const Ptr<const Packet>& packet,
                          const Ipv4Header& header,
                          const Ptr<const NetDevice>& device,
                          const LocalDeliverCallback& deliver)
{
    if (!m_engine)
    {
        return;
    }
    const Arrival arrival{packet, header, InterfaceOf(*device), deliver};
    if (device == m_loopback)
    {
        InputFromHere(arrival);
        return;
    }
    if (header.GetSource().IsMulticast() || header.GetSource().IsBroadcast())
    {
        Drop(arrival, mcast::Reason::BadSource); // RFC 1112 7.2
        return;
    }
    if (header.GetProtocol() == mcast::PROTOCOL_IGMP)
    {
        deliver(packet, header, arrival.interface); // to whatever group it is sent, and never any further
        return;
    }
    const bool delivered = DeliverLocally(arrival);
    if (MayForward(arrival))
    {
        Forward(arrival, delivered);
    }
    else if (!delivered)
    {
        Drop(arrival, WhyNotDelivered(arrival));
    }
}

bool
MulticastForwarder::DeliverLocally(const Arrival& arrival)
{
    const auto group = arrival.header.GetDestination();
    const bool wanted = (m_node->m_deliverLinkLocal && group.IsLocalMulticast()) ||
                        ((m_listening || group.IsLocalMulticast()) &&
                         Accepts(arrival.interface, group, arrival.header.GetSource()));
    if (wanted)
    {
        arrival.deliver(arrival.packet, arrival.header, arrival.interface);
    }
    return wanted;
}

// A packet of this node that Output has sent through the loopback device: it goes out where it was to go, and everywhere
// else where a packet that comes in there would go.
void
MulticastForwarder::InputFromHere(const Arrival& arrival)
{
    MulticastOutputTag tag;
    const Ptr<Packet> packet = arrival.packet->Copy();
    if (!packet->RemovePacketTag(tag))
    {
        arrival.deliver(arrival.packet, arrival.header, arrival.interface); // somebody uses the loopback as such
        return;
    }
    const Ptr<const Packet> untagged = packet;
    const Arrival here{untagged, arrival.header, tag.GetInterface(), arrival.deliver};
    if (here.header.GetTtl() > 0)
    {
        m_ipv4->SendWithHeader(packet->Copy(), here.header, m_routes[here.interface]);
    }
    const auto group = here.header.GetDestination();
    const bool delivered = m_node->m_multicastLoop && Accepts(here.interface, group, here.header.GetSource());
    if (delivered)
    {
        here.deliver(here.packet, here.header, here.interface);
    }
    if (MayForward(here))
    {
        Forward(here, delivered || here.header.GetTtl() > 0);
    }
}

bool
MulticastForwarder::MayForward(const Arrival& arrival) const
{
    return m_engine->GetRouter() && !arrival.header.GetDestination().IsLocalMulticast() &&
           m_ipv4->IsForwarding(arrival.interface);
}

void
MulticastForwarder::Forward(const Arrival& arrival, bool delivered)
{
    const auto result = m_cache.Lookup(Now(),
                                       mcast::InterfaceId{arrival.interface},
                                       ToCore(arrival.header.GetSource()),
                                       ToCore(arrival.header.GetDestination()),
                                       arrival.packet->GetSize() + arrival.header.GetSerializedSize(),
                                       m_nextCookie);
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
void
MulticastForwarder::ForwardUnknown(const Arrival& arrival, bool upcall)
{
    m_waiting.emplace(m_nextCookie++, Waiting{arrival.packet, arrival.header, arrival.interface, arrival.deliver});
    if (upcall)
    {
        Tell(mcast::Upcall::Kind::NoCache, arrival);
    }
    ArmExpiry();
}

// The way to the source may have changed: then the entry may be another one by now.
bool
MulticastForwarder::ForwardAfterUpcall(const Arrival& arrival)
{
    const auto source = ToCore(arrival.header.GetSource());
    const auto group = ToCore(arrival.header.GetDestination());
    Tell(mcast::Upcall::Kind::WrongInterface, arrival);
    const auto* entry = m_cache.Find(source, group);
    if (!entry || entry->incoming.value != arrival.interface)
    {
        return false;
    }
    Forward(arrival, false);
    return true;
}

void
MulticastForwarder::Replicate(const Arrival& arrival, const mcast::Mfc::Entry& entry, bool delivered)
{
    const auto group = arrival.header.GetDestination();
    const auto source = arrival.header.GetSource();
    // Traces and applications called below may change the entry: work on a copy of its list.
    auto outgoing = std::move(m_outgoing);
    outgoing.assign(entry.outgoing.begin(), entry.outgoing.end());
    const auto ends = [&arrival](const mcast::OutputInterface& out) {
        return arrival.header.GetTtl() <= out.ttlThreshold;
    };
    const bool any = !outgoing.empty();
    outgoing.erase(std::remove_if(outgoing.begin(), outgoing.end(), ends), outgoing.end());
    if (!outgoing.empty())
    {
        const Ipv4Header header = NextHopHeader(arrival.header);
        for (const auto& out : outgoing)
        {
            Send(arrival, header, out.interface.value);
        }
        for (const auto& out : outgoing)
        {
            // A member on the outgoing side hears what is sent there, as Linux has it.
            if (m_listening && Accepts(out.interface.value, group, source))
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

void
MulticastForwarder::Send(const Arrival& arrival, const Ipv4Header& header, uint32_t interface)
{
    const Ptr<Packet> copy = arrival.packet->Copy();
    FireIpv4MulticastForward(*m_ipv4, header, copy, interface);
    if (!m_node->m_forwardTrace.IsEmpty())
    {
        m_node->m_forwardTrace(header, copy, interface);
    }
    m_ipv4->SendWithHeader(copy, header, m_routes[interface]);
}

void
MulticastForwarder::Tell(mcast::Upcall::Kind kind, const Arrival& arrival)
{
    mcast::Upcall upcall;
    upcall.kind = kind;
    upcall.interface = mcast::InterfaceId{arrival.interface};
    upcall.source = ToCore(arrival.header.GetSource());
    upcall.group = ToCore(arrival.header.GetDestination());
    m_engine->Handle([&upcall](MulticastEngine& engine) { engine.GetRouter()->HandleUpcall(upcall); });
}

void
MulticastForwarder::ChangeForwarding(const mcast::ForwardingChange& change)
{
    Resume(m_cache.Apply(change));
}

void
MulticastForwarder::Resume(const std::vector<mcast::Mfc::Released>& packets)
{
    for (const auto& released : packets)
    {
        auto node = m_waiting.extract(released.cookie);
        if (node.empty())
        {
            continue;
        }
        const Waiting& waiting = node.mapped();
        const Arrival arrival{waiting.packet, waiting.header, waiting.interface, waiting.deliver};
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

void
MulticastForwarder::ArmExpiry()
{
    const auto next = m_cache.NextExpiry();
    if (next != mcast::NEVER && m_expiry.IsExpired())
    {
        m_expiry = Simulator::Schedule(FromCoreRoundedUp(next) - Simulator::Now(), &MulticastForwarder::Expire, this);
    }
}

void
MulticastForwarder::Expire()
{
    Resume(m_cache.Expire(Now()));
    ArmExpiry();
}

void
MulticastForwarder::Drop(const Arrival& arrival, mcast::Reason reason)
{
    NS_LOG_LOGIC("drop " << arrival.header << " on interface " << arrival.interface << ": " << ToString(reason));
    if (!m_node->m_dropTrace.IsEmpty())
    {
        m_node->m_dropTrace(arrival.header, arrival.packet, ToString(reason), arrival.interface);
    }
}

mcast::Reason
MulticastForwarder::WhyNotDelivered(const Arrival& arrival) const
{
    if (m_node->m_dropTrace.IsEmpty())
    {
        return mcast::Reason::NotMember; // nobody asks for more
    }
    const auto group = ToCore(arrival.header.GetDestination());
    for (const auto& state : m_engine->GetHost().Groups(mcast::InterfaceId{arrival.interface}))
    {
        if (state.group == group)
        {
            return mcast::Reason::Filtered;
        }
    }
    return mcast::Reason::NotMember;
}

Ptr<Ipv4Route>
MulticastForwarder::Output(Ptr<Packet> packet, const Ipv4Header& header, Ptr<NetDevice> device)
{
    const auto interface = m_output->Choose(header, device);
    if (!interface || !m_ipv4->IsUp(*interface))
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
bool
MulticastForwarder::NeedsReentry(Ipv4Address group, uint32_t interface, Ipv4Address source) const
{
    if (!m_engine || m_dropsDuplicates || interface == InterfaceOf(*m_loopback))
    {
        return false; // duplicate detection takes the packet that comes back for a duplicate
    }
    const bool forward = m_engine->GetRouter() && !group.IsLocalMulticast() && m_ipv4->IsForwarding(interface);
    return forward || (m_node->m_multicastLoop && Accepts(interface, group, source));
}

std::optional<uint32_t>
MulticastForwarder::GetDefaultInterface() const
{
    return m_output->GetDefaultInterface();
}

bool
MulticastForwarder::Accepts(uint32_t interface, Ipv4Address group, Ipv4Address source) const
{
    return m_engine->GetHost().Accepts(mcast::InterfaceId{interface}, ToCore(group), ToCore(source));
}

uint32_t
MulticastForwarder::InterfaceOf(const NetDevice& device) const
{
    const auto index = device.GetIfIndex();
    return index < m_interfaceOfDevice.size() ? m_interfaceOfDevice[index] : NO_INTERFACE;
}

mcast::TimePoint
MulticastForwarder::Now() const
{
    return ToTimePoint(Simulator::Now());
}

} // namespace ns3
