// SPDX-License-Identifier: GPL-2.0-only
// The router side of group membership on one interface: takes its messages apart, keeps its group records, sends its
// queries. Election is in querier, records in group-record.                     RFC 2236 7, RFC 3376 6, RFC 9776 6

#ifndef MCAST_CORE_GM_ROUTER_INTERFACE_H
#define MCAST_CORE_GM_ROUTER_INTERFACE_H

#include "../interface.h"
#include "../journal.h"
#include "group-record.h"
#include "querier.h"

#include <memory>
#include <unordered_map>
#include <vector>

namespace mcast::gm
{

/// What an interface asks of its router.
class RouterInterfaceOwner
{
  public:
    /// What is forwarded for the group out of the interface may be another now.
    virtual void MembershipChanged(InterfaceId interface, const Address& group) = 0;
    /// The same, for one source only.
    virtual void MembershipChanged(InterfaceId interface, const Address& group, const Address& source) = 0;
    /// Is there room for one more group record in the whole router?
    virtual bool RoomForGroup() const = 0;
    /// +1 or -1 record.
    virtual void GroupCountChanged(int by) = 0;
    /// May the group cross the interface (administrative boundaries)?
    virtual bool MayCross(InterfaceId interface, const Address& group) const = 0;

  protected:
    ~RouterInterfaceOwner() = default;
};

class RouterInterface final : private GroupOwner, private QuerierOwner
{
  public:
    RouterInterface(InterfaceId id, const Protocol& protocol, Context& context, RouterInterfaceOwner& owner);
    ~RouterInterface();

    /// A valid configuration. Another version, profile or compatibility starts membership over.
    void Configure(const RouterConfig& config);
    void SetState(const InterfaceState& state);

    void HandlePacket(const PacketMeta& meta, BytesView payload);

    bool Active() const
    {
        return m_active;
    }

    /// RFC 3376 6.3, and static joins.
    bool Forwards(const Address& group, const Address& source) const;
    /// Do members, or a static join, ask for the group with whatever source (but those that they exclude)?
    bool WantsAnySource(const Address& group) const;
    /// The sources that are asked for by their names, where no member asks for all.
    std::vector<Address> IncludedSources(const Address& group) const;
    /// All groups with a record or a static join, sorted.
    std::vector<Address> GroupAddresses() const;
    RouterInterfaceView View() const;
    std::vector<GroupView> Groups() const;
    std::optional<GroupView> FindGroup(const Address& group) const;

    std::size_t GroupCount() const
    {
        return m_groups.size();
    }

    const Counters& GetCounters() const
    {
        return m_journal.GetCounters();
    }

    /// Withdraws all members.
    void Deactivate();

  private:
    // GroupOwner and QuerierOwner
    Context& GetContext() override;
    const RouterConfig& GetConfig() const override;
    const Intervals& GetIntervals() const override;
    Version OperatingVersion() const override;
    bool MayQuery() const override;
    void SendSpecificQuery(const Address& group, const SourceSet& sources, bool suppressRouterSide) override;
    void RecordChanged(EventKind kind, const GroupRecord& record, const Address& source) override;
    void QueriesStarted(const Address& group, std::size_t sources) override;
    void SourceLimitReached(const Address& group) override;
    void SourceCountChanged(std::ptrdiff_t by) override;
    void RecordEmpty(GroupRecord& record) override;
    const Protocol& GetProtocol() const override;
    Address OwnAddress() const override;
    void SendGeneralQuery() override;
    void QuerierChanged() override;
    void VersionChanged() override;
    void Warn(Reason reason, const Address& source) override;

    struct Dispatch;
    Reason Screen(const PacketMeta& meta) const;
    Reason ScreenReport(const PacketMeta& meta) const;
    bool IsOffSubnet(const Address& source) const;
    void Handle(const PacketMeta& meta, const Query& query);
    void Handle(const PacketMeta& meta, Report& report);
    void Handle(const PacketMeta& meta, const OlderReport& report);
    void Handle(const PacketMeta& meta, const Leave& leave);
    void HandleRecord(const PacketMeta& meta, Record& record);
    Reason ScreenGroup(const Address& group, bool anySource) const;
    GroupRecord* FindRecord(const Address& group);
    GroupRecord* FindOrCreate(const Address& group, FilterMode mode);
    SourceSet ValidSources(Record& record);
    Duration LastMemberQueryTimeOf(const Query& query) const;
    void Send(const Address& destination, const Query& query);
    void Activate();
    void UpdateActivity();
    void DropGroups();
    void AnnounceStaticJoins();
    void AddStaticJoins(std::vector<GroupView>& views) const;

    InterfaceId m_id;
    const Protocol& m_protocol;
    Context& m_context;
    Journal m_journal;
    RouterInterfaceOwner& m_owner;
    RouterConfig m_config;
    InterfaceState m_state;
    bool m_configured = false;
    bool m_known = false; // SetState was called
    bool m_active = false;
    bool m_creating = false; // the record at work is new: its mode is no change
    Querier m_querier;
    std::unordered_map<Address, std::unique_ptr<GroupRecord>> m_groups;
    std::size_t m_sourceCount = 0; // source records of all groups
};

} // namespace mcast::gm

#endif // MCAST_CORE_GM_ROUTER_INTERFACE_H
