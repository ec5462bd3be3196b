// SPDX-License-Identifier: GPL-2.0-only
//
// One BSS, one stream to a group, one line of CSV: what a DTIM period, sleeping stations, a rate, a distance and a delivery method
// cost in delay, loss, airtime and energy. study-wifi-group.py sweeps over its parameters and plots.
//
//   wifi-group-study --dtim=3 --stations=10 --sleepers=4 --method=GcrUnsolicitedRetry --run=2
//
// Columns: the parameters, then
//   sent, received      frames, and frames that came to stations, each counted once
//   loss                share of station times frame that did not come
//   delay, delay95      s, mean and 95th percentile from the sender to the station
//   goodput             bit/s of payload that a station got, mean over stations
//   airtime             share of the time that the access point sends frames of the stream
//   beacons             share of the time that it sends beacons
//   power               W, mean of a station's radio; power_asleep, power_awake: of the sleepers and of the others
//   cpu                 s of processor time that the simulation took
//
// With --plain ns-3's access point is left as it is: nobody sleeps, group frames go at once, airtime is not told.

#include "ns3/basic-energy-source-helper.h"
#include "ns3/boolean.h"
#include "ns3/command-line.h"
#include "ns3/device-energy-model-container.h"
#include "ns3/double.h"
#include "ns3/mobility-helper.h"
#include "ns3/mobility-model.h"
#include "ns3/multicast-dtim-ap.h"
#include "ns3/multicast-dtim-helper.h"
#include "ns3/multicast-dtim-station.h"
#include "ns3/node-container.h"
#include "ns3/packet.h"
#include "ns3/random-variable-stream.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/ssid.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-helper.h"
#include "ns3/wifi-mac-helper.h"
#include "ns3/wifi-net-device.h"
#include "ns3/wifi-radio-energy-model-helper.h"
#include "ns3/wifi-remote-station-manager.h"
#include "ns3/yans-wifi-channel.h"
#include "ns3/yans-wifi-helper.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

// Energy models have a namespace of their own from 3.42 on.
namespace ns3::energy
{
}

using namespace ns3;
using namespace ns3::energy;

namespace
{

const uint16_t PROTOCOL = 0x88b5; // for experiments (IEEE 802)
const Time WARM_UP = Seconds(3);  // association and power save
const Time COOL_DOWN = Seconds(3);
const double NEARBY = 3;         // m: where stations associate; ns-3 gives up where a response is lost too often
const uint32_t PATIENCE = 10000; // missed Beacons before a station leaves: those far away hear few

struct Parameters
{
    std::string standard = "g";
    uint32_t dtim = 3;
    uint32_t stations = 4;
    uint32_t sleepers = 1;
    uint32_t listen = 1;
    double spacing = 20; // ms
    uint32_t octets = 200;
    std::string method = "NoAck";
    uint32_t retries = 3;
    double distance = 3; // m
    std::string groupMode;
    std::string unicastMode;
    bool fading = false;
    double seconds = 20;
    uint32_t run = 1;
    bool plain = false;
    std::string pcap;
};

class Study
{
  public:
    explicit Study(const Parameters& parameters)
        : m_p(parameters),
          m_apNode(1),
          m_stationNodes(parameters.stations),
          m_seen(parameters.stations)
    {
        RngSeedManager::SetRun(m_p.run);
        Place();
        Connect();
        if (!m_p.plain)
        {
            InstallDtim();
        }
        for (uint32_t i = 0; i < m_p.stations; ++i)
        {
            m_stations.Get(i)->SetReceiveCallback(MakeCallback(&Study::OnReceive, this));
        }
        if (!m_p.pcap.empty())
        {
            DtimHelper::EnablePcap(m_ap.Get(0), m_p.pcap);
        }
        BasicEnergySourceHelper sources;
        sources.Set("BasicEnergySourceInitialEnergyJ", DoubleValue(1e6));
        m_energy = WifiRadioEnergyModelHelper().Install(m_stations, sources.Install(m_stationNodes));
    }

    ~Study()
    {
        Simulator::Destroy();
    }

    void Run()
    {
        const auto start = CreateObject<UniformRandomVariable>();
        const auto phase = MicroSeconds(static_cast<int64_t>(start->GetValue(0, m_p.spacing * 1000)));
        const auto spacing = MicroSeconds(static_cast<int64_t>(m_p.spacing * 1000));
        const auto end = WARM_UP + Seconds(m_p.seconds);
        for (Time at = WARM_UP + phase; at < end; at += spacing)
        {
            Simulator::Schedule(at, &Study::Send, this);
        }
        Simulator::Schedule(WARM_UP, &Study::Begin, this);
        Simulator::Schedule(end, &Study::End, this);
        Simulator::Stop(end + COOL_DOWN);
        const auto began = std::clock();
        Simulator::Run();
        m_cpu = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
    }

    void Print(std::ostream& os)
    {
        std::sort(m_delays.begin(), m_delays.end());
        const double received = static_cast<double>(m_delays.size());
        double sum = 0;
        for (const auto delay : m_delays)
        {
            sum += delay;
        }
        const double ideal = static_cast<double>(m_sent) * m_p.stations;
        const auto airtime = [this](const std::string& what) { return m_airtime[what].GetSeconds() / m_p.seconds; };
        double stream = 0;
        for (const auto& [what, time] : m_airtime)
        {
            stream += what == "beacon" || what == "other" ? 0 : time.GetSeconds() / m_p.seconds;
        }
        os << m_p.standard << ',' << m_p.dtim << ',' << m_p.stations << ',' << m_p.sleepers << ',' << m_p.listen << ',' << m_p.spacing << ','
           << m_p.octets << ',' << m_p.method << ',' << m_p.retries << ',' << m_p.distance << ',' << m_p.groupMode << ','
           << m_p.unicastMode << ',' << m_p.run << ',' << m_sent << ',' << m_delays.size() << ',' << 1 - received / ideal << ','
           << (m_delays.empty() ? std::nan("") : sum / received) << ','
           << (m_delays.empty() ? std::nan("") : m_delays[static_cast<std::size_t>(0.95 * (received - 1))]) << ','
           << received * m_p.octets * 8 / m_p.seconds / m_p.stations << ',' << stream << ',' << airtime("beacon") << ','
           << MeanPower(0, m_p.stations) << ',' << MeanPower(0, m_p.sleepers) << ',' << MeanPower(m_p.sleepers, m_p.stations)
           << ',' << m_cpu << '\n';
    }

    static void PrintHead(std::ostream& os)
    {
        os << "standard,dtim,stations,sleepers,listen,spacing,octets,method,retries,distance,groupMode,unicastMode,run,sent,received,"
              "loss,delay,delay95,goodput,airtime,beacons,power,power_asleep,power_awake,cpu\n";
    }

  private:
    void Place()
    {
        MobilityHelper mobility;
        mobility.Install(m_apNode);
        mobility.Install(m_stationNodes);
        MoveTo(std::min(m_p.distance, NEARBY));
    }

    void MoveTo(double distance)
    {
        for (uint32_t i = 0; i < m_p.stations; ++i)
        {
            const double angle = 2 * M_PI * i / m_p.stations;
            m_stationNodes.Get(i)->GetObject<MobilityModel>()->SetPosition(
                Vector(distance * std::cos(angle), distance * std::sin(angle), 0));
        }
    }

    void Connect()
    {
        static const std::map<std::string, WifiStandard> standards{
            {"a", WIFI_STANDARD_80211a}, {"b", WIFI_STANDARD_80211b},   {"g", WIFI_STANDARD_80211g},
            {"n", WIFI_STANDARD_80211n}, {"ac", WIFI_STANDARD_80211ac}, {"ax", WIFI_STANDARD_80211ax}};
        YansWifiChannelHelper channel;
        channel.SetPropagationDelay("ns3::ConstantSpeedPropagationDelayModel");
        channel.AddPropagationLoss("ns3::LogDistancePropagationLossModel");
        if (m_p.fading)
        {
            channel.AddPropagationLoss("ns3::NakagamiPropagationLossModel"); // Rayleigh beyond 200 m, milder nearby
        }
        YansWifiPhyHelper phy;
        phy.SetChannel(channel.Create());
        WifiHelper wifi;
        wifi.SetStandard(standards.at(m_p.standard));
        if (m_p.standard == "n" || m_p.standard == "ax")
        {
            phy.Set("ChannelSettings", StringValue("{0, 20, BAND_2_4GHZ, 0}"));
        }
        if (!m_p.unicastMode.empty())
        {
            wifi.SetRemoteStationManager("ns3::ConstantRateWifiManager", "DataMode", StringValue(m_p.unicastMode));
        }
        WifiMacHelper mac;
        const Ssid ssid("study");
        mac.SetType("ns3::ApWifiMac", "Ssid", SsidValue(ssid), "QosSupported", BooleanValue(true));
        m_ap = wifi.Install(phy, mac, m_apNode);
        mac.SetType("ns3::StaWifiMac", "Ssid", SsidValue(ssid), "QosSupported", BooleanValue(true), "MaxMissedBeacons",
                    UintegerValue(PATIENCE));
        m_stations = wifi.Install(phy, mac, m_stationNodes);
        if (!m_p.groupMode.empty())
        {
            DynamicCast<WifiNetDevice>(m_ap.Get(0))
                ->GetRemoteStationManager()
                ->SetAttribute("NonUnicastMode", StringValue(m_p.groupMode));
        }
    }

    void InstallDtim()
    {
        DtimHelper helper;
        helper.SetAp("DtimPeriod", UintegerValue(m_p.dtim));
        helper.SetAp("Method", StringValue(m_p.method));
        helper.SetAp("Retries", UintegerValue(m_p.retries));
        helper.SetAp("UnicastBufferFrames", UintegerValue(1000));
        helper.SetStation("ListenInterval", UintegerValue(m_p.listen));
        helper.InstallAp(m_ap);
        helper.InstallStations(m_stations);
        for (uint32_t i = 0; i < m_p.stations; ++i)
        {
            if (i < m_p.sleepers)
            {
                Simulator::Schedule(Seconds(2) + MilliSeconds(7) * i, &DtimStation::SetPowerSave,
                                    DtimHelper::GetStation(m_stations.Get(i)), true);
            }
        }
        DtimHelper::GetAp(m_ap.Get(0))->TraceConnectWithoutContext("Airtime", MakeCallback(&Study::OnAirtime, this));
    }

    void Send()
    {
        std::vector<uint8_t> body(std::max<uint32_t>(m_p.octets, 12));
        for (unsigned i = 0; i < 4; ++i)
        {
            body[i] = static_cast<uint8_t>(m_sent >> 8 * i);
        }
        m_sendTimes.push_back(Simulator::Now());
        ++m_sent;
        m_ap.Get(0)->Send(Create<Packet>(body.data(), static_cast<uint32_t>(body.size())),
                          Mac48Address("01:00:5e:01:02:03"), PROTOCOL);
    }

    bool OnReceive(Ptr<NetDevice> device, Ptr<const Packet> packet, uint16_t protocol, const Address&)
    {
        if (protocol != PROTOCOL || packet->GetSize() < 4)
        {
            return true;
        }
        uint8_t octets[4];
        packet->CopyData(octets, 4);
        const uint32_t number = octets[0] | octets[1] << 8 | octets[2] << 16 | static_cast<uint32_t>(octets[3]) << 24;
        const uint32_t station = device->GetNode()->GetId() - m_stationNodes.Get(0)->GetId();
        auto& seen = m_seen[station];
        seen.resize(m_sent);
        if (number < m_sent && !seen[number])
        {
            seen[number] = true;
            m_delays.push_back((Simulator::Now() - m_sendTimes[number]).GetSeconds());
        }
        return true;
    }

    void OnAirtime(const std::string& what, Time duration)
    {
        if (m_measuring)
        {
            m_airtime[what] += duration;
        }
    }

    std::vector<double> Energy() const
    {
        std::vector<double> joules;
        for (uint32_t i = 0; i < m_p.stations; ++i)
        {
            joules.push_back(m_energy.Get(i)->GetTotalEnergyConsumption());
        }
        return joules;
    }

    void Begin()
    {
        MoveTo(m_p.distance);
        m_measuring = true;
        m_before = Energy();
    }

    void End()
    {
        m_measuring = false;
        m_after = Energy();
    }

    double MeanPower(uint32_t from, uint32_t to) const
    {
        double sum = 0;
        for (uint32_t i = from; i < to; ++i)
        {
            sum += (m_after[i] - m_before[i]) / m_p.seconds;
        }
        return from == to ? std::nan("") : sum / (to - from);
    }

    Parameters m_p;
    NodeContainer m_apNode;
    NodeContainer m_stationNodes;
    NetDeviceContainer m_ap;
    NetDeviceContainer m_stations;
    DeviceEnergyModelContainer m_energy;
    double m_cpu = 0;
    uint32_t m_sent = 0;
    bool m_measuring = false;
    std::vector<Time> m_sendTimes;
    std::vector<std::vector<bool>> m_seen;
    std::vector<double> m_delays;
    std::map<std::string, Time> m_airtime;
    std::vector<double> m_before;
    std::vector<double> m_after;
};

} // namespace

int
main(int argc, char* argv[])
{
    Parameters p;
    bool head = false;
    CommandLine cmd(__FILE__);
    cmd.AddValue("standard", "a, b, g, n, ac or ax", p.standard);
    cmd.AddValue("dtim", "DTIM period", p.dtim);
    cmd.AddValue("stations", "stations, all members of the group", p.stations);
    cmd.AddValue("sleepers", "how many of them sleep", p.sleepers);
    cmd.AddValue("listen", "their listen interval, beacons; they wake for every DTIM, too", p.listen);
    cmd.AddValue("spacing", "ms from frame to frame", p.spacing);
    cmd.AddValue("octets", "of a frame", p.octets);
    cmd.AddValue("method", "delivery method, an attribute value of DtimAp", p.method);
    cmd.AddValue("retries", "of GcrUnsolicitedRetry", p.retries);
    cmd.AddValue("distance", "m from the access point to the stations", p.distance);
    cmd.AddValue("groupMode", "mode of group frames; empty: the lowest basic rate", p.groupMode);
    cmd.AddValue("unicastMode", "mode of unicast frames; empty: rate control", p.unicastMode);
    cmd.AddValue("fading", "Nakagami fading", p.fading);
    cmd.AddValue("seconds", "length of the stream", p.seconds);
    cmd.AddValue("run", "run number of the random streams", p.run);
    cmd.AddValue("plain", "without DtimAp and DtimStation", p.plain);
    cmd.AddValue("pcap", "file for what the access point sends and hears; empty: none", p.pcap);
    cmd.AddValue("head", "print the names of the columns, too", head);
    cmd.Parse(argc, argv);
    NS_ABORT_MSG_IF(p.sleepers > p.stations || (p.plain && p.sleepers > 0), "more sleepers than there can be");
    Study study(p);
    study.Run();
    if (head)
    {
        Study::PrintHead(std::cout);
    }
    study.Print(std::cout);
    return 0;
}
