// SPDX-License-Identifier: GPL-2.0-only
//
// IPTV over Wi-Fi: a viewer changes the channel again and again.
//
//   source ---- first hop, RP ----(--link)---- last hop ==== access point ~~~~ viewer, other viewers
//               PIM                PIM, IGMP    CSMA         bridge, DtimAp
//
// Each channel is a group, a datagram every --spacing ms. The viewer leaves one and joins the other at the same moment; the last
// hop asks by IGMP who else listens to the first, and joins the tree of the second by PIM. With --watchers other stations listen
// to channel 0 all the time. One line of CSV comes out:
//
//   parameters
//   zaps           changes to a channel that nobody else watches, each answered
//   unanswered     changes of which no datagram came
//   zap, zap95     s from the leave to the first datagram of the new channel: mean and 95th percentile
//   zap_quantiles  s, 21 quantiles, from the shortest to the longest
//   network        s of these until the last hop forwards the first datagram of the new channel
//   linger         s from the leave to the end of the last frame of the old channel on the air
//   wasted         frames of the old channel on the air after the leave
//   watcher_lost   datagrams that a watcher of channel 0 did not get, per time that the viewer left that channel
//   closed_zap, closed_linger   the closed forms, see Closed
//
// study-wifi-channel.py sweeps over the parameters and plots.

#include "wifi-study-parameters.h"

#include "ns3/boolean.h"
#include "ns3/bridge-helper.h"
#include "ns3/command-line.h"
#include "ns3/csma-helper.h"
#include "ns3/flow-id-tag.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-global-routing-helper.h"
#include "ns3/ipv4-header.h"
#include "ns3/mobility-helper.h"
#include "ns3/multicast-dtim-ap.h"
#include "ns3/multicast-dtim-helper.h"
#include "ns3/multicast-dtim-station.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-pim-helper.h"
#include "ns3/multicast-socket.h"
#include "ns3/node-container.h"
#include "ns3/packet.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/random-variable-stream.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/ssid.h"
#include "ns3/string.h"
#include "ns3/udp-socket-factory.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-helper.h"
#include "ns3/wifi-mac-helper.h"
#include "ns3/wifi-net-device.h"
#include "ns3/wifi-phy.h"
#include "ns3/wifi-psdu.h"
#include "ns3/wifi-remote-station-manager.h"
#include "ns3/yans-wifi-channel.h"
#include "ns3/yans-wifi-helper.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <numeric>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

const uint32_t CHANNELS = 2;
const Ipv4Address GROUPS[CHANNELS] = {Ipv4Address("239.1.1.1"), Ipv4Address("239.1.1.2")};
const uint16_t PORT = 5004;
const uint32_t HEADERS = 28;     // octets of IPv4 and UDP
const Time STREAMS = Seconds(8); // PIM has neighbours, stations are associated and sleep
const Time FIRST_ZAP = Seconds(15);
const char* const MODE = "ErpOfdmRate24Mbps"; // 802.11g

struct Parameters
{
    uint32_t dtim = 3;
    uint32_t listen = 10;
    bool asleep = true;
    uint32_t watchers = 0;
    uint32_t igmp = 3; // version
    double lmqi = 1; // s
    uint32_t lmqc = 2;
    bool fastLeave = false;
    std::string method = "NoAck";
    double spacing = 20; // ms
    uint32_t octets = 1000;
    double link = 10; // ms
    uint32_t zaps = 20;
    double hold = 8;     // s
    double seconds = 0;  // if set: fewer zaps
    uint32_t run = 1;
    std::string pcap;

    void AddTo(CommandLine& cmd)
    {
        cmd.AddValue("dtim", "DTIM period", dtim);
        cmd.AddValue("listen", "listen interval of sleepers, beacons; they wake for every DTIM, too", listen);
        cmd.AddValue("asleep", "do stations sleep?", asleep);
        cmd.AddValue("watchers", "other stations, which watch channel 0", watchers);
        cmd.AddValue("igmp", "version of IGMP: 2 or 3", igmp);
        cmd.AddValue("lmqi", "s, Last Member Query Interval", lmqi);
        cmd.AddValue("lmqc", "Last Member Query Count", lmqc);
        cmd.AddValue("fastLeave", "the last hop takes a leave at its word", fastLeave);
        cmd.AddValue("method", "delivery method, an attribute value of DtimAp", method);
        cmd.AddValue("spacing", "ms from datagram to datagram of a channel", spacing);
        cmd.AddValue("octets", "of a datagram", octets);
        cmd.AddValue("link", "ms, delay between the routers", link);
        cmd.AddValue("zaps", "changes of the channel", zaps);
        cmd.AddValue("hold", "s from one to the next, at least; one DTIM interval more at most", hold);
        cmd.AddValue("seconds", "of zapping; 0: as long as the zaps take", seconds);
        cmd.AddValue("run", "run number of the random streams", run);
        cmd.AddValue("pcap", "file for what the access point sends and hears; empty: none", pcap);
    }

    std::string Complaint() const
    {
        const auto methods = StudyMethods();
        return std::find(methods.begin(), methods.end(), method) == methods.end() ? "there is no such method"
               : dtim == 0 || dtim > 255 || listen == 0                           ? "no such DTIM period or listen interval"
               : igmp != 2 && igmp != 3                                     ? "IGMP has version 2 or 3 here"
               : spacing <= 0 || octets < 8 || octets > 1400                      ? "datagrams have 8 to 1400 octets"
               : lmqi < 0.1 || lmqc == 0                                          ? "no such last member query"
               : hold < lmqi * lmqc + 3                                           ? "a channel is to end before the next change"
                                                                                  : "";
    }
};

struct Zap
{
    Time at;
    uint32_t to;
    std::optional<Time> forwarded; // by the last hop: the first datagram of the new channel
    std::optional<Time> received;  // by the viewer
    std::optional<Time> lastOld;   // end of the old channel on the air
    uint32_t wasted = 0;
};

class ChannelChange
{
  public:
    explicit ChannelChange(const Parameters& parameters)
        : m_p(parameters),
          m_wired(3),
          m_ap(1),
          m_stations(1 + parameters.watchers),
          m_received(1 + parameters.watchers)
    {
        RngSeedManager::SetRun(m_p.run);
        m_random = CreateObject<UniformRandomVariable>();
        InstallWifi();
        InstallStacks();
        Connect();
        InstallPim();
        InstallDtim();
    }

    ~ChannelChange()
    {
        Simulator::Destroy();
    }

    void Run();
    void Print(std::ostream& os) const;
    static void PrintHead(std::ostream& os);

  private:
    enum
    {
        SOURCE,
        FIRST_HOP,
        LAST_HOP,
    };

    void InstallWifi();
    void InstallStacks();
    void Connect();
    void InstallPim();
    void InstallDtim();
    void Send(uint32_t channel);
    void ChangeChannel();
    void OnForward(const Header& header, Ptr<const Packet>, uint32_t interface);
    void OnTransmit(WifiConstPsduMap psdus, WifiTxVector vector, double);
    void OnDatagram(uint32_t station, Ptr<Packet> packet, const Address& group);
    uint32_t WatcherLost() const;
    bool Counts(const Zap& zap) const;
    std::pair<double, double> Closed() const;

    Parameters m_p;
    NodeContainer m_wired;
    NodeContainer m_ap;
    NodeContainer m_stations;
    NetDeviceContainer m_apDevice;
    NetDeviceContainer m_stationDevices;
    Ptr<UniformRandomVariable> m_random;
    Ptr<Socket> m_sender;
    std::vector<Ptr<MulticastSocket>> m_sockets;
    std::array<uint32_t, CHANNELS> m_sent{};
    std::vector<std::set<uint32_t>> m_received; // numbers of channel 0, by station
    std::pair<uint32_t, uint32_t> m_watched;    // numbers of channel 0 while the viewer changed channels: from, to
    std::vector<Zap> m_zaps;
    uint32_t m_channel = 0;
    Time m_beacon;
};

// Network

void
ChannelChange::InstallWifi()
{
    YansWifiChannelHelper channel;
    channel.SetPropagationDelay("ns3::ConstantSpeedPropagationDelayModel");
    channel.AddPropagationLoss("ns3::LogDistancePropagationLossModel");
    YansWifiPhyHelper phy;
    phy.SetChannel(channel.Create());
    WifiHelper wifi;
    wifi.SetStandard(WIFI_STANDARD_80211g);
    wifi.SetRemoteStationManager("ns3::ConstantRateWifiManager", "DataMode", StringValue(MODE));
    WifiMacHelper mac;
    const Ssid ssid("iptv");
    mac.SetType("ns3::ApWifiMac", "Ssid", SsidValue(ssid), "QosSupported", BooleanValue(true));
    m_apDevice = wifi.Install(phy, mac, m_ap);
    mac.SetType("ns3::StaWifiMac", "Ssid", SsidValue(ssid), "QosSupported", BooleanValue(true));
    m_stationDevices = wifi.Install(phy, mac, m_stations);
    DynamicCast<WifiNetDevice>(m_apDevice.Get(0))->GetRemoteStationManager()->SetAttribute("NonUnicastMode", StringValue(MODE));
    MobilityHelper mobility;
    mobility.SetPositionAllocator("ns3::GridPositionAllocator", "DeltaX", DoubleValue(1), "DeltaY", DoubleValue(1));
    mobility.Install(m_ap);
    mobility.Install(m_stations);
}

void
ChannelChange::InstallStacks()
{
    MulticastHelper multicast;
    multicast.SetIpv6StackInstall(false);
    multicast.SetInterface("Version", UintegerValue(m_p.igmp));
    multicast.SetInterface("LastMemberQueryInterval", TimeValue(Seconds(m_p.lmqi)));
    multicast.SetInterface("LastMemberQueryCount", UintegerValue(m_p.lmqc));
    multicast.SetInterface("FastLeave", BooleanValue(m_p.fastLeave));
    multicast.InstallRouters(NodeContainer(m_wired.Get(FIRST_HOP), m_wired.Get(LAST_HOP)));
    multicast.InstallHosts(NodeContainer(NodeContainer(m_wired.Get(SOURCE)), m_stations));
}

void
ChannelChange::Connect()
{
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("1Gbps"));
    link.SetChannelAttribute("Delay", TimeValue(MicroSeconds(10)));
    Ipv4AddressHelper addresses("10.0.0.0", "255.255.255.0");
    addresses.Assign(link.Install(m_wired.Get(SOURCE), m_wired.Get(FIRST_HOP)));
    link.SetChannelAttribute("Delay", TimeValue(MicroSeconds(static_cast<uint64_t>(m_p.link * 1000))));
    addresses.NewNetwork();
    addresses.Assign(link.Install(m_wired.Get(FIRST_HOP), m_wired.Get(LAST_HOP)));
    CsmaHelper csma;
    csma.SetChannelAttribute("DataRate", StringValue("1Gbps"));
    csma.SetChannelAttribute("Delay", TimeValue(MicroSeconds(1)));
    const auto lan = csma.Install(NodeContainer(m_wired.Get(LAST_HOP), m_ap.Get(0)));
    BridgeHelper().Install(m_ap.Get(0), NetDeviceContainer(m_apDevice, NetDeviceContainer(lan.Get(1))));
    addresses.NewNetwork();
    addresses.Assign(NetDeviceContainer(NetDeviceContainer(lan.Get(0)), m_stationDevices));
    Ipv4GlobalRoutingHelper::PopulateRoutingTables();
}

void
ChannelChange::InstallPim()
{
    const NodeContainer routers(m_wired.Get(FIRST_HOP), m_wired.Get(LAST_HOP));
    PimHelper pim;
    pim.AddStaticRp(Ipv4Address("10.0.1.1"));
    pim.Install(routers);
    MulticastHelper::GetMulticast(m_wired.Get(LAST_HOP))
        ->TraceConnectWithoutContext("Forward", MakeCallback(&ChannelChange::OnForward, this));
}

void
ChannelChange::InstallDtim()
{
    DtimHelper helper;
    helper.SetAp("DtimPeriod", UintegerValue(m_p.dtim));
    helper.SetAp("Method", StringValue(m_p.method));
    helper.SetAp("Snooping", BooleanValue(true));
    helper.SetStation("ListenInterval", UintegerValue(m_p.listen));
    helper.InstallAp(m_apDevice);
    helper.InstallStations(m_stationDevices);
    for (uint32_t i = 0; m_p.asleep && i < m_stations.GetN(); ++i)
    {
        Simulator::Schedule(Seconds(4) + MilliSeconds(7) * i, &DtimStation::SetPowerSave,
                            DtimHelper::GetStation(m_stationDevices.Get(i)), true);
    }
    if (!m_p.pcap.empty())
    {
        DtimHelper::EnablePcap(m_apDevice.Get(0), m_p.pcap);
    }
    DynamicCast<WifiNetDevice>(m_apDevice.Get(0))
        ->GetPhy()
        ->TraceConnectWithoutContext("PhyTxPsduBegin", MakeCallback(&ChannelChange::OnTransmit, this));
}

// What happens

void
ChannelChange::Run()
{
    m_sender = Socket::CreateSocket(m_wired.Get(SOURCE), UdpSocketFactory::GetTypeId());
    m_sender->SetAttribute("IpMulticastTtl", UintegerValue(16));
    m_sender->Bind();
    for (uint32_t channel = 0; channel < CHANNELS; ++channel)
    {
        const auto phase = MicroSeconds(static_cast<int64_t>(m_random->GetValue(0, m_p.spacing * 1000)));
        Simulator::ScheduleWithContext(m_wired.Get(SOURCE)->GetId(), STREAMS + phase, &ChannelChange::Send, this, channel);
    }
    for (uint32_t i = 0; i < m_stations.GetN(); ++i)
    {
        const auto socket = MulticastSocket::Open(m_stations.Get(i), PORT);
        socket->SetReceiveCallback([this, i](Ptr<Packet> packet, const Address&, uint16_t, const Address& group, uint32_t) {
            OnDatagram(i, packet, group);
        });
        m_sockets.push_back(socket);
        Simulator::ScheduleWithContext(m_stations.Get(i)->GetId(), Seconds(10) + MilliSeconds(13) * i,
                                       [socket]() { socket->Join(GROUPS[0]); });
    }
    const uint32_t zaps = m_p.seconds > 0 ? static_cast<uint32_t>(m_p.seconds / m_p.hold) + 2 : m_p.zaps;
    Time at = FIRST_ZAP;
    for (uint32_t i = 0; i < zaps; ++i)
    {
        at += Seconds(m_p.hold) + MicroSeconds(static_cast<int64_t>(m_random->GetValue(0, m_p.dtim * 102400.0)));
        Simulator::ScheduleWithContext(m_stations.Get(0)->GetId(), at, &ChannelChange::ChangeChannel, this);
    }
    Simulator::Schedule(at + Seconds(m_p.hold), [this]() { m_watched.second = m_sent[0]; });
    Simulator::Stop(at + Seconds(m_p.hold + 2));
    Simulator::Run();
}

void
ChannelChange::Send(uint32_t channel)
{
    std::vector<uint8_t> octets(m_p.octets);
    const auto number = m_sent[channel]++;
    for (unsigned i = 0; i < 4; ++i)
    {
        octets[i] = static_cast<uint8_t>(number >> 8 * i);
    }
    const auto packet = Create<Packet>(octets.data(), m_p.octets);
    packet->AddByteTag(FlowIdTag(channel));
    m_sender->SendTo(packet, 0, InetSocketAddress(GROUPS[channel], PORT));
    Simulator::Schedule(MicroSeconds(static_cast<int64_t>(m_p.spacing * 1000)), &ChannelChange::Send, this, channel);
}

void
ChannelChange::ChangeChannel()
{
    const auto to = (m_channel + 1) % CHANNELS;
    if (m_zaps.empty())
    {
        m_watched.first = m_sent[0];
    }
    m_zaps.push_back({Simulator::Now(), to, {}, {}, {}});
    m_sockets[0]->Leave(GROUPS[m_channel]);
    m_sockets[0]->Join(GROUPS[to]);
    m_channel = to;
}

void
ChannelChange::OnForward(const Header& header, Ptr<const Packet>, uint32_t)
{
    const auto ip = dynamic_cast<const Ipv4Header*>(&header);
    if (ip && !m_zaps.empty() && ip->GetDestination() == GROUPS[m_channel] && !m_zaps.back().forwarded)
    {
        m_zaps.back().forwarded = Simulator::Now();
    }
}

void
ChannelChange::OnTransmit(WifiConstPsduMap psdus, WifiTxVector vector, double)
{
    const auto& psdu = psdus.begin()->second;
    const auto phy = DynamicCast<WifiNetDevice>(m_apDevice.Get(0))->GetPhy();
    const auto duration = WifiPhy::CalculateTxDuration(psdu->GetSize(), vector, phy->GetPhyBand());
    if (psdu->GetHeader(0).IsBeacon())
    {
        m_beacon = duration;
        return;
    }
    FlowIdTag tag;
    if (!m_zaps.empty() && psdu->GetHeader(0).IsData() && psdu->GetPayload(0)->FindFirstMatchingByteTag(tag) &&
        tag.GetFlowId() != m_channel)
    {
        m_zaps.back().lastOld = Simulator::Now() + duration;
        m_zaps.back().wasted += static_cast<uint32_t>(psdu->GetNMpdus());
    }
}

void
ChannelChange::OnDatagram(uint32_t station, Ptr<Packet> packet, const Address& group)
{
    if (station == 0)
    {
        if (!m_zaps.empty() && !m_zaps.back().received && Ipv4Address::ConvertFrom(group) == GROUPS[m_channel])
        {
            m_zaps.back().received = Simulator::Now();
        }
        return;
    }
    std::array<uint8_t, 4> octets;
    packet->CopyData(octets.data(), octets.size());
    m_received[station].insert(octets[0] | octets[1] << 8 | octets[2] << 16 | static_cast<uint32_t>(octets[3]) << 24);
}

// What comes out

bool
ChannelChange::Counts(const Zap& zap) const
{
    return m_p.watchers == 0 || zap.to != 0;
}

uint32_t
ChannelChange::WatcherLost() const
{
    uint32_t lost = 0;
    for (uint32_t station = 1; station < m_stations.GetN(); ++station)
    {
        for (auto number = m_watched.first; number < m_watched.second; ++number)
        {
            lost += m_received[station].count(number) == 0 ? 1 : 0;
        }
    }
    return lost;
}

/// The new channel: a Join goes to the first hop and its data comes back, the next datagram is half a spacing away, and its
/// frame waits in the access point like any of a stream. The old one: the last hop stops it when the Last Member Query
/// Time is over; its last datagram came half a spacing before that and waits as well.
std::pair<double, double>
ChannelChange::Closed() const
{
    StudyParameters stream;
    stream.dtim = m_p.dtim;
    stream.stations = 1;
    stream.sleepers = m_p.asleep ? 1 : 0;
    stream.listen = m_p.listen;
    stream.spacing = m_p.spacing;
    stream.octets = m_p.octets + HEADERS;
    stream.method = m_p.method;
    stream.groupMode = MODE;
    stream.unicastMode = MODE;
    const auto closed = ComputeClosedForms(stream, m_beacon.GetSeconds(), {});
    const double wait = m_p.asleep ? closed.delay : closed.exchange;
    const double half = m_p.spacing / 2000;
    const double lastMember = m_p.fastLeave ? 0 : m_p.lmqi * m_p.lmqc;
    return {2 * m_p.link / 1000 + half + wait, m_p.watchers > 0 ? ClosedForms::NONE : lastMember - half + wait};
}

void
ChannelChange::PrintHead(std::ostream& os)
{
    os << "dtim,listen,asleep,watchers,igmp,lmqi,lmqc,fastLeave,method,spacing,octets,link,hold,run,zaps,unanswered,zap,zap95,"
          "zap_quantiles,network,linger,wasted,watcher_lost,closed_zap,closed_linger\n";
}

void
ChannelChange::Print(std::ostream& os) const
{
    std::vector<double> delays;
    double network = 0;
    double linger = 0;
    double wasted = 0;
    uint32_t unanswered = 0;
    uint32_t counted = 0;
    uint32_t left = 0; // times that the viewer left channel 0
    for (const auto& zap : m_zaps)
    {
        left += zap.to != 0 ? 1 : 0;
        if (!Counts(zap))
        {
            continue;
        }
        if (!zap.received || !zap.forwarded)
        {
            ++unanswered;
            continue;
        }
        ++counted;
        delays.push_back((*zap.received - zap.at).GetSeconds());
        network += (*zap.forwarded - zap.at).GetSeconds();
        linger += zap.lastOld ? (*zap.lastOld - zap.at).GetSeconds() : 0;
        wasted += zap.wasted;
    }
    std::sort(delays.begin(), delays.end());
    const auto mean = [counted](double sum) { return counted == 0 ? ClosedForms::NONE : sum / counted; };
    const auto quantile = [&delays](double share) {
        return delays.empty() ? ClosedForms::NONE : delays[static_cast<std::size_t>(share * static_cast<double>(delays.size() - 1))];
    };
    std::ostringstream quantiles;
    for (int i = 0; i <= 20; ++i)
    {
        quantiles << (i == 0 ? "" : ";") << quantile(i / 20.0);
    }
    const bool alone = m_p.watchers == 0;
    const auto [closedZap, closedLinger] = Closed();
    os << m_p.dtim << ',' << m_p.listen << ',' << m_p.asleep << ',' << m_p.watchers << ',' << m_p.igmp << ',' << m_p.lmqi << ','
       << m_p.lmqc << ',' << m_p.fastLeave << ',' << m_p.method << ',' << m_p.spacing << ',' << m_p.octets << ',' << m_p.link << ','
       << m_p.hold << ',' << m_p.run << ',' << counted << ',' << unanswered << ','
       << mean(std::accumulate(delays.begin(), delays.end(), 0.0)) << ',' << quantile(0.95) << ',' << quantiles.str() << ','
       << mean(network) << ',' << (alone ? mean(linger) : ClosedForms::NONE) << ',' << (alone ? mean(wasted) : ClosedForms::NONE) << ','
       << (alone || left == 0 ? ClosedForms::NONE : static_cast<double>(WatcherLost()) / m_p.watchers / left) << ',' << closedZap << ','
       << closedLinger << '\n';
}

} // namespace

int
main(int argc, char* argv[])
{
    Parameters p;
    bool head = false;
    CommandLine cmd(__FILE__);
    p.AddTo(cmd);
    cmd.AddValue("head", "print the names of the columns, too", head);
    cmd.Parse(argc, argv);
    if (const auto complaint = p.Complaint(); !complaint.empty())
    {
        std::cerr << "wifi-channel-change: " << complaint << '\n';
        return 2;
    }
    ChannelChange simulation(p);
    simulation.Run();
    if (head)
    {
        ChannelChange::PrintHead(std::cout);
    }
    simulation.Print(std::cout);
    return 0;
}
