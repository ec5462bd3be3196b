// SPDX-License-Identifier: GPL-2.0-only
// An access point that snoops on IGMP and MLD, and asks if no router does.                              RFC 4541 2, 3

#include "../../model/core/wire/ethernet.h"
#include "../../model/core/wire/igmp.h"
#include "../../model/core/wire/ip.h"
#include "../../model/multicast-convert.h"
#include "multicast-wifi-network.h"

#include "ns3/boolean.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-socket.h"
#include "ns3/packet.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

// Three stations of 802.11n.
WifiBss::Setting
Snooping(uint32_t dtimPeriod, const std::string& method)
{
    WifiBss::Setting setting;
    setting.standard = "n";
    setting.stations = 3;
    setting.configure = [dtimPeriod, method](DtimHelper& helper) {
        helper.SetAp("DtimPeriod", UintegerValue(dtimPeriod));
        helper.SetAp("Method", StringValue(method));
        helper.SetAp("Snooping", BooleanValue(true));
    };
    return setting;
}

// A group without members is not sent; a report makes its station a member, alone, and stays at the access point.
class SnoopingCase : public TestCase
{
  public:
    explicit SnoopingCase(std::string method)
        : TestCase("snooping, " + method),
          m_method(std::move(method))
    {
    }

  private:
    void OnDrop(Ptr<const Packet>, Mac48Address, const std::string& reason)
    {
        ++m_drops[reason];
    }

    static void SendIp(Ptr<NetDevice> device, const mcast::PacketMeta& meta, const mcast::Bytes& payload)
    {
        const auto octets = mcast::WriteIp(meta, payload);
        Mac48Address to;
        to.CopyFrom(mcast::GroupMac(meta.destination).data());
        device->Send(Create<Packet>(octets.data(), static_cast<uint32_t>(octets.size())), to, 0x0800);
    }

    bool OnReceive(Ptr<NetDevice> device, Ptr<const Packet> packet, uint16_t protocol, const Address&)
    {
        if (protocol == 0x0800 && packet->GetSize() >= 20)
        {
            std::vector<uint8_t> octets(packet->GetSize());
            packet->CopyData(octets.data(), static_cast<uint32_t>(octets.size()));
            ++(octets[9] == mcast::PROTOCOL_IGMP ? m_igmp : m_data)[device];
        }
        return true;
    }

    void DoRun() override
    {
        WifiBss bss(Snooping(3, m_method));
        bss.Ap()->TraceConnectWithoutContext("Dropped", MakeCallback(&SnoopingCase::OnDrop, this));
        for (uint32_t i = 0; i < 3; ++i)
        {
            bss.stationDevices.Get(i)->SetReceiveCallback(MakeCallback(&SnoopingCase::OnReceive, this));
        }
        const auto group = mcast::Address::Ipv4(239, 1, 2, 3);
        mcast::PacketMeta data;
        data.source = mcast::Address::Ipv4(10, 9, 9, 9);
        data.destination = group;
        data.protocol = 17;
        data.ttl = 8;
        for (uint32_t i = 0; i < 60; ++i)
        {
            Simulator::Schedule(Seconds(4) + MilliSeconds(50) * i, &SnoopingCase::SendIp, bss.apDevice.Get(0), data,
                                mcast::Bytes(100));
        }
        mcast::PacketMeta meta;
        meta.source = mcast::Address::Ipv4(10, 0, 0, 1);
        meta.destination = mcast::Address::Ipv4(224, 0, 0, 22);
        meta.tos = 0xc0;
        meta.routerAlert = true;
        const mcast::Report report{{{mcast::RecordType::ToEx, group, {}}}};
        Simulator::Schedule(Seconds(5.025), &SnoopingCase::SendIp, bss.stationDevices.Get(1), meta, mcast::WriteIgmp(report));
        bss.PowerSaveAt(3, 1, true);
        bss.RunUntil(36); // over the second startup query, 31.25 s after the first
        NS_TEST_EXPECT_MSG_EQ(m_drops["no-members"], 21, "what came before the report");
        NS_TEST_EXPECT_MSG_EQ(m_data[bss.stationDevices.Get(1)], 39, "the member, which sleeps, got what came then");
        const bool copies = m_method != "NoAck";
        const uint32_t others = copies ? 0 : 39;
        NS_TEST_EXPECT_MSG_EQ(m_data[bss.stationDevices.Get(0)], others, "the others");
        NS_TEST_EXPECT_MSG_GT(m_igmp[bss.stationDevices.Get(0)], 0, "heard a query of the access point");
        NS_TEST_EXPECT_MSG_EQ(m_igmp[bss.stationDevices.Get(0)], m_igmp[bss.stationDevices.Get(2)], "and no report");
        NS_TEST_EXPECT_MSG_GT(m_igmp[bss.stationDevices.Get(1)], 0, "so did the sleeper");
    }

    std::string m_method;
    std::map<std::string, uint32_t> m_drops;
    std::map<Ptr<NetDevice>, uint32_t> m_data;
    std::map<Ptr<NetDevice>, uint32_t> m_igmp;
};

// Hosts on three stations; the access point is the only querier. A sleeper gets its queries, however long the DTIM interval is,
// and stays a member while another one leaves.
class QuerierCase : public TestCase
{
  public:
    QuerierCase(mcast::Family family, uint32_t dtimPeriod)
        : TestCase(std::string(family == mcast::Family::Ipv4 ? "IGMP" : "MLD") + " querier, DTIM period " +
                   std::to_string(dtimPeriod)),
          m_family(family),
          m_period(dtimPeriod)
    {
    }

  private:
    static const uint32_t SLEEPER = 0;
    static const uint32_t LEAVER = 1;
    static const uint16_t PORT = 5000;

    void InstallHosts(const WifiBss& bss)
    {
        MulticastHelper helper;
        helper.InstallHosts(bss.stationNodes);
        Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(bss.stationDevices);
        Ipv6AddressHelper(Ipv6Address("2001:db8::"), Ipv6Prefix(64)).Assign(bss.stationDevices);
        for (uint32_t i = 0; i < bss.stationNodes.GetN(); ++i)
        {
            m_sockets.push_back(MulticastSocket::Open(bss.stationNodes.Get(i), PORT));
        }
    }

    Address Group() const
    {
        return m_family == mcast::Family::Ipv4 ? Address(Ipv4Address("239.1.2.3")) : Address(Ipv6Address("ff15::1:2:3"));
    }

    // A datagram without a payload, of a sender behind the access point.
    void SendData(Ptr<NetDevice> device)
    {
        const bool ipv4 = m_family == mcast::Family::Ipv4;
        mcast::PacketMeta meta;
        meta.source = ipv4 ? mcast::Address::Ipv4(10, 9, 9, 9) : ToCore(Ipv6Address("2001:db8:9::9"));
        meta.destination = *ToCore(Group());
        meta.protocol = 17;
        meta.ttl = 8;
        const auto octets = mcast::WriteIp(meta, mcast::Bytes{0x13, 0x88, 0x13, 0x88, 0, 8, 0, 0});
        device->Send(Create<Packet>(octets.data(), static_cast<uint32_t>(octets.size())), GroupMac(), ipv4 ? 0x0800 : 0x86dd);
        ++m_sent;
    }

    Mac48Address GroupMac() const
    {
        Mac48Address address;
        address.CopyFrom(mcast::GroupMac(*ToCore(Group())).data());
        return address;
    }

    void OnDrop(Ptr<const Packet>, Mac48Address to, const std::string& reason)
    {
        m_withoutMembers += reason == "no-members" && to == GroupMac() ? 1 : 0;
    }

    // The data has no IP option, queries have one: Router Alert.
    void OnBuffered(Ptr<const Packet> packet, Mac48Address to)
    {
        const uint32_t data = 8 + (m_family == mcast::Family::Ipv4 ? 20 : 40) + 8;
        if (to == GroupMac() && packet->GetSize() != data && m_asked.IsZero())
        {
            m_asked = Simulator::Now();
        }
    }

    void JoinAndLeave()
    {
        const auto group = Group();
        for (const auto i : {SLEEPER, LEAVER})
        {
            const auto socket = m_sockets[i];
            Simulator::Schedule(Seconds(5), [socket, group]() { socket->Join(group); });
        }
        const auto leaver = m_sockets[LEAVER];
        const auto sleeper = m_sockets[SLEEPER];
        Simulator::Schedule(Seconds(10), [leaver, group]() { leaver->Leave(group); });
        Simulator::Schedule(Seconds(30), [sleeper, group]() { sleeper->Leave(group); });
    }

    void DoRun() override
    {
        auto setting = Snooping(m_period, "NoAck");
        setting.record = false;
        WifiBss bss(setting);
        InstallHosts(bss);
        bss.Ap()->TraceConnectWithoutContext("Dropped", MakeCallback(&QuerierCase::OnDrop, this));
        bss.Ap()->TraceConnectWithoutContext("Buffered", MakeCallback(&QuerierCase::OnBuffered, this));
        bss.PowerSaveAt(4, SLEEPER, true);
        JoinAndLeave();
        for (Time at = Seconds(7); at < Seconds(50); at += MilliSeconds(100))
        {
            Simulator::Schedule(at, &QuerierCase::SendData, this, bss.apDevice.Get(0));
        }
        bss.RunUntil(29);
        NS_TEST_EXPECT_MSG_EQ_TOL(m_asked.GetSeconds(), 10, 0.05, "others are asked for when one leaves");
        NS_TEST_EXPECT_MSG_EQ((m_sent > 200 && m_withoutMembers == 0), true, "the sleeper is a member all the time");
        bss.RunUntil(50);
        const double interval = 1 + std::max(1.0, m_period * 0.1024); // two of them: RFC 3376 8.8, 8.9
        NS_TEST_EXPECT_MSG_GT(m_withoutMembers, (20 - 2 * interval - 0.5) * 10, "until it leaves");
        m_sockets.clear();
    }

    mcast::Family m_family;
    uint32_t m_period;
    std::vector<Ptr<MulticastSocket>> m_sockets;
    uint32_t m_sent = 0;
    uint32_t m_withoutMembers = 0;
    Time m_asked;
};

class WifiSnoopingTestSuite : public TestSuite
{
  public:
    WifiSnoopingTestSuite()
        : TestSuite("multicast-wifi-snooping")
    {
        AddTestCase(new SnoopingCase("NoAck"));
        AddTestCase(new SnoopingCase("UnicastAmsdu"));
        for (const auto family : {mcast::Family::Ipv4, mcast::Family::Ipv6})
        {
            AddTestCase(new QuerierCase(family, 3));
            AddTestCase(new QuerierCase(family, 40));
        }
    }
};

const WifiSnoopingTestSuite g_wifiSnoopingTestSuite;

} // namespace
