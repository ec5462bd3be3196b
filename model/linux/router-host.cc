// SPDX-License-Identifier: GPL-2.0-only

#include "router-host.h"

#include "event-loop.h"
#include "failure.h"
#include "gm/protocol.h"
#include "unfinished-checksum.h"
#include "wire/ip.h"
#include "wire/pim.h"

#include <algorithm>

namespace mcast::linux_host
{

namespace
{

// Of packets, before timers and the control socket get their turn. What the core wants is asked for after the last one:
// it packs Joins that become due together.
constexpr int MAX_BATCHES = 16;

/// Are all groups of this report of link scope?
struct LinkScopeOnly
{
    bool operator()(const Report& report) const
    {
        return std::all_of(report.records.begin(), report.records.end(),
                           [](const Record& record) { return record.group.IsLinkScopeMulticast(); });
    }

    bool operator()(const OlderReport& report) const
    {
        return report.group.IsLinkScopeMulticast();
    }

    bool operator()(const Leave& leave) const
    {
        return leave.group.IsLinkScopeMulticast();
    }

    bool operator()(const Query&) const
    {
        return false;
    }
};

} // namespace

RouterHost::RouterHost(DaemonConfig config, const Log& log, EventSink sink)
    : m_log(log),
      m_sink(std::move(sink)),
      m_config(std::move(config)),
      m_routes(m_snapshot),
      m_router(m_config.router, &m_routes)
{
    m_routes.SetPreferences(m_config.routePreferences);
    OpenPlanes();
}

RouterHost::~RouterHost() = default;

std::vector<RouterHost::PacketSource>
RouterHost::PacketSources() const
{
    std::vector<PacketSource> sources;
    for (const auto family : OpenFamilies())
    {
        sources.push_back({family, false, m_planes[family]->socket.Fd()});
        if (RunsPim(family))
        {
            sources.push_back({family, true, m_planes[family]->pim->socket.Fd()});
        }
    }
    return sources;
}

std::uint64_t
RouterHost::ReceiveDrops() const
{
    std::uint64_t drops = 0;
    for (const auto family : OpenFamilies())
    {
        drops += m_planes[family]->socket.ReceiveDrops();
        drops += RunsPim(family) ? m_planes[family]->pim->socket.ReceiveDrops() : 0;
    }
    return drops;
}

std::string
RouterHost::NameOf(InterfaceId interface) const
{
    if (interface.value == 0 || interface == BY_ROUTING)
    {
        return "*"; // an event of the router as a whole
    }
    if (interface == REGISTER_INTERFACE)
    {
        return "register";
    }
    const auto found = m_interfaces.find(interface);
    if (found != m_interfaces.end())
    {
        return found->second.state.name;
    }
    const auto known = m_snapshot.find(interface);
    return known != m_snapshot.end() ? known->second.state.name : "if" + std::to_string(interface.value);
}

std::optional<InterfaceId>
RouterHost::Find(const std::string& name) const
{
    for (const auto& [id, interface] : m_interfaces)
    {
        if (interface.state.name == name)
        {
            return id;
        }
    }
    return std::nullopt;
}

void
RouterHost::Start()
{
    m_router.AdvanceTo(MonotonicNow());
    Reconcile({});
    if (!m_leftOut.empty())
    {
        const bool pim = RunsPim(Family::Ipv4) || RunsPim(Family::Ipv6);
        throw RuntimeFailure("the configuration takes " + std::to_string(m_interfaces.size() + m_leftOut.size()) +
                             " interfaces, and the kernel forwards multicast among " +
                             std::to_string(VifTable::SIZE - (pim ? KernelMroute::VIFS_OF_PIM : 0)) + " at most" +
                             (pim ? ", besides two for PIM's Registers" : ""));
    }
    m_started = true;
    Drain();
}

// --- packets --------------------------------------------------------------------------------------------------------

void
RouterHost::ServePackets(const PacketSource& from)
{
    auto& plane = *m_planes[from.family];
    auto& socket = from.pim ? plane.pim->socket : plane.socket;
    m_router.AdvanceTo(MonotonicNow());
    std::size_t count = PacketSocket::BATCH;
    for (int i = 0; i < MAX_BATCHES && count == PacketSocket::BATCH; ++i)
    {
        count = socket.Receive([&](const Arrival& arrival) { HandleArrival(plane, arrival); });
        DrainEvents(); // a burst of Joins tells a lot; only messages gain by waiting for the rest of it
    }
    Drain();
}

void
RouterHost::HandleArrival(Plane& plane, const Arrival& arrival)
{
    if (arrival.upcall)
    {
        ++m_counters.upcalls;
        if (const auto upcall = plane.mroute.ParseUpcall(arrival.octets))
        {
            HandleUpcall(plane, *upcall);
        }
        return;
    }
    ++m_counters.packets;
    if (!arrival.packet)
    {
        ++m_counters.badIpHeaders;
    }
    else if (!IsOwnHousekeeping(arrival.interface, *arrival.packet))
    {
        m_router.HandlePacket(arrival.interface, arrival.packet->meta, arrival.packet->payload);
    }
}

/// Of a packet on a wrong interface the kernel tells twice, the second time with the packet: the core hears of it once.
void
RouterHost::HandleUpcall(Plane& plane, const Upcall& upcall)
{
    if (upcall.interface == REGISTER_INTERFACE && upcall.kind != Upcall::Kind::WholePacket)
    {
        if (upcall.kind == Upcall::Kind::NoCache)
        {
            plane.mroute.DropWaiting(upcall.source, upcall.group);
        }
        else if (upcall.packet.Size() == 0)
        {
            plane.mroute.ListenOn(upcall.source, upcall.group);
        }
        return; // nobody's data: see KernelMroute
    }
    if (upcall.kind == Upcall::Kind::WrongInterface && plane.pim)
    {
        const bool whole = upcall.packet.Size() != 0;
        const bool told = plane.pim->wholePackets != whole;
        plane.pim->wholePackets = plane.pim->wholePackets || whole;
        if (whole)
        {
            plane.pim->replay.Hold(upcall, FinishChecksum(upcall.group.GetFamily(), upcall.packet));
        }
        if (told)
        {
            return;
        }
    }
    Bytes packet;
    if (upcall.kind == Upcall::Kind::WholePacket)
    {
        packet = FinishChecksum(upcall.group.GetFamily(), upcall.packet);
    }
    m_router.HandleUpcall({upcall.kind, upcall.interface, upcall.source, upcall.group, packet});
}

/// Our own kernel reports the link-scope groups that it listens to, those of RouterGroups among them: no news to
/// anybody, and it would hide what others get wrong in the counter of such reports.
bool
RouterHost::IsOwnHousekeeping(InterfaceId interface, const IpPacket& packet) const
{
    const auto found = m_interfaces.find(interface);
    if (packet.meta.protocol == pim::PROTOCOL || found == m_interfaces.end() ||
        !found->second.state.HasAddress(packet.meta.source))
    {
        return false;
    }
    const auto& protocol = gm::ProtocolOf(packet.meta.source.GetFamily());
    const auto message = protocol.parse(packet.meta, packet.payload, Version::V3);
    return message && std::visit(LinkScopeOnly{}, *message);
}

// --- what the core wants --------------------------------------------------------------------------------------------

void
RouterHost::Advance()
{
    m_router.AdvanceTo(MonotonicNow());
    Drain();
}

void
RouterHost::Settle()
{
    const auto deadline = m_router.NextDeadline();
    if (deadline && *deadline <= MonotonicNow())
    {
        Advance();
    }
}

std::optional<TimePoint>
RouterHost::NextDeadline() const
{
    return m_router.NextDeadline();
}

void
RouterHost::Drain()
{
    while (DrainOnce())
    {
        // counters that were read, and packets that were held, may make the core ask for more
    }
    for (const auto family : FAMILIES)
    {
        if (RunsPim(family))
        {
            m_planes[family]->pim->replay.Forget();
        }
    }
    DrainEvents();
}

void
RouterHost::DrainEvents()
{
    while (const auto event = m_router.PollEvent())
    {
        m_sink(*event);
    }
}

/// \return false if there was nothing that could lead to more
bool
RouterHost::DrainOnce()
{
    bool busy = false;
    while (const auto packet = m_router.PollTransmit())
    {
        Send(*packet);
    }
    while (const auto change = m_router.PollForwarding())
    {
        Apply(*change);
        busy = true;
    }
    for (const auto& packet : std::exchange(m_waiting, {}))
    {
        ForwardDecapsulated(packet, false);
    }
    while (const auto packet = m_router.PollDecapsulated())
    {
        busy = ForwardDecapsulated(*packet, true) || busy;
    }
    return busy;
}

/// What the core took out of a Register goes where its entry leads; without one the core is asked for it, once.
/// \return is there something to be drained now?
bool
RouterHost::ForwardDecapsulated(const Bytes& packet, bool mayAsk)
{
    const auto family = !packet.empty() && packet[0] >> 4 == 4 ? Family::Ipv4 : Family::Ipv6;
    const auto parsed = ParseIp(family, packet);
    if (!parsed || !RunsPim(family))
    {
        return false;
    }
    const auto& plane = *m_planes[family];
    const auto& source = parsed->meta.source;
    const auto& group = parsed->meta.destination;
    if (const auto* const entry = plane.mroute.FindRegisterEntry(source, group))
    {
        const auto sink = [this](const Upcall& upcall) { m_router.HandleUpcall(upcall); };
        m_counters.decapsulated += plane.pim->replay.Forward(*entry, packet, sink) ? 1 : 0;
        return false;
    }
    if (!mayAsk || plane.mroute.ReadCounters(source, group))
    {
        return false; // its entry wants it from elsewhere
    }
    m_router.HandleUpcall({Upcall::Kind::NoCache, REGISTER_INTERFACE, source, group, {}});
    m_waiting.push_back(packet);
    return true;
}

void
RouterHost::Send(const Transmit& packet)
{
    const auto& plane = m_planes[packet.meta.destination.GetFamily()];
    const bool pim = packet.meta.protocol == pim::PROTOCOL;
    int error = ENOTCONN;
    if (plane && (!pim || plane->pim))
    {
        error = (pim ? plane->pim->socket : plane->socket).Send(packet);
    }
    if (error != 0)
    {
        ++m_counters.sendFailures;
        if (m_log.Enabled(LogLevel::Debug))
        {
            m_log.Debug(NameOf(packet.interface) + ": sending to " + packet.meta.destination.ToString() + ": " +
                        std::strerror(error));
        }
    }
}

void
RouterHost::Apply(const ForwardingChange& change)
{
    const auto& plane = m_planes[change.group.GetFamily()];
    if (!plane)
    {
        return; // what was there went with the plane
    }
    if (change.kind == ForwardingChange::Kind::ReadCounters)
    {
        if (const auto counters = plane->mroute.ReadCounters(change.source, change.group))
        {
            m_router.HandleCounters(change.source, change.group, *counters);
        }
        return;
    }
    if (const int error = plane->mroute.Apply(change))
    {
        ++m_counters.forwardingFailures;
        m_log.Warning("forwarding entry (" + change.source.ToString() + ", " + change.group.ToString() +
                      "): " + std::strerror(error));
    }
    else if (plane->pim)
    {
        m_counters.replayed +=
            plane->pim->replay.Apply(change, [this](const Upcall& upcall) { m_router.HandleUpcall(upcall); });
    }
}

void
RouterHost::Stop()
{
    m_router.AdvanceTo(MonotonicNow());
    m_router.Shutdown();
    Drain();
    while (!m_interfaces.empty())
    {
        const auto id = m_interfaces.begin()->first;
        m_interfaces.erase(id);
        RemoveFromPlanes(id);
    }
}

} // namespace mcast::linux_host
