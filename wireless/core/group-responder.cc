// SPDX-License-Identifier: GPL-2.0-only

#include "group-responder.h"

#include "group-leaders.h"

#include <algorithm>

namespace mcast::wifi
{

namespace
{

constexpr std::size_t MAX_GROUPS = 64; // whose frames are remembered
constexpr unsigned STRANGER = 2;       // Beacons without being asked: no member

} // namespace

void
GroupResponder::Received::Note(std::uint16_t sequence)
{
    if (!any)
    {
        any = true;
        newest = sequence;
    }
    const unsigned ahead = (sequence + SEQUENCES - newest) % SEQUENCES;
    if (ahead < SEQUENCES / 2)
    {
        for (unsigned i = 1; i <= ahead; i++)
        {
            have.reset((newest + i + SEQUENCES / 2) % SEQUENCES); // too old
        }
        newest = sequence;
    }
    have.set(sequence);
}

bool
GroupResponder::Received::LacksNothingFrom(std::uint16_t start) const
{
    const unsigned count = (newest + SEQUENCES - start) % SEQUENCES + 1;
    if (!any || count > SEQUENCES / 2)
    {
        return false;
    }
    for (unsigned i = 0; i < count; i++)
    {
        if (!have.test((start + i) % SEQUENCES))
        {
            return false;
        }
    }
    return true;
}

void
GroupResponder::Associated(const MacAddress& self, Aid aid)
{
    Disassociated();
    m_self = self;
    m_aid = aid;
}

void
GroupResponder::Disassociated()
{
    m_self.reset();
    m_led.clear();
    m_received.clear();
    m_linger = {};
}

void
GroupResponder::HandleBeacon(BytesView elements)
{
    if (!m_self)
    {
        return;
    }
    m_led = GroupsLedBy(m_aid, elements);
    for (auto& [group, received] : m_received)
    {
        received.unasked += received.owed && !received.asked ? 1 : 0;
        received.owed = received.asked = false;
    }
}

bool
GroupResponder::HandleGroup(TimePoint now, const FrameHeader& header, const MacAddress& group)
{
    if (!m_self)
    {
        return false;
    }
    if (header.blockAck && (m_received.count(group) > 0 || m_received.size() < MAX_GROUPS))
    {
        auto& received = m_received[group];
        const bool isNew = !received.have.test(header.sequence); // what others lack is repeated
        received.Note(header.sequence);
        received.owed = received.owed || (isNew && received.unasked < STRANGER);
    }
    const bool leads = !header.blockAck && m_led.count(group) > 0;
    if (leads)
    {
        m_linger = now + LINGER;
    }
    return leads;
}

std::optional<GcrAnswer>
GroupResponder::HandleRequest(TimePoint now, const GcrRequest& request)
{
    if (!m_self || request.receiver != *m_self)
    {
        return std::nullopt;
    }
    GcrAnswer answer;
    answer.receiver = request.transmitter;
    answer.transmitter = *m_self;
    answer.group = request.group;
    answer.start = request.start;
    m_linger = now + LINGER;
    const auto found = m_received.find(request.group);
    if (found == m_received.end())
    {
        return answer; // nothing came
    }
    auto& received = found->second;
    for (unsigned i = 0; i < BLOCK_ACK_WINDOW; i++)
    {
        answer.bitmap |= std::uint64_t{received.have.test((request.start + i) % SEQUENCES)} << i;
    }
    received.asked = true;
    received.unasked = 0;
    received.owed = !received.LacksNothingFrom(request.start);
    return answer;
}

TimePoint
GroupResponder::AwakeUntil() const
{
    const bool owes = std::any_of(m_received.begin(), m_received.end(), [](const auto& one) { return one.second.owed; });
    return owes ? NEVER : m_linger;
}

} // namespace mcast::wifi
