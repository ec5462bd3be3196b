// SPDX-License-Identifier: GPL-2.0-only
// The IPv4 or the IPv6 of a node with multicast: its interfaces, packets and routes, as the core's host sees them. Private
// to the module: not installed.

#ifndef MULTICAST_STACK_H
#define MULTICAST_STACK_H

#include "core/interface.h"
#include "core/mfc/mfc.h"
#include "core/wire/packet.h"
#include "multicast-engine.h"
#include "multicast-forwarder.h"
#include "multicast-ip.h"
#include "multicast-message-io.h"
#include "multicast-node.h"
#include "multicast-rpf.h"

#include "ns3/ip-l4-protocol.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ns3
{

/// What both have in common. Interfaces have the numbers that this IP gives them.
class MulticastStack
{
  public:
    virtual ~MulticastStack() = default;

    virtual mcast::Family GetFamily() const = 0;
    virtual Ptr<Node> GetNode() const = 0;
    /// Takes packets from now on.
    virtual void Start(std::shared_ptr<MulticastEngine> engine) = 0;
    /// Lets go of everything; no other call but this follows.
    virtual void Stop() = 0;
    virtual bool IsStopped() const = 0;

    virtual uint32_t GetNInterfaces() const = 0;
    virtual Ptr<NetDevice> GetDevice(uint32_t interface) const = 0;
    virtual bool IsUp(uint32_t interface) const = 0;
    /// Those that may be sent from.
    virtual std::vector<mcast::InterfaceAddress> GetAddresses(uint32_t interface) const = 0;
    /// IPv6: the solicited-node groups of all addresses, tentative ones included (RFC 4291 2.7.1); sorted.
    virtual std::vector<mcast::Address> GetSolicitedNodes(uint32_t interface) const = 0;
    virtual std::optional<uint32_t> GetDefaultInterface() const = 0;
    /// An interface is new.
    virtual void AddInterface(uint32_t interface) = 0;

    virtual void Insert(Ptr<IpL4Protocol> protocol) = 0;
    virtual Ptr<IpL4Protocol> GetProtocol(int number) const = 0;

    /// The way back to a source.
    virtual std::optional<mcast::RouteTable::Result> Lookup(const mcast::Address& destination) const = 0;
    /// Out of its interface, or by unicast routing. \return false if this knows no way
    virtual bool Send(const mcast::Transmit& packet) = 0;
    /// A packet that came in a Register, with its header.
    virtual void InputDecapsulated(Ptr<Packet> whole) = 0;
    /// See MulticastForwarder.
    virtual void SetTakesPim(bool takes) = 0;
    virtual void ForgetRegistered() = 0;
    /// The IP header of a packet that is to be sent, without options.
    virtual std::unique_ptr<Header> MakeHeader(const mcast::Transmit& packet) const = 0;
    virtual void ChangeForwarding(const mcast::ForwardingChange& change) = 0;
    virtual const mcast::Mfc& GetCache() const = 0;
    /// Applications listen here.
    virtual void SetListening(bool listening) = 0;
};

/// Both of a node, by family; none where the node has none, or none with multicast.
typedef std::array<std::unique_ptr<MulticastStack>, 2> MulticastStacks;

inline MulticastStack*
FindStack(const MulticastStacks& stacks, mcast::Family family)
{
    auto* stack = stacks[static_cast<std::size_t>(family)].get();
    return stack && !stack->IsStopped() ? stack : nullptr;
}

/// One of them. \tparam Ip MulticastIpv4 or MulticastIpv6
template <class Ip>
class MulticastStackOf : public MulticastStack
{
  public:
    typedef typename Ip::L3Protocol L3Protocol;

    /// \param node and \param routing outlive this, or Stop is called before
    MulticastStackOf(MulticastNode& node, Ptr<L3Protocol> l3, typename Ip::Routing& routing);

    const std::shared_ptr<MulticastForwarder<Ip>>& GetForwarder() const
    {
        return m_forwarder;
    }

    /// A message that IP has just delivered; its length field may be wrong.
    struct Message
    {
        mcast::InterfaceId interface;
        mcast::PacketMeta meta;
        mcast::Bytes payload;
        bool lengthIsTrue;
    };

    /// \param protocol that it is a message of
    Message Read(const Packet& payload, const typename Ip::Header& header, const typename Ip::Interface& interface,
                 uint8_t protocol) const;

    mcast::Family GetFamily() const override;
    Ptr<Node> GetNode() const override;
    void Start(std::shared_ptr<MulticastEngine> engine) override;
    void Stop() override;
    bool IsStopped() const override;
    uint32_t GetNInterfaces() const override;
    Ptr<NetDevice> GetDevice(uint32_t interface) const override;
    bool IsUp(uint32_t interface) const override;
    std::vector<mcast::InterfaceAddress> GetAddresses(uint32_t interface) const override;
    std::vector<mcast::Address> GetSolicitedNodes(uint32_t interface) const override;
    std::optional<uint32_t> GetDefaultInterface() const override;
    void AddInterface(uint32_t interface) override;
    void Insert(Ptr<IpL4Protocol> protocol) override;
    Ptr<IpL4Protocol> GetProtocol(int number) const override;
    std::optional<mcast::RouteTable::Result> Lookup(const mcast::Address& destination) const override;
    bool Send(const mcast::Transmit& packet) override;
    void InputDecapsulated(Ptr<Packet> whole) override;
    void SetTakesPim(bool takes) override;
    void ForgetRegistered() override;
    std::unique_ptr<Header> MakeHeader(const mcast::Transmit& packet) const override;
    void ChangeForwarding(const mcast::ForwardingChange& change) override;
    const mcast::Mfc& GetCache() const override;
    void SetListening(bool listening) override;

  private:
    bool SendByRouting(const mcast::Transmit& packet);

    /// Sink of the trace source Rx.
    void OnRx(Ptr<const Packet> packet, Ptr<typename Ip::Base> ip, uint32_t interface);

    Ptr<L3Protocol> m_l3;
    typename Ip::Routing* m_routing; ///< tells before it goes
    std::shared_ptr<MulticastForwarder<Ip>> m_forwarder;
    std::unique_ptr<MulticastRpf<Ip>> m_rpf;
    std::unique_ptr<MulticastMessageIo<Ip>> m_io;
};

} // namespace ns3

#endif // MULTICAST_STACK_H
