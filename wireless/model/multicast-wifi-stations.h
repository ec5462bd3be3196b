// SPDX-License-Identifier: GPL-2.0-only
// What an access point knows of its stations: who is associated, who sleeps, what waits for them in ns-3's queues. A table;
// DtimApMac acts on it. Private to the module.

#ifndef MULTICAST_WIFI_STATIONS_H
#define MULTICAST_WIFI_STATIONS_H

#include "../core/power-save-set.h"
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
        unsigned granted = 0;                         ///< frames that it asked for and that are in ns-3's queues
        std::size_t stored = 0;                       ///< unicast frames that wait for it elsewhere
        std::array<std::size_t, AC_UNDEF> queued{};   ///< unicast frames in ns-3's queues, by category
        /// From its association request. Empty rates: not told; U-APSD is in all categories, or in none.
        mcast::wifi::StationCapabilities capabilities;
        bool told = false;                            ///< it has DtimStation, and told what it can
        double signal = 0;                            ///< of its frames, a sliding mean in dBm

        std::size_t Queued() const;
    };

    typedef std::map<Mac48Address, Station> Table;

    /// Associated, or once more: awake.
    /// \param known whether ns-3 knows it to have QoS, which it does from 802.11n on; others tell. \param bss has the BSS QoS?
    Station& Associate(Mac48Address address, mcast::wifi::Aid aid, bool known, bool bss);
    void Forget(Mac48Address address);
    /// An association request, which comes before Associate. \param request its body
    void ReadRequest(const WifiMacHeader& header, Ptr<const Packet> request);
    /// A frame of a station, associated or about to be. \param signal in dBm
    void NoteSignal(Mac48Address address, double signal);

    /// \return null: not associated
    const Station* Find(Mac48Address address) const;
    bool IsAsleep(Mac48Address address) const;
    /// \return true if that is new
    bool SetAsleep(Mac48Address address, bool asleep);

    /// A unicast frame entered (+1) or left (-1) a queue. Others are not counted.
    void CountQueued(AcIndex ac, const WifiMacHeader& header, int change);
    void SetStored(Mac48Address address, std::size_t frames);
    void SetGranted(Mac48Address address, unsigned frames);

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
    std::map<Mac48Address, Station> m_requested; ///< those that are about to associate
    std::size_t m_asleep = 0;
};

} // namespace ns3

#endif // MULTICAST_WIFI_STATIONS_H
