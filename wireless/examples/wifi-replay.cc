// SPDX-License-Identifier: GPL-2.0-only
//
// One BSS that does what a script says, and a capture of what its access point sends and receives:
//
//   wifi-replay --script=FILE --pcap=OUT.pcap
//
// A script is lines of words; what begins with # is a comment:
//
//   standard g|a|b|n|ac|ax          band 2|5                         stations N
//   beacon-interval TU              dtim-period N
//   group-mode WIFIMODE             ap|station ATTRIBUTE VALUE       of DtimAp, DtimStation
//   policies linux                  end SECONDS
//   at SECONDS group NUMBER OCTETS MAC
//   at SECONDS unicast NUMBER OCTETS STATION
//   at SECONDS power-save STATION on|off
//   at SECONDS poll STATION                                          with station Fetch OnDemand: a PS-Poll
//   at SECONDS associate|disassociate STATION                        once each; without associate: at the beginning
//
// Beacons are due at multiples of the beacon interval, from 0 on; the first is a DTIM. A frame's body is its number, 4 octets, and
// the time at which it was sent in microseconds, 8 octets. conformance/wifi/replay.py writes such scripts from captures of real
// access points and compares.

#include "ns3/boolean.h"
#include "ns3/command-line.h"
#include "ns3/mobility-helper.h"
#include "ns3/mobility-model.h"
#include "ns3/multicast-dtim-helper.h"
#include "ns3/multicast-dtim-station.h"
#include "ns3/node-container.h"
#include "ns3/packet.h"
#include "ns3/qos-txop.h"
#include "ns3/simulator.h"
#include "ns3/ssid.h"
#include "ns3/sta-wifi-mac.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-helper.h"
#include "ns3/wifi-mac-helper.h"
#include "ns3/wifi-mac-header.h"
#include "ns3/wifi-mpdu.h"
#include "ns3/wifi-phy.h"
#include "ns3/wifi-net-device.h"
#include "ns3/wifi-remote-station-manager.h"
#include "ns3/yans-wifi-channel.h"
#include "ns3/yans-wifi-helper.h"

#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

const uint16_t PROTOCOL = 0x88b5; // for experiments (IEEE 802)
const double FAR_AWAY = 1e7;       // m

struct Event
{
    Time at;
    std::string what;
    uint32_t number = 0;
    uint32_t octets = 0;
    std::string to; // group, unicast: receiver; power-save: station
    bool on = false;
};

struct Script
{
    std::string standard = "g";
    std::string groupMode;
    uint32_t stations = 1;
    uint32_t beaconInterval = 100;
    bool band5 = false;
    Time end = Seconds(10);
    DtimHelper dtim;
    std::vector<Event> events;
};

Event
ReadEvent(std::istringstream& words)
{
    Event event;
    double at = 0;
    words >> at >> event.what;
    event.at = Seconds(at);
    std::string on;
    if (event.what == "power-save")
    {
        words >> event.to >> on;
        event.on = on == "on";
    }
    else if (event.what == "associate" || event.what == "disassociate" || event.what == "poll")
    {
        words >> event.to;
    }
    else
    {
        words >> event.number >> event.octets >> event.to;
    }
    return event;
}

Script
ReadScript(const std::string& name)
{
    std::ifstream file(name);
    NS_ABORT_MSG_UNLESS(file, "cannot read " << name);
    Script script;
    std::string line;
    for (unsigned number = 1; std::getline(file, line); ++number)
    {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string key;
        std::string name2;
        std::string value;
        if (!(words >> key))
        {
            continue;
        }
        if (key == "standard")
        {
            words >> script.standard;
        }
        else if (key == "stations")
        {
            words >> script.stations;
        }
        else if (key == "band")
        {
            words >> value;
            script.band5 = value == "5";
        }
        else if (key == "group-mode")
        {
            words >> script.groupMode;
        }
        else if (key == "beacon-interval")
        {
            words >> script.beaconInterval;
        }
        else if (key == "dtim-period")
        {
            words >> value;
            script.dtim.SetAp("DtimPeriod", StringValue(value));
        }
        else if (key == "ap" || key == "station")
        {
            words >> name2 >> value;
            key == "ap" ? script.dtim.SetAp(name2, StringValue(value)) : script.dtim.SetStation(name2, StringValue(value));
        }
        else if (key == "policies")
        {
            words >> value;
            NS_ABORT_MSG_UNLESS(value == "linux", name << ":" << number << ": unknown policies " << value);
            script.dtim.UseLinuxPolicies();
        }
        else if (key == "end")
        {
            words >> value;
            script.end = Seconds(std::stod(value));
        }
        else if (key == "at")
        {
            script.events.push_back(ReadEvent(words));
        }
        else
        {
            NS_ABORT_MSG(name << ":" << number << ": unknown word " << key);
        }
        NS_ABORT_MSG_IF(words.fail(), name << ":" << number << ": words are missing");
    }
    return script;
}

WifiStandard
StandardOf(const std::string& name)
{
    static const std::map<std::string, WifiStandard> standards{
        {"a", WIFI_STANDARD_80211a}, {"b", WIFI_STANDARD_80211b},   {"g", WIFI_STANDARD_80211g},
        {"n", WIFI_STANDARD_80211n}, {"ac", WIFI_STANDARD_80211ac}, {"ax", WIFI_STANDARD_80211ax}};
    const auto it = standards.find(name);
    NS_ABORT_MSG_IF(it == standards.end(), "unknown standard " << name);
    return it->second;
}

void
Send(Ptr<NetDevice> device, Event event, Mac48Address to)
{
    std::vector<uint8_t> body(std::max<uint32_t>(event.octets, 12));
    const auto now = static_cast<uint64_t>(Simulator::Now().GetMicroSeconds());
    for (unsigned i = 0; i < 4; ++i)
    {
        body[i] = static_cast<uint8_t>(event.number >> 8 * (3 - i));
    }
    for (unsigned i = 0; i < 8; ++i)
    {
        body[4 + i] = static_cast<uint8_t>(now >> 8 * (7 - i));
    }
    device->Send(Create<Packet>(body.data(), static_cast<uint32_t>(body.size())), to, PROTOCOL);
}

/// Tells the access point, and is not heard any more.
void
Leave(Ptr<NetDevice> device)
{
    DtimHelper::GetStation(device)->SetPowerSave(false);
    const auto wifi = DynamicCast<WifiNetDevice>(device);
    const auto mac = DynamicCast<StaWifiMac>(wifi->GetMac());
    WifiMacHeader header(WIFI_MAC_MGT_DISASSOCIATION);
    header.SetAddr1(mac->GetBssid(0));
    header.SetAddr2(mac->GetAddress());
    header.SetAddr3(mac->GetBssid(0));
    header.SetDsNotFrom();
    header.SetDsNotTo();
    const uint8_t leaving[] = {8, 0}; // reason code (IEEE 802.11-2020 9.4.1.7)
    const auto frame = Create<WifiMpdu>(Create<Packet>(leaving, sizeof leaving), header);
    const Ptr<Txop> txop = mac->GetQosSupported() ? Ptr<Txop>(mac->GetQosTxop(AC_VO)) : mac->GetTxop();
    txop->Queue(frame);
    Simulator::Schedule(MilliSeconds(10), &MobilityModel::SetPosition, device->GetNode()->GetObject<MobilityModel>(),
                        Vector(FAR_AWAY, 0, 0));
}

/// A station associates at the end of a time in which it listens for beacons; the last such time ends when it shall.
void
AssociateAt(Time at, Time beaconInterval, Ptr<NetDevice> device)
{
    const auto wifi = DynamicCast<WifiNetDevice>(device);
    const auto shortest = std::max(beaconInterval * 1.3, MilliSeconds(120));
    const auto times = std::max<int64_t>(1, static_cast<int64_t>(at.GetSeconds() / shortest.GetSeconds()));
    const auto listen = at / times;
    wifi->GetMac()->SetAttribute("WaitBeaconTimeout", TimeValue(listen));
    wifi->GetPhy()->SetOffMode();
    Simulator::Schedule(listen * (times - 1) + MicroSeconds(10), &WifiPhy::ResumeFromOff, wifi->GetPhy());
}

void
Schedule(const Event& event, const Script& script, Ptr<NetDevice> ap, const NetDeviceContainer& stations)
{
    if (event.what == "group")
    {
        Simulator::Schedule(event.at, &Send, ap, event, Mac48Address(event.to.c_str()));
        return;
    }
    const auto index = std::stoul(event.to);
    NS_ABORT_MSG_UNLESS(index < stations.GetN(), "there is no station " << index);
    if (event.what == "power-save")
    {
        Simulator::Schedule(event.at, &DtimStation::SetPowerSave, DtimHelper::GetStation(stations.Get(index)), event.on);
        return;
    }
    if (event.what == "poll")
    {
        Simulator::Schedule(event.at, &DtimStation::Poll, DtimHelper::GetStation(stations.Get(index)));
        return;
    }
    if (event.what == "associate")
    {
        AssociateAt(event.at, MicroSeconds(1024) * script.beaconInterval, stations.Get(index));
        return;
    }
    if (event.what == "disassociate")
    {
        Simulator::Schedule(event.at, &Leave, stations.Get(index));
        return;
    }
    NS_ABORT_MSG_UNLESS(event.what == "unicast", "unknown event " << event.what);
    Simulator::Schedule(event.at, &Send, ap, event, Mac48Address::ConvertFrom(stations.Get(index)->GetAddress()));
}

} // namespace

int
main(int argc, char* argv[])
{
    std::string scriptName;
    std::string pcap = "wifi-replay.pcap";
    CommandLine cmd(__FILE__);
    cmd.AddValue("script", "what happens; see the head of wifi-replay.cc", scriptName);
    cmd.AddValue("pcap", "capture to write", pcap);
    cmd.Parse(argc, argv);
    const auto script = ReadScript(scriptName);

    NodeContainer apNode(1);
    NodeContainer stationNodes(script.stations);
    MobilityHelper mobility;
    mobility.Install(apNode);
    mobility.Install(stationNodes);
    for (uint32_t i = 0; i < script.stations; ++i)
    {
        stationNodes.Get(i)->GetObject<MobilityModel>()->SetPosition(Vector(3 + i, 0, 0));
    }
    YansWifiPhyHelper phy;
    phy.SetChannel(YansWifiChannelHelper::Default().Create());
    WifiHelper wifi;
    wifi.SetStandard(StandardOf(script.standard));
    if (script.standard == "n" || script.standard == "ax" || script.standard == "ac")
    {
        phy.Set("ChannelSettings", StringValue(script.band5 ? "{36, 20, BAND_5GHZ, 0}" : "{0, 20, BAND_2_4GHZ, 0}"));
    }
    WifiMacHelper mac;
    const Ssid ssid("replay");
    mac.SetType("ns3::ApWifiMac", "Ssid", SsidValue(ssid), "EnableBeaconJitter", BooleanValue(false), "BeaconInterval",
                TimeValue(MicroSeconds(1024) * script.beaconInterval));
    const auto apDevice = wifi.Install(phy, mac, apNode);
    mac.SetType("ns3::StaWifiMac", "Ssid", SsidValue(ssid));
    const auto stations = wifi.Install(phy, mac, stationNodes);
    if (!script.groupMode.empty())
    {
        DynamicCast<WifiNetDevice>(apDevice.Get(0))
            ->GetRemoteStationManager()
            ->SetAttribute("NonUnicastMode", StringValue(script.groupMode));
    }
    script.dtim.InstallAp(apDevice);
    script.dtim.InstallStations(stations);
    DtimHelper::EnablePcap(apDevice.Get(0), pcap);
    for (const auto& event : script.events)
    {
        Schedule(event, script, apDevice.Get(0), stations);
    }
    Simulator::Stop(script.end);
    Simulator::Run();
    Simulator::Destroy();
    return 0;
}
