// SPDX-License-Identifier: GPL-2.0-only
// The delivery methods of DtimAp: copies to members, FMS, unsolicited retries. Clauses are those of IEEE
// 802.11-2020.

#include "../core/airtime.h"
#include "../core/tim.h"
#include "../model/multicast-wifi-convert.h"
#include "multicast-wifi-network.h"

#include "ns3/boolean.h"
#include "ns3/enum.h"
#include "ns3/error-model.h"
#include "ns3/packet.h"
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

using namespace ns3;
namespace wifi = mcast::wifi;

namespace
{

// Data frames that an access point sends: how often, to whom.
class FrameCount
{
  public:
    explicit FrameCount(Ptr<NetDevice> device)
    {
        DynamicCast<WifiNetDevice>(device)->GetPhy()->TraceConnectWithoutContext("PhyTxPsduBegin",
                                                                                 MakeCallback(&FrameCount::OnTx, this));
    }

    uint32_t group = 0;
    uint32_t unicast = 0;
    std::set<uint16_t> sequences; // of group frames
    std::vector<Time> groupTimes;

  private:
    void OnTx(WifiConstPsduMap psdus, WifiTxVector, double)
    {
        const auto& header = psdus.begin()->second->GetHeader(0);
        if (!header.IsData() || !header.HasData())
        {
            return;
        }
        if (header.GetAddr1().IsGroup())
        {
            ++group;
            sequences.insert(header.GetSequenceNumber());
            groupTimes.push_back(Simulator::Now());
        }
        else
        {
            unicast += static_cast<uint32_t>(psdus.begin()->second->GetNMpdus());
        }
    }
};

WifiBss::Setting
With(const std::string& standard, const std::string& method, std::function<void(DtimHelper&)> more = {})
{
    WifiBss::Setting setting;
    setting.standard = standard;
    setting.stations = 3;
    setting.configure = [method, more](DtimHelper& helper) {
        helper.SetAp("DtimPeriod", UintegerValue(3));
        helper.SetAp("Method", StringValue(method));
        if (more)
        {
            more(helper);
        }
    };
    return setting;
}

// Each station gets each frame once, by frames of its own; a sleeping one when it fetches them.
class CopiesCase : public TestCase
{
  public:
    CopiesCase(std::string standard, std::string method)
        : TestCase(method + ", 802.11" + standard),
          m_standard(std::move(standard)),
          m_method(std::move(method))
    {
    }

  private:
    void DoRun() override
    {
        WifiBss bss(With(m_standard, m_method));
        const FrameCount count(bss.apDevice.Get(0));
        bss.PowerSaveAt(3, 0, true);
        bss.SendGroup(4, 6, MilliSeconds(40));
        bss.RunUntil(9);
        for (uint32_t i = 0; i < 3; ++i)
        {
            NS_TEST_EXPECT_MSG_EQ(bss.logs[i].CountSent(4, 6), bss.sent, "station " << i << " got all");
            NS_TEST_EXPECT_MSG_EQ(bss.logs[i].arrivals.size(), bss.sent, "each once");
        }
        // With DMS group frames go until all stations know that they have it: the sleeper from the next beacon on.
        const uint32_t before = m_method == "Dms" ? 6 : 0;
        NS_TEST_EXPECT_MSG_LT(count.group, before + 1, "no frame to the group");
        NS_TEST_EXPECT_MSG_GT(count.unicast + 3 * before, 3 * bss.sent - 1, "but one to each");
        NS_TEST_EXPECT_MSG_GT(bss.Station(0)->GetDozeTime(), Seconds(2), "the sleeper slept");
    }

    std::string m_standard;
    std::string m_method;
};

// 11.2.3.14: streams of FMS go at every k-th DTIM only, also with everybody awake.
class FmsCase : public TestCase
{
  public:
    explicit FmsCase(bool asleep)
        : TestCase(std::string("FMS at every second DTIM, ") + (asleep ? "one asleep" : "all awake")),
          m_asleep(asleep)
    {
    }

  private:
    void DoRun() override
    {
        WifiBss bss(With("g", "Fms", [](DtimHelper& helper) { helper.SetAp("FmsInterval", UintegerValue(2)); }));
        const FrameCount count(bss.apDevice.Get(0));
        if (m_asleep)
        {
            bss.PowerSaveAt(3, 0, true);
        }
        bss.SendGroup(4, 8, MilliSeconds(40));
        bss.RunUntil(11);
        for (uint32_t i = 0; i < 3; ++i)
        {
            NS_TEST_EXPECT_MSG_EQ(bss.logs[i].CountSent(4, 8), bss.sent, "station " << i << " got all");
        }
        // A DTIM is due every 307.2 ms, a delivery every 614.4 ms; a burst takes less than a beacon interval.
        std::set<int64_t> phases;
        for (const auto& at : count.groupTimes)
        {
            const auto phase = at.GetMicroSeconds() % 614400;
            NS_TEST_EXPECT_MSG_LT(std::min<int64_t>(phase % 307200, 102400), 102400, "right after a DTIM");
            phases.insert(phase / 307200);
        }
        NS_TEST_EXPECT_MSG_EQ(phases.size(), 1, "always the same DTIM of two");
    }

    bool m_asleep;
};

// 11.21.16.3.6: with independent losses p a frame is lost with p^(R+1); what comes twice goes up once.
class UnsolicitedRetryCase : public TestCase
{
  public:
    explicit UnsolicitedRetryCase(uint32_t retries)
        : TestCase("unsolicited retries: " + std::to_string(retries)),
          m_retries(retries)
    {
    }

  private:
    void DoRun() override
    {
        const uint32_t retries = m_retries;
        auto setting = With("g", "GcrUnsolicitedRetry",
                            [retries](DtimHelper& helper) { helper.SetAp("Retries", UintegerValue(retries)); });
        setting.groupMode = "ErpOfdmRate54Mbps";
        WifiBss bss(setting);
        const FrameCount count(bss.apDevice.Get(0));
        const double p = 0.3;
        for (uint32_t i = 0; i < 3; ++i)
        {
            const auto errors = CreateObject<RateErrorModel>();
            errors->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
            errors->SetRate(p);
            errors->AssignStreams(100 + i);
            const auto phy = DynamicCast<WifiNetDevice>(bss.stationDevices.Get(i))->GetPhy();
            Simulator::Schedule(Seconds(3), &WifiPhy::SetPostReceptionErrorModel, phy, errors);
        }
        bss.SendGroup(4, 14, MilliSeconds(2));
        bss.RunUntil(15);
        NS_TEST_EXPECT_MSG_EQ(count.group, bss.sent * (m_retries + 1), "transmissions");
        double lost = 0;
        for (const auto& log : bss.logs)
        {
            lost += static_cast<double>(bss.sent - log.CountSent(4, 14));
            NS_TEST_EXPECT_MSG_EQ(log.Disorder(), 0, "no frame twice, none out of order");
        }
        const double n = 3.0 * bss.sent;
        const double expected = wifi::UnsolicitedRetryLoss(p, m_retries);
        // The 99 % interval of a binomial: one of a hundred seeds would fail, and this one is fixed.
        const double interval = 2.576 * std::sqrt(expected * (1 - expected) / n);
        NS_TEST_EXPECT_MSG_EQ_TOL(lost / n, expected, interval, "loss");
    }

    uint32_t m_retries;
};

// Copies for few members, group frames for more.
class ByMembersCase : public TestCase
{
  public:
    explicit ByMembersCase(uint32_t limit)
        : TestCase("by members, copies for up to " + std::to_string(limit) + " of three"),
          m_limit(limit)
    {
    }

  private:
    void DoRun() override
    {
        const uint32_t limit = m_limit;
        WifiBss bss(With("n", "NoAck", [limit](DtimHelper& helper) {
            helper.SetAp("Automatic", StringValue("ByMembers"));
            helper.SetAp("MaxUnicastMembers", UintegerValue(limit));
        }));
        const FrameCount count(bss.apDevice.Get(0));
        bss.SendGroup(4, 5, MilliSeconds(40));
        bss.RunUntil(6);
        const uint32_t expected = m_limit >= 3 ? 0 : bss.sent;
        NS_TEST_EXPECT_MSG_EQ(count.group, expected, "frames to the group");
        NS_TEST_EXPECT_MSG_EQ(bss.logs[2].arrivals.size(), bss.sent, "all come either way");
    }

    uint32_t m_limit;
};

// Group frames go at the rate that was chosen.
class RateCase : public TestCase
{
  public:
    RateCase(std::string choice, uint64_t rate)
        : TestCase("group rate " + choice),
          m_choice(std::move(choice)),
          m_rate(rate)
    {
    }

  private:
    void OnTx(WifiConstPsduMap psdus, WifiTxVector vector, double)
    {
        const auto& header = psdus.begin()->second->GetHeader(0);
        if (header.IsData() && header.GetAddr1().IsGroup())
        {
            m_rates.insert(vector.GetMode(SU_STA_ID).GetDataRate(vector));
        }
        else if (header.IsBeacon())
        {
            m_beacon = OctetsOf(psdus.begin()->second->GetPayload(0));
        }
    }

    // What the last beacon says of a rate (9.4.2.3, 9.4.2.13).
    bool IsAnnouncedAsBasic(uint64_t rate) const
    {
        const auto elements = mcast::BytesView(m_beacon).Sub(wifi::BEACON_FIXED_SIZE);
        for (const uint8_t id : {1, 50})
        {
            const auto element = wifi::FindElement(elements, id);
            for (std::size_t i = 2; i < element.Size(); ++i)
            {
                if (element[i] == (0x80 | rate / 500000))
                {
                    return true;
                }
            }
        }
        return false;
    }

    void DoRun() override
    {
        const auto choice = m_choice;
        WifiBss bss(With("a", "NoAck", [choice](DtimHelper& helper) { helper.SetAp("GroupRate", StringValue(choice)); }));
        DynamicCast<WifiNetDevice>(bss.apDevice.Get(0))
            ->GetPhy()
            ->TraceConnectWithoutContext("PhyTxPsduBegin", MakeCallback(&RateCase::OnTx, this));
        bss.SendGroup(4, 5, MilliSeconds(40));
        bss.RunUntil(6);
        NS_TEST_ASSERT_MSG_EQ(m_rates.size(), 1, "one rate");
        NS_TEST_EXPECT_MSG_EQ(*m_rates.begin(), m_rate, "bit/s");
        NS_TEST_EXPECT_MSG_EQ(IsAnnouncedAsBasic(m_rate), (m_choice != "AllMembers"), "stations know it as basic");
    }

    std::string m_choice;
    uint64_t m_rate;
    std::set<uint64_t> m_rates;
    mcast::Bytes m_beacon;
};

class WifiDeliveryTestSuite : public TestSuite
{
  public:
    WifiDeliveryTestSuite()
        : TestSuite("multicast-wifi-delivery")
    {
        Add(new CopiesCase("g", "UnicastPayload"));
        Add(new CopiesCase("n", "UnicastPayload"));
        Add(new CopiesCase("n", "UnicastAmsdu"));
        Add(new CopiesCase("ax", "Dms"));
        Add(new FmsCase(true));
        Add(new FmsCase(false));
        Add(new UnsolicitedRetryCase(0));
        Add(new UnsolicitedRetryCase(1));
        Add(new UnsolicitedRetryCase(2));
        Add(new ByMembersCase(2));
        Add(new ByMembersCase(3));
        Add(new RateCase("LowestBasic", 6000000));
        Add(new RateCase("HighestBasic", 24000000));
        Add(new RateCase("AllMembers", 54000000));
    }

  private:
    void Add(TestCase* testCase)
    {
        AddTestCase(testCase);
    }
};

const WifiDeliveryTestSuite g_wifiDeliveryTestSuite;

} // namespace
