// SPDX-License-Identifier: GPL-2.0-only

#include "airtime.h"

#include <algorithm>
#include <cmath>

namespace mcast::wifi
{

using std::chrono::microseconds;

PhyTiming
PhyTiming::Of11a()
{
    return {};
}

PhyTiming
PhyTiming::Of11b()
{
    PhyTiming phy;
    phy.modulation = Modulation::Dsss;
    phy.slot = microseconds{20};
    phy.sifs = microseconds{10};
    phy.preamble = microseconds{192};
    phy.cwMin = 31;
    return phy;
}

PhyTiming
PhyTiming::Of11g()
{
    PhyTiming phy;
    phy.sifs = microseconds{10};
    phy.signalExtension = microseconds{6};
    return phy;
}

PhyTiming
PhyTiming::OfErp()
{
    auto phy = Of11g();
    phy.modulation = Modulation::Erp;
    return phy;
}

Duration
PpduDuration(const PhyTiming& phy, Rate rate, std::uint32_t octets)
{
    const bool dsssRate = rate == 2 || rate == 4 || rate == 11 || rate == 22;
    if (phy.modulation == Modulation::Dsss || (phy.modulation == Modulation::Erp && dsssRate))
    {
        const auto preamble = phy.modulation == Modulation::Dsss ? phy.preamble : phy.dsssPreamble;
        const std::uint64_t nanoseconds = (std::uint64_t{octets} * 8 * 2000 + rate - 1) / rate; // a bit of 2 / rate us
        return preamble + std::chrono::ceil<microseconds>(Duration{nanoseconds});
    }
    const std::uint32_t bitsPerSymbol = rate * 2;   // 4 us of rate / 2 Mb/s
    const std::uint32_t bits = 16 + octets * 8 + 6; // SERVICE, PSDU, tail (17.3.5)
    const auto symbols = (bits + bitsPerSymbol - 1) / bitsPerSymbol;
    return phy.preamble + microseconds{4} * symbols + phy.signalExtension;
}

Duration
GroupExchange(const PhyTiming& phy, Rate rate, std::uint32_t msdu)
{
    return phy.Difs() + phy.slot * phy.cwMin / 2 + PpduDuration(phy, rate, msdu + DATA_OVERHEAD);
}

Duration
UnicastExchange(const PhyTiming& phy, Rate rate, Rate ackRate, std::uint32_t msdu)
{
    return GroupExchange(phy, rate, msdu) + phy.sifs + PpduDuration(phy, ackRate, ACK_OCTETS);
}

double
MeanTries(double p, unsigned tries)
{
    return p >= 1 ? tries : (1 - std::pow(p, tries)) / (1 - p);
}

Duration
MeanBufferedDelay(Duration dtimInterval, Duration window)
{
    const auto closed = std::chrono::duration<double, std::nano>(dtimInterval - std::min(window, dtimInterval));
    return Duration{std::llround(closed.count() * closed.count() / 2 / static_cast<double>(dtimInterval.count()))};
}

Duration
BurstWindow(Duration dtimInterval, Duration service, Duration spacing)
{
    if (service >= spacing)
    {
        return dtimInterval; // the burst never ends
    }
    const auto load = static_cast<double>(service.count()) / static_cast<double>(spacing.count());
    return Duration{std::llround(static_cast<double>(dtimInterval.count()) * load)};
}

Duration
MeanBurstQueueing(Duration dtimInterval, Duration service, Duration spacing)
{
    // A frame that came before the Beacon waits behind those before it, evenly from none to all of the D - W; one that comes
    // y into the window sees what is left, evenly from all to none. Both: half of what D - W holds.
    const auto window = BurstWindow(dtimInterval, service, spacing);
    const auto load = static_cast<double>(service.count()) / static_cast<double>(spacing.count());
    return Duration{std::llround(static_cast<double>((dtimInterval - window).count()) * load / 2)};
}

double
SaturatedGroupRate(const PhyTiming& phy, Rate rate, std::uint32_t msdu)
{
    return 1e9 / static_cast<double>(GroupExchange(phy, rate, msdu).count());
}

double
UnsolicitedRetryLoss(double p, unsigned retries)
{
    return std::pow(p, retries + 1);
}

double
SaturatedBroadcastTau(unsigned cwMin)
{
    return 2.0 / (cwMin + 2.0); // W0 = cwMin + 1
}

std::size_t
UnicastCrossover(Duration groupExchange, Duration unicastExchange)
{
    return static_cast<std::size_t>(groupExchange / unicastExchange) + 1;
}

} // namespace mcast::wifi
