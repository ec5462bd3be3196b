// SPDX-License-Identifier: GPL-2.0-only
// What a station answers to its access point's group frames: the leader's Ack, Block Acks. ns-3's MAC knows neither, so they go
// straight by the PHY, SIFS after the frame; wireless/core/group-responder says what. Private to the module.

#ifndef MULTICAST_WIFI_RESPONDER_H
#define MULTICAST_WIFI_RESPONDER_H

#include "../core/group-responder.h"
#include "multicast-wifi-api.h"

#include "ns3/event-id.h"
#include "ns3/nstime.h"

namespace ns3
{

class WifiResponder
{
  public:
    explicit WifiResponder(Ptr<StaWifiMac> mac);
    ~WifiResponder();

    void Associated();
    void Disassociated();
    /// \param elements of a beacon of the BSS
    void OnBeacon(mcast::BytesView elements);
    /// A group data frame of the BSS, for the group (GroupOf).
    void OnGroup(const WifiMacHeader& header, const mcast::MacAddress& group, const WifiTxVector& vector);
    /// A frame of the BSS. \return true if it is a request that is answered here: not for the MAC
    bool TakeRequest(Ptr<const WifiPsdu> psdu, const WifiTxVector& vector);

    /// How long the radio has to stay on, from now; zero: it need not.
    Time StayAwake() const;

  private:
    void Answer(const mcast::Bytes& octets, const WifiTxVector& vector);
    void Send(Ptr<WifiPsdu> psdu, WifiTxVector vector);

    Ptr<StaWifiMac> m_sta;
    mcast::wifi::GroupResponder m_core;
    EventId m_event;
};

} // namespace ns3

#endif // MULTICAST_WIFI_RESPONDER_H
