// SPDX-License-Identifier: GPL-2.0-only
// What happens to a multicast packet on a node: local delivery by the host filter, forwarding by the cache, the way out
// for local senders. Private to the module: not installed.

#ifndef MULTICAST_FORWARDER_H
#define MULTICAST_FORWARDER_H

#include "core/mfc/mfc.h"
#include "multicast-engine.h"
#include "multicast-ip.h"
#include "multicast-node.h"
#include "multicast-output.h"
#include "multicast-way.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace ns3
{

/// The data plane of one node's IPv4 or IPv6, on ns-3's devices and the core's forwarding cache, whose interfaces have the
/// numbers that this IP gives them. \tparam Ip MulticastIpv4 or MulticastIpv6
template <class Ip>
class MulticastForwarder
{
  public:
    typedef typename Ip::Header Header;
    typedef typename Ip::Route Route;
    typedef typename Ip::RoutingProtocol::LocalDeliverCallback LocalDeliverCallback;

    /// \param node for its attributes and traces; with `unicast`, outlives this or Stop is called
    MulticastForwarder(MulticastNode& node, typename Ip::Routing& unicast, Ptr<typename Ip::L3Protocol> l3);

    /// Starts to take packets.
    void Start(std::shared_ptr<MulticastEngine> engine);

    /// Lets go of the node, its devices and all packets.
    void Stop();

    /// An interface is new.
    void AddInterface(uint32_t interface);

    /// RouteInput for a multicast destination.
    void Input(const Ptr<const Packet>& packet, const Header& header, const Ptr<const NetDevice>& device,
               const LocalDeliverCallback& deliver);

    /// RouteInput for a unicast destination. PIM is reached by all addresses of a router, on whatever interface, also where
    /// the other protocols are not, as by IPv6's default. \return false if it is not PIM's
    bool InputUnicast(const Ptr<const Packet>& packet, const Header& header, const Ptr<const NetDevice>& device,
                      const LocalDeliverCallback& deliver);

    /// A packet that came in one of PIM's Registers.
    void InputDecapsulated(const Ptr<const Packet>& packet, const Header& header);

    /// A router runs PIM: its messages to the group of all PIM routers are taken, whoever listens.
    void SetTakesPim(bool takes)
    {
        m_takesPim = takes;
    }

    /// The packet, with a header of these octets, whose payload they have, if PIM was told of it just now; else none. So it
    /// keeps its tags inside of a Register.
    Ptr<Packet> TakeRegistered(mcast::BytesView octets);

    /// What PIM was told of just now is no longer asked for.
    void ForgetRegistered()
    {
        m_registered.clear();
    }

    /// RouteOutput for a multicast destination. \param device the one that the socket is bound to, or none
    Ptr<Route> Output(Ptr<Packet> packet, const Header& header, Ptr<NetDevice> device);

    /// Does what the core wants of the forwarding cache, and sends what has waited for it.
    void ChangeForwarding(const mcast::ForwardingChange& change);

    const mcast::Mfc& GetCache() const
    {
        return m_cache;
    }

    /// Applications listen here: worth asking the host filter for each packet that is forwarded.
    void SetListening(bool listening)
    {
        m_listening = listening;
    }

    /// The interface that multicast leaves by if nothing else decides; none if no interface is up.
    std::optional<uint32_t> GetDefaultInterface() const;

  private:
    static constexpr uint32_t REGISTER_INTERFACE = MulticastInterface::REGISTER_INTERFACE;

    /// A packet on its way through: views of what belongs to the caller.
    struct Arrival
    {
        const Ptr<const Packet>& packet;
        const Header& header;
        uint32_t interface;
        const LocalDeliverCallback& deliver;
        mcast::Address source; ///< of the header, as the following
        mcast::Address group;
    };

    /// A packet that waits for an entry of the cache.
    struct Waiting
    {
        Ptr<const Packet> packet;
        Header header;
        uint32_t interface;
        LocalDeliverCallback deliver;
    };

    static Arrival MakeArrival(const Ptr<const Packet>& packet, const Header& header, uint32_t interface,
                               const LocalDeliverCallback& deliver);
    bool IsWanted(const Arrival& arrival) const;
    bool DeliverLocally(const Arrival& arrival);
    void InputFromHere(const Arrival& arrival);
    bool MayForward(const Arrival& arrival) const;
    /// \param delivered has an application here got it: then it is not lost if nobody else wants it
    void Forward(const Arrival& arrival, bool delivered);
    void ForwardUnknown(const Arrival& arrival, bool upcall);
    bool ForwardAfterUpcall(const Arrival& arrival);
    void Replicate(const Arrival& arrival, const mcast::Mfc::Entry& entry, bool delivered);
    void Send(const Arrival& arrival, const Header& header, uint32_t interface);
    void SendToRegister(const Arrival& arrival);
    void Tell(mcast::Upcall::Kind kind, const Arrival& arrival, mcast::BytesView whole = {});
    const mcast::Mfc::Entry* FindEntry(const Arrival& arrival) const;
    bool IsForwarding(uint32_t interface) const;
    void Resume(const std::vector<mcast::Mfc::Released>& packets);
    void ArmExpiry();
    void Expire();
    void Drop(const Arrival& arrival, mcast::Reason reason);
    mcast::Reason WhyNotDelivered(const Arrival& arrival) const;
    bool Accepts(uint32_t interface, const mcast::Address& group, const mcast::Address& source) const;
    uint32_t InterfaceOf(const NetDevice& device) const;
    bool NeedsReentry(const typename Ip::Address& group, uint32_t interface, const typename Ip::Address& source) const;
    mcast::TimePoint Now() const;

    MulticastNode* m_node;
    Ptr<typename Ip::L3Protocol> m_l3;
    std::unique_ptr<MulticastOutput<Ip>> m_output;
    std::shared_ptr<MulticastEngine> m_engine;
    mcast::Mfc m_cache;
    std::map<std::uint64_t, Waiting> m_waiting; ///< packets without an entry, by cookie
    std::uint64_t m_nextCookie = 0;
    EventId m_expiry;
    std::vector<MulticastWay<Ip>> m_ways;           ///< by IP interface
    std::vector<uint32_t> m_interfaceOfDevice;      ///< IP interface by device index
    std::vector<mcast::OutputInterface> m_outgoing; ///< room for Replicate, kept to spare the allocation
    Ptr<NetDevice> m_loopback;
    LocalDeliverCallback m_deliver;       ///< for packets that RouteInput was not called for
    std::vector<Ptr<Packet>> m_registered; ///< packets that PIM has been told of during the present input
    bool m_takesPim = false;
    bool m_listening = false;
    bool m_dropsDuplicates = false;
};

} // namespace ns3

#endif // MULTICAST_FORWARDER_H
