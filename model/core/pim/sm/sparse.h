// SPDX-License-Identifier: GPL-2.0-only
// Sparse mode of one family: the trees of a router, and the machines that work on them.
//
//   macros.cc        the state summarization macros, by their names                  RFC 7761 4.1.5, 4.6.5
//   sparse.cc        which state exists, and what a change of anything leads to
//   receive.cc       Join/Prune messages, of this router and overheard               4.5.1 to 4.5.3
//   upstream.cc      the upstream (*,G) and (S,G) machines                           4.5.4, 4.5.5
//   upstream-rpt.cc  the upstream (S,G,rpt) machine                                  4.5.6, 4.5.7
//   asserts.cc       which machine an Assert, or data, goes to                       4.6
//   data.cc          the rules for data packets; SPT switchover                      4.2
//   registers.cc     Registers, at the DR and at the RP                              4.4
//
// All that depends on a change is looked at again by Update, of a group or of one source in it: each machine compares
// what it should be with what it is. That is what "-> TRUE" and "-> FALSE" in the RFC's tables come to.

#ifndef MCAST_CORE_PIM_SM_SPARSE_H
#define MCAST_CORE_PIM_SM_SPARSE_H

#include "../../context.h"
#include "../../mfc/mfc.h"
#include "../interface.h"
#include "../join-prune-queue.h"
#include "../rpf.h"
#include "../tree-owner.h"
#include "trees.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace mcast::pim
{

class Sparse final : public Alarm
{
  public:
    Sparse(Family family, TreeOwner& owner);
    ~Sparse();

    // Messages that their interface has screened, of groups that are not dense and may cross it.

    void HandleJoinPrune(Interface& interface, const PacketMeta& meta, const JoinPrune& message);
    void HandleAssert(Interface& interface, const PacketMeta& meta, const Assert& message);
    void HandleRegister(InterfaceId interface, const PacketMeta& meta, const Register& message);
    void HandleRegisterStop(InterfaceId interface, const PacketMeta& meta, const RegisterStop& message);
    void HandlePacked(InterfaceId interface, const PacketMeta& meta, const PackedRegister& message);

    // Data.

    /// A packet that the forwarding plane has no entry for, or that came in elsewhere than its entry says.
    void HandleData(InterfaceId interface, const Address& group, const Address& source);
    /// A packet that went out of REGISTER_INTERFACE.
    void HandleWholePacket(BytesView packet);
    /// The answer to AskForActivity. \param idle since the last packet, if known. \param bytes since it was asked last
    void HandleActivity(const Address& group, const Address& source, bool active, std::optional<Duration> idle,
                        std::uint64_t bytes);

    /// What the forwarding plane should do with data of the source and group.
    RoutingDecision Decide(const Address& group, const Address& source) const;

    // Changes around.

    void MembershipChanged(InterfaceId interface, const Address& group);
    void MembershipChanged(InterfaceId interface, const Address& group, const Address& source);
    void NeighborChanged(InterfaceId interface, const Address& neighbor, NeighborChange change);
    /// DR, interfaces, boundaries or the configuration are others than before.
    void EverythingChanged();
    void InterfaceGone(InterfaceId interface);
    void RoutesChanged(const Prefix& prefix);
    void RpSetChanged();
    /// Takes everything back: Prunes go out, nothing is left.
    void Clear();

    /// Sends the Joins, Prunes and packed Null-Registers that are due.
    void Flush();

    std::vector<TreeView> Trees(const std::optional<Address>& group) const;

    const TreeCounts& Counts() const
    {
        return m_counts;
    }

    std::size_t RootCount() const
    {
        return m_roots.Size();
    }

    // For the trees.

    Context& GetContext() const
    {
        return m_owner.GetContext();
    }

    void OnAlarm(TimePoint now) override;
    void OnAlarm(StarG& star, TimePoint now);
    void OnAlarm(SG& sg, TimePoint now);
    void OnAlarm(SGRpt& rpt, TimePoint now);

  private:
    // A source of a group, with what state there is.
    struct Flow
    {
        Group& group;
        const Address& source;
        SG* sg;
        SGRpt* rpt;
    };

    enum class Kind : std::uint8_t
    {
        StarG,
        SG,
        SGRpt,
    };

    // PIM's interface if it serves sparse groups.
    Interface* PimOn(InterfaceId interface) const
    {
        auto* pim = m_owner.FindInterface(interface);
        return pim != nullptr && pim->Serves(Mode::Sparse) ? pim : nullptr;
    }

    // macros.cc
    bool IsDr(InterfaceId interface) const;
    bool IsRp(const Group& group) const;
    std::optional<InterfaceId> RpfInterfaceOfRp(const Group& group) const;
    std::optional<InterfaceId> RpfInterface(const SG& sg) const;
    bool LostAssert(const Group& group, InterfaceId interface) const;
    bool LostAssert(const SG& sg, InterfaceId interface) const;
    bool LostAssertRpt(const Flow& flow, InterfaceId interface) const;
    bool PimInclude(const Group& group, InterfaceId interface) const;
    bool PimInclude(const Flow& flow, InterfaceId interface) const;
    bool PimExclude(const Flow& flow, InterfaceId interface) const;
    bool LocalReceiverInclude(const Group& group, InterfaceId interface) const;
    bool LocalReceiverInclude(const Flow& flow, InterfaceId interface) const;
    bool InJoins(const Tree* tree, InterfaceId interface) const;
    bool InSharedTree(const Flow& flow, InterfaceId interface) const;
    bool InImmediateOlist(const Group& group, InterfaceId interface) const;
    bool InImmediateOlist(const Flow& flow, InterfaceId interface) const;
    bool InInheritedOlistRpt(const Flow& flow, InterfaceId interface) const;
    bool InInheritedOlist(const Flow& flow, InterfaceId interface) const;
    template <class Predicate>
    bool AnyInterface(const Predicate& predicate) const
    {
        const auto& interfaces = m_owner.DataInterfaces();
        return std::any_of(interfaces.begin(), interfaces.end(), predicate);
    }

    bool IsInheritedOlistEmpty(const Flow& flow) const;
    bool IsInheritedOlistRptEmpty(const Flow& flow) const;
    bool JoinDesired(const Group& group) const;
    bool JoinDesired(const Flow& flow) const;
    bool PruneDesired(const Flow& flow) const;
    bool SptBit(const Flow& flow) const;
    bool KeepaliveRuns(const Flow& flow) const;
    Address RpfNeighbor(const Group& group) const;
    Address RpfNeighborRpt(const Flow& flow) const;
    Address RpfNeighbor(const Flow& flow) const;
    bool CouldAssert(const Group& group, InterfaceId interface) const;
    bool CouldAssert(const Flow& flow, InterfaceId interface) const;
    bool AssertTrackingDesired(const Group& group, InterfaceId interface) const;
    bool AssertTrackingDesired(const Flow& flow, InterfaceId interface) const;
    AssertMetric SptAssertMetric(const Flow& flow, InterfaceId interface) const;
    AssertMetric RptAssertMetric(const Group& group, InterfaceId interface) const;
    AssertMetric MyAssertMetric(const Flow& flow, InterfaceId interface) const;
    AssertMetric MyAssertMetric(const Group& group, InterfaceId interface) const;
    bool ShareOneLink(const Flow& flow) const;
    bool CouldRegister(const Flow& flow) const;
    bool SwitchToSptDesired(const Flow& flow) const;
    bool WantsSwitch(const Flow& flow) const;

    // sparse.cc
    Group* FindGroup(const Address& group) const;
    Group* FindOrMakeGroup(const Address& group);
    bool RoomForState(const Address& group, InterfaceId interface);
    StarG* FindOrMakeStar(Group& group, InterfaceId interface);
    SG* FindOrMakeSource(Group& group, const Address& source, InterfaceId interface);
    SGRpt* FindOrMakeRpt(Group& group, const Address& source, InterfaceId interface);
    static Flow FlowOf(Group& group, const Address& source);
    void AssignRp(Group& group);
    void Update(Group& group);
    void Update(Group& group, const Address& source);
    void UpdateStar(Group& group);
    void UpdateSource(Group& group, const Address& source);
    void UpdateAll();
    void LearnMembers(InterfaceId interface, Group& group);
    void Sweep(Group& group);
    void SweepGroup(Group& group);
    void SweepSource(Group& group, const Address& source);
    void Erase(Group& group, SG& sg);
    std::vector<Address> SourcesOf(const Group& group) const;
    std::vector<Address> GroupAddresses() const;
    void Arm(Tree& tree);
    void Arm(SG& sg);
    void Arm(SGRpt& rpt);
    TimePoint NextOf(const Tree& tree) const;
    void Tell(EventKind kind, InterfaceId interface, const Address& group, const Address& source, bool value);

    // receive.cc
    void ReceiveGroup(Interface& interface, Claims::Number speaker, const GroupSet& set, std::uint16_t holdtime);
    void ReceiveJoinStarG(Interface& interface, Claims::Number speaker, const Address& group, const Address& rp,
                          std::uint16_t holdtime);
    void ReceivePruneStarG(Interface& interface, Group& group);
    void ReceiveJoinSG(Interface& interface, Claims::Number speaker, const Address& group, const Address& source,
                       std::uint16_t holdtime);
    void ReceivePruneSG(Interface& interface, Group& group, const Address& source);
    void ReceiveJoinRpt(Interface& interface, Group& group, const Address& source);
    void ReceivePruneRpt(Interface& interface, Claims::Number speaker, Group& group, const Address& source,
                         std::uint16_t holdtime);
    void EndOfMessage(InterfaceId interface, Group& group);
    bool IsRoot(const EncodedSource& source, Interface& interface, const Address& group) const;
    void ExpireDownstream(Tree& tree, TimePoint now, Kind kind, const Address& source);
    bool RoomForClaim(Interface& interface, const Address& group, Claims::Number speaker);
    void Unclaim(const DownstreamPrune& prune);
    void SendPruneEcho(InterfaceId interface, const Address& group, const Address& source, Kind kind);

    // upstream.cc
    struct Wish
    {
        bool desired = false;
        std::optional<InterfaceId> interface;
        Address neighbor;
        bool byAssert = false;
    };

    Wish WishOf(const Group& group) const;
    Wish WishOf(const Flow& flow) const;
    bool Follow(Tree& tree, const Wish& wish, Kind kind, const Address& source);
    void Send(Tree& tree, const UpstreamNeighbor* to, bool join, Kind kind, const Address& source);
    void SendPeriodic(Tree& tree, TimePoint now, Kind kind, const Address& source);
    void AddRptPrunes(Group& group, const UpstreamNeighbor& to);
    void Overhear(Interface& interface, const JoinPrune& message);
    void OverhearEntry(Interface& interface, Group& group, const EncodedSource& entry, bool join,
                       const Address& upstream, std::uint16_t holdtime);
    void Suppress(Tree& tree, Interface& interface, std::uint16_t holdtime);
    void Hasten(Tree& tree, InterfaceId interface);
    bool IsToldTo(const Tree* tree, InterfaceId interface, const Address& neighbor) const;
    Duration RandomOverride(InterfaceId interface) const;
    void NeighborRestarted(InterfaceId interface, const Address& neighbor);

    // upstream-rpt.cc
    void FollowRpt(Group& group, const Address& source);
    void SendRpt(const Flow& flow, bool join);
    void OverhearRpt(Interface& interface, Group& group, const Address& source, bool join, bool rpt,
                     const Address& upstream);

    // asserts.cc
    AssertInputs InputsOf(const Flow& flow, InterfaceId interface) const;
    AssertInputs InputsOf(const Group& group, InterfaceId interface) const;
    AssertTimes Times() const;
    bool CheckAsserts(Tree& tree, SG* sg);
    /// \param cause the source whose data led to an Assert of (*,G), if any did
    void Apply(Tree& tree, TreeInterface& item, SG* sg, AssertMachine::Outcome outcome,
               const std::optional<Address>& cause = std::nullopt);
    void SendAssert(InterfaceId interface, const Address& group, const Address& source, const AssertMetric& metric);
    void DataArrivedOutside(const Flow& flow, InterfaceId interface);
    bool ReceiveAssertSG(Interface& interface, Group& group, const Address& source, const AssertMetric& heard);
    void ReceiveAssertStarG(Interface& interface, Group& group, const AssertMetric& heard);
    void ForgetLosses(InterfaceId interface, const Address& winner);
    AssertMachine& AssertAt(Tree& tree, InterfaceId interface);

    // data.cc
    bool WouldSetSptBit(const Flow& flow, InterfaceId interface) const;
    void UpdateSptBit(const Flow& flow, InterfaceId interface);
    bool WouldMatter(const Flow& flow, InterfaceId incoming) const;
    void WatchRate(const Address& group, const Address& source);

    // registers.cc
    void UpdateRegister(const Flow& flow);
    void SendNullRegister(SG& sg);
    std::size_t TunnelMtu(const SG& sg) const;
    void TellTooBig(const SG& sg, std::size_t mtu, BytesView packet);
    void TellRegister(const SG& sg);
    void SendRegister(SG& sg, Bytes packet, std::uint8_t tos, bool null);
    Expected<PacketMeta, DecodeError> ParseHeader(BytesView packet) const;
    void SendDummy(SG& sg);
    void FlushNullRegisters();
    void SendPacked(const Address& from, const Address& to, PackedRegister::Kind kind,
                    const std::vector<PackedRegister::Record>& records);
    Address RegisterSource(const SG& sg) const;
    bool ReceiveRegisterStop(InterfaceId interface, const Address& from, const Address& group, const Address& source,
                             bool together);
    bool SptBitOf(const Address& group, const Address& source) const;
    bool RegisterAtRp(const PacketMeta& meta, const Address& group, const Address& source);

    // views.cc
    TreeView BaseView(const Group& group, TreeView::Kind kind, const Address& source, TimePoint since) const;
    TreeView ViewOf(const Group& group, const StarG& star) const;
    TreeView ViewOf(const Flow& flow, const SG& sg) const;
    TreeView ViewOf(const Flow& flow, const SGRpt& rpt) const;
    void FillInterface(TreeInterfaceView& view, const Tree& tree, InterfaceId interface) const;
    void FillUpstream(TreeView& view, const Address& neighbor, const RpfRoot* root) const;

    Family m_family;
    TreeOwner& m_owner;
    RpfTable m_roots;
    JoinPruneQueue m_queue;
    std::unordered_map<Address, Group> m_groups;
    TreeCounts m_counts;
    Claims m_claims;
    std::map<std::pair<Address, Address>, TimePoint> m_watched; // (group, source) whose rate is measured, since
    Deadline m_measure;
    std::set<Address> m_packers;                         // RPs that take Packed Null-Registers
    std::vector<PackedRegister::Record> m_nullRegisters; // due, to such RPs
    Deadline m_quietUntil;                               // no Packet Too Big before
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_SM_SPARSE_H
