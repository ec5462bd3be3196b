// SPDX-License-Identifier: GPL-2.0-only
// Group frames that are acknowledged: leader ack and GCR block ack. Clauses are those of IEEE 802.11-2020.

#include "../core/airtime.h"
#include "multicast-wifi-network.h"

#include "ns3/error-model.h"
#include "ns3/mobility-model.h"
#include "ns3/packet.h"
#include "ns3/qos-txop.h"
#include "ns3/simulator.h"
#include "ns3/sta-wifi-mac.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-mpdu.h"
#include "ns3/wifi-net-device.h"
#include "ns3/wifi-phy.h"
#include "ns3/wifi-psdu.h"

#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <string>

using namespace ns3;
namespace wifi = mcast::wifi;

namespace
{

/// What goes on the air: group data frames, what follows them, and when.
class AirLog
{
  public:
    explicit AirLog(const WifiBss& bss)
        : m_bss(bss)
    {
        Watch(bss.apDevice.Get(0));
        for (uint32_t i = 0; i < bss.stationDevices.GetN(); ++i)
        {
            Watch(bss.stationDevices.Get(i));
        }
        bss.Ap()->TraceConnectWithoutContext("Airtime", MakeCallback(&AirLog::OnAirtime, this));
        bss.Ap()->TraceConnectWithoutContext("Dropped", MakeCallback(&AirLog::OnDropped, this));
    }

    uint32_t group = 0;      ///< group data frames of the access point
    uint32_t repeated = 0;   ///< of these, with the Retry bit
    uint32_t requests = 0;   ///< BlockAckReqs
    uint32_t answers = 0;    ///< BlockAcks and Acks SIFS after a group frame or a request
    uint32_t interrupts = 0; ///< frames of others between a group frame and the end of its Duration
    std::map<Mac48Address, uint32_t> answersOf;
    std::map<std::string, Time> airtime;
    Time measured; ///< of group data frames and requests
    std::map<std::string, uint32_t> dropped;

  private:
    void Watch(Ptr<NetDevice> device)
    {
        std::ostringstream address;
        address << Mac48Address::ConvertFrom(device->GetAddress());
        DynamicCast<WifiNetDevice>(device)->GetPhy()->TraceConnect("PhyTxPsduBegin", address.str(),
                                                                   MakeCallback(&AirLog::OnTx, this));
    }

    void OnTx(std::string sender, WifiConstPsduMap psdus, WifiTxVector vector, double)
    {
        const Mac48Address from(sender.c_str());
        const auto& psdu = *psdus.begin()->second;
        const auto phy = DynamicCast<WifiNetDevice>(m_bss.apDevice.Get(0))->GetPhy();
        const auto& header = psdu.GetHeader(0);
        const auto time = WifiPhy::CalculateTxDuration(psdu.GetSize(), vector, phy->GetPhyBand());
        const auto now = Simulator::Now();
        const bool after = now - m_end >= phy->GetSifs() && now - m_end < phy->GetSifs() + MicroSeconds(1);
        const bool ap = from == m_bss.apDevice.Get(0)->GetAddress();
        if (ap && ((header.IsData() && header.GetAddr1().IsGroup()) || header.IsBlockAckReq()))
        {
            group += header.IsData();
            repeated += header.IsData() && header.IsRetry();
            requests += header.IsBlockAckReq();
            measured += time;
            m_end = now + time;
            m_reserved = m_end + header.GetDuration();
            return;
        }
        if (!ap && (header.IsAck() || header.IsBlockAck()) && after)
        {
            ++answers;
            ++answersOf[from];
            return;
        }
        interrupts += now < m_reserved ? 1 : 0;
    }

    void OnAirtime(const std::string& what, Time time)
    {
        airtime[what] += time;
    }

    void OnDropped(Ptr<const Packet>, Mac48Address, const std::string& reason)
    {
        ++dropped[reason];
    }

    const WifiBss& m_bss;
    Time m_end = Seconds(-1);
    Time m_reserved;
};

WifiBss::Setting
With(const std::string& standard, const std::string& method, unsigned retries, uint32_t stations = 3, unsigned dtim = 1)
{
    WifiBss::Setting setting;
    setting.standard = standard;
    setting.stations = stations;
    setting.qos = method != "LeaderAck";
    setting.configure = [=](DtimHelper& helper) {
        helper.SetAp("DtimPeriod", UintegerValue(dtim));
        helper.SetAp("Method", StringValue(method));
        helper.SetAp("Retries", UintegerValue(retries));
        helper.SetAp("BlockSize", UintegerValue(8));
    };
    return setting;
}

void
Lose(const WifiBss& bss, uint32_t station, double probability)
{
    const auto errors = CreateObject<RateErrorModel>();
    errors->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
    errors->SetRate(probability);
    errors->AssignStreams(200 + station);
    const auto phy = DynamicCast<WifiNetDevice>(bss.stationDevices.Get(station))->GetPhy();
    Simulator::Schedule(Seconds(3), &WifiPhy::SetPostReceptionErrorModel, phy, errors);
}

// Each frame of a group goes once, and is answered as it should: SIFS after it, nobody in between.
class AnswersCase : public TestCase
{
  public:
    AnswersCase(std::string standard, std::string method, uint32_t priority = 0)
        : TestCase(method + ", 802.11" + standard + ", priority " + std::to_string(priority)),
          m_standard(std::move(standard)),
          m_method(std::move(method)),
          m_priority(priority)
    {
    }

  private:
    void DoRun() override
    {
        WifiBss bss(With(m_standard, m_method, 3));
        bss.SendGroup(2.9, 2.95, MilliSeconds(100)); // its leader is chosen, and told in the next beacon
        bss.RunUntil(3.2);
        const uint32_t before = bss.sent;
        AirLog log(bss);
        bss.SendGroup(3.2, 5.2, MilliSeconds(10), 200, Mac48Address("01:00:5e:01:02:03"), m_priority);
        bss.SendUnicast(0, 3.2, 5.2, MilliSeconds(7), 500);
        bss.RunUntil(6);
        const uint32_t sent = bss.sent - before;
        NS_TEST_EXPECT_MSG_EQ(log.group, sent, "each frame once");
        for (const auto& one : bss.logs)
        {
            NS_TEST_EXPECT_MSG_GT(one.CountSent(3.2, 5.2), sent - 1, "all arrived");
        }
        NS_TEST_EXPECT_MSG_EQ(log.interrupts, 0, "frames of others before an answer was due");
        const bool block = m_method == "GcrBlockAck";
        NS_TEST_EXPECT_MSG_EQ(log.answers, (block ? log.requests : sent), "answers");
        NS_TEST_EXPECT_MSG_EQ(log.answersOf.size(), (block ? 3U : 1U), "stations that answer");
        if (block)
        {
            // Blocks of 8, or of what a beacon interval of ten frames leaves.
            NS_TEST_EXPECT_MSG_LT(log.requests, 3 * (sent / 8 + 20 + 2), "requests");
            NS_TEST_EXPECT_MSG_GT(log.requests, 3 * (sent / 8) - 1, "requests");
        }
        const auto method = block ? "gcr-block-ack" : "leader-ack";
        NS_TEST_EXPECT_MSG_EQ(log.airtime[method], log.measured, "airtime by method");
        NS_TEST_EXPECT_MSG_EQ(log.dropped.size(), 0, "drops");
    }

    std::string m_standard;
    std::string m_method;
    uint32_t m_priority;
};

// One member that loses each frame with probability p: p^(R+1) of them in the end.
class ResidualLossCase : public TestCase
{
  public:
    ResidualLossCase(std::string method, uint32_t retries)
        : TestCase(method + ", loss that " + std::to_string(retries) + " retries leave"),
          m_method(std::move(method)),
          m_retries(retries)
    {
    }

  private:
    void DoRun() override
    {
        auto setting = With("n", m_method, m_retries, 1);
        setting.groupMode = "ErpOfdmRate54Mbps";
        WifiBss bss(setting);
        AirLog log(bss);
        const double p = 0.3;
        bss.SendGroup(2.9, 2.95, MilliSeconds(100));
        Lose(bss, 0, p);
        bss.SendGroup(4, 14, MilliSeconds(2));
        bss.RunUntil(16);
        const double n = bss.sent - 1;
        const double lost = n - bss.logs[0].CountSent(4, 14);
        const double expected = wifi::UnsolicitedRetryLoss(p, m_retries);
        const double interval = 2.576 * std::sqrt(expected * (1 - expected) / n);
        NS_TEST_EXPECT_MSG_EQ_TOL(lost / n, expected, interval, "loss");
        NS_TEST_EXPECT_MSG_EQ(bss.logs[0].arrivals.size(), n + 1 - lost, "no frame twice");
        const double tries = log.group / (n + 1);
        if (m_method == "LeaderAck")
        {
            NS_TEST_EXPECT_MSG_EQ(log.dropped["retry-limit"], lost, "what was given up");
            NS_TEST_EXPECT_MSG_EQ_TOL(tries, wifi::MeanTries(p, m_retries + 1), 0.03, "tries");
            NS_TEST_EXPECT_MSG_EQ(bss.logs[0].Disorder(), 0, "a frame is repeated before the next one is sent");
        }
        else
        {
            // A request or its answer is lost three times with p^3: then a frame that came goes again.
            NS_TEST_EXPECT_MSG_EQ_TOL(tries, wifi::MeanTries(p, m_retries + 1), 0.08, "tries");
            NS_TEST_EXPECT_MSG_GT(log.dropped["retry-limit"], lost - 1, "what was given up");
        }
        NS_TEST_EXPECT_MSG_EQ(log.repeated, log.group - bss.sent, "the others are repetitions");
    }

    std::string m_method;
    uint32_t m_retries;
};

// Members other than the leader get what is repeated for it: of p they lose p / (1 + p). Block ack asks all of them.
class SeveralMembersCase : public TestCase
{
  public:
    explicit SeveralMembersCase(std::string method)
        : TestCase(method + ", several members that lose frames"),
          m_method(std::move(method))
    {
    }

  private:
    void DoRun() override
    {
        auto setting = With("n", m_method, 15);
        setting.groupMode = "ErpOfdmRate24Mbps";
        WifiBss bss(setting);
        const double p = 0.3;
        bss.SendGroup(2.9, 2.95, MilliSeconds(100));
        for (uint32_t i = 0; i < 3; ++i)
        {
            Lose(bss, i, p);
        }
        bss.RunUntil(4);
        const AirLog log(bss);
        bss.SendGroup(4, 14, MilliSeconds(4));
        bss.RunUntil(16);
        const double n = bss.sent - 1;
        for (uint32_t i = 0; i < 3; ++i)
        {
            const bool answers = log.answersOf.count(bss.AddressOf(i)) > 0;
            const double lost = (n - bss.logs[i].CountSent(4, 14)) / n;
            const double expected = answers ? 0 : p / (1 + p);
            NS_TEST_EXPECT_MSG_EQ_TOL(lost, expected, 2.576 * std::sqrt(expected * (1 - expected) / n), "station " << i);
        }
        NS_TEST_EXPECT_MSG_EQ(log.answersOf.size(), (m_method == "LeaderAck" ? 1U : 3U), "who answers");
    }

    std::string m_method;
};

// Sleepers stay for what they lack, and sleep for the rest.
class SleepersCase : public TestCase
{
  public:
    SleepersCase(std::string standard, std::string method, unsigned dtim)
        : TestCase(method + ", sleepers, 802.11" + standard + ", DTIM " + std::to_string(dtim)),
          m_standard(std::move(standard)),
          m_method(std::move(method)),
          m_dtim(dtim)
    {
    }

  private:
    void DoRun() override
    {
        const uint32_t stations = m_method == "LeaderAck" ? 1 : 3;
        auto setting = With(m_standard, m_method, 15, stations, m_dtim);
        WifiBss bss(setting);
        AirLog log(bss);
        bss.SendGroup(2.9, 2.95, MilliSeconds(100));
        for (uint32_t i = 0; i < stations; ++i)
        {
            bss.PowerSaveAt(2 + 0.1 * i, i, true);
        }
        Lose(bss, 0, 0.25);
        bss.SendGroup(4, 10, MilliSeconds(20));
        bss.RunUntil(12);
        for (uint32_t i = 0; i < stations; ++i)
        {
            NS_TEST_EXPECT_MSG_EQ(bss.logs[i].arrivals.size(), bss.sent, "station " << i << " got all, once");
            NS_TEST_EXPECT_MSG_GT(bss.Station(i)->GetDozeTime(), Seconds(5), "station " << i << " slept");
        }
        NS_TEST_EXPECT_MSG_GT(log.repeated, 50, "repetitions");
        NS_TEST_EXPECT_MSG_EQ(log.dropped["retry-limit"], 0, "nothing was given up");
    }

    std::string m_standard;
    std::string m_method;
    unsigned m_dtim;
};

// The weakest member leads; when it is gone, another one does.
class LeaderLeavesCase : public TestCase
{
  public:
    LeaderLeavesCase()
        : TestCase("the leader is the weakest member, until it leaves")
    {
    }

  private:
    static void Leave(Ptr<NetDevice> device, Mac48Address ap)
    {
        const auto mac = DynamicCast<StaWifiMac>(DynamicCast<WifiNetDevice>(device)->GetMac());
        WifiMacHeader header(WIFI_MAC_MGT_DISASSOCIATION);
        header.SetAddr1(ap);
        header.SetAddr2(mac->GetAddress());
        header.SetAddr3(ap);
        header.SetDsNotFrom();
        header.SetDsNotTo();
        mac->GetTxop()->Queue(Create<WifiMpdu>(Create<Packet>(2), header));
    }

    void DoRun() override
    {
        auto setting = With("g", "LeaderAck", 3);
        setting.place = [](uint32_t i) { return i == 1 ? 20.0 : 5.0 + i; };
        WifiBss bss(setting);
        bss.SendGroup(2.9, 2.95, MilliSeconds(100));
        bss.RunUntil(3.2);
        AirLog first(bss);
        bss.SendGroup(3.2, 4, MilliSeconds(10));
        bss.RunUntil(4.1);
        NS_TEST_EXPECT_MSG_EQ(first.answers, 80, "each frame");
        NS_TEST_EXPECT_MSG_EQ(first.answersOf[bss.AddressOf(1)], 80, "by the farthest");
        Simulator::ScheduleNow(&LeaderLeavesCase::Leave, bss.stationDevices.Get(1),
                               Mac48Address::ConvertFrom(bss.apDevice.Get(0)->GetAddress()));
        bss.RunUntil(4.2);
        AirLog second(bss);
        bss.SendGroup(4.2, 5, MilliSeconds(10));
        bss.RunUntil(6);
        NS_TEST_EXPECT_MSG_EQ(second.answersOf.count(bss.AddressOf(1)), 0, "it is gone");
        NS_TEST_EXPECT_MSG_GT(second.answersOf[bss.AddressOf(2)], 60, "the next one leads from the next beacon on");
        NS_TEST_EXPECT_MSG_EQ(second.dropped["retry-limit"], 0, "no frame waited for it");
        NS_TEST_EXPECT_MSG_EQ(bss.logs[0].arrivals.size(), bss.sent, "the others got all");
    }
};

// Members that can't take part: block ack needs QoS and DtimStation of all, a leader is one that has DtimStation.
class WithoutCase : public TestCase
{
  public:
    WithoutCase(std::string method, bool answered)
        : TestCase(method + (answered ? ", one of the stations is ns-3's own" : ", no station can answer")),
          m_method(std::move(method)),
          m_answered(answered)
    {
    }

  private:
    void DoRun() override
    {
        auto setting = With("n", m_method, 3, 2);
        setting.stock = m_answered ? std::set<uint32_t>{0} : std::set<uint32_t>{0, 1};
        WifiBss bss(setting);
        AirLog log(bss);
        bss.SendGroup(4, 5, MilliSeconds(10));
        bss.RunUntil(6);
        for (const auto& one : bss.logs)
        {
            NS_TEST_EXPECT_MSG_EQ(one.arrivals.size(), bss.sent, "all arrived, once");
        }
        const bool led = m_answered && m_method == "LeaderAck";
        NS_TEST_EXPECT_MSG_EQ(log.requests, 0, "requests");
        NS_TEST_EXPECT_MSG_EQ((log.answers > 80), led, "answers: " << log.answers);
        NS_TEST_EXPECT_MSG_EQ(log.repeated, 0, "repetitions");
    }

    std::string m_method;
    bool m_answered;
};

// Stations that asked for GCR with block ack get concealed frames, which they are asked for; others get the group's own.
class RequestCase : public TestCase
{
  public:
    explicit RequestCase(bool asleep)
        : TestCase(std::string("GCR block ack for those who asked for it") + (asleep ? ", asleep" : "")),
          m_asleep(asleep)
    {
    }

  private:
    void DoRun() override
    {
        WifiBss bss(With("n", "NoAck", 15, 3, 2));
        const AirLog log(bss);
        const Mac48Address group("01:00:5e:01:02:03");
        for (uint32_t i = 0; i < 2; ++i)
        {
            Simulator::Schedule(Seconds(2), &DtimStation::RequestGcr, bss.Station(i), group, DtimStation::BLOCK_ACK);
            bss.PowerSaveAt(2.5 + 0.1 * i, i, m_asleep);
            Lose(bss, i, 0.2);
        }
        bss.SendGroup(4, 8, MilliSeconds(20));
        bss.RunUntil(10);
        for (uint32_t i = 0; i < 3; ++i)
        {
            NS_TEST_EXPECT_MSG_EQ(bss.logs[i].CountSent(4, 8), bss.sent, "station " << i << " got all");
            NS_TEST_EXPECT_MSG_EQ(bss.logs[i].arrivals.size(), bss.sent, "each once");
            NS_TEST_EXPECT_MSG_EQ(log.answersOf.count(bss.AddressOf(i)), (i < 2 ? 1U : 0U), "who is asked");
        }
        if (m_asleep)
        {
            NS_TEST_EXPECT_MSG_GT(bss.Station(0)->GetDozeTime(), Seconds(4), "it slept");
        }
    }

    bool m_asleep;
};

class WifiAckTestSuite : public TestSuite
{
  public:
    WifiAckTestSuite()
        : TestSuite("multicast-wifi-ack")
    {
        for (const auto* standard : {"a", "b", "g", "n", "ac", "ax"})
        {
            Add(new AnswersCase(standard, "LeaderAck"));
        }
        for (const auto* standard : {"a", "b", "g", "n", "ac", "ax"})
        {
            Add(new AnswersCase(standard, "GcrBlockAck"));
        }
        Add(new AnswersCase("n", "LeaderAck", 6)); // voice: TXOPs of several frames
        Add(new AnswersCase("n", "GcrBlockAck", 6));
        for (const uint32_t retries : {0, 1, 2})
        {
            Add(new ResidualLossCase("LeaderAck", retries));
            Add(new ResidualLossCase("GcrBlockAck", retries));
        }
        Add(new SeveralMembersCase("LeaderAck"));
        Add(new SeveralMembersCase("GcrBlockAck"));
        Add(new SleepersCase("g", "LeaderAck", 1));
        Add(new SleepersCase("g", "LeaderAck", 3));
        Add(new SleepersCase("ax", "GcrBlockAck", 1));
        Add(new SleepersCase("n", "GcrBlockAck", 3));
        Add(new LeaderLeavesCase);
        Add(new RequestCase(false));
        Add(new RequestCase(true));
        Add(new WithoutCase("LeaderAck", true));
        Add(new WithoutCase("LeaderAck", false));
        Add(new WithoutCase("GcrBlockAck", true));
        Add(new WithoutCase("GcrBlockAck", false));
    }

  private:
    void Add(TestCase* testCase)
    {
        AddTestCase(testCase);
    }
};

const WifiAckTestSuite g_wifiAckTestSuite;

} // namespace
