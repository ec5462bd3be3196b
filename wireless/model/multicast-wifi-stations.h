// SPDX-License-Identifier: GPL-2.0-only
// What an access point knows of its stations: who is associated, who sleeps, what waits for them in ns-3's queues. A table;
// DtimApMac acts on it. Private to the module.

#ifndef MULTICAST_WIFI_STATIONS_H
#define MULTICAST_WIFI_STATIONS_H

#include "../core/rates.h"
#include "../core/tim.h"
#include "multicast-wifi-api.h"

#include <array>
#include <cstddef>
#include <map>
#include <vector>

namespace ns3
{

class WifiStations
{
  public:
    struct Station
    {
        mcast::wifi::Aid aid = 0;
        bool asleep = false;
        bool qos = false;
        unsigned granted = 0;                         ///< frames that a PS-Poll asked for and that are not sent yet
        std::array<std::size_t, AC_UNDEF> queued{};   ///< unicast frames in ns-3's queues, by category
        std::vector<mcast::wifi::Rate> rates;         ///< from its association request; empty: not told

        std::size_t Queued() const;
    };

    typedef std::map<Mac48Address, Station> Table;

    /// Associated, or once more: awake.
    Station& Associate(Mac48Address address, mcast::wifi::Aid aid, bool qos);
    void Forget(Mac48Address address);
    /// The rates of an association request, which comes before Associate. \param request the frame's body
    void ReadRates(Mac48Address address, Ptr<const Packet> request);

    /// \return null: not associated
    const Station* Find(Mac48Address address) const;
    bool IsAsleep(Mac48Address address) const;
    /// \return true if that is new
    bool SetAsleep(Mac48Address address, bool asleep);

    /// A unicast frame entered (+1) or left (-1) a queue. Others are not counted.
    void CountQueued(AcIndex ac, const WifiMacHeader& header, int change);
    /// A sleeping station asks for a frame. \return true if it gets one now
    bool Grant(Mac48Address address);

    bool AllQos() const;
    /// The stations that frames wait for.
    void FillTim(mcast::wifi::Tim& tim) const;
    /// Of each station.
    std::vector<std::vector<mcast::wifi::Rate>> Rates() const;

    const Table& All() const
    {
        return m_stations;
    }

    std::size_t Asleep() const
    {
        return m_asleep;
    }

  private:
    Table m_stations;
    std::map<Mac48Address, std::vector<mcast::wifi::Rate>> m_requested; ///< rates of those that are about to associate
    std::size_t m_asleep = 0;
};

} // namespace ns3

#endif // MULTICAST_WIFI_STATIONS_H
