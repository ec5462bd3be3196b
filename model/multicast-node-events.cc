// SPDX-License-Identifier: GPL-2.0-only
// What the core tells, at the trace sources of MulticastNode and MulticastPim.

#include "multicast-convert.h"
#include "multicast-node-impl.h"

#include "ns3/log.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastNodeEvents");

namespace
{

// What MulticastPim's trace source Change tells of.
bool
IsOfPim(mcast::EventKind kind)
{
    return kind >= mcast::EventKind::NeighborRestarted;
}

} // namespace

void
MulticastNode::Impl::OnEvent(MulticastEngine::Side side, const mcast::TraceEvent& event)
{
    auto here = event;
    here.interface.value = FromCore(event.interface);
    Tell(side, here);
}

// An event that names an interface as its IP numbers it.
void
MulticastNode::Impl::Tell(MulticastEngine::Side side, const mcast::TraceEvent& event)
{
    auto& trace = side == MulticastEngine::Side::Host ? m_owner.m_hostEventTrace : m_owner.m_routerEventTrace;
    if (!trace.IsEmpty())
    {
        trace(FromCore(event.at.time_since_epoch()), ToString(event));
    }
    NS_LOG_INFO("node " << NodeId() << (side == MulticastEngine::Side::Host ? " host " : " router ")
                        << ToString(event));
    if (side == MulticastEngine::Side::Router)
    {
        TellPim(event);
    }
    const auto group = FromCore(event.group.IsUnspecified() ? mcast::Address::Any(event.family) : event.group);
    switch (event.kind)
    {
    case mcast::EventKind::GroupJoined:
    case mcast::EventKind::GroupLeft:
        m_owner.m_membershipTrace(event.interface.value, group, event.kind == mcast::EventKind::GroupJoined);
        return;
    case mcast::EventKind::QuerierChanged:
    case mcast::EventKind::VersionChanged:
    case mcast::EventKind::FilterModeChanged:
    case mcast::EventKind::SourceForwarded:
    case mcast::EventKind::SourceBlocked:
    case mcast::EventKind::SourceRemoved:
    case mcast::EventKind::QuerySequenceStarted:
    case mcast::EventKind::HostStateChanged:
    case mcast::EventKind::ForwardingInstalled:
    case mcast::EventKind::ForwardingReplaced:
    case mcast::EventKind::ForwardingRemoved:
    case mcast::EventKind::LimitReached:
    case mcast::EventKind::InterfaceUp:
    case mcast::EventKind::InterfaceDown:
    case mcast::EventKind::NeighborUp:
    case mcast::EventKind::NeighborDown:
    case mcast::EventKind::NeighborRestarted:
    case mcast::EventKind::DesignatedRouterChanged:
    case mcast::EventKind::BootstrapStateChanged:
    case mcast::EventKind::RpSetChanged:
    case mcast::EventKind::TreeChanged:
    case mcast::EventKind::DownstreamChanged:
    case mcast::EventKind::SharedTreePruneChanged:
    case mcast::EventKind::SptBitChanged:
    case mcast::EventKind::AssertChanged:
    case mcast::EventKind::RegisterChanged:
    case mcast::EventKind::UpstreamChanged:
    case mcast::EventKind::OriginatorChanged:
        m_owner.m_stateTrace(event.interface.value, group, ToString(event.kind));
        return;
    case mcast::EventKind::PacketDropped:
    case mcast::EventKind::RecordIgnored:
        TraceDrop(event);
        return;
    case mcast::EventKind::PacketReceived:
    case mcast::EventKind::PacketSent:
    case mcast::EventKind::Warning:
        return;
    }
}

// To the trace sources of MulticastPim. An event that names an interface as its IP numbers it.
void
MulticastNode::Impl::TellPim(const mcast::TraceEvent& event)
{
    const auto pim = m_owner.FindPim(FromCore(event.family));
    if (!pim)
    {
        return;
    }
    const auto orAny = [&event](const mcast::Address& address) {
        return FromCore(address.IsUnspecified() ? mcast::Address::Any(event.family) : address);
    };
    const auto interface = event.interface.value;
    if (event.kind == mcast::EventKind::PacketSent || event.kind == mcast::EventKind::PacketReceived)
    {
        if (mcast::IsPim(event.message))
        {
            pim->m_messageTrace(ToString(event.message, event.family), event.kind == mcast::EventKind::PacketSent,
                                interface);
        }
    }
    else if (event.kind == mcast::EventKind::NeighborUp || event.kind == mcast::EventKind::NeighborDown)
    {
        pim->m_neighborTrace(interface, orAny(event.source), event.kind == mcast::EventKind::NeighborUp);
    }
    else if (event.kind == mcast::EventKind::DesignatedRouterChanged)
    {
        pim->m_designatedRouterTrace(interface, orAny(event.source), event.value != 0);
    }
    else if (IsOfPim(event.kind) && !pim->m_changeTrace.IsEmpty())
    {
        pim->m_changeTrace(ToString(event.kind), interface, orAny(event.source), orAny(event.group),
                           static_cast<uint32_t>(event.value));
    }
}

void
MulticastNode::Impl::TraceDrop(const mcast::TraceEvent& event)
{
    if (m_current && !m_owner.m_dropTrace.IsEmpty())
    {
        m_owner.m_dropTrace(m_current->header, m_current->payload, ToString(event.reason), event.interface.value);
    }
}

} // namespace ns3
