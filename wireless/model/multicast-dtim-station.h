// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_DTIM_STATION_H
#define MULTICAST_DTIM_STATION_H

#include "ns3/mac48-address.h"
#include "ns3/nstime.h"
#include "ns3/object.h"
#include "ns3/traced-callback.h"

#include <cstdint>
#include <string>

namespace ns3
{

class DtimStationMac;
class NetDevice;
class Packet;

/**
 * \ingroup multicast
 * \brief Power save of a station: its radio sleeps, but for the beacons and frames that it has to hear.
 *
 * Aggregated to a WifiNetDevice with a StaWifiMac by DtimHelper::InstallStations. The access point has to have DtimAp. The
 * PHY sleeps by WifiPhy::SetSleepMode, so WifiRadioEnergyModel sees it. Clauses are those of IEEE 802.11-2020; 11.2.3.2 and
 * 11.2.3.6 to 11.2.3.8 say when a station listens.
 */
class DtimStation : public Object
{
  public:
    /// How unicast frames that wait at the access point are fetched.
    enum Fetch
    {
        PS_POLL,        ///< a PS-Poll for each
        WAKE_UP,        ///< out of power save, and back after ActiveTime without a frame
        SERVICE_PERIOD, ///< U-APSD (11.2.3.5): a trigger for MaxServicePeriod frames; in all access categories, with QoS only
        ON_DEMAND       ///< not by itself: by Poll(), or when the station wakes up for good
    };

    /// Groupcast with retries, which of the two (11.21.16.3).
    enum Gcr
    {
        UNSOLICITED_RETRY, ///< each frame is sent several times
        BLOCK_ACK          ///< the access point asks for what is missing
    };

    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    DtimStation();
    ~DtimStation() override;

    /**
     * \brief Take over a device's power save. Once, before the simulation starts.
     * \param device a WifiNetDevice with a StaWifiMac and one link
     */
    void Install(Ptr<NetDevice> device);

    /**
     * \brief Switch power save on or off (attribute PowerSave). It begins when the access point has acknowledged it.
     * \param on which
     */
    void SetPowerSave(bool on);
    /// In power save: ask for one frame by a PS-Poll, awake until it comes or is overdue. See Fetch.
    void Poll();
    /// \return true if power save was asked for
    bool GetPowerSave() const;
    /// \return true if the access point knows that this station is in power save
    bool IsPowerSave() const;
    /// \return true if the radio sleeps
    bool IsDozing() const;
    /// \return time that the radio has slept in all
    Time GetDozeTime() const;
    /// \return times that the radio went to sleep
    uint64_t GetDozes() const;

    /**
     * \brief Ask for FMS (11.2.3.14): the group is delivered at every so many DTIMs only.
     * \param group a MAC address \param interval DTIMs, 1 to 31
     *
     * This and the other requests stand until they are removed, also over associations; trace source Service tells what
     * becomes of them.
     */
    void RequestFms(Mac48Address group, uint8_t interval);
    /**
     * \brief Ask for DMS (11.21.16.2): the group comes in frames of the station's own. In a BSS with QoS.
     * \param group a MAC address
     */
    void RequestDms(Mac48Address group);
    /**
     * \brief Ask for GCR (11.21.16.3): the group comes in concealed frames that are repeated. It takes the place of DMS, and DMS
     *        its. In a BSS with QoS.
     * \param group a MAC address \param gcr which kind
     */
    void RequestGcr(Mac48Address group, Gcr gcr);
    /**
     * \brief Take back what was asked for.
     * \param group a MAC address
     */
    void RemoveFms(Mac48Address group);
    /// \copydoc RemoveFms
    void RemoveDms(Mac48Address group);
    /**
     * \brief Take back what was asked for.
     * \param group a MAC address \param gcr which kind
     */
    void RemoveGcr(Mac48Address group, Gcr gcr);

    /**
     * \brief Signature of Service: what became of a request.
     * \param service fms, dms, gcr-unsolicited-retry or gcr-block-ack \param group a MAC address
     * \param what accepted, denied, unanswered or ended \param interval of FMS: DTIMs that were granted
     */
    typedef void (*ServiceCallback)(const std::string& service, Mac48Address group, const std::string& what,
                                    uint32_t interval);
    /**
     * \brief Signature of Doze: the radio goes to sleep.
     * \param until when it wakes by itself
     */
    typedef void (*DozeCallback)(Time until);
    /**
     * \brief Signature of Wake: the radio wakes up.
     * \param slept how long it slept
     */
    typedef void (*WakeCallback)(Time slept);
    /**
     * \brief Signature of BeaconMissed: a beacon that the station listened for did not come.
     * \param waited how long it has listened
     */
    typedef void (*BeaconMissedCallback)(Time at);
    /**
     * \brief Signature of Duplicate: a group frame came that was there before; it goes no further.
     * \param packet its body \param transmitter the access point
     */
    typedef void (*DuplicateCallback)(Ptr<const Packet> packet, Mac48Address transmitter);

  protected:
    void DoDispose() override;

  private:
    friend class DtimStationMac;
    friend class WifiRadio;
    friend class WifiServices;

    void NotifyService(const std::string& service, Mac48Address group, const std::string& what, uint32_t interval);

    bool m_wanted;
    uint32_t m_listenInterval;
    bool m_receiveDtims;
    Fetch m_fetch;
    Time m_wakeLead;
    Time m_pollTimeout;
    Time m_activeTime;
    uint8_t m_maxServicePeriod;
    bool m_fms;
    bool m_dms;
    bool m_gcr;
    Time m_requestTimeout;
    uint32_t m_requestAttempts;

    Ptr<DtimStationMac> m_mac;

    TracedCallback<Time> m_doze;
    TracedCallback<Time> m_wake;
    TracedCallback<Time> m_beaconMissed;
    TracedCallback<Ptr<const Packet>, Mac48Address> m_duplicate;
    TracedCallback<const std::string&, Mac48Address, const std::string&, uint32_t> m_service;
};

} // namespace ns3

#endif // MULTICAST_DTIM_STATION_H
