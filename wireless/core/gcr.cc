// SPDX-License-Identifier: GPL-2.0-only

#include "gcr.h"

#include "../../model/core/base/take-front.h"

#include <algorithm>
#include <tuple>

namespace mcast::wifi
{

namespace
{

constexpr unsigned SEQUENCES = 4096;
constexpr unsigned BITMAP = 64;

/// How far b is ahead of a, modulo 4096.
unsigned
Ahead(std::uint16_t a, std::uint16_t b)
{
    return (b + SEQUENCES - a) % SEQUENCES;
}

} // namespace

UnsolicitedRetry::UnsolicitedRetry(unsigned retries)
    : m_retries(retries)
{
}

void
UnsolicitedRetry::Push(FrameId id, std::uint16_t sequence)
{
    m_pending.push_back({id, sequence, 0});
}

std::optional<Attempt>
UnsolicitedRetry::Next()
{
    if (m_pending.empty())
    {
        return std::nullopt;
    }
    // the frame that went out least often, the oldest of those: rounds over all that is there
    const auto next = std::min_element(m_pending.begin(), m_pending.end(),
                                       [](const Entry& a, const Entry& b) { return a.sent < b.sent; });
    const Attempt attempt{next->id, next->sequence, next->sent > 0};
    next->sent++;
    if (next->sent > m_retries)
    {
        m_done.push_back(next->id);
        m_pending.erase(next);
    }
    return attempt;
}

std::optional<FrameId>
UnsolicitedRetry::PollDone()
{
    return TakeFront(m_done);
}

GcrBlockAck::GcrBlockAck(unsigned blockSize, unsigned rounds)
    : m_blockSize(blockSize),
      m_rounds(rounds)
{
}

void
GcrBlockAck::SetMembers(const std::set<MacAddress>& members)
{
    m_members = members;
    for (auto& entry : m_block)
    {
        for (auto member = entry.missing.begin(); member != entry.missing.end();)
        {
            member = m_members.count(*member) > 0 ? std::next(member) : entry.missing.erase(member);
        }
    }
}

void
GcrBlockAck::Push(FrameId id, std::uint16_t sequence)
{
    Entry entry;
    entry.id = id;
    entry.sequence = sequence;
    entry.missing = m_members;
    m_queue.push_back(std::move(entry));
}

void
GcrBlockAck::PushSent(FrameId id, std::uint16_t sequence)
{
    Entry entry;
    entry.id = id;
    entry.sequence = sequence;
    entry.sent = 1;
    entry.due = false;
    entry.missing = m_members;
    m_block.push_back(std::move(entry));
}

void
GcrBlockAck::Flush()
{
    m_flush = Pending() > 0;
}

void
GcrBlockAck::Forget(FrameId id)
{
    const auto is = [id](const Entry& entry) { return entry.id == id; };
    m_queue.erase(std::remove_if(m_queue.begin(), m_queue.end(), is), m_queue.end());
    m_block.erase(std::remove_if(m_block.begin(), m_block.end(), is), m_block.end());
}

// Frames go at once; they make a block once it is full or nothing more comes.
void
GcrBlockAck::StartBlock()
{
    while (m_block.size() < m_blockSize && !m_queue.empty() && !m_asking)
    {
        m_block.push_back(std::move(m_queue.front()));
        m_queue.pop_front();
    }
}

bool
GcrBlockAck::SendDue(BlockAckStep& step)
{
    for (auto& entry : m_block)
    {
        if (entry.due)
        {
            step.kind = BlockAckStep::Kind::Send;
            step.attempt = {entry.id, entry.sequence, entry.sent > 0};
            entry.due = false;
            entry.sent++;
            return true;
        }
    }
    return false;
}

bool
GcrBlockAck::AskNext(BlockAckStep& step)
{
    if (!m_asking)
    {
        const bool complete = m_block.size() >= m_blockSize || m_flush;
        if (m_block.empty() || !complete)
        {
            return false;
        }
        m_asking = true;
        for (const auto& member : m_members)
        {
            m_toAsk.push_back({member, std::nullopt});
        }
    }
    while (!m_toAsk.empty())
    {
        const auto question = m_toAsk.front();
        m_toAsk.pop_front();
        const auto owed = std::find_if(m_block.begin(), m_block.end(), [&](const Entry& entry) {
            return entry.missing.count(question.member) > 0 && (!question.start || entry.sequence == *question.start);
        });
        if (owed != m_block.end())
        {
            m_asked = question.member;
            step.kind = BlockAckStep::Kind::Request;
            step.member = question.member;
            step.startSequence = owed->sequence;
            return true;
        }
    }
    return false;
}

// All were asked: frames that everybody has are done, those with rounds left go again.
void
GcrBlockAck::EndRound()
{
    std::vector<Entry> left;
    for (auto& entry : m_block)
    {
        BlockAckStep finished;
        finished.attempt = {entry.id, entry.sequence, false};
        finished.missing = entry.missing.size();
        if (entry.missing.empty())
        {
            finished.kind = BlockAckStep::Kind::Done;
            m_finished.push_back(finished);
        }
        else if (entry.sent > m_rounds)
        {
            finished.kind = BlockAckStep::Kind::GaveUp;
            m_finished.push_back(finished);
        }
        else
        {
            entry.due = true;
            left.push_back(std::move(entry));
        }
    }
    m_block = std::move(left);
    m_asking = false;
    m_flush = !m_block.empty() || (m_flush && !m_queue.empty());
}

std::optional<BlockAckStep>
GcrBlockAck::Next()
{
    BlockAckStep step;
    for (;;)
    {
        if (const auto finished = TakeFront(m_finished))
        {
            return finished;
        }
        if (m_asked)
        {
            return std::nullopt; // an answer is awaited
        }
        StartBlock();
        if (SendDue(step) || AskNext(step))
        {
            return step;
        }
        if (!m_asking)
        {
            return std::nullopt;
        }
        EndRound();
    }
}

Tries
GcrBlockAck::OnBlockAck(const MacAddress& member, std::uint16_t startSequence, std::uint64_t bitmap)
{
    Tries tries;
    if (m_asked != member)
    {
        return tries;
    }
    m_asked.reset();
    std::optional<std::uint16_t> beyond;
    for (auto& entry : m_block)
    {
        const auto bit = Ahead(startSequence, entry.sequence);
        if (bit < BITMAP && (bitmap >> bit & 1) != 0)
        {
            tries.received += entry.missing.erase(member) > 0 ? 1 : 0;
        }
        else if (bit < BITMAP)
        {
            tries.lost += entry.missing.count(member) > 0 ? 1 : 0;
        }
        if (bit >= BITMAP && bit < SEQUENCES / 2 && !beyond)
        {
            beyond = entry.sequence;
        }
    }
    if (beyond)
    {
        m_toAsk.push_front({member, beyond});
    }
    return tries;
}

void
GcrBlockAck::OnNoAnswer(const MacAddress& member)
{
    if (m_asked == member)
    {
        m_asked.reset();
    }
}

LeaderAck::LeaderAck(unsigned retries)
    : m_retries(retries)
{
}

void
LeaderAck::SetMembers(const std::map<MacAddress, double>& quality, double hysteresis)
{
    if (m_leader && quality.count(*m_leader) == 0)
    {
        m_leader.reset();
    }
    const auto worst = std::min_element(quality.begin(), quality.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
    if (worst == quality.end())
    {
        m_chosen.reset();
        return;
    }
    const auto present = m_chosen ? quality.find(*m_chosen) : quality.end();
    if (present == quality.end() || worst->second < present->second - hysteresis)
    {
        m_chosen = worst->first;
    }
}

std::optional<MacAddress>
LeaderAck::Announce()
{
    m_leader = m_chosen;
    return m_leader;
}

std::optional<MacAddress>
LeaderAck::Leader() const
{
    return m_leader;
}

void
LeaderAck::Push(FrameId id, std::uint16_t sequence)
{
    m_pending.push_back({id, sequence, 0});
}

std::optional<Attempt>
LeaderAck::Next()
{
    if (m_pending.empty() || m_waiting)
    {
        return std::nullopt;
    }
    auto& entry = m_pending.front();
    const Attempt attempt{entry.id, entry.sequence, entry.sent > 0};
    entry.sent++;
    if (m_leader)
    {
        m_waiting = true;
    }
    else
    {
        Finish(false);
    }
    return attempt;
}

void
LeaderAck::Finish(bool acknowledged)
{
    m_done.push_back({m_pending.front().id, acknowledged});
    m_pending.pop_front();
    m_waiting = false;
}

void
LeaderAck::OnAck()
{
    if (m_waiting)
    {
        Finish(true);
    }
}

void
LeaderAck::OnNoAck()
{
    if (!m_waiting)
    {
        return;
    }
    m_waiting = false;
    if (m_pending.front().sent > m_retries || !m_leader)
    {
        Finish(false);
    }
}

void
LeaderAck::Forget(FrameId id)
{
    if (!m_pending.empty() && m_pending.front().id == id)
    {
        m_waiting = false;
    }
    m_pending.erase(
        std::remove_if(m_pending.begin(), m_pending.end(), [id](const Entry& entry) { return entry.id == id; }),
        m_pending.end());
}

std::optional<LeaderAck::Finished>
LeaderAck::PollDone()
{
    return TakeFront(m_done);
}

DuplicateFilter::DuplicateFilter(std::size_t depth)
    : m_depth(depth)
{
}

bool
DuplicateFilter::Stream::operator<(const Stream& other) const
{
    return std::tie(transmitter, receiver, tid) < std::tie(other.transmitter, other.receiver, other.tid);
}

bool
DuplicateFilter::Accept(const MacAddress& transmitter, const MacAddress& receiver, std::uint8_t tid,
                        std::uint16_t sequence, bool retry)
{
    auto& seen = m_seen[{transmitter, receiver, tid}];
    // Without the Retry bit it is another frame, even if the numbers went round.
    if (retry && std::find(seen.begin(), seen.end(), sequence) != seen.end())
    {
        return false;
    }
    seen.push_back(sequence);
    if (seen.size() > m_depth)
    {
        seen.pop_front();
    }
    return true;
}

} // namespace mcast::wifi
