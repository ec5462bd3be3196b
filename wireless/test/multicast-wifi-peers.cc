// SPDX-License-Identifier: GPL-2.0-only

#include "../model/multicast-wifi-api.h"
#include "multicast-wifi-network.h"
#include "multicast-wifi-peers.h"

#if defined(MULTICAST_HAS_WIFI) && NS3_VERSION_MINOR >= 48
#include "ns3/power-save-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-mac-helper.h"
#include "ns3/wifi-phy-state-helper.h"

#include <algorithm>
#include <string>

namespace ns3
{

namespace
{

/// How long a device's PHY sleeps.
class SleepClock
{
  public:
    explicit SleepClock(Ptr<NetDevice> device)
    {
        DynamicCast<WifiNetDevice>(device)->GetPhy()->GetState()->TraceConnectWithoutContext(
            "State", MakeCallback(&SleepClock::OnState, this));
    }

    Time Slept() const
    {
        return m_slept;
    }

  private:
    void OnState(Time, Time duration, WifiPhyState state)
    {
        m_slept += state == WifiPhyState::SLEEP ? duration : Time();
    }

    Time m_slept;
};

void
Sleep(Ptr<NetDevice> device)
{
    DynamicCast<StaWifiMac>(DynamicCast<WifiNetDevice>(device)->GetMac())
        ->GetPowerSaveManager()
        ->SetAttribute("PowerSaveMode", StringValue("0 true"));
}

WifiBss::Setting
Qos()
{
    WifiBss::Setting setting;
    setting.standard = "n";
    setting.stations = 2;
    setting.configure = [](DtimHelper& helper) { helper.SetAp("DtimPeriod", UintegerValue(3)); };
    return setting;
}

// ns-3's own sleeper hears all that DtimAp sends, also after a burst that outlasts the beacon interval.
class StockStationCase : public TestCase
{
  public:
    explicit StockStationCase(uint32_t period)
        : TestCase("ns-3's own sleeping station at DtimAp, DTIM period " + std::to_string(period)),
          m_period(period)
    {
    }

  private:
    void DoRun() override
    {
        auto setting = Qos();
        setting.stock = {0};
        const auto period = m_period;
        setting.configure = [period](DtimHelper& helper) { helper.SetAp("DtimPeriod", UintegerValue(period)); };
        setting.stationMac = [](WifiMacHelper& mac) { mac.SetPowerSaveManager("ns3::DefaultPowerSaveManager"); };
        WifiBss bss(setting);
        const SleepClock clock(bss.stationDevices.Get(0));
        Simulator::Schedule(Seconds(3), &Sleep, bss.stationDevices.Get(0));
        bss.SendGroup(4, 12, MilliSeconds(20));
        bss.SendUnicast(0, 4, 12, MilliSeconds(400));
        bss.RunUntil(16);
        const auto groups = static_cast<std::size_t>(
            std::count_if(bss.logs[0].arrivals.begin(), bss.logs[0].arrivals.end(), [](const auto& one) { return one.number < 1000000; }));
        NS_TEST_EXPECT_MSG_EQ(bss.Ap()->IsSleeping(bss.AddressOf(0)), true, "DtimAp knows that it sleeps");
        NS_TEST_EXPECT_MSG_GT(clock.Slept(), Seconds(4), "it sleeps");
        NS_TEST_EXPECT_MSG_EQ(groups, bss.sent, "it got each group frame once");
        NS_TEST_EXPECT_MSG_EQ(bss.logs[0].arrivals.size() - groups, 20, "and all that was sent to it");
        NS_TEST_EXPECT_MSG_EQ(bss.logs[1].CountSent(4, 12), bss.sent, "the other one");
    }

    uint32_t m_period;
};

// DtimStation sleeps at ns-3's own access point, too.
class StockApCase : public TestCase
{
  public:
    StockApCase()
        : TestCase("DtimStation at ns-3's own access point")
    {
    }

  private:
    void DoRun() override
    {
        auto setting = Qos();
        setting.stockAp = true;
        WifiBss bss(setting);
        DynamicCast<WifiNetDevice>(bss.apDevice.Get(0))->GetMac()->SetAttribute("BeaconDtimPeriod", UintegerValue(3));
        const SleepClock clock(bss.stationDevices.Get(0));
        bss.PowerSaveAt(3, 0, true);
        bss.SendGroup(4, 12, MilliSeconds(20));
        bss.SendUnicast(0, 4, 12, MilliSeconds(400));
        bss.RunUntil(16);
        const auto groups = static_cast<std::size_t>(
            std::count_if(bss.logs[0].arrivals.begin(), bss.logs[0].arrivals.end(), [](const auto& one) { return one.number < 1000000; }));
        NS_TEST_EXPECT_MSG_GT(clock.Slept(), Seconds(4), "it sleeps");
        NS_TEST_EXPECT_MSG_GT(bss.logs[0].MeanDelay(4, 12), 0.1, "its frames waited");
        NS_TEST_EXPECT_MSG_EQ(groups, bss.sent, "it got each group frame once");
        NS_TEST_EXPECT_MSG_EQ(bss.logs[0].arrivals.size() - groups, 20, "and all that was sent to it");
    }
};

} // namespace

std::vector<TestCase*>
MakeWifiPeerCases()
{
    return {new StockStationCase(3), new StockStationCase(10), new StockApCase()};
}

} // namespace ns3

#else

namespace ns3
{

std::vector<TestCase*>
MakeWifiPeerCases()
{
    return {};
}

} // namespace ns3

#endif
