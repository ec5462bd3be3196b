// SPDX-License-Identifier: GPL-2.0-only
// The Linux host of the core: feeds the Router with packets, upcalls, interfaces, routes and time, and carries out what
// it asks for. It waits for nothing; the daemon's loop tells it when a descriptor is ready.

#ifndef MCAST_LINUX_ROUTER_HOST_H
#define MCAST_LINUX_ROUTER_HOST_H

#include "by-family.h"
#include "config.h"
#include "kernel-mroute.h"
#include "kernel-routes.h"
#include "packet-socket.h"
#include "replay.h"

#include <functional>
#include <map>

namespace mcast::linux_host
{

/// What happened between the core and the kernel, beside the core's own counters. Never reset.
struct HostCounters
{
    std::uint64_t packets = 0;            ///< IGMP, MLD and PIM packets received
    std::uint64_t upcalls = 0;            ///< from the forwarding cache
    std::uint64_t badIpHeaders = 0;       ///< packets whose IP header is not to be trusted
    std::uint64_t sendFailures = 0;       ///< packets that the kernel refused to send
    std::uint64_t forwardingFailures = 0; ///< forwarding entries that the kernel refused
    std::uint64_t decapsulated = 0;       ///< data packets that were forwarded out of Registers
    std::uint64_t replayed = 0;           ///< data packets sent again after their entry let them in
};

class RouterHost
{
  public:
    using EventSink = std::function<void(const TraceEvent&)>;

    /// Becomes the multicast router of the namespace, for each family that the configuration uses.
    /// \throws RuntimeFailure
    RouterHost(DaemonConfig config, const Log& log, EventSink sink);
    ~RouterHost();

    /// A socket that packets come in by.
    struct PacketSource
    {
        Family family;
        bool pim; ///< or group membership and upcalls
        int fd;
    };

    /// Others after Reconfigure.
    std::vector<PacketSource> PacketSources() const;

    int NetlinkFd() const
    {
        return m_monitor.Fd();
    }

    /// Takes up the interfaces; the first queries go out. \throws RuntimeFailure if they are more than the kernel can
    void Start();
    void ServePackets(const PacketSource& from);
    /// \throws RuntimeFailure
    void ServeNetlink();
    /// Lets time pass to now, so that timers read out right, and does what is to be done.
    void Advance();
    /// Advance(), if a timer is due.
    void Settle();
    std::optional<TimePoint> NextDeadline() const;
    /// Keeps what the new configuration doesn't change. A family that can't be had (another router has it) is logged.
    void Reconfigure(DaemonConfig config);
    /// Takes everything back that was given to the kernel.
    void Stop();

    // Read out.

    struct ManagedInterface
    {
        InterfaceState state;
        std::string rule;
        ByFamily<RouterInterfaceConfig> configs;
        ByFamily<RouterGroups> groups;
    };

    const Router& GetRouter() const
    {
        return m_router;
    }

    const std::map<InterfaceId, ManagedInterface>& Interfaces() const
    {
        return m_interfaces;
    }

    /// None: the family is left alone.
    const KernelMroute* Forwarding(Family family) const
    {
        return m_planes[family] ? &m_planes[family]->mroute : nullptr;
    }

    const HostCounters& GetCounters() const
    {
        return m_counters;
    }

    /// Does PIM run for the family?
    bool RunsPim(Family family) const
    {
        return m_planes[family] && m_planes[family]->pim;
    }

    std::uint64_t ReceiveDrops() const;

    std::string NameOf(InterfaceId interface) const;
    std::optional<InterfaceId> Find(const std::string& name) const;

  private:
    /// What PIM needs besides.
    struct PimPlane
    {
        explicit PimPlane(Family family)
            : socket(PimCodecOf(family)),
              replay(family)
        {
        }

        PacketSocket socket;
        Replay replay;
        bool wholePackets = false; ///< the kernel hands packets on a wrong interface along
    };

    /// The kernel's side of a family.
    struct Plane
    {
        explicit Plane(Family family)
            : socket(MembershipCodecOf(family)),
              mroute(family, socket.Fd())
        {
        }

        PacketSocket socket;
        KernelMroute mroute;
        std::unique_ptr<PimPlane> pim;
    };

    using RouteKey = std::pair<Address, std::optional<Address>>;

    void OpenPlanes();
    void ReopenPlanes();
    std::vector<Family> OpenFamilies() const;
    void OpenPlane(Family family);
    void ClosePlane(Family family);
    void StartPim(Family family);
    void StopPim(Family family);
    void ConfigurePim(Family family);
    void HandleArrival(Plane& plane, const Arrival& arrival);
    void HandleUpcall(Plane& plane, const Upcall& upcall);
    bool IsOwnHousekeeping(InterfaceId interface, const IpPacket& packet) const;
    void Reconcile(const std::set<InterfaceId>& deleted);
    void TellOthers();
    void Release(InterfaceId interface);
    void Take(const KernelInterface& kernel, const InterfaceRule& rule);
    int AddToPlanes(const InterfaceState& state);
    void RemoveFromPlanes(InterfaceId interface);
    void Update(ManagedInterface& managed, const KernelInterface& kernel, const InterfaceRule& rule);
    void Configure(ManagedInterface& managed, const InterfaceRule& rule);
    void Configure(ManagedInterface& managed, const InterfaceRule& rule, Family family);
    void JoinGroups(ManagedInterface& managed, Family family);
    void ReconcileRoutes();
    std::optional<StaticMulticastRoute> Resolve(const RouteRule& rule) const;
    void Drain();
    void DrainEvents();
    bool DrainOnce();
    bool ForwardDecapsulated(const Bytes& packet, bool mayAsk);
    void Send(const Transmit& packet);
    void Apply(const ForwardingChange& change);

    const Log& m_log;
    EventSink m_sink;
    DaemonConfig m_config;
    ByFamily<std::unique_ptr<Plane>> m_planes;
    InterfaceMonitor m_monitor;
    InterfaceSnapshot m_snapshot;
    KernelRoutes m_routes;
    Router m_router;
    std::map<InterfaceId, ManagedInterface> m_interfaces;
    std::set<InterfaceId> m_leftOut;                ///< wanted, but the kernel has no virtual interface for them
    std::map<InterfaceId, InterfaceState> m_others; ///< whose addresses the router is to know as its own
    std::map<RouteKey, StaticMulticastRoute> m_staticRoutes;
    std::vector<Bytes> m_waiting; ///< what came out of Registers, and waits for the core to make an entry
    HostCounters m_counters;
    bool m_started = false;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_ROUTER_HOST_H
