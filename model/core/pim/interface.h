// SPDX-License-Identifier: GPL-2.0-only
// PIM's neighbours on one interface: Hello, liveness, the Designated Router, and what the routers of a LAN agree on.
//                                                                                                  RFC 7761 4.3
//
//   our Hello goes out     when                                                        4.3.1
//   triggered              rand(0, Triggered_Hello_Delay) after the interface came up, a neighbour appeared or restarted
//   periodic               every Hello_Period from the first one on
//   at once                before a Join/Prune or Assert that a neighbour could not place otherwise; on a change of address
//   goodbye (Holdtime 0)   the interface goes down, PIM is switched off, the primary address changes
//
//   a neighbour's record   made by its Hello; replaced by each further one; a new Generation ID is a restart
//   ends                   Holdtime 0, or the Neighbor Liveness Timer expires                4.3.2

#ifndef MCAST_CORE_PIM_INTERFACE_H
#define MCAST_CORE_PIM_INTERFACE_H

#include "../base/timer-queue.h"
#include "../interface.h"
#include "../journal.h"
#include "../wire/pim.h"
#include "config.h"
#include "views.h"

#include <map>
#include <vector>

namespace mcast::pim
{

/// What becomes of a neighbour.
enum class NeighborChange : std::uint8_t
{
    Up,
    Restarted, ///< another Generation ID: it has forgotten what it was told
    Moved,     ///< other secondary addresses
    Gone,
};

/// What an interface asks of its router.
class InterfaceOwner
{
  public:
    virtual void NeighborChanged(InterfaceId interface, const Address& neighbor, NeighborChange change) = 0;
    /// Another router is the DR now, or we are, or are not any more.
    virtual void DesignatedRouterChanged(InterfaceId interface) = 0;

  protected:
    ~InterfaceOwner() = default;
};

class Interface final : public Alarm
{
  public:
    Interface(InterfaceId id, Family family, Context& context, InterfaceOwner& owner);

    /// A valid configuration of the same family.
    void Configure(const InterfaceConfig& config);
    /// The interval of our State Refreshes, for Hellos of dense mode; none: we don't refresh state.
    void SetStateRefresh(std::optional<std::uint8_t> seconds);
    void SetState(const InterfaceState& state);
    /// Says goodbye and forgets all neighbours.
    void Deactivate();

    /// \return None, or why a message that only neighbours send (all but Register, Register-Stop and Candidate-RP-
    ///         Advertisement) is not taken: its header's fault. Not counted yet.
    Reason Screen(const PacketMeta& meta) const;
    void HandleHello(const PacketMeta& meta, const Hello& hello);
    void OnAlarm(TimePoint now) override;

    /// Sends a message other than Hello; after a Hello, if the link has not heard ours: who has not would drop it (4.3.1).
    void Send(const Address& destination, const Message& message);

    bool Active() const
    {
        return m_active;
    }

    InterfaceId Id() const
    {
        return m_id;
    }

    const Address& PrimaryAddress() const
    {
        return m_address;
    }

    /// RFC 7761 4.5, 4.6: is the sender of a Join/Prune or Assert somebody to listen to?
    bool Accepts(const Address& sender) const
    {
        return m_config.acceptUnknownNeighbors || IsNeighbor(sender);
    }

    const InterfaceConfig& GetConfig() const
    {
        return m_config;
    }

    const InterfaceState& GetState() const
    {
        return m_state;
    }

    bool IsNeighbor(const Address& primary) const
    {
        return m_neighbors.count(primary) != 0;
    }

    std::size_t NeighborCount() const
    {
        return m_neighbors.size();
    }

    /// NBR of RFC 7761 4.1.5: the primary address of the neighbour that an address belongs to.
    std::optional<Address> FindNeighbor(const Address& address) const;

    /// Does PIM route groups of the mode here?
    bool Serves(Mode mode) const
    {
        return m_config.mode == mode || m_config.mode == Mode::SparseDense;
    }

    bool IsDesignatedRouter() const
    {
        return m_active && m_designatedRouter == m_address;
    }

    /// Would we be the DR if the neighbour were not there (RFC 5059 3.5)?
    bool IsDesignatedRouterWithout(const Address& neighbor) const
    {
        return m_active && Elect(neighbor) == m_address;
    }

    // What the LAN agrees on (4.3.3).

    Duration EffectivePropagationDelay() const;
    Duration EffectiveOverrideInterval() const;
    /// May another router's Join hold ours back? Not if all routers of the LAN track their downstreams.
    bool JoinSuppression() const;

    /// StateRefreshCapable of RFC 3973 4.5.1: do all neighbours keep what State Refreshes keep?
    bool StateRefreshCapable() const;

    Duration JoinPruneOverrideInterval() const
    {
        return EffectivePropagationDelay() + EffectiveOverrideInterval();
    }

    /// How long a Prune waits for a Join that overrides it: a lone neighbour has nobody who could.
    Duration PruneDelay() const
    {
        return NeighborCount() > 1 ? JoinPruneOverrideInterval() : Duration::zero();
    }

    Journal& GetJournal()
    {
        return m_journal;
    }

    InterfaceView View() const;
    std::vector<NeighborView> Neighbors() const;

  private:
    struct Neighbor
    {
        Hello hello;
        TimePoint since{};
        Deadline liveness; // not running: for ever
    };

    using Neighbors_ = std::map<Address, Neighbor>;

    Address GroupOfRouters() const;
    std::vector<Address> SecondaryAddresses() const;
    void UpdateActivity();
    void Activate();
    void MoveTo(const Address& address);
    void AnnounceOurselves();
    void SendHello(std::uint16_t holdtime);
    void Transmit(const Address& destination, const Message& message);
    void Trigger();
    void Restart(const Address& address, Neighbor& neighbor);
    void Remember(Neighbor& neighbor, const PacketMeta& meta, const Hello& hello);
    void TakeSecondaryAddresses(const Address& primary, Hello& hello);
    void Forget(Neighbors_::iterator place);
    void ExpireNeighbors(TimePoint now);
    bool EverybodyTellsPruneDelay() const;
    Address Elect(const Address& without = {}) const;
    void ElectAgain();
    void Arm();
    void CheckInvariants() const;

    InterfaceId m_id;
    Family m_family;
    Context& m_context;
    InterfaceOwner& m_owner;
    Journal m_journal;
    InterfaceConfig m_config;
    InterfaceState m_state;
    std::optional<std::uint8_t> m_stateRefresh;
    bool m_configured = false;
    bool m_known = false; // SetState was called
    bool m_active = false;
    bool m_heard = false;        // a Hello with the present address is out
    Address m_address;           // primary, while active
    std::vector<Address> m_told; // secondary addresses of the last Hello
    std::uint32_t m_generationId = 0;
    Address m_designatedRouter;
    Neighbors_ m_neighbors; // by primary address
    Deadline m_periodicHello;
    Deadline m_triggeredHello;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_INTERFACE_H
