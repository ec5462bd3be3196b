// SPDX-License-Identifier: GPL-2.0-only
// The simulated node itself: what RFC 1112 asks of an IP layer, and the forwarding plane's part.

#include "datagram.h"
#include "sim-fixture.h"
#include "wire/igmp.h"
#include "wire/ipv4-header.h"

namespace mcast
{
namespace
{

const MacAddress MAC{0x02, 0, 0, 0, 0, 1};
const MacAddress PEER{0x02, 0, 0, 0, 0, 99};
const SocketId SOCKET{1};

struct Sent
{
    InterfaceId port;
    MacAddress destination{};
    MacAddress source{};
    IpPacket packet;
    Bytes octets;
};

class SimNodeTest : public testing::Test
{
  protected:
    explicit SimNodeTest(bool router = false)
        : node(1, router ? std::optional(RouterOptions{}) : std::nullopt)
    {
    }

    InterfaceId AddPort(const std::string& address)
    {
        InterfaceState state;
        state.addresses = {{Ip(address), 24}};
        const auto port = node.AddPort(state, MAC);
        EXPECT_TRUE(node.ConfigureHost(port, {}));
        return port;
    }

    // Everything sent since the last call; packets point into the octets that go with them.
    std::vector<Sent> Take()
    {
        std::vector<Sent> all;
        while (auto frame = node.PollFrame())
        {
            Sent sent;
            sent.port = frame->port;
            sent.octets = std::move(frame->octets);
            std::copy_n(sent.octets.begin(), 6, sent.destination.begin());
            std::copy_n(sent.octets.begin() + 6, 6, sent.source.begin());
            all.push_back(std::move(sent));
        }
        for (auto& sent : all)
        {
            sent.packet = *ParseIpv4(BytesView(sent.octets).Sub(14));
        }
        return all;
    }

    std::vector<Sent> TakeData()
    {
        auto all = Take();
        all.erase(std::remove_if(all.begin(), all.end(),
                                 [](const auto& sent) { return sent.packet.meta.protocol != PROTOCOL_UDP; }),
                  all.end());
        return all;
    }

    std::size_t Deliveries()
    {
        std::size_t count = 0;
        while (node.PollDelivery())
        {
            ++count;
        }
        return count;
    }

    static Bytes DataFrame(const std::string& source, const std::string& group, std::uint8_t ttl = 16)
    {
        PacketMeta meta;
        meta.source = Ip(source);
        meta.destination = Ip(group);
        meta.protocol = PROTOCOL_UDP;
        meta.ttl = ttl;
        const Bytes payload{'d', 'a', 't', 'a'};
        const auto packet = WriteIpv4(meta, WriteDatagram(meta, {5001, APPLICATION_PORT, payload}));
        const auto mac = GroupMac(meta.destination);
        Writer frame;
        frame.Append({mac.data(), 6}).Append({PEER.data(), 6}).U16(0x0800).Append(packet);
        return frame.Take();
    }

    void Receive(InterfaceId port, const Bytes& frame)
    {
        node.HandleFrame(node.Now(), port, frame);
    }

    SimNode node;
};

class SimRouterTest : public SimNodeTest
{
  protected:
    SimRouterTest()
        : SimNodeTest(true),
          up(AddPort("10.0.0.10")),
          lan(AddPort("10.1.0.10"))
    {
        EXPECT_TRUE(node.ConfigureRouter(up, {}));
        EXPECT_TRUE(node.ConfigureRouter(lan, {}));
        Take();
    }

    // A member behind `port`, by what the node hears from it.
    void Join(InterfaceId port, const std::string& member, const std::string& group)
    {
        PacketMeta meta;
        meta.source = Ip(member);
        meta.destination = Ip("224.0.0.22");
        meta.routerAlert = true;
        const auto packet = WriteIpv4(meta, WriteIgmp(Report{{{RecordType::ToEx, Ip(group), {}}}}));
        const auto mac = GroupMac(meta.destination);
        Writer frame;
        frame.Append({mac.data(), 6}).Append({PEER.data(), 6}).U16(0x0800).Append(packet);
        Receive(port, frame.Take());
        ASSERT_TRUE(node.GetRouter()->FindGroup(port, Ip(group)));
    }

    InterfaceId up;
    InterfaceId lan;
};

// RFC 1112 6.1, 6.2, 6.4
TEST_F(SimNodeTest, SendsWithTtlOneToTheGroupsEthernetAddress)
{
    const auto port = AddPort("10.1.0.10");
    ASSERT_TRUE(node.SendData(Ip("239.129.2.3"), Bytes{1, 2, 3}, {}));
    const auto sent = TakeData();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].port, port);
    EXPECT_EQ(sent[0].destination, (MacAddress{0x01, 0x00, 0x5e, 0x01, 0x02, 0x03}));
    EXPECT_EQ(sent[0].source, MAC);
    EXPECT_EQ(sent[0].packet.meta.ttl, 1);
    EXPECT_EQ(sent[0].packet.meta.source, Ip("10.1.0.10"));
    const auto datagram = ParseDatagram(sent[0].packet.meta, sent[0].packet.payload);
    ASSERT_TRUE(datagram);
    EXPECT_EQ(datagram->payload.Size(), 3u);
}

TEST_F(SimNodeTest, SendsOnceOnTheNamedOrTheFirstPort)
{
    const auto first = AddPort("10.1.0.10");
    const auto second = AddPort("10.2.0.10");
    SimNode::SendOptions options;
    options.port = second;
    options.ttl = 16;
    ASSERT_TRUE(node.SendData(Ip("239.1.2.3"), {}, options));
    auto sent = TakeData();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].port, second);
    EXPECT_EQ(sent[0].packet.meta.ttl, 16);
    EXPECT_EQ(sent[0].packet.meta.source, Ip("10.2.0.10"));

    options.port.reset();
    ASSERT_TRUE(node.SendData(Ip("239.1.2.3"), {}, options));
    sent = TakeData();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].port, first);

    node.SetPortUp(first, false);
    node.SetPortUp(second, false);
    EXPECT_FALSE(node.SendData(Ip("239.1.2.3"), {}, options));
}

TEST_F(SimNodeTest, LoopsBackToItsOwnMembersUnlessInhibited)
{
    const auto port = AddPort("10.1.0.10");
    ASSERT_TRUE(node.Listen(SOCKET, port, Ip("239.1.2.3"), FilterMode::Exclude));
    ASSERT_TRUE(node.SendData(Ip("239.1.2.3"), {}, {}));
    EXPECT_EQ(Deliveries(), 1u);
    SimNode::SendOptions options;
    options.loop = false;
    ASSERT_TRUE(node.SendData(Ip("239.1.2.3"), {}, options));
    EXPECT_EQ(Deliveries(), 0u);
}

TEST_F(SimNodeTest, DeliversByPortGroupAndSource)
{
    const auto lan = AddPort("10.1.0.10");
    const auto other = AddPort("10.2.0.10");
    ASSERT_TRUE(node.Listen(SOCKET, lan, Ip("239.1.2.3"), FilterMode::Exclude, {Ip("10.1.0.66")}));
    Receive(lan, DataFrame("10.1.0.1", "239.1.2.3", 1));
    EXPECT_EQ(Deliveries(), 1u);
    Receive(lan, DataFrame("10.1.0.66", "239.1.2.3"));
    Receive(other, DataFrame("10.2.0.1", "239.1.2.3"));
    Receive(lan, DataFrame("10.1.0.1", "238.1.2.3")); // the same Ethernet address
    Receive(lan, DataFrame("10.1.0.1", "239.1.2.4"));
    EXPECT_EQ(Deliveries(), 0u);
    EXPECT_EQ(node.IpCounters(lan).Dropped(Reason::NotMember), 3u);
}

// RFC 1112 7.2, 7.3
TEST_F(SimNodeTest, DropsWhatIsNotForItWithoutAWord)
{
    const auto port = AddPort("10.1.0.10");
    ASSERT_TRUE(node.Listen(SOCKET, port, Ip("239.1.2.3"), FilterMode::Exclude));
    node.AdvanceTo(TimePoint{seconds{100}});
    Take();
    const auto good = DataFrame("10.1.0.1", "239.1.2.3", 1);
    Receive(port, DataFrame("239.9.9.9", "239.1.2.3")); // a group is no source
    EXPECT_EQ(node.IpCounters(port).Dropped(Reason::BadSource), 1u);
    for (std::size_t size = 0; size < good.size(); ++size)
    {
        Receive(port, Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
    }
    auto own = good;
    std::copy(MAC.begin(), MAC.end(), own.begin() + 6);
    Receive(port, own);
    auto unicast = good;
    std::copy(PEER.begin(), PEER.end(), unicast.begin());
    Receive(port, unicast);
    auto checksum = good;
    checksum[14 + 20 + 6] ^= 1; // of UDP
    Receive(port, checksum);
    EXPECT_EQ(Deliveries(), 0u);
    EXPECT_TRUE(Take().empty());
    Receive(port, good);
    EXPECT_EQ(Deliveries(), 1u);
}

TEST_F(SimNodeTest, RefusesTheRoutersHalfOnAHost)
{
    const auto port = AddPort("10.1.0.10");
    const auto outcome = node.ConfigureRouter(port, {});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.Error().field, "role");
}

TEST_F(SimRouterTest, ForwardsToMembersWithOneLessTtl)
{
    Join(lan, "10.1.0.1", "239.1.2.3");
    Take();
    Receive(up, DataFrame("10.0.0.1", "239.1.2.3"));
    Receive(up, DataFrame("10.0.0.1", "239.1.2.3"));
    const auto sent = TakeData();
    ASSERT_EQ(sent.size(), 2u);
    for (const auto& one : sent)
    {
        EXPECT_EQ(one.port, lan);
        EXPECT_EQ(one.packet.meta.ttl, 15);
        EXPECT_EQ(one.packet.meta.source, Ip("10.0.0.1"));
        EXPECT_EQ(one.source, MAC);
    }
    EXPECT_EQ(node.GetMfc().Size(), 1u);
    EXPECT_EQ(node.WaitingPackets(), 0u);
    Receive(up, DataFrame("10.0.0.1", "239.9.9.9"));
    EXPECT_TRUE(TakeData().empty());
}

TEST_F(SimRouterTest, ForwardsOnlyAboveTheTtlThreshold)
{
    RouterInterfaceConfig config;
    config.ttlThreshold = 10;
    ASSERT_TRUE(node.ConfigureRouter(lan, config));
    Join(lan, "10.1.0.1", "239.1.2.3");
    Take();
    Receive(up, DataFrame("10.0.0.1", "239.1.2.3", 10));
    EXPECT_TRUE(TakeData().empty());
    Receive(up, DataFrame("10.0.0.1", "239.1.2.3", 11));
    EXPECT_EQ(TakeData().size(), 1u);
}

TEST_F(SimRouterTest, NeverForwardsLinkScopeAndNeverAnswersData)
{
    Take();
    Receive(up, DataFrame("10.0.0.1", "224.0.0.1", 64));
    Receive(up, DataFrame("10.0.0.1", "224.0.0.9", 64));
    Receive(up, DataFrame("10.0.0.1", "239.1.2.3", 1));
    Receive(up, DataFrame("10.0.0.1", "239.1.2.3", 0));
    EXPECT_TRUE(Take().empty());
}

TEST_F(SimRouterTest, OwnMembershipIsKnownToItself)
{
    ASSERT_TRUE(node.Listen(SOCKET, lan, Ip("239.1.2.3"), FilterMode::Exclude));
    EXPECT_TRUE(node.GetRouter()->FindGroup(lan, Ip("239.1.2.3")));
    // Own queries keep asking the own host side: the record outlives its timer.
    node.AdvanceTo(TimePoint{seconds{1000}});
    EXPECT_TRUE(node.GetRouter()->FindGroup(lan, Ip("239.1.2.3")));
    node.CloseSocket(SOCKET);
    node.AdvanceTo(TimePoint{seconds{1010}});
    EXPECT_FALSE(node.GetRouter()->FindGroup(lan, Ip("239.1.2.3")));
}

TEST_F(SimRouterTest, HearsWhatItForwardsToALanWhereItIsAMember)
{
    ASSERT_TRUE(node.Listen(SOCKET, lan, Ip("239.1.2.3"), FilterMode::Exclude));
    Receive(up, DataFrame("10.0.0.1", "239.1.2.3"));
    EXPECT_EQ(TakeData().size(), 1u);
    EXPECT_EQ(Deliveries(), 1u);
    Receive(up, DataFrame("10.0.0.1", "239.1.2.3", 1));
    EXPECT_EQ(Deliveries(), 0u) << "it ends before that LAN";
}

TEST_F(SimRouterTest, ForwardsItsOwnDataToo)
{
    Join(lan, "10.1.0.1", "239.1.2.3");
    Take();
    SimNode::SendOptions options;
    options.port = up;
    options.ttl = 16;
    ASSERT_TRUE(node.SendData(Ip("239.1.2.3"), {}, options));
    const auto sent = TakeData();
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_EQ(sent[0].port, up);
    EXPECT_EQ(sent[0].packet.meta.ttl, 16);
    EXPECT_EQ(sent[1].port, lan);
    EXPECT_EQ(sent[1].packet.meta.ttl, 15);
}

TEST_F(SimRouterTest, IsSilentAndEmptyAfterShutdown)
{
    Join(lan, "10.1.0.1", "239.1.2.3");
    Receive(up, DataFrame("10.0.0.1", "239.1.2.3"));
    ASSERT_EQ(node.GetMfc().Size(), 1u);
    node.ShutdownRouter();
    Take();
    EXPECT_EQ(node.GetMfc().Size(), 0u);
    Receive(up, DataFrame("10.0.0.1", "239.1.2.3"));
    node.AdvanceTo(node.Now() + seconds{1000});
    EXPECT_TRUE(TakeData().empty());
}

} // namespace
} // namespace mcast
