// SPDX-License-Identifier: GPL-2.0-only
// What the module's suites build their networks of.

#ifndef MULTICAST_TEST_NETWORK_H
#define MULTICAST_TEST_NETWORK_H

#include "ns3/csma-helper.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-header.h"
#include "ns3/multicast-helper.h"
#include "ns3/multicast-node.h"
#include "ns3/net-device-container.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"
#include "ns3/socket.h"

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
    StockSink(Ptr<Node> node, Ipv4Address local = Ipv4Address::GetAny(), uint16_t port = MULTICAST_TEST_PORT);

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
        Ipv4Header header;
        std::vector<uint8_t> payload;
        uint32_t interface;
    };

    /// IGMP messages sent of a type, the first octet on the wire.
    std::vector<Sent> SentOfType(uint8_t type) const;

    std::map<std::string, uint32_t> drops; ///< by reason
    std::vector<Sent> sent;                ///< IGMP
    std::vector<Sent> received;            ///< IGMP
    std::vector<Sent> forwarded;           ///< data
    std::vector<std::string> changes;      ///< "1 239.1.1.1 joined", "1 239.1.1.1 left"
    std::vector<std::string> states;       ///< "1 239.1.1.1 source-blocked"
    std::vector<std::string> events;       ///< text of both sides, with the time in nanoseconds

  private:
    void OnDrop(const Ipv4Header&, Ptr<const Packet>, const std::string& reason, uint32_t);
    void OnTx(const Ipv4Header& header, Ptr<const Packet> payload, uint32_t interface);
    void OnRx(const Ipv4Header& header, Ptr<const Packet> payload, uint32_t interface);
    void OnForward(const Ipv4Header& header, Ptr<const Packet> payload, uint32_t interface);
    void OnMembership(uint32_t interface, Ipv4Address group, bool present);
    void OnState(uint32_t interface, Ipv4Address group, const std::string& what);
    void OnEvent(Time at, const std::string& text);
};

/// A sender on one LAN, a router, and hosts on another: 10.1.0.0/24 and 10.2.0.0/24, the router first on both.
///
///   sender --- router --- hosts
class TwoLans
{
  public:
    explicit TwoLans(const MulticastHelper& helper = MulticastHelper(), uint32_t hosts = 2);

    /// Queries at 10 s intervals, answers within 2 s.
    static MulticastHelper QuickHelper();

    /// Sends datagrams of 100 octets from `from` until before `to`, in seconds, 10 a second.
    void SendFrom(Ptr<Node> node, double from, double to, Ipv4Address group = GROUP, uint8_t ttl = 8,
                  Ptr<NetDevice> device = nullptr, uint32_t size = 100);

    /// Runs to a time in seconds.
    void RunUntil(double end);

    Ptr<MulticastNode> Multicast(Ptr<Node> node) const;

    static const Ipv4Address GROUP; ///< 239.1.1.1
    static const Ipv4Address SENDER; ///< 10.1.0.2
    static const uint32_t LEFT = 1;  ///< the router's interface to the sender
    static const uint32_t RIGHT = 2; ///< the router's interface to the hosts

    NodeContainer router;
    NodeContainer sender;
    NodeContainer hosts;
    NetDeviceContainer left;
    NetDeviceContainer right;

  private:
    std::vector<Ptr<Socket>> m_sockets;
};

/// Sends one UDP datagram.
void SendDatagram(Ptr<Socket> socket, Ipv4Address group, uint32_t size);

} // namespace ns3

#endif // MULTICAST_TEST_NETWORK_H
