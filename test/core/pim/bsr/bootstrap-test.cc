// SPDX-License-Identifier: GPL-2.0-only
// The Bootstrap Router mechanism of a router that is no candidate: what it takes in and passes on.

#include "bootstrap-fixture.h"

namespace mcast::pim::bootstrap_test
{
namespace
{

class BootstrapTest : public BootstrapFixture
{
};

INSTANTIATE_TEST_SUITE_P(Families, BootstrapTest, ::testing::Values(IPV4, IPV6), FamilyName);

TEST_P(BootstrapTest, AcceptsStoresAndForwards) // BSR-ROUTER-3.1.2-02, BSR-ROUTER-3.4-01
{
    Start();
    EXPECT_EQ(View().state, State::AcceptAny);
    const auto message = Usual(m_names.lesser);
    Hear(message);
    EXPECT_EQ(View().state, State::AcceptPreferred);
    EXPECT_EQ(View().bsr, Ip(m_names.lesser));
    EXPECT_EQ(View().bootstrapTimer, seconds{130});
    EXPECT_EQ(View().hashMaskLength, 20);
    EXPECT_EQ(Rp(m_names.group), Ip(m_names.rp1).ToString());
    EXPECT_EQ(m_setChanges, 1);
    const auto sent = Sent();
    ASSERT_EQ(sent.size(), 2u); // also where it came from
    EXPECT_EQ(sent[0].first, WEST);
    EXPECT_EQ(sent[1].first, EAST);
    for (const auto& [id, copy] : sent)
    {
        EXPECT_EQ(bsr::Fingerprint(copy), bsr::Fingerprint(message));
    }
    EXPECT_EQ(m_lastDestination, AllRouters(m_names.family));
}

TEST_P(BootstrapTest, TellsWhatHappens)
{
    Start();
    Hear(Usual(m_names.lesser));
    const auto events = StateEvents(m_context);
    const std::string family = m_names.family == Family::Ipv4 ? "" : " family=ipv6";
    EXPECT_EQ(events, (Lines{"bootstrap-state-changed if=0" + family + " source=" + m_names.lesser + " state=2",
                             "rp-set-changed if=0" + family}));
}

TEST_P(BootstrapTest, ForwardsOnlyWhereNeighborsAre)
{
    m_router.Configure(m_config);
    Greet(WEST, m_names.westNeighbor);
    Forget();
    Hear(Usual(m_names.lesser));
    EXPECT_EQ(SentTo(), "1");
}

TEST_P(BootstrapTest, LesserBsrIsIgnored) // BSR-ROUTER-3.1.2-03
{
    Start();
    Hear(Usual(m_names.greater));
    Forget();
    Hear(With(Message(m_names.lesser), m_names.range, {m_names.rp2}));
    EXPECT_EQ(SentTo(), "");
    EXPECT_EQ(Rp(m_names.group), Ip(m_names.rp1).ToString());
    EXPECT_EQ(Dropped(Reason::NotPreferred), 1u);
    Hear(With(Message(m_names.lesser, 65), m_names.range, {m_names.rp2}));
    EXPECT_EQ(Rp(m_names.group), Ip(m_names.rp2).ToString());
}

TEST_P(BootstrapTest, StrangersAreDropped) // BSR-ROUTER-3.1.3-01
{
    m_router.Configure(m_config);
    Hear(Usual(m_names.lesser));
    EXPECT_EQ(Dropped(Reason::NotNeighbor), 1u);
    Hear(Usual(m_names.lesser), WEST, m_names.family == Family::Ipv4 ? "10.8.8.8" : "2001:db8:8::8");
    EXPECT_EQ(Dropped(Reason::OffSubnetSource), 1u);
    Hear(Usual(m_names.lesser), WEST, m_names.west);
    EXPECT_EQ(Dropped(Reason::OwnMessage), 1u);
    EXPECT_EQ(View().state, State::AcceptAny);
}

TEST_P(BootstrapTest, OnlyFromTheRpfNeighbor) // BSR-ROUTER-3.1.3-02
{
    Start();
    Hear(Usual(m_names.lesser), EAST, m_names.eastNeighbor);
    EXPECT_EQ(Dropped(Reason::NotRpfNeighbor, EAST), 1u);
    m_rpf[Ip(m_names.lesser)] = {EAST, Ip(m_names.westNeighbor)}; // the address is right, the link is not
    Hear(Usual(m_names.lesser));
    EXPECT_EQ(Dropped(Reason::NotRpfNeighbor), 1u);
    m_rpf.erase(Ip(m_names.lesser));
    Hear(Usual(m_names.lesser));
    EXPECT_EQ(Dropped(Reason::NotRpfNeighbor), 2u);
    EXPECT_EQ(SentTo(), "");
    EXPECT_EQ(View().state, State::AcceptAny);
}

TEST_P(BootstrapTest, OwnMessagesComeBack)
{
    BeCandidate();
    BecomeElected();
    Forget();
    m_rpf[Ip(m_names.ours)] = {WEST, Ip(m_names.westNeighbor)};
    Hear(Usual(m_names.ours, 255));
    EXPECT_EQ(Dropped(Reason::OwnMessage), 1u);
    EXPECT_EQ(View().state, State::Elected);
}

TEST_P(BootstrapTest, OtherDestinationsAreDropped) // BSR-ROUTER-3.1.3-05
{
    Start();
    Hear(Usual(m_names.lesser), WEST, m_names.westNeighbor, m_names.family == Family::Ipv4 ? "224.0.0.2" : "ff02::2");
    EXPECT_EQ(Dropped(Reason::BadDestination), 1u);
    EXPECT_EQ(View().state, State::AcceptAny);
}

TEST_P(BootstrapTest, NoForwardOnlyAtStartup) // BSR-ROUTER-3.1.3-03, BSR-ROUTER-3.4-02
{
    Start();
    auto message = Usual(m_names.lesser);
    message.noForward = true;
    Hear(message, EAST, m_names.eastNeighbor); // no RPF check
    EXPECT_EQ(View().state, State::AcceptPreferred);
    EXPECT_EQ(Rp(m_names.group), Ip(m_names.rp1).ToString());
    EXPECT_EQ(SentTo(), ""); // not forwarded
    Hear(message, EAST, m_names.eastNeighbor);
    EXPECT_EQ(Dropped(Reason::NotAtStartup, EAST), 1u); // one was accepted
}

TEST_P(BootstrapTest, NoForwardNotAfterAPeriod) // BSR-ROUTER-3.1.3-03
{
    Start();
    Advance(seconds{60} + milliseconds{1});
    auto message = Usual(m_names.lesser);
    message.noForward = true;
    Hear(message);
    EXPECT_EQ(Dropped(Reason::NotAtStartup), 1u);
    EXPECT_EQ(View().state, State::AcceptAny);
}

TEST_P(BootstrapTest, StartupIsThatOfTheFirstInterface)
{
    const auto interfaces = std::exchange(m_interfaces, {});
    Start();
    Advance(seconds{1000});
    m_interfaces = interfaces;
    m_router.InterfacesChanged();
    Advance(seconds{1050});
    m_router.InterfacesChanged(); // and not of another one
    Advance(seconds{1060});
    auto message = Usual(m_names.lesser);
    message.noForward = true;
    Hear(message);
    EXPECT_EQ(View().state, State::AcceptPreferred);
    auto scoped = Scoped(m_names.lesser);
    scoped.noForward = true;
    Advance(seconds{1061});
    Hear(scoped);
    EXPECT_EQ(Dropped(Reason::NotAtStartup), 1u);
}

TEST_P(BootstrapTest, UnicastAtStartup) // BSR-ROUTER-3.1.3-04
{
    m_config.acceptUnicastBootstrap = false;
    Start();
    Hear(Usual(m_names.lesser), WEST, m_names.westNeighbor, m_names.west);
    EXPECT_EQ(Dropped(Reason::NotEnabled), 1u);
    m_config.acceptUnicastBootstrap = true;
    m_router.Configure(m_config);
    Hear(Usual(m_names.lesser), WEST, m_names.westNeighbor, m_names.west);
    EXPECT_EQ(View().state, State::AcceptPreferred);
    EXPECT_EQ(SentTo(), ""); // not forwarded
    Hear(Usual(m_names.lesser), WEST, m_names.westNeighbor, m_names.west);
    EXPECT_EQ(Dropped(Reason::NotAtStartup), 1u);
}

TEST_P(BootstrapTest, BorderInterfaces) // BSR-ROUTER-6.3-01
{
    Link(WEST).border = true;
    Start();
    Hear(Usual(m_names.lesser));
    EXPECT_EQ(Dropped(Reason::Boundary), 1u);
    m_rpf[Ip(m_names.lesser)] = {EAST, Ip(m_names.eastNeighbor)};
    Hear(Usual(m_names.lesser), EAST, m_names.eastNeighbor);
    EXPECT_EQ(SentTo(), "2");
}

TEST_P(BootstrapTest, ScopedMessagesStayInTheirZone) // BSR-ROUTER-3.1.3-06, BSR-ROUTER-3.4-03, BSR-ROUTER-1.3-01
{
    Link(EAST).boundaries = {*Prefix::Parse(m_names.zone)};
    Start();
    Hear(Scoped(m_names.lesser));
    EXPECT_EQ(SentTo(), "1");
    EXPECT_EQ(Rp(m_names.zoneGroup), Ip(m_names.rp2).ToString());
    Hear(Usual(m_names.lesser));
    EXPECT_EQ(SentTo(), "1,2");
    m_rpf[Ip(m_names.greater)] = {EAST, Ip(m_names.eastNeighbor)};
    Hear(Scoped(m_names.greater), EAST, m_names.eastNeighbor);
    EXPECT_EQ(Dropped(Reason::Boundary, EAST), 1u);
}

TEST_P(BootstrapTest, ZonesAreIndependent) // BSR-ROUTER-1.3-01, BSR-ROUTER-3.1.2-01
{
    Start();
    Hear(Usual(m_names.greater));
    Hear(Scoped(m_names.lesser));
    ASSERT_EQ(m_router.View().size(), 2u);
    EXPECT_EQ(View(0).zone, std::nullopt);
    EXPECT_EQ(View(0).bsr, Ip(m_names.greater));
    EXPECT_EQ(View(1).zone, Prefix::Parse(m_names.zone));
    EXPECT_EQ(View(1).bsr, Ip(m_names.lesser));
    EXPECT_EQ(View(1).state, State::AcceptPreferred);
    EXPECT_EQ(Rp(m_names.group), Ip(m_names.rp1).ToString());
    EXPECT_EQ(Rp(m_names.zoneGroup), Ip(m_names.rp2).ToString());
}

TEST_P(BootstrapTest, LearnedZonesEnd) // BSR-ROUTER-3.1.2-04, BSR-ROUTER-3.1.2-05
{
    Start();
    Hear(Scoped(m_names.lesser));
    Advance(seconds{130});
    EXPECT_EQ(View(1).state, State::AcceptAny);
    EXPECT_EQ(Rp(m_names.zoneGroup), Ip(m_names.rp2).ToString()); // refreshed
    Advance(seconds{279});
    EXPECT_EQ(Rp(m_names.zoneGroup), Ip(m_names.rp2).ToString()); // 130 s and another holdtime
    Advance(seconds{280});
    EXPECT_EQ(Rp(m_names.zoneGroup), "none"); // BSR-ROUTER-3.1.5-04
    EXPECT_EQ(m_setChanges, 2);
    Advance(seconds{1429});
    EXPECT_EQ(m_router.View().size(), 2u);
    Advance(seconds{1430});
    EXPECT_EQ(m_router.View().size(), 1u);
}

TEST_P(BootstrapTest, ZoneTakesItsRpsAlong) // BSR-ROUTER-3.1.2-05
{
    m_config.scopeZoneTimeout = seconds{140};
    Start();
    auto message = Scoped(m_names.lesser);
    message.groups[1].rps[0].holdtime = 60000;
    Hear(message);
    Advance(seconds{269});
    EXPECT_EQ(Rp(m_names.zoneGroup), Ip(m_names.rp2).ToString());
    Advance(seconds{270});
    EXPECT_EQ(Rp(m_names.zoneGroup), "none");
}

TEST_P(BootstrapTest, ZonesWithoutANameAreDropped) // BSR-ROUTER-3.1-02
{
    Start();
    Hear(With(Message(m_names.lesser), m_names.family == Family::Ipv4 ? "224.0.0.0/24" : "ff00::/12", {}, true));
    EXPECT_EQ(Dropped(Reason::BadGroup), 1u);
    EXPECT_EQ(m_router.View().size(), 1u);
    const auto events = StateEvents(m_context);
    EXPECT_EQ(events.back().substr(0, 7), "warning");
}

TEST_P(BootstrapTest, ForgedBsrAddresses)
{
    Start();
    for (const auto* bsr : {"0.0.0.0", "127.0.0.1", "255.255.255.255"})
    {
        Hear(Usual(m_names.family == Family::Ipv4 ? bsr : "fe80::1"));
    }
    EXPECT_EQ(Dropped(Reason::BadSource), 3u);
    Hear(Usual(m_names.family == Family::Ipv4 ? "2001:db8::1" : "10.0.0.1")); // BSR-ROUTER-4.1-02
    EXPECT_EQ(Dropped(Reason::UnknownEncoding), 1u);
    EXPECT_EQ(View().state, State::AcceptAny);
}

TEST_P(BootstrapTest, MoreRpsThanTheCountSays) // BSR-ROUTER-3.1.3-07
{
    Start();
    auto message = With(Usual(m_names.lesser), m_names.zoneRange, {m_names.rp1, m_names.rp2});
    message.groups[1].rpCount = 1;
    Hear(message);
    EXPECT_EQ(Dropped(Reason::BadLength), 1u);
    EXPECT_EQ(SentTo(), "");
    EXPECT_EQ(View().state, State::AcceptAny);
    EXPECT_EQ(m_set.LearnedCount(), 0u);
}

TEST_P(BootstrapTest, MessagesInACircle)
{
    Start();
    const auto message = Usual(m_names.lesser);
    Hear(message);
    EXPECT_EQ(SentTo(), "1,2");
    for (int i = 0; i < 100; ++i)
    {
        Hear(message);
    }
    EXPECT_EQ(SentTo(), "");
    EXPECT_EQ(Dropped(Reason::Duplicate), 100u);
    Advance(seconds{1});
    Hear(message); // so late it is the BSR that says the same again
    EXPECT_EQ(SentTo(), "1,2");
}

TEST_P(BootstrapTest, ZonesAreLimited)
{
    Start();
    for (unsigned i = 0; i < 200; ++i)
    {
        const auto range = m_names.family == Family::Ipv4 ? "239." + std::to_string(i) + ".0.0/16"
                                                          : std::string("ff0") + "3456789abcde"[i % 12] + "::/16";
        Hear(With(Message(m_names.lesser), range.c_str(), {m_names.rp1}, true));
    }
    if (m_names.family == Family::Ipv4)
    {
        EXPECT_EQ(m_router.View().size(), 64u);
        EXPECT_EQ(Dropped(Reason::RpLimit), 137u);
    }
    else
    {
        EXPECT_EQ(m_router.View().size(), 13u); // no more scopes exist
    }
}

TEST_P(BootstrapTest, RpsAreLimited)
{
    m_config.maxRps = 1;
    Start();
    Hear(With(Usual(m_names.lesser), m_names.zoneRange, {m_names.rp2}));
    EXPECT_EQ(m_set.LearnedCount(), 1u);
    EXPECT_EQ(Dropped(Reason::RpLimit), 1u);
}

TEST_P(BootstrapTest, OffByConfiguration)
{
    m_config.bootstrap = false;
    Start();
    Hear(Usual(m_names.lesser));
    Offer(m_names.rp1, {m_names.range});
    EXPECT_EQ(Dropped(Reason::NotEnabled), 1u);
    EXPECT_EQ(Dropped(Reason::NotEnabled, EAST), 1u);
    EXPECT_TRUE(m_router.View().empty());
    m_config.bootstrap = true;
    m_router.Configure(m_config);
    Hear(Usual(m_names.lesser));
    EXPECT_EQ(m_set.LearnedCount(), 1u);
    m_config.bootstrap = false;
    m_router.Configure(m_config); // and all is forgotten
    EXPECT_EQ(m_set.LearnedCount(), 0u);
    EXPECT_EQ(m_setChanges, 2);
}

TEST_P(BootstrapTest, RandomInputKeepsLimits)
{
    BeCandidate();
    BeCandidateRp();
    m_config.maxRps = 50;
    Start();
    Random random(11);
    const auto address = [&](unsigned count) {
        const auto number = random.Next() % count;
        return m_names.family == Family::Ipv4 ? Source(static_cast<unsigned>(number)).ToString()
                                              : "2001:db8:9::" + std::to_string(number % 1000);
    };
    const std::vector<std::string> ranges{m_names.all, m_names.range, m_names.zone, m_names.zoneRange};
    for (int i = 0; i < 4000; ++i)
    {
        auto message = Message(random.Next() % 2 == 0 ? m_names.lesser : m_names.greater,
                               static_cast<std::uint8_t>(random.Next() % 3 + 63));
        message.fragmentTag = static_cast<std::uint16_t>(random.Next() % 4);
        message.noForward = random.Next() % 8 == 0;
        message.hashMaskLength = static_cast<std::uint8_t>(random.Next());
        for (auto count = random.Next() % 4; count > 0; --count)
        {
            BootstrapGroup group{
                {*Prefix::Parse(ranges[random.Next() % 4]), random.Next() % 8 == 0, random.Next() % 3 == 0}, 0, {}};
            for (auto rps = random.Next() % 6; rps > 0; --rps)
            {
                group.rps.push_back({Ip(address(400)), static_cast<std::uint16_t>(random.Next() % 200), 1});
            }
            // Mostly whole, sometimes in parts, now and then a lie.
            group.rpCount = static_cast<std::uint8_t>(group.rps.size() + random.Next() % 3 - (random.Next() % 16 == 0));
            message.groups.push_back(group);
        }
        Hear(message);
        Offer(address(400).c_str(), {ranges[random.Next() % 4].c_str()},
              static_cast<std::uint16_t>(random.Next() % 300));
        EXPECT_LE(m_set.LearnedCount(), 50u);
        Advance(milliseconds{i * 200});
        Forget();
    }
    m_router.Shutdown();
    EXPECT_EQ(m_set.LearnedCount(), 0u);
}

} // namespace
} // namespace mcast::pim::bootstrap_test
