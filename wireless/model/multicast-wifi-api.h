// SPDX-License-Identifier: GPL-2.0-only
// All that differs between the ns-3 releases in what the wireless part uses of ns-3's Wi-Fi, 3.37 to 3.48. Private to the
// module: not installed. ns-3 before 3.37 has no queue scheduler; there, the wireless part is empty.

#ifndef MULTICAST_WIFI_API_H
#define MULTICAST_WIFI_API_H

#if __has_include("ns3/wifi-mac-queue-scheduler.h")
#define MULTICAST_HAS_WIFI 1

#include "ns3/ap-wifi-mac.h"
#include "ns3/fcfs-wifi-queue-scheduler.h"
#include "ns3/frame-exchange-manager.h"
#include "ns3/mac48-address.h"
#include "ns3/packet.h"
#include "ns3/qos-txop.h"
#include "ns3/qos-utils.h"
#include "ns3/sta-wifi-mac.h"
#include "ns3/version-defines.h"
#include "ns3/wifi-mac-header.h"
#include "ns3/wifi-mac-queue-scheduler.h"
#include "ns3/wifi-mac-queue.h"
#include "ns3/wifi-mac.h"
#include "ns3/wifi-mpdu.h"
#include "ns3/wifi-net-device.h"
#include "ns3/wifi-phy.h"
#include "ns3/wifi-psdu.h"
#include "ns3/wifi-remote-station-manager.h"
#include "ns3/wifi-tx-vector.h"

#include <list>
#include <optional>
#include <set>
#include <vector>

/// MakeEnumAccessor takes the enum as template argument from 3.41 on.
#if NS3_VERSION_MINOR >= 41
#define MULTICAST_ENUM(type) <type>
#else
#define MULTICAST_ENUM(type)
#endif

namespace ns3
{
namespace wifi_api
{

constexpr int VERSION = NS3_VERSION_MINOR;

// Queues

/// Do frames to stations wait in this queue, and to which? None: management frames, group frames.
inline std::optional<Mac48Address>
ReceiverOf(const WifiContainerQueueId& queue)
{
#if NS3_VERSION_MINOR >= 48
    if (queue.type == WIFI_MGT_QUEUE || queue.addrType != WifiRcvAddr::UNICAST)
    {
        return std::nullopt;
    }
    return queue.addr1;
#elif NS3_VERSION_MINOR >= 39
    if (std::get<0>(queue) == WIFI_MGT_QUEUE || std::get<1>(queue) != WIFI_UNICAST)
    {
        return std::nullopt;
    }
    return std::get<2>(queue);
#else
    const auto type = std::get<0>(queue);
    if (type == WIFI_MGT_QUEUE || type == WIFI_QOSDATA_BROADCAST_QUEUE || std::get<1>(queue).IsGroup())
    {
        return std::nullopt;
    }
    return std::get<1>(queue);
#endif
}

/// Do group data frames wait in this queue?
inline bool
IsGroupQueue(const WifiContainerQueueId& queue)
{
#if NS3_VERSION_MINOR >= 48
    return queue.type != WIFI_MGT_QUEUE && queue.addrType != WifiRcvAddr::UNICAST;
#elif NS3_VERSION_MINOR >= 39
    return std::get<0>(queue) != WIFI_MGT_QUEUE && std::get<1>(queue) != WIFI_UNICAST;
#else
    const auto type = std::get<0>(queue);
    return type == WIFI_QOSDATA_BROADCAST_QUEUE || (type == WIFI_DATA_QUEUE && std::get<1>(queue).IsGroup());
#endif
}

/// The access categories that a MAC may have queues of.
constexpr AcIndex ALL_CATEGORIES[] = {AC_BE, AC_BK, AC_VI, AC_VO, AC_BE_NQOS, AC_BEACON};

/// A scheduler that asks another one, and leaves out what Hidden() says. Which queue comes next is asked differently by
/// each release; so are blocked queues, which are the other one's business.
class QueueFilter : public WifiMacQueueScheduler
{
  public:
    /// \return false: this queue is looked at; true: it is as if it were empty
    virtual bool Hidden(AcIndex ac, const WifiContainerQueueId& queue) const = 0;

#if NS3_VERSION_MINOR >= 48
    /// ns-3's own group delivery blocks queues for these; the one who filters decides in its place.
    static bool IsGroupDelivery(WifiQueueBlockedReason reason)
    {
        return reason == WifiQueueBlockedReason::WAIT_UNTIL_DTIM || reason == WifiQueueBlockedReason::TX_GROUP_AFTER_DTIM;
    }

    std::optional<WifiContainerQueueId> GetNext(AcIndex ac, std::optional<uint8_t> link, bool skip = true) override
    {
        return Visible(ac, m_inner->GetNext(ac, link, skip),
                       [=, this](const auto& queue) { return m_inner->GetNext(ac, link, queue, skip); });
    }

    std::optional<WifiContainerQueueId> GetNext(AcIndex ac, std::optional<uint8_t> link,
                                                const WifiContainerQueueId& previous, bool skip = true) override
    {
        return Visible(ac, m_inner->GetNext(ac, link, previous, skip),
                       [=, this](const auto& queue) { return m_inner->GetNext(ac, link, queue, skip); });
    }

    void SetWifiMacQueue(AcIndex ac, Ptr<WifiMacQueue> queue) override
    {
        m_inner->SetWifiMacQueue(ac, queue);
    }

    void BlockAllQueues(WifiQueueBlockedReason reason, const std::set<uint8_t>& links = {},
                        const std::set<WifiRcvAddr>& kinds = {}) override
    {
        if (!IsGroupDelivery(reason))
        {
            m_inner->BlockAllQueues(reason, links, kinds);
        }
    }

    void UnblockAllQueues(WifiQueueBlockedReason reason, const std::set<uint8_t>& links = {},
                          const std::set<WifiRcvAddr>& kinds = {}) override
    {
        m_inner->UnblockAllQueues(reason, links, kinds);
    }

    bool GetAllQueuesBlockedOnLink(uint8_t link, WifiRcvAddr kind = WifiRcvAddr::COUNT,
                                   WifiQueueBlockedReason reason = WifiQueueBlockedReason::REASONS_COUNT) override
    {
        return m_inner->GetAllQueuesBlockedOnLink(link, kind, reason);
    }
#elif NS3_VERSION_MINOR >= 41
    std::optional<WifiContainerQueueId> GetNext(AcIndex ac, std::optional<uint8_t> link) override
    {
        return Visible(ac, m_inner->GetNext(ac, link),
                       [=, this](const auto& queue) { return m_inner->GetNext(ac, link, queue); });
    }

    std::optional<WifiContainerQueueId> GetNext(AcIndex ac, std::optional<uint8_t> link,
                                                const WifiContainerQueueId& previous) override
    {
        return Visible(ac, m_inner->GetNext(ac, link, previous),
                       [=, this](const auto& queue) { return m_inner->GetNext(ac, link, queue); });
    }
#else
    std::optional<WifiContainerQueueId> GetNext(AcIndex ac, uint8_t link) override
    {
        return Visible(ac, m_inner->GetNext(ac, link),
                       [=](const auto& queue) { return m_inner->GetNext(ac, link, queue); });
    }

    std::optional<WifiContainerQueueId> GetNext(AcIndex ac, uint8_t link, const WifiContainerQueueId& previous) override
    {
        return Visible(ac, m_inner->GetNext(ac, link, previous),
                       [=](const auto& queue) { return m_inner->GetNext(ac, link, queue); });
    }
#endif

#if NS3_VERSION_MINOR >= 39
    std::list<uint8_t> GetLinkIds(AcIndex ac, Ptr<const WifiMpdu> mpdu,
                                  const std::list<WifiQueueBlockedReason>& ignored = {}) override
    {
        return m_inner->GetLinkIds(ac, mpdu, ignored);
    }

    /// The same for frames to sleepers.
    static bool IsPowerSave(WifiQueueBlockedReason reason)
    {
        return reason == WifiQueueBlockedReason::POWER_SAVE_MODE;
    }

    void BlockQueues(WifiQueueBlockedReason reason, AcIndex ac, const std::list<WifiContainerQueueType>& types,
                     const Mac48Address& receiver, const Mac48Address& transmitter, const std::set<uint8_t>& tids = {},
                     const std::set<uint8_t>& links = {}) override
    {
        if (!IsPowerSave(reason))
        {
            m_inner->BlockQueues(reason, ac, types, receiver, transmitter, tids, links);
        }
    }

    void UnblockQueues(WifiQueueBlockedReason reason, AcIndex ac, const std::list<WifiContainerQueueType>& types,
                       const Mac48Address& receiver, const Mac48Address& transmitter,
                       const std::set<uint8_t>& tids = {}, const std::set<uint8_t>& links = {}) override
    {
        if (!IsPowerSave(reason))
        {
            m_inner->UnblockQueues(reason, ac, types, receiver, transmitter, tids, links);
        }
    }

    std::optional<Mask> GetQueueLinkMask(AcIndex ac, const WifiContainerQueueId& queue, uint8_t link) override
    {
        return m_inner->GetQueueLinkMask(ac, queue, link);
    }
#else
    std::list<uint8_t> GetLinkIds(AcIndex ac, const WifiContainerQueueId& queue) override
    {
        return m_inner->GetLinkIds(ac, queue);
    }

    void SetLinkIds(AcIndex ac, const WifiContainerQueueId& queue, const std::list<uint8_t>& links) override
    {
        m_inner->SetLinkIds(ac, queue, links);
    }
#endif

  protected:
    template <class Next>
    std::optional<WifiContainerQueueId> Visible(AcIndex ac, std::optional<WifiContainerQueueId> queue, Next next) const
    {
        while (queue && Hidden(ac, *queue))
        {
            queue = next(*queue);
        }
        return queue;
    }

    Ptr<WifiMacQueueScheduler> m_inner;
};

/// The transmission opportunity that serves a queue. None if the MAC has none of this category.
inline Ptr<Txop>
TxopOf(Ptr<WifiMac> mac, AcIndex ac)
{
    if (ac == AC_BE_NQOS)
    {
        return mac->GetTxop();
    }
    if (ac == AC_BEACON || ac == AC_UNDEF || !mac->GetQosSupported())
    {
        return nullptr;
    }
    return mac->GetQosTxop(ac);
}

/// Access for the frames that a filter hides no longer.
inline void
RequestAccess(Ptr<WifiMac> mac)
{
    for (const auto ac : {AC_VO, AC_VI, AC_BE, AC_BK, AC_BE_NQOS})
    {
        if (const auto txop = TxopOf(mac, ac))
        {
            txop->NotifyWakeUp(0);
        }
    }
}

/// Hands a frame of the station's own to its MAC. \param ac the category, if the station has QoS
inline void
QueueOwn(Ptr<WifiMac> mac, AcIndex ac, Ptr<WifiMpdu> mpdu)
{
    const auto txop = TxopOf(mac, mac->GetQosSupported() ? ac : AC_BE_NQOS);
    txop->Queue(mpdu);
}

/// The QoS data frame for a station that follows another one in a queue, or the first one.
inline Ptr<WifiMpdu>
NextFrame(Ptr<WifiMacQueue> queue, uint8_t tid, Mac48Address station, Ptr<const WifiMpdu> former)
{
#if NS3_VERSION_MINOR >= 48
    return queue->PeekByTidAndAddress(tid, station, std::nullopt, former);
#else
    return queue->PeekByTidAndAddress(tid, station, former);
#endif
}

inline bool
IsUntried(const WifiMpdu& mpdu)
{
    return !mpdu.IsInFlight() && !mpdu.GetHeader().IsRetry();
}

/// QoS data frames for a station that were not tried yet.
inline std::vector<Ptr<WifiMpdu>>
UntriedFrames(Ptr<WifiMacQueue> queue, Mac48Address station)
{
    std::vector<Ptr<WifiMpdu>> frames;
    for (uint8_t tid = 0; queue && tid < 8; ++tid)
    {
        for (auto mpdu = NextFrame(queue, tid, station, nullptr); mpdu; mpdu = NextFrame(queue, tid, station, mpdu))
        {
            if (IsUntried(*mpdu))
            {
                frames.push_back(mpdu);
            }
        }
    }
    return frames;
}

// Frames

/// \param more the More Data bit, which has no setter before 3.48
inline void
SetMoreData(WifiMacHeader& header, bool more)
{
#if NS3_VERSION_MINOR >= 48
    header.SetMoreData(more);
#else
    if (header.IsMoreData() == more)
    {
        return;
    }
    auto packet = Create<Packet>();
    packet->AddHeader(header);
    std::vector<uint8_t> octets(packet->GetSize());
    packet->CopyData(octets.data(), octets.size());
    octets[1] = more ? octets[1] | 0x20 : octets[1] & ~0x20;
    Create<Packet>(octets.data(), octets.size())->PeekHeader(header);
#endif
}

// Power save. From 3.48 on ns-3's access point reads the Power Management bit, blocks the queues of sleepers and answers their
// PS-Polls, and both are real. Before, and where it takes one side for one without QoS (it does so without HT), with which it
// fails or finds no frames, WifiPowerTag carries them.

/// Does a station tell its access point by real frames that it sleeps?
inline bool
HasPowerSave([[maybe_unused]] Ptr<StaWifiMac> mac)
{
#if NS3_VERSION_MINOR >= 48
    return mac->GetQosSupported() && mac->GetWifiRemoteStationManager()->GetHtSupported(mac->GetBssid(0));
#else
    return false;
#endif
}

/// Does ns-3's access point itself keep a station's frames and answer its PS-Polls?
inline bool
ServesSleeper([[maybe_unused]] Ptr<ApWifiMac> mac, [[maybe_unused]] Mac48Address station)
{
#if NS3_VERSION_MINOR >= 48
    return mac->GetWifiRemoteStationManager()->IsInPsMode(station);
#else
    return false;
#endif
}

inline bool
IsPowerManagement([[maybe_unused]] const WifiMacHeader& header)
{
#if NS3_VERSION_MINOR >= 48
    return header.IsPowerManagement();
#else
    return false;
#endif
}

inline bool
IsPsPoll([[maybe_unused]] const WifiMacHeader& header)
{
#if NS3_VERSION_MINOR >= 48
    return header.IsPsPoll();
#else
    return false;
#endif
}

inline void
SetPowerManagement([[maybe_unused]] WifiMacHeader& header, [[maybe_unused]] bool on)
{
#if NS3_VERSION_MINOR >= 48
    on ? header.SetPowerManagement() : header.SetNoPowerManagement();
#endif
}

/// Asks the access point for a frame; only with HasPowerSave.
inline void
QueuePsPoll([[maybe_unused]] Ptr<StaWifiMac> mac)
{
#if NS3_VERSION_MINOR >= 48
    mac->EnqueuePsPoll(0);
#endif
}

/// The MPDU that is in the queue, of one on its way: another one in releases with links.
template <class Mpdu>
auto
OriginalOf(Ptr<Mpdu> mpdu, int) -> decltype(ConstCast<Mpdu>(mpdu->GetOriginal()))
{
    return ConstCast<Mpdu>(mpdu->GetOriginal());
}

inline Ptr<WifiMpdu>
OriginalOf(Ptr<WifiMpdu> mpdu, long)
{
    return mpdu;
}

/// Gives an MPDU its sequence number, so that the MAC does not; where it cannot be told so, it leaves frames with Retry alone.
template <class Mpdu>
auto
NumberMpdu(Ptr<Mpdu> mpdu, uint16_t sequence, int) -> decltype(mpdu->AssignSeqNo(sequence))
{
    mpdu->AssignSeqNo(sequence);
}

template <class Mpdu>
void
NumberMpdu(Ptr<Mpdu> mpdu, uint16_t sequence, long)
{
    mpdu->GetHeader().SetSequenceNumber(sequence);
}

inline WifiMode
ModeOf(const WifiTxVector& vector)
{
    return vector.GetMode(SU_STA_ID);
}

/// In 500 kb/s.
inline uint32_t
RateOf(const WifiTxVector& vector)
{
    return static_cast<uint32_t>(ModeOf(vector).GetDataRate(vector) / 500000);
}

inline Time
Airtime(Ptr<const WifiPsdu> psdu, const WifiTxVector& vector, Ptr<const WifiPhy> phy)
{
    return WifiPhy::CalculateTxDuration(psdu->GetSize(), vector, phy->GetPhyBand());
}

/// A PSDU of one MPDU from its octets, without FCS.
inline Ptr<WifiPsdu>
PsduOf(const std::vector<uint8_t>& octets)
{
    const auto packet = Create<Packet>(octets.data(), static_cast<uint32_t>(octets.size()));
    WifiMacHeader header;
    packet->RemoveHeader(header);
    return Create<WifiPsdu>(packet, header);
}

/// The octets of a PSDU of one MPDU, without FCS.
inline std::vector<uint8_t>
OctetsOf(Ptr<const WifiPsdu> psdu)
{
    const auto packet = psdu->GetPayload(0)->Copy();
    packet->AddHeader(psdu->GetHeader(0));
    std::vector<uint8_t> octets(packet->GetSize());
    packet->CopyData(octets.data(), static_cast<uint32_t>(octets.size()));
    return octets;
}

/// Sends without asking the MAC: an answer, SIFS after what it answers. \return false if the PHY can't send now
inline bool
SendNow(Ptr<WifiPhy> phy, Ptr<const WifiPsdu> psdu, const WifiTxVector& vector)
{
    if (!phy->IsStateIdle() && !phy->IsStateCcaBusy())
    {
        return false;
    }
    phy->Send(psdu, vector);
    return true;
}

// Reception

/// How the PHY hands over a PSDU's TXVECTOR and the state of its MPDUs.
#if NS3_VERSION_MINOR >= 48
using RxVector = const WifiTxVector&;
using RxStatus = const std::vector<bool>&;
#else
using RxVector = WifiTxVector;
using RxStatus = std::vector<bool>;
#endif

/// What ns-3 does with a PSDU that a PHY has received.
inline void
PassUp(Ptr<WifiMac> mac, Ptr<const WifiPsdu> psdu, const RxSignalInfo& signal, const WifiTxVector& vector,
       const std::vector<bool>& status)
{
    mac->GetFrameExchangeManager()->Receive(psdu, signal, vector, status);
}

/// Is a frame exchange going on that this station began?
inline bool
AwaitsResponse(Ptr<const WifiMac> mac)
{
    return mac->GetFrameExchangeManager()->GetWifiTxTimer().IsRunning();
}

inline bool
HasQueuedFrames(Ptr<const WifiMac> mac)
{
    for (const auto ac : ALL_CATEGORIES)
    {
        const auto queue = ac == AC_BEACON ? nullptr : mac->GetTxopQueue(ac);
        if (queue && queue->QueueBase::GetNPackets() > 0)
        {
            return true;
        }
    }
    return false;
}

} // namespace wifi_api
} // namespace ns3

#endif // __has_include
#endif // MULTICAST_WIFI_API_H
