// SPDX-License-Identifier: GPL-2.0-only

#include "kernel-mroute.h"

#include "packet-codec.h"
#include "replay.h"
#include "socket-address.h"
#include "unfinished-checksum.h"
#include "wire/ip.h"

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

TEST(VifTable, HasAPlaceForRegisters)
{
    VifTable table;
    EXPECT_EQ(table.Add(REGISTER_INTERFACE), 0);
    EXPECT_EQ(table.InterfaceOf(0), REGISTER_INTERFACE);
    EXPECT_EQ(table.Add(InterfaceId{4}), 1);
}

TEST(Upcall, OfAPacketOnAWrongInterfaceMayBringIt)
{
    Bytes four(20 + 5, 7);
    four[8] = IGMPMSG_WRVIFWHOLE;
    const auto ipv4 = Ipv4MrouteCodec().parseUpcall(four);
    ASSERT_TRUE(ipv4);
    EXPECT_EQ(ipv4->upcall.kind, Upcall::Kind::WrongInterface);
    EXPECT_EQ(ipv4->upcall.packet.Size(), 5U);
    Bytes six(sizeof(mrt6msg) + 6, 0);
    six[1] = MRT6MSG_WRMIFWHOLE;
    const auto ipv6 = Ipv6MrouteCodec().parseUpcall(six);
    ASSERT_TRUE(ipv6);
    EXPECT_EQ(ipv6->upcall.kind, Upcall::Kind::WrongInterface);
    EXPECT_EQ(ipv6->upcall.packet.Size(), 6U);
}

TEST(Replay, IsForTheEntryThatLetsThePacketIn)
{
    const Upcall upcall{
        Upcall::Kind::WrongInterface, InterfaceId{3}, Address::Ipv4(10, 0, 0, 1), Address::Ipv4(239, 1, 1, 1), {}};
    ForwardingChange change{ForwardingChange::Kind::Replace, upcall.source, upcall.group, InterfaceId{3}, {}};
    EXPECT_TRUE(LetsIn(change, upcall));
    change.kind = ForwardingChange::Kind::Remove;
    EXPECT_FALSE(LetsIn(change, upcall));
    change.kind = ForwardingChange::Kind::Install;
    change.incoming = InterfaceId{4};
    EXPECT_FALSE(LetsIn(change, upcall)) << "another interface";
    change.incoming = InterfaceId{3};
    change.source = Address::Ipv4(10, 0, 0, 2);
    EXPECT_FALSE(LetsIn(change, upcall)) << "another source";
}

/// A UDP datagram from 10.0.0.1 to 239.1.1.1 with a payload of one odd octet; \param checksum of UDP
Bytes
Datagram(std::uint16_t checksum)
{
    PacketMeta meta;
    meta.source = Address::Ipv4(10, 0, 0, 1);
    meta.destination = Address::Ipv4(239, 1, 1, 1);
    meta.protocol = IPPROTO_UDP;
    Writer udp;
    udp.U16(5000).U16(5000).U16(9).U16(checksum).U8('x');
    return WriteIp(meta, udp.View());
}

TEST(UnfinishedChecksum, IsFinishedIfTheKernelLeftIt)
{
    // 0a00 + 0001 + ef01 + 0101 + 0011 + 0009 = fa1d; besides 1388 + 1388 + 0009 + fa1d + 7800 = 9937 with the carry
    EXPECT_EQ(FinishChecksum(Family::Ipv4, Datagram(0xfa1d)), Datagram(0x66c8));
    EXPECT_EQ(FinishChecksum(Family::Ipv4, Datagram(0x66c8)), Datagram(0x66c8)) << "right already";
    EXPECT_EQ(FinishChecksum(Family::Ipv4, Datagram(0x1234)), Datagram(0x1234)) << "wrong from the beginning";
    EXPECT_EQ(FinishChecksum(Family::Ipv4, Datagram(0)), Datagram(0)) << "none";
    EXPECT_EQ(FinishChecksum(Family::Ipv4, Bytes{0x45, 0}), (Bytes{0x45, 0})) << "cut off";
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

TEST(Arrival, OfPimOverIpv6HasWhatItsIpHeaderSaid)
{
    Received received;
    received.source.sin6_addr = ToIn6Addr(*Address::Parse("fe80::9"));
    in6_pktinfo info{ToIn6Addr(*Address::Parse("ff02::d")), 7};
    const int trafficClass = 0xc0;
    received.Add(IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    received.Add(IPPROTO_IPV6, IPV6_TCLASS, &trafficClass, sizeof trafficClass);
    const auto arrival = PimIpv6Codec().read(received.message, Bytes{0x20, 0, 0, 0});
    ASSERT_TRUE(arrival.packet);
    EXPECT_FALSE(arrival.upcall) << "a Hello starts with 32, but any first octet is PIM's";
    EXPECT_EQ(arrival.packet->meta.protocol, 103);
    EXPECT_EQ(arrival.packet->meta.destination, *Address::Parse("ff02::d"));
    EXPECT_EQ(arrival.packet->meta.tos, 0xc0);
    EXPECT_EQ(arrival.interface, InterfaceId{7});
}

TEST(Sending, NamesTheWayUnlessRoutingDoes)
{
    for (const auto interface : {InterfaceId{7}, BY_ROUTING})
    {
        Received place;
        Transmit packet{interface, {}, {1, 2, 3}};
        packet.meta.source = Address::Ipv4(10, 0, 0, 1);
        packet.meta.destination = Address::Ipv4(10, 0, 0, 2);
        packet.meta.ttl = 64;
        EXPECT_EQ(PimIpv4Codec().compose(place.message, packet), (Bytes{1, 2, 3}));
        int ttl = 0;
        in_pktinfo info{};
        ForEachControl(place.message, IPPROTO_IP, [&](int type, BytesView data) {
            if (type == IP_TTL)
            {
                ttl = FromControl<int>(data);
            }
            else if (type == IP_PKTINFO)
            {
                info = FromControl<in_pktinfo>(data);
            }
        });
        EXPECT_EQ(ttl, 64);
        EXPECT_EQ(info.ipi_ifindex, interface == BY_ROUTING ? 0 : 7);
        EXPECT_EQ(FromInAddr(info.ipi_spec_dst), packet.meta.source);
    }
}

} // namespace
} // namespace mcast::linux_host
