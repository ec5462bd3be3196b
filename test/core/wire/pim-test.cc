// SPDX-License-Identifier: GPL-2.0-only

#include "wire/pim.h"

#include "support.h"
#include "wire/checksum.h"
#include "wire/ipv6-header.h"

#include <gtest/gtest.h>

namespace mcast::pim
{
namespace
{

using namespace test;

const PacketMeta META{Ip("10.0.0.1"), Ip("224.0.0.13"), PROTOCOL, 1, 0xc0, false};
const PacketMeta META6{Ip("fe80::1"), Ip("ff02::d"), PROTOCOL, 1, 0xc0, false};
const auto GROUP = Ip("239.1.2.3");
const auto SOURCE = Ip("10.9.0.1");
const auto RP = Ip("10.8.0.1");

EncodedGroup
Whole(const Address& group)
{
    return {Prefix{group, 128}};
}

// The checksum of a message filled in, over its first octets if told.
Bytes
Fixed(Bytes message, std::size_t covered = SIZE_MAX)
{
    message[2] = message[3] = 0;
    const auto sum = InternetChecksum(BytesView(message).Sub(0, covered));
    message[2] = static_cast<std::uint8_t>(sum >> 8);
    message[3] = static_cast<std::uint8_t>(sum);
    return message;
}

template <class T>
T
ParseAs(const Bytes& octets, const PacketMeta& meta = META)
{
    const auto parsed = Parse(meta, octets);
    EXPECT_TRUE(parsed) << ToString(parsed.Error().reason) << " at " << parsed.Error().offset;
    return parsed ? std::get<T>(*parsed) : T{};
}

Reason
ReasonOf(const Bytes& octets, const PacketMeta& meta = META)
{
    const auto parsed = Parse(meta, octets);
    return parsed ? Reason::None : parsed.Error().reason;
}

JoinPrune
SampleJoinPrune()
{
    JoinPrune message;
    message.upstream = Ip("10.0.0.2");
    message.groups = {{Whole(GROUP), {{RP, true, true, true}}, {{SOURCE, false, true, true}}},
                      {Whole(Ip("232.1.1.1")), {{SOURCE}}, {}}};
    return message;
}

Hello
SampleHello()
{
    Hello hello;
    hello.holdtime = 105;
    hello.lanPruneDelay = LanPruneDelay{true, 500, 2500};
    hello.drPriority = 1;
    hello.generationId = 0x12345678;
    hello.secondaryAddresses = {Ip("10.0.1.1")};
    return hello;
}

Bootstrap
SampleBootstrap()
{
    Bootstrap message;
    message.noForward = true;
    message.fragmentTag = 0xabcd;
    message.priority = 64;
    message.bsr = RP;
    message.groups = {{{Prefix{Ip("224.0.0.0"), 4}, false, true}, 2, {{RP, 150, 192}, {SOURCE, 0, 5}}}};
    return message;
}

CandidateRp
SampleCandidateRp()
{
    return {7, 150, RP, {{Prefix{Ip("239.0.0.0"), 8}, true, false}}};
}

TEST(PimWireTest, HelloIsTheOctetsOfTheRfc)
{
    EXPECT_EQ(Write(META, SampleHello()),
              Fixed({0x20, 0, 0, 0, 0, 1,  0, 2, 0,    105,  0,    2,    0, 4,  0x81, 0xf4, 9, 0xc4, 0,  19, 0, 4,
                     0,    0, 0, 1, 0, 20, 0, 4, 0x12, 0x34, 0x56, 0x78, 0, 24, 0,    6,    1, 0,    10, 0,  1, 1}));
}

TEST(PimWireTest, JoinPruneIsTheOctetsOfTheRfc)
{
    EXPECT_EQ(Write(META, SampleJoinPrune()),
              Fixed({0x23, 0, 0, 0,  1,   0, 10, 0, 0, 2, 0, 2, 0, 210,                                               //
                     1,    0, 0, 32, 239, 1, 2,  3, 0, 1, 0, 1, 1, 0,   7, 32, 10, 8, 0, 1, 1, 0, 5, 32, 10, 9, 0, 1, //
                     1,    0, 0, 32, 232, 1, 1,  1, 0, 1, 0, 0, 1, 0,   4, 32, 10, 9, 0, 1}));
}

TEST(PimWireTest, OtherMessagesAreTheOctetsOfTheRfc)
{
    EXPECT_EQ(Write(META, RegisterStop{GROUP, SOURCE}),
              Fixed({0x22, 0, 0, 0, 1, 0, 0, 32, 239, 1, 2, 3, 1, 0, 10, 9, 0, 1}));
    EXPECT_EQ(Write(META, Assert{GROUP, SOURCE, true, 110, 20}),
              Fixed({0x25, 0, 0, 0, 1, 0, 0, 32, 239, 1, 2, 3, 1, 0, 10, 9, 0, 1, 0x80, 0, 0, 110, 0, 0, 0, 20}));
    EXPECT_EQ(Write(META, SampleBootstrap()),
              Fixed({0x24, 0x80, 0, 0, 0xab, 0xcd, 30, 64, 1, 0, 10,  8,   0, 1, 1, 0,  1, 4, 224, 0, 0, 0, 2,
                     2,    0,    0, 1, 0,    10,   8,  0,  1, 0, 150, 192, 0, 1, 0, 10, 9, 0, 1,   0, 0, 5, 0}));
    EXPECT_EQ(Write(META, SampleCandidateRp()),
              Fixed({0x28, 0, 0, 0, 1, 7, 0, 150, 1, 0, 10, 8, 0, 1, 1, 0, 0x80, 8, 239, 0, 0, 0}));
}

TEST(PimWireTest, PackedRegistersAreTheOctetsOfRfc9465)
{
    const PackedRegister::Record one{GROUP, SOURCE};
    const PackedRegister::Record two{Ip("232.1.1.1"), RP};
    const auto nulls = Write(META, PackedRegister{PackedRegister::Kind::NullRegister, {one, two}});
    EXPECT_EQ(nulls, Fixed({0x2d, 0, 0, 0, 1, 0,  0,   32, 239, 1, 2, 3, 1,  0, 10, 9,
                            0,    1, 1, 0, 0, 32, 232, 1,  1,   1, 1, 0, 10, 8, 0,  1}));
    EXPECT_EQ(ParseAs<PackedRegister>(nulls).records.size(), 2u);
    const auto stops = Write(META, PackedRegister{PackedRegister::Kind::RegisterStop, {one}});
    EXPECT_EQ(stops[1], 0x10);
    EXPECT_EQ(ParseAs<PackedRegister>(stops).kind, PackedRegister::Kind::RegisterStop);
    EXPECT_EQ(ReasonOf(Fixed({0x2d, 0x20, 0, 0, 1, 0, 0, 32, 239, 1, 2, 3, 1, 0, 10, 9, 0, 1})), Reason::UnknownType);
    EXPECT_EQ(ReasonOf(Fixed({0x2d, 0, 0, 0, 1, 0, 0, 32, 239, 1, 2, 3, 1, 0, 10, 9})), Reason::BadLength);
    const auto offer = Write(META, RegisterStop{GROUP, SOURCE, true});
    EXPECT_EQ(offer[1], 0x01);
    EXPECT_TRUE(ParseAs<RegisterStop>(offer).packing);
}

TEST(PimWireTest, RegisterChecksumCoversEightOctets)
{
    const Register message{false, true, {0x45, 0, 0, 20}};
    const auto octets = Write(META, message);
    EXPECT_EQ(octets, Fixed({0x21, 0, 0, 0, 0x40, 0, 0, 0, 0x45, 0, 0, 20}, 8));
    EXPECT_TRUE(ParseAs<Register>(octets).null);
    EXPECT_EQ(ParseAs<Register>(octets).packet, message.packet);
    EXPECT_EQ(ReasonOf(Fixed(octets)), Reason::None); // over all of it, as some send it (RFC 7761 4.9.3)
    auto wrong = octets;
    wrong[3] ^= 1;
    EXPECT_EQ(ReasonOf(wrong), Reason::BadChecksum);
    wrong = octets;
    wrong[9] ^= 1; // not covered
    EXPECT_EQ(ReasonOf(wrong), Reason::None);
}

TEST(PimWireTest, Ipv6ChecksumHasAPseudoHeader)
{
    const Register message{false, false, Bytes(40)};
    const auto octets = Write(META6, message);
    EXPECT_EQ(UpperLayerChecksum(META6, BytesView(octets).Sub(0, 8)), 0); // and length 8 in it (RFC 7761 4.9)
    EXPECT_EQ(ReasonOf(octets, META6), Reason::None);
    const auto hello = Write(META6, SampleHello());
    EXPECT_EQ(UpperLayerChecksum(META6, hello), 0);
    auto elsewhere = META6;
    elsewhere.source = Ip("fe80::2");
    EXPECT_EQ(ReasonOf(hello, elsewhere), Reason::BadChecksum);
}

TEST(PimWireTest, MessagesRoundTrip)
{
    JoinPrune graft = SampleJoinPrune();
    graft.kind = JoinPrune::Kind::Graft;
    JoinPrune six;
    six.kind = JoinPrune::Kind::GraftAck;
    six.upstream = Ip("fe80::2");
    six.groups = {{Whole(Ip("ff1e::3")), {{Ip("2001:db8::1")}}, {}}};
    for (const auto& message : {Message{SampleHello()}, Message{SampleJoinPrune()}, Message{graft}, Message{six},
                                Message{SampleBootstrap()}, Message{SampleCandidateRp()},
                                Message{Assert{GROUP, Address::Any(Family::Ipv4), true, 0x7fffffff, 0xffffffff}},
                                Message{RegisterStop{GROUP, Address::Any(Family::Ipv4)}}, Message{Hello{}}})
    {
        const auto octets = Write(META, message);
        const auto back = Parse(META, octets);
        ASSERT_TRUE(back) << message.index();
        EXPECT_EQ(back->index(), message.index());
        EXPECT_EQ(Write(META, *back), octets);
    }
    const auto back = ParseAs<JoinPrune>(Write(META, SampleJoinPrune()));
    EXPECT_EQ(back.upstream, Ip("10.0.0.2"));
    ASSERT_EQ(back.groups.size(), 2u);
    EXPECT_TRUE(back.groups[0].joins[0].wildcard && back.groups[0].joins[0].rpt);
    EXPECT_TRUE(!back.groups[0].prunes[0].wildcard && back.groups[0].prunes[0].rpt);
    EXPECT_TRUE(!back.groups[1].joins[0].wildcard && !back.groups[1].joins[0].rpt);
}

TEST(PimWireTest, TruncationAtEveryOctetIsSeen)
{
    // Hello and Bootstrap are lists that may end between their parts.
    for (const auto& message : {Message{SampleJoinPrune()}, Message{SampleCandidateRp()},
                                Message{Assert{GROUP, SOURCE}}, Message{RegisterStop{GROUP, SOURCE}}})
    {
        const auto octets = Write(META, message);
        for (std::size_t size = 0; size < octets.size(); ++size)
        {
            const Bytes cut(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size));
            EXPECT_NE(ReasonOf(size >= 4 ? Fixed(cut) : cut), Reason::None) << message.index() << " at " << size;
        }
    }
}

TEST(PimWireTest, HelloOptionsThatAreUnknownAreSkipped)
{
    const auto hello = ParseAs<Hello>(Fixed({0x20, 0, 0, 0, 0xff, 0, 0, 3, 1, 2, 3, 0, 1, 0, 2, 0, 5}));
    EXPECT_EQ(hello.holdtime, 5);
    EXPECT_FALSE(hello.generationId);
}

TEST(PimWireTest, HelloOptionsThatLieAreRefused)
{
    EXPECT_EQ(ReasonOf(Fixed({0x20, 0, 0, 0, 0, 1, 0, 4, 0, 5, 0, 0})), Reason::BadLength); // Holdtime of 4 octets
    EXPECT_EQ(ReasonOf(Fixed({0x20, 0, 0, 0, 0, 20, 0, 2, 0, 5})), Reason::BadLength);      // Generation ID of 2
    EXPECT_EQ(ReasonOf(Fixed({0x20, 0, 0, 0, 0, 1, 0, 200, 0, 5})), Reason::BadLength);     // beyond the message
    EXPECT_EQ(ReasonOf(Fixed({0x20, 0, 0, 0, 0, 1})), Reason::BadLength);                   // half a head
    EXPECT_EQ(ReasonOf(Fixed({0x20, 0, 0, 0, 0, 24, 0, 6, 9, 0, 1, 2, 3, 4})), Reason::UnknownEncoding);
    EXPECT_EQ(ReasonOf(Fixed({0x20, 0, 0, 0, 0, 24, 0, 5, 1, 0, 1, 2, 3})), Reason::BadLength);
}

TEST(PimWireTest, WrongMessagesAreRefusedWithTheirReason)
{
    EXPECT_EQ(ReasonOf(Fixed({0x10, 0, 0, 0})), Reason::WrongVersion);
    EXPECT_EQ(ReasonOf(Fixed({0x2f, 0, 0, 0})), Reason::UnknownType);
    EXPECT_EQ(ReasonOf({0x20, 0, 0}), Reason::Truncated);
    EXPECT_EQ(ReasonOf(Fixed({0x21, 0, 0, 0, 0, 0})), Reason::Truncated);
    EXPECT_EQ(ReasonOf(Write(META, Assert{SOURCE, SOURCE})), Reason::BadGroup);
    EXPECT_EQ(ReasonOf(Write(META, RegisterStop{GROUP, GROUP})), Reason::BadSource);
    auto stop = Write(META, RegisterStop{GROUP, SOURCE});
    stop[7] = 24; // a range has no Register-Stop
    EXPECT_EQ(ReasonOf(Fixed(stop)), Reason::BadGroup);
    stop[7] = 33;
    EXPECT_EQ(ReasonOf(Fixed(stop)), Reason::BadGroup);
    EXPECT_EQ(ReasonOf(Fixed({0x28, 0, 0, 0, 1, 7, 0, 150, 1, 0, 10, 8, 0, 1, 1, 0, 0, 3, 239, 0, 0, 0})),
              Reason::BadGroup); // more than all groups
    stop[7] = 32;
    stop[5] = 1; // an encoding that nobody defined
    EXPECT_EQ(ReasonOf(Fixed(stop)), Reason::UnknownEncoding);
}

TEST(PimWireTest, SourcesWithAMaskThatIsNotFullAreIgnored)
{
    auto octets = Write(META, SampleJoinPrune());
    octets[14 + 12 + 3] = 24; // of the joined source of the first group
    const auto message = ParseAs<JoinPrune>(Fixed(octets));
    EXPECT_TRUE(message.groups[0].joins.empty());
    EXPECT_EQ(message.groups[0].prunes.size(), 1u);
    EXPECT_EQ(message.groups[1].joins.size(), 1u);
}

TEST(PimWireTest, OfMixedFamiliesThatOfTheUpstreamNeighborCounts)
{
    auto message = SampleJoinPrune();
    message.groups.push_back({Whole(Ip("ff1e::3")), {{Ip("2001:db8::1")}}, {}});
    message.groups[1].joins.push_back({Ip("2001:db8::1")});
    const auto back = ParseAs<JoinPrune>(Write(META, message));
    ASSERT_EQ(back.groups.size(), 2u);
    EXPECT_EQ(back.groups[1].joins.size(), 1u);
}

TEST(PimWireTest, CountsThatLieAreRefused)
{
    auto octets = Write(META, SampleJoinPrune());
    octets[11] = 9; // groups
    EXPECT_EQ(ReasonOf(Fixed(octets)), Reason::BadLength);
    octets[11] = 2;
    octets[22] = 0xff;                                // joined sources
    EXPECT_NE(ReasonOf(Fixed(octets)), Reason::None); // the next group is no source
}

TEST(PimWireTest, Ipv4MappedAddressesAreRefused)
{
    const auto mapped = Ip("239.1.2.3").Octets();
    Bytes octets{0x22, 0, 0, 0, 2, 0, 0, 128};
    octets.insert(octets.end(), mapped.begin(), mapped.end());
    octets.insert(octets.end(), {1, 0, 10, 9, 0, 1});
    EXPECT_EQ(ReasonOf(Fixed(octets)), Reason::BadGroup);
}

TEST(PimWireTest, SizesAreThoseThatMessagesArePackedBy)
{
    for (const auto family : {Family::Ipv4, Family::Ipv6})
    {
        const bool ipv4 = family == Family::Ipv4;
        JoinPrune message;
        message.upstream = ipv4 ? Ip("10.0.0.2") : Ip("fe80::2");
        EXPECT_EQ(Write(META, message).size(), JoinPruneSize(family));
        message.groups = {{Whole(ipv4 ? GROUP : Ip("ff1e::3")), {}, {}}};
        EXPECT_EQ(Write(META, message).size(), JoinPruneSize(family) + GroupSetSize(family));
        message.groups[0].prunes = {{ipv4 ? SOURCE : Ip("2001:db8::1")}};
        EXPECT_EQ(Write(META, message).size(), JoinPruneSize(family) + GroupSetSize(family) + SourceSize(family));
    }
}

} // namespace
} // namespace mcast::pim
