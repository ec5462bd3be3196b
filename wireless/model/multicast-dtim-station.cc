// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "multicast-dtim-station-mac.h"
#include "multicast-dtim-station.h"

#include "ns3/boolean.h"
#include "ns3/enum.h"
#include "ns3/log.h"
#include "ns3/uinteger.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("DtimStation");

NS_OBJECT_ENSURE_REGISTERED(DtimStation);

namespace wifi = mcast::wifi;

namespace
{

wifi::GroupService
ServiceOf(DtimStation::Gcr gcr)
{
    return gcr == DtimStation::BLOCK_ACK ? wifi::GroupService::GcrBlockAck : wifi::GroupService::GcrUnsolicitedRetry;
}

WifiServices&
Services(Ptr<DtimStationMac> mac)
{
    NS_ABORT_MSG_UNLESS(mac, "this DtimStation has no device to ask with");
    return mac->Services();
}

} // namespace

TypeId
DtimStation::GetTypeId()
{
    static const TypeId tid =
        TypeId("ns3::DtimStation")
            .SetParent<Object>()
            .SetGroupName("Multicast")
            .AddConstructor<DtimStation>()
            .AddAttribute("PowerSave", "Whether the station sleeps.", BooleanValue(false),
                          MakeBooleanAccessor(&DtimStation::SetPowerSave, &DtimStation::GetPowerSave),
                          MakeBooleanChecker())
            .AddAttribute("ListenInterval", "Beacons from one that the station wakes for to the next.", UintegerValue(1),
                          MakeUintegerAccessor(&DtimStation::m_listenInterval), MakeUintegerChecker<uint32_t>(1, 65535))
            .AddAttribute("ReceiveDtims", "Wake for every DTIM beacon, whatever the listen interval is.",
                          BooleanValue(true), MakeBooleanAccessor(&DtimStation::m_receiveDtims), MakeBooleanChecker())
            .AddAttribute("Fetch", "How unicast frames that wait at the access point are fetched.", EnumValue(PS_POLL),
                          MakeEnumAccessor MULTICAST_ENUM(Fetch)(&DtimStation::m_fetch),
                          MakeEnumChecker(PS_POLL, "PsPoll", WAKE_UP, "WakeUp", SERVICE_PERIOD, "ServicePeriod", ON_DEMAND,
                                          "OnDemand"))
            .AddAttribute("MaxServicePeriod", "With Fetch ServicePeriod: frames of one; 0: all that wait. 0, 2, 4 or 6.",
                          UintegerValue(0), MakeUintegerAccessor(&DtimStation::m_maxServicePeriod),
                          MakeUintegerChecker<uint8_t>(0, 6))
            .AddAttribute("Fms", "The station tells its access point that it has FMS.", BooleanValue(true),
                          MakeBooleanAccessor(&DtimStation::m_fms), MakeBooleanChecker())
            .AddAttribute("Dms", "The station tells its access point that it has DMS, if it has QoS.", BooleanValue(true),
                          MakeBooleanAccessor(&DtimStation::m_dms), MakeBooleanChecker())
            .AddAttribute("Gcr", "The station tells its access point that it has GCR, if it has QoS.", BooleanValue(true),
                          MakeBooleanAccessor(&DtimStation::m_gcr), MakeBooleanChecker())
            .AddAttribute("RequestTimeout",
                          "A request without an answer is repeated after this. The answer may wait for the station's next beacon.",
                          TimeValue(Seconds(1)), MakeTimeAccessor(&DtimStation::m_requestTimeout),
                          MakeTimeChecker(MilliSeconds(1)))
            .AddAttribute("RequestAttempts", "A request is sent so many times at most, in one association.", UintegerValue(3),
                          MakeUintegerAccessor(&DtimStation::m_requestAttempts), MakeUintegerChecker<uint32_t>(1))
            .AddAttribute("WakeLead", "The radio is on this long before a beacon is due.", TimeValue(MicroSeconds(800)),
                          MakeTimeAccessor(&DtimStation::m_wakeLead), MakeTimeChecker(Seconds(0), MilliSeconds(50)))
            .AddAttribute("PollTimeout", "A PS-Poll without an answer is repeated after this.",
                          TimeValue(MilliSeconds(20)), MakeTimeAccessor(&DtimStation::m_pollTimeout),
                          MakeTimeChecker(MilliSeconds(1)))
            .AddAttribute("ActiveTime", "With Fetch WakeUp: power save is on again after this without a frame.",
                          TimeValue(MilliSeconds(100)), MakeTimeAccessor(&DtimStation::m_activeTime),
                          MakeTimeChecker(MilliSeconds(1)))
            .AddTraceSource("Doze", "The radio goes to sleep.", MakeTraceSourceAccessor(&DtimStation::m_doze),
                            "ns3::DtimStation::DozeCallback")
            .AddTraceSource("Wake", "The radio wakes up.", MakeTraceSourceAccessor(&DtimStation::m_wake),
                            "ns3::DtimStation::WakeCallback")
            .AddTraceSource("BeaconMissed", "A beacon that the station listened for did not come.",
                            MakeTraceSourceAccessor(&DtimStation::m_beaconMissed),
                            "ns3::DtimStation::BeaconMissedCallback")
            .AddTraceSource("Duplicate", "A group frame came again.", MakeTraceSourceAccessor(&DtimStation::m_duplicate),
                            "ns3::DtimStation::DuplicateCallback")
            .AddTraceSource("Service", "What became of a request for FMS, DMS or GCR.",
                            MakeTraceSourceAccessor(&DtimStation::m_service), "ns3::DtimStation::ServiceCallback");
    return tid;
}

DtimStation::DtimStation() = default;

DtimStation::~DtimStation() = default;

void
DtimStation::Install(Ptr<NetDevice> device)
{
    NS_LOG_FUNCTION(this << device);
    NS_ABORT_MSG_IF(m_mac, "this DtimStation has a device");
    const auto wifi = DynamicCast<WifiNetDevice>(device);
    NS_ABORT_MSG_UNLESS(wifi, "DtimStation needs a WifiNetDevice");
    const auto mac = DynamicCast<StaWifiMac>(wifi->GetMac());
    NS_ABORT_MSG_UNLESS(mac, "DtimStation needs the device of a station");
    NS_ABORT_MSG_UNLESS(mac->GetNLinks() == 1, "DtimStation needs a device of one link");
    m_mac = CreateObject<DtimStationMac>();
    m_mac->Install(this, mac);
}

void
DtimStation::SetPowerSave(bool on)
{
    m_wanted = on;
    if (m_mac)
    {
        m_mac->ApplyPowerSave();
    }
}

void
DtimStation::Poll()
{
    if (m_mac)
    {
        m_mac->Poll();
    }
}

bool
DtimStation::GetPowerSave() const
{
    return m_wanted;
}

bool
DtimStation::IsPowerSave() const
{
    return m_mac && m_mac->IsPowerSave();
}

bool
DtimStation::IsDozing() const
{
    return m_mac && m_mac->IsDozing();
}

Time
DtimStation::GetDozeTime() const
{
    return m_mac ? m_mac->DozeTime() : Time();
}

uint64_t
DtimStation::GetDozes() const
{
    return m_mac ? m_mac->Dozes() : 0;
}

void
DtimStation::RequestFms(Mac48Address group, uint8_t interval)
{
    NS_ABORT_MSG_UNLESS(interval >= 1 && interval <= wifi::MAX_FMS_INTERVAL, "RequestFms: 1 to 31 DTIMs");
    Services(m_mac).Request(wifi::GroupService::Fms, group, interval);
}

void
DtimStation::RequestDms(Mac48Address group)
{
    Services(m_mac).Request(wifi::GroupService::Dms, group, 1);
}

void
DtimStation::RequestGcr(Mac48Address group, Gcr gcr)
{
    Services(m_mac).Request(ServiceOf(gcr), group, 1);
}

void
DtimStation::RemoveFms(Mac48Address group)
{
    Services(m_mac).Remove(wifi::GroupService::Fms, group);
}

void
DtimStation::RemoveDms(Mac48Address group)
{
    Services(m_mac).Remove(wifi::GroupService::Dms, group);
}

void
DtimStation::RemoveGcr(Mac48Address group, Gcr gcr)
{
    Services(m_mac).Remove(ServiceOf(gcr), group);
}

void
DtimStation::NotifyService(const std::string& service, Mac48Address group, const std::string& what, uint32_t interval)
{
    NS_LOG_INFO(service << " for " << group << " " << what);
    m_service(service, group, what, interval);
}

void
DtimStation::DoDispose()
{
    if (m_mac)
    {
        m_mac->Dispose();
    }
    m_mac = nullptr;
    Object::DoDispose();
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
