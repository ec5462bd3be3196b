// SPDX-License-Identifier: GPL-2.0-only
// The member side of group membership on one interface: takes queries apart, keeps the compatibility mode, answers
// General Queries, packs reports. Each group is in host-group.          RFC 1112 A.I, RFC 2236 6, RFC 3376 5 and 7.2

#ifndef MCAST_CORE_GM_HOST_INTERFACE_H
#define MCAST_CORE_GM_HOST_INTERFACE_H

#include "../interface.h"
#include "../journal.h"
#include "host-group.h"
#include "protocol.h"

#include <map>
#include <memory>

namespace mcast::gm
{

class HostInterface final : public Alarm, private HostGroupOwner
{
  public:
    HostInterface(InterfaceId id, const Protocol& protocol, Context& context);

    /// A valid configuration. Another version or compatibility starts over as if the interface had come up.
    void Configure(const HostConfig& config);
    void SetState(const InterfaceState& state);
    void SetDown();

    void Listen(SocketId socket, const Address& group, Filter filter);
    /// Leaves all groups of the socket.
    void CloseSocket(SocketId socket);
    void HandlePacket(const PacketMeta& meta, BytesView payload);
    void OnAlarm(TimePoint now) override;

    const HostConfig& GetConfig() const override
    {
        return m_config;
    }

    const Filter* FindState(const Address& group) const;
    /// Does the IP layer take a datagram (RFC 3376 3.2)? Of all-systems always.
    bool Accepts(const Address& group, const Address& source) const;
    const Filter* FindSocket(SocketId socket, const Address& group) const;
    HostInterfaceView View() const;
    std::vector<HostGroupView> Groups() const;

  private:
    // HostGroupOwner
    Context& GetContext() override;
    Version Compatibility() const override;
    bool Active() const override;
    unsigned Robustness() const override;
    void SendRecords(std::vector<Record> records) override;
    void SendOlderReport(const Address& group) override;
    void SendLeave(const Address& group) override;
    void StateChanged(const Address& group, const Filter& state) override;
    void GroupFinished(Address group) override;

    struct Dispatch;
    void Handle(const PacketMeta& meta, const Query& query);
    void Handle(const PacketMeta& meta, const OlderReport& report);
    void Handle(const PacketMeta& meta, const Report& report);
    void Handle(const PacketMeta& meta, const mcast::Leave& leave);
    Reason Screen(const PacketMeta& meta) const;
    Reason ScreenQuery(const PacketMeta& meta, const Query& query) const;
    void NoticeVersion(const Query& query, const Address& source);
    void SwitchMode(Version before);
    void HandleGeneralQuery(Duration delay);
    void HandleOlderModeQuery(const Query& query, Duration maxResponseTime);
    void AnswerGeneralQuery();
    void ExpireOlderQueriers(TimePoint now);
    void Restart();
    void Rejoin();
    Address OwnAddress() const;
    void Stop();
    void ForgetFinished();
    void SendReport(std::vector<Record> records);
    void Send(const Address& destination, const MembershipMessage& message, const Address& group);
    void Arm();

    InterfaceId m_id;
    const Protocol& m_protocol;
    Context& m_context;
    Journal m_journal;
    HostConfig m_config;
    InterfaceState m_state;
    bool m_active = false;
    std::map<Address, std::unique_ptr<HostGroup>> m_groups;
    std::map<Address, SocketFilters> m_unreported; // all-systems and the like: who gets what is sent there

    Deadline m_generalResponse; // the interface timer of RFC 3376 5.2
    Deadline m_olderQuerierV1;  // IGMPv1-Querier-Present
    Deadline m_olderQuerierV2;
    unsigned m_robustness = 0;  // of the last version 3 query; 0: none heard
    Duration m_queryInterval{}; // the same; zero: none heard
};

} // namespace mcast::gm

#endif // MCAST_CORE_GM_HOST_INTERFACE_H
