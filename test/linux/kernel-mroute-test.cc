// SPDX-License-Identifier: GPL-2.0-only

#include "kernel-mroute.h"

#include "packet-codec.h"
#include "socket-address.h"

#include <gtest/gtest.h>
#include <linux/mroute.h>
#include <linux/mroute6.h>

namespace mcast::linux_host
{
namespace
{

TEST(VifTable, GivesTheLowestFreeNumber)
{
    VifTable table;
    EXPECT_EQ(table.Add(InterfaceId{7}), 0);
    EXPECT_EQ(table.Add(InterfaceId{9}), 1);
    EXPECT_EQ(table.Add(InterfaceId{8}), 2);
    table.Remove(InterfaceId{9});
    EXPECT_FALSE(table.Find(InterfaceId{9}));
    EXPECT_FALSE(table.InterfaceOf(1));
    EXPECT_EQ(table.Add(InterfaceId{30}), 1);
    EXPECT_EQ(table.InterfaceOf(1), InterfaceId{30});
    EXPECT_EQ(table.Find(InterfaceId{8}), 2);
}

TEST(VifTable, EndsAtTheKernelsThirtyTwo)
{
    VifTable table;
    for (std::uint32_t i = 1; i <= VifTable::SIZE; ++i)
    {
        EXPECT_TRUE(table.Add(InterfaceId{i}));
    }
    EXPECT_FALSE(table.Add(InterfaceId{100}));
    EXPECT_FALSE(table.InterfaceOf(VifTable::SIZE)) << "numbers from the kernel are not trusted";
    EXPECT_FALSE(table.Find(InterfaceId{}));
}

TEST(Ipv4Upcall, TellsItsKindVirtualInterfaceAndAddresses)
{
    Bytes octets(28, 0);
    octets[8] = IGMPMSG_NOCACHE;
    octets[10] = 3;
    const Bytes addresses{10, 1, 0, 9, 239, 1, 2, 3};
    std::copy(addresses.begin(), addresses.end(), octets.begin() + 12);
    const auto parsed = Ipv4MrouteCodec().parseUpcall(octets);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->vif, 3);
    EXPECT_EQ(parsed->upcall.kind, Upcall::Kind::NoCache);
    EXPECT_EQ(parsed->upcall.source, Address::Ipv4(10, 1, 0, 9));
    EXPECT_EQ(parsed->upcall.group, Address::Ipv4(239, 1, 2, 3));
    EXPECT_FALSE(Ipv4MrouteCodec().parseUpcall(Bytes(19, 0))) << "too short";
    octets[8] = 99;
    EXPECT_FALSE(Ipv4MrouteCodec().parseUpcall(octets)) << "of an unknown kind";
}

TEST(Ipv6Upcall, TellsItsKindVirtualInterfaceAndAddresses)
{
    Bytes octets(sizeof(mrt6msg), 0);
    octets[1] = MRT6MSG_WRONGMIF;
    octets[offsetof(mrt6msg, im6_mif)] = 5;
    const auto source = Address::Parse("2001:db8::9")->Octets();
    const auto group = Address::Parse("ff1e::1")->Octets();
    std::copy(source.begin(), source.end(), octets.begin() + offsetof(mrt6msg, im6_src));
    std::copy(group.begin(), group.end(), octets.begin() + offsetof(mrt6msg, im6_dst));
    const auto parsed = Ipv6MrouteCodec().parseUpcall(octets);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->vif, 5);
    EXPECT_EQ(parsed->upcall.kind, Upcall::Kind::WrongInterface);
    EXPECT_EQ(parsed->upcall.source, *Address::Parse("2001:db8::9"));
    EXPECT_EQ(parsed->upcall.group, *Address::Parse("ff1e::1"));
    octets.pop_back();
    EXPECT_FALSE(Ipv6MrouteCodec().parseUpcall(octets)) << "too short";
}

/// A message as recvmmsg fills it.
struct Received
{
    Received()
    {
        message.msg_name = &source;
        message.msg_control = control.data();
        message.msg_controllen = 0;
    }

    void Add(int level, int type, const void* data, std::size_t size)
    {
        auto* const item = reinterpret_cast<cmsghdr*>(control.data() + message.msg_controllen);
        item->cmsg_level = level;
        item->cmsg_type = type;
        item->cmsg_len = CMSG_LEN(size);
        std::memcpy(CMSG_DATA(item), data, size);
        message.msg_controllen += CMSG_SPACE(size);
    }

    alignas(cmsghdr) std::array<char, CONTROL_SIZE> control{};
    sockaddr_in6 source{};
    msghdr message{};
};

TEST(Arrival, OfProtocolZeroIsAnUpcall)
{
    Received received;
    Bytes packet(28, 0);
    EXPECT_TRUE(IgmpCodec().read(received.message, packet).upcall);
    packet[9] = 2;
    const auto bad = IgmpCodec().read(received.message, packet);
    EXPECT_FALSE(bad.upcall);
    EXPECT_FALSE(bad.packet) << "no IP header";
    EXPECT_FALSE(IgmpCodec().read(received.message, Bytes(5, 0)).packet);
    EXPECT_TRUE(MldCodec().read(received.message, packet).upcall);
}

TEST(Arrival, OfMldHasWhatItsIpHeaderSaid)
{
    Received received;
    const auto fe80 = *Address::Parse("fe80::9");
    received.source.sin6_addr = ToIn6Addr(fe80);
    in6_pktinfo info{ToIn6Addr(*Address::Parse("ff02::16")), 7};
    const int hopLimit = 1;
    const std::array<std::uint8_t, 8> options{58, 0, 5, 2, 0, 0, 1, 0};
    received.Add(IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    received.Add(IPPROTO_IPV6, IPV6_HOPLIMIT, &hopLimit, sizeof hopLimit);
    const Bytes octets{143, 0, 0, 0, 0, 0, 0, 0};
    const auto plain = MldCodec().read(received.message, octets);
    ASSERT_TRUE(plain.packet);
    EXPECT_FALSE(plain.packet->meta.routerAlert);
    received.Add(IPPROTO_IPV6, IPV6_HOPOPTS, options.data(), options.size());
    const auto arrival = MldCodec().read(received.message, octets);
    ASSERT_TRUE(arrival.packet);
    EXPECT_EQ(arrival.interface, InterfaceId{7});
    EXPECT_EQ(arrival.packet->meta.source, fe80);
    EXPECT_EQ(arrival.packet->meta.destination, *Address::Parse("ff02::16"));
    EXPECT_EQ(arrival.packet->meta.ttl, 1);
    EXPECT_EQ(arrival.packet->meta.protocol, PROTOCOL_ICMPV6);
    EXPECT_TRUE(arrival.packet->meta.routerAlert);
    EXPECT_EQ(arrival.packet->payload.Size(), octets.size());
}

} // namespace
} // namespace mcast::linux_host
