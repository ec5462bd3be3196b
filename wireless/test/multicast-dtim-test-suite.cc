// SPDX-License-Identifier: GPL-2.0-only
// Group delivery by DTIM and power save on ns-3's MAC: DtimAp and DtimStation. Clauses are those of IEEE 802.11-2020.

#include "../core/airtime.h"
#include "../core/tim.h"
#include "multicast-wifi-network.h"
#include "multicast-wifi-peers.h"

#include "ns3/basic-energy-source-helper.h"
#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/device-energy-model-container.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-net-device.h"
#include "ns3/wifi-phy.h"
#include "ns3/wifi-psdu.h"
#include "ns3/wifi-radio-energy-model-helper.h"

#include <chrono>
#include <cmath>
#include <map>
#include <string>
#include <vector>

using namespace ns3;
namespace wifi = mcast::wifi;

namespace
{

double
InSeconds(mcast::Duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

// What an access point puts on the air: beacons and group data frames.
struct Sent
{
    Time at;
    bool beacon = false;
    wifi::Tim tim;         // of a beacon
    bool moreData = false; // of a group frame
};

class AirLog
{
  public:
    explicit AirLog(Ptr<NetDevice> device)
    {
        DynamicCast<WifiNetDevice>(device)->GetPhy()->TraceConnectWithoutContext("PhyTxPsduBegin",
                                                                                 MakeCallback(&AirLog::OnTx, this));
    }

    // Of a time in seconds.
    std::vector<Sent> Between(double from, double to) const
    {
        std::vector<Sent> some;
        for (const auto& one : all)
        {
            if (one.at >= Seconds(from) && one.at < Seconds(to))
            {
                some.push_back(one);
            }
        }
        return some;
    }

    std::vector<Sent> all;
    uint32_t beaconsWithoutTim = 0;

  private:
    void OnTx(WifiConstPsduMap psdus, WifiTxVector, double)
    {
        const auto& psdu = psdus.begin()->second;
        const auto& header = psdu->GetHeader(0);
        Sent sent;
        sent.at = Simulator::Now();
        if (header.IsBeacon())
        {
            std::vector<uint8_t> body(psdu->GetPayload(0)->GetSize());
            psdu->GetPayload(0)->CopyData(body.data(), static_cast<uint32_t>(body.size()));
            const auto elements = mcast::BytesView(body).Sub(wifi::BEACON_FIXED_SIZE);
            const auto tim = wifi::ParseTim(wifi::FindElement(elements, wifi::ELEMENT_TIM));
            beaconsWithoutTim += tim ? 0 : 1;
            sent.beacon = true;
            sent.tim = tim ? *tim : wifi::Tim();
            all.push_back(sent);
        }
        else if (header.IsData() && header.GetAddr1().IsGroup())
        {
            sent.moreData = header.IsMoreData();
            all.push_back(sent);
        }
    }
};

WifiBss::Setting
With(const std::string& standard, uint32_t dtimPeriod, uint32_t stations = 2)
{
    WifiBss::Setting setting;
    setting.standard = standard;
    setting.stations = stations;
    setting.configure = [dtimPeriod](DtimHelper& helper) { helper.SetAp("DtimPeriod", UintegerValue(dtimPeriod)); };
    return setting;
}

// The mean time from sending to receiving is (D-W)^2 / 2D, what frames wait behind each other in a burst, and the beacon and
// the frame itself, within 2 %.
class DelayCase : public TestCase
{
  public:
    DelayCase(uint32_t period, std::string mode, wifi::Rate rate, int64_t spacing)
        : TestCase("mean delay at DTIM period " + std::to_string(period) + ", " + mode),
          m_period(period),
          m_mode(std::move(mode)),
          m_rate(rate),
          m_spacing(spacing)
    {
    }

  private:
    void DoRun() override
    {
        const auto spacing = std::chrono::milliseconds(m_spacing);
        auto setting = With("g", m_period);
        setting.groupMode = m_mode;
        WifiBss bss(setting);
        bss.PowerSaveAt(2.0, 0, true);
        const double from = 5;
        const double to = from + 1.024 * 20;
        bss.SendGroup(2.005, to + 2, MilliSeconds(m_spacing));
        bss.RunUntil(to + 4);

        auto phy = wifi::PhyTiming::Of11b();
        phy.slot = std::chrono::microseconds(9); // short slots: DSSS rates of an 11g BSS
        phy.sifs = std::chrono::microseconds(10);
        const auto interval = wifi::TIME_UNIT * 100 * m_period;
        const auto service = wifi::GroupExchange(phy, m_rate, 200);
        const auto window = wifi::BurstWindow(interval, service, spacing);
        const auto beacon = wifi::PpduDuration(phy, 2, 79);
        const double expected = InSeconds(wifi::MeanBufferedDelay(interval, window) +
                                          wifi::MeanBurstQueueing(interval, service, spacing) + service) +
                                InSeconds(beacon) * (1 - InSeconds(window) / InSeconds(interval));
        for (uint32_t i = 0; i < 2; ++i)
        {
            NS_TEST_EXPECT_MSG_EQ_TOL(bss.logs[i].MeanDelay(from, to), expected, expected * 0.02, "station " << i);
        }
    }

    uint32_t m_period;
    std::string m_mode;
    wifi::Rate m_rate;
    int64_t m_spacing; // ms
};

// All frames of a stream reach all stations, in order and once, asleep or not.
class NoLossCase : public TestCase
{
  public:
    NoLossCase(std::string name, WifiBss::Setting setting, Time spacing, std::vector<uint32_t> sleepers)
        : TestCase(std::move(name)),
          m_setting(std::move(setting)),
          m_spacing(spacing),
          m_sleepers(std::move(sleepers))
    {
    }

  private:
    void DoRun() override
    {
        WifiBss bss(m_setting);
        const AirLog air(bss.apDevice.Get(0));
        for (const auto station : m_sleepers)
        {
            bss.PowerSaveAt(3.001 + 0.003 * station, station, true);
        }
        bss.SendGroup(4, 12, m_spacing);
        bss.RunUntil(16);
        for (std::size_t i = 0; i < bss.logs.size(); ++i)
        {
            NS_TEST_EXPECT_MSG_EQ(bss.logs[i].CountSent(4, 12), bss.sent, "station " << i << " got all");
            NS_TEST_EXPECT_MSG_EQ(bss.logs[i].arrivals.size(), bss.sent, "station " << i << " got each once");
            NS_TEST_EXPECT_MSG_EQ(bss.logs[i].Disorder(), 0, "station " << i << " got them in order");
        }
        for (const auto station : m_sleepers)
        {
            NS_TEST_EXPECT_MSG_GT(bss.Station(station)->GetDozeTime(), Seconds(4), "it slept");
            NS_TEST_EXPECT_MSG_EQ(bss.Ap()->IsSleeping(bss.AddressOf(station)), true, "and is still associated");
        }
        NS_TEST_EXPECT_MSG_EQ(air.beaconsWithoutTim, 0, "each beacon has a TIM");
        CheckBursts(air);
    }

    // 11.2.3.6: frames only after a DTIM with the group bit, More Data in all but the last, the bit kept while any wait.
    void CheckBursts(const AirLog& air)
    {
        bool announced = false;
        bool more = false;
        for (const auto& one : air.Between(4, 16))
        {
            if (one.beacon)
            {
                NS_TEST_EXPECT_MSG_EQ(!more || one.tim.groupTraffic, true, "the group bit is kept in a burst");
                NS_TEST_EXPECT_MSG_EQ(one.tim.IsDtim() || !one.tim.groupTraffic || more, true,
                                      "no group bit between DTIMs but in a burst");
                announced = one.tim.groupTraffic;
                more = false;
                continue;
            }
            NS_TEST_EXPECT_MSG_EQ(announced, true, "a group frame at " << one.at.As(Time::MS) << " was announced");
            more = one.moreData;
            announced = more;
        }
    }

    WifiBss::Setting m_setting;
    Time m_spacing;
    std::vector<uint32_t> m_sleepers;
};

// Without ReceiveDTIMs a station with a long listen interval loses frames: what NoLossCase checks is not for nothing.
class DeafToDtimsCase : public TestCase
{
  public:
    DeafToDtimsCase()
        : TestCase("without ReceiveDtims a listen interval of 2 loses frames at DTIM period 3")
    {
    }

  private:
    void DoRun() override
    {
        auto setting = With("g", 3);
        setting.configure = [](DtimHelper& helper) {
            helper.SetAp("DtimPeriod", UintegerValue(3));
            helper.SetStation("ListenInterval", UintegerValue(2));
            helper.SetStation("ReceiveDtims", BooleanValue(false));
        };
        WifiBss bss(setting);
        bss.PowerSaveAt(3.001, 0, true);
        bss.SendGroup(4, 12, MilliSeconds(20));
        bss.RunUntil(16);
        NS_TEST_EXPECT_MSG_LT(bss.logs[0].CountSent(4, 12), bss.sent, "the sleeper");
        NS_TEST_EXPECT_MSG_EQ(bss.logs[1].CountSent(4, 12), bss.sent, "the other one");
    }
};

// 11.2.3: the last station that wakes lets buffered frames go, or leaves them to the DTIM as Linux does.
class LastWakeCase : public TestCase
{
  public:
    explicit LastWakeCase(bool flush)
        : TestCase(flush ? "the last wake-up flushes" : "after the last wake-up frames wait for the DTIM"),
          m_flush(flush)
    {
    }

  private:
    void DoRun() override
    {
        auto setting = With("g", 10, 1);
        const bool flush = m_flush;
        setting.configure = [flush](DtimHelper& helper) {
            helper.SetAp("DtimPeriod", UintegerValue(10));
            helper.SetAp("LastWake", StringValue(flush ? "Flush" : "WaitForDtim"));
        };
        WifiBss bss(setting);
        bss.PowerSaveAt(3.0, 0, true);
        // DTIMs are due at multiples of 1.024 s.
        bss.SendGroup(4.2, 4.4, MilliSeconds(20));
        bss.PowerSaveAt(4.45, 0, false);
        bss.SendGroup(4.6, 4.7, MilliSeconds(20));
        bss.RunUntil(6);
        const auto early = [&bss](double until) {
            return std::count_if(bss.logs[0].arrivals.begin(), bss.logs[0].arrivals.end(),
                                 [until](const auto& one) { return one.received < Seconds(until); });
        };
        NS_TEST_EXPECT_MSG_EQ(bss.logs[0].arrivals.size(), 15, "all came");
        NS_TEST_EXPECT_MSG_EQ(early(4.55), m_flush ? 10 : 0, "after the wake-up");
        NS_TEST_EXPECT_MSG_EQ(early(5.12), m_flush ? 15 : 0, "new ones");
    }

    bool m_flush;
};

// A full buffer drops what the attribute says, and says so.
class BufferCase : public TestCase
{
  public:
    explicit BufferCase(bool oldest)
        : TestCase(std::string("a full buffer drops the ") + (oldest ? "oldest" : "newest")),
          m_oldest(oldest)
    {
    }

  private:
    void OnDrop(Ptr<const Packet>, Mac48Address, const std::string& reason)
    {
        ++m_drops[reason];
    }

    void DoRun() override
    {
        auto setting = With("g", 10, 1);
        const bool oldest = m_oldest;
        setting.configure = [oldest](DtimHelper& helper) {
            helper.SetAp("DtimPeriod", UintegerValue(10));
            helper.SetAp("BufferFrames", UintegerValue(20));
            helper.SetAp("DropSide", StringValue(oldest ? "Oldest" : "Newest"));
        };
        WifiBss bss(setting);
        bss.Ap()->TraceConnectWithoutContext("Dropped", MakeCallback(&BufferCase::OnDrop, this));
        bss.PowerSaveAt(3.0, 0, true);
        bss.SendGroup(4.2, 4.7, MilliSeconds(10));
        bss.RunUntil(6);
        NS_TEST_ASSERT_MSG_EQ(bss.logs[0].arrivals.size(), 20, "as many as the buffer holds");
        NS_TEST_EXPECT_MSG_EQ(bss.logs[0].arrivals.front().number, m_oldest ? 30 : 0, "the first one");
        NS_TEST_EXPECT_MSG_EQ(m_drops["buffer-full"], 30, "the others were dropped");
        NS_TEST_EXPECT_MSG_EQ(m_drops.size(), 1, "for no other reason");
    }

    bool m_oldest;
    std::map<std::string, uint32_t> m_drops;
};

// Unicast frames wait for a sleeping station until it fetches them (11.2.3.7), group frames before them.
class FetchCase : public TestCase
{
  public:
    FetchCase(std::string standard, std::string fetch)
        : TestCase("unicast to a sleeping station, 802.11" + standard + ", " + fetch),
          m_standard(std::move(standard)),
          m_fetch(std::move(fetch))
    {
    }

  private:
    void DoRun() override
    {
        auto setting = With(m_standard, 3);
        const auto fetch = m_fetch;
        setting.configure = [fetch](DtimHelper& helper) {
            helper.SetAp("DtimPeriod", UintegerValue(3));
            helper.SetStation("Fetch", StringValue(fetch));
            helper.SetStation("ActiveTime", TimeValue(MilliSeconds(30)));
        };
        WifiBss bss(setting);
        bss.PowerSaveAt(3.0, 0, true);
        bss.SendUnicast(0, 4.003, 8, MilliSeconds(170));
        bss.RunUntil(10);
        const auto& log = bss.logs[0];
        NS_TEST_ASSERT_MSG_EQ(log.CountSent(4, 8), 24, "all came");
        NS_TEST_EXPECT_MSG_EQ(log.arrivals.size(), 24, "each once");
        NS_TEST_EXPECT_MSG_EQ(log.Disorder(), 0, "in order");
        NS_TEST_EXPECT_MSG_GT(log.MeanDelay(4, 8), 0.02, "they waited");
        for (const auto& one : log.arrivals)
        {
            NS_TEST_EXPECT_MSG_LT(one.received - one.sent, MilliSeconds(120), "until the next beacon");
        }
        NS_TEST_EXPECT_MSG_GT(bss.Station(0)->GetDozeTime(), Seconds(3), "it slept in between");
    }

    std::string m_standard;
    std::string m_fetch;
};

// A sleeping station of a BSS with little traffic takes less than a third of the energy of one that is awake.
class EnergyCase : public TestCase
{
  public:
    EnergyCase()
        : TestCase("energy at DTIM period 3 and light load")
    {
    }

  private:
    void DoRun() override
    {
        auto setting = With("g", 3);
        setting.groupMode = "DsssRate1Mbps";
        WifiBss bss(setting);
        BasicEnergySourceHelper sources;
        sources.Set("BasicEnergySourceInitialEnergyJ", DoubleValue(1000));
        const auto models = WifiRadioEnergyModelHelper().Install(bss.stationDevices, sources.Install(bss.stationNodes));
        bss.PowerSaveAt(3.0, 0, true);
        bss.SendGroup(4, 13, MilliSeconds(20));
        bss.RunUntil(4);
        std::vector<double> before;
        for (uint32_t i = 0; i < 2; ++i)
        {
            before.push_back(models.Get(i)->GetTotalEnergyConsumption());
        }
        bss.RunUntil(13);
        const double asleep = models.Get(0)->GetTotalEnergyConsumption() - before[0];
        const double awake = models.Get(1)->GetTotalEnergyConsumption() - before[1];
        NS_TEST_EXPECT_MSG_EQ_TOL(awake, 9 * 3.0 * 0.28, 0.4, "nine seconds idle or receiving");
        NS_TEST_EXPECT_MSG_LT(asleep, awake / 3, "the sleeper");
        NS_TEST_EXPECT_MSG_GT(asleep, awake / 20, "which yet receives");
    }
};

// A saturated access point sends as many group frames a second as DIFS, mean backoff and PPDU allow.
class SaturationCase : public TestCase
{
  public:
    SaturationCase()
        : TestCase("saturated group frames, 802.11a at 6 Mbps, 200 octets")
    {
    }

  private:
    void DoRun() override
    {
        auto setting = With("a", 1, 1);
        setting.groupMode = "OfdmRate6Mbps";
        WifiBss bss(setting);
        bss.SendGroup(2, 12, MicroSeconds(400));
        bss.RunUntil(12);
        const auto received = bss.logs[0].arrivals.size();
        // Beacons take their share.
        const auto phy = wifi::PhyTiming::Of11a();
        const double beacons = 10 / 0.1024 * InSeconds(wifi::PpduDuration(phy, 12, 80) + phy.Difs());
        const double expected = wifi::SaturatedGroupRate(phy, 12, 200) * (10 - beacons);
        NS_TEST_EXPECT_MSG_EQ_TOL(static_cast<double>(received), expected, expected * 0.01, "frames in 10 s");
    }
};

class DtimTestSuite : public TestSuite
{
  public:
    DtimTestSuite()
        : TestSuite("multicast-dtim")
    {
        for (const uint32_t period : {1, 2, 3, 5, 10})
        {
            Add(new DelayCase(period, "DsssRate1Mbps", 2, 20));
            Add(new DelayCase(period, "DsssRate11Mbps", 22, 5));
        }
        for (const std::string standard : {"a", "b", "g", "n", "ac", "ax"})
        {
            Add(new NoLossCase("802.11" + standard + ": sleepers and others", With(standard, 3, 3), MilliSeconds(20), {0, 1}));
        }
        auto slow = With("g", 10);
        slow.groupMode = "DsssRate1Mbps";
        Add(new NoLossCase("a burst that outruns the beacon interval", slow, MilliSeconds(10), {0}));
        auto qos = With("n", 10);
        qos.configure = [](DtimHelper& helper) {
            helper.SetAp("DtimPeriod", UintegerValue(10));
            helper.SetAp("GroupQos", StringValue("QosIfAllCapable"));
        };
        Add(new NoLossCase("QoS group frames that wait longer than ns-3's queues keep frames", qos, MilliSeconds(20), {0}));
        auto listen = With("g", 3);
        listen.configure = [](DtimHelper& helper) {
            helper.SetAp("DtimPeriod", UintegerValue(3));
            helper.SetStation("ListenInterval", UintegerValue(2));
        };
        Add(new NoLossCase("a listen interval that misses DTIMs, with ReceiveDtims", listen, MilliSeconds(20), {0}));
        Add(new DeafToDtimsCase());
        Add(new LastWakeCase(true));
        Add(new LastWakeCase(false));
        Add(new BufferCase(true));
        Add(new BufferCase(false));
        for (const std::string standard : {"g", "n"})
        {
            Add(new FetchCase(standard, "PsPoll"));
            Add(new FetchCase(standard, "WakeUp"));
        }
        for (const std::string standard : {"n", "ac", "ax"})
        {
            Add(new FetchCase(standard, "ServicePeriod"));
        }
        Add(new EnergyCase());
        Add(new SaturationCase());
        for (auto* testCase : MakeWifiPeerCases())
        {
            Add(testCase);
        }
    }

  private:
    void Add(TestCase* testCase)
    {
        AddTestCase(testCase);
    }
};

const DtimTestSuite g_dtimTestSuite;

} // namespace
