// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/config.h"

#include "support.h"

namespace mcast::wifi
{
namespace
{

using namespace test;

std::string
FieldOf(const DtimConfig& config)
{
    const auto checked = config.Validate();
    return checked ? "" : checked.Error().field;
}

TEST(DtimConfig, DefaultsAndLinuxAreValid)
{
    EXPECT_EQ(FieldOf({}), "");
    EXPECT_EQ(FieldOf(LinuxDtimConfig()), "");
    EXPECT_EQ(LinuxDtimConfig().maxFrames, 128U);
}

TEST(DtimConfig, NamesWhatIsWrong)
{
    const auto with = [](auto change) {
        DtimConfig config;
        change(config);
        return FieldOf(config);
    };
    EXPECT_EQ(with([](DtimConfig& c) { c.beaconInterval = 0; }), "beaconInterval");
    EXPECT_EQ(with([](DtimConfig& c) { c.beaconInterval = 65536; }), "beaconInterval");
    EXPECT_EQ(with([](DtimConfig& c) { c.dtimPeriod = 0; }), "dtimPeriod");
    EXPECT_EQ(with([](DtimConfig& c) { c.dtimPeriod = 256; }), "dtimPeriod");
    EXPECT_EQ(with([](DtimConfig& c) { c.maxFrames = 0; }), "maxFrames");
    EXPECT_EQ(with([](DtimConfig& c) { c.maxOctets = 0; }), "maxOctets");
    EXPECT_EQ(with([](DtimConfig& c) { c.lifetime = milliseconds{-1}; }), "lifetime");
}

TEST(DtimConfig, IntervalsAreTimeUnits)
{
    DtimConfig config;
    config.dtimPeriod = 3;
    EXPECT_EQ(config.BeaconInterval(), microseconds{102400});
    EXPECT_EQ(config.DtimInterval(), microseconds{307200});
}

} // namespace
} // namespace mcast::wifi
