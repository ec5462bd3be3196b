// SPDX-License-Identifier: GPL-2.0-only

#include "../model/multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../model/multicast-wifi-pcap.h"
#include "multicast-dtim-helper.h"

#include "ns3/boolean.h"
#include "ns3/multicast-dtim-ap.h"
#include "ns3/multicast-dtim-station.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

namespace ns3
{

DtimHelper::DtimHelper()
{
    m_ap.SetTypeId(DtimAp::GetTypeId());
    m_station.SetTypeId(DtimStation::GetTypeId());
}

void
DtimHelper::SetAp(std::string name, const AttributeValue& value)
{
    m_ap.Set(name, value);
}

void
DtimHelper::SetStation(std::string name, const AttributeValue& value)
{
    m_station.Set(name, value);
}

void
DtimHelper::UseLinuxPolicies()
{
    SetAp("LastWake", StringValue("WaitForDtim"));
    SetAp("DropSide", StringValue("Oldest"));
    SetAp("BufferFrames", UintegerValue(128));
    SetAp("GroupQos", StringValue("NonQos"));
    SetAp("DropWithoutStations", BooleanValue(true));
}

void
DtimHelper::InstallAp(NetDeviceContainer devices) const
{
    for (auto device = devices.Begin(); device != devices.End(); ++device)
    {
        const auto ap = m_ap.Create<DtimAp>();
        ap->Install(*device);
        (*device)->AggregateObject(ap);
    }
}

void
DtimHelper::InstallStations(NetDeviceContainer devices) const
{
    for (auto device = devices.Begin(); device != devices.End(); ++device)
    {
        const auto station = m_station.Create<DtimStation>();
        station->Install(*device);
        (*device)->AggregateObject(station);
    }
}

Ptr<DtimAp>
DtimHelper::GetAp(Ptr<NetDevice> device)
{
    return device->GetObject<DtimAp>();
}

Ptr<DtimStation>
DtimHelper::GetStation(Ptr<NetDevice> device)
{
    return device->GetObject<DtimStation>();
}

void
DtimHelper::EnablePcap(Ptr<NetDevice> device, const std::string& name)
{
    WriteWifiPcap(device, name);
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
