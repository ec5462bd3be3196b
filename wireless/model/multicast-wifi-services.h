// SPDX-License-Identifier: GPL-2.0-only
// What a station asks its access point for, in ns-3: the core (wireless/core/service-requests) decides what is sent when, and
// which group frames are for the applications. Private to the module.

#ifndef MULTICAST_WIFI_SERVICES_H
#define MULTICAST_WIFI_SERVICES_H

#include "../core/service-requests.h"
#include "multicast-wifi-api.h"

#include "ns3/event-id.h"

#include <functional>

namespace ns3
{

class DtimStation;

class WifiServices
{
  public:
    /// \param owner whose user is told. \param send takes the body of an action frame to the access point
    WifiServices(DtimStation& owner, const mcast::wifi::RequestConfig& config, std::function<void(const mcast::Bytes&)> send);
    ~WifiServices();

    void Request(mcast::wifi::GroupService service, Mac48Address group, unsigned interval);
    void Remove(mcast::wifi::GroupService service, Mac48Address group);
    bool Has(mcast::wifi::GroupService service, Mac48Address group) const;

    void OnAssociated();
    void OnDeassociated();
    /// \param body of an action frame, from the category on
    void OnAction(Ptr<const Packet> body);

    /// Is a group frame for the applications?
    bool Takes(const WifiMacHeader& header, Ptr<const Packet> body) const;

  private:
    void Drain();
    void ScheduleDeadline();
    void OnDeadline();

    DtimStation& m_owner;
    mcast::wifi::ServiceRequests m_core;
    std::function<void(const mcast::Bytes&)> m_send;
    EventId m_deadlineEvent;
};

} // namespace ns3

#endif // MULTICAST_WIFI_SERVICES_H
