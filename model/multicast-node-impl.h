// SPDX-License-Identifier: GPL-2.0-only
// What MulticastNode is made of. Private to the module: not installed.

#ifndef MULTICAST_NODE_IMPL_H
#define MULTICAST_NODE_IMPL_H

#include "multicast-engine.h"
#include "multicast-memberships.h"
#include "multicast-node.h"
#include "multicast-pim.h"
#include "multicast-roots.h"
#include "multicast-stack.h"
#include "multicast-udp-demux.h"

#include <cstdint>
#include <map>
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

    /// The node's IPv4 or IPv6 is there. \return who takes its multicast packets
    template <class Ip>
    std::shared_ptr<MulticastForwarder<Ip>> Attach(Ptr<typename Ip::L3Protocol> l3, typename Ip::Routing& routing);
    /// The protocol that brings MLD's messages: disposed of with the node.
    void Adopt(Ptr<IpL4Protocol> protocol);
    /// The simulation starts.
    void Start();
    /// The node is disposed of, or its routing is.
    void Stop();

    /// An interface is new or has changed.
    void UpdateInterface(mcast::Family family, uint32_t interface);
    /// Attributes have changed.
    void Configure();
    void NotifyRoutesChanged();

    MulticastMemberships& GetMemberships()
    {
        return m_memberships;
    }

    void AddRoute(const mcast::StaticMulticastRoute& route);
    bool RemoveRoute(const mcast::Address& group, const std::optional<mcast::Address>& source);

    /// A message of IGMP or MLD has come in.
    template <class Ip>
    void Receive(Ptr<const Packet> payload, const typename Ip::Header& header, Ptr<typename Ip::Interface> interface);
    /// A message of PIM has come in.
    template <class Ip>
    void ReceivePim(Ptr<const Packet> payload, const typename Ip::Header& header,
                    Ptr<typename Ip::Interface> interface);

    /// A socket is open; with a port it gets the datagrams that its filter lets through.
    void AddSocket(MulticastSocket& socket);
    void RemoveSocket(MulticastSocket& socket);

    // MulticastEngine::Client
    void Transmit(const mcast::Transmit& packet) override;
    void ChangeForwarding(const mcast::ForwardingChange& change) override;
    std::optional<mcast::ForwardingCounters> ReadForwarding(const mcast::Address& source,
                                                            const mcast::Address& group) const override;
    void Decapsulate(const mcast::Bytes& packet) override;
    void OnSettled() override;
    void OnEvent(MulticastEngine::Side side, const mcast::TraceEvent& event) override;

    /// None before the simulation starts.
    const std::shared_ptr<MulticastEngine>& GetEngine() const
    {
        return m_engine;
    }

    /// None if the node has no such IP.
    const MulticastStack* GetStack(mcast::Family family) const
    {
        return FindStack(m_stacks, family);
    }

    uint32_t NodeId() const;

  private:
    /// The packet that the core is busy with, for the Drop trace.
    struct Current
    {
        const Header& header;
        Ptr<const Packet> payload;
    };

    std::optional<mcast::RouteTable::Result> Lookup(const mcast::Address& destination) const;
    std::vector<MulticastStack*> Stacks() const;
    bool IsMine() const;
    std::uint64_t DrawSeed();
    mcast::RouterOptions GetRouterOptions();
    bool MakeConfiguration(MulticastStack& stack, uint32_t interface);
    void JoinRouterGroups(const MulticastInterface& configuration, uint32_t interface);
    void JoinSolicitedNodes(const MulticastStack& stack, const MulticastInterface& configuration, uint32_t interface);
    void ConfigureInterface(MulticastEngine& engine, const MulticastInterface& configuration, uint32_t interface);
    void WatchLink(const MulticastStack& stack, uint32_t interface);
    mcast::InterfaceState GetState(const MulticastStack& stack, uint32_t interface) const;
    bool IsUp(const MulticastStack& stack, uint32_t interface) const;
    void WatchRoutes();
    void CheckRoutes();
    void StartPim();
    void ConfigurePim(MulticastEngine& engine);
    bool RunsPim(const MulticastInterface& configuration) const;
    bool RunsPim(mcast::Family family) const;
    template <class Ip, class F>
    void Take(Ptr<const Packet> payload, const typename Ip::Header& header, Ptr<typename Ip::Interface> interface,
              uint8_t protocol, F&& handle);
    void TellPim(const mcast::TraceEvent& event);
    void Tell(MulticastEngine::Side side, const mcast::TraceEvent& event);
    void TraceDrop(const mcast::TraceEvent& event);
    std::string Where(mcast::Family family, uint32_t interface) const;

    MulticastNode& m_owner;
    MulticastStacks m_stacks;
    Ptr<Node> m_node;
    std::vector<Ptr<IpL4Protocol>> m_adopted;
    Ptr<MulticastUdpDemux> m_udpDemux; ///< made for the first MulticastSocket
    std::shared_ptr<MulticastEngine> m_engine;
    MulticastMemberships m_memberships;
    std::vector<mcast::StaticMulticastRoute> m_routes;
    std::set<MulticastSocket*> m_sockets;                                    ///< those that are open
    std::set<mcast::InterfaceId> m_watched;                                  ///< interfaces whose link is watched
    std::map<mcast::InterfaceId, std::set<mcast::Address>> m_solicitedNodes; ///< groups that are listened to
    const Current* m_current = nullptr;
    MulticastRoots m_roots;
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
    /// \return the forwarding cache; none if the node has no such IP
    static const mcast::Mfc* GetCache(const MulticastNode& node, mcast::Family family);
};

} // namespace ns3

#endif // MULTICAST_NODE_IMPL_H
