// SPDX-License-Identifier: GPL-2.0-only

#include "chaos-settings.h"

#include <algorithm>
#include <sstream>

namespace mcast::chaos
{

namespace
{

using std::chrono::milliseconds;
using std::chrono::seconds;

} // namespace

Times::Times(bool shorter)
{
    if (!shorter)
    {
        return;
    }
    interface.helloPeriod = seconds{8};
    interface.triggeredHelloDelay = seconds{1};
    router.joinPrunePeriod = seconds{12};
    router.keepalivePeriod = seconds{42};
    router.registerSuppressionTime = seconds{12};
    router.registerProbeTime = seconds{2};
    router.assertTime = seconds{36};
    router.assertOverrideInterval = seconds{3};
    router.bootstrapPeriod = seconds{12};
    router.bootstrapMinInterval = seconds{3};
    router.candidateRpPeriod = seconds{12};
    router.pruneLimit = seconds{42};
    router.graftRetryPeriod = seconds{1};
    router.sourceLifetime = seconds{42};
    router.stateRefreshInterval = seconds{12};
    router.stateRefreshLimit = seconds{6};
    membership.queryInterval = seconds{20};
    membership.queryResponseInterval = seconds{2};
}

Duration
Times::GroupMembershipInterval() const
{
    return membership.robustness * membership.queryInterval + membership.queryResponseInterval;
}

// The RP keeps a source that it has stopped for longer (RFC 7761 4.4.2, RP_Keepalive_Period).
Duration
Times::LongestState() const
{
    const Duration atRp = 3 * router.registerSuppressionTime + router.registerProbeTime;
    const Duration joins = seconds{router.JoinPruneHoldtimeToTell()};
    return 2 * std::max(router.keepalivePeriod, atRp) + joins + router.assertTime;
}

Duration
Times::RpSetRecovery() const
{
    return router.BootstrapTimeout() + 3 * router.candidateRpPeriod + 2 * router.bootstrapPeriod;
}

const char*
ToString(Mode mode)
{
    return mode == Mode::Sparse ? "sparse" : "dense";
}

Settings::Settings(std::uint64_t itsSeed, Mode itsMode)
    : seed(itsSeed),
      mode(itsMode),
      times(false)
{
    Dice dice(seed * 0x9e3779b97f4a7c15ULL + 1 + static_cast<std::uint64_t>(mode));
    family = dice.OneIn(2) ? Family::Ipv6 : Family::Ipv4;
    // Small networks are where most seeds go: what is wrong shows there, too, and can be understood.
    routers = 5 + dice.Below(46) * dice.Below(46) * dice.Below(46) / (45 * 45);
    extraLinks = 1 + dice.Below(routers / 2 + 1);
    hostLinks = dice.Between(2, 6);
    groups = dice.Between(1, 3);
    ssmGroups = dice.Below(3);
    flows = dice.Between(2, 6);
    actions = dice.Between(15, 50);
    loss = dice.OneIn(3) ? 0 : 0.01 * dice.Below(30);
    jitter = dice.OneIn(3) ? milliseconds{1} : milliseconds{dice.Between(5, 300)};
    const auto kind = dice.Below(3);
    rpBy = kind == 0 ? RpBy::Bootstrap : kind == 1 && family == Family::Ipv6 ? RpBy::Embedded : RpBy::Static;
    rps = dice.Between(1, 3);
    switchover = static_cast<Switchover>(dice.Below(3));
    shortTimes = !dice.OneIn(4);
    equalCosts = dice.OneIn(2);
    sendInQuiet = !dice.OneIn(3);
    times = Times(shortTimes);
    if (mode == Mode::Dense)
    {
        MakeDense(dice);
    }
}

void
Settings::MakeDense(Dice& dice)
{
    refreshing = static_cast<Refreshing>(dice.Below(3));
    denseGroups = groups;
    if (dice.OneIn(4))
    {
        groups += dice.Between(1, 2); // sparse ones
        listed = true;
        return;
    }
    ssmGroups = 0;
    rpBy = RpBy::Static;
    rps = 0;
    listed = dice.OneIn(2);
}

std::string
Settings::Describe() const
{
    static const char* const rpNames[] = {"static RPs", "RPs by BSR", "embedded RPs"};
    static const char* const switchoverNames[] = {"immediate", "no", "mixed"};
    std::ostringstream text;
    text << (family == Family::Ipv4 ? "IPv4" : "IPv6") << ", " << routers << " routers, ";
    if (denseGroups > 0)
    {
        static const char* const refreshingNames[] = {"", "no ", "some "};
        text << denseGroups << " dense groups" << (listed ? " (listed)" : "") << ", "
             << refreshingNames[static_cast<int>(refreshing)] << "State Refresh, ";
    }
    if (groups + ssmGroups > denseGroups)
    {
        text << groups - denseGroups << " sparse groups, " << ssmGroups << " source-specific groups, "
             << rpNames[static_cast<int>(rpBy)] << ", " << switchoverNames[static_cast<int>(switchover)]
             << " switchover, ";
    }
    text << flows << " flows, " << (shortTimes ? "short" : "default") << " times, loss " << loss << ", jitter "
         << std::chrono::duration_cast<milliseconds>(jitter).count() << " ms"
         << (equalCosts ? ", equal costs" : "") << (sendInQuiet ? "" : ", silent sources");
    return text.str();
}

} // namespace mcast::chaos
