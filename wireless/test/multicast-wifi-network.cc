// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-network.h"

#include "ns3/boolean.h"
#include "ns3/mobility-helper.h"
#include "ns3/mobility-model.h"
#include "ns3/packet.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/ssid.h"
#include "ns3/string.h"
#include "ns3/wifi-helper.h"
#include "ns3/wifi-mac-helper.h"
#include "ns3/wifi-net-device.h"
#include "ns3/wifi-remote-station-manager.h"
#include "ns3/yans-wifi-channel.h"
#include "ns3/yans-wifi-helper.h"

#include <cmath>
#include <map>
#include <set>

namespace ns3
{

namespace
{

const uint16_t PROTOCOL = 0x88b5; // for experiments (IEEE 802)
const uint32_t HEADER = 12;       // number, time in microseconds
const Mac48Address GROUP("01:00:5e:01:02:03");

void
Put(std::vector<uint8_t>& octets, std::size_t offset, uint64_t value, std::size_t size)
{
    for (std::size_t i = 0; i < size; ++i)
    {
        octets[offset + i] = static_cast<uint8_t>(value >> 8 * (size - 1 - i));
    }
}

uint64_t
Get(const std::vector<uint8_t>& octets, std::size_t offset, std::size_t size)
{
    uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
    {
        value = value << 8 | octets[offset + i];
    }
    return value;
}

WifiStandard
StandardOf(const std::string& name)
{
    static const std::map<std::string, WifiStandard> standards{
        {"a", WIFI_STANDARD_80211a}, {"b", WIFI_STANDARD_80211b},   {"g", WIFI_STANDARD_80211g},
        {"n", WIFI_STANDARD_80211n}, {"ac", WIFI_STANDARD_80211ac}, {"ax", WIFI_STANDARD_80211ax}};
    return standards.at(name);
}

std::string
WithoutHt(const std::string& standard)
{
    return standard == "n" || standard == "ax" ? "g" : standard == "ac" ? "a" : standard;
}

} // namespace

void
StreamLog::Add(Ptr<const Packet> packet)
{
    std::vector<uint8_t> octets(packet->GetSize());
    packet->CopyData(octets.data(), static_cast<uint32_t>(octets.size()));
    if (octets.size() >= HEADER)
    {
        arrivals.push_back({static_cast<uint32_t>(Get(octets, 0, 4)), MicroSeconds(static_cast<int64_t>(Get(octets, 4, 8))),
                            Simulator::Now()});
    }
}

std::size_t
StreamLog::CountSent(double from, double to) const
{
    std::set<uint32_t> numbers;
    for (const auto& one : arrivals)
    {
        if (one.sent >= Seconds(from) && one.sent < Seconds(to))
        {
            numbers.insert(one.number);
        }
    }
    return numbers.size();
}

double
StreamLog::MeanDelay(double from, double to) const
{
    double sum = 0;
    std::size_t n = 0;
    for (const auto& one : arrivals)
    {
        if (one.sent >= Seconds(from) && one.sent < Seconds(to))
        {
            sum += (one.received - one.sent).GetSeconds();
            ++n;
        }
    }
    return n == 0 ? std::nan("") : sum / static_cast<double>(n);
}

std::size_t
StreamLog::Disorder() const
{
    std::size_t n = 0;
    for (std::size_t i = 1; i < arrivals.size(); ++i)
    {
        n += arrivals[i].number <= arrivals[i - 1].number ? 1 : 0;
    }
    return n;
}

WifiBss::WifiBss(const Setting& setting)
    : apNode(1),
      stationNodes(setting.stations),
      logs(setting.stations)
{
    MobilityHelper mobility;
    mobility.Install(apNode);
    mobility.Install(stationNodes);
    for (uint32_t i = 0; i < setting.stations; ++i)
    {
        const double angle = 2 * M_PI * i / setting.stations;
        const double distance = setting.place ? setting.place(i) : setting.distance;
        stationNodes.Get(i)->GetObject<MobilityModel>()->SetPosition(
            Vector(distance * std::cos(angle), distance * std::sin(angle), 0));
    }
    YansWifiPhyHelper phy;
    phy.SetChannel(YansWifiChannelHelper::Default().Create());
    WifiHelper wifi;
    wifi.SetStandard(StandardOf(setting.standard));
    if (setting.standard == "n" || setting.standard == "ax")
    {
        phy.Set("ChannelSettings", StringValue("{0, 20, BAND_2_4GHZ, 0}"));
    }
    if (!setting.mode.empty())
    {
        wifi.SetRemoteStationManager("ns3::ConstantRateWifiManager", "DataMode", StringValue(setting.mode));
    }
    const bool qos = setting.qos || setting.standard == "n" || setting.standard == "ac" || setting.standard == "ax";
    WifiMacHelper mac;
    const Ssid ssid("multicast");
    mac.SetType("ns3::ApWifiMac", "Ssid", SsidValue(ssid), "EnableBeaconJitter", BooleanValue(false), "BeaconInterval",
                TimeValue(MicroSeconds(1024) * setting.beaconInterval), "QosSupported", BooleanValue(qos));
    apDevice = wifi.Install(phy, mac, apNode);
    for (uint32_t i = 0; i < setting.stations; ++i)
    {
        const bool withQos = qos && setting.withoutQos.count(i) == 0;
        wifi.SetStandard(StandardOf(withQos ? setting.standard : WithoutHt(setting.standard))); // 802.11n has QoS
        mac.SetType("ns3::StaWifiMac", "Ssid", SsidValue(ssid), "QosSupported", BooleanValue(withQos));
        if (setting.stationMac)
        {
            setting.stationMac(mac);
        }
        stationDevices.Add(wifi.Install(phy, mac, stationNodes.Get(i)));
    }
    if (!setting.groupMode.empty())
    {
        DynamicCast<WifiNetDevice>(apDevice.Get(0))
            ->GetRemoteStationManager()
            ->SetAttribute("NonUnicastMode", StringValue(setting.groupMode));
    }
    const auto used = wifi.AssignStreams(apDevice, setting.stream);
    wifi.AssignStreams(stationDevices, setting.stream + used);
    if (setting.dtim)
    {
        DtimHelper helper;
        if (setting.configure)
        {
            setting.configure(helper);
        }
        helper.InstallAp(setting.stockAp ? NetDeviceContainer() : apDevice);
        for (uint32_t i = 0; i < setting.stations; ++i)
        {
            helper.InstallStations(setting.stock.count(i) > 0 ? NetDeviceContainer() : stationDevices.Get(i));
        }
    }
    for (uint32_t i = 0; setting.record && i < setting.stations; ++i)
    {
        stationDevices.Get(i)->SetReceiveCallback(MakeCallback(&WifiBss::OnReceive, this));
    }
}

WifiBss::~WifiBss()
{
    Simulator::Destroy();
}

void
WifiBss::SendNumbered(Ptr<NetDevice> device, uint32_t number, uint32_t octets, Mac48Address destination, uint32_t priority)
{
    std::vector<uint8_t> body(std::max(octets, HEADER));
    Put(body, 0, number, 4);
    Put(body, 4, static_cast<uint64_t>(Simulator::Now().GetMicroSeconds()), 8);
    const auto packet = Create<Packet>(body.data(), static_cast<uint32_t>(body.size()));
    SocketPriorityTag tag;
    tag.SetPriority(static_cast<uint8_t>(priority));
    packet->AddPacketTag(tag);
    device->Send(packet, destination, PROTOCOL);
}

bool
WifiBss::OnReceive(Ptr<NetDevice> device, Ptr<const Packet> packet, uint16_t protocol, const Address&)
{
    for (uint32_t i = 0; protocol == PROTOCOL && i < stationDevices.GetN(); ++i)
    {
        if (stationDevices.Get(i) == device)
        {
            logs[i].Add(packet);
        }
    }
    return true;
}

void
WifiBss::SendAt(Time at, uint32_t number, uint32_t octets, Mac48Address destination, uint32_t priority)
{
    Simulator::Schedule(at - Simulator::Now(), &WifiBss::SendNumbered, this, apDevice.Get(0), number, octets, destination,
                        priority);
}

void
WifiBss::SendGroup(double from, double to, Time spacing, uint32_t octets, Mac48Address group, uint32_t priority)
{
    for (Time at = Seconds(from); at < Seconds(to); at += spacing)
    {
        SendAt(at, sent++, octets, group, priority);
    }
}

void
WifiBss::SendUnicast(uint32_t station, double from, double to, Time spacing, uint32_t octets)
{
    uint32_t number = 1000000;
    for (Time at = Seconds(from); at < Seconds(to); at += spacing)
    {
        SendAt(at, number++, octets, AddressOf(station), 0);
    }
}

void
WifiBss::SendGroupFrom(uint32_t station, double from, double to, Time spacing, uint32_t octets)
{
    uint32_t number = 2000000;
    for (Time at = Seconds(from); at < Seconds(to); at += spacing)
    {
        Simulator::Schedule(at - Simulator::Now(), &WifiBss::SendNumbered, this, stationDevices.Get(station), number++, octets,
                            GROUP, 0);
    }
}

void
WifiBss::PowerSaveAt(double at, uint32_t station, bool on)
{
    Simulator::Schedule(Seconds(at) - Simulator::Now(), &DtimStation::SetPowerSave, Station(station), on);
}

void
WifiBss::RunUntil(double end)
{
    Simulator::Stop(Seconds(end) - Simulator::Now());
    Simulator::Run();
}

Ptr<DtimAp>
WifiBss::Ap() const
{
    return DtimHelper::GetAp(apDevice.Get(0));
}

Ptr<DtimStation>
WifiBss::Station(uint32_t i) const
{
    return DtimHelper::GetStation(stationDevices.Get(i));
}

Mac48Address
WifiBss::AddressOf(uint32_t i) const
{
    return Mac48Address::ConvertFrom(stationDevices.Get(i)->GetAddress());
}

} // namespace ns3
