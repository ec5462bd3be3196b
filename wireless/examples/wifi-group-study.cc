// SPDX-License-Identifier: GPL-2.0-only
//
// One BSS, one stream to a group, one line of CSV: what a DTIM period, sleeping stations, a rate, a distance and a delivery method
// cost in delay, loss, airtime and energy. study-wifi-group.py sweeps over its parameters and plots.
//
//   wifi-group-study --head=1 --dtim=3 --stations=10 --sleepers=4 --method=GcrUnsolicitedRetry --run=2
//
// Columns: the parameters, then
//   sent, received      frames, and frames that came to members, each counted once
//   dropped             frames and copies that the access point gave up
//   loss                share of member times frame that did not come
//   delay, delay95      s, mean and 95th percentile from the sender to the member
//   delay_quantiles     s, 21 of them, from the least delay to the greatest
//   goodput             bit/s of payload that a member got, mean over members
//   exchange            s from frame to frame at a member while the stream lasts: the time that a frame takes if it is saturated
//   airtime             share of the time that the access point sends frames of the stream
//   beacons             share of the time that it sends beacons
//   power               W, mean of a station's radio; power_asleep, power_awake: of members that sleep and that do not;
//                       power_other: of sleepers that are no members
//   cpu                 s of processor time that the simulation took
//   closed_...          what the closed form says: delay, delay_low and delay_high (evenly spread between these), exchange,
//                       airtime, power_asleep; nan where there is none
//
// With --plain ns-3's access point is left as it is: nobody sleeps, group frames go at once, airtime is not told.

#include "wifi-study-parameters.h"
#include "wifi-study-row.h"
#include "wifi-study-stream.h"

#include "ns3/basic-energy-source-helper.h"
#include "ns3/boolean.h"
#include "ns3/command-line.h"
#include "ns3/config.h"
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
#include <functional>
#include <iostream>
#include <map>
#include <numeric>
#include <sstream>
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

const double SUPPLY = 3;         // V
const Time START = Seconds(3);   // association and power save are done
const Time WARM_UP = Seconds(5); // the stream has been running over some DTIMs, and is measured from here
const Time COOL_DOWN = Seconds(3);
const double NEARBY = 3;         // m: where stations associate; ns-3 gives up where a response is lost too often
const uint32_t PATIENCE = 10000; // missed Beacons before a station leaves: those far away hear few

class Study
{
  public:
    explicit Study(const StudyParameters& parameters)
        : m_p(parameters),
          m_apNode(1),
          m_stationNodes(parameters.stations),
          m_seen(parameters.stations)
    {
        RngSeedManager::SetRun(m_p.run);
        // Far away ns-3 would ask for ever for a block ack that was lost, and keep the frames behind.
        Config::SetDefaultFailSafe("ns3::QosTxop::UseExplicitBarAfterMissedBlockAck", BooleanValue(false));
        // ns-3 3.37 crashes when a frame is too old while another one of its Block Ack agreement is being given up: its scheduler
        // looks for old frames in the middle of that. Frames are never too old here; a full queue drops new ones.
        Config::SetDefault("ns3::WifiMacQueue::MaxDelay", TimeValue(Seconds(3600)));
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
        sources.Set("BasicEnergySupplyVoltageV", DoubleValue(SUPPLY));
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
        // Some at once make ns-3 agree on block acks while stations are nearby: where the answer to such a request is lost too
        // often, it goes on to ask for block acks that nobody sends.
        for (int i = 0; i < 4; ++i)
        {
            Simulator::Schedule(START, &Study::Send, this);
        }
        for (Time at = START + phase; at < end; at += spacing)
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

    StudyRow Result()
    {
        StudyRow row;
        m_p.AddTo(row);
        std::sort(m_delays.begin(), m_delays.end());
        const double received = static_cast<double>(m_delays.size());
        const double ideal = static_cast<double>(m_sent - m_first) * m_p.Members();
        row.Add("sent", m_sent - m_first).Add("received", m_delays.size()).Add("dropped", m_dropped);
        row.Add("loss", 1 - received / ideal).AddDelays("delay", m_delays);
        row.Add("goodput", received * m_p.octets * 8 / m_p.seconds / m_p.Members());
        row.Add("exchange", Ratio(m_p.seconds * m_p.Members(), static_cast<double>(m_inTime)));
        const auto& beacons = m_airtime["beacon"];
        row.Add("airtime", StreamAirtime()).Add("beacons", beacons.time.GetSeconds() / m_p.seconds);
        row.Add("power", MeanPower([](auto, auto) { return true; }));
        row.Add("power_asleep", MeanPower([](auto member, auto asleep) { return member && asleep; }));
        row.Add("power_awake", MeanPower([](auto member, auto asleep) { return member && !asleep; }));
        row.Add("power_other", MeanPower([](auto member, auto asleep) { return !member && asleep; }));
        row.Add("cpu", m_cpu);
        const auto closed =
            ComputeClosedForms(m_p, beacons.frames == 0 ? 0 : beacons.time.GetSeconds() / beacons.frames, Radio());
        row.Add("closed_delay", closed.delay)
            .Add("closed_delay_low", closed.delayLow)
            .Add("closed_delay_high", closed.delayHigh);
        row.Add("closed_exchange", closed.exchange).Add("closed_airtime", closed.airtime);
        row.Add("closed_power_asleep", closed.power);
        return row;
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
        // ns-3 hears nothing below -82 dBm, where the lowest rates of real radios still work: then all rates reach equally far.
        phy.SetPreambleDetectionModel("ns3::ThresholdPreambleDetectionModel", "MinimumRssi", DoubleValue(-92));
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
        helper.SetAp("FmsInterval", UintegerValue(m_p.fmsInterval));
        helper.SetAp("Snooping", BooleanValue(m_p.members > 0));
        helper.SetAp("UnicastBufferFrames", UintegerValue(1000));
        helper.SetStation("ListenInterval", UintegerValue(m_p.listen));
        helper.SetStation("Fetch", StringValue(m_p.fetch));
        helper.InstallAp(m_ap);
        helper.InstallStations(m_stations);
        // At any time, so that listen intervals begin at any beacon.
        const auto when = CreateObject<UniformRandomVariable>();
        for (uint32_t i = 0; i < m_p.sleepers; ++i)
        {
            Simulator::Schedule(Seconds(when->GetValue(2, 3)), &DtimStation::SetPowerSave,
                                DtimHelper::GetStation(m_stations.Get(i)), true);
        }
        for (uint32_t i = 0; m_p.members > 0 && i < m_p.stations; ++i)
        {
            if (m_p.IsMember(i))
            {
                Simulator::Schedule(Seconds(3) + MilliSeconds(7) * i, &Study::Join, this, i);
            }
        }
        const auto ap = DtimHelper::GetAp(m_ap.Get(0));
        ap->TraceConnectWithoutContext("Airtime", MakeCallback(&Study::OnAirtime, this));
        ap->TraceConnectWithoutContext("Dropped", MakeCallback(&Study::OnDropped, this));
    }

    void Join(uint32_t station)
    {
        m_stations.Get(station)->Send(JoinReport(station), REPORT_GROUP, STREAM_PROTOCOL);
    }

    void Send()
    {
        m_sendTimes.push_back(Simulator::Now());
        m_ap.Get(0)->Send(NumberedFrame(m_sent++, m_p.octets), STREAM_GROUP, STREAM_PROTOCOL);
    }

    bool OnReceive(Ptr<NetDevice> device, Ptr<const Packet> packet, uint16_t protocol, const Address&)
    {
        const uint32_t station = device->GetNode()->GetId() - m_stationNodes.Get(0)->GetId();
        if (protocol != STREAM_PROTOCOL || packet->GetSize() != m_p.octets || !m_p.IsMember(station))
        {
            return true;
        }
        const auto number = NumberOf(packet);
        auto& seen = m_seen[station];
        seen.resize(m_sent);
        if (number < m_sent && !seen[number])
        {
            seen[number] = true;
            m_inTime += m_measuring ? 1 : 0;
            if (m_measured && number >= m_first)
            {
                m_delays.push_back((Simulator::Now() - m_sendTimes[number]).GetSeconds());
            }
        }
        return true;
    }

    void OnDropped(Ptr<const Packet>, Mac48Address, const std::string&)
    {
        m_dropped += m_measured ? 1 : 0;
    }

    void OnAirtime(const std::string& what, Time duration)
    {
        if (m_measuring)
        {
            auto& use = m_airtime[what];
            ++use.frames;
            use.time += duration;
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
        m_first = m_sent;
        m_measured = true;
        m_measuring = true;
        m_before = Energy();
    }

    void End()
    {
        m_measuring = false;
        m_after = Energy();
    }

    double MeanPower(const std::function<bool(bool member, bool asleep)>& counts) const
    {
        double sum = 0;
        uint32_t stations = 0;
        for (uint32_t i = 0; i < m_p.stations; ++i)
        {
            if (counts(m_p.IsMember(i), i < m_p.sleepers))
            {
                sum += (m_after[i] - m_before[i]) / m_p.seconds;
                ++stations;
            }
        }
        return Ratio(sum, stations);
    }

    RadioPower Radio() const
    {
        const auto watts = [this](const std::string& current) {
            DoubleValue value;
            m_energy.Get(0)->GetAttribute(current, value);
            return value.Get() * SUPPLY;
        };
        return {watts("IdleCurrentA"), watts("RxCurrentA"), watts("SleepCurrentA")};
    }

    double StreamAirtime() const
    {
        double seconds = 0;
        for (const auto& [what, use] : m_airtime)
        {
            seconds += what == "beacon" || what == "other" ? 0 : use.time.GetSeconds();
        }
        return seconds / m_p.seconds;
    }

    struct Use
    {
        uint32_t frames = 0;
        Time time;
    };

    StudyParameters m_p;
    NodeContainer m_apNode;
    NodeContainer m_stationNodes;
    NetDeviceContainer m_ap;
    NetDeviceContainer m_stations;
    DeviceEnergyModelContainer m_energy;
    double m_cpu = 0;
    uint32_t m_sent = 0;
    uint64_t m_inTime = 0; // frames that came before the end of the stream
    uint64_t m_dropped = 0;
    uint32_t m_first = 0;    // number of the first frame that is measured
    bool m_measured = false; // it has been sent
    bool m_measuring = false;
    std::vector<Time> m_sendTimes;
    std::vector<std::vector<bool>> m_seen;
    std::vector<double> m_delays;
    std::map<std::string, Use> m_airtime;
    std::vector<double> m_before;
    std::vector<double> m_after;
};

} // namespace

int
main(int argc, char* argv[])
{
    StudyParameters p;
    bool head = false;
    bool methods = false;
    CommandLine cmd(__FILE__);
    p.AddTo(cmd);
    cmd.AddValue("head", "print the names of the columns, too", head);
    cmd.AddValue("methods", "print the delivery methods, and do nothing else", methods);
    cmd.Parse(argc, argv);
    if (methods)
    {
        for (const auto& method : StudyMethods())
        {
            std::cout << method << '\n';
        }
        return 0;
    }
    if (const auto complaint = p.Complaint(); !complaint.empty())
    {
        std::cerr << "wifi-group-study: " << complaint << '\n';
        return 2;
    }
    Study study(p);
    study.Run();
    std::cout << study.Result().Text(head);
    return 0;
}
