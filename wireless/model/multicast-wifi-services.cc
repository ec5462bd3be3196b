// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../../model/multicast-convert.h"
#include "multicast-dtim-station.h"
#include "multicast-wifi-convert.h"
#include "multicast-wifi-frames.h"
#include "multicast-wifi-services.h"

#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

namespace wifi = mcast::wifi;

WifiServices::WifiServices(DtimStation& owner, const wifi::RequestConfig& config,
                           std::function<void(const mcast::Bytes&)> send)
    : m_owner(owner),
      m_core(config),
      m_send(std::move(send))
{
}

WifiServices::~WifiServices()
{
    m_deadlineEvent.Cancel();
}

void
WifiServices::Request(wifi::GroupService service, Mac48Address group, unsigned interval)
{
    m_core.Request(ToTimePoint(Simulator::Now()), service, ToCore(group), interval);
    Drain();
}

void
WifiServices::Remove(wifi::GroupService service, Mac48Address group)
{
    m_core.Remove(ToTimePoint(Simulator::Now()), service, ToCore(group));
    Drain();
}

bool
WifiServices::Has(wifi::GroupService service, Mac48Address group) const
{
    return m_core.Has(service, ToCore(group));
}

void
WifiServices::OnAssociated()
{
    m_core.Associated(ToTimePoint(Simulator::Now()));
    Drain();
}

void
WifiServices::OnDeassociated()
{
    m_core.Disassociated(ToTimePoint(Simulator::Now()));
    Drain();
}

void
WifiServices::OnAction(Ptr<const Packet> body)
{
    m_core.Handle(ToTimePoint(Simulator::Now()), OctetsOf(body));
    Drain();
}

bool
WifiServices::Takes(const WifiMacHeader& header, Ptr<const Packet> body) const
{
    const auto group = GroupOf(header, body);
    if (group != ToCore(header.GetAddr1()))
    {
        return m_core.TakesConcealed(group);
    }
    return m_core.Empty() || m_core.TakesPlain(group);
}

void
WifiServices::Drain()
{
    while (const auto body = m_core.PollFrame())
    {
        m_send(*body);
    }
    while (const auto event = m_core.PollEvent())
    {
        m_owner.NotifyService(ToString(event->service), FromCore(event->group), ToString(event->kind), event->interval);
    }
    ScheduleDeadline();
}

void
WifiServices::ScheduleDeadline()
{
    m_deadlineEvent.Cancel();
    if (const auto deadline = m_core.NextDeadline())
    {
        const auto at = std::max(FromCoreRoundedUp(*deadline), Simulator::Now());
        m_deadlineEvent = Simulator::Schedule(at - Simulator::Now(), &WifiServices::OnDeadline, this);
    }
}

void
WifiServices::OnDeadline()
{
    m_core.AdvanceTo(ToTimePoint(Simulator::Now()));
    Drain();
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
