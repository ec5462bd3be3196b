// SPDX-License-Identifier: GPL-2.0-only

#include "host-interface.h"

#include "../wire/record-codec.h"

#include <algorithm>

namespace mcast::gm
{

struct HostInterface::Dispatch
{
    HostInterface& self;
    const PacketMeta& meta;

    template <class Message>
    void operator()(const Message& message) const
    {
        self.Handle(meta, message);
    }
};

HostInterface::HostInterface(InterfaceId id, const Protocol& protocol, Context& context)
    : Alarm(context.timers),
      m_id(id),
      m_protocol(protocol),
      m_context(context),
      m_journal(id, protocol.family, context)
{
    m_state.up = false;
}

void
HostInterface::Configure(const HostConfig& config)
{
    const bool over =
        config.version != m_config.version || config.olderVersionCompatibility != m_config.olderVersionCompatibility;
    m_config = config;
    if (over && m_active)
    {
        Restart();
    }
}

void
HostInterface::SetState(const InterfaceState& state)
{
    const bool nameless = OwnAddress().IsUnspecified();
    m_state = state;
    if (state.up && m_active && m_protocol.guarded && nameless && !OwnAddress().IsUnspecified())
    {
        Rejoin(); // what was said from :: no router has heard (RFC 3810 5.2.13)
    }
    if (state.up && !m_active)
    {
        m_active = true;
        m_journal.Tell(m_journal.Event(EventKind::InterfaceUp).Source(OwnAddress()));
        Restart();
    }
    else if (!state.up)
    {
        SetDown();
    }
}

void
HostInterface::SetDown()
{
    if (m_active)
    {
        m_active = false;
        Stop();
        m_journal.Tell(m_journal.Event(EventKind::InterfaceDown));
    }
}

// As a host that has just arrived on this link.
void
HostInterface::Restart()
{
    Stop();
    Rejoin();
}

void
HostInterface::Rejoin()
{
    for (auto& [group, membership] : m_groups)
    {
        membership->Rejoin();
    }
}

void
HostInterface::Stop()
{
    for (auto* timer : {&m_generalResponse, &m_olderQuerierV1, &m_olderQuerierV2})
    {
        timer->Stop();
    }
    m_robustness = 0;
    m_queryInterval = {};
    for (auto& [group, membership] : m_groups)
    {
        membership->CancelPending();
    }
    ForgetFinished();
    Arm();
}

void
HostInterface::Listen(SocketId socket, const Address& group, Filter filter)
{
    if (!m_protocol.IsReported(group))
    {
        auto& sockets = m_unreported[group]; // RFC 3376 5, RFC 3810 6
        sockets.Set(socket, std::move(filter));
        if (sockets.Merge().IsNothing())
        {
            m_unreported.erase(group); // nobody is left
        }
        return;
    }
    auto found = m_groups.find(group);
    if (found == m_groups.end())
    {
        if (filter.IsNothing())
        {
            return;
        }
        HostGroupOwner& self = *this;
        found = m_groups.emplace(group, std::make_unique<HostGroup>(self, group)).first;
    }
    found->second->Listen(socket, std::move(filter));
    if (found->second->Finished())
    {
        m_groups.erase(found);
    }
}

void
HostInterface::CloseSocket(SocketId socket)
{
    for (auto place = m_unreported.begin(); place != m_unreported.end();)
    {
        place->second.Set(socket, {});
        place = place->second.Merge().IsNothing() ? m_unreported.erase(place) : std::next(place);
    }
    for (auto& [group, membership] : m_groups)
    {
        membership->Listen(socket, {});
    }
    ForgetFinished();
}

// Groups that were left stay until the last report of it is out.
void
HostInterface::ForgetFinished()
{
    for (auto place = m_groups.begin(); place != m_groups.end();)
    {
        place = place->second->Finished() ? m_groups.erase(place) : std::next(place);
    }
}

void
HostInterface::HandlePacket(const PacketMeta& meta, BytesView payload)
{
    if (!m_active)
    {
        return m_journal.Dropped(meta.source, Reason::InterfaceDown);
    }
    if (const auto reason = Screen(meta); reason != Reason::None)
    {
        return m_journal.Dropped(meta.source, reason);
    }
    const auto message = m_protocol.parse(meta, payload, m_config.version);
    if (!message)
    {
        return m_journal.Dropped(meta.source, message.Error().reason);
    }
    std::visit(Dispatch{*this, meta}, *message);
}

void
HostInterface::Handle(const PacketMeta& meta, const Query& query)
{
    const auto kind = KindOf(MembershipMessage{query});
    if (const auto reason = ScreenQuery(meta, query); reason != Reason::None)
    {
        m_journal.Dropped(meta.source, reason, kind);
        return reason == Reason::CompatibilityOff ? m_journal.Warn(meta.source, reason) : void();
    }
    m_journal.Received(kind, meta.source, query.group);
    NoticeVersion(query, meta.source);
    const auto maxResponseTime = m_protocol.maxResponseTime(query.version, query.maxResponseCode);
    if (Compatibility() != Version::V3)
    {
        return HandleOlderModeQuery(query, maxResponseTime);
    }
    const auto delay = m_context.random.Delay(maxResponseTime);
    if (m_generalResponse.Running() && m_generalResponse.Remaining(m_context.now) <= delay)
    {
        return; // RFC 3376 5.2, rule 1: what is pending answers this one, too
    }
    if (query.IsGeneral())
    {
        return HandleGeneralQuery(delay);
    }
    if (const auto found = m_groups.find(query.group); found != m_groups.end())
    {
        found->second->HandleSpecificQuery(query, delay);
    }
}

Reason
HostInterface::Screen(const PacketMeta& meta) const
{
    return meta.ttl != 1 ? Reason::BadTtl : m_protocol.Guard(meta);
}

// RFC 3376 9.1, RFC 1112 A.I, RFC 9776 7.2.1.
Reason
HostInterface::ScreenQuery(const PacketMeta& meta, const Query& query) const
{
    if (query.version != Version::V1 && m_config.requireRouterAlert && !meta.routerAlert)
    {
        return Reason::NoRouterAlert;
    }
    const auto* state = FindState(meta.destination);
    const bool stray = m_protocol.IsStrayQuery(meta.destination, state && !state->IsNothing());
    const bool elsewhere = m_config.version == Version::V1 && meta.destination != m_protocol.allSystems;
    if (query.IsGeneral() && (stray || elsewhere))
    {
        return Reason::BadDestination;
    }
    if (query.version < m_config.version && !m_config.olderVersionCompatibility)
    {
        return Reason::CompatibilityOff;
    }
    return Reason::None;
}

// The variables that a query tells, and the compatibility mode that an older one asks for (RFC 3376 7.2.1).
void
HostInterface::NoticeVersion(const Query& query, const Address& source)
{
    const auto before = Compatibility();
    if (query.version == Version::V3)
    {
        m_robustness = query.robustness;
        m_queryInterval = std::chrono::seconds{FromFloatCode(query.queryIntervalCode)};
        return;
    }
    if (m_config.profile == Profile::Rfc9776 && (query.IsGeneral() || m_config.SsmRules(query.group)))
    {
        m_journal.Warn(source, Reason::SsmGroup); // it breaks source-specific multicast (RFC 9776 7.2.1)
    }
    const bool counts =
        query.IsGeneral() || (m_protocol.olderSpecificQueryCounts && m_config.profile == Profile::Rfc3376);
    if (!counts || query.version >= m_config.version)
    {
        return;
    }
    const auto interval = m_queryInterval > Duration::zero() ? m_queryInterval : m_config.queryInterval;
    auto& timer = query.version == Version::V1 ? m_olderQuerierV1 : m_olderQuerierV2;
    timer.Start(m_context.now,
                OlderVersionQuerierPresentTimeout(m_config, Robustness(), interval,
                                                  m_protocol.maxResponseTime(query.version, query.maxResponseCode)));
    SwitchMode(before);
    Arm();
}

void
HostInterface::SwitchMode(Version before)
{
    if (Compatibility() == before)
    {
        return;
    }
    m_journal.Tell(m_journal.Event(EventKind::VersionChanged).Value(static_cast<std::uint64_t>(Compatibility())));
    m_generalResponse.Stop();
    for (auto& [group, membership] : m_groups)
    {
        membership->CancelPending();
    }
    ForgetFinished();
}

// RFC 3376 5.2, rule 2.
void
HostInterface::HandleGeneralQuery(Duration delay)
{
    const bool anything = std::any_of(m_groups.begin(), m_groups.end(),
                                      [](const auto& item) { return !item.second->State().IsNothing(); });
    if (anything)
    {
        m_generalResponse.Start(m_context.now, delay);
        Arm();
    }
}

void
HostInterface::HandleOlderModeQuery(const Query& query, Duration maxResponseTime)
{
    for (auto& [group, membership] : m_groups)
    {
        if (query.IsGeneral() || query.group == group)
        {
            membership->HandleOlderQuery(maxResponseTime);
        }
    }
}

void
HostInterface::AnswerGeneralQuery()
{
    m_generalResponse.Stop();
    std::vector<Record> records;
    for (const auto& [group, membership] : m_groups)
    {
        if (!membership->State().IsNothing())
        {
            records.push_back(membership->CurrentState());
        }
    }
    if (!records.empty())
    {
        SendRecords(std::move(records));
    }
}

// Suppression in versions 1 and 2; a version 3 host may ignore reports of others (RFC 3376 7.2.2), and does.
void
HostInterface::Handle(const PacketMeta& meta, const OlderReport& report)
{
    const auto kind = KindOf(MembershipMessage{report});
    if (m_state.HasAddress(meta.source))
    {
        return m_journal.Dropped(meta.source, Reason::OwnMessage, kind);
    }
    if (m_config.version == Version::V1 && report.version != Version::V1)
    {
        return m_journal.Dropped(meta.source, Reason::UnknownType,
                                 kind); // RFC 1112 knows no such type, nor does a querier of its time
    }
    if (m_config.version == Version::V1 && meta.destination != report.group)
    {
        return m_journal.Dropped(meta.source, Reason::BadDestination,
                                 kind); // RFC 1112 A.I; later versions take it (RFC 3376 4.2.14)
    }
    m_journal.Received(kind, meta.source, report.group);
    const auto found = m_groups.find(report.group);
    if (Compatibility() != Version::V3 && found != m_groups.end())
    {
        found->second->HandleOlderReport();
    }
}

void
HostInterface::Handle(const PacketMeta& meta, const Report&)
{
    m_journal.Received(MessageKind::ReportV3, meta.source); // says nothing to a host (RFC 3376 5)
}

void
HostInterface::Handle(const PacketMeta& meta, const mcast::Leave& leave)
{
    m_journal.Received(MessageKind::Leave, meta.source, leave.group);
}

void
HostInterface::OnAlarm(TimePoint now)
{
    ExpireOlderQueriers(now);
    if (m_generalResponse.Due(now))
    {
        AnswerGeneralQuery();
    }
    Arm();
}

void
HostInterface::ExpireOlderQueriers(TimePoint now)
{
    const auto before = Compatibility();
    for (auto* timer : {&m_olderQuerierV1, &m_olderQuerierV2})
    {
        if (timer->Due(now))
        {
            timer->Stop();
        }
    }
    SwitchMode(before);
}

void
HostInterface::Arm()
{
    WakeAt(std::min({m_generalResponse.At(), m_olderQuerierV1.At(), m_olderQuerierV2.At()}));
}

// As many records a report as the MTU holds. A record that fits no report by itself is cut to size if it lists what to
// exclude, and spread over several reports otherwise (RFC 3376 4.2.16).
void
HostInterface::SendRecords(std::vector<Record> records)
{
    const auto fixed = m_protocol.ipHeaderSize + m_protocol.reportSize;
    const auto room =
        std::max<std::size_t>(m_state.mtu, fixed + m_protocol.recordSize + m_protocol.addressSize) - fixed;
    const auto most = (room - m_protocol.recordSize) / m_protocol.addressSize;
    std::vector<Record> batch;
    std::size_t used = 0;
    const auto flush = [&] {
        if (!batch.empty())
        {
            SendReport(std::move(batch));
        }
        batch = {};
        used = 0;
    };
    for (auto& record : records)
    {
        const bool excludes = record.type == RecordType::IsEx || record.type == RecordType::ToEx;
        if (record.sources.size() > most && excludes)
        {
            record.sources.resize(most);
        }
        while (record.sources.size() > most)
        {
            flush();
            const auto cut = record.sources.end() - static_cast<std::ptrdiff_t>(most);
            SendReport({{record.type, record.group, {cut, record.sources.end()}}});
            record.sources.erase(cut, record.sources.end());
        }
        const auto size = m_protocol.recordSize + record.sources.size() * m_protocol.addressSize;
        if (used + size > room)
        {
            flush();
        }
        used += size;
        batch.push_back(std::move(record));
    }
    flush();
}

void
HostInterface::SendReport(std::vector<Record> records)
{
    Send(m_protocol.reportDestination, Report{std::move(records)}, {});
}

void
HostInterface::SendOlderReport(const Address& group)
{
    Send(group, OlderReport{Compatibility(), group}, group);
}

void
HostInterface::SendLeave(const Address& group)
{
    Send(m_protocol.allRouters, mcast::Leave{group}, group);
}

void
HostInterface::Send(const Address& destination, const MembershipMessage& message, const Address& group)
{
    const auto kind = KindOf(message);
    // Version 1 came before the Router Alert option (RFC 1112 A.I), and bears it well: one rule for all.
    const PacketMeta meta{OwnAddress(), destination, m_protocol.ipProtocol, 1, m_protocol.tos, true};
    m_context.transmits.push_back({m_id, meta, m_protocol.write(meta, message)});
    m_journal.Sent(kind, group);
}

void
HostInterface::StateChanged(const Address& group, const Filter& state)
{
    m_journal.Tell(m_journal.Event(EventKind::HostStateChanged)
                       .Include(state.mode == FilterMode::Include)
                       .Group(group)
                       .Value(state.sources.Size()));
}

void
HostInterface::GroupFinished(Address group)
{
    m_groups.erase(group);
}

Address
HostInterface::OwnAddress() const
{
    return m_state.SourceAddress(m_protocol.family);
}

Context&
HostInterface::GetContext()
{
    return m_context;
}

Version
HostInterface::Compatibility() const
{
    const auto heard = m_olderQuerierV1.Running()   ? Version::V1
                       : m_olderQuerierV2.Running() ? Version::V2
                                                    : Version::V3;
    return std::min(heard, m_config.version);
}

bool
HostInterface::Active() const
{
    return m_active;
}

// A host repeats its reports as often as the querier says that packets may be lost (RFC 3376 4.1.6, 8.1).
unsigned
HostInterface::Robustness() const
{
    return m_robustness != 0 ? m_robustness : m_config.robustness;
}

const Filter*
HostInterface::FindState(const Address& group) const
{
    const auto found = m_groups.find(group);
    return found == m_groups.end() ? nullptr : &found->second->State();
}

bool
HostInterface::Accepts(const Address& group, const Address& source) const
{
    if (group == m_protocol.allSystems)
    {
        return true;
    }
    if (const auto own = m_unreported.find(group); own != m_unreported.end())
    {
        return own->second.Merge().Passes(source);
    }
    const auto* state = FindState(group);
    return state != nullptr && state->Passes(source);
}

const Filter*
HostInterface::FindSocket(SocketId socket, const Address& group) const
{
    if (const auto own = m_unreported.find(group); own != m_unreported.end())
    {
        return own->second.Find(socket);
    }
    const auto found = m_groups.find(group);
    return found == m_groups.end() ? nullptr : found->second->FindSocket(socket);
}

HostInterfaceView
HostInterface::View() const
{
    HostInterfaceView view;
    view.interface = m_id;
    view.family = m_protocol.family;
    view.active = m_active;
    view.configuredVersion = m_config.version;
    view.compatibility = Compatibility();
    view.olderQuerierV1 = m_olderQuerierV1.Remaining(m_context.now);
    view.olderQuerierV2 = m_olderQuerierV2.Remaining(m_context.now);
    view.groups = m_groups.size();
    view.counters = m_journal.GetCounters();
    return view;
}

std::vector<HostGroupView>
HostInterface::Groups() const
{
    std::vector<HostGroupView> views;
    for (const auto& [group, membership] : m_groups)
    {
        if (!membership->State().IsNothing())
        {
            views.push_back(membership->View());
        }
    }
    return views;
}

} // namespace mcast::gm
