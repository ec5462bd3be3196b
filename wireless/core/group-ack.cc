// SPDX-License-Identifier: GPL-2.0-only

#include "group-ack.h"

#include "../../model/core/base/take-front.h"

#include <algorithm>

namespace mcast::wifi
{

namespace
{

// An answer may get lost as well as the request: the same member is asked again before its frames count as missing.
constexpr unsigned REQUEST_TRIES = 3;
constexpr std::size_t MAX_GROUPS = 256; // beyond that, groups of which nothing is under way are forgotten

std::set<MacAddress>
AddressesOf(const std::map<MacAddress, double>& quality)
{
    std::set<MacAddress> addresses;
    for (const auto& [address, value] : quality)
    {
        addresses.insert(address);
    }
    return addresses;
}

} // namespace

bool
AckDemand::operator==(const AckDemand& other) const
{
    return kind == other.kind && group == other.group && member == other.member && startSequence == other.startSequence;
}

GroupAck::Group::Group(const MethodConfig& config)
    : leader(config.retries),
      block(config.blockSize, config.retries)
{
}

GroupAck::Group&
GroupAck::Find(const Key& key, const MethodConfig& config)
{
    const auto known = m_groups.find(key);
    if (known != m_groups.end())
    {
        return known->second;
    }
    const auto idle = std::find_if(m_groups.begin(), m_groups.end(),
                                   [](const auto& one) { return one.second.known.empty(); });
    if (m_groups.size() >= MAX_GROUPS && idle != m_groups.end())
    {
        m_groups.erase(idle);
    }
    return m_groups.try_emplace(key, config).first->second;
}

void
GroupAck::SetMembers(const MacAddress& address, const MethodConfig& config,
                     const std::map<MacAddress, double>& quality)
{
    auto& group = Find({address, config.method}, config);
    group.quality = quality;
    group.leader.SetMembers(quality);
    group.block.SetMembers(AddressesOf(quality));
}

void
GroupAck::Leave(const MacAddress& station)
{
    m_tries.erase(station);
    for (auto& [key, group] : m_groups)
    {
        if (group.quality.erase(station) > 0)
        {
            group.leader.SetMembers(group.quality);
            group.block.SetMembers(AddressesOf(group.quality));
        }
    }
}

void
GroupAck::Sent(const MacAddress& address, const MethodConfig& config, FrameId id, std::uint16_t sequence, bool last)
{
    const Key key{address, config.method};
    auto& group = Find(key, config);
    if (config.method == Method::LeaderAck)
    {
        SentToLeader(key, group, id, sequence);
        return;
    }
    group.repeated.erase(id);
    if (group.known.insert(id).second)
    {
        group.block.PushSent(id, sequence);
    }
    if (last)
    {
        group.block.Flush();
    }
    PullBlock(key, group);
}

void
GroupAck::SentToLeader(const Key& key, Group& group, FrameId id, std::uint16_t sequence)
{
    if (group.known.insert(id).second)
    {
        group.leader.Push(id, sequence);
    }
    group.leader.Next(); // is this transmission
    if (group.leader.Leader())
    {
        m_demand = {key, {AckDemand::Kind::Ack, key.first, *group.leader.Leader(), sequence}};
    }
    PullLeader(group);
}

void
GroupAck::Forget(FrameId id)
{
    for (auto& [key, group] : m_groups)
    {
        if (group.known.erase(id) > 0)
        {
            group.leader.Forget(id);
            group.block.Forget(id);
            group.repeated.erase(id);
            PullBlock(key, group);
        }
    }
}

void
GroupAck::Flush()
{
    for (auto& [key, group] : m_groups)
    {
        group.block.Flush();
        PullBlock(key, group);
    }
}

std::optional<AckDemand>
GroupAck::Demand()
{
    for (auto group = m_groups.begin(); group != m_groups.end() && !m_demand; ++group)
    {
        if (group->second.request && group->second.repeated.empty())
        {
            m_demand = {group->first, *group->second.request};
            group->second.request.reset();
            m_requests = 0;
        }
    }
    return m_demand ? std::optional(m_demand->second) : std::nullopt;
}

void
GroupAck::OnAck()
{
    if (m_demand && m_demand->second.kind == AckDemand::Kind::Ack)
    {
        auto& group = m_groups.at(m_demand->first);
        m_tries[m_demand->second.member].received++;
        m_demand.reset();
        group.leader.OnAck();
        PullLeader(group);
    }
}

bool
GroupAck::OnBlockAck(const MacAddress& member, const MacAddress& address, std::uint16_t start, std::uint64_t bitmap)
{
    if (!m_demand || m_demand->second.kind != AckDemand::Kind::BlockAck || m_demand->second.member != member ||
        m_demand->second.group != address || m_demand->second.startSequence != start)
    {
        return false;
    }
    const auto key = m_demand->first;
    auto& group = m_groups.at(key);
    m_demand.reset();
    const auto told = group.block.OnBlockAck(member, start, bitmap);
    m_tries[member].received += told.received;
    m_tries[member].lost += told.lost;
    PullBlock(key, group);
    return true;
}

void
GroupAck::OnNoAnswer()
{
    if (!m_demand)
    {
        return;
    }
    const auto [key, demand] = *m_demand;
    auto& group = m_groups.at(key);
    if (demand.kind == AckDemand::Kind::Ack)
    {
        if (group.quality.count(demand.member) > 0)
        {
            m_tries[demand.member].lost++;
        }
        m_demand.reset();
        group.leader.OnNoAck();
        PullLeader(group);
        return;
    }
    if (++m_requests < REQUEST_TRIES && group.quality.count(demand.member) > 0)
    {
        return;
    }
    m_demand.reset();
    group.block.OnNoAnswer(demand.member);
    PullBlock(key, group);
}

// What became of the frame at the front, if it is not out.
void
GroupAck::PullLeader(Group& group)
{
    while (const auto finished = group.leader.PollDone())
    {
        const bool lost = !finished->acknowledged && group.leader.Leader();
        Finish(group, lost ? AckOutcome::Kind::GaveUp : AckOutcome::Kind::Done, finished->id, lost ? 1 : 0);
    }
    if (!m_demand && !group.known.empty())
    {
        m_outcomes.push_back({AckOutcome::Kind::Repeat, *group.known.begin(), 0});
    }
}

void
GroupAck::PullBlock(const Key& key, Group& group)
{
    while (!group.request)
    {
        const auto step = group.block.Next();
        if (!step)
        {
            return;
        }
        switch (step->kind)
        {
        case BlockAckStep::Kind::Send:
            group.repeated.insert(step->attempt.id);
            m_outcomes.push_back({AckOutcome::Kind::Repeat, step->attempt.id, 0});
            break;
        case BlockAckStep::Kind::Request:
            group.request = AckDemand{AckDemand::Kind::BlockAck, key.first, step->member, step->startSequence};
            break;
        case BlockAckStep::Kind::Done:
            Finish(group, AckOutcome::Kind::Done, step->attempt.id, 0);
            break;
        case BlockAckStep::Kind::GaveUp:
            Finish(group, AckOutcome::Kind::GaveUp, step->attempt.id, step->missing);
            break;
        }
    }
}

void
GroupAck::Finish(Group& group, AckOutcome::Kind kind, FrameId id, std::size_t missing)
{
    group.known.erase(id);
    m_outcomes.push_back({kind, id, missing});
}

std::optional<AckOutcome>
GroupAck::PollOutcome()
{
    return TakeFront(m_outcomes);
}

std::optional<std::pair<MacAddress, Tries>>
GroupAck::PollTries()
{
    if (m_tries.empty())
    {
        return std::nullopt;
    }
    const std::pair<MacAddress, Tries> first = *m_tries.begin();
    m_tries.erase(m_tries.begin());
    return first;
}

std::vector<std::pair<MacAddress, MacAddress>>
GroupAck::Leaders()
{
    std::vector<std::pair<MacAddress, MacAddress>> leaders;
    for (auto& [key, group] : m_groups)
    {
        const auto leader = key.second == Method::LeaderAck ? group.leader.Announce() : std::nullopt;
        if (leader)
        {
            leaders.emplace_back(key.first, *leader);
        }
    }
    return leaders;
}

} // namespace mcast::wifi
