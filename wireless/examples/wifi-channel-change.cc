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
//   closed_zap, closed_linger       the closed forms, see AddClosed
//   closed_zap_low, closed_zap_high s; zap is spread evenly between these, plus evenly from 0 to --spacing
//
// study-wifi-channel.py sweeps over the parameters and plots.

#include "wifi-iptv-network.h"
#include "wifi-study-parameters.h"

#include "ns3/command-line.h"
#include "ns3/flow-id-tag.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-header.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-socket.h"
#include "ns3/packet.h"
#include "ns3/random-variable-stream.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/udp-socket-factory.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-net-device.h"
#include "ns3/wifi-phy.h"
#include "ns3/wifi-psdu.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <utility>
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
const double GOLDEN = 0.6180339887;

struct Zap
{
    Time at;
    uint32_t to = 0;
    std::optional<Time> forwarded; // by the last hop: the first datagram of the new channel
    std::optional<Time> received;  // by the viewer
    std::optional<Time> lastOld;   // end of the old channel on the air
    uint32_t wasted = 0;
};

class ChannelChange
{
  public:
    explicit ChannelChange(const IptvParameters& parameters);

    ~ChannelChange()
    {
        Simulator::Destroy();
    }

    void Run();
    StudyRow Result() const;

  private:
    void StartStreams();
    void StartReceivers();
    void Send(uint32_t channel);
    void ChangeChannel();
    void OnForward(const Header& header, Ptr<const Packet>, uint32_t interface);
    void OnTransmit(WifiConstPsduMap psdus, WifiTxVector vector, double);
    void OnDatagram(uint32_t station, Ptr<Packet> packet, const Address& group);
    uint32_t WatcherLost() const;
    bool Counts(const Zap& zap) const;
    void AddClosed(StudyRow& row) const;

    IptvParameters m_p;
    IptvNetwork m_network;
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

ChannelChange::ChannelChange(const IptvParameters& parameters)
    : m_p(parameters),
      m_network(parameters),
      m_random(CreateObject<UniformRandomVariable>()),
      m_received(1 + parameters.watchers)
{
    MulticastHelper::GetMulticast(m_network.LastHop())
        ->TraceConnectWithoutContext("Forward", MakeCallback(&ChannelChange::OnForward, this));
    DynamicCast<WifiNetDevice>(m_network.AccessPoint())
        ->GetPhy()
        ->TraceConnectWithoutContext("PhyTxPsduBegin", MakeCallback(&ChannelChange::OnTransmit, this));
}

void
ChannelChange::StartStreams()
{
    m_sender = Socket::CreateSocket(m_network.Source(), UdpSocketFactory::GetTypeId());
    m_sender->SetAttribute("IpMulticastTtl", UintegerValue(16));
    m_sender->Bind();
    for (uint32_t channel = 0; channel < CHANNELS; ++channel)
    {
        const auto phase = MicroSeconds(static_cast<int64_t>(m_random->GetValue(0, m_p.spacing * 1000)));
        Simulator::ScheduleWithContext(m_network.Source()->GetId(), STREAMS + phase, &ChannelChange::Send, this,
                                       channel);
    }
}

void
ChannelChange::StartReceivers()
{
    for (uint32_t i = 0; i < m_network.Stations().GetN(); ++i)
    {
        const auto node = m_network.Stations().Get(i);
        const auto socket = MulticastSocket::Open(node, PORT);
        socket->SetReceiveCallback([this, i](Ptr<Packet> packet, const Address&, uint16_t, const Address& group,
                                             uint32_t) { OnDatagram(i, packet, group); });
        m_sockets.push_back(socket);
        Simulator::ScheduleWithContext(node->GetId(), Seconds(10) + MilliSeconds(13) * i,
                                       [socket]() { socket->Join(GROUPS[0]); });
    }
}

void
ChannelChange::Run()
{
    StartStreams();
    StartReceivers();
    const uint32_t zaps = m_p.seconds > 0 ? static_cast<uint32_t>(m_p.seconds / m_p.hold) + 2 : m_p.zaps;
    // At all phases of the DTIM interval alike: multiples of the golden section, from a random start.
    const double interval = 0.1024 * m_p.dtim;
    const double hold = (std::ceil(m_p.hold / interval) + 1) * interval;
    const double start = m_random->GetValue(0, 1);
    Time at;
    for (uint32_t i = 0; i < zaps; ++i)
    {
        at = FIRST_ZAP + Seconds(i * hold + interval * std::fmod(start + i * GOLDEN, 1));
        Simulator::ScheduleWithContext(m_network.Stations().Get(0)->GetId(), at, &ChannelChange::ChangeChannel, this);
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
    auto& zap = m_zaps.emplace_back();
    zap.at = Simulator::Now();
    zap.to = to;
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
    const auto phy = DynamicCast<WifiNetDevice>(m_network.AccessPoint())->GetPhy();
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
    for (uint32_t station = 1; station < m_network.Stations().GetN(); ++station)
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
void
ChannelChange::AddClosed(StudyRow& row) const
{
    StudyParameters stream;
    stream.dtim = m_p.dtim;
    stream.stations = 1;
    stream.sleepers = m_p.asleep ? 1 : 0;
    stream.listen = m_p.listen;
    stream.spacing = m_p.spacing;
    stream.octets = m_p.octets + HEADERS;
    stream.method = m_p.method;
    stream.groupMode = IptvNetwork::MODE;
    stream.unicastMode = IptvNetwork::MODE;
    const auto closed = ComputeClosedForms(stream, m_beacon.GetSeconds(), {});
    const double wait = m_p.asleep ? closed.delay : closed.exchange;
    const double half = m_p.spacing / 2000;
    const double join = 2 * m_p.link / 1000;
    const double lastMember = m_p.fastLeave ? 0 : m_p.lmqi * m_p.lmqc;
    row.Add("closed_zap", join + half + wait).Add("closed_zap_low", join + closed.delayLow);
    row.Add("closed_zap_high", join + closed.delayHigh);
    row.Add("closed_linger", m_p.watchers > 0 ? NOT_A_NUMBER : lastMember - half + wait);
}

StudyRow
ChannelChange::Result() const
{
    std::vector<double> delays;
    double network = 0;
    double linger = 0;
    double wasted = 0;
    double unanswered = 0;
    double left = 0; // times that the viewer left channel 0
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
        delays.push_back((*zap.received - zap.at).GetSeconds());
        network += (*zap.forwarded - zap.at).GetSeconds();
        linger += zap.lastOld ? (*zap.lastOld - zap.at).GetSeconds() : 0;
        wasted += zap.wasted;
    }
    std::sort(delays.begin(), delays.end());
    const double zaps = static_cast<double>(delays.size());
    const double alone = m_p.watchers == 0 ? zaps : 0; // nobody else keeps the old channel on the air
    StudyRow row;
    m_p.AddTo(row);
    row.Add("zaps", zaps).Add("unanswered", unanswered).AddDelays("zap", delays).Add("network", Ratio(network, zaps));
    row.Add("linger", Ratio(linger, alone)).Add("wasted", Ratio(wasted, alone));
    row.Add("watcher_lost", Ratio(WatcherLost(), m_p.watchers * left));
    AddClosed(row);
    return row;
}

} // namespace

int
main(int argc, char* argv[])
{
    IptvParameters p;
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
    RngSeedManager::SetRun(p.run);
    ChannelChange simulation(p);
    simulation.Run();
    std::cout << simulation.Result().Text(head);
    return 0;
}
