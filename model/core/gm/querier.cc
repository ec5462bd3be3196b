// SPDX-License-Identifier: GPL-2.0-only

#include "querier.h"

#include "../wire/record-codec.h"

#include <algorithm>
#include <cassert>

namespace mcast::gm
{

namespace
{

Intervals
Configured(const RouterConfig& config)
{
    Intervals intervals;
    intervals.robustness = config.robustness;
    intervals.queryInterval = config.queryInterval;
    intervals.queryResponseInterval = config.queryResponseInterval;
    intervals.lastMemberQueryInterval = config.lastMemberQueryInterval;
    intervals.lastMemberQueryCount = config.lastMemberQueryCount.value_or(config.robustness);
    intervals.profile = config.profile;
    return intervals;
}

} // namespace

Querier::Querier(QuerierOwner& owner)
    : Alarm(owner.GetContext().timers),
      m_owner(owner),
      m_querier(Address::Any(owner.GetProtocol().family))
{
}

void
Querier::Start()
{
    BecomeQuerier(m_owner.GetConfig().startupQueryCount.value_or(m_owner.GetConfig().robustness));
}

void
Querier::Stop()
{
    m_state = State::Inactive;
    m_querier = Address::Any(m_owner.GetProtocol().family);
    for (auto* timer : {&m_nextQuery, &m_otherQuerierPresent, &m_olderQuerierV1, &m_olderQuerierV2})
    {
        timer->Stop();
    }
    Arm();
}

void
Querier::Reconfigure()
{
    const auto learned = m_intervals;
    m_intervals = Configured(m_owner.GetConfig());
    if (m_state == State::NonQuerier)
    {
        AdoptRobustness(learned.robustness);
        m_intervals.queryInterval = learned.queryInterval;
    }
    if (m_state == State::Querier)
    {
        const auto latest = m_owner.GetContext().now + m_intervals.queryInterval;
        m_nextQuery.StartAt(std::min(m_nextQuery.At(), latest));
        Arm();
    }
}

void
Querier::BecomeQuerier(unsigned startupQueries)
{
    m_state = State::Querier;
    m_intervals = Configured(m_owner.GetConfig());
    m_querier = m_owner.OwnAddress();
    m_otherQuerierPresent.Stop();
    m_startupLeft = startupQueries;
    m_owner.QuerierChanged();
    SendAndReschedule();
}

void
Querier::BecomeNonQuerier(const Address& source)
{
    const bool news = m_state != State::NonQuerier || m_querier != source;
    m_state = State::NonQuerier;
    m_querier = source;
    m_nextQuery.Stop();
    if (news)
    {
        m_owner.QuerierChanged();
    }
}

void
Querier::SendAndReschedule()
{
    m_owner.SendGeneralQuery();
    m_startupLeft -= m_startupLeft > 0 ? 1 : 0;
    m_nextQuery.Start(m_owner.GetContext().now, m_startupLeft > 0 ? StartupQueryInterval() : m_intervals.queryInterval);
    Arm();
}

void
Querier::HandleQuery(const Query& query, const Address& source)
{
    NoticeVersion(query, source);
    const bool lower = source < m_owner.OwnAddress();
    if (Elects(query) && lower)
    {
        BecomeNonQuerier(source);
    }
    Adopt(query);
    if (Elects(query) && lower)
    {
        m_otherQuerierPresent.Start(m_owner.GetContext().now, m_intervals.OtherQuerierPresentInterval());
    }
    Arm();
}

// RFC 3376 6.6.2 says "a query"; RFC 9776 6.6.2 says that it is the General Query.
bool
Querier::Elects(const Query& query) const
{
    return query.IsGeneral() || m_owner.GetConfig().profile == Profile::Rfc3376;
}

void
Querier::Adopt(const Query& query)
{
    if (query.version != Version::V3)
    {
        return; // older queries tell neither value
    }
    AdoptRobustness(query.robustness != 0 ? query.robustness : m_owner.GetConfig().robustness);
    if (m_state == State::NonQuerier)
    {
        m_intervals.queryInterval = query.queryIntervalCode != 0
                                        ? std::chrono::seconds{FromFloatCode(query.queryIntervalCode)}
                                        : CommonConfig{}.queryInterval;
    }
}

void
Querier::AdoptRobustness(unsigned robustness)
{
    m_intervals.robustness = robustness;
    m_intervals.lastMemberQueryCount = m_owner.GetConfig().lastMemberQueryCount.value_or(robustness); // 8.9
}

void
Querier::NoticeVersion(const Query& query, const Address& source)
{
    const auto& config = m_owner.GetConfig();
    const bool older = query.version < config.version;
    if (older || query.newer)
    {
        m_owner.Warn(Reason::WrongVersion, source);
    }
    const bool follows = config.profile == Profile::Rfc9776 && m_owner.GetProtocol().followsOlderQueriers;
    if (!older || !query.IsGeneral() || !follows || !config.olderVersionCompatibility)
    {
        return;
    }
    const auto before = OperatingVersion();
    auto& timer = query.version == Version::V1 ? m_olderQuerierV1 : m_olderQuerierV2;
    timer.Start(m_owner.GetContext().now, m_intervals.OtherQuerierPresentInterval());
    if (OperatingVersion() != before)
    {
        m_owner.VersionChanged();
    }
}

void
Querier::OnAlarm(TimePoint now)
{
    const auto before = OperatingVersion();
    for (auto* timer : {&m_olderQuerierV1, &m_olderQuerierV2})
    {
        if (timer->Due(now))
        {
            timer->Stop();
        }
    }
    if (OperatingVersion() != before)
    {
        m_owner.VersionChanged();
    }
    if (m_otherQuerierPresent.Due(now))
    {
        BecomeQuerier(1);
    }
    else if (m_nextQuery.Due(now))
    {
        SendAndReschedule();
    }
    Arm();
}

Version
Querier::OperatingVersion() const
{
    const auto heard = m_olderQuerierV1.Running()   ? Version::V1
                       : m_olderQuerierV2.Running() ? Version::V2
                                                    : Version::V3;
    return std::min(heard, m_owner.GetConfig().version);
}

Duration
Querier::StartupQueryInterval() const
{
    return m_owner.GetConfig().startupQueryInterval.value_or(m_intervals.queryInterval / 4);
}

void
Querier::Arm()
{
    CheckInvariants();
    WakeAt(std::min({m_nextQuery.At(), m_otherQuerierPresent.At(), m_olderQuerierV1.At(), m_olderQuerierV2.At()}));
}

void
Querier::CheckInvariants() const
{
    assert(m_nextQuery.Running() == (m_state == State::Querier));
    assert(m_otherQuerierPresent.Running() == (m_state == State::NonQuerier));
    assert(m_querier.IsUnspecified() == (m_state == State::Inactive));
}

void
Querier::FillView(RouterInterfaceView& view) const
{
    const auto now = m_owner.GetContext().now;
    view.isQuerier = IsQuerier();
    view.querier = m_querier;
    view.version = OperatingVersion();
    view.otherQuerierExpires = m_otherQuerierPresent.Remaining(now);
    view.nextQuery = m_nextQuery.Remaining(now);
    view.robustness = m_intervals.robustness;
    view.queryInterval = m_intervals.queryInterval;
    view.queryResponseInterval = m_intervals.queryResponseInterval;
    view.lastMemberQueryInterval = m_intervals.lastMemberQueryInterval;
    view.groupMembershipInterval = m_intervals.GroupMembershipInterval();
}

} // namespace mcast::gm
