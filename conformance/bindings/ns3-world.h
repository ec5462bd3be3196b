// SPDX-License-Identifier: GPL-2.0-only
// One ns-3 node with the whole Internet stack and the module multicast, on Ethernet ports whose frames come and go by
// calls. ns-3 has one simulator, one list of nodes and one set of defaults per process, so there is one world at a
// time; closing it leaves all of these as they were.

#ifndef MCAST_CONFORMANCE_BINDINGS_NS3_WORLD_H
#define MCAST_CONFORMANCE_BINDINGS_NS3_WORLD_H

#include "host.h"
#include "mfc/mfc.h"
#include "ns3-pipe-device.h"
#include "router.h"
#include "wire/ethernet.h"

#include "ns3/multicast-node.h"
#include "ns3/multicast-pim.h"
#include "ns3/multicast-socket.h"
#include "ns3/node.h"
#include "ns3/nstime.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mcast::python
{

class World
{
  public:
    struct Frame
    {
        TimePoint at{};
        InterfaceId port;
        Bytes octets;
    };

    struct Delivery
    {
        TimePoint at{};
        SocketId socket;
        InterfaceId port;
        Address source;
        Address group;
        Bytes payload;
    };

    struct Event
    {
        TimePoint at{};
        bool router = false;
        std::string text;
    };

    struct PortOptions
    {
        MacAddress mac{};
        /// IPv6 ones are good at once: there is no Duplicate Address Detection.
        std::vector<InterfaceAddress> addresses;
        std::uint16_t mtu = 1500;
    };

    /// Attributes by name, as text.
    using Attributes = std::vector<std::pair<std::string, std::string>>;

    /// \param seed of the protocol's delays and of ns-3's random variables
    /// \param attributes of MulticastNode
    World(bool router, std::uint64_t seed, const Attributes& attributes);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    /// Frees everything; nothing may be called afterwards.
    void Close();
    bool IsOpen() const;
    static bool Exists();

    // Before Start. Ports are numbered from 1, as ns-3's interfaces: 0 is the loopback.

    InterfaceId AddPort(const PortOptions& options);
    /// \return the configuration of a port, to be set before or after the start; none if it has no address of the family
    ns3::Ptr<ns3::MulticastInterface> GetInterface(InterfaceId port, Family family) const;
    void AddRoute(const StaticMulticastRoute& route);
    /// PIM of the node, which is a router.
    ns3::Ptr<ns3::MulticastPim> GetPim(Family family) const;
    /// A host on a port's link, which nobody has to be asked for.
    void AddNeighbor(InterfaceId port, const Address& address, const MacAddress& mac);

    // Time starts with the first of these.

    /// Everything up to and at this time happens.
    void AdvanceTo(TimePoint until);
    /// The same, but ends at the time of the first frame or delivery. \return is there one to take?
    bool Step(TimePoint until);
    void Arrive(InterfaceId port, BytesView frame);
    void SetLinkUp(InterfaceId port, bool up);
    /// Replaces a port's addresses.
    void SetAddresses(InterfaceId port, const std::vector<InterfaceAddress>& addresses);
    /// Static unicast routing, instead of a route to the same prefix.
    void AddUnicastRoute(const Prefix& prefix, InterfaceId port, const Address& nextHop, std::uint32_t metric);
    void RemoveUnicastRoute(const Prefix& prefix);
    /// What was configured takes effect.
    void ApplyConfiguration();
    bool Listen(SocketId socket, InterfaceId port, const Address& group, FilterMode mode,
                const std::vector<Address>& sources);
    void CloseSocket(SocketId socket);
    /// \param ttl none: as the socket has it. \return did the stack take it?
    bool SendData(const Address& group, BytesView payload, std::optional<InterfaceId> port,
                  std::optional<std::uint8_t> ttl, bool loop);

    // What came of it, since the last call.

    std::vector<Frame> TakeFrames();
    std::vector<Delivery> TakeDeliveries();
    std::vector<Event> TakeEvents();

    // Read out, at the present time.

    TimePoint Now() const;
    bool HasPort(InterfaceId port) const;
    MacAddress Mac(InterfaceId port) const;
    const Host& GetHost();
    const Router* GetRouter();
    /// A port as the node's host and router know it.
    static InterfaceId CoreInterface(InterfaceId port, Family family);
    const Mfc& GetMfc(Family family) const;

  private:
    void AddInterfaces(ns3::Ptr<PipeDevice> device, const std::vector<InterfaceAddress>& addresses);
    void AddAddress(InterfaceId port, const InterfaceAddress& address);
    void RemoveAddresses(InterfaceId port);
    bool HasAddress(InterfaceId port, const Address& address) const;
    void Start();
    void RunAt(TimePoint until);
    void Settle();
    void Stop();
    void TraceEvents();
    void OnHostEvent(ns3::Time at, const std::string& text);
    void OnRouterEvent(ns3::Time at, const std::string& text);
    ns3::Ptr<ns3::MulticastSocket> Socket(SocketId id);

    ns3::Ptr<ns3::Node> m_node;
    ns3::Ptr<ns3::MulticastNode> m_multicast;
    std::vector<ns3::Ptr<PipeDevice>> m_devices; ///< port n at n - 1
    std::map<SocketId, ns3::Ptr<ns3::MulticastSocket>> m_sockets;
    bool m_started = false;
    bool m_stepping = false;
    std::vector<Frame> m_frames;
    std::vector<Delivery> m_deliveries;
    std::vector<Event> m_events;
};

} // namespace mcast::python

#endif // MCAST_CONFORMANCE_BINDINGS_NS3_WORLD_H
