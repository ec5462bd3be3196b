// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-node.h"

#include "core/gm/protocol.h"
#include "multicast-convert.h"
#include "multicast-node-impl.h"
#include "multicast-pim.h"

#include "ns3/boolean.h"
#include "ns3/integer.h"
#include "ns3/log.h"
#include "ns3/node.h"
#include "ns3/object-map.h"
#include "ns3/pointer.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <iterator>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastNode");

NS_OBJECT_ENSURE_REGISTERED(MulticastNode);

namespace
{

MulticastNode::FilterMode
FromCore(mcast::FilterMode mode)
{
    return mode == mcast::FilterMode::Include ? MulticastNode::INCLUDE : MulticastNode::EXCLUDE;
}

MulticastNode::GroupState
ToState(const mcast::gm::GroupView& view)
{
    MulticastNode::GroupState state;
    state.group = ns3::FromCore(view.group);
    state.mode = FromCore(view.mode);
    state.version = static_cast<uint8_t>(mcast::gm::ProtocolOf(view.group.GetFamily()).Number(view.version));
    state.expires = ns3::FromCore(view.expires);
    state.isStatic = view.isStatic;
    for (const auto& source : view.sources)
    {
        if (source.forwarded == (view.mode == mcast::FilterMode::Include))
        {
            state.sources.push_back(ns3::FromCore(source.source));
        }
    }
    return state;
}

mcast::FilterMode
ToCore(MulticastNode::FilterMode mode)
{
    return mode == MulticastNode::INCLUDE ? mcast::FilterMode::Include : mcast::FilterMode::Exclude;
}

MulticastNode::ForwardingState
ToForwardingState(const std::pair<mcast::Mfc::Key, mcast::Mfc::Entry>& one)
{
    const auto& [key, entry] = one;
    MulticastNode::ForwardingState state;
    state.source = ns3::FromCore(key.source);
    state.group = ns3::FromCore(key.group);
    state.incoming = entry.incoming.value;
    for (const auto& out : entry.outgoing)
    {
        state.outgoing.push_back(out.interface.value);
    }
    state.packets = entry.counters.packets;
    state.bytes = entry.counters.bytes;
    state.wrongInterface = entry.counters.wrongInterface;
    return state;
}

void
PrintGroup(std::ostream& os, const MulticastNode::GroupState& group)
{
    os << "    " << ToText(group.group) << (group.mode == MulticastNode::INCLUDE ? " include" : " exclude") << " {";
    const char* separator = "";
    for (const auto& source : group.sources)
    {
        os << separator << ToText(source);
        separator = ", ";
    }
    os << "}";
    if (group.isStatic)
    {
        os << " static";
    }
    if (!group.expires.IsZero())
    {
        os << " expires in " << group.expires.GetSeconds() << " s";
    }
    os << "\n";
}

std::ostream&
PrintInterface(std::ostream& os, uint32_t interface)
{
    return interface == MulticastNode::REGISTER_INTERFACE ? os << "register" : os << interface;
}

std::ostream&
PrintSource(std::ostream& os, const Address& source)
{
    return ToCoreUnlessAny(source) ? os << ToText(source) : os << "*";
}

} // namespace

TypeId
MulticastNode::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MulticastNode")
            .SetParent<Object>()
            .SetGroupName("Multicast")
            .AddConstructor<MulticastNode>()
            .AddAttribute(
                "Router",
                "Is the node a multicast router: does it run the router side of IGMP and MLD, and forward? Read at "
                "the start of the simulation.",
                BooleanValue(false), MakeBooleanAccessor(&MulticastNode::m_router), MakeBooleanChecker())
            .AddAttribute("MulticastLoop", "What an application sends comes back to listeners on the same node.",
                          BooleanValue(true), MakeBooleanAccessor(&MulticastNode::m_multicastLoop),
                          MakeBooleanChecker())
            .AddAttribute("DefaultInterface",
                          "Index of the interface, of Ipv4 or of Ipv6, that multicast is sent from, and groups are "
                          "joined on, if nothing "
                          "else decides; -1: where unicast routing would send it, or the first interface that is up.",
                          IntegerValue(-1), MakeIntegerAccessor(&MulticastNode::m_defaultInterface),
                          MakeIntegerChecker<int32_t>(-1))
            .AddAttribute("FollowLinkState",
                          "An interface is up only while its device's link is, too: a Wi-Fi station reports its groups "
                          "when it has associated.",
                          BooleanValue(true), MakeBooleanAccessor(&MulticastNode::m_followLink), MakeBooleanChecker())
            .AddAttribute("DeliverLinkLocal",
                          "Deliver packets to 224.0.0.0/24 whether or not an application listens: routing protocols "
                          "of ns-3 rely on it, since they cannot join; those of IPv6 can, by Socket::Ipv6JoinGroup.",
                          BooleanValue(true), MakeBooleanAccessor(&MulticastNode::m_deliverLinkLocal),
                          MakeBooleanChecker())
            .AddAttribute(
                "JoinRouterGroups",
                "A router listens, as a host, to 224.0.0.2 and 224.0.0.22, to ff02::2 and ff02::16, and reports "
                "them.",
                BooleanValue(true), MakeBooleanAccessor(&MulticastNode::m_joinRouterGroups), MakeBooleanChecker())
            .AddAttribute(
                "ReportSolicitedNodes", "A node reports the solicited-node groups of its IPv6 addresses (RFC 3810 6).",
                BooleanValue(true), MakeBooleanAccessor(&MulticastNode::m_reportSolicitedNodes), MakeBooleanChecker())
            .AddAttribute("Seed", "Seed of the protocol's own generator of delays; 0: drawn from the random stream.",
                          UintegerValue(0), MakeUintegerAccessor(&MulticastNode::m_seed),
                          MakeUintegerChecker<uint64_t>())
            .AddAttribute("MaxGroups",
                          "Most group records of all interfaces of a router. Read at the start of the simulation.",
                          UintegerValue(1000000), MakeUintegerAccessor(&MulticastNode::m_maxGroups),
                          MakeUintegerChecker<uint32_t>(1))
            .AddAttribute("MaxForwardingEntries",
                          "Most entries of the forwarding cache. Read at the start of the simulation.",
                          UintegerValue(100000), MakeUintegerAccessor(&MulticastNode::m_maxForwardingEntries),
                          MakeUintegerChecker<uint32_t>(1))
            .AddAttribute("ForwardingEntryLifetime",
                          "How long an entry of the forwarding cache stays without data (s). Read at the start of the "
                          "simulation.",
                          TimeValue(Seconds(210)), MakeTimeAccessor(&MulticastNode::m_forwardingEntryLifetime),
                          MakeTimeChecker(MilliSeconds(1)))
            .AddAttribute("RouteCheckInterval",
                          "How often a router looks whether the unicast way back to its sources, RPs and BSR has "
                          "changed (s); 0: only when it is told, or an interface changes.",
                          TimeValue(Seconds(1)), MakeTimeAccessor(&MulticastNode::m_routeCheckInterval),
                          MakeTimeChecker(Seconds(0)))
            .AddAttribute("InterfaceList", "The configuration of each interface of Ipv4, by its index.",
                          ObjectMapValue(), MakeObjectMapAccessor(&MulticastNode::m_interfaces),
                          MakeObjectMapChecker<MulticastInterface>())
            .AddAttribute("Ipv6InterfaceList", "The configuration of each interface of Ipv6, by its index.",
                          ObjectMapValue(), MakeObjectMapAccessor(&MulticastNode::m_ipv6Interfaces),
                          MakeObjectMapChecker<MulticastInterface>())
            .AddAttribute("Pim", "PIM of IPv4, if it has been installed.", TypeId::ATTR_GET, PointerValue(),
                          MakePointerAccessor(&MulticastNode::m_pim), MakePointerChecker<MulticastPim>())
            .AddAttribute("Ipv6Pim", "PIM of IPv6, if it has been installed.", TypeId::ATTR_GET, PointerValue(),
                          MakePointerAccessor(&MulticastNode::m_ipv6Pim), MakePointerChecker<MulticastPim>())
            .AddTraceSource("MembershipChange",
                            "Router side: a group has members on an interface now, or none any more.",
                            MakeTraceSourceAccessor(&MulticastNode::m_membershipTrace),
                            "ns3::MulticastNode::MembershipTracedCallback")
            .AddTraceSource("StateChange", "The state of a group, an interface or the forwarding cache has changed.",
                            MakeTraceSourceAccessor(&MulticastNode::m_stateTrace),
                            "ns3::MulticastNode::StateTracedCallback")
            .AddTraceSource("PacketTx", "A message of IGMP, MLD or PIM is sent.",
                            MakeTraceSourceAccessor(&MulticastNode::m_txTrace),
                            "ns3::MulticastNode::PacketTracedCallback")
            .AddTraceSource("PacketRx", "A message of IGMP, MLD or PIM has come in.",
                            MakeTraceSourceAccessor(&MulticastNode::m_rxTrace),
                            "ns3::MulticastNode::PacketTracedCallback")
            .AddTraceSource("Forward", "Data is forwarded; the interface is the outgoing one.",
                            MakeTraceSourceAccessor(&MulticastNode::m_forwardTrace),
                            "ns3::MulticastNode::PacketTracedCallback")
            .AddTraceSource("Drop", "A message of IGMP, MLD or PIM, a part of one, or multicast data is not acted on.",
                            MakeTraceSourceAccessor(&MulticastNode::m_dropTrace),
                            "ns3::MulticastNode::DropTracedCallback")
            .AddTraceSource("HostEvent", "An event of the member side, as text.",
                            MakeTraceSourceAccessor(&MulticastNode::m_hostEventTrace),
                            "ns3::MulticastNode::EventTracedCallback")
            .AddTraceSource("RouterEvent", "An event of the router side, as text.",
                            MakeTraceSourceAccessor(&MulticastNode::m_routerEventTrace),
                            "ns3::MulticastNode::EventTracedCallback");
    return tid;
}

MulticastNode::MulticastNode()
    : m_rng(CreateObject<UniformRandomVariable>()),
      m_impl(std::make_unique<Impl>(*this))
{
    NS_LOG_FUNCTION(this);
    m_interfaceFactory.SetTypeId(MulticastInterface::GetTypeId());
}

MulticastNode::~MulticastNode()
{
    NS_LOG_FUNCTION(this);
}

void
MulticastNode::DoInitialize()
{
    NS_LOG_FUNCTION(this);
    // The order in which the objects of a node are initialized is not defined: what is sent needs the traffic control layer.
    m_start = Simulator::ScheduleNow(&MulticastNode::Start, this);
    Object::DoInitialize();
}

void
MulticastNode::Start()
{
    NS_LOG_FUNCTION(this);
    m_impl->Start();
}

void
MulticastNode::DoDispose()
{
    NS_LOG_FUNCTION(this);
    m_start.Cancel();
    m_apply.Cancel();
    m_impl->Stop();
    for (auto* interfaces : {&m_interfaces, &m_ipv6Interfaces})
    {
        for (auto& [index, interface] : *interfaces)
        {
            interface->Dispose();
        }
        interfaces->clear();
    }
    for (auto* pim : {&m_pim, &m_ipv6Pim})
    {
        if (*pim)
        {
            (*pim)->Dispose();
            *pim = nullptr;
        }
    }
    m_rng = nullptr;
    Object::DoDispose();
}

uint32_t
MulticastNode::OpenSocket()
{
    return m_impl->GetMemberships().Open();
}

void
MulticastNode::CloseSocket(uint32_t socket)
{
    NS_LOG_FUNCTION(this << socket);
    m_impl->GetMemberships().Close(socket);
}

bool
MulticastNode::Listen(uint32_t socket, uint32_t interface, const Address& group, FilterMode mode,
                      const std::vector<Address>& sources)
{
    NS_LOG_FUNCTION(this << socket << interface << group << mode << sources.size());
    const auto to = ns3::ToCore(group);
    if (!to)
    {
        NS_LOG_ERROR("Listen: " << group << " is no IP address");
        return false;
    }
    MulticastMemberships::Request request{socket, interface, *to, ToCore(mode), {}};
    for (const auto& source : sources)
    {
        // what is no IP address is no source of any family, as the core will find
        request.sources.push_back(ns3::ToCore(source).value_or(mcast::Address::Any(to->GetFamily())));
    }
    return m_impl->GetMemberships().Listen(request);
}

bool
MulticastNode::Join(const Address& group, uint32_t interface)
{
    return Listen(MulticastMemberships::SHARED_SOCKET, interface, group, EXCLUDE);
}

bool
MulticastNode::Leave(const Address& group, uint32_t interface)
{
    return Listen(MulticastMemberships::SHARED_SOCKET, interface, group, INCLUDE);
}

bool
MulticastNode::Include(const Address& group, const std::vector<Address>& sources, uint32_t interface)
{
    return Listen(MulticastMemberships::SHARED_SOCKET, interface, group, INCLUDE, sources);
}

bool
MulticastNode::Exclude(const Address& group, const std::vector<Address>& sources, uint32_t interface)
{
    return Listen(MulticastMemberships::SHARED_SOCKET, interface, group, EXCLUDE, sources);
}

bool
MulticastNode::Accepts(uint32_t interface, const Address& group, const Address& source) const
{
    const auto& engine = m_impl->GetEngine();
    const auto to = ns3::ToCore(group);
    const auto from = ns3::ToCore(source);
    return engine && to && from && engine->GetHost().Accepts(ToCoreInterface(to->GetFamily(), interface), *to, *from);
}

bool
MulticastNode::SocketAccepts(uint32_t socket, uint32_t interface, const Address& group, const Address& source) const
{
    const auto& engine = m_impl->GetEngine();
    const auto to = ns3::ToCore(group);
    const auto from = ns3::ToCore(source);
    return engine && to && from &&
           engine->GetHost().Accepts(mcast::SocketId{socket}, ToCoreInterface(to->GetFamily(), interface), *to, *from);
}

bool
MulticastNode::IsRouter() const
{
    return m_router;
}

Ptr<MulticastInterface>
MulticastNode::GetInterface(uint32_t interface, Family family) const
{
    const auto& interfaces = family == IPV4 ? m_interfaces : m_ipv6Interfaces;
    const auto found = interfaces.find(interface);
    return found == interfaces.end() ? nullptr : found->second;
}

MulticastNode::InterfaceMap&
MulticastNode::Interfaces(Family family)
{
    return family == IPV4 ? m_interfaces : m_ipv6Interfaces;
}

Ptr<MulticastPim>
MulticastNode::GetPim(Family family)
{
    auto& pim = family == IPV4 ? m_pim : m_ipv6Pim;
    if (!pim)
    {
        pim = CreateObject<MulticastPim>();
        pim->Attach(this, family, MakeCallback(&MulticastNode::ConfigurationChanged, this));
    }
    return pim;
}

Ptr<MulticastPim>
MulticastNode::FindPim(Family family) const
{
    return family == IPV4 ? m_pim : m_ipv6Pim;
}

void
MulticastNode::SetInterfaceAttribute(const std::string& name, const AttributeValue& value)
{
    m_interfaceFactory.Set(name, value);
    for (auto* interfaces : {&m_interfaces, &m_ipv6Interfaces})
    {
        for (auto& [index, interface] : *interfaces)
        {
            interface->SetAttribute(name, value);
        }
    }
}

void
MulticastNode::SetInterfaceFactory(const ObjectFactory& factory)
{
    m_interfaceFactory = factory;
}

void
MulticastNode::AddRoute(const Address& source, const Address& group, uint32_t incoming,
                        const std::vector<uint32_t>& outgoing)
{
    NS_LOG_FUNCTION(this << source << group << incoming);
    mcast::StaticMulticastRoute route;
    route.group = ns3::ToCore(group).value_or(mcast::Address());
    route.source = ToCoreUnlessAny(source);
    const auto family = route.group.GetFamily();
    route.incoming = ToCoreInterface(family, incoming);
    for (const auto interface : outgoing)
    {
        route.outgoing.push_back(ToCoreInterface(family, interface));
    }
    m_impl->AddRoute(route);
}

bool
MulticastNode::RemoveRoute(const Address& source, const Address& group)
{
    NS_LOG_FUNCTION(this << source << group);
    return m_impl->RemoveRoute(ns3::ToCore(group).value_or(mcast::Address()), ToCoreUnlessAny(source));
}

void
MulticastNode::NotifyRoutesChanged()
{
    m_impl->NotifyRoutesChanged();
}

int64_t
MulticastNode::AssignStreams(int64_t stream)
{
    NS_LOG_FUNCTION(this << stream);
    m_rng->SetStream(stream);
    return 1;
}

std::vector<MulticastNode::GroupState>
MulticastNode::GetMembers(uint32_t interface, Family family) const
{
    std::vector<GroupState> states;
    const auto* router = MulticastCoreAccess::GetRouter(*this);
    if (router)
    {
        const auto views = router->Groups(ToCoreInterface(ns3::ToCore(family), interface), ns3::ToCore(family));
        std::transform(views.begin(), views.end(), std::back_inserter(states), ToState);
    }
    return states;
}

std::vector<MulticastNode::GroupState>
MulticastNode::GetMemberships(uint32_t interface, Family family) const
{
    std::vector<GroupState> states;
    const auto* host = MulticastCoreAccess::GetHost(*this);
    const auto id = ToCoreInterface(ns3::ToCore(family), interface);
    const auto view = host ? host->FindInterface(id, ns3::ToCore(family)) : std::nullopt;
    if (!view)
    {
        return states;
    }
    for (const auto& group : host->Groups(id, ns3::ToCore(family)))
    {
        GroupState state;
        state.group = ns3::FromCore(group.group);
        state.mode = FromCore(group.mode);
        state.version = static_cast<uint8_t>(mcast::gm::ProtocolOf(view->family).Number(view->compatibility));
        state.isStatic = false;
        for (const auto& source : group.sources)
        {
            state.sources.push_back(ns3::FromCore(source));
        }
        states.push_back(state);
    }
    return states;
}

MulticastNode::QuerierState
MulticastNode::GetQuerier(uint32_t interface, Family family) const
{
    QuerierState state{};
    const auto* router = MulticastCoreAccess::GetRouter(*this);
    const auto id = ToCoreInterface(ns3::ToCore(family), interface);
    const auto view = router ? router->FindInterface(id, ns3::ToCore(family)) : std::nullopt;
    if (view)
    {
        state.active = view->active;
        state.isQuerier = view->isQuerier;
        state.querier = ns3::FromCore(view->querier);
        state.robustness = view->robustness;
        state.queryInterval = ns3::FromCore(view->queryInterval);
        state.groupMembershipInterval = ns3::FromCore(view->groupMembershipInterval);
    }
    return state;
}

std::vector<MulticastNode::ForwardingState>
MulticastNode::GetForwarding() const
{
    std::vector<ForwardingState> states;
    for (const auto family : {mcast::Family::Ipv4, mcast::Family::Ipv6})
    {
        if (const auto* cache = MulticastCoreAccess::GetCache(*this, family))
        {
            const auto entries = cache->Snapshot();
            std::transform(entries.begin(), entries.end(), std::back_inserter(states), ToForwardingState);
        }
    }
    return states;
}

void
MulticastNode::PrintInterfaces(std::ostream& os, Family family) const
{
    for (const auto& [interface, configuration] : family == IPV4 ? m_interfaces : m_ipv6Interfaces)
    {
        const auto querier = GetQuerier(interface, family);
        os << (family == IPV4 ? "  IPv4" : "  IPv6") << " interface " << interface;
        if (querier.active)
        {
            os << ", querier " << ToText(querier.querier) << (querier.isQuerier ? " (this node)" : "");
        }
        os << "\n";
        for (const auto& group : GetMemberships(interface, family))
        {
            os << "   listens";
            PrintGroup(os, group);
        }
        for (const auto& group : GetMembers(interface, family))
        {
            os << "   members";
            PrintGroup(os, group);
        }
    }
}

void
MulticastNode::Print(std::ostream& os) const
{
    os << "Multicast at " << Simulator::Now().GetSeconds() << " s\n";
    PrintInterfaces(os, IPV4);
    PrintInterfaces(os, IPV6);
    for (const auto family : {IPV4, IPV6})
    {
        if (const auto pim = FindPim(family))
        {
            pim->Print(os);
        }
    }
    for (const auto& entry : GetForwarding())
    {
        PrintSource(os << "  (", entry.source)
            << ", " << ToText(entry.group) << ") from ";
        PrintInterface(os << (entry.incoming == REGISTER_INTERFACE ? "" : "interface "), entry.incoming) << " to";
        for (const auto out : entry.outgoing)
        {
            PrintInterface(os << " ", out);
        }
        os << ", " << entry.packets << " packets, " << entry.bytes << " octets\n";
    }
}

void
MulticastNode::UpdateInterface(Family family, uint32_t changed)
{
    NS_LOG_FUNCTION(this << family << changed);
    m_impl->UpdateInterface(ns3::ToCore(family), changed);
}

void
MulticastNode::OnLinkChange(uint32_t interface)
{
    const mcast::InterfaceId id{interface};
    UpdateInterface(ns3::FromCore(FamilyOf(id)), ns3::FromCore(id));
}

void
MulticastNode::ConfigurationChanged()
{
    NS_LOG_FUNCTION(this);
    if (m_impl->GetEngine() && m_apply.IsExpired())
    {
        m_apply = Simulator::ScheduleNow(&MulticastNode::ApplyConfiguration, this);
    }
}

void
MulticastNode::ApplyConfiguration()
{
    NS_LOG_FUNCTION(this);
    m_impl->Configure();
}

} // namespace ns3
