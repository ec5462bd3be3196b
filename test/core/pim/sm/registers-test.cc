// SPDX-License-Identifier: GPL-2.0-only
// Registers at the DR of a source and at the RP (RFC 7761 4.4).

#include "../router-fixture.h"

namespace mcast::pim
{
namespace
{

class RegistersTest : public PimRouterTest
{
  protected:
    RegistersTest()
        : local(OnLink(4, 77))
    {
    }

    /// A source on link 4 sends for the first time.
    void StartRegistering()
    {
        Start();
        Data(4, local, G);
        Forget();
    }

    void Stop(const Address& source)
    {
        HearRouted(RP, OnLink(4, 5), RegisterStop{G, source});
    }

    RegisterState State() const
    {
        const auto tree = Tree(Kind::SG, G, local);
        return tree ? tree->registerState : RegisterState::NoInfo;
    }

    std::string Registered(const std::string& kind) const
    {
        return kind + " RP (" + local.ToString() + ",G)";
    }

    // We are the RP.
    void StartRp()
    {
        RP = OnLink(1, 5);
        config.staticRps = {{RP, Groups(), false}};
        Start();
        dr = OnLink(2, 99);
    }

    void HearRegister(const Address& source, bool null = false, std::uint8_t tos = 0)
    {
        Register message;
        message.null = null;
        message.packet =
            null ? WriteIp({source, G, PROTOCOL, 64, 0, false}, Dummy(source)) : Packet(source, G, 16, 0x28);
        HearRouted(dr, RP, message, tos);
    }

    // Of IPv6 a PIM header without a message, right by its checksum.
    Bytes Dummy(const Address&) const
    {
        return {};
    }

    Address local;
    Address dr;
};

BOTH_FAMILIES(RegistersTest);

// The DR.

TEST_P(RegistersTest, DataOfASourceOfTheLinkGoesIntoTheTunnel)
{
    StartRegistering();
    EXPECT_EQ(State(), RegisterState::Join);
    EXPECT_EQ(Plane(local, G), "4 > R");
    WholePacket(local, G, 16);
    EXPECT_EQ(TakeSent(), Lines{Registered("register")});
    EXPECT_EQ(lastSent.interface, BY_ROUTING);
    EXPECT_EQ(lastSent.meta.source, OnLink(4, 5));
    const auto message = Parse(lastSent.meta, lastSent.payload);
    const auto inner = ParseIp(family, std::get<Register>(*message).packet);
    ASSERT_TRUE(inner);
    EXPECT_EQ(inner->meta.ttl, 15);
    EXPECT_EQ(inner->meta.protocol, 17);
    EXPECT_FALSE(std::get<Register>(*message).border);
}

TEST_P(RegistersTest, ASourceIsRegisteredAlsoIfItsPacketCameAroundFirst)
{
    Start();
    Data(1, local, G);
    EXPECT_EQ(State(), RegisterState::NoInfo);
    Data(4, local, G);
    EXPECT_EQ(State(), RegisterState::Join);
    EXPECT_EQ(Plane(local, G), "4 > R");
}

TEST_P(RegistersTest, WhatHasNoWayToLeaveIsNotRegistered)
{
    StartRegistering();
    WholePacket(local, G, 1);
    WholePacket(local, H);
    WholePacket(S, G);
    router->HandleUpcall({Upcall::Kind::WholePacket, REGISTER_INTERFACE, local, G, Bytes{1, 2, 3}});
    EXPECT_TRUE(TakeSent().empty());
}

TEST_P(RegistersTest, RegisterStopClosesTheTunnelUntilAProbeIsNotAnswered)
{
    StartRegistering();
    Stop(local);
    EXPECT_EQ(State(), RegisterState::Prune);
    EXPECT_EQ(Plane(local, G), "4 >");
    WholePacket(local, G);
    EXPECT_TRUE(TakeSent().empty());
    while (State() == RegisterState::Prune && router->Now() < At(seconds{300}))
    {
        ++packets[{local, G}];
        Wait(seconds{1});
    }
    EXPECT_EQ(State(), RegisterState::JoinPending);
    EXPECT_EQ(TakeSent(), Lines{Registered("null-register")});
    EXPECT_EQ(Plane(local, G), "4 >");
    Wait(seconds{6});
    EXPECT_EQ(State(), RegisterState::Join);
    Data(4, local, G);
    EXPECT_EQ(Plane(local, G), "4 > R");
}

TEST_P(RegistersTest, AnAnsweredProbeKeepsItClosed)
{
    StartRegistering();
    Stop(local);
    while (State() == RegisterState::Prune && router->Now() < At(seconds{300}))
    {
        Wait(seconds{1});
    }
    Stop(local);
    EXPECT_EQ(State(), RegisterState::Prune);
    Wait(seconds{20});
    EXPECT_EQ(State(), RegisterState::Prune);
}

TEST_P(RegistersTest, ARegisterStopForAllSourcesIsForThisOne)
{
    StartRegistering();
    Stop(Any());
    EXPECT_EQ(State(), RegisterState::Prune);
}

TEST_P(RegistersTest, RegisterStopsOfOthersOrForOthersChangeNothing)
{
    StartRegistering();
    Stop(S);
    HearRouted(RP, OnLink(4, 5), RegisterStop{H, local});
    EXPECT_TRUE(TakeDropped().empty());
    HearRouted(OnLink(2, 66), OnLink(4, 5), RegisterStop{G, local});
    EXPECT_EQ(TakeDropped(), Lines{"wrong-rp"});
    EXPECT_EQ(State(), RegisterState::Join);
}

TEST_P(RegistersTest, TheNewRpHearsFromUs)
{
    StartRegistering();
    Stop(local);
    config.staticRps[0].rp = Pick("10.9.0.99", "2001:db8:9::99");
    Reconfigure();
    EXPECT_EQ(State(), RegisterState::Join);
    Data(4, local, G);
    EXPECT_EQ(Plane(local, G), "4 > R");
}

TEST_P(RegistersTest, WithoutAnRpThereIsNothingToDo)
{
    config.staticRps.clear();
    StartRegistering();
    EXPECT_EQ(State(), RegisterState::NoInfo);
    EXPECT_EQ(Plane(local, G), "4 >");
}

TEST_P(RegistersTest, OnlyTheDrRegisters)
{
    Start();
    Greet(4, 9);
    Data(4, local, G);
    EXPECT_EQ(State(), RegisterState::NoInfo);
    EXPECT_EQ(Plane(local, G), "4 >");
    Greet(4, 9, 1, 0);
    EXPECT_EQ(State(), RegisterState::Join);
    Data(4, local, G);
    EXPECT_EQ(Plane(local, G), "4 > R");
}

TEST_P(RegistersTest, ASilentSourceIsNoLongerRegistered)
{
    StartRegistering();
    Wait(seconds{430}); // the first packet may have come at any time of the first 210 s, for all that counters tell
    EXPECT_FALSE(Tree(Kind::SG, G, local));
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(RegistersTest, TheSourcesTreeIsServedBesideTheTunnel)
{
    StartRegistering();
    Join(3, SG(local), G);
    EXPECT_EQ(Plane(local, G), "4 > 3 R");
    Stop(local);
    EXPECT_EQ(Plane(local, G), "4 > 3");
    EXPECT_TRUE(TakeSent().empty()); // nobody upstream is to be told
}

// The RP.

TEST_P(RegistersTest, WithoutReceiversTheRpStopsRegisters)
{
    StartRp();
    HearRegister(S);
    EXPECT_EQ(TakeSent(), Lines{"register-stop " + Name(dr) + " (S,G)"});
    EXPECT_EQ(lastSent.meta.source, RP);
    ASSERT_TRUE(Tree(Kind::SG, G, S)); // remembered, for those who come
    EXPECT_FALSE(Tree(Kind::SG, G, S)->joined);
    Join(3, StarG(), G);
    EXPECT_TRUE(Tree(Kind::SG, G, S)->joined);
    EXPECT_EQ(TakeSent(), Lines{"2 N21: +(S,G)"});
}

TEST_P(RegistersTest, WithReceiversItForwardsAndJoinsTheSource)
{
    StartRp();
    Join(3, StarG(), G);
    HearRegister(S, false, 0x01);
    ASSERT_EQ(decapsulated.size(), 1u);
    const auto inner = ParseIp(family, decapsulated[0]);
    ASSERT_TRUE(inner);
    EXPECT_EQ(inner->meta.source, S);
    EXPECT_EQ(inner->meta.tos & 0xfc, 0x28);
    EXPECT_EQ(TakeSent(), Lines{"2 N21: +(S,G)"});
    DataBy(REGISTER_INTERFACE, S, G);
    EXPECT_EQ(Plane(S, G), "R > 3");
    Data(2, S, G); // it comes natively
    EXPECT_EQ(Plane(S, G), "2 > 3");
    Forget();
    HearRegister(S);
    EXPECT_EQ(TakeSent(), Lines{"register-stop " + Name(dr) + " (S,G)"});
    EXPECT_TRUE(decapsulated.empty());
}

TEST_P(RegistersTest, NullRegistersAreAnsweredAndCarryNothing)
{
    if (family == Family::Ipv6)
    {
        return; // its dummy header is tested beside the codec
    }
    StartRp();
    Join(3, StarG(), G);
    Forget();
    HearRegister(S, true);
    EXPECT_TRUE(decapsulated.empty());
    Data(2, S, G);
    Forget();
    HearRegister(S, true);
    EXPECT_EQ(TakeSent(), Lines{"register-stop " + Name(dr) + " (S,G)"});
}

TEST_P(RegistersTest, WithoutSwitchoverTheRpTakesRegistersForEver)
{
    config.sptSwitchover.when = SptSwitchover::When::Never;
    StartRp();
    Join(3, StarG(), G);
    Forget();
    for (int i = 0; i < 3; ++i)
    {
        HearRegister(S);
    }
    EXPECT_EQ(decapsulated.size(), 3u);
    EXPECT_TRUE(TakeSent().empty());
}

TEST_P(RegistersTest, WhoIsNotTheRpStopsRegistersAtOnce)
{
    Start();
    dr = OnLink(2, 99);
    RP = OnLink(1, 5);
    HearRegister(S);
    EXPECT_EQ(TakeSent(), Lines{"register-stop " + Name(dr) + " (S,G)"});
    EXPECT_TRUE(decapsulated.empty());
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(RegistersTest, TheRpIsItsSourcesDr)
{
    StartRp();
    Join(3, StarG(), G);
    Data(4, local, G);
    EXPECT_EQ(State(), RegisterState::NoInfo); // nobody to register with
    EXPECT_EQ(Plane(local, G), "4 > 3");
    EXPECT_TRUE(TakeSent().empty());
}

TEST_P(RegistersTest, BadRegistersAreCountedByReason)
{
    StartRp();
    Register message;
    HearRouted(dr, RP, message); // nothing inside
    message.packet = Packet(S, G);
    message.packet.resize(message.packet.size() / 2);
    HearRouted(dr, RP, message);
    message.packet = Packet(S, OnLink(3, 1)); // unicast
    HearRouted(dr, RP, message);
    message.packet = Packet(S, Pick("224.0.0.5", "ff02::5"));
    HearRouted(dr, RP, message);
    message.packet = Packet(Any(), G);
    HearRouted(dr, RP, message);
    message.packet = Packet(S, G);
    HearRouted(dr, AllRouters(family), message);
    HearRouted(dr, OnLink(1, 6), message);
    const auto reasons = TakeDropped();
    EXPECT_EQ(reasons.size(), 7u);
    EXPECT_EQ(std::count(reasons.begin(), reasons.end(), "bad-destination"), 2);
    EXPECT_GE(std::count(reasons.begin(), reasons.end(), "bad-group"), 2);
    EXPECT_GE(std::count(reasons.begin(), reasons.end(), "bad-source"), 1);
    EXPECT_TRUE(TakeSent().empty());
    EXPECT_TRUE(decapsulated.empty());
    EXPECT_EQ(Trees(), 0u);
}

TEST_P(RegistersTest, SourceSpecificGroupsHaveNoRp)
{
    StartRp();
    Register message;
    message.packet = Packet(S, SSM);
    HearRouted(dr, RP, message);
    EXPECT_EQ(Trees(), 0u);
    EXPECT_TRUE(decapsulated.empty());
    EXPECT_EQ(TakeSent(), Lines{"register-stop " + Name(dr) + " (S,SSM)"});
}

} // namespace
} // namespace mcast::pim
