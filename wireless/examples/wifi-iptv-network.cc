// SPDX-License-Identifier: GPL-2.0-only

#include "wifi-iptv-network.h"

#include "wifi-study-parameters.h"

#include "ns3/boolean.h"
#include "ns3/bridge-helper.h"
#include "ns3/csma-helper.h"
#include "ns3/double.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-global-routing-helper.h"
#include "ns3/mobility-helper.h"
#include "ns3/multicast-dtim-helper.h"
#include "ns3/multicast-dtim-station.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-pim-helper.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/random-variable-stream.h"
#include "ns3/simulator.h"
#include "ns3/ssid.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-helper.h"
#include "ns3/wifi-mac-helper.h"
#include "ns3/wifi-net-device.h"
#include "ns3/wifi-remote-station-manager.h"
#include "ns3/yans-wifi-channel.h"
#include "ns3/yans-wifi-helper.h"

#include <algorithm>
#include <iterator>
#include <utility>

using namespace ns3;

const char* const IptvNetwork::MODE = "ErpOfdmRate24Mbps";

void
IptvParameters::AddTo(CommandLine& cmd)
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

void
IptvParameters::AddTo(StudyRow& row) const
{
    row.Add("dtim", dtim).Add("listen", listen).Add("asleep", asleep).Add("watchers", watchers).Add("igmp", igmp);
    row.Add("lmqi", lmqi).Add("lmqc", lmqc).Add("fastLeave", fastLeave).Add("method", method).Add("spacing", spacing);
    row.Add("octets", octets).Add("link", link).Add("hold", hold).Add("run", run);
}

std::string
IptvParameters::Complaint() const
{
    const auto methods = StudyMethods();
    const std::pair<bool, const char*> complaints[] = {
        {std::find(methods.begin(), methods.end(), method) == methods.end(), "there is no such method"},
        {dtim == 0 || dtim > 255 || listen == 0, "no such DTIM period or listen interval"},
        {igmp != 2 && igmp != 3, "IGMP has version 2 or 3 here"},
        {spacing <= 0 || octets < 8 || octets > 1400, "datagrams have 8 to 1400 octets"},
        {lmqi < 0.1 || lmqc == 0, "no such last member query"},
        {hold < lmqi * lmqc + 3, "a channel is to end before the next change"},
    };
    const auto first =
        std::find_if(std::begin(complaints), std::end(complaints), [](const auto& one) { return one.first; });
    return first == std::end(complaints) ? "" : first->second;
}

IptvNetwork::IptvNetwork(const IptvParameters& parameters)
    : m_p(parameters),
      m_wired(3),
      m_ap(1),
      m_stations(1 + parameters.watchers)
{
    InstallWifi();
    InstallStacks();
    Connect();
    InstallPim();
    InstallDtim();
}

Ptr<Node>
IptvNetwork::Source() const
{
    return m_wired.Get(SOURCE);
}

Ptr<Node>
IptvNetwork::LastHop() const
{
    return m_wired.Get(LAST_HOP);
}

Ptr<NetDevice>
IptvNetwork::AccessPoint() const
{
    return m_apDevice.Get(0);
}

const NodeContainer&
IptvNetwork::Stations() const
{
    return m_stations;
}

void
IptvNetwork::InstallWifi()
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
    DynamicCast<WifiNetDevice>(m_apDevice.Get(0))
        ->GetRemoteStationManager()
        ->SetAttribute("NonUnicastMode", StringValue(MODE));
    MobilityHelper mobility;
    mobility.SetPositionAllocator("ns3::GridPositionAllocator", "DeltaX", DoubleValue(1), "DeltaY", DoubleValue(1));
    mobility.Install(m_ap);
    mobility.Install(m_stations);
}

void
IptvNetwork::InstallStacks()
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
IptvNetwork::Connect()
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
IptvNetwork::InstallPim()
{
    const NodeContainer routers(m_wired.Get(FIRST_HOP), m_wired.Get(LAST_HOP));
    PimHelper pim;
    pim.AddStaticRp(Ipv4Address("10.0.1.1"));
    pim.Install(routers);
}

void
IptvNetwork::InstallDtim()
{
    DtimHelper helper;
    helper.SetAp("DtimPeriod", UintegerValue(m_p.dtim));
    helper.SetAp("Method", StringValue(m_p.method));
    helper.SetAp("Snooping", BooleanValue(true));
    helper.SetStation("ListenInterval", UintegerValue(m_p.listen));
    helper.InstallAp(m_apDevice);
    helper.InstallStations(m_stationDevices);
    // At any time, so that listen intervals begin at any beacon.
    const auto when = CreateObject<UniformRandomVariable>();
    for (uint32_t i = 0; m_p.asleep && i < m_stations.GetN(); ++i)
    {
        Simulator::Schedule(Seconds(when->GetValue(4, 6)), &DtimStation::SetPowerSave,
                            DtimHelper::GetStation(m_stationDevices.Get(i)), true);
    }
    if (!m_p.pcap.empty())
    {
        DtimHelper::EnablePcap(m_apDevice.Get(0), m_p.pcap);
    }
}
