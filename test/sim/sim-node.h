// SPDX-License-Identifier: GPL-2.0-only
// A minimal IP node around the protocol core: Ethernet ports, an IP layer for multicast, applications, and, if it is a
// router, the forwarding cache. It is the host of the core for Python and for the many-routers tests, and it shows
// what any host of the core has to do.
//
//   frame in --> IP --+--> membership messages --> Host, Router
//                     +--> PIM, to a group of the link or to one of our addresses --> Router
//                     +--> data --> sockets (by Host::Accepts) and Mfc --> frames out
//                     +--> unicast to others: a router passes it on
//   own messages go out and to the other half: a router's own memberships are reported to itself
//
// Like the core, it has no clock and calls nothing back: hand in, poll until empty, wait until NextDeadline. IP is what
// RFC 1112 and RFC 7761 ask of it and no more: applications have no unicast data, and ARP, Neighbour Discovery, ICMP and
// reassembly are absent. A neighbour's Ethernet address is that of its last frame; of one never heard it is the broadcast
// address. IPv6 addresses are good at once: there is no Duplicate Address Detection.

#ifndef MCAST_TEST_SIM_SIM_NODE_H
#define MCAST_TEST_SIM_SIM_NODE_H

#include "host.h"
#include "mfc/mfc.h"
#include "router.h"
#include "static-routes.h"
#include "wire/ethernet.h"
#include "wire/ip.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace mcast
{

class SimNode
{
  public:
    /// A whole Ethernet frame that leaves the node.
    struct Frame
    {
        TimePoint at{};
        InterfaceId port;
        Bytes octets;
    };

    /// A datagram that an application received.
    struct Delivery
    {
        TimePoint at{};
        SocketId socket;
        InterfaceId port; ///< where it came in, or where it was sent if it was looped back
        Address source;
        Address group;
        Bytes payload;
    };

    /// A trace event and the half of the core that told it.
    struct Event
    {
        bool router = false;
        TraceEvent event;
    };

    /// How an application sends (RFC 1112 6.1).
    struct SendOptions
    {
        std::optional<InterfaceId> port; ///< none: the first port that is up and has an address
        std::uint8_t ttl = 1;
        bool loop = true; ///< members on the node itself receive it, too
    };

    /// \param router what a router is limited to; none: a host that never forwards
    explicit SimNode(std::uint64_t seed, const std::optional<RouterOptions>& router = std::nullopt);

    // Ports. They are numbered from 1.

    /// \param state its id is ignored
    InterfaceId AddPort(InterfaceState state, const MacAddress& mac);
    void RemovePort(InterfaceId port);
    void SetPortUp(InterfaceId port, bool up);
    void SetAddresses(InterfaceId port, std::vector<InterfaceAddress> addresses);
    const InterfaceState* FindPort(InterfaceId port) const;
    std::optional<MacAddress> Mac(InterfaceId port) const;

    // Configuration, as Host and Router take it; the router's half is an error ("role") on a host.

    using Outcome = Expected<Done, gm::ConfigError>;
    Outcome ConfigureHost(InterfaceId port, const gm::HostConfig& config);
    Outcome ConfigureRouter(InterfaceId port, const RouterInterfaceConfig& config);
    void DeconfigureRouter(InterfaceId port, Family family = Family::Ipv4);
    Outcome ConfigurePim(const pim::RouterConfig& config);
    Outcome AddRoute(const StaticMulticastRoute& route);
    bool RemoveRoute(const Address& group, const std::optional<Address>& source);
    void AddUnicastRoute(const Prefix& prefix, const RouteTable::Result& result);
    bool RemoveUnicastRoute(const Prefix& prefix);
    /// The router takes everything back and stays silent.
    void ShutdownRouter();

    // Time and frames.

    /// Runs every timer on the way, each at its own time.
    void AdvanceTo(TimePoint now);
    void HandleFrame(TimePoint now, InterfaceId port, BytesView frame);
    std::optional<TimePoint> NextDeadline() const;

    TimePoint Now() const
    {
        return m_now;
    }

    // Applications. They send and receive UDP on APPLICATION_PORT.

    Expected<Done, ListenError> Listen(SocketId socket, InterfaceId port, const Address& group, FilterMode mode,
                                       std::vector<Address> sources = {});
    void CloseSocket(SocketId socket);
    /// \return false if no port can send it: none is up with an address of the family, or it exceeds the MTU
    bool SendData(const Address& group, BytesView payload, const SendOptions& options);

    // Drain.

    std::optional<Frame> PollFrame();
    std::optional<Delivery> PollDelivery();
    std::optional<Event> PollEvent();
    bool HasOutput() const;

    // Read out.

    const Host& GetHost() const
    {
        return m_host;
    }

    /// Null on a host.
    const Router* GetRouter() const
    {
        return m_router.get();
    }

    const Mfc& GetMfc() const
    {
        return m_mfc;
    }

    /// Packets that the IP layer itself dropped on a port; the membership protocols' own counters are in the core's views.
    const Counters& IpCounters(InterfaceId port) const;

    /// Data that waits for a forwarding entry.
    std::size_t WaitingPackets() const
    {
        return m_waiting.size();
    }

  private:
    struct Port
    {
        InterfaceState state;
        MacAddress mac{};
        Counters counters;
    };

    /// The octets of an IP packet, link padding cut off.
    struct Packet
    {
        PacketMeta meta;
        Bytes octets;
    };

    void Step(TimePoint now);
    void Drain();
    bool DrainMessages();
    bool DrainForwarding();
    bool DrainDecapsulated();
    void DrainEvents();
    void PortChanged(Port& port);
    void ListenAsRouter(InterfaceId port, Family family, FilterMode mode);

    void ReceiveFrame(Port& port, BytesView frame);
    void ReceiveIp(Port& port, Family family, BytesView octets, const MacAddress& source, bool isUnicast);
    void ReceiveMessage(Port& port, const IpPacket& packet);
    void ReceivePim(Port& port, const IpPacket& packet);
    void ReceiveData(Port& port, const IpPacket& packet, BytesView octets);
    bool PassOn(Packet packet);
    void Learn(const Port& port, const Address& source, const MacAddress& mac);
    void DeliverWhole(Port& port, const Packet& packet);
    void Deliver(InterfaceId port, const PacketMeta& meta, BytesView payload);

    void Forward(InterfaceId arrival, Packet packet);
    bool IsAcceptedNow(InterfaceId arrival, const Address& source, const Address& group);
    void Output(const Mfc::Entry& entry, InterfaceId arrival, const Packet& packet);
    void OutputOn(Port& port, const Packet& packet);
    void Release(const std::vector<Mfc::Released>& released);
    void SendMessage(const Transmit& transmit);
    void SendByRouting(const Transmit& transmit);
    void SendUnicast(const Address& destination, BytesView packet);
    void Emit(const Port& port, const Address& group, BytesView packet);
    void EmitTo(const Port& port, const MacAddress& destination, Family family, BytesView packet);

    Port* Find(InterfaceId port);
    Port* FindOwner(const Address& address);
    static Address DataAddress(const Port& port, Family family);
    Port* SendingPort(const std::optional<InterfaceId>& wanted, Family family);
    static void Count(Port& port, Reason reason);
    void CountOn(InterfaceId port, Reason reason);

    TimePoint m_now{};
    StaticRoutes m_routes;
    Host m_host;
    std::unique_ptr<Router> m_router;
    Mfc m_mfc;
    std::map<InterfaceId, Port> m_ports;
    std::map<std::pair<InterfaceId, Address>, MacAddress> m_neighbors;
    std::set<SocketId> m_sockets;
    std::map<std::uint64_t, std::pair<InterfaceId, Packet>> m_waiting; ///< by cookie
    std::uint64_t m_cookie = 0;
    std::uint32_t m_lastPort = 0;
    std::uint16_t m_identification = 0;
    std::deque<Frame> m_frames;
    std::deque<Delivery> m_deliveries;
    std::deque<Event> m_events;
};

} // namespace mcast

#endif // MCAST_TEST_SIM_SIM_NODE_H
