// SPDX-License-Identifier: GPL-2.0-only
// mcast-wifi-ns3 SCENARIO CAPTURE DELIVERIES: plays a scenario in ns-3, with DtimAp and DtimStation, and writes what mcast-wifi-air
// writes. Exit status: 0; 2 for a scenario that it does not understand; 3 for one that ns-3's Wi-Fi cannot play, with the reason.

#include "model/core/wire/ethernet.h"
#include "model/core/wire/igmp.h"
#include "model/core/wire/ip.h"
#include "scenario.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/error-model.h"
#include "ns3/frame-exchange-manager.h"
#include "ns3/mobility-helper.h"
#include "ns3/mobility-model.h"
#include "ns3/multicast-dtim-ap.h"
#include "ns3/multicast-dtim-helper.h"
#include "ns3/multicast-dtim-station.h"
#include "ns3/packet.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/ssid.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-helper.h"
#include "ns3/wifi-mac-helper.h"
#include "ns3/wifi-mac.h"
#include "ns3/wifi-net-device.h"
#include "ns3/wifi-phy.h"
#include "ns3/yans-wifi-channel.h"
#include "ns3/yans-wifi-helper.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <stdexcept>

using namespace ns3;
namespace air = mcast::wifi::air;
namespace wifi = mcast::wifi;

namespace
{

const uint16_t IPV4 = 0x0800;
const Mac48Address SERVER("02:00:00:00:09:09");

/// What this ns-3 cannot do.
struct NotPlayable : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

Time
ToTime(mcast::Duration duration)
{
    return NanoSeconds(duration.count());
}

Ptr<Packet>
ToPacket(const mcast::Bytes& octets)
{
    return Create<Packet>(octets.data(), static_cast<uint32_t>(octets.size()));
}

Mac48Address
ToMac(const mcast::MacAddress& octets)
{
    Mac48Address address;
    address.CopyFrom(octets.data());
    return address;
}

/// A datagram whose payload begins with its number.
mcast::Bytes
Datagram(const mcast::Address& source, const mcast::Address& destination, uint32_t number, unsigned size)
{
    mcast::Writer udp;
    const auto length = static_cast<uint16_t>(std::max(size, 4U) + 8);
    udp.U16(5000).U16(5000).U16(length).U16(0).U32(number);
    auto octets = udp.Take();
    octets.resize(length);
    mcast::PacketMeta meta;
    meta.source = source;
    meta.destination = destination;
    meta.protocol = 17;
    meta.ttl = 8;
    return mcast::WriteIp(meta, octets);
}

class Player
{
  public:
    Player(const air::Scenario& scenario, const std::string& capture, std::ostream& deliveries)
        : m_scenario(scenario),
          m_deliveries(deliveries)
    {
        CheckPlayable();
        Build();
        DtimHelper::EnablePcap(m_ap, capture);
        m_deliveries << "time,station,group,source,number\n";
        for (const auto& action : scenario.actions)
        {
            Schedule(action);
        }
    }

    ~Player()
    {
        Simulator::Destroy();
    }

    void Run()
    {
        Simulator::Stop(ToTime(m_scenario.end));
        Simulator::Run();
    }

  private:
    void CheckPlayable() const
    {
        static const std::set<std::string> verbs{"associate", "sleep", "wake", "join", "leave", "stream", "say", "unicast",
                                                 "fms", "fmsend", "dms", "dmsend", "gcr", "gcrend"};
        for (const auto& action : m_scenario.actions)
        {
            if (verbs.count(action.verb) == 0)
            {
                throw NotPlayable("ns-3's stations have no way to " + action.verb);
            }
        }
        if (m_scenario.ap.selection.standard.rate == wifi::RateChoice::HighestOfMembers)
        {
            throw NotPlayable("ns-3's stations cannot be told their rates");
        }
    }

    DtimHelper ApHelper() const
    {
        const auto& ap = m_scenario.ap;
        const auto& dtim = ap.dtim;
        DtimHelper helper;
        helper.SetAp("DtimPeriod", UintegerValue(dtim.dtimPeriod));
        helper.SetAp("LastWake", StringValue(dtim.lastWake == wifi::LastWake::Flush ? "Flush" : "WaitForDtim"));
        helper.SetAp("Overrun", StringValue(dtim.overrun == wifi::Overrun::Continue ? "Continue" : "WaitForDtim"));
        helper.SetAp("DropSide", StringValue(dtim.dropSide == wifi::DropSide::Newest ? "Newest" : "Oldest"));
        helper.SetAp("GroupQos", StringValue(dtim.groupQos == wifi::GroupQos::NonQos ? "NonQos" : "QosIfAllCapable"));
        helper.SetAp("BufferFrames", UintegerValue(dtim.maxFrames));
        helper.SetAp("Snooping", BooleanValue(ap.snooping.has_value()));
        helper.SetAp("Retries", UintegerValue(ap.selection.standard.retries));
        helper.SetAp("BlockSize", UintegerValue(ap.selection.standard.blockSize));
        static const std::map<wifi::Method, std::string> methods{
            {wifi::Method::NoAck, "NoAck"},
            {wifi::Method::UnicastPayload, "UnicastPayload"},
            {wifi::Method::UnicastAmsdu, "UnicastAmsdu"},
            {wifi::Method::Dms, "Dms"},
            {wifi::Method::Fms, "Fms"},
            {wifi::Method::GcrUnsolicitedRetry, "GcrUnsolicitedRetry"},
            {wifi::Method::GcrBlockAck, "GcrBlockAck"},
            {wifi::Method::LeaderAck, "LeaderAck"}};
        helper.SetAp("Method", StringValue(methods.at(ap.selection.standard.method)));
        if (ap.selection.standard.rate == wifi::RateChoice::HighestBasic)
        {
            helper.SetAp("GroupRate", StringValue("HighestBasic"));
        }
        return helper;
    }

    void SetAddress(Ptr<NetDevice> device, Mac48Address address) const
    {
        device->SetAddress(address);
        DynamicCast<WifiNetDevice>(device)->GetMac()->GetFrameExchangeManager()->SetAddress(address);
    }

    /// An access point of ns-3 takes a station for one with QoS only if it has HT.
    void SetStandard(bool ht)
    {
        m_wifi.SetStandard(ht ? WIFI_STANDARD_80211n : m_ofdm ? WIFI_STANDARD_80211a : WIFI_STANDARD_80211g);
    }

    void Build()
    {
        RngSeedManager::SetRun(m_scenario.seed);
        m_phy.SetChannel(YansWifiChannelHelper::Default().Create());
        // 11a if DSSS rates are not wanted: ns-3's basic rates are the mandatory ones of its PHY.
        const auto& basic = m_scenario.ap.basicRates;
        m_ofdm = !basic.empty() && *std::min_element(basic.begin(), basic.end()) >= 12;
        m_phy.Set("ChannelSettings", StringValue(m_ofdm ? "{36, 20, BAND_5GHZ, 0}" : "{1, 20, BAND_2_4GHZ, 0}"));
        const bool ht = std::any_of(m_scenario.stations.begin(), m_scenario.stations.end(),
                                    [](const auto& one) { return one.second.qos; });
        SetStandard(ht && m_scenario.ap.qos);
        MobilityHelper mobility;
        WifiMacHelper mac;
        NodeContainer apNode(1);
        mobility.Install(apNode);
        mac.SetType("ns3::ApWifiMac", "Ssid", SsidValue(Ssid("multicast")), "EnableBeaconJitter", BooleanValue(false),
                    "BeaconInterval", TimeValue(MicroSeconds(1024) * m_scenario.ap.dtim.beaconInterval), "QosSupported",
                    BooleanValue(m_scenario.ap.qos));
        const auto apDevices = m_wifi.Install(m_phy, mac, apNode);
        m_ap = apDevices.Get(0);
        SetAddress(m_ap, Mac48Address("02:00:00:00:00:00"));
        ApHelper().InstallAp(apDevices);
        for (const auto& [number, setup] : m_scenario.stations)
        {
            AddStation(number, setup, mobility);
        }
    }

    void AddStation(unsigned number, const air::StationSetup& setup, MobilityHelper& mobility)
    {
        NodeContainer node(1);
        mobility.Install(node);
        const double angle = number;
        node.Get(0)->GetObject<MobilityModel>()->SetPosition(Vector(3 * std::cos(angle), 3 * std::sin(angle), 0));
        WifiMacHelper mac;
        mac.SetType("ns3::StaWifiMac", "Ssid", SsidValue(Ssid("multicast")), "QosSupported", BooleanValue(setup.qos));
        SetStandard(setup.qos && m_scenario.ap.qos);
        const auto devices = m_wifi.Install(m_phy, mac, node);
        const auto device = devices.Get(0);
        char text[18];
        std::snprintf(text, sizeof text, "02:00:00:00:01:%02x", number & 0xff);
        SetAddress(device, Mac48Address(text));
        DtimHelper helper;
        helper.SetStation("ListenInterval", UintegerValue(setup.doze.listenInterval));
        helper.SetStation("ReceiveDtims", BooleanValue(setup.doze.receiveDtims));
        static const std::map<wifi::UnicastFetch, std::string> ways{{wifi::UnicastFetch::PsPoll, "PsPoll"},
                                                                    {wifi::UnicastFetch::WakeUp, "WakeUp"},
                                                                    {wifi::UnicastFetch::ServicePeriod, "ServicePeriod"}};
        helper.SetStation("Fetch", StringValue(ways.at(setup.doze.fetch)));
        helper.SetStation("MaxServicePeriod", UintegerValue(setup.maxServicePeriod));
        helper.SetStation("Fms", BooleanValue(setup.fms));
        helper.SetStation("Dms", BooleanValue(setup.dms));
        helper.SetStation("Gcr", BooleanValue(setup.gcr));
        helper.InstallStations(devices);
        m_stations[number] = device;
        device->SetPromiscReceiveCallback(MakeCallback(&Player::OnReceive, this));
        // Out of the way until it is to associate.
        DynamicCast<WifiNetDevice>(device)->GetPhy()->SetOffMode();
        if (m_scenario.loss > 0)
        {
            const auto errors = CreateObject<RateErrorModel>();
            errors->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
            errors->SetRate(m_scenario.loss);
            m_errors[number] = errors;
        }
    }

    Ptr<NetDevice> Station(const std::string& word) const
    {
        const auto it = m_stations.find(static_cast<unsigned>(std::stoul(word)));
        if (it == m_stations.end())
        {
            throw std::runtime_error("no station " + word);
        }
        return it->second;
    }

    void Associate(unsigned number, Ptr<NetDevice> device)
    {
        const auto phy = DynamicCast<WifiNetDevice>(device)->GetPhy();
        phy->ResumeFromOff();
        if (const auto it = m_errors.find(number); it != m_errors.end())
        {
            // Frames that make up the association are left alone.
            Simulator::Schedule(MilliSeconds(400), &WifiPhy::SetPostReceptionErrorModel, phy, it->second);
        }
    }

    void Schedule(const air::Action& action)
    {
        const auto& words = action.arguments;
        const auto at = ToTime(action.at);
        if (action.verb == "associate")
        {
            Simulator::Schedule(at, &Player::Associate, this, static_cast<unsigned>(std::stoul(words.at(0))),
                                Station(words.at(0)));
        }
        else if (action.verb == "sleep" || action.verb == "wake")
        {
            Simulator::Schedule(at, &DtimStation::SetPowerSave, DtimHelper::GetStation(Station(words.at(0))),
                                action.verb == "sleep");
        }
        else if (action.verb == "join" || action.verb == "leave")
        {
            ScheduleReport(at, words, action.verb == "join");
        }
        else if (const auto request = air::RequestOf(action))
        {
            ScheduleRequest(at, words, *request);
        }
        else
        {
            ScheduleStream(action);
        }
    }

    void ScheduleReport(Time at, const std::vector<std::string>& words, bool join)
    {
        const auto group = mcast::Address::Parse(words.at(1));
        if (!group)
        {
            throw std::runtime_error("no address: " + words.at(1));
        }
        const auto all = mcast::Address::Ipv4(224, 0, 0, 22);
        const auto host = mcast::Address::Ipv4(10, 0, 0, static_cast<uint8_t>(std::stoul(words.at(0))));
        mcast::PacketMeta meta{host, all, mcast::PROTOCOL_IGMP, 1, 0xc0, true};
        const mcast::Report report{{{join ? mcast::RecordType::ToEx : mcast::RecordType::ToIn, *group, {}}}};
        Simulator::Schedule(at, &Player::Send, this, Station(words.at(0)), mcast::WriteIp(meta, mcast::WriteIgmp(report)),
                            ToMac(mcast::GroupMac(all)), false);
    }

    void ScheduleRequest(Time at, const std::vector<std::string>& words, const air::ServiceAction& request)
    {
        const auto group = mcast::Address::Parse(words.at(1));
        if (!group)
        {
            throw std::runtime_error("no address: " + words.at(1));
        }
        const bool fms = request.service == wifi::GroupService::Fms && !request.remove;
        Simulator::Schedule(at, &Player::Request, this, Station(words.at(0)), ToMac(mcast::GroupMac(*group)), request,
                            fms ? std::stoul(words.at(2)) : 0);
    }

    void Request(Ptr<NetDevice> device, Mac48Address group, air::ServiceAction request, unsigned long interval)
    {
        const auto station = DtimHelper::GetStation(device);
        const auto gcr = request.service == wifi::GroupService::GcrBlockAck ? DtimStation::BLOCK_ACK
                                                                            : DtimStation::UNSOLICITED_RETRY;
        switch (request.service)
        {
        case wifi::GroupService::Fms:
            request.remove ? station->RemoveFms(group) : station->RequestFms(group, static_cast<uint8_t>(interval));
            return;
        case wifi::GroupService::Dms:
            request.remove ? station->RemoveDms(group) : station->RequestDms(group);
            return;
        case wifi::GroupService::GcrUnsolicitedRetry:
        case wifi::GroupService::GcrBlockAck:
            request.remove ? station->RemoveGcr(group, gcr) : station->RequestGcr(group, gcr);
            return;
        }
    }

    void ScheduleStream(const air::Action& action)
    {
        const bool unicast = action.verb == "unicast";
        const bool server = action.verb == "stream" || unicast;
        const auto& words = action.arguments;
        const std::size_t numbers = words.size() - 3;
        const auto every = ToTime(air::Seconds(words.at(numbers)));
        const auto count = std::stoul(words.at(numbers + 1));
        const auto size = static_cast<unsigned>(std::stoul(words.at(numbers + 2)));
        const auto host = server && !unicast ? 0 : std::stoul(words.at(0));
        const auto address = mcast::Address::Ipv4(10, 0, 0, static_cast<uint8_t>(host));
        const auto text = words.at(server ? 0 : 1);
        const auto group = unicast ? address : mcast::Address::Parse(text).value_or(mcast::Address());
        const auto to = unicast               ? Mac48Address::ConvertFrom(Station(words.at(0))->GetAddress())
                        : group.IsMulticast() ? ToMac(mcast::GroupMac(group))
                                              : Mac48Address::GetBroadcast();
        const auto source = server ? mcast::Address::Ipv4(10, 9, 9, 9) : address;
        const auto device = server ? m_ap : Station(words.at(0));
        for (uint32_t i = 0; i < count; ++i)
        {
            Simulator::Schedule(ToTime(action.at) + every * i, &Player::Send, this, device, Datagram(source, group, i, size),
                                to, server);
        }
    }

    void Send(Ptr<NetDevice> device, mcast::Bytes packet, Mac48Address to, bool server)
    {
        if (server)
        {
            device->SendFrom(ToPacket(packet), SERVER, to, IPV4);
            return;
        }
        device->Send(ToPacket(packet), to, IPV4);
    }

    bool OnReceive(Ptr<NetDevice> device, Ptr<const Packet> packet, uint16_t protocol, const Address& from, const Address& to,
                   NetDevice::PacketType type)
    {
        if (protocol != IPV4 || type == NetDevice::PACKET_OTHERHOST || packet->GetSize() < 32)
        {
            return true;
        }
        mcast::Bytes octets(packet->GetSize());
        packet->CopyData(octets.data(), static_cast<uint32_t>(octets.size()));
        const auto ip = mcast::ParseIp(mcast::Family::Ipv4, octets);
        if (!ip || ip->meta.protocol != 17)
        {
            return true;
        }
        mcast::Reader reader(ip->payload.Sub(8));
        for (const auto& [number, one] : m_stations)
        {
            if (one == device)
            {
                char line[80];
                std::snprintf(line, sizeof line, "%.9f,%u,", Simulator::Now().GetSeconds(), number);
                m_deliveries << line << Mac48Address::ConvertFrom(to) << ',' << Mac48Address::ConvertFrom(from) << ','
                             << reader.U32() << '\n';
                break;
            }
        }
        return true;
    }

    const air::Scenario& m_scenario;
    std::ostream& m_deliveries;
    YansWifiPhyHelper m_phy;
    WifiHelper m_wifi;
    bool m_ofdm = false;
    Ptr<NetDevice> m_ap;
    std::map<unsigned, Ptr<NetDevice>> m_stations;
    std::map<unsigned, Ptr<ErrorModel>> m_errors;
};

} // namespace

int
main(int count, char** arguments)
{
    if (count != 4)
    {
        std::cerr << "usage: mcast-wifi-ns3 SCENARIO CAPTURE DELIVERIES\n";
        return 2;
    }
    try
    {
        std::ifstream in(arguments[1]);
        if (!in)
        {
            throw std::runtime_error("cannot read it");
        }
        const auto scenario = air::ReadScenario(in);
        std::ofstream deliveries(arguments[3]);
        Player(scenario, arguments[2], deliveries).Run();
    }
    catch (const NotPlayable& reason)
    {
        std::cerr << reason.what() << '\n';
        return 3;
    }
    catch (const std::exception& error)
    {
        std::cerr << "mcast-wifi-ns3: " << arguments[1] << ": " << error.what() << '\n';
        return 2;
    }
    return 0;
}
