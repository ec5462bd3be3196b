// SPDX-License-Identifier: GPL-2.0-only
// Every kind of BSS with every delivery method: 802.11a, b, g, n, ac, ax, with QoS, without and mixed; stations that sleep, that
// don't, and that have no DtimStation; frames of the access point and of stations, to the group and to one station.

#include "multicast-wifi-network.h"

#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

enum class Qos
{
    NONE,
    MIXED,
    ALL
};

const char*
NameOf(Qos qos)
{
    return qos == Qos::NONE ? "no QoS" : qos == Qos::MIXED ? "QoS mixed" : "QoS";
}

const uint32_t SLEEPER = 0;
const uint32_t SLEEPER_WITHOUT_QOS = 1;
const uint32_t AWAKE = 2;
const uint32_t STOCK = 3; // without DtimStation
const uint32_t STATIONS = 4;

class MatrixCase : public TestCase
{
  public:
    MatrixCase(std::string standard, Qos qos, std::string method)
        : TestCase("802.11" + standard + ", " + NameOf(qos) + ", " + method),
          m_standard(std::move(standard)),
          m_qos(qos),
          m_method(std::move(method))
    {
    }

  private:
    WifiBss::Setting Setting() const
    {
        WifiBss::Setting setting;
        setting.standard = m_standard;
        setting.stations = STATIONS;
        setting.qos = m_qos != Qos::NONE;
        setting.stock = {STOCK};
        if (m_qos == Qos::MIXED)
        {
            setting.withoutQos = {SLEEPER_WITHOUT_QOS};
        }
        setting.configure = [this](DtimHelper& helper) {
            helper.SetAp("DtimPeriod", UintegerValue(2));
            helper.SetAp("Method", StringValue(m_method));
        };
        return setting;
    }

    // Different numbers of a stream that begins at `base`, each at most once if stations filter repetitions.
    std::size_t Received(const StreamLog& log, uint32_t base, bool filters)
    {
        std::vector<uint32_t> numbers;
        for (const auto& one : log.arrivals)
        {
            if (one.number >= base && one.number < base + 1000000)
            {
                numbers.push_back(one.number);
            }
        }
        NS_TEST_EXPECT_MSG_EQ(std::is_sorted(numbers.begin(), numbers.end()), true, "in order");
        const auto different = std::set<uint32_t>(numbers.begin(), numbers.end()).size();
        NS_TEST_EXPECT_MSG_EQ((different == numbers.size() || !filters), true, "each once");
        return different;
    }

    void DoRun() override
    {
        WifiBss bss(Setting());
        bss.PowerSaveAt(3, SLEEPER, true);
        bss.PowerSaveAt(3.1, SLEEPER_WITHOUT_QOS, true);
        bss.SendGroup(4, 6, MilliSeconds(50));                // 40
        bss.SendUnicast(SLEEPER, 4.01, 6, MilliSeconds(100)); // 20
        // In the middle between beacons, when nothing that nobody acknowledges is sent.
        bss.SendGroupFrom(AWAKE, 6.1952, 7.2, MicroSeconds(102400)); // 10
        bss.RunUntil(9);
        for (uint32_t i = 0; i < STATIONS; ++i)
        {
            NS_TEST_EXPECT_MSG_EQ(Received(bss.logs[i], 0, i != STOCK), bss.sent, "station " << i << ", of the access point");
            if (i != AWAKE)
            {
                NS_TEST_EXPECT_MSG_EQ(Received(bss.logs[i], 2000000, i != STOCK), 10, "station " << i << ", of a station");
            }
        }
        NS_TEST_EXPECT_MSG_EQ(Received(bss.logs[SLEEPER], 1000000, true), 20, "to the sleeper alone");
        NS_TEST_EXPECT_MSG_GT(bss.Station(SLEEPER)->GetDozeTime(), Seconds(2), "it slept");
        NS_TEST_EXPECT_MSG_GT(bss.Station(SLEEPER_WITHOUT_QOS)->GetDozeTime(), Seconds(2), "the other one, too");
    }

    std::string m_standard;
    Qos m_qos;
    std::string m_method;
};

class WifiMatrixTestSuite : public TestSuite
{
  public:
    WifiMatrixTestSuite()
        : TestSuite("multicast-wifi-matrix")
    {
        for (const auto method : {"NoAck", "UnicastPayload", "UnicastAmsdu", "Dms", "Fms", "GcrUnsolicitedRetry", "GcrBlockAck",
                                  "LeaderAck"})
        {
            for (const auto standard : {"a", "b", "g"})
            {
                Add(standard, Qos::NONE, method);
                Add(standard, Qos::MIXED, method);
            }
            for (const auto standard : {"g", "n", "ac", "ax"})
            {
                Add(standard, Qos::ALL, method);
            }
        }
    }

  private:
    void Add(const std::string& standard, Qos qos, const std::string& method)
    {
        AddTestCase(new MatrixCase(standard, qos, method));
    }
};

const WifiMatrixTestSuite g_wifiMatrixTestSuite;

} // namespace
