// SPDX-License-Identifier: GPL-2.0-only
// What MulticastNode is made of. Private to the module: not installed.

#ifndef MULTICAST_NODE_IMPL_H
#define MULTICAST_NODE_IMPL_H

#include "multicast-engine.h"
#include "multicast-forwarder.h"
#include "multicast-igmp-io.h"
#include "multicast-memberships.h"
#include "multicast-node.h"
#include "multicast-rpf.h"
#include "multicast-udp-demux.h"

#include "ns3/ipv4-l3-protocol.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ns3
{

/// The glue between the core of a node and its ns-3 objects.
class MulticastNode::Impl : public MulticastEngine::Client
{
  public:
    explicit Impl(MulticastNode& owner);
    ~Impl() override;

    /// The node's IPv4 is there. \return who takes its multicast packets
    std::shared_ptr<MulticastForwarder> Attach(Ptr<Ipv4L3Protocol> ipv4, MulticastRouting& routing);
    /// The simulation starts.
    void Start();
    /// The node is disposed of, or its routing is.
    void Stop();

    /// An interface is new or has changed.
    void UpdateInterface(uint32_t interface);
    /// Attributes have changed.
    void Configure();
    void NotifyRoutesChanged();

    MulticastMemberships& GetMemberships()
    {
        return m_memberships;
    }

    void AddRoute(const mcast::StaticMulticastRoute& route);
    bool RemoveRoute(const mcast::Address& group, const std::optional<mcast::Address>& source);

    /// IPv4 has taken a packet, which it is about to take apart.
    void OnIpv4Rx(const Ptr<const Packet>& packet);
    /// An IGMP message has come in.
    void ReceiveIgmp(Ptr<const Packet> payload, const Ipv4Header& header, Ptr<Ipv4Interface> interface);

    /// A socket is open; with a port it gets the datagrams that its filter lets through.
    void AddSocket(MulticastSocket& socket);
    void RemoveSocket(MulticastSocket& socket);

    // MulticastEngine::Client
    void Transmit(const mcast::Transmit& packet) override;
    void ChangeForwarding(const mcast::ForwardingChange& change) override;
    std::optional<mcast::ForwardingCounters> ReadForwarding(const mcast::Address& source,
                                                            const mcast::Address& group) const override;
    void OnEvent(MulticastEngine::Side side, const mcast::TraceEvent& event) override;

    /// None before the simulation starts.
    const std::shared_ptr<MulticastEngine>& GetEngine() const
    {
        return m_engine;
    }

    const std::shared_ptr<MulticastForwarder>& GetForwarder() const
    {
        return m_forwarder;
    }

    uint32_t NodeId() const;

  private:
    /// The packet that the core is busy with, for the Drop trace.
    struct Current
    {
        const Ipv4Header& header;
        Ptr<const Packet> payload;
    };

    bool IsMine() const;
    std::uint64_t DrawSeed();
    mcast::RouterOptions GetRouterOptions();
    void JoinRouterGroups(uint32_t interface);
    void ConfigureInterface(MulticastEngine& engine, uint32_t interface);
    void WatchLink(uint32_t interface);
    mcast::InterfaceState GetState(uint32_t interface) const;
    bool IsUp(uint32_t interface) const;
    void CheckRoutes();
    void TraceDrop(const mcast::TraceEvent& event);
    std::string Where(uint32_t interface) const;

    MulticastNode& m_owner;
    MulticastRouting* m_routing = nullptr; ///< tells before it goes
    Ptr<Node> m_node;
    Ptr<Ipv4L3Protocol> m_ipv4;
    Ptr<MulticastUdpDemux> m_udpDemux; ///< made for the first MulticastSocket
    std::shared_ptr<MulticastEngine> m_engine;
    std::shared_ptr<MulticastForwarder> m_forwarder;
    std::unique_ptr<MulticastRpf> m_rpf;
    std::unique_ptr<MulticastIgmpIo> m_io;
    MulticastMemberships m_memberships;
    std::vector<mcast::StaticMulticastRoute> m_routes;
    std::set<MulticastSocket*> m_sockets;                              ///< those that are open
    std::set<uint32_t> m_watched;                                      ///< interfaces whose link is watched
    const Current* m_current = nullptr;
    EventId m_routeCheck;
};

/// For tests and bindings that are built with the module: the core of a node itself.
class MulticastCoreAccess
{
  public:
    /// \return the member side; none before the simulation starts
    static mcast::Host* GetHost(const MulticastNode& node);
    /// \return the router side; none before the simulation starts, or if the node is no router
    static mcast::Router* GetRouter(const MulticastNode& node);
    /// \return the forwarding cache; none before the node has IPv4
    static const mcast::Mfc* GetCache(const MulticastNode& node);
};

} // namespace ns3

#endif // MULTICAST_NODE_IMPL_H
