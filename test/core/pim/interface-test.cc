// SPDX-License-Identifier: GPL-2.0-only
// Hello, neighbours, the Designated Router and LAN delays of one interface, from packets to packets.

#include "pim/interface.h"

#include "support.h"

#include <gtest/gtest.h>

namespace mcast::pim
{
namespace
{

using namespace test;
using Lines = std::vector<std::string>;

const InterfaceId LAN{3};
const auto OWN = Ip("10.0.0.5");
const auto LOWER = Ip("10.0.0.1");
const auto HIGHER = Ip("10.0.0.9");
const auto ALL = Ip("224.0.0.13");

Hello
MakeHello(std::uint32_t generationId = 1, std::uint16_t holdtime = 105)
{
    Hello hello;
    hello.holdtime = holdtime;
    hello.drPriority = 1;
    hello.generationId = generationId;
    hello.lanPruneDelay = LanPruneDelay{};
    return hello;
}

class PimInterfaceTest : public ::testing::Test, protected InterfaceOwner
{
  protected:
    PimInterfaceTest()
        : m_interface(LAN, Family::Ipv4, m_context, *this),
          m_state(UpInterface(LAN, "10.0.0.5"))
    {
    }

    void Start()
    {
        ASSERT_TRUE(m_config.Validate());
        m_interface.Configure(m_config);
        m_interface.SetState(m_state);
    }

    // Past the first Hello, with nothing left to read.
    void StartAndSettle()
    {
        Start();
        Advance(seconds{5});
        Forget();
    }

    void Forget()
    {
        DrainAll(m_context.transmits);
        DrainAll(m_context.events);
        m_changes.clear();
        m_elections = 0;
    }

    static PacketMeta From(const Address& source)
    {
        return {source, ALL, PROTOCOL, 1, TOS_INTERNETWORK_CONTROL, false};
    }

    Reason Hear(const Hello& hello, const Address& source)
    {
        return Hear(hello, From(source));
    }

    Reason Hear(const Hello& hello, const PacketMeta& meta)
    {
        const auto reason = m_interface.Screen(meta);
        if (reason == Reason::None)
        {
            m_interface.HandleHello(meta, hello);
        }
        return reason;
    }

    void Advance(Duration sinceStart)
    {
        RunTo(m_context, At(sinceStart));
    }

    std::vector<Hello> TakeHellos()
    {
        std::vector<Hello> hellos;
        for (const auto& transmit : DrainAll(m_context.transmits))
        {
            EXPECT_EQ(transmit.interface, LAN);
            EXPECT_EQ(transmit.meta.destination, ALL);
            EXPECT_EQ(transmit.meta.ttl, 1);
            EXPECT_EQ(transmit.meta.protocol, PROTOCOL);
            const auto message = Parse(transmit.meta, transmit.payload);
            EXPECT_TRUE(message);
            hellos.push_back(std::get<Hello>(*message));
            m_lastSource = transmit.meta.source;
        }
        return hellos;
    }

    // What goes out if an Assert has to.
    std::vector<MessageKind> SendAssert()
    {
        m_interface.Send(ALL, Assert{Ip("239.1.1.1"), Ip("10.9.9.9"), false, 1, 1});
        std::vector<MessageKind> kinds;
        for (const auto& transmit : DrainAll(m_context.transmits))
        {
            kinds.push_back(KindOf(*Parse(transmit.meta, transmit.payload)));
        }
        return kinds;
    }

    Address DesignatedRouter() const
    {
        return m_interface.View().designatedRouter;
    }

    Context m_context{7};
    Interface m_interface;
    InterfaceConfig m_config;
    InterfaceState m_state;
    Address m_lastSource;
    std::vector<std::pair<Address, NeighborChange>> m_changes;
    int m_elections = 0;

  private:
    void NeighborChanged(InterfaceId interface, const Address& neighbor, NeighborChange change) override
    {
        EXPECT_EQ(interface, LAN);
        m_changes.emplace_back(neighbor, change);
    }

    void DesignatedRouterChanged(InterfaceId interface) override
    {
        EXPECT_EQ(interface, LAN);
        ++m_elections;
    }
};

TEST_F(PimInterfaceTest, FirstHelloComesWithinTheTriggeredDelayAndTellsAll)
{
    m_config.drPriority = 42;
    m_state.addresses.push_back({Ip("10.0.7.5"), 24});
    Start();
    EXPECT_TRUE(TakeHellos().empty());
    Advance(seconds{5});
    const auto hellos = TakeHellos();
    ASSERT_EQ(hellos.size(), 1u);
    EXPECT_EQ(m_lastSource, OWN);
    EXPECT_EQ(hellos[0].holdtime, 105);
    EXPECT_EQ(hellos[0].drPriority, 42u);
    EXPECT_EQ(hellos[0].generationId, m_interface.View().generationId);
    ASSERT_TRUE(hellos[0].lanPruneDelay);
    EXPECT_EQ(hellos[0].lanPruneDelay->propagationDelay, 500);
    EXPECT_EQ(hellos[0].lanPruneDelay->overrideInterval, 2500);
    EXPECT_FALSE(hellos[0].lanPruneDelay->trackingSupport);
    EXPECT_EQ(hellos[0].secondaryAddresses, std::vector<Address>{Ip("10.0.7.5")});
}

TEST_F(PimInterfaceTest, HellosGoOnWithTheirPeriodAndTheirGenerationId)
{
    StartAndSettle();
    const auto id = m_interface.View().generationId;
    Advance(seconds{305});
    const auto hellos = TakeHellos();
    EXPECT_EQ(hellos.size(), 10u);
    for (const auto& hello : hellos)
    {
        EXPECT_EQ(hello.generationId, id);
    }
}

TEST_F(PimInterfaceTest, NewNeighborIsGreetedBesideThePeriodicHellos)
{
    StartAndSettle();
    const auto next = m_context.now + m_interface.View().nextHello;
    Hear(MakeHello(), HIGHER);
    Advance(seconds{10});
    EXPECT_EQ(TakeHellos().size(), 1u);
    EXPECT_EQ(m_context.now + m_interface.View().nextHello, next);
    EXPECT_EQ(m_changes, (std::vector<std::pair<Address, NeighborChange>>{{HIGHER, NeighborChange::Up}}));
    Hear(MakeHello(), HIGHER); // known by now
    Advance(seconds{20});
    EXPECT_TRUE(TakeHellos().empty());
}

TEST_F(PimInterfaceTest, AnotherGenerationIdIsARestart)
{
    StartAndSettle();
    Hear(MakeHello(1), HIGHER);
    Advance(seconds{11});
    Forget();
    auto hello = MakeHello(2);
    hello.drPriority.reset();
    Hear(hello, HIGHER);
    EXPECT_EQ(m_changes, (std::vector<std::pair<Address, NeighborChange>>{{HIGHER, NeighborChange::Restarted}}));
    EXPECT_FALSE(m_interface.Neighbors().at(0).drPriority); // nothing of the earlier one is left
    Advance(seconds{16});
    EXPECT_EQ(TakeHellos().size(), 1u);
}

TEST_F(PimInterfaceTest, WhoMayNotKnowUsHearsAHelloBeforeOtherMessages)
{
    Start();
    const std::vector<MessageKind> greeted{MessageKind::PimHello, MessageKind::PimAssert};
    EXPECT_EQ(SendAssert(), greeted);
    EXPECT_EQ(SendAssert(), std::vector<MessageKind>{MessageKind::PimAssert});
    Hear(MakeHello(), HIGHER);
    EXPECT_EQ(SendAssert(), greeted); // with the Hello that was due within 5 s
    Advance(seconds{29});
    EXPECT_TRUE(TakeHellos().empty());
}

TEST_F(PimInterfaceTest, NeighborsLiveAsLongAsTheirHoldtime)
{
    StartAndSettle();
    Hear(MakeHello(1, 10), LOWER);
    auto silent = MakeHello();
    silent.holdtime.reset();
    Hear(silent, HIGHER);
    Hear(MakeHello(1, HOLDTIME_FOREVER), Ip("10.0.0.7"));
    Advance(seconds{14});
    EXPECT_EQ(m_interface.NeighborCount(), 3u);
    Advance(seconds{15});
    EXPECT_FALSE(m_interface.IsNeighbor(LOWER));
    Advance(seconds{109});
    EXPECT_TRUE(m_interface.IsNeighbor(HIGHER));
    Advance(seconds{110}); // 105 s are the default (RFC 7761 4.3.2)
    EXPECT_FALSE(m_interface.IsNeighbor(HIGHER));
    Advance(seconds{1000000});
    EXPECT_TRUE(m_interface.IsNeighbor(Ip("10.0.0.7")));
    EXPECT_TRUE(m_interface.Neighbors().at(0).forever);
}

TEST_F(PimInterfaceTest, GoodbyeEndsANeighborAtOnce)
{
    StartAndSettle();
    Hear(MakeHello(), HIGHER);
    EXPECT_EQ(DesignatedRouter(), HIGHER);
    Hear(MakeHello(1, 0), HIGHER);
    EXPECT_EQ(m_interface.NeighborCount(), 0u);
    EXPECT_EQ(DesignatedRouter(), OWN);
    Hear(MakeHello(1, 0), LOWER); // from nobody: makes none
    EXPECT_EQ(m_interface.NeighborCount(), 0u);
}

TEST_F(PimInterfaceTest, HighestPriorityThenHighestAddressIsTheDesignatedRouter)
{
    StartAndSettle();
    EXPECT_TRUE(m_interface.IsDesignatedRouter());
    auto hello = MakeHello();
    hello.drPriority = 0;
    Hear(hello, HIGHER);
    EXPECT_TRUE(m_interface.IsDesignatedRouter());
    hello.drPriority = 0xffffffff;
    Hear(hello, LOWER);
    EXPECT_EQ(DesignatedRouter(), LOWER);
    hello.drPriority.reset(); // now addresses alone count (RFC 7761 4.3.2)
    Hear(hello, Ip("10.0.0.2"));
    EXPECT_EQ(DesignatedRouter(), HIGHER);
    Hear(MakeHello(1, 0), Ip("10.0.0.2"));
    EXPECT_EQ(DesignatedRouter(), LOWER);
    EXPECT_EQ(m_elections, 3);
    m_config.drPriority = 0xffffffff;
    m_interface.Configure(m_config);
    EXPECT_TRUE(m_interface.IsDesignatedRouter()); // the higher address of two equals
}

TEST_F(PimInterfaceTest, LanDelaysAreTheGreatestIfAllTellThem)
{
    m_config.propagationDelay = milliseconds{800};
    m_config.trackingSupport = true;
    StartAndSettle();
    EXPECT_EQ(m_interface.EffectivePropagationDelay(), milliseconds{800});
    EXPECT_FALSE(m_interface.JoinSuppression());
    auto hello = MakeHello();
    hello.lanPruneDelay = LanPruneDelay{true, 100, 4000};
    Hear(hello, HIGHER);
    EXPECT_EQ(m_interface.JoinPruneOverrideInterval(), milliseconds{4800});
    EXPECT_FALSE(m_interface.JoinSuppression());
    hello.lanPruneDelay->trackingSupport = false;
    Hear(hello, LOWER);
    EXPECT_TRUE(m_interface.JoinSuppression());
    hello.lanPruneDelay.reset();
    Hear(hello, Ip("10.0.0.2"));
    EXPECT_EQ(m_interface.JoinPruneOverrideInterval(), seconds{3});
}

TEST_F(PimInterfaceTest, SecondaryAddressesAreThoseOfTheLastHello)
{
    StartAndSettle();
    auto hello = MakeHello();
    hello.secondaryAddresses = {Ip("10.1.0.9"), HIGHER, Ip("10.2.0.9")};
    Hear(hello, HIGHER);
    EXPECT_EQ(m_interface.FindNeighbor(Ip("10.2.0.9")), HIGHER);
    EXPECT_EQ(m_interface.FindNeighbor(HIGHER), HIGHER);
    EXPECT_FALSE(m_interface.FindNeighbor(Ip("10.3.0.9")));
    EXPECT_EQ(m_interface.Neighbors().at(0).secondaryAddresses.size(), 2u); // the primary one is none of them
    hello.secondaryAddresses = {Ip("10.1.0.9")};
    Hear(hello, LOWER); // the later claim holds
    EXPECT_EQ(m_interface.FindNeighbor(Ip("10.1.0.9")), LOWER);
    EXPECT_EQ(m_interface.View().counters.Dropped(Reason::AddressConflict), 1u);
    Hear(MakeHello(), LOWER);
    EXPECT_FALSE(m_interface.FindNeighbor(Ip("10.1.0.9")));
    EXPECT_EQ(m_interface.FindNeighbor(Ip("10.2.0.9")), HIGHER);
}

TEST_F(PimInterfaceTest, GoodbyeIsSaidWhenTheInterfaceStops)
{
    StartAndSettle();
    Hear(MakeHello(), HIGHER);
    Forget();
    m_interface.Deactivate();
    const auto hellos = TakeHellos();
    ASSERT_EQ(hellos.size(), 1u);
    EXPECT_EQ(hellos[0].holdtime, 0);
    EXPECT_EQ(m_changes, (std::vector<std::pair<Address, NeighborChange>>{{HIGHER, NeighborChange::Gone}}));
    Advance(seconds{100});
    EXPECT_TRUE(TakeHellos().empty());
    EXPECT_EQ(Hear(MakeHello(), HIGHER), Reason::InterfaceDown);
}

TEST_F(PimInterfaceTest, ComesBackAsAnother)
{
    StartAndSettle();
    const auto before = m_interface.View().generationId;
    auto down = m_state;
    down.up = false;
    m_interface.SetState(down);
    m_interface.SetState(m_state);
    Advance(seconds{10});
    EXPECT_NE(m_interface.View().generationId, before);
    EXPECT_EQ(TakeHellos().back().generationId, m_interface.View().generationId);
}

TEST_F(PimInterfaceTest, AnotherPrimaryAddressIsToldAtOnce)
{
    StartAndSettle();
    auto moved = m_state;
    moved.addresses = {{Ip("10.0.0.6"), 24}};
    m_interface.SetState(moved);
    ASSERT_EQ(m_context.transmits.size(), 2u);
    EXPECT_EQ(m_context.transmits[0].meta.source, OWN);
    EXPECT_EQ(m_context.transmits[1].meta.source, Ip("10.0.0.6"));
    const auto hellos = TakeHellos();
    EXPECT_EQ(hellos[0].holdtime, 0);
    EXPECT_EQ(hellos[1].holdtime, 105);
    EXPECT_EQ(DesignatedRouter(), Ip("10.0.0.6"));
}

TEST_F(PimInterfaceTest, AnotherSecondaryAddressIsToldAtOnce)
{
    StartAndSettle();
    m_state.addresses.push_back({Ip("10.0.7.5"), 24});
    m_interface.SetState(m_state);
    const auto hellos = TakeHellos();
    ASSERT_EQ(hellos.size(), 1u);
    EXPECT_EQ(hellos[0].holdtime, 105);
    EXPECT_EQ(hellos[0].secondaryAddresses, std::vector<Address>{Ip("10.0.7.5")});
}

TEST_F(PimInterfaceTest, HellosFromElsewhereMakeNoNeighbors)
{
    StartAndSettle();
    auto far = From(HIGHER);
    far.ttl = 2;
    EXPECT_EQ(Hear(MakeHello(), far), Reason::BadTtl);
    EXPECT_EQ(Hear(MakeHello(), Ip("192.0.2.1")), Reason::OffSubnetSource);
    EXPECT_EQ(Hear(MakeHello(), Ip("0.0.0.0")), Reason::BadSource);
    EXPECT_EQ(Hear(MakeHello(), OWN), Reason::OwnMessage);
    auto elsewhere = From(HIGHER);
    elsewhere.destination = Ip("224.0.0.1");
    EXPECT_EQ(Hear(MakeHello(), elsewhere), Reason::BadDestination);
    elsewhere.destination = OWN; // a Graft may be unicast, a Hello not
    EXPECT_EQ(Hear(MakeHello(), elsewhere), Reason::None);
    EXPECT_EQ(m_interface.NeighborCount(), 0u);
}

TEST_F(PimInterfaceTest, NeighborsAreLimited)
{
    m_config.maxNeighbors = 2;
    StartAndSettle();
    for (const auto* text : {"10.0.0.1", "10.0.0.2", "10.0.0.3"})
    {
        Hear(MakeHello(), Ip(text));
    }
    EXPECT_EQ(m_interface.NeighborCount(), 2u);
    EXPECT_EQ(m_interface.View().counters.Dropped(Reason::NeighborLimit), 1u);
    Hear(MakeHello(1, 50), LOWER); // who is known is served
    EXPECT_EQ(m_interface.Neighbors().at(0).expires, seconds{50});
}

TEST_F(PimInterfaceTest, Ipv6SpeaksFromItsLinkLocalAddress)
{
    Interface interface(LAN, Family::Ipv6, m_context, *this);
    InterfaceConfig config;
    config.family = Family::Ipv6;
    interface.Configure(config);
    auto state = UpInterface(LAN, "2001:db8::5", 64);
    interface.SetState(state);
    EXPECT_FALSE(interface.Active());
    state.addresses.push_back({Ip("fe80::5"), 64});
    interface.SetState(state);
    Advance(seconds{5});
    ASSERT_EQ(m_context.transmits.size(), 1u);
    const auto& sent = m_context.transmits.front();
    EXPECT_EQ(sent.meta.source, Ip("fe80::5"));
    EXPECT_EQ(sent.meta.destination, Ip("ff02::d"));
    EXPECT_EQ(std::get<Hello>(*Parse(sent.meta, sent.payload)).secondaryAddresses,
              std::vector<Address>{Ip("2001:db8::5")});
    PacketMeta meta{Ip("2001:db8::9"), Ip("ff02::d"), PROTOCOL, 1, 0, false};
    EXPECT_EQ(interface.Screen(meta), Reason::OffSubnetSource);
    meta.source = Ip("fe80::9");
    EXPECT_EQ(interface.Screen(meta), Reason::None);
}

TEST(PimConfigTest, ForbiddenValuesNameTheirField)
{
    const auto fieldOf = [](const InterfaceConfig& config) { return config.Validate().Error().field; };
    InterfaceConfig config;
    EXPECT_TRUE(config.Validate());
    EXPECT_EQ(config.HoldtimeToTell(), 105);
    config.helloPeriod = seconds{0};
    EXPECT_EQ(fieldOf(config), "helloPeriod");
    config = {};
    config.helloHoldtime = seconds{29};
    EXPECT_EQ(fieldOf(config), "helloHoldtime");
    config.helloHoldtime = std::chrono::hours{100};
    EXPECT_TRUE(config.Validate());
    EXPECT_EQ(config.HoldtimeToTell(), HOLDTIME_FOREVER);
    config = {};
    config.triggeredHelloDelay = seconds{0};
    EXPECT_EQ(fieldOf(config), "triggeredHelloDelay");
    config = {};
    config.propagationDelay = milliseconds{32768};
    EXPECT_EQ(fieldOf(config), "propagationDelay");
    config = {};
    config.overrideInterval = milliseconds{65536};
    EXPECT_EQ(fieldOf(config), "overrideInterval");
    config = {};
    config.maxNeighbors = 0;
    EXPECT_EQ(fieldOf(config), "maxNeighbors");
}

} // namespace
} // namespace mcast::pim
