// SPDX-License-Identifier: GPL-2.0-only
// ns-3's two kinds of IP by the same names: the data plane and the glue of a node are templates over these. What the two
// do differently stands here; addresses, groups and rules are the core's. Private to the module: not installed.

#ifndef MULTICAST_IP_H
#define MULTICAST_IP_H

#include "core/interface.h"
#include "core/wire/packet.h"
#include "core/wire/pim.h"

#include "ns3/ipv4-interface.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-queue-disc-item.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/ipv6-interface.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-queue-disc-item.h"
#include "ns3/ipv6-route.h"
#include "ns3/ipv6-routing-protocol.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ns3
{

class MulticastIpv6Routing;
class MulticastRouting;

/// IPv4.
struct MulticastIpv4
{
    static constexpr mcast::Family FAMILY = mcast::Family::Ipv4;
    typedef Ipv4 Base;
    typedef Ipv4L3Protocol L3Protocol;
    typedef ns3::Ipv4Interface Interface;
    typedef Ipv4Address Address;
    typedef Ipv4Header Header;
    typedef Ipv4Route Route;
    typedef Ipv4QueueDiscItem QueueItem;
    typedef Ipv4RoutingProtocol RoutingProtocol;
    typedef MulticastRouting Routing;

    static Address FromCore(const mcast::Address& address);

    /// TTL.
    static uint8_t GetHops(const Header& header)
    {
        return header.GetTtl();
    }

    static uint8_t GetClass(const Header& header)
    {
        return header.GetTos();
    }

    /// Octets after the header, as this says.
    static uint16_t GetPayloadSize(const Header& header)
    {
        return header.GetPayloadSize();
    }

    /// As the packet goes on: a hop further, and without options, which Ipv4Header reads over and cannot write.
    static Header NextHop(const Header& header);
    /// The header of a packet of the core, as ns-3 has it: without options.
    static Header MakeHeader(const mcast::PacketMeta& meta, uint32_t payloadSize);

    /// Is a packet that comes in one of IGMP? It goes to IGMP, whatever its group, and no further.
    static bool IsMembership(const Packet&, const Header& header)
    {
        return header.GetProtocol() == mcast::PROTOCOL_IGMP;
    }

    static bool IsPim(const Header& header)
    {
        return header.GetProtocol() == mcast::pim::PROTOCOL;
    }

    /// A packet's header as it was, checksum included, to be written.
    static Header Whole(const Header& header);

    /// Does IP deliver what it receives for a group by itself, before it asks routing, or instead? It does not.
    static bool DeliversItself(const L3Protocol&, uint32_t, Address)
    {
        return false;
    }

    static bool AsksRouting(Address)
    {
        return true;
    }

    /// Is a packet taken for a copy of one that this node has had, even one of its own?
    static bool DropsDuplicates(const L3Protocol& ipv4);
    /// Groups that are delivered without a listener if the attribute DeliverLinkLocal says so.
    static bool IsForRoutingProtocols(Address group);
    /// Lets a packet have the TTL and TOS that are given when IP makes its header.
    static void AddTags(Packet& packet, const mcast::PacketMeta& meta);
    static Address SelectSource(L3Protocol& ipv4, uint32_t interface, Address group);
    static std::vector<mcast::InterfaceAddress> GetAddresses(const L3Protocol& ipv4, uint32_t interface);
    /// IPv6 alone has any.
    static std::vector<mcast::Address> GetSolicitedNodes(const L3Protocol&, uint32_t)
    {
        return {};
    }
};

/// IPv6.
struct MulticastIpv6
{
    static constexpr mcast::Family FAMILY = mcast::Family::Ipv6;
    typedef Ipv6 Base;
    typedef Ipv6L3Protocol L3Protocol;
    typedef ns3::Ipv6Interface Interface;
    typedef Ipv6Address Address;
    typedef Ipv6Header Header;
    typedef Ipv6Route Route;
    typedef Ipv6QueueDiscItem QueueItem;
    typedef Ipv6RoutingProtocol RoutingProtocol;
    typedef MulticastIpv6Routing Routing;

    static Address FromCore(const mcast::Address& address);

    /// Hop Limit.
    static uint8_t GetHops(const Header& header)
    {
        return header.GetHopLimit();
    }

    static uint8_t GetClass(const Header& header)
    {
        return header.GetTrafficClass();
    }

    static uint16_t GetPayloadSize(const Header& header)
    {
        return header.GetPayloadLength();
    }

    static Header NextHop(const Header& header);
    static Header MakeHeader(const mcast::PacketMeta& meta, uint32_t payloadSize);
    /// MLD is a part of ICMPv6, behind a Hop-by-Hop header if it is as it should be.
    static bool IsMembership(const Packet& packet, const Header& header);

    static bool IsPim(const Header& header)
    {
        return header.GetNextHeader() == mcast::pim::PROTOCOL;
    }

    static const Header& Whole(const Header& header)
    {
        return header;
    }
    /// Ipv6L3Protocol delivers to solicited-node groups of its addresses and to those of AddMulticastAddress.
    static bool DeliversItself(const L3Protocol& ipv6, uint32_t interface, const Address& group);
    /// It delivers to all nodes, and to all routers, without asking routing.
    static bool AsksRouting(const Address& group);

    static bool DropsDuplicates(const L3Protocol&)
    {
        return false;
    }

    /// Routing protocols join by Socket::Ipv6JoinGroup.
    static bool IsForRoutingProtocols(const Address&)
    {
        return false;
    }

    static void AddTags(Packet& packet, const mcast::PacketMeta& meta);
    static Address SelectSource(L3Protocol& ipv6, uint32_t interface, const Address& group);
    /// Those that may be sent from: not tentative (RFC 4862 5.4).
    static std::vector<mcast::InterfaceAddress> GetAddresses(const L3Protocol& ipv6, uint32_t interface);
    static std::vector<mcast::Address> GetSolicitedNodes(const L3Protocol& ipv6, uint32_t interface);
};

} // namespace ns3

#endif // MULTICAST_IP_H
