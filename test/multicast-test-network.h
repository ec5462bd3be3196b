// SPDX-License-Identifier: GPL-2.0-only
// What the module's suites build their networks of.

#ifndef MULTICAST_TEST_NETWORK_H
#define MULTICAST_TEST_NETWORK_H

#include "ns3/address.h"
#include "ns3/csma-helper.h"
#include "ns3/header.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-node.h"
#include "ns3/net-device-container.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"
#include "ns3/socket.h"
#include "ns3/test.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ns3
{

/// Destination port of all test data.
const uint16_t MULTICAST_TEST_PORT = 5000;

/// A stock UDP socket that notes when it receives: what PacketSink and its like are given.
class StockSink
{
  public:
    /// \param local group or any address
    StockSink(Ptr<Node> node, const Address& local = Ipv4Address::GetAny(), uint16_t port = MULTICAST_TEST_PORT);

    std::size_t Count() const
    {
        return m_times.size();
    }

    /// Received at or after a time and before another, in seconds.
    std::size_t CountBetween(double from, double to) const;

    const std::vector<Time>& Times() const
    {
        return m_times;
    }

  private:
    void OnData(Ptr<Socket> socket);

    Ptr<Socket> m_socket;
    std::vector<Time> m_times;
};

/// What a node's trace sources have told.
class TraceLog
{
  public:
    explicit TraceLog(Ptr<Node> node);

    struct Sent
    {
        Time at;
        Address source;
        Address destination;
        uint8_t hops; ///< TTL or Hop Limit
        std::vector<uint8_t> payload;
        uint32_t interface;
    };

    /// Messages of IGMP or MLD sent of a type, the first octet on the wire.
    std::vector<Sent> SentOfType(uint8_t type) const;

    std::map<std::string, uint32_t> drops; ///< by reason
    std::vector<Sent> sent;                ///< IGMP and MLD
    std::vector<Sent> received;            ///< IGMP and MLD
    std::vector<Sent> forwarded;           ///< data
    std::vector<std::string> changes;      ///< "1 239.1.1.1 joined", "1 239.1.1.1 left"
    std::vector<std::string> states;       ///< "1 239.1.1.1 source-blocked"
    std::vector<std::string> events;       ///< text of both sides, with the time in nanoseconds

  private:
    void OnDrop(const Header& header, Ptr<const Packet> payload, const std::string& reason, uint32_t interface);
    void OnTx(const Header& header, Ptr<const Packet> payload, uint32_t interface);
    void OnRx(const Header& header, Ptr<const Packet> payload, uint32_t interface);
    void OnForward(const Header& header, Ptr<const Packet> payload, uint32_t interface);
    void OnMembership(uint32_t interface, const Address& group, bool present);
    void OnState(uint32_t interface, const Address& group, const std::string& what);
    void OnEvent(Time at, const std::string& text);
};

/// An address of IPv4 or IPv6, whichever the text is.
Address Ip(const std::string& text);

/// The other way round.
std::string ToText(const Address& address);

/// A sender on one LAN, a router, and hosts on another: 10.1.0.0/24 and 10.2.0.0/24, or 2001:1::/64 and 2001:2::/64, the
/// router first on both. The nodes have IPv4, IPv6 or both; what the functions do is of the family that is given.
///
///   sender --- router --- hosts
class TwoLans
{
  public:
    explicit TwoLans(const MulticastHelper& helper = MulticastHelper(), uint32_t hosts = 2,
                     MulticastNode::Family family = MulticastNode::IPV4);

    /// Gives all nodes addresses of the other family, too.
    void MakeDualStack();

    /// Queries at 10 s intervals, answers within 2 s; no reports of solicited-node groups.
    static MulticastHelper QuickHelper();

    /// Sends datagrams of 100 octets from `from` until before `to`, in seconds, 10 a second.
    void SendFrom(Ptr<Node> node, double from, double to, const Address& group = Address(), uint8_t ttl = 8,
                  Ptr<NetDevice> device = nullptr, uint32_t size = 100);

    /// What stands for a numbered group: 239.1.1.n or ff0e::1:n.
    Address Group(uint32_t number = 1) const;
    /// An address on the left: 10.1.0.n or 2001:1::n; the router is 1, the sender 2.
    Address Left(uint32_t host) const;
    /// A socket's local address that takes all.
    Address Any() const;
    /// "2 239.1.1.1 joined" as TraceLog has it, in this family.
    std::string Change(uint32_t interface, const std::string& what, uint32_t group = 1) const;
    Ptr<MulticastInterface> Interface(Ptr<NetDevice> device) const;
    /// Switches an interface on or off.
    void SetUp(Ptr<Node> node, uint32_t interface, bool up) const;
    /// Unicast between the LANs.
    void PopulateRoutes() const;

    /// Runs to a time in seconds.
    void RunUntil(double end);

    Ptr<MulticastNode> Multicast(Ptr<Node> node) const;

    static const Ipv4Address GROUP;  ///< 239.1.1.1
    static const Ipv4Address SENDER; ///< 10.1.0.2
    static const uint32_t LEFT = 1;  ///< the router's interface to the sender
    static const uint32_t RIGHT = 2; ///< the router's interface to the hosts

    const MulticastNode::Family family;
    NodeContainer router;
    NodeContainer sender;
    NodeContainer hosts;
    NetDeviceContainer left;
    NetDeviceContainer right;

  private:
    void Assign(MulticastNode::Family which);

    std::vector<Ptr<Socket>> m_sockets;
};

/// A test that runs with IPv4 and with IPv6.
class FamilyTestCase : public TestCase
{
  public:
    FamilyTestCase(MulticastNode::Family family, const std::string& name)
        : TestCase(name + (family == MulticastNode::IPV4 ? ", IPv4" : ", IPv6")),
          m_family(family)
    {
    }

  protected:
    const MulticastNode::Family m_family;
};

/// Sends one UDP datagram.
void SendDatagram(Ptr<Socket> socket, const Address& group, uint32_t size);

/// The address of a socket. \param address of IPv4 or IPv6
Address SocketAddress(const Address& address, uint16_t port);

} // namespace ns3

#endif // MULTICAST_TEST_NETWORK_H
