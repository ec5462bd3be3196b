// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_DTIM_AP_H
#define MULTICAST_DTIM_AP_H

#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"
#include "ns3/mac48-address.h"
#include "ns3/nstime.h"
#include "ns3/object.h"
#include "ns3/traced-callback.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace ns3
{

class DtimApMac;
class NetDevice;
class Packet;

/**
 * \ingroup multicast
 * \brief Group delivery of an access point: group frames wait for the DTIM while any station sleeps.
 *
 * Aggregated to a WifiNetDevice with an ApWifiMac by DtimHelper::InstallAp. Its beacons carry a TIM, buffered group frames
 * follow a DTIM beacon with the More Data bit set in all but the last, and frames of sleeping stations wait until these
 * fetch them. The MAC itself is ns-3's. Clauses are those of IEEE 802.11-2020; 11.2.3 is power management.
 */
class DtimAp : public Object
{
  public:
    /// What becomes of buffered group frames when the last sleeping station wakes up.
    enum LastWake
    {
        FLUSH,        ///< sent at once (11.2.3)
        WAIT_FOR_DTIM ///< wait for the DTIM, and new ones behind them: Linux
    };

    /// Which group frame a full buffer drops.
    enum DropSide
    {
        NEWEST,
        OLDEST ///< Linux
    };

    /// Where the TIM stands in a beacon.
    enum TimPosition
    {
        ORDERED, ///< as the standard has it: stations of ns-3 up to 3.41 read beacons by position and miss what follows
        TRAILING
    };

    /// The format of group data frames of an AP with QoS.
    enum GroupQos
    {
        NON_QOS,      ///< plain data frames: Linux
        QOS_IF_ALL,   ///< QoS data frames if all associated stations have QoS
        QOS_UNCHANGED ///< what ns-3 makes of them
    };

    /// How a burst goes on that is not over when the next beacon is due.
    enum Overrun
    {
        CONTINUE,     ///< after that beacon, which has the group bit set (11.2.3.6)
        WAIT_NEXT_DTIM
    };

    /// The rate of group frames (10.6.5).
    enum RateChoice
    {
        UNCHANGED,      ///< NonUnicastMode of the station manager
        LOWEST_BASIC,
        HIGHEST_BASIC,
        ALL_MEMBERS     ///< the highest rate that all associated stations take
    };

    /// How a group's frames get to its members.
    enum Method
    {
        NO_ACK = 0,                 ///< one frame to the group, not acknowledged
        UNICAST_PAYLOAD = 1,        ///< a copy for each member, to its address
        UNICAST_AMSDU = 2,          ///< a copy for each member, the group inside an A-MSDU; to stations with QoS
        DMS = 3,                    ///< the same for stations that have DMS, a group frame for others (11.21.16.2)
        FMS = 4,                    ///< a group frame at every FmsInterval-th DTIM (11.2.3.14)
        GCR_UNSOLICITED_RETRY = 5,  ///< Retries more group frames, whatever was received (11.21.16.3.6)
        GCR_BLOCK_ACK = 6, ///< QoS group frames; members are asked for what they miss (11.21.16.3.7). All have QoS and DtimStation
        LEADER_ACK = 7     ///< the weakest member with DtimStation acknowledges each group frame; not in the standard
    };

    /// What chooses between group frames and copies.
    enum Automatic
    {
        OFF,        ///< Method
        BY_MEMBERS, ///< copies for up to MaxUnicastMembers members
        BY_LOSS,    ///< one frame as long as the worst member loses at most MaxLoss of them, else the cheapest that does
        BY_AIRTIME  ///< whatever takes the least time on the air
    };

    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    DtimAp();
    ~DtimAp() override;

    /**
     * \brief Take over a device's group delivery. Once, before the simulation starts.
     * \param device a WifiNetDevice with an ApWifiMac and one link
     */
    void Install(Ptr<NetDevice> device);

    /**
     * \brief The method for one group, whatever the attributes say. Before the simulation starts.
     * \param group a MAC address \param method how
     */
    void SetGroupMethod(Mac48Address group, Method method);

    /// \return attribute Method
    Method GetMethod() const;
    /// \return attribute Retries
    uint8_t GetRetries() const;
    /// \return attribute BlockSize
    uint8_t GetBlockSize() const;
    /// \return attribute FmsInterval
    uint8_t GetFmsInterval() const;
    /// \return attribute Automatic
    Automatic GetAutomatic() const;
    /// \return attribute MaxUnicastMembers
    uint32_t GetMaxUnicastMembers() const;
    /// \return attribute MaxLoss
    double GetMaxLoss() const;
    /// \return attribute Snooping
    bool GetSnooping() const;
    /// \return attribute Querier
    bool GetQuerier() const;
    /// \return attribute QuerierAddress
    Ipv4Address GetQuerierAddress() const;
    /// \return attribute QuerierAddress6
    Ipv6Address GetQuerierAddress6() const;
    /// \return attribute OfferFms
    bool GetOfferFms() const;
    /// \return attribute OfferDms
    bool GetOfferDms() const;
    /// \return attribute OfferGcr
    bool GetOfferGcr() const;
    /// \return what SetGroupMethod set
    const std::map<Mac48Address, Method>& GetGroupMethods() const;

    /// \return group frames that wait
    std::size_t GetWaiting() const;
    /// \return stations that are associated and sleep
    std::size_t GetSleeping() const;
    /// \return stations that are associated
    std::size_t GetAssociated() const;
    /**
     * \param station an address
     * \return true if the station is associated and sleeps
     */
    bool IsSleeping(Mac48Address station) const;

    /**
     * \brief Signature of Buffered: a group frame came and has to wait.
     * \param packet its body \param destination the group
     */
    typedef void (*BufferedCallback)(Ptr<const Packet> packet, Mac48Address destination);
    /**
     * \brief Signature of Released: a group frame is being sent.
     * \param packet its body \param destination the group \param waited since it came
     */
    typedef void (*ReleasedCallback)(Ptr<const Packet> packet, Mac48Address destination, Time waited);
    /**
     * \brief Signature of Dropped: a frame is gone.
     * \param packet its body \param destination the receiver
     * \param reason buffer-full, lifetime, no-stations, no-members, retry-limit, withdrawn
     */
    typedef void (*DroppedCallback)(Ptr<const Packet> packet, Mac48Address destination, const std::string& reason);
    /**
     * \brief Signature of PowerSave: a station sleeps or wakes.
     * \param station its address \param asleep which
     */
    typedef void (*PowerSaveCallback)(Mac48Address station, bool asleep);
    /**
     * \brief Signature of Airtime: the access point occupies the medium.
     * \param what beacon, unicast, other, or the method of a group frame: no-ack, unicast-payload, unicast-amsdu, dms, fms,
     *        gcr-unsolicited-retry, gcr-block-ack (with BlockAckReqs), leader-ack \param duration of the PPDU
     */
    typedef void (*AirtimeCallback)(const std::string& what, Time duration);
    /**
     * \brief Signature of Burst: buffered group frames begin or end to be sent.
     * \param begins which \param frames that wait, or that were sent
     */
    typedef void (*BurstCallback)(bool begins, uint64_t frames);

  protected:
    void DoInitialize() override;
    void DoDispose() override;

  private:
    friend class DtimApMac;
    friend class DtimGroupQueue;
    friend class DtimUnicastQueue;

    uint8_t m_period;
    LastWake m_lastWake;
    DropSide m_dropSide;
    TimPosition m_timPosition;
    GroupQos m_groupQos;
    Overrun m_overrun;
    RateChoice m_rate;
    uint32_t m_maxFrames;
    uint32_t m_maxOctets;
    Time m_lifetime;
    bool m_lateJoins;
    bool m_dropWithoutStations;
    bool m_groupFirst;
    Method m_method;
    uint8_t m_retries;
    uint8_t m_blockSize;
    uint8_t m_fmsInterval;
    Automatic m_automatic;
    uint32_t m_maxUnicastMembers;
    double m_maxLoss;
    Time m_probeInterval;
    bool m_snooping;
    bool m_querier;
    Ipv4Address m_querierAddress;
    Ipv6Address m_querierAddress6;
    bool m_offerFms;
    bool m_offerDms;
    bool m_offerGcr;
    std::map<Mac48Address, Method> m_groupMethods;
    uint32_t m_unicastMaxFrames;
    Time m_unicastLifetime;

    Ptr<DtimApMac> m_mac;

    TracedCallback<Ptr<const Packet>, Mac48Address> m_buffered;
    TracedCallback<Ptr<const Packet>, Mac48Address, Time> m_released;
    TracedCallback<Ptr<const Packet>, Mac48Address, const std::string&> m_dropped;
    TracedCallback<Mac48Address, bool> m_powerSave;
    TracedCallback<const std::string&, Time> m_airtime;
    TracedCallback<bool, uint64_t> m_burst;
};

} // namespace ns3

#endif // MULTICAST_DTIM_AP_H
