// SPDX-License-Identifier: GPL-2.0-only

#include "service-requests.h"

#include "../../model/core/base/take-front.h"

#include <algorithm>
#include <array>

namespace mcast::wifi
{

namespace
{

DmsService
ToDms(GroupService service)
{
    switch (service)
    {
    case GroupService::GcrUnsolicitedRetry:
        return DmsService::GcrUnsolicitedRetry;
    case GroupService::GcrBlockAck:
        return DmsService::GcrBlockAck;
    case GroupService::Fms:
    case GroupService::Dms:
        break;
    }
    return DmsService::Directed;
}

} // namespace

const char*
ToString(GroupService service)
{
    static constexpr std::array<const char*, N_GROUP_SERVICES> NAMES{"fms", "dms", "gcr-unsolicited-retry",
                                                                     "gcr-block-ack"};
    return NAMES[static_cast<std::size_t>(service)];
}

const char*
ToString(RequestEvent::Kind kind)
{
    static constexpr std::array<const char*, 4> NAMES{"accepted", "denied", "unanswered", "ended"};
    return NAMES[static_cast<std::size_t>(kind)];
}

Expected<Done, SettingError>
RequestConfig::Validate() const
{
    if (timeout <= Duration::zero())
    {
        return Unexpected{SettingError{"timeout", "must be positive"}};
    }
    if (attempts < 1)
    {
        return Unexpected{SettingError{"attempts", "must be at least 1"}};
    }
    return Done{};
}

ServiceRequests::ServiceRequests(const RequestConfig& config)
    : m_config(config)
{
}

ServiceRequests::Key
ServiceRequests::KeyOf(GroupService service, const MacAddress& group)
{
    return {group, service == GroupService::Fms};
}

const ServiceRequests::Entry*
ServiceRequests::Find(GroupService service, const MacAddress& group) const
{
    const auto found = m_requests.find(KeyOf(service, group));
    return found == m_requests.end() || found->second.service != service ? nullptr : &found->second;
}

void
ServiceRequests::AdvanceTo(TimePoint now)
{
    for (auto request = m_requests.begin(); request != m_requests.end();)
    {
        const auto here = request++;
        if (here->second.answer.Due(now))
        {
            TimedOut(now, here);
        }
    }
}

void
ServiceRequests::TimedOut(TimePoint now, Requests::iterator request)
{
    auto& entry = request->second;
    if (entry.attempts < m_config.attempts)
    {
        Ask(now, request->first.group, entry);
        return;
    }
    const bool ending = entry.state == State::Ending;
    Emit(ending ? RequestEvent::Kind::Ended : RequestEvent::Kind::Unanswered, request->first.group, entry);
    if (ending)
    {
        m_requests.erase(request);
        return;
    }
    entry.answer.Stop();
    entry.state = State::Unanswered;
}

void
ServiceRequests::Ask(TimePoint now, const MacAddress& group, Entry& entry)
{
    entry.attempts++;
    m_token = m_token == 255 ? 1 : static_cast<std::uint8_t>(m_token + 1); // 0 is the access point's own accord
    entry.token = m_token;
    entry.answer.Start(now, m_config.timeout);
    const bool ending = entry.state == State::Ending;
    if (entry.service == GroupService::Fms)
    {
        m_frames.push_back(WriteWnm(FmsRequest{entry.token, group, ending ? 0 : entry.interval}));
        return;
    }
    m_frames.push_back(WriteWnm(DmsRequest{entry.token, ending ? entry.id : std::uint8_t{0}, ending, group,
                                           ToDms(entry.service)}));
}

void
ServiceRequests::Associated(TimePoint now)
{
    Disassociated(now);
    m_associated = true;
    for (auto& [key, entry] : m_requests)
    {
        entry.state = State::Asked;
        Ask(now, key.group, entry);
    }
}

void
ServiceRequests::Disassociated(TimePoint now)
{
    AdvanceTo(now);
    m_associated = false;
    m_frames.clear();
    for (auto request = m_requests.begin(); request != m_requests.end();)
    {
        request = End(request);
    }
}

void
ServiceRequests::Request(TimePoint now, GroupService service, const MacAddress& group, unsigned interval)
{
    AdvanceTo(now);
    auto& entry = m_requests[KeyOf(service, group)];
    if (entry.state == State::Granted && entry.service != service)
    {
        Emit(RequestEvent::Kind::Ended, group, entry); // the access point ends it with the new one
    }
    entry = Entry();
    entry.service = service;
    entry.interval = interval;
    if (m_associated)
    {
        entry.state = State::Asked;
        Ask(now, group, entry);
    }
}

bool
ServiceRequests::Remove(TimePoint now, GroupService service, const MacAddress& group)
{
    AdvanceTo(now);
    const auto found = m_requests.find(KeyOf(service, group));
    if (found == m_requests.end() || found->second.service != service)
    {
        return false;
    }
    auto& entry = found->second;
    switch (entry.state)
    {
    case State::Idle:
    case State::Denied:
        m_requests.erase(found);
        return true;
    case State::Asked:
    case State::Granted:
    case State::Unanswered:
        entry.state = State::Ending;
        entry.attempts = 0;
        Ask(now, group, entry);
        return true;
    case State::Ending:
        return true;
    }
    return false;
}

bool
ServiceRequests::Handle(TimePoint now, BytesView body)
{
    AdvanceTo(now);
    const auto message = ParseWnm(body);
    if (!message)
    {
        return false;
    }
    if (const auto* fms = std::get_if<FmsResponse>(&*message))
    {
        OnFms(*fms);
        return true;
    }
    if (const auto* dms = std::get_if<DmsResponse>(&*message))
    {
        OnDms(*dms);
        return true;
    }
    return false;
}

void
ServiceRequests::OnFms(const FmsResponse& response)
{
    const auto request = m_requests.find({response.group, true});
    if (request != m_requests.end() && response.token == request->second.token)
    {
        Settle(request, response.grant.status == FmsStatus::Accept, response.grant.interval);
    }
}

void
ServiceRequests::OnDms(const DmsResponse& response)
{
    if (response.token == 0)
    {
        Unasked(response);
        return;
    }
    const auto request = m_requests.find({response.group, false});
    if (request == m_requests.end() || response.token != request->second.token ||
        response.service != ToDms(request->second.service))
    {
        return;
    }
    request->second.id = response.dmsid;
    Settle(request, response.type == DmsResponse::Type::Accept, 0);
}

// The access point's own accord: it ends a service, or its policy is DMS.
void
ServiceRequests::Unasked(const DmsResponse& response)
{
    const auto request = m_requests.find({response.group, false});
    if (response.type == DmsResponse::Type::Terminate && request != m_requests.end())
    {
        End(request);
    }
    if (response.type != DmsResponse::Type::Accept || response.service != DmsService::Directed ||
        request != m_requests.end() || !m_associated)
    {
        return; // what was asked for goes before
    }
    Entry entry;
    entry.service = GroupService::Dms;
    entry.state = State::Granted;
    entry.id = response.dmsid;
    entry.unasked = true;
    m_requests[{response.group, false}] = entry;
    Emit(RequestEvent::Kind::Accepted, response.group, entry);
}

// An answer to what was asked last.
void
ServiceRequests::Settle(Requests::iterator request, bool accepted, unsigned interval)
{
    auto& [key, entry] = *request;
    if (entry.state == State::Ending)
    {
        Emit(RequestEvent::Kind::Ended, key.group, entry);
        m_requests.erase(request);
        return;
    }
    if (entry.state != State::Asked && entry.state != State::Unanswered)
    {
        return; // the same answer again
    }
    entry.answer.Stop();
    entry.state = accepted ? State::Granted : State::Denied;
    Emit(accepted ? RequestEvent::Kind::Accepted : RequestEvent::Kind::Denied, key.group, entry, interval);
}

// It is gone without our asking. \return the next one
ServiceRequests::Requests::iterator
ServiceRequests::End(Requests::iterator request)
{
    auto& [key, entry] = *request;
    const bool ending = entry.state == State::Ending;
    if (entry.state == State::Granted || ending)
    {
        Emit(RequestEvent::Kind::Ended, key.group, entry);
    }
    entry.state = State::Idle;
    entry.attempts = 0;
    entry.answer.Stop();
    return ending || entry.unasked ? m_requests.erase(request) : std::next(request);
}

std::optional<Bytes>
ServiceRequests::PollFrame()
{
    return TakeFront(m_frames);
}

std::optional<RequestEvent>
ServiceRequests::PollEvent()
{
    return TakeFront(m_events);
}

std::optional<TimePoint>
ServiceRequests::NextDeadline() const
{
    auto next = NEVER;
    for (const auto& [key, entry] : m_requests)
    {
        next = std::min(next, entry.answer.At());
    }
    return next == NEVER ? std::nullopt : std::optional(next);
}

bool
ServiceRequests::Has(GroupService service, const MacAddress& group) const
{
    const auto* entry = Find(service, group);
    // until the access point has heard of its end it goes on
    return entry && (entry->state == State::Granted || (entry->state == State::Ending && entry->id > 0));
}

bool
ServiceRequests::TakesPlain(const MacAddress& group) const
{
    return !Has(GroupService::Dms, group) && !TakesConcealed(group);
}

bool
ServiceRequests::TakesConcealed(const MacAddress& group) const
{
    return Has(GroupService::GcrUnsolicitedRetry, group) || Has(GroupService::GcrBlockAck, group);
}

void
ServiceRequests::Emit(RequestEvent::Kind kind, const MacAddress& group, const Entry& entry, unsigned interval)
{
    m_events.push_back({kind, entry.service, group, interval});
}

} // namespace mcast::wifi
