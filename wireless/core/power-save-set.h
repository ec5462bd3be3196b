// SPDX-License-Identifier: GPL-2.0-only
// Who is associated with an access point, who of them sleeps, and for whom unicast frames wait: the stations' part of
// the TIM. Buffering unicast frames is the MAC's business.          IEEE 802.11-2020 11.2.3, 9.4.1.8

#ifndef MCAST_WIFI_POWER_SAVE_SET_H
#define MCAST_WIFI_POWER_SAVE_SET_H

#include "ids.h"
#include "rates.h"
#include "tim.h"

#include <map>
#include <optional>
#include <vector>

namespace mcast::wifi
{

/// What a station can do, as its association told (Extended Capabilities, 9.4.2.26).
struct StationCapabilities
{
    bool qos = false;
    bool fms = false;                 ///< Flexible Multicast Service
    bool dms = false;                 ///< Directed Multicast Service
    bool gcr = false;                 ///< Robust AV Streaming: groupcast with retries
    std::vector<Rate> rates;          ///< that it can receive; empty: the basic ones
    unsigned listenInterval = 1;      ///< Beacon intervals
    std::uint8_t deliveryEnabled = 0; ///< U-APSD, a bit per AccessCategory
    unsigned maxServicePeriod = 0;    ///< frames per service period; 0: all
};

struct Station
{
    MacAddress address{};
    Aid aid = 0;
    StationCapabilities capabilities;
    bool asleep = false;             ///< its last frame had the Power Management bit set
    std::size_t buffered = 0;        ///< unicast frames that wait for it
    std::size_t bufferedEnabled = 0; ///< of these, frames of delivery-enabled access categories
};

class PowerSaveSet
{
  public:
    /// \return the AID: the lowest one that is free, the old one of a station that associates again (awake); none if all
    ///         2007 are taken
    std::optional<Aid> Associate(const MacAddress& address, const StationCapabilities& capabilities);
    /// The same with an AID that the host gave out. \return false if it is none, or another station's
    bool AssociateAs(const MacAddress& address, Aid aid, const StationCapabilities& capabilities);
    bool Disassociate(const MacAddress& address);

    /// The Power Management bit of a frame that the station sent and the access point received (11.2.3.2).
    /// \return true if that changes what it does
    bool SetAsleep(const MacAddress& address, bool asleep);
    /// \param enabled of these, frames of access categories that are delivery-enabled
    void SetBuffered(const MacAddress& address, std::size_t frames, std::size_t enabled = 0);

    const Station* Find(const MacAddress& address) const;
    const Station* Find(Aid aid) const;
    /// By AID.
    std::vector<Station> Stations() const;
    std::size_t Associated() const;

    std::size_t Asleep() const
    {
        return m_asleep;
    }

    /// Is every associated station a QoS station (and is there one)?
    bool AllQos() const;

    /// The bits of the sleeping stations with frames waiting. Of a station with delivery-enabled and other categories
    /// only the others count (11.2.3.5.4).
    void FillTim(Tim& tim) const;

  private:
    std::map<MacAddress, Aid> m_aids;
    std::map<Aid, Station> m_stations;
    std::size_t m_asleep = 0;
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_POWER_SAVE_SET_H
