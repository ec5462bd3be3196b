// SPDX-License-Identifier: GPL-2.0-only
// Packets that the daemon forwards in the kernel's stead: those that the core took out of Registers, and those that the
// kernel dropped because they came in by another interface than their entry's.
//
// Such a packet is what makes a router go over from the RP's tree to the source's (RFC 7761 4.2.2), and the kernel has
// dropped it by the time the entry is changed. It hands a copy along; once the entry accepts the interface by which the
// packet came, the copy goes where the entry leads, and nothing is lost.

#ifndef MCAST_LINUX_REPLAY_H
#define MCAST_LINUX_REPLAY_H

#include "mfc/mfc.h"
#include "unique-fd.h"

#include <functional>
#include <vector>

namespace mcast::linux_host
{

/// Is the packet of this upcall to be sent after a change of an entry: does the change let it in?
bool LetsIn(const ForwardingChange& change, const Upcall& upcall);

class Replay
{
  public:
    /// \throws RuntimeFailure
    explicit Replay(Family family);

    /// Keeps the packet of an upcall until Forget().
    void Hold(const Upcall& upcall, Bytes packet);

    /// Gets what goes out of REGISTER_INTERFACE.
    using RegisterSink = std::function<void(const Upcall& upcall)>;

    /// Sends what the change lets in. \return how many packets it was
    std::size_t Apply(const ForwardingChange& change, const RegisterSink& sink);

    /// Sends a packet where an entry leads, its TTL decremented. \return false if it has come far enough
    bool Forward(const ForwardingChange& entry, Bytes packet, const RegisterSink& sink) const;

    void Forget()
    {
        m_held.clear();
    }

    static constexpr std::size_t MAX_HELD = 1000;

  private:
    struct Held
    {
        Upcall upcall; ///< without its packet
        Bytes packet;
    };

    void Send(const Bytes& packet, const Address& group, InterfaceId interface) const;

    Family m_family;
    UniqueFd m_fd;
    std::vector<Held> m_held;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_REPLAY_H
