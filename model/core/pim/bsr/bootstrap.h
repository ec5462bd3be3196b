// SPDX-License-Identifier: GPL-2.0-only
// The Bootstrap Router mechanism of a router for one family.                                              RFC 5059
//
//   election.h            who is the BSR of a zone                        3.1
//   rp-assembly.h         its messages become the RP set                  3.1.5, 4.1.1
//   candidate-rp.h        what we advertise to it as a candidate RP       3.2
//   candidate-rp-set.h    what we know of candidate RPs as the BSR        3.3
//   message.h             zones and fragments of messages                 3.4, 4.1.1
//
// Here they come together: which messages are let in (3.1.3), where they go on to (3.4), what new neighbours are told (3.5).

#ifndef MCAST_CORE_PIM_BSR_BOOTSTRAP_H
#define MCAST_CORE_PIM_BSR_BOOTSTRAP_H

#include "../../journal.h"
#include "../interface.h"
#include "../rp-set.h"
#include "../rpf.h"
#include "candidate-rp-set.h"
#include "candidate-rp.h"
#include "election.h"
#include "rp-assembly.h"

#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace mcast::pim
{

/// An interface as far as Bootstrap messages go.
struct BootstrapInterface
{
    Interface* pim = nullptr;
    std::size_t mtu = 1500;         ///< octets of an IP packet
    bool border = false;            ///< no Bootstrap message crosses it (RFC 5059 6.3)
    std::vector<Prefix> boundaries; ///< groups that don't cross it: the zones that it is the border of (RFC 5059 3.4)
};

/// What the mechanism asks of its router.
class BootstrapOwner
{
  public:
    /// All with PIM that are active, in a fixed order.
    virtual std::vector<BootstrapInterface> BootstrapInterfaces() = 0;
    /// RPF_interface, RPF neighbour, and whether the address is ours.
    virtual Rpf FindRpf(const Address& root) const = 0;
    /// Counters of an interface, or of the router if PIM is not on it.
    virtual Journal& JournalOf(InterfaceId interface) = 0;
    /// Our greatest address that other routers can reach; unspecified if there is none.
    virtual Address DefaultCandidateAddress() = 0;
    /// By unicast routing, to another router.
    virtual void SendUnicast(const Address& source, const Address& destination, const Message& message) = 0;
    /// Groups may have other RPs now. Comes last in whatever changed them.
    virtual void RpSetChanged() = 0;

  protected:
    ~BootstrapOwner() = default;
};

/// Of one family.
class BootstrapRouter final : public Alarm
{
  public:
    /// \param set gets what BSRs tell; its static part is somebody else's
    BootstrapRouter(Family family, Context& context, RpSet& set, BootstrapOwner& owner);

    /// A valid configuration of the same family.
    void Configure(const RouterConfig& config);
    /// Addresses, interfaces or boundaries are others now.
    void InterfacesChanged();
    /// A neighbour is new, or has forgotten everything (3.5).
    void PrimeNeighbor(InterfaceId interface, const Address& neighbor);
    /// Resigns as BSR, withdraws as candidate RP, and forgets all that it knew. Configure starts it again.
    void Shutdown();

    /// Counted, taken or not.
    void HandleBootstrap(InterfaceId interface, const PacketMeta& meta, const Bootstrap& message);
    void HandleCandidateRp(InterfaceId interface, const PacketMeta& meta, const CandidateRp& message);
    void OnAlarm(TimePoint now) override;

    /// The zones that are known, the global one first; none if the mechanism is off.
    std::vector<BootstrapView> View() const;

  private:
    using Election = bsr::Election;

    struct Zone
    {
        Zone(const RouterConfig& config, const ScopeZone& of, bool learned)
            : scope(of),
              election(config, learned)
        {
        }

        ScopeZone scope;
        Election election;
        bsr::RpAssembly assembly;
        bsr::AdvertisementTimer advertisement;
        bsr::CandidateRpSet candidates;   // while we are elected
        std::vector<CandidateRp> told;    // our last advertisements
        std::vector<Bootstrap> stored;    // fragments of the last message
        std::size_t storedItems = 0;      // ranges and RPs in them
        TimePoint storedSince{};          // of their first
        bool accepted = false;            // any message so far
        std::uint8_t hashMaskLength = 30; // of the last message
        TimePoint originated = NEVER;     // our last message
    };

    // A zone's election before something happened to it.
    struct Before
    {
        Election::State state;
        std::optional<bsr::Weight> bsr;
    };

    // Messages of the last moment, which come again only if they went in a circle.
    struct Passed
    {
        TimePoint at;
        std::uint64_t fingerprint;
    };

    std::optional<BootstrapInterface> FindInterface(InterfaceId id) const;
    bool IsOurs(const Address& address) const;
    Before Now(const Zone& zone) const;

    // What is let in.
    Reason Check(const BootstrapInterface& interface, const PacketMeta& meta, const Bootstrap& message) const;
    Reason CheckPath(const BootstrapInterface& interface, const PacketMeta& meta, const Bootstrap& message,
                     const ScopeZone& zone) const;
    bool CameInACircle(const Bootstrap& message);
    Zone* FindOrAddZone(const ScopeZone& scope);
    void Take(Zone& zone, Journal& journal, const PacketMeta& meta, const Bootstrap& message);
    void Store(Zone& zone, Journal& journal, const Bootstrap& message);
    void Remember(Zone& zone, const Bootstrap& message);

    // What goes out.
    bool Passes(const BootstrapInterface& interface, const ScopeZone& zone) const;
    void SendTo(const BootstrapInterface& interface, const Address& destination, const Bootstrap& message) const;
    void Flood(const ScopeZone& zone, const Bootstrap& message);
    void Originate(Zone& zone);
    void OriginateNow(Zone& zone, std::uint8_t priority);
    Bootstrap Compose(const Zone& zone, std::uint8_t priority);
    Duration UntilNextMessage(const Zone& zone) const;

    // Candidates.
    std::optional<bsr::Weight> OwnWeight() const;
    ScopeZone CandidateZone() const;
    void UpdateCandidacy();
    void Resign(Zone& zone);
    void StopCandidacy(Zone& zone);
    bool IsZoneBorder(const ScopeZone& zone) const;
    std::vector<CandidateRp> Advertisements(const Zone& zone) const;
    Address CandidateRpAddress(const CandidateRpConfig& candidate) const;
    void SendAdvertisements(Zone& zone, const std::vector<CandidateRp>& messages);
    void Advertise(Zone& zone);
    void UpdateAdvertisements();
    void TakeOffer(Zone& zone, Journal& journal, const CandidateRp& message, const EncodedGroup& group);
    void Collected(Zone& zone, bsr::CandidateRpSet::Change change);
    Zone* ElectedZoneFor(const Prefix& range);

    void Settle(Zone& zone, const Before& before);
    void RunZone(TimePoint now, Zone& zone);
    void RemoveForgottenZones();
    void Arm();
    void Finish();
    BootstrapView Describe(const Zone& zone) const;

    Family m_family;
    Context& m_context;
    RpSet& m_set;
    BootstrapOwner& m_owner;
    RouterConfig m_config;
    bool m_running = false;
    std::optional<TimePoint> m_startedAt; // PIM, on any interface
    Address m_defaultAddress;             // unspecified: none; stays while it is ours
    std::map<ScopeZone, Zone> m_zones;
    std::deque<Passed> m_passed;
    bool m_changed = false;    // the RP set, and the owner does not know yet
    bool m_reconsider = false; // what we advertise to whom
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_BSR_BOOTSTRAP_H
