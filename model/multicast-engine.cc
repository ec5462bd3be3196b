// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-engine.h"

#include "multicast-convert.h"

#include "ns3/simulator.h"

namespace ns3
{

MulticastEngine::MulticastEngine(Client& client, uint32_t context, uint64_t hostSeed)
    : m_client(&client),
      m_context(context),
      m_host(hostSeed)
{
}

void
MulticastEngine::MakeRouter(const mcast::RouterOptions& options, const mcast::RouteTable* routes)
{
    m_router = std::make_unique<mcast::Router>(options, routes);
}

void
MulticastEngine::Stop()
{
    m_client = nullptr;
    m_hostAlarm.event.Cancel();
    m_routerAlarm.event.Cancel();
}

void
MulticastEngine::Advance()
{
    const auto now = ToTimePoint(Simulator::Now());
    m_host.AdvanceTo(now);
    if (m_router)
    {
        m_router->AdvanceTo(now);
    }
}

// What is due has an event of its own at this time, and a read-out must not come before that.
void
MulticastEngine::CatchUp()
{
    const auto now = ToTimePoint(Simulator::Now());
    const auto catchUp = [now](auto& half) {
        const auto next = half.NextDeadline();
        if (!next || *next > now)
        {
            half.AdvanceTo(now);
        }
    };
    catchUp(m_host);
    if (m_router)
    {
        catchUp(*m_router);
    }
}

// An input may come from another node's context or from none, as from a script's event. The output belongs to this node.
void
MulticastEngine::Settle()
{
    if (m_settling || !m_client)
    {
        return; // a client's callback has come back with an input: the loop below takes what follows from it, too
    }
    if (Simulator::GetContext() != m_context)
    {
        if (!m_deferred)
        {
            m_deferred = true;
            const std::weak_ptr<MulticastEngine> self = weak_from_this();
            Simulator::ScheduleWithContext(m_context, Seconds(0), [self]() {
                if (const auto engine = self.lock())
                {
                    engine->m_deferred = false;
                    engine->OnAlarm();
                }
            });
        }
        return;
    }
    do
    {
        m_settling = true;
        bool any = true;
        while (any)
        {
            any = DrainHost();
            any = DrainRouter() || any;
        }
        m_settling = false;
    } while (DrainDecapsulated());
    if (!m_client)
    {
        return;
    }
    m_client->OnSettled();
    Arm(m_hostAlarm, m_host.NextDeadline());
    if (m_router)
    {
        Arm(m_routerAlarm, m_router->NextDeadline());
    }
}

bool
MulticastEngine::DrainHost()
{
    bool any = false;
    while (const auto event = m_host.PollEvent())
    {
        any = true;
        m_client->OnEvent(Side::Host, *event);
    }
    while (const auto packet = m_host.PollTransmit())
    {
        any = true;
        m_client->Transmit(*packet);
        if (m_router)
        {
            // A router that is a member informs itself (RFC 3376 6), as a raw socket of Linux sees the kernel's reports.
            m_router->HandlePacket(packet->interface, packet->meta, packet->payload);
        }
    }
    return any;
}

bool
MulticastEngine::DrainRouter()
{
    bool any = false;
    if (!m_router)
    {
        return any;
    }
    while (const auto event = m_router->PollEvent())
    {
        any = true;
        m_client->OnEvent(Side::Router, *event);
    }
    DrainForwarding(any);
    while (const auto packet = m_router->PollTransmit())
    {
        any = true;
        m_client->Transmit(*packet);
        if (packet->interface != mcast::BY_ROUTING && packet->meta.protocol != mcast::pim::PROTOCOL)
        {
            m_host.HandlePacket(packet->interface, packet->meta, packet->payload);
        }
    }
    return any;
}

void
MulticastEngine::DrainForwarding(bool& any)
{
    while (const auto change = m_router->PollForwarding())
    {
        any = true;
        if (change->kind != mcast::ForwardingChange::Kind::ReadCounters)
        {
            m_client->ChangeForwarding(*change);
        }
        else if (const auto counters = m_client->ReadForwarding(change->source, change->group))
        {
            m_router->HandleCounters(change->source, change->group, *counters);
        }
    }
}

// Outside of the draining: what such a packet asks the core is answered before it goes its way.
bool
MulticastEngine::DrainDecapsulated()
{
    auto packet = m_router && m_client ? m_router->PollDecapsulated() : std::nullopt;
    if (!packet)
    {
        return false;
    }
    m_client->Decapsulate(*packet);
    return true;
}

// An event that comes too early finds nothing to do and arms the next: cheaper than to cancel it each time that a timer
// is put off, which is what most packets do.
void
MulticastEngine::Arm(Alarm& alarm, std::optional<mcast::TimePoint> deadline)
{
    if (!deadline)
    {
        return;
    }
    const Time now = Simulator::Now();
    const Time at = Max(FromCoreRoundedUp(*deadline), now);
    if (!alarm.event.IsExpired() && alarm.at <= at)
    {
        return;
    }
    alarm.event.Cancel();
    alarm.at = at;
    alarm.event = Simulator::Schedule(at - now, &MulticastEngine::OnAlarm, this);
}

void
MulticastEngine::OnAlarm()
{
    Handle([](MulticastEngine&) {});
}

} // namespace ns3
