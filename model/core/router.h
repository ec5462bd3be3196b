// SPDX-License-Identifier: GPL-2.0-only
// A multicast router without a network: the object that a host of the core drives.
//
//   handle  AdvanceTo(now), then HandlePacket, HandleInterface, HandleRouteChange, HandleUpcall, HandleCounters
//   drain   PollTransmit, PollForwarding, PollEvent until each is empty
//   wait    until NextDeadline
//
// Nothing is called back and no clock is read: the same inputs and seed give the same outputs, byte for byte. The
// host calls AdvanceTo with the time of an input before it hands the input in; time never runs backwards.

#ifndef MCAST_CORE_ROUTER_H
#define MCAST_CORE_ROUTER_H

#include "base/bytes.h"
#include "base/expected.h"
#include "base/trace.h"
#include "gm/config.h"
#include "gm/views.h"
#include "interface.h"
#include "mfc/mfc.h"
#include "pim/config.h"
#include "pim/views.h"
#include "wire/packet.h"

#include <memory>
#include <optional>
#include <vector>

namespace mcast
{

/// What a router does for one family on one interface.
struct RouterInterfaceConfig
{
    bool membership = true;                  ///< run the router side of IGMP (MLD) here
    gm::RouterConfig gm;                     ///< its `family` is the one that all of this is about
    std::uint8_t ttlThreshold = 1;           ///< 1 to 255: data goes out only with a greater TTL
    std::vector<Prefix> boundaries;          ///< groups that don't cross this interface, in or out (RFC 2365 3)
    std::optional<pim::InterfaceConfig> pim; ///< run PIM here; its family is gm's
};

struct RouterOptions
{
    std::uint64_t seed = 1;
    std::size_t maxGroups = 1000000; ///< group records of all interfaces
    std::size_t maxForwardingEntries = 100000;
    /// Of an entry without data, at least 1 s; RFC 7761 4.11 Keepalive Period.
    Duration forwardingEntryLifetime = std::chrono::seconds{210};
};

class Router
{
  public:
    /// \param routes the unicast routes to check the reverse path with; where it has none, and without it, a source must
    ///        be on a connected subnet of the interface where its data comes in. It must outlive the router.
    explicit Router(const RouterOptions& options, const RouteTable* routes = nullptr);
    ~Router();
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    // Configuration; may change while the router runs.

    /// For the family that config.gm names; each stands for itself. Membership of the interface is kept if only values
    /// changed, and starts over if the version or profile did.
    Expected<Done, gm::ConfigError> Configure(InterfaceId interface, const RouterInterfaceConfig& config);
    void Deconfigure(InterfaceId interface, Family family = Family::Ipv4);
    /// What PIM does on all interfaces, for the family that it names.
    Expected<Done, gm::ConfigError> Configure(const pim::RouterConfig& config);
    /// Replaces a route for the same group and source. The error names "group", "source" or "outgoing".
    Expected<Done, gm::ConfigError> AddRoute(const StaticMulticastRoute& route);
    /// \return false if there was none
    bool RemoveRoute(const Address& group, const std::optional<Address>& source);
    /// Everything sent, installed and known is taken back: leaves nothing behind in the forwarding plane, and puts
    /// nothing there until an interface is configured again.
    void Shutdown();

    // Handle.

    void AdvanceTo(TimePoint now);
    /// A packet of IGMP, ICMPv6 or PIM (protocol 103); of PIM also what was sent to one of our unicast addresses.
    void HandlePacket(InterfaceId interface, const PacketMeta& meta, BytesView payload);
    /// Also the first word about an interface. Order is free: Configure may come before or after.
    void HandleInterface(const InterfaceState& state);
    void HandleInterfaceGone(InterfaceId interface);
    /// Routes to destinations inside the prefix may have changed.
    void HandleRouteChange(const Prefix& prefix);
    void HandleUpcall(const Upcall& upcall);
    /// The answer to ForwardingChange::Kind::ReadCounters.
    void HandleCounters(const Address& source, const Address& group, const ForwardingCounters& counters);

    // Drain.

    std::optional<Transmit> PollTransmit();
    std::optional<ForwardingChange> PollForwarding();
    /// A multicast packet that arrived inside a Register: it goes through the forwarding plane as if it had come in by
    /// REGISTER_INTERFACE, its TTL decremented on the way. Not for hosts whose forwarding plane takes Registers apart.
    std::optional<Bytes> PollDecapsulated();
    std::optional<TraceEvent> PollEvent();

    // Wait.

    /// When AdvanceTo has something to do next; it may turn out to be nothing.
    std::optional<TimePoint> NextDeadline() const;

    // Read out. None of these is cheap except the counts.

    TimePoint Now() const;
    /// A view per interface and family that membership runs for.
    std::vector<gm::RouterInterfaceView> Interfaces() const;
    std::optional<gm::RouterInterfaceView> FindInterface(InterfaceId interface, Family family = Family::Ipv4) const;
    std::vector<gm::GroupView> Groups(InterfaceId interface, Family family = Family::Ipv4) const;
    std::optional<gm::GroupView> FindGroup(InterfaceId interface, const Address& group) const;
    std::size_t GroupCount() const;
    std::size_t GroupCount(InterfaceId interface, Family family = Family::Ipv4) const;
    /// Should data of this source and group go out of this interface, by membership alone (RFC 3376 6.3)?
    bool IsForwarded(InterfaceId interface, const Address& group, const Address& source) const;
    /// What was last asked of the forwarding plane, sorted by group, then source.
    std::vector<ForwardingChange> ForwardingEntries() const;
    std::size_t ForwardingEntryCount() const;

    // PIM. Lists are sorted by interface, address or group.

    std::vector<pim::InterfaceView> PimInterfaces(Family family = Family::Ipv4) const;
    std::vector<pim::NeighborView> PimNeighbors(InterfaceId interface, Family family = Family::Ipv4) const;
    std::vector<pim::RpView> PimRps(Family family = Family::Ipv4) const;
    /// The RP of a group, if it has one.
    std::optional<Address> PimRp(const Address& group) const;
    std::vector<pim::BootstrapView> PimBootstrap(Family family = Family::Ipv4) const;
    /// All trees; of one group if it is given.
    std::vector<pim::TreeView> PimTrees(Family family = Family::Ipv4, const std::optional<Address>& group = {}) const;
    /// Cheap.
    pim::TreeCounts PimTreeCounts(Family family = Family::Ipv4) const;

    /// Counters of packets that reached no configured interface, and router-wide limits.
    const Counters& GetCounters() const;

  private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace mcast

#endif // MCAST_CORE_ROUTER_H
