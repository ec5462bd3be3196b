// SPDX-License-Identifier: GPL-2.0-only
//
// Group frames to one sleeping station and one that is awake: what arrives with DtimAp and DtimStation, with the power save
// that ns-3 has of its own from 3.48 on, and without any. One line for each scenario and delivery:
//
//   wifi-power-save-comparison [--scenario=NAME] [--delivery=ours|upstream|plain] [--pcap=PREFIX]
//
// A frame of 200 octets goes every 20 ms; counted are those of 8 s in which the station sleeps. With a DTIM period of 10 at
// 1 Mb/s a burst outlasts the beacon interval; ns-3's queues keep a frame for 500 ms, or for 10 s. ns-3's own part is left out, with the reason, where it is not there, and where it
// aborts: an access point without QoS at its first burst.

#include "ns3/boolean.h"
#include "ns3/command-line.h"
#include "ns3/config.h"
#include "ns3/mobility-helper.h"
#include "ns3/multicast-dtim-helper.h"
#include "ns3/multicast-dtim-station.h"
#include "ns3/node-container.h"
#include "ns3/packet.h"
#include "ns3/simulator.h"
#include "ns3/ssid.h"
#include "ns3/sta-wifi-mac.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-helper.h"
#include "ns3/wifi-mac-helper.h"
#include "ns3/wifi-net-device.h"
#include "ns3/wifi-phy-state-helper.h"
#include "ns3/wifi-phy.h"
#include "ns3/yans-wifi-channel.h"
#include "ns3/yans-wifi-helper.h"
#if __has_include("ns3/power-save-manager.h")
#include "ns3/power-save-manager.h"
#endif

#include <iomanip>
#include <iostream>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

using namespace ns3;

namespace
{

const uint16_t PROTOCOL = 0x88b5; // for experiments (IEEE 802)
const Time ASLEEP = Seconds(5);
const Time AWAKE = Seconds(14);
const Time COUNT_FROM = Seconds(5.5);
const Time COUNT_TO = Seconds(13.5);

struct Scenario
{
    std::string name;
    bool qos;
    uint32_t dtim;
    uint32_t listen;
    Time lifetime = MilliSeconds(500); ///< of frames in ns-3's queues
};

const std::vector<Scenario> SCENARIOS{
    {"period-1", true, 1, 1},
    {"period-3", true, 3, 1},
    {"period-10-longer-than-queue-lifetime", true, 10, 1},
    {"period-10-outruns-the-beacon-interval", true, 10, 1, Seconds(10)},
    {"period-3-listen-interval-2", true, 3, 2},
    {"period-3-without-qos", false, 3, 1},
};

// ns-3's own power save, where this ns-3 has it. Whether it has is asked of its types, not of its version.
template <class Helper>
auto
SetUpstream(Helper& mac, uint32_t listen, int)
    -> decltype(mac.SetPowerSaveManager("ns3::DefaultPowerSaveManager", "ListenInterval", UintegerValue(listen)), true)
{
    mac.SetPowerSaveManager("ns3::DefaultPowerSaveManager", "ListenInterval", UintegerValue(listen));
    return true;
}

template <class Helper>
bool
SetUpstream(Helper&, uint32_t, long)
{
    return false;
}

template <class Mac>
auto
SleepUpstream(Ptr<Mac> mac, bool on, int) -> decltype(mac->GetPowerSaveManager(), void())
{
    mac->GetPowerSaveManager()->SetAttribute("PowerSaveMode", StringValue(on ? "0 true" : "0 false"));
}

template <class Mac>
void
SleepUpstream(Ptr<Mac>, bool, long)
{
}

struct Result
{
    uint32_t received[2] = {0, 0}; ///< by the sleeper, by the other one
    Time delay;                    ///< of what the sleeper received, in sum
    Time slept;
};

class Run
{
  public:
    Run(const Scenario& scenario, std::string delivery)
        : m_scenario(scenario),
          m_delivery(std::move(delivery)),
          m_apNode(1),
          m_stationNodes(2)
    {
    }

    ~Run()
    {
        Simulator::Destroy();
    }

    /// \return why it cannot be; empty if it can
    std::string Build(const std::string& pcap)
    {
        Config::SetDefault("ns3::WifiMacQueue::MaxDelay", TimeValue(m_scenario.lifetime));
        MobilityHelper mobility;
        mobility.Install(m_apNode);
        mobility.Install(m_stationNodes);
        YansWifiPhyHelper phy;
        phy.SetChannel(YansWifiChannelHelper::Default().Create());
        WifiHelper wifi;
        wifi.SetStandard(m_scenario.qos ? WIFI_STANDARD_80211n : WIFI_STANDARD_80211g);
        phy.Set("ChannelSettings", StringValue("{1, 20, BAND_2_4GHZ, 0}"));
        WifiMacHelper mac;
        const Ssid ssid("comparison");
        mac.SetType("ns3::ApWifiMac", "Ssid", SsidValue(ssid), "EnableBeaconJitter", BooleanValue(false));
        m_ap = wifi.Install(phy, mac, m_apNode);
        WifiMacHelper stationMac;
        stationMac.SetType("ns3::StaWifiMac", "Ssid", SsidValue(ssid), "MaxMissedBeacons", UintegerValue(60));
        if (m_delivery == "upstream")
        {
            const auto apMac = DynamicCast<WifiNetDevice>(m_ap.Get(0))->GetMac();
            if (!SetUpstream(stationMac, m_scenario.listen, 0) ||
                !apMac->SetAttributeFailSafe("BeaconDtimPeriod", UintegerValue(m_scenario.dtim)))
            {
                return "ns-3 before 3.48 has none";
            }
            if (!m_scenario.qos)
            {
                return "aborts";
            }
        }
        m_stations = wifi.Install(phy, stationMac, m_stationNodes);
        if (m_delivery == "ours")
        {
            DtimHelper helper;
            helper.SetAp("DtimPeriod", UintegerValue(m_scenario.dtim));
            helper.SetStation("ListenInterval", UintegerValue(m_scenario.listen));
            helper.InstallAp(m_ap);
            helper.InstallStations(m_stations);
        }
        if (!pcap.empty())
        {
            DtimHelper::EnablePcap(m_ap.Get(0), pcap + "-" + m_scenario.name + "-" + m_delivery + ".pcap");
        }
        return "";
    }

    Result Execute()
    {
        for (uint32_t i = 0; i < 2; ++i)
        {
            m_stations.Get(i)->SetReceiveCallback(MakeCallback(&Run::OnReceive, this));
        }
        DynamicCast<WifiNetDevice>(m_stations.Get(0))
            ->GetPhy()
            ->GetState()
            ->TraceConnectWithoutContext("State", MakeCallback(&Run::OnState, this));
        for (Time at = Seconds(2); at < Seconds(19); at += MilliSeconds(20))
        {
            Simulator::Schedule(at, &Run::Send, this);
        }
        Simulator::Schedule(ASLEEP, &Run::Sleep, this, true);
        Simulator::Schedule(AWAKE, &Run::Sleep, this, false);
        Simulator::Stop(Seconds(20));
        Simulator::Run();
        return m_result;
    }

    uint32_t Sent() const
    {
        return m_sent;
    }

  private:
    void Sleep(bool on)
    {
        if (m_delivery == "ours")
        {
            DtimHelper::GetStation(m_stations.Get(0))->SetPowerSave(on);
        }
        else if (m_delivery == "upstream")
        {
            SleepUpstream(DynamicCast<StaWifiMac>(DynamicCast<WifiNetDevice>(m_stations.Get(0))->GetMac()), on, 0);
        }
    }

    static bool Counts(Time sent)
    {
        return sent > COUNT_FROM && sent < COUNT_TO;
    }

    void Send()
    {
        m_sent += Counts(Simulator::Now()) ? 1 : 0;
        std::vector<uint8_t> body(200);
        const auto now = static_cast<uint64_t>(Simulator::Now().GetMicroSeconds());
        for (unsigned i = 0; i < 8; ++i)
        {
            body[i] = static_cast<uint8_t>(now >> 8 * i);
        }
        m_ap.Get(0)->Send(Create<Packet>(body.data(), static_cast<uint32_t>(body.size())),
                          Mac48Address("01:00:5e:01:02:03"), PROTOCOL);
    }

    bool OnReceive(Ptr<NetDevice> device, Ptr<const Packet> packet, uint16_t protocol, const Address&)
    {
        uint8_t octets[8];
        if (protocol != PROTOCOL || packet->CopyData(octets, 8) < 8)
        {
            return true;
        }
        uint64_t microseconds = 0;
        for (unsigned i = 8; i > 0; --i)
        {
            microseconds = microseconds << 8 | octets[i - 1];
        }
        const auto sent = MicroSeconds(microseconds);
        if (Counts(sent))
        {
            const bool sleeper = device == m_stations.Get(0);
            ++m_result.received[sleeper ? 0 : 1];
            m_result.delay += sleeper ? Simulator::Now() - sent : Time();
        }
        return true;
    }

    void OnState(Time, Time duration, WifiPhyState state)
    {
        m_result.slept += state == WifiPhyState::SLEEP ? duration : Time();
    }

    Scenario m_scenario;
    std::string m_delivery;
    NodeContainer m_apNode;
    NodeContainer m_stationNodes;
    NetDeviceContainer m_ap;
    NetDeviceContainer m_stations;
    uint32_t m_sent = 0;
    Result m_result;
};

void
Print(const Scenario& scenario, const std::string& delivery, const std::string& pcap)
{
    Run run(scenario, delivery);
    std::cout << std::left << std::setw(40) << scenario.name << std::setw(10) << delivery;
    const auto obstacle = run.Build(pcap);
    if (!obstacle.empty())
    {
        std::cout << obstacle << '\n';
        return;
    }
    const auto result = run.Execute();
    const auto mean = result.received[0] == 0 ? 0 : result.delay.GetSeconds() * 1000 / result.received[0];
    std::cout << std::right << std::setw(4) << result.received[0] << " of " << run.Sent() << std::setw(6)
              << result.received[1] << " of " << run.Sent() << std::fixed << std::setprecision(1) << std::setw(10) << mean
              << std::setprecision(2) << std::setw(9) << result.slept.GetSeconds() << '\n';
}

} // namespace

int
main(int argc, char* argv[])
{
    std::string wanted;
    std::string delivery;
    std::string pcap;
    CommandLine cmd(__FILE__);
    cmd.AddValue("scenario", "only this one", wanted);
    cmd.AddValue("delivery", "only ours, upstream or plain", delivery);
    cmd.AddValue("pcap", "beginning of the names of captures to write", pcap);
    cmd.Parse(argc, argv);
    std::cout << std::left << std::setw(40) << "scenario" << std::setw(10) << "delivery"
              << "the sleeper   the other  delay/ms  slept/s\n";
    for (const auto& scenario : SCENARIOS)
    {
        for (const std::string one : {"ours", "upstream", "plain"})
        {
            if ((wanted.empty() || wanted == scenario.name) && (delivery.empty() || delivery == one))
            {
                Print(scenario, one, pcap);
            }
        }
    }
    return 0;
}
