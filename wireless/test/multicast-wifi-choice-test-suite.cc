// SPDX-License-Identifier: GPL-2.0-only
// The choice of a delivery method by what is measured: loss, and airtime at the rates that frames go at.

#include "../model/multicast-wifi-measure.h"
#include "multicast-wifi-network.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/error-model.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-net-device.h"
#include "ns3/wifi-phy.h"

#include <map>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

// Frames of an access point by their method, in a time that begins anew with Clear().
class Methods
{
  public:
    explicit Methods(Ptr<DtimAp> ap)
    {
        ap->TraceConnectWithoutContext("Airtime", MakeCallback(&Methods::On, this));
    }

    uint32_t operator[](const std::string& what) const
    {
        const auto it = m_frames.find(what);
        return it == m_frames.end() ? 0 : it->second;
    }

    void Clear()
    {
        m_frames.clear();
    }

  private:
    void On(const std::string& what, Time)
    {
        ++m_frames[what];
    }

    std::map<std::string, uint32_t> m_frames;
};

void
Lose(Ptr<NetDevice> device, double probability)
{
    const auto errors = CreateObject<RateErrorModel>();
    errors->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
    errors->SetRate(probability);
    errors->AssignStreams(100);
    DynamicCast<WifiNetDevice>(device)->GetPhy()->SetPostReceptionErrorModel(errors);
}

WifiBss::Setting
ByLoss(const std::string& standard, uint32_t stations, Time probeInterval)
{
    WifiBss::Setting setting;
    setting.standard = standard;
    setting.stations = stations;
    setting.mode = setting.groupMode = "ErpOfdmRate24Mbps";
    setting.configure = [probeInterval](DtimHelper& helper) {
        helper.SetAp("Automatic", StringValue("ByLoss"));
        helper.SetAp("MaxLoss", DoubleValue(0.05));
        helper.SetAp("LossProbeInterval", TimeValue(probeInterval));
    };
    return setting;
}

// A group stream from 4 s to 25 s, of which a member loses many frames from 8 s to 16 s.
void
StreamWithLosses(WifiBss& bss)
{
    bss.SendGroup(4, 25, MilliSeconds(20));
    Simulator::Schedule(Seconds(8), &Lose, bss.stationDevices.Get(2), 0.4);
    Simulator::Schedule(Seconds(16), &Lose, bss.stationDevices.Get(2), 0.0);
}

// One frame as long as all members receive well, copies while one of them loses many, and one frame again when it doesn't.
class ByLossCase : public TestCase
{
  public:
    explicit ByLossCase(bool traffic)
        : TestCase(std::string("by loss, ") + (traffic ? "known from unicast frames" : "known from Null frames alone")),
          m_traffic(traffic)
    {
    }

  private:

    void DoRun() override
    {
        WifiBss bss(ByLoss("g", 3, MilliSeconds(m_traffic ? 0 : 50)));
        Methods methods(bss.Ap());
        if (m_traffic)
        {
            for (uint32_t i = 0; i < 3; ++i)
            {
                bss.SendUnicast(i, 2, 25, MilliSeconds(40));
            }
        }
        StreamWithLosses(bss);

        bss.RunUntil(8);
        NS_TEST_EXPECT_MSG_EQ(methods["no-ack"], 200, "all well: one frame");
        NS_TEST_EXPECT_MSG_EQ(methods["unicast-amsdu"], 0, "and no copy");
        bss.RunUntil(10);
        methods.Clear();
        bss.RunUntil(16);
        NS_TEST_EXPECT_MSG_EQ(methods["no-ack"], 0, "one loses many: no group frame");
        NS_TEST_EXPECT_MSG_GT(methods["unicast-amsdu"], 899, "but copies");
        const auto lost = 300 - bss.logs[2].CountSent(10, 16) + (m_traffic ? 150 : 0);
        NS_TEST_EXPECT_MSG_LT(lost, 15, "of which it loses few");
        bss.RunUntil(22);
        methods.Clear();
        bss.RunUntil(25);
        NS_TEST_EXPECT_MSG_EQ(methods["no-ack"], 150, "all well again");
        NS_TEST_EXPECT_MSG_EQ(methods["unicast-amsdu"], 0, "and no copy");
    }

    bool m_traffic;
};

// While unicast frames are few, loss is known from the Block Acks that the choice of GCR block ack brings.
class ByLossOfBlocksCase : public TestCase
{
  public:
    ByLossOfBlocksCase()
        : TestCase("by loss, known from Block Acks")
    {
    }

  private:
    void DoRun() override
    {
        const uint32_t stations = 8;
        WifiBss bss(ByLoss("n", stations, Seconds(0)));
        Methods methods(bss.Ap());
        for (uint32_t i = 0; i < stations; ++i)
        {
            bss.SendUnicast(i, 2, 12, MilliSeconds(80));
        }
        StreamWithLosses(bss);

        bss.RunUntil(8);
        NS_TEST_EXPECT_MSG_EQ(methods["no-ack"], 200, "all well: one frame");
        bss.RunUntil(12);
        methods.Clear();
        bss.RunUntil(16);
        NS_TEST_EXPECT_MSG_EQ(methods["no-ack"], 0, "one loses many");
        NS_TEST_EXPECT_MSG_GT(methods["gcr-block-ack"], 200, "and is asked, though no unicast frame goes");
        bss.RunUntil(22);
        methods.Clear();
        bss.RunUntil(25);
        NS_TEST_EXPECT_MSG_EQ(methods["no-ack"], 150, "all well again");
        NS_TEST_EXPECT_MSG_EQ(methods["gcr-block-ack"], 0, "and nobody is asked");
    }
};

// Copies where they take less time than a group frame at its rate, with a few members or with many.
class ByAirtimeCase : public TestCase
{
  public:
    ByAirtimeCase(std::string group, std::string unicast, uint32_t members, bool copies)
        : TestCase("by airtime, " + std::to_string(members) + " members, group " + group + ", unicast " + unicast),
          m_group(std::move(group)),
          m_unicast(std::move(unicast)),
          m_members(members),
          m_copies(copies)
    {
    }

  private:
    void DoRun() override
    {
        WifiBss::Setting setting;
        setting.standard = "g";
        setting.stations = m_members;
        setting.mode = m_unicast;
        setting.groupMode = m_group;
        setting.configure = [](DtimHelper& helper) { helper.SetAp("Automatic", StringValue("ByAirtime")); };
        WifiBss bss(setting);
        Methods methods(bss.Ap());
        bss.SendGroup(4, 6, MilliSeconds(20), 1000);
        bss.RunUntil(7);
        const uint32_t group = m_copies ? 0 : 100;
        const uint32_t copies = m_copies ? 100 * m_members : 0;
        NS_TEST_EXPECT_MSG_EQ(methods["no-ack"], group, "group frames");
        NS_TEST_EXPECT_MSG_EQ(methods["unicast-amsdu"], copies, "copies");
    }

    std::string m_group;
    std::string m_unicast;
    uint32_t m_members;
    bool m_copies;
};

// The figures that the choice rests on are those of the PHY.
class TimingCase : public TestCase
{
  public:
    TimingCase()
        : TestCase("times of the PHY")
    {
    }

  private:
    static mcast::wifi::PhyTiming TimingOf(const std::string& standard, const std::string& groupMode, mcast::wifi::Rate& rate)
    {
        WifiBss::Setting setting;
        setting.standard = standard;
        setting.groupMode = groupMode;
        WifiBss bss(setting);
        const auto mac = DynamicCast<ApWifiMac>(DynamicCast<WifiNetDevice>(bss.apDevice.Get(0))->GetMac());
        bss.RunUntil(1);
        rate = WifiMeasure::GroupRate(mac);
        return WifiMeasure::Timing(mac);
    }

    void DoRun() override
    {
        using std::chrono::microseconds;
        mcast::wifi::Rate rate = 0;
        const auto a = TimingOf("a", "OfdmRate12Mbps", rate);
        NS_TEST_EXPECT_MSG_EQ(rate, 24, "12 Mb/s");
        NS_TEST_EXPECT_MSG_EQ((a.slot == microseconds{9} && a.sifs == microseconds{16} && a.cwMin == 15), true, "11a");
        NS_TEST_EXPECT_MSG_EQ((PpduDuration(a, 12, 236) == microseconds{340}), true, "a PPDU of 11a");
        const auto b = TimingOf("b", "", rate);
        NS_TEST_EXPECT_MSG_EQ(rate, 2, "1 Mb/s");
        NS_TEST_EXPECT_MSG_EQ((b.slot == microseconds{20} && b.sifs == microseconds{10} && b.cwMin == 31), true, "11b");
        const auto g = TimingOf("g", "", rate);
        NS_TEST_EXPECT_MSG_EQ((g.slot == microseconds{9} && g.sifs == microseconds{10}), true, "11g");
        NS_TEST_EXPECT_MSG_EQ((PpduDuration(g, 2, 236) == microseconds{192 + 1888}), true, "its DSSS");
        NS_TEST_EXPECT_MSG_EQ((PpduDuration(g, 12, 14) == microseconds{50}), true, "and its OFDM");
    }
};

class WifiChoiceTestSuite : public TestSuite
{
  public:
    WifiChoiceTestSuite()
        : TestSuite("multicast-wifi-choice")
    {
        Add(new ByLossCase(true));
        Add(new ByLossCase(false));
        Add(new ByLossOfBlocksCase);
        Add(new ByAirtimeCase("DsssRate1Mbps", "ErpOfdmRate54Mbps", 3, true));
        Add(new ByAirtimeCase("DsssRate1Mbps", "ErpOfdmRate54Mbps", 40, false));
        Add(new ByAirtimeCase("ErpOfdmRate24Mbps", "ErpOfdmRate54Mbps", 3, false));
        Add(new ByAirtimeCase("ErpOfdmRate24Mbps", "ErpOfdmRate54Mbps", 1, true));
        Add(new TimingCase);
    }

  private:
    void Add(TestCase* testCase)
    {
        AddTestCase(testCase);
    }
};

const WifiChoiceTestSuite g_wifiChoiceTestSuite;

} // namespace
