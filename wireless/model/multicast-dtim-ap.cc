// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "multicast-dtim-ap-mac.h"
#include "multicast-dtim-ap.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/enum.h"
#include "ns3/log.h"
#include "ns3/uinteger.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("DtimAp");

NS_OBJECT_ENSURE_REGISTERED(DtimAp);

TypeId
DtimAp::GetTypeId()
{
    static const TypeId tid =
        TypeId("ns3::DtimAp")
            .SetParent<Object>()
            .SetGroupName("Multicast")
            .AddConstructor<DtimAp>()
            .AddAttribute("DtimPeriod", "Beacons from DTIM to DTIM.", UintegerValue(1),
                          MakeUintegerAccessor(&DtimAp::m_period), MakeUintegerChecker<uint8_t>(1))
            .AddAttribute("LastWake", "What becomes of buffered group frames when the last sleeping station wakes up.",
                          EnumValue(FLUSH), MakeEnumAccessor MULTICAST_ENUM(LastWake)(&DtimAp::m_lastWake),
                          MakeEnumChecker(FLUSH, "Flush", WAIT_FOR_DTIM, "WaitForDtim"))
            .AddAttribute("DropSide", "Which group frame a full buffer drops.", EnumValue(NEWEST),
                          MakeEnumAccessor MULTICAST_ENUM(DropSide)(&DtimAp::m_dropSide),
                          MakeEnumChecker(NEWEST, "Newest", OLDEST, "Oldest"))
            .AddAttribute("TimPosition", "Where the TIM stands in a beacon. Stations of ns-3 up to 3.41 read beacons by position.",
                          EnumValue(wifi_api::VERSION >= 42 ? ORDERED : TRAILING),
                          MakeEnumAccessor MULTICAST_ENUM(TimPosition)(&DtimAp::m_timPosition),
                          MakeEnumChecker(ORDERED, "Ordered", TRAILING, "Trailing"))
            .AddAttribute("GroupQos", "The format of group data frames of an AP with QoS.", EnumValue(NON_QOS),
                          MakeEnumAccessor MULTICAST_ENUM(GroupQos)(&DtimAp::m_groupQos),
                          MakeEnumChecker(NON_QOS, "NonQos", QOS_IF_ALL, "QosIfAllCapable", QOS_UNCHANGED, "Unchanged"))
            .AddAttribute("Overrun", "How a burst goes on that is not over when the next beacon is due.",
                          EnumValue(CONTINUE), MakeEnumAccessor MULTICAST_ENUM(Overrun)(&DtimAp::m_overrun),
                          MakeEnumChecker(CONTINUE, "Continue", WAIT_NEXT_DTIM, "WaitForDtim"))
            .AddAttribute("GroupRate", "The rate of group frames.", EnumValue(UNCHANGED),
                          MakeEnumAccessor MULTICAST_ENUM(RateChoice)(&DtimAp::m_rate),
                          MakeEnumChecker(UNCHANGED, "Unchanged", LOWEST_BASIC, "LowestBasic", HIGHEST_BASIC,
                                          "HighestBasic", ALL_MEMBERS, "AllMembers"))
            .AddAttribute("BufferFrames", "Group frames that may wait. Linux: 128.", UintegerValue(4096),
                          MakeUintegerAccessor(&DtimAp::m_maxFrames), MakeUintegerChecker<uint32_t>(1))
            .AddAttribute("BufferOctets", "Octets of the group frames that may wait.", UintegerValue(8 << 20),
                          MakeUintegerAccessor(&DtimAp::m_maxOctets), MakeUintegerChecker<uint32_t>(1))
            .AddAttribute("Lifetime", "How long a group frame may wait; 0: for ever. Shorter than a DTIM interval, sleepers "
                                      "lose frames.",
                          TimeValue(Seconds(0)), MakeTimeAccessor(&DtimAp::m_lifetime), MakeTimeChecker(Seconds(0)))
            .AddAttribute("LateFramesJoin", "A group frame that comes during a burst is sent in it.", BooleanValue(true),
                          MakeBooleanAccessor(&DtimAp::m_lateJoins), MakeBooleanChecker())
            .AddAttribute("DropWithoutStations", "Drop group frames while nobody is associated, as Linux does.",
                          BooleanValue(false), MakeBooleanAccessor(&DtimAp::m_dropWithoutStations),
                          MakeBooleanChecker())
            .AddAttribute("GroupFirst", "Unicast data wait while buffered group frames are sent (11.2.3.6).",
                          BooleanValue(true), MakeBooleanAccessor(&DtimAp::m_groupFirst), MakeBooleanChecker())
            .AddAttribute("UnicastBufferFrames", "Unicast frames that may wait for a sleeping station, in each access category.",
                          UintegerValue(64), MakeUintegerAccessor(&DtimAp::m_unicastMaxFrames),
                          MakeUintegerChecker<uint32_t>(1))
            .AddAttribute("UnicastLifetime", "How long a unicast frame may wait for a sleeping station.",
                          TimeValue(Seconds(10)), MakeTimeAccessor(&DtimAp::m_unicastLifetime),
                          MakeTimeChecker(MilliSeconds(1)))
            .AddAttribute("Method", "How group frames get to members.", EnumValue(NO_ACK),
                          MakeEnumAccessor MULTICAST_ENUM(Method)(&DtimAp::m_method),
                          MakeEnumChecker(NO_ACK, "NoAck", UNICAST_PAYLOAD, "UnicastPayload", UNICAST_AMSDU, "UnicastAmsdu",
                                          DMS, "Dms", FMS, "Fms", GCR_UNSOLICITED_RETRY, "GcrUnsolicitedRetry",
                                          GCR_BLOCK_ACK, "GcrBlockAck", LEADER_ACK, "LeaderAck"))
            .AddAttribute("Retries",
                          "Of GcrUnsolicitedRetry: each group frame is sent so many times more; of GcrBlockAck and LeaderAck: "
                          "at most.",
                          UintegerValue(3), MakeUintegerAccessor(&DtimAp::m_retries), MakeUintegerChecker<uint8_t>(0, 15))
            .AddAttribute("BlockSize", "Of GcrBlockAck: group frames after which the members are asked.", UintegerValue(16),
                          MakeUintegerAccessor(&DtimAp::m_blockSize), MakeUintegerChecker<uint8_t>(1, 64))
            .AddAttribute("FmsInterval", "Of Fms: delivered at every so many DTIMs.", UintegerValue(2),
                          MakeUintegerAccessor(&DtimAp::m_fmsInterval), MakeUintegerChecker<uint8_t>(1, 31))
            .AddAttribute("Automatic", "What chooses between group frames and copies.", EnumValue(OFF),
                          MakeEnumAccessor MULTICAST_ENUM(Automatic)(&DtimAp::m_automatic),
                          MakeEnumChecker(OFF, "Off", BY_MEMBERS, "ByMembers", BY_LOSS, "ByLoss", BY_AIRTIME, "ByAirtime"))
            .AddAttribute("MaxUnicastMembers", "Of Automatic ByMembers: copies for up to so many members.", UintegerValue(8),
                          MakeUintegerAccessor(&DtimAp::m_maxUnicastMembers), MakeUintegerChecker<uint32_t>())
            .AddAttribute("MaxLoss", "Of Automatic ByLoss: what part of its frames the worst member may lose.", DoubleValue(0.01),
                          MakeDoubleAccessor(&DtimAp::m_maxLoss), MakeDoubleChecker<double>(0, 1))
            .AddAttribute("LossProbeInterval",
                          "Of Automatic ByLoss and ByAirtime: a member that had no frame of its own for so long, and is awake, gets a "
                          "Null frame; 0: none does.",
                          TimeValue(MilliSeconds(200)), MakeTimeAccessor(&DtimAp::m_probeInterval),
                          MakeTimeChecker(Seconds(0)))
            .AddAttribute("Snooping", "Group frames go to the members that IGMP and MLD tell; those without any are not sent.",
                          BooleanValue(false), MakeBooleanAccessor(&DtimAp::m_snooping), MakeBooleanChecker())
            .AddAttribute("Querier", "With Snooping: send IGMP and MLD queries as long as no other querier is heard.",
                          BooleanValue(true), MakeBooleanAccessor(&DtimAp::m_querier), MakeBooleanChecker())
            .AddAttribute("QuerierAddress", "Source of its IGMP queries.", Ipv4AddressValue("192.168.255.254"),
                          MakeIpv4AddressAccessor(&DtimAp::m_querierAddress), MakeIpv4AddressChecker())
            .AddAttribute("QuerierAddress6", "Source of its MLD queries, link-local; ::, the device's own.",
                          Ipv6AddressValue("::"), MakeIpv6AddressAccessor(&DtimAp::m_querierAddress6),
                          MakeIpv6AddressChecker())
            .AddAttribute("OfferFms", "Stations that ask for FMS get it.", BooleanValue(true),
                          MakeBooleanAccessor(&DtimAp::m_offerFms), MakeBooleanChecker())
            .AddAttribute("OfferDms", "Stations that ask for DMS get it, in a BSS with QoS.", BooleanValue(true),
                          MakeBooleanAccessor(&DtimAp::m_offerDms), MakeBooleanChecker())
            .AddAttribute("OfferGcr", "Stations that ask for GCR get it, in a BSS with QoS.", BooleanValue(true),
                          MakeBooleanAccessor(&DtimAp::m_offerGcr), MakeBooleanChecker())
            .AddTraceSource("Buffered", "A group frame has to wait.", MakeTraceSourceAccessor(&DtimAp::m_buffered),
                            "ns3::DtimAp::BufferedCallback")
            .AddTraceSource("Released", "A group frame is being sent.", MakeTraceSourceAccessor(&DtimAp::m_released),
                            "ns3::DtimAp::ReleasedCallback")
            .AddTraceSource("Dropped", "A frame is gone, and why.", MakeTraceSourceAccessor(&DtimAp::m_dropped),
                            "ns3::DtimAp::DroppedCallback")
            .AddTraceSource("PowerSave", "A station sleeps or wakes.", MakeTraceSourceAccessor(&DtimAp::m_powerSave),
                            "ns3::DtimAp::PowerSaveCallback")
            .AddTraceSource("Airtime", "The access point occupies the medium.",
                            MakeTraceSourceAccessor(&DtimAp::m_airtime), "ns3::DtimAp::AirtimeCallback")
            .AddTraceSource("Burst", "Buffered group frames begin or end to be sent.",
                            MakeTraceSourceAccessor(&DtimAp::m_burst), "ns3::DtimAp::BurstCallback");
    return tid;
}

DtimAp::DtimAp() = default;

DtimAp::~DtimAp() = default;

void
DtimAp::Install(Ptr<NetDevice> device)
{
    NS_LOG_FUNCTION(this << device);
    NS_ABORT_MSG_IF(m_mac, "this DtimAp has a device");
    const auto wifi = DynamicCast<WifiNetDevice>(device);
    NS_ABORT_MSG_UNLESS(wifi, "DtimAp needs a WifiNetDevice");
    const auto mac = DynamicCast<ApWifiMac>(wifi->GetMac());
    NS_ABORT_MSG_UNLESS(mac, "DtimAp needs the device of an access point");
    NS_ABORT_MSG_UNLESS(mac->GetNLinks() == 1, "DtimAp needs a device of one link");
    m_mac = CreateObject<DtimApMac>();
    m_mac->Install(this, mac);
}

void
DtimAp::SetGroupMethod(Mac48Address group, Method method)
{
    m_groupMethods[group] = method;
}

DtimAp::Method
DtimAp::GetMethod() const
{
    return m_method;
}

uint8_t
DtimAp::GetRetries() const
{
    return m_retries;
}

uint8_t
DtimAp::GetBlockSize() const
{
    return m_blockSize;
}

uint8_t
DtimAp::GetFmsInterval() const
{
    return m_fmsInterval;
}

DtimAp::Automatic
DtimAp::GetAutomatic() const
{
    return m_automatic;
}

uint32_t
DtimAp::GetMaxUnicastMembers() const
{
    return m_maxUnicastMembers;
}

double
DtimAp::GetMaxLoss() const
{
    return m_maxLoss;
}

bool
DtimAp::GetSnooping() const
{
    return m_snooping;
}

bool
DtimAp::GetQuerier() const
{
    return m_querier;
}

Ipv4Address
DtimAp::GetQuerierAddress() const
{
    return m_querierAddress;
}

Ipv6Address
DtimAp::GetQuerierAddress6() const
{
    return m_querierAddress6;
}

bool
DtimAp::GetOfferFms() const
{
    return m_offerFms;
}

bool
DtimAp::GetOfferDms() const
{
    return m_offerDms;
}

bool
DtimAp::GetOfferGcr() const
{
    return m_offerGcr;
}

const std::map<Mac48Address, DtimAp::Method>&
DtimAp::GetGroupMethods() const
{
    return m_groupMethods;
}

std::size_t
DtimAp::GetWaiting() const
{
    return m_mac ? m_mac->Waiting() : 0;
}

std::size_t
DtimAp::GetSleeping() const
{
    return m_mac ? m_mac->Sleeping() : 0;
}

std::size_t
DtimAp::GetAssociated() const
{
    return m_mac ? m_mac->Associated() : 0;
}

bool
DtimAp::IsSleeping(Mac48Address station) const
{
    return m_mac && m_mac->IsSleeping(station);
}

void
DtimAp::DoInitialize()
{
    if (m_mac)
    {
        m_mac->Configure();
    }
    Object::DoInitialize();
}

void
DtimAp::DoDispose()
{
    m_mac = nullptr; // the MAC that it schedules disposes it
    Object::DoDispose();
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
