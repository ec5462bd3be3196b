// SPDX-License-Identifier: GPL-2.0-only
// What stations ask for: FMS, DMS, groupcast with retries. Clauses are those of IEEE 802.11-2020.

#include "../core/airtime.h"
#include "../core/ids.h"
#include "../model/multicast-wifi-convert.h"
#include "multicast-wifi-network.h"

#include "ns3/boolean.h"
#include "ns3/error-model.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-net-device.h"
#include "ns3/wifi-phy.h"
#include "ns3/wifi-psdu.h"

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace ns3;
namespace wifi = mcast::wifi;

namespace
{

const Mac48Address GROUP("01:00:5e:01:02:03");

// Data frames that an access point sends, by their address.
class Sent
{
  public:
    explicit Sent(Ptr<NetDevice> device)
    {
        DynamicCast<WifiNetDevice>(device)->GetPhy()->TraceConnectWithoutContext("PhyTxPsduBegin",
                                                                                 MakeCallback(&Sent::OnTx, this));
    }

    // Frames in a time, in seconds.
    std::size_t Count(Mac48Address to, double from = 0, double until = 1e9) const
    {
        std::size_t n = 0;
        for (const auto& [at, address] : m_frames)
        {
            n += address == to && at >= Seconds(from) && at.GetSeconds() < until ? 1 : 0;
        }
        return n;
    }

    std::vector<Time> Times(Mac48Address to) const
    {
        std::vector<Time> times;
        for (const auto& [at, address] : m_frames)
        {
            if (address == to)
            {
                times.push_back(at);
            }
        }
        return times;
    }

  private:
    void OnTx(WifiConstPsduMap psdus, WifiTxVector, double)
    {
        const auto& psdu = psdus.begin()->second;
        for (std::size_t i = 0; i < psdu->GetNMpdus(); ++i)
        {
            if (psdu->GetHeader(i).IsData() && psdu->GetHeader(i).HasData())
            {
                m_frames.emplace_back(Simulator::Now(), psdu->GetAddr1());
            }
        }
    }

    std::vector<std::pair<Time, Mac48Address>> m_frames;
};

// What a station is told about its requests.
class Answers
{
  public:
    explicit Answers(Ptr<DtimStation> station)
    {
        station->TraceConnectWithoutContext("Service", MakeCallback(&Answers::On, this));
    }

    std::vector<std::string> all; // "dms accepted"
    uint32_t interval = 0;

  private:
    void On(const std::string& service, Mac48Address, const std::string& what, uint32_t dtims)
    {
        all.push_back(service + " " + what);
        interval = dtims;
    }
};

WifiBss::Setting
Qos(std::function<void(DtimHelper&)> more = {})
{
    WifiBss::Setting setting;
    setting.standard = "n";
    setting.stations = 3;
    setting.configure = [more](DtimHelper& helper) {
        helper.SetAp("DtimPeriod", UintegerValue(3));
        if (more)
        {
            more(helper);
        }
    };
    return setting;
}

void
LoseFrames(Ptr<NetDevice> device, double probability, double from, int64_t stream)
{
    const auto errors = CreateObject<RateErrorModel>();
    errors->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
    errors->SetRate(probability);
    errors->AssignStreams(stream);
    Simulator::Schedule(Seconds(from), &WifiPhy::SetPostReceptionErrorModel,
                        DynamicCast<WifiNetDevice>(device)->GetPhy(), errors);
}

using Words = std::vector<std::string>;

// 11.21.16.2: copies for who asked, a group frame for the others, and nobody gets a datagram twice. Frames that wait for a DTIM when
// the service begins come as copies, too.
class DmsCase : public TestCase
{
  public:
    explicit DmsCase(bool asleep)
        : TestCase(std::string("a station asks for DMS, ") + (asleep ? "asleep" : "awake")),
          m_asleep(asleep)
    {
    }

  private:
    void DoRun() override
    {
        WifiBss bss(Qos());
        const Sent sent(bss.apDevice.Get(0));
        const Answers answers(bss.Station(0));
        if (m_asleep)
        {
            bss.PowerSaveAt(3, 0, true);
        }
        bss.SendGroup(4, 8, MilliSeconds(20));
        Simulator::Schedule(Seconds(5.01), &DtimStation::RequestDms, bss.Station(0), GROUP);
        Simulator::Schedule(Seconds(7.01), &DtimStation::RemoveDms, bss.Station(0), GROUP);
        bss.RunUntil(10);
        const Words expected{"dms accepted", "dms ended"};
        NS_TEST_EXPECT_MSG_EQ((answers.all == expected), true, "what the station is told");
        for (uint32_t i = 0; i < 3; ++i)
        {
            NS_TEST_EXPECT_MSG_EQ(bss.logs[i].CountSent(4, 8), bss.sent, "station " << i << " got all");
            // Group frames that wait for the DTIM when DMS ends are taken, although copies of them came.
            const uint32_t twice = m_asleep && i == 0 ? 16 : 0;
            NS_TEST_EXPECT_MSG_LT(bss.logs[i].arrivals.size(), bss.sent + twice + 1, "station " << i << ", each once");
        }
        NS_TEST_EXPECT_MSG_EQ(sent.Count(GROUP), bss.sent, "all go to the group, too");
        NS_TEST_EXPECT_MSG_EQ(sent.Count(bss.AddressOf(0), 0, 5.01), 0, "no copy before it asks");
        NS_TEST_EXPECT_MSG_GT(sent.Count(bss.AddressOf(0)), m_asleep ? 85U : 99U, "copies for the time between");
        NS_TEST_EXPECT_MSG_LT(sent.Count(bss.AddressOf(0)), 125, "and not after it");
        NS_TEST_EXPECT_MSG_EQ(sent.Count(bss.AddressOf(1)), 0, "none for another one");
    }

    bool m_asleep;
};

// With DMS for all no group frame is sent.
class DmsForAllCase : public TestCase
{
  public:
    DmsForAllCase()
        : TestCase("all stations ask for DMS")
    {
    }

  private:
    void DoRun() override
    {
        WifiBss bss(Qos());
        const Sent sent(bss.apDevice.Get(0));
        for (uint32_t i = 0; i < 3; ++i)
        {
            bss.Station(i)->RequestDms(GROUP); // it waits for the association
        }
        bss.SendGroup(4, 6, MilliSeconds(20));
        bss.RunUntil(7);
        NS_TEST_EXPECT_MSG_EQ(sent.Count(GROUP), 0, "no frame to the group");
        for (uint32_t i = 0; i < 3; ++i)
        {
            NS_TEST_EXPECT_MSG_EQ(bss.logs[i].arrivals.size(), bss.sent, "station " << i << " got all");
        }
    }
};

// The access point's policy is DMS: stations that have it learn of it, and leave the group frame that goes to others.
class DmsByPolicyCase : public TestCase
{
  public:
    DmsByPolicyCase()
        : TestCase("Method Dms with a station without QoS among others")
    {
    }

  private:
    void DoRun() override
    {
        auto setting = Qos([](DtimHelper& helper) { helper.SetAp("Method", StringValue("Dms")); });
        setting.withoutQos = {2};
        setting.standard = "g";
        setting.qos = true;
        WifiBss bss(setting);
        Run(bss);
    }

    void Run(WifiBss& bss)
    {
        bss.PowerSaveAt(3, 0, true);
        const Sent sent(bss.apDevice.Get(0));
        bss.SendGroup(4, 8, MilliSeconds(20));
        bss.RunUntil(10);
        for (uint32_t i = 0; i < 3; ++i)
        {
            NS_TEST_EXPECT_MSG_EQ(bss.logs[i].CountSent(4, 8), bss.sent, "station " << i << " got all");
            NS_TEST_EXPECT_MSG_EQ(bss.logs[i].arrivals.size(), bss.sent, "station " << i << ", each once");
        }
        NS_TEST_EXPECT_MSG_EQ(sent.Count(GROUP), bss.sent, "group frames for the one without QoS");
        NS_TEST_EXPECT_MSG_GT(sent.Count(bss.AddressOf(0)) + 25, bss.sent, "copies for the sleeper");
        NS_TEST_EXPECT_MSG_GT(sent.Count(bss.AddressOf(1)) + 5, bss.sent, "and for the one with QoS that is awake");
        NS_TEST_EXPECT_MSG_EQ(sent.Count(bss.AddressOf(2)), 0, "none for the one without");
    }
};

// 11.21.16.3.5, 11.21.16.3.6: concealed frames and their repetitions for who asked; the others get the plain frame alone.
class GcrCase : public TestCase
{
  public:
    GcrCase()
        : TestCase("a station asks for unsolicited retries")
    {
    }

  private:
    void DoRun() override
    {
        auto setting = Qos([](DtimHelper& helper) { helper.SetAp("Retries", UintegerValue(2)); });
        setting.groupMode = "ErpOfdmRate24Mbps";
        WifiBss bss(setting);
        const Sent sent(bss.apDevice.Get(0));
        const Answers answers(bss.Station(0));
        bss.Station(0)->RequestGcr(GROUP, DtimStation::UNSOLICITED_RETRY);
        const double p = 0.3;
        for (uint32_t i = 0; i < 2; ++i)
        {
            LoseFrames(bss.stationDevices.Get(i), p, 3.9, 100 + i);
        }
        bss.SendGroup(4, 14, MilliSeconds(5));
        bss.RunUntil(15);
        const Words expected{"gcr-unsolicited-retry accepted"};
        NS_TEST_EXPECT_MSG_EQ((answers.all == expected), true, "what the station is told");
        Mac48Address concealment = FromCore(wifi::GCR_CONCEALMENT);
        NS_TEST_EXPECT_MSG_EQ(sent.Count(concealment), 3 * bss.sent, "each three times");
        NS_TEST_EXPECT_MSG_EQ(sent.Count(GROUP), bss.sent, "and once for the others");
        ExpectLoss(bss, 0, wifi::UnsolicitedRetryLoss(p, 2));
        ExpectLoss(bss, 1, p);
        NS_TEST_EXPECT_MSG_EQ(bss.logs[2].arrivals.size(), bss.sent, "without losses the others get each once");
        NS_TEST_EXPECT_MSG_EQ(bss.logs[0].Disorder(), 0, "no frame twice");
    }

    void ExpectLoss(const WifiBss& bss, uint32_t station, double expected)
    {
        const double n = bss.sent;
        const double lost = n - static_cast<double>(bss.logs[station].CountSent(4, 14));
        const double interval = 2.576 * std::sqrt(expected * (1 - expected) / n);
        NS_TEST_EXPECT_MSG_EQ_TOL(lost / n, expected, interval, "loss of station " << station);
    }
};

// 11.21.16.3.7: concealed frames, of which only those are repeated that somebody misses who asked.
class GcrBlockAckCase : public TestCase
{
  public:
    explicit GcrBlockAckCase(bool asleep)
        : TestCase(std::string("two stations ask for GCR block ack, ") + (asleep ? "one asleep" : "awake")),
          m_asleep(asleep)
    {
    }

  private:
    void DoRun() override
    {
        auto setting = Qos([](DtimHelper& helper) {
            helper.SetAp("Retries", UintegerValue(4));
            helper.SetAp("BlockSize", UintegerValue(8));
        });
        setting.groupMode = "ErpOfdmRate24Mbps";
        WifiBss bss(setting);
        const Sent sent(bss.apDevice.Get(0));
        const Answers answers(bss.Station(0));
        if (m_asleep)
        {
            bss.PowerSaveAt(3.5, 0, true);
        }
        const double p = 0.2;
        for (uint32_t i = 0; i < 3; ++i)
        {
            LoseFrames(bss.stationDevices.Get(i), i == 2 ? 0 : p, 3.9, 100 + i);
            if (i < 2)
            {
                bss.Station(i)->RequestGcr(GROUP, DtimStation::BLOCK_ACK);
            }
        }
        bss.SendGroup(4, 10, MilliSeconds(10));
        bss.RunUntil(12);
        NS_TEST_EXPECT_MSG_EQ((answers.all == Words{"gcr-block-ack accepted"}), true, "what the station is told");
        const auto concealed = sent.Count(FromCore(wifi::GCR_CONCEALMENT));
        NS_TEST_EXPECT_MSG_GT(concealed, bss.sent, "each at least once");
        NS_TEST_EXPECT_MSG_LT(concealed, 2 * bss.sent, "but only some again");
        NS_TEST_EXPECT_MSG_EQ(sent.Count(GROUP), bss.sent, "and once for the other one");
        for (uint32_t i = 0; i < 3; ++i)
        {
            // A sleeper may miss a beacon and what follows until the next one that it hears.
            const uint32_t few = i == 0 && m_asleep ? bss.sent / 10 : 5;
            NS_TEST_EXPECT_MSG_GT(bss.logs[i].CountSent(4, 10) + few, bss.sent, "station " << i << " loses few");
            NS_TEST_EXPECT_MSG_EQ(bss.logs[i].arrivals.size(), bss.logs[i].CountSent(4, 10), "station " << i << ", none twice");
        }
    }

    bool m_asleep;
};

// 11.2.3.14: the group goes at every k-th DTIM once somebody asked for that, and as before when nobody does.
class FmsCase : public TestCase
{
  public:
    FmsCase()
        : TestCase("a station asks for FMS")
    {
    }

  private:
    void DoRun() override
    {
        auto setting = Qos([](DtimHelper& helper) { helper.SetAp("DtimPeriod", UintegerValue(1)); });
        setting.standard = "g";
        WifiBss bss(setting);
        const Sent sent(bss.apDevice.Get(0));
        const Answers answers(bss.Station(0));
        bss.PowerSaveAt(3, 0, true);
        Simulator::Schedule(Seconds(3.5), &DtimStation::RequestFms, bss.Station(0), GROUP, 4);
        bss.SendGroup(4, 8, MilliSeconds(20));
        Simulator::Schedule(Seconds(8.5), &DtimStation::RemoveFms, bss.Station(0), GROUP);
        bss.SendGroup(9, 10, MilliSeconds(20));
        bss.RunUntil(11);
        const Words expected{"fms accepted", "fms ended"};
        NS_TEST_EXPECT_MSG_EQ((answers.all == expected), true, "what the station is told");
        for (uint32_t i = 0; i < 3; ++i)
        {
            NS_TEST_EXPECT_MSG_EQ(bss.logs[i].arrivals.size(), bss.sent, "station " << i << " got all, once");
        }
        std::set<int64_t> with;
        std::set<int64_t> without;
        for (const auto& at : sent.Times(GROUP))
        {
            (at < Seconds(8.9) ? with : without).insert(at.GetMicroSeconds() / 102400);
        }
        for (const auto beacon : with)
        {
            NS_TEST_EXPECT_MSG_EQ((beacon - *with.begin()) % 4, 0, "bursts are four DTIMs apart");
        }
        NS_TEST_EXPECT_MSG_GT(without.size(), 8, "then at each");
    }
};

// Both sides must have a service, and a request that is lost is made again, as is one after another association.
class DenialCase : public TestCase
{
  public:
    DenialCase()
        : TestCase("requests that are denied")
    {
    }

  private:
    void DoRun() override
    {
        WifiBss bss(Qos([](DtimHelper& helper) {
            helper.SetAp("OfferDms", BooleanValue(false));
            helper.SetStation("Fms", BooleanValue(false));
        }));
        const Sent sent(bss.apDevice.Get(0));
        const Answers answers(bss.Station(0));
        bss.Station(0)->RequestDms(GROUP);
        bss.Station(0)->RequestFms(GROUP, 2);
        bss.SendGroup(4, 5, MilliSeconds(20));
        bss.RunUntil(6);
        NS_TEST_EXPECT_MSG_EQ(std::count(answers.all.begin(), answers.all.end(), "dms denied"), 1, "not offered");
        NS_TEST_EXPECT_MSG_EQ(std::count(answers.all.begin(), answers.all.end(), "fms denied"), 1, "not told");
        NS_TEST_EXPECT_MSG_EQ(sent.Count(GROUP), bss.sent, "all is as before");
        NS_TEST_EXPECT_MSG_EQ(bss.logs[0].arrivals.size(), bss.sent, "for the station, too");
    }
};

class RepetitionCase : public TestCase
{
  public:
    RepetitionCase()
        : TestCase("a request is repeated, and made again in another association")
    {
    }

  private:
    void DoRun() override
    {
        WifiBss bss(Qos());
        const Sent sent(bss.apDevice.Get(0));
        const Answers answers(bss.Station(0));
        const auto phy = DynamicCast<WifiNetDevice>(bss.apDevice.Get(0))->GetPhy();
        // The access point is deaf when it is asked, and later for so long that stations leave.
        LoseFrames(bss.apDevice.Get(0), 1, 3, 7);
        Simulator::Schedule(Seconds(3.5), &WifiPhy::SetPostReceptionErrorModel, phy, nullptr);
        Simulator::Schedule(Seconds(3.1), &DtimStation::RequestDms, bss.Station(0), GROUP);
        Simulator::Schedule(Seconds(6), &WifiPhy::SetOffMode, phy);
        Simulator::Schedule(Seconds(11), &WifiPhy::ResumeFromOff, phy);
        bss.SendGroup(5, 6, MilliSeconds(20));
        bss.RunUntil(5.9);
        NS_TEST_EXPECT_MSG_EQ((answers.all == Words{"dms accepted"}), true, "at the second attempt");
        bss.SendGroup(15, 16, MilliSeconds(20));
        bss.RunUntil(17);
        const Words expected{"dms accepted", "dms ended", "dms accepted"};
        std::string told;
        for (const auto& one : answers.all)
        {
            told += one + ", ";
        }
        NS_TEST_EXPECT_MSG_EQ((answers.all == expected), true, "again in the next association: " << told);
        NS_TEST_EXPECT_MSG_EQ(sent.Count(bss.AddressOf(0), 5, 6), 50, "copies in the first");
        NS_TEST_EXPECT_MSG_EQ(sent.Count(bss.AddressOf(0), 15, 16.1), 50, "and in the second");
    }
};

class WifiServicesTestSuite : public TestSuite
{
  public:
    WifiServicesTestSuite()
        : TestSuite("multicast-wifi-services")
    {
        Add(new DmsCase(false));
        Add(new DmsCase(true));
        Add(new DmsForAllCase);
        Add(new DmsByPolicyCase);
        Add(new GcrCase);
        Add(new GcrBlockAckCase(false));
        Add(new GcrBlockAckCase(true));
        Add(new FmsCase);
        Add(new DenialCase);
        Add(new RepetitionCase);
    }

  private:
    void Add(TestCase* testCase)
    {
        AddTestCase(testCase);
    }
};

const WifiServicesTestSuite g_wifiServicesTestSuite;

} // namespace
