// SPDX-License-Identifier: GPL-2.0-only
// Unicast frames that wait for sleeping stations: service periods (U-APSD), PS-Polls, limits. Clauses are those of IEEE
// 802.11-2020.

#include "../model/multicast-wifi-tag.h"
#include "multicast-wifi-network.h"

#include "ns3/basic-energy-source-helper.h"
#include "ns3/boolean.h"
#include "ns3/device-energy-model-container.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-net-device.h"
#include "ns3/wifi-phy.h"
#include "ns3/wifi-psdu.h"
#include "ns3/wifi-radio-energy-model-helper.h"

#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace ns3;

namespace
{

// One frame of a station's service periods, and of its triggers.
struct Frame
{
    Time at;
    bool trigger = false;
    bool null = false; // a QoS Null of the access point
    bool ends = false;
    bool moreData = false;
    std::size_t mpdus = 1;
};

class ServiceLog
{
  public:
    ServiceLog(Ptr<NetDevice> ap, Ptr<NetDevice> station)
        : m_station(Mac48Address::ConvertFrom(station->GetAddress()))
    {
        for (const auto& device : {ap, station})
        {
            DynamicCast<WifiNetDevice>(device)->GetPhy()->TraceConnectWithoutContext("PhyTxPsduBegin",
                                                                                     MakeCallback(&ServiceLog::OnTx, this));
        }
    }

    std::vector<Frame> frames;

  private:
    void OnTx(WifiConstPsduMap psdus, WifiTxVector, double)
    {
        const auto& psdu = psdus.begin()->second;
        const auto& header = psdu->GetHeader(psdu->GetNMpdus() - 1);
        WifiStandInTag tag;
        psdu->GetPayload(psdu->GetNMpdus() - 1)->PeekPacketTag(tag);
        Frame frame;
        frame.at = Simulator::Now();
        frame.moreData = header.IsMoreData();
        frame.mpdus = psdu->GetNMpdus();
        frame.null = tag.kind == WifiStandInTag::QOS_NULL;
        if (header.IsData() && header.GetAddr2() == m_station && frame.null)
        {
            frame.trigger = true;
            frames.push_back(frame);
        }
        else if (header.IsData() && header.GetAddr1() == m_station && (header.HasData() || frame.null))
        {
            frame.ends = tag.endOfServicePeriod || (header.IsQosData() && header.IsQosEosp());
            frames.push_back(frame);
        }
    }

    Mac48Address m_station;
};

WifiBss::Setting
Uapsd(const std::string& standard, uint32_t limit, const std::string& fetch = "ServicePeriod")
{
    WifiBss::Setting setting;
    setting.standard = standard;
    setting.stations = 2;
    setting.configure = [limit, fetch](DtimHelper& helper) {
        helper.SetAp("DtimPeriod", UintegerValue(3));
        helper.SetStation("Fetch", StringValue(fetch));
        helper.SetStation("MaxServicePeriod", UintegerValue(limit));
    };
    return setting;
}

// 11.2.3.5.4: a trigger, at most so many frames, the last one with EOSP; More Data as long as frames wait; and again.
class ServicePeriodCase : public TestCase
{
  public:
    ServicePeriodCase(std::string standard, uint32_t limit)
        : TestCase("service periods of " + std::to_string(limit) + " frames, 802.11" + standard),
          m_standard(std::move(standard)),
          m_limit(limit)
    {
    }

  private:
    void DoRun() override
    {
        WifiBss bss(Uapsd(m_standard, m_limit));
        bss.PowerSaveAt(3, 0, true);
        // A stream to the other one, so that a Block Ack agreement and A-MPDUs are the usual thing.
        bss.SendUnicast(1, 2, 8, MilliSeconds(3));
        for (uint32_t burst = 0; burst < 8; ++burst)
        {
            for (uint32_t i = 0; i < 7; ++i)
            {
                bss.SendAt(Seconds(4 + 0.41 * burst), 100 * burst + i, 300, bss.AddressOf(0));
            }
        }
        const ServiceLog log(bss.apDevice.Get(0), bss.stationDevices.Get(0));
        bss.RunUntil(9);
        NS_TEST_EXPECT_MSG_EQ(bss.logs[0].arrivals.size(), 56, "all frames came, each once");
        NS_TEST_EXPECT_MSG_EQ(bss.logs[0].Disorder(), 0, "in order");
        for (const auto& one : bss.logs[0].arrivals)
        {
            NS_TEST_EXPECT_MSG_LT(one.received - one.sent, MilliSeconds(130), "after the next beacon");
        }
        CheckPeriods(log.frames);
        NS_TEST_EXPECT_MSG_GT(bss.Station(0)->GetDozeTime(), Seconds(4), "it slept in between");
    }

    void CheckPeriods(const std::vector<Frame>& frames)
    {
        uint32_t periods = 0;
        uint32_t inPeriod = 0;
        bool open = false;
        bool waits = false;
        for (const auto& one : frames)
        {
            if (one.at < Seconds(3.5))
            {
                continue; // before it slept
            }
            NS_TEST_EXPECT_MSG_EQ(one.mpdus, 1, "one frame at a time");
            if (one.trigger)
            {
                open = true;
                inPeriod = 0;
                continue;
            }
            NS_TEST_EXPECT_MSG_EQ(open, true, "a frame at " << one.at.As(Time::MS) << " is in a service period");
            inPeriod += one.null ? 0 : 1;
            NS_TEST_EXPECT_MSG_EQ((m_limit == 0 || inPeriod <= m_limit), true, "no more than it wants");
            waits = one.moreData;
            open = !one.ends;
            periods += one.ends ? 1 : 0;
        }
        const uint32_t perBurst = m_limit == 0 ? 1 : (7 + m_limit - 1) / m_limit;
        NS_TEST_EXPECT_MSG_EQ(periods, 8 * perBurst, "service periods");
        NS_TEST_EXPECT_MSG_EQ((open || waits), false, "the last one is over, and nothing waits");
    }

    std::string m_standard;
    uint32_t m_limit;
};

// A QoS frame of a sleeping station's own is a trigger, too: with nothing waiting a QoS Null ends the service period.
class EmptyPeriodCase : public TestCase
{
  public:
    EmptyPeriodCase()
        : TestCase("a frame of the station's own opens a service period in which nothing waits")
    {
    }

  private:
    void DoRun() override
    {
        WifiBss bss(Uapsd("n", 0));
        bss.PowerSaveAt(3, 0, true);
        const ServiceLog log(bss.apDevice.Get(0), bss.stationDevices.Get(0));
        for (uint32_t i = 0; i < 10; ++i)
        {
            Simulator::Schedule(Seconds(4 + 0.25 * i), &EmptyPeriodCase::Say, bss.stationDevices.Get(0),
                                bss.apDevice.Get(0)->GetAddress());
        }
        bss.RunUntil(7);
        uint32_t ends = 0;
        for (const auto& one : log.frames)
        {
            ends += one.null && one.ends && one.at > Seconds(3.9) ? 1 : 0;
        }
        NS_TEST_EXPECT_MSG_EQ(ends, 10, "a QoS Null with EOSP for each");
        NS_TEST_EXPECT_MSG_GT(bss.Station(0)->GetDozeTime(), Seconds(2.5), "it slept in between");
    }

    static void Say(Ptr<NetDevice> device, Address to)
    {
        device->Send(Create<Packet>(100), to, 0x88b5);
    }
};

// Group frames are none of U-APSD's business: a sleeper gets them at DTIMs, and its own before or after.
class GroupBesideCase : public TestCase
{
  public:
    GroupBesideCase()
        : TestCase("group frames beside service periods")
    {
    }

  private:
    void DoRun() override
    {
        WifiBss bss(Uapsd("n", 4));
        bss.PowerSaveAt(3, 0, true);
        bss.SendGroup(4, 8, MilliSeconds(10));
        bss.SendUnicast(0, 4.003, 8, MilliSeconds(17));
        bss.RunUntil(10);
        std::size_t own = 0;
        for (const auto& one : bss.logs[0].arrivals)
        {
            own += one.number >= 1000000 ? 1 : 0;
        }
        NS_TEST_EXPECT_MSG_EQ(own, 236, "its own frames, each once");
        NS_TEST_EXPECT_MSG_EQ(bss.logs[0].CountSent(4, 8), bss.sent + 236, "and all group frames");
        NS_TEST_EXPECT_MSG_EQ(bss.logs[1].CountSent(4, 8), bss.sent, "which the other one has, too");
    }
};

// 11.2.3.6: a PS-Poll brings one frame, whatever would fit into an A-MPDU.
class OneByOneCase : public TestCase
{
  public:
    OneByOneCase()
        : TestCase("a PS-Poll brings one frame, 802.11n")
    {
    }

  private:
    void DoRun() override
    {
        WifiBss bss(Uapsd("n", 0, "PsPoll"));
        bss.PowerSaveAt(3, 0, true);
        bss.SendUnicast(0, 2, 2.9, MilliSeconds(1)); // an agreement for A-MPDUs there is
        for (uint32_t i = 0; i < 20; ++i)
        {
            bss.SendAt(Seconds(4.05), i, 300, bss.AddressOf(0));
        }
        const ServiceLog log(bss.apDevice.Get(0), bss.stationDevices.Get(0));
        bss.RunUntil(5);
        std::size_t frames = 0;
        for (const auto& one : log.frames)
        {
            if (one.at > Seconds(4))
            {
                frames += one.mpdus;
                NS_TEST_EXPECT_MSG_EQ(one.mpdus, 1, "one at a time");
                NS_TEST_EXPECT_MSG_EQ(one.moreData, (frames < 20), "More Data in all but the last");
            }
        }
        NS_TEST_EXPECT_MSG_EQ(frames, 20, "frames");
        NS_TEST_EXPECT_MSG_EQ(bss.logs[0].CountSent(4, 5), 20, "all came");
    }
};

// What may wait for a sleeper has limits, in number and in time.
class LimitCase : public TestCase
{
  public:
    explicit LimitCase(bool lifetime)
        : TestCase(lifetime ? "frames that wait too long for a sleeper" : "more frames than may wait for a sleeper"),
          m_lifetime(lifetime)
    {
    }

  private:
    void OnDrop(Ptr<const Packet>, Mac48Address, const std::string& reason)
    {
        m_drops += reason == (m_lifetime ? "lifetime" : "buffer-full") ? 1 : 100;
    }

    void DoRun() override
    {
        auto setting = Uapsd("n", 0, "PsPoll");
        const bool lifetime = m_lifetime;
        setting.configure = [lifetime](DtimHelper& helper) {
            helper.SetAp("UnicastBufferFrames", UintegerValue(lifetime ? 64 : 6));
            helper.SetAp("UnicastLifetime", TimeValue(lifetime ? MilliSeconds(500) : Seconds(10)));
            helper.SetStation("ListenInterval", UintegerValue(20));
            helper.SetStation("ReceiveDtims", BooleanValue(false));
        };
        WifiBss bss(setting);
        bss.PowerSaveAt(3, 0, true);
        bss.Ap()->TraceConnectWithoutContext("Dropped", MakeCallback(&LimitCase::OnDrop, this));
        // A listen interval is 2.048 s: it wakes once between 5 s and 7.2 s.
        for (uint32_t i = 0; i < 10; ++i)
        {
            bss.SendAt(Seconds(5 + 0.2 * i), i, 300, bss.AddressOf(0));
        }
        bss.RunUntil(10);
        const auto came = bss.logs[0].arrivals.size();
        NS_TEST_EXPECT_MSG_EQ(came + m_drops, 10, "each came, or was dropped for that reason");
        NS_TEST_EXPECT_MSG_GT(came, 2, "some came");
        NS_TEST_EXPECT_MSG_GT(m_drops, 0, "and some did not");
    }

    bool m_lifetime;
    uint32_t m_drops = 0;
};

// Bursts for a sleeper take less of its energy by a service period than by a PS-Poll for each frame.
class UapsdEnergyCase : public TestCase
{
  public:
    UapsdEnergyCase()
        : TestCase("energy beside PS-Poll")
    {
    }

  private:
    static double Consumed(const std::string& fetch, bool sleeps)
    {
        auto setting = Uapsd("n", 0, fetch);
        WifiBss bss(setting);
        BasicEnergySourceHelper sources;
        sources.Set("BasicEnergySourceInitialEnergyJ", DoubleValue(1000));
        const auto models = WifiRadioEnergyModelHelper().Install(bss.stationDevices, sources.Install(bss.stationNodes));
        bss.PowerSaveAt(3, 0, sleeps);
        for (uint32_t i = 0; i < 400; ++i)
        {
            bss.SendAt(Seconds(4 + 0.2 * (i / 20)) + MicroSeconds(i), i, 1000, bss.AddressOf(0)); // twenty at once
        }
        bss.RunUntil(4);
        const double before = models.Get(0)->GetTotalEnergyConsumption();
        bss.RunUntil(9);
        return bss.logs[0].arrivals.size() == 400 ? models.Get(0)->GetTotalEnergyConsumption() - before : 0;
    }

    void DoRun() override
    {
        const double polls = Consumed("PsPoll", true);
        const double periods = Consumed("ServicePeriod", true);
        const double awake = Consumed("PsPoll", false);
        NS_TEST_EXPECT_MSG_GT(periods, 0, "all frames came");
        NS_TEST_EXPECT_MSG_LT(periods, polls, "less than with PS-Polls");
        NS_TEST_EXPECT_MSG_LT(polls, awake / 2, "and that is less than half of what it takes awake");
    }
};

// Without QoS there is no U-APSD: the simulation ends with a reason.
class RefusalCase : public TestCase
{
  public:
    RefusalCase()
        : TestCase("a BSS without QoS refuses U-APSD")
    {
    }

  private:
    void DoRun() override
    {
        int ends[2];
        NS_TEST_ASSERT_MSG_EQ(pipe(ends), 0, "a pipe");
        const auto child = fork();
        if (child == 0)
        {
            dup2(ends[1], STDERR_FILENO);
            WifiBss bss(Uapsd("g", 0));
            bss.RunUntil(3);
            _exit(0);
        }
        close(ends[1]);
        std::string said;
        char buffer[256];
        for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
        {
            said.append(buffer, static_cast<std::size_t>(n));
        }
        close(ends[0]);
        int status = 0;
        waitpid(child, &status, 0);
        NS_TEST_EXPECT_MSG_EQ((WIFEXITED(status) && WEXITSTATUS(status) == 0), false, "it does not run");
        NS_TEST_EXPECT_MSG_EQ((said.find("Fetch ServicePeriod needs") != std::string::npos), true, "and says why: " << said);
    }
};

class WifiUapsdTestSuite : public TestSuite
{
  public:
    WifiUapsdTestSuite()
        : TestSuite("multicast-wifi-uapsd")
    {
        for (const uint32_t limit : {0, 2, 4})
        {
            Add(new ServicePeriodCase("n", limit));
        }
        Add(new ServicePeriodCase("ac", 2));
        Add(new ServicePeriodCase("ax", 6));
        Add(new EmptyPeriodCase);
        Add(new GroupBesideCase);
        Add(new OneByOneCase);
        Add(new LimitCase(false));
        Add(new LimitCase(true));
        Add(new UapsdEnergyCase);
        Add(new RefusalCase);
    }

  private:
    void Add(TestCase* testCase)
    {
        AddTestCase(testCase);
    }
};

const WifiUapsdTestSuite g_wifiUapsdTestSuite;

} // namespace
