// SPDX-License-Identifier: GPL-2.0-only
// The member side without a network: what a host (or a router, as a host) says about the groups that its applications
// listen to, and which datagrams they get. Driven like Router; see router.h.

#ifndef MCAST_CORE_HOST_H
#define MCAST_CORE_HOST_H

#include "base/bytes.h"
#include "base/expected.h"
#include "base/trace.h"
#include "gm/config.h"
#include "gm/views.h"
#include "interface.h"
#include "wire/packet.h"

#include <memory>
#include <optional>
#include <vector>

namespace mcast
{

/// Why a Listen was refused.
enum class ListenError : std::uint8_t
{
    NoSuchInterface,
    NotMulticast,   ///< the group is no multicast address
    BadSource,      ///< a source of another family, or no unicast address
    TooManySources, ///< RFC 3376 3.2: the list can't be kept, and the filter is not widened instead
    SsmGroup,       ///< EXCLUDE of a source-specific group under RFC 9776 (RFC 4604 2.1)
};

const char* ToString(ListenError error);

class Host
{
  public:
    explicit Host(std::uint64_t seed);
    ~Host();
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    /// For the family that the configuration names; each stands for itself.
    Expected<Done, gm::ConfigError> Configure(InterfaceId interface, const gm::HostConfig& config);
    /// Says and hears nothing there, and forgets its memberships, until it is configured again.
    void Deconfigure(InterfaceId interface, Family family = Family::Ipv4);

    /// IPMulticastListen (RFC 3376 2): replaces what the socket asked for this group on this interface. INCLUDE of
    /// nothing leaves. Reports go out at the next PollTransmit.
    Expected<Done, ListenError> Listen(SocketId socket, InterfaceId interface, const Address& group, FilterMode mode,
                                       std::vector<Address> sources = {});
    /// The socket is closed: it leaves everywhere.
    void CloseSocket(SocketId socket);

    void AdvanceTo(TimePoint now);
    /// Membership messages only; the host of the core keeps data to itself and asks Accepts().
    void HandlePacket(InterfaceId interface, const PacketMeta& meta, BytesView payload);
    /// An interface that was never configured takes part as gm::HostConfig says by default; in IPv6 from its first IPv6
    /// address, configuration or listener on.
    void HandleInterface(const InterfaceState& state);
    void HandleInterfaceGone(InterfaceId interface);

    std::optional<Transmit> PollTransmit();
    std::optional<TraceEvent> PollEvent();
    std::optional<TimePoint> NextDeadline() const;

    /// Does the IP layer take a datagram of this source and group on this interface (RFC 3376 3.2)? The all-systems
    /// group always (RFC 3376 5, RFC 3810 6).
    bool Accepts(InterfaceId interface, const Address& group, const Address& source) const;
    /// May this socket have it? Sockets that never called Listen for the group may not.
    bool Accepts(SocketId socket, InterfaceId interface, const Address& group, const Address& source) const;
    /// Has this socket asked for this group on this interface?
    bool IsListening(SocketId socket, InterfaceId interface, const Address& group) const;

    TimePoint Now() const;
    /// A view per interface and family that it takes part in.
    std::vector<gm::HostInterfaceView> Interfaces() const;
    std::optional<gm::HostInterfaceView> FindInterface(InterfaceId interface, Family family = Family::Ipv4) const;
    std::vector<gm::HostGroupView> Groups(InterfaceId interface, Family family = Family::Ipv4) const;
    const Counters& GetCounters() const;

  private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace mcast

#endif // MCAST_CORE_HOST_H
