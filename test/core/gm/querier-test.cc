// SPDX-License-Identifier: GPL-2.0-only

#include "gm/querier.h"

#include "support.h"

#include <gtest/gtest.h>
#include <memory>

namespace mcast::gm
{
namespace
{

using namespace test;
using Lines = std::vector<std::string>;

const auto OWN = Address::Ipv4(10, 0, 0, 5);
const auto LOWER = Address::Ipv4(10, 0, 0, 3);
const auto LOWEST = Address::Ipv4(10, 0, 0, 1);
const auto HIGHER = Address::Ipv4(10, 0, 0, 9);
const auto GROUP = Address::Ipv4(239, 1, 2, 3);

class QuerierTest : public ::testing::Test, protected QuerierOwner
{
  protected:
    QuerierTest()
    {
        QuerierOwner& self = *this;
        m_querier = std::make_unique<Querier>(self);
    }

    void Start()
    {
        m_querier->Reconfigure();
        m_querier->Start();
    }

    void Hear(const Query& query, const Address& source)
    {
        m_querier->HandleQuery(query, source);
    }

    void Advance(Duration sinceStart)
    {
        RunTo(m_context, At(sinceStart));
    }

    std::vector<TimePoint> TakeSent()
    {
        return std::exchange(m_sent, {});
    }

    Lines TakeEvents()
    {
        return std::exchange(m_events, {});
    }

    RouterInterfaceView View() const
    {
        RouterInterfaceView view;
        m_querier->FillView(view);
        return view;
    }

    Context m_context{1};
    RouterConfig m_config;
    Address m_own = OWN;
    std::unique_ptr<Querier> m_querier;

  private:
    Context& GetContext() override
    {
        return m_context;
    }

    const RouterConfig& GetConfig() const override
    {
        return m_config;
    }

    const Protocol& GetProtocol() const override
    {
        return ProtocolOf(Family::Ipv4);
    }

    Address OwnAddress() const override
    {
        return m_own;
    }

    void SendGeneralQuery() override
    {
        m_sent.push_back(m_context.now);
    }

    void QuerierChanged() override
    {
        m_events.push_back((m_querier->IsQuerier() ? "self " : "other ") + m_querier->QuerierAddress().ToString());
    }

    void VersionChanged() override
    {
        m_events.push_back("version " + std::to_string(static_cast<int>(m_querier->OperatingVersion())));
    }

    void Warn(Reason reason, const Address& source) override
    {
        m_events.push_back(std::string("warn ") + ToString(reason) + " " + source.ToString());
    }

    std::vector<TimePoint> m_sent;
    Lines m_events;
};

TEST_F(QuerierTest, IsSilentUntilStarted)
{
    m_querier->Reconfigure();
    Advance(seconds{1000});
    EXPECT_TRUE(TakeSent().empty());
    EXPECT_FALSE(m_querier->IsQuerier());
}

TEST_F(QuerierTest, StartsAsQuerierWithStartupQueries) // RFC 3376 8.6, 8.7
{
    Start();
    EXPECT_TRUE(m_querier->IsQuerier());
    EXPECT_EQ(m_querier->QuerierAddress(), OWN);
    EXPECT_EQ(TakeEvents(), (Lines{"self 10.0.0.5"}));
    Advance(seconds{300});
    EXPECT_EQ(TakeSent(), (std::vector<TimePoint>{At(seconds{0}), At(milliseconds{31250}), At(milliseconds{156250}),
                                                  At(milliseconds{281250})}));
}

TEST_F(QuerierTest, StartupCountFollowsTheRobustnessVariable)
{
    m_config.robustness = 3;
    m_config.queryInterval = seconds{40};
    Start();
    Advance(seconds{100});
    EXPECT_EQ(TakeSent(), (std::vector<TimePoint>{At(seconds{0}), At(seconds{10}), At(seconds{20}), At(seconds{60}),
                                                  At(seconds{100})}));
}

TEST_F(QuerierTest, StartupValuesAreConfigurable)
{
    m_config.startupQueryCount = 1;
    m_config.startupQueryInterval = seconds{1};
    Start();
    Advance(seconds{130});
    EXPECT_EQ(TakeSent(), (std::vector<TimePoint>{At(seconds{0}), At(seconds{125})}));
    m_config.startupQueryCount = 4;
    m_querier->Stop();
    m_querier->Start();
    Advance(seconds{140});
    EXPECT_EQ(TakeSent(),
              (std::vector<TimePoint>{At(seconds{130}), At(seconds{131}), At(seconds{132}), At(seconds{133})}));
}

TEST_F(QuerierTest, ALowerAddressWins) // RFC 2236 3
{
    Start();
    TakeEvents();
    Advance(seconds{10});
    Hear(GeneralQuery(), LOWER);
    EXPECT_FALSE(m_querier->IsQuerier());
    EXPECT_EQ(m_querier->QuerierAddress(), LOWER);
    EXPECT_EQ(View().otherQuerierExpires, seconds{255});
    EXPECT_EQ(TakeEvents(), (Lines{"other 10.0.0.3"}));
    TakeSent();
    Advance(seconds{264});
    EXPECT_TRUE(TakeSent().empty());
    EXPECT_FALSE(m_querier->IsQuerier());
}

TEST_F(QuerierTest, AHigherAddressChangesNothing)
{
    Start();
    Advance(seconds{10});
    TakeSent();
    TakeEvents();
    Hear(GeneralQuery(), HIGHER);
    EXPECT_TRUE(m_querier->IsQuerier());
    EXPECT_TRUE(TakeEvents().empty());
    Advance(seconds{40});
    EXPECT_EQ(TakeSent(), (std::vector<TimePoint>{At(milliseconds{31250})})); // its schedule stays
}

TEST_F(QuerierTest, EachQueryOfTheQuerierStartsTheTimerAnew)
{
    Start();
    Hear(GeneralQuery(), LOWER);
    for (int i = 1; i < 6; ++i)
    {
        Advance(seconds{125 * i});
        Hear(GeneralQuery(), LOWER);
        EXPECT_EQ(View().otherQuerierExpires, seconds{255});
    }
    EXPECT_FALSE(m_querier->IsQuerier());
}

TEST_F(QuerierTest, TakesOverWhenTheQuerierFallsSilent)
{
    Start();
    Hear(GeneralQuery(), LOWER);
    TakeSent();
    TakeEvents();
    Advance(seconds{255});
    EXPECT_TRUE(m_querier->IsQuerier());
    EXPECT_EQ(TakeEvents(), (Lines{"self 10.0.0.5"}));
    Advance(seconds{500});
    EXPECT_EQ(TakeSent(), (std::vector<TimePoint>{At(seconds{255}), At(seconds{380})})); // no startup queries
}

TEST_F(QuerierTest, TheLowestOfSeveralIsTheQuerierInTheEnd)
{
    Start();
    Hear(GeneralQuery(), LOWER);
    Hear(GeneralQuery(), LOWEST);
    EXPECT_EQ(m_querier->QuerierAddress(), LOWEST);
    EXPECT_EQ(TakeEvents(), (Lines{"self 10.0.0.5", "other 10.0.0.3", "other 10.0.0.1"}));
}

TEST_F(QuerierTest, SpecificQueriesElectInOneProfile)
{
    Start();
    Hear(SpecificQuery(GROUP), LOWER);
    EXPECT_FALSE(m_querier->IsQuerier()); // RFC 3376 6.6.2: "a query"

    m_querier->Stop();
    m_config.profile = Profile::Rfc9776;
    Start();
    Hear(SpecificQuery(GROUP), LOWER);
    EXPECT_TRUE(m_querier->IsQuerier()); // RFC 9776 6.6.2: a General Query
    Hear(GeneralQuery(), LOWER);
    EXPECT_FALSE(m_querier->IsQuerier());
    Advance(seconds{100});
    Hear(SpecificQuery(GROUP), LOWER);
    EXPECT_EQ(View().otherQuerierExpires, seconds{155});
}

TEST_F(QuerierTest, ANonQuerierAdoptsWhatTheQuerierTells) // RFC 3376 4.1.6, 4.1.7
{
    Start();
    auto query = GeneralQuery();
    query.robustness = 3;
    query.queryIntervalCode = 0x88; // 24 << 3 = 192 s
    Hear(query, LOWER);
    const auto& intervals = m_querier->GetIntervals();
    EXPECT_EQ(intervals.robustness, 3u);
    EXPECT_EQ(intervals.queryInterval, seconds{192});
    EXPECT_EQ(intervals.lastMemberQueryCount, 3u); // follows (8.9)
    EXPECT_EQ(intervals.GroupMembershipInterval(), seconds{586});
    EXPECT_EQ(View().otherQuerierExpires, seconds{3 * 192 + 5});
}

TEST_F(QuerierTest, ZeroesOfTheQuerierMeanOurOwnAndTheDefault)
{
    m_config.robustness = 4;
    m_config.queryInterval = seconds{60};
    Start();
    auto query = GeneralQuery();
    query.robustness = 5;
    query.queryIntervalCode = 30;
    Hear(query, LOWER);
    query.robustness = 0;
    query.queryIntervalCode = 0;
    Hear(query, LOWER);
    EXPECT_EQ(m_querier->GetIntervals().robustness, 4u);
    EXPECT_EQ(m_querier->GetIntervals().queryInterval, seconds{125});
}

TEST_F(QuerierTest, TheQuerierAdoptsRobustnessOnly)
{
    Start();
    auto query = GeneralQuery();
    query.robustness = 5;
    query.queryIntervalCode = 30;
    Hear(query, HIGHER);
    EXPECT_EQ(m_querier->GetIntervals().robustness, 5u);
    EXPECT_EQ(m_querier->GetIntervals().queryInterval, seconds{125});
}

TEST_F(QuerierTest, AConfiguredLastMemberQueryCountStays)
{
    m_config.lastMemberQueryCount = 6;
    Start();
    auto query = GeneralQuery();
    query.robustness = 3;
    Hear(query, LOWER);
    EXPECT_EQ(m_querier->GetIntervals().lastMemberQueryCount, 6u);
}

TEST_F(QuerierTest, OlderQueriesTellNeither)
{
    m_config.robustness = 3;
    Start();
    auto query = GeneralQuery(Version::V2);
    query.robustness = 7;
    Hear(query, LOWER);
    EXPECT_FALSE(m_querier->IsQuerier());
    EXPECT_EQ(m_querier->GetIntervals().robustness, 3u);
    EXPECT_EQ(m_querier->GetIntervals().queryInterval, seconds{125});
}

TEST_F(QuerierTest, TheNewQuerierGoesBackToItsOwnValues)
{
    Start();
    auto query = GeneralQuery();
    query.robustness = 3;
    query.queryIntervalCode = 60;
    Hear(query, LOWER);
    Advance(seconds{200});
    EXPECT_TRUE(m_querier->IsQuerier());
    EXPECT_EQ(m_querier->GetIntervals().robustness, 2u);
    EXPECT_EQ(m_querier->GetIntervals().queryInterval, seconds{125});
    EXPECT_EQ(m_querier->GetIntervals().lastMemberQueryCount, 2u);
}

TEST_F(QuerierTest, WarnsOfOlderQueries) // RFC 3376 7.3.1
{
    Start();
    TakeEvents();
    Hear(GeneralQuery(Version::V2), HIGHER);
    Hear(GeneralQuery(Version::V1), HIGHER);
    Hear(GeneralQuery(Version::V3), HIGHER);
    EXPECT_EQ(TakeEvents(), (Lines{"warn wrong-version 10.0.0.9", "warn wrong-version 10.0.0.9"}));
    EXPECT_EQ(m_querier->OperatingVersion(), Version::V3); // the administrator's task
}

TEST_F(QuerierTest, WarnsOfNewerQueries)
{
    m_config.version = Version::V2;
    Start();
    TakeEvents();
    auto query = GeneralQuery(Version::V2);
    Hear(query, HIGHER);
    EXPECT_TRUE(TakeEvents().empty());
    query.newer = true;
    Hear(query, HIGHER);
    EXPECT_EQ(TakeEvents(), (Lines{"warn wrong-version 10.0.0.9"}));
}

TEST_F(QuerierTest, UnderRfc9776TheOldestVersionHeardIsUsed)
{
    m_config.profile = Profile::Rfc9776;
    Start();
    TakeEvents();
    Hear(GeneralQuery(Version::V2), HIGHER);
    EXPECT_EQ(m_querier->OperatingVersion(), Version::V2);
    Advance(seconds{100});
    Hear(GeneralQuery(Version::V1), HIGHER);
    EXPECT_EQ(m_querier->OperatingVersion(), Version::V1);
    Hear(SpecificQuery(GROUP, {}, Version::V2), HIGHER); // no General Query
    EXPECT_EQ(TakeEvents(), (Lines{"warn wrong-version 10.0.0.9", "version 2", "warn wrong-version 10.0.0.9",
                                   "version 1", "warn wrong-version 10.0.0.9"}));
    Advance(seconds{200});
    Hear(GeneralQuery(Version::V2), HIGHER);
    TakeEvents();
    Advance(seconds{355});
    EXPECT_EQ(m_querier->OperatingVersion(), Version::V2);
    Advance(seconds{455});
    EXPECT_EQ(m_querier->OperatingVersion(), Version::V3);
    EXPECT_EQ(TakeEvents(), (Lines{"version 2", "version 3"}));
}

TEST_F(QuerierTest, WithCompatibilityOffTheConfiguredVersionStays)
{
    m_config.profile = Profile::Rfc9776;
    m_config.olderVersionCompatibility = false;
    Start();
    Hear(GeneralQuery(Version::V2), HIGHER);
    EXPECT_EQ(m_querier->OperatingVersion(), Version::V3);
}

TEST_F(QuerierTest, StopForgetsAll)
{
    m_config.profile = Profile::Rfc9776;
    Start();
    Hear(GeneralQuery(Version::V2), LOWER);
    m_querier->Stop();
    EXPECT_EQ(m_querier->OperatingVersion(), Version::V3);
    EXPECT_TRUE(m_querier->QuerierAddress().IsUnspecified());
    EXPECT_EQ(m_context.timers.Next(), NEVER);
    TakeSent();
    Advance(seconds{1000});
    EXPECT_TRUE(TakeSent().empty());
}

// Reconfiguration while running.

TEST_F(QuerierTest, AShorterIntervalBringsTheNextQueryForward)
{
    Start();
    Advance(seconds{40});
    TakeSent();
    m_config.queryInterval = seconds{20};
    m_querier->Reconfigure();
    Advance(seconds{85});
    EXPECT_EQ(TakeSent(), (std::vector<TimePoint>{At(seconds{60}), At(seconds{80})}));
}

TEST_F(QuerierTest, ALongerIntervalHoldsFromTheNextQuery)
{
    Start();
    Advance(seconds{40});
    TakeSent();
    m_config.queryInterval = seconds{200};
    m_querier->Reconfigure();
    Advance(seconds{500});
    EXPECT_EQ(TakeSent(), (std::vector<TimePoint>{At(milliseconds{156250}), At(milliseconds{356250})}));
}

TEST_F(QuerierTest, ANonQuerierKeepsWhatItLearned)
{
    Start();
    auto query = GeneralQuery();
    query.robustness = 3;
    query.queryIntervalCode = 60;
    Hear(query, LOWER);
    m_config.robustness = 5;
    m_config.queryInterval = seconds{100};
    m_config.lastMemberQueryInterval = seconds{2};
    m_querier->Reconfigure();
    const auto& intervals = m_querier->GetIntervals();
    EXPECT_EQ(intervals.robustness, 3u);
    EXPECT_EQ(intervals.queryInterval, seconds{60});
    EXPECT_EQ(intervals.lastMemberQueryInterval, seconds{2});
    EXPECT_EQ(intervals.lastMemberQueryCount, 3u); // of the Robustness Variable in force (8.9)
    m_config.lastMemberQueryCount = 7;
    m_querier->Reconfigure();
    EXPECT_EQ(intervals.lastMemberQueryCount, 7u);
}

TEST_F(QuerierTest, TheViewTellsWhatIsInForce)
{
    Start();
    Advance(seconds{1});
    auto view = View();
    EXPECT_TRUE(view.isQuerier);
    EXPECT_EQ(view.querier, OWN);
    EXPECT_EQ(view.nextQuery, milliseconds{30250});
    EXPECT_EQ(view.otherQuerierExpires, Duration::zero());
    EXPECT_EQ(view.groupMembershipInterval, seconds{260});
    Hear(GeneralQuery(), LOWER);
    view = View();
    EXPECT_FALSE(view.isQuerier);
    EXPECT_EQ(view.nextQuery, Duration::zero());
}

} // namespace
} // namespace mcast::gm
