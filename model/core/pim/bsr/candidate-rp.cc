// SPDX-License-Identifier: GPL-2.0-only

#include "candidate-rp.h"

#include <algorithm>

namespace mcast::pim::bsr
{

namespace
{

constexpr std::chrono::seconds ADVERTISEMENT_BACKOFF{3}; // C_RP_Adv_Backoff (RFC 5059 5)
constexpr unsigned QUICK_MESSAGES = 3;                   // one to three (3.2)
constexpr std::size_t MAX_PREFIX_COUNT = 255;

// The smallest known zone that contains the range.
ScopeZone
HomeOf(const Prefix& range, const std::vector<ScopeZone>& zones)
{
    ScopeZone home;
    for (const auto& zone : zones)
    {
        if (zone && Contains(zone, range) && (!home || zone->Length() > home->Length()))
        {
            home = zone;
        }
    }
    return home;
}

// The parts of a wider range that belong to a zone: of IPv4 the zone, of IPv6 a range per set of flags.
void
AddParts(const Prefix& range, const Prefix& zone, std::vector<Prefix>& ranges)
{
    if (zone.GetAddress().IsIpv4())
    {
        if (range.Length() < zone.Length() && range.Contains(zone.GetAddress()))
        {
            ranges.push_back(zone);
        }
        return;
    }
    for (unsigned flags = 0; flags < 16 && range.Length() < zone.Length(); ++flags)
    {
        const auto second = flags << 4 | ScopeId(zone.GetAddress());
        const Prefix part{Address::Ipv6({0xff, static_cast<std::uint8_t>(second)}), zone.Length()};
        if (range.Contains(part.GetAddress()))
        {
            ranges.push_back(part);
        }
    }
}

bool
Tells(const std::vector<CandidateRp>& messages, const Address& rp, const Prefix& range)
{
    return std::any_of(messages.begin(), messages.end(), [&](const auto& message) {
        return message.rp == rp && std::any_of(message.groups.begin(), message.groups.end(),
                                               [&](const auto& group) { return group.group == range; });
    });
}

} // namespace

std::vector<Prefix>
RangesFor(Family family, const ScopeZone& zone, const std::vector<Prefix>& configured,
          const std::vector<ScopeZone>& zones)
{
    std::vector<Prefix> ranges;
    for (const auto& range : configured.empty() ? std::vector<Prefix>{AllGroups(family)} : configured)
    {
        if (HomeOf(range, zones) == zone)
        {
            ranges.push_back(range);
        }
        if (zone)
        {
            AddParts(range, *zone, ranges);
        }
    }
    std::sort(ranges.begin(), ranges.end());
    ranges.erase(std::unique(ranges.begin(), ranges.end()), ranges.end());
    return ranges;
}

std::vector<CandidateRp>
Split(const CandidateRp& message)
{
    std::vector<CandidateRp> messages;
    for (std::size_t next = 0; next < message.groups.size(); next += MAX_PREFIX_COUNT)
    {
        const auto count = std::min(MAX_PREFIX_COUNT, message.groups.size() - next);
        const auto first = message.groups.begin() + static_cast<std::ptrdiff_t>(next);
        messages.push_back({message.priority, message.holdtime, message.rp, {first, first + static_cast<int>(count)}});
    }
    return messages;
}

std::vector<CandidateRp>
Withdrawals(const std::vector<CandidateRp>& before, const std::vector<CandidateRp>& after)
{
    std::vector<CandidateRp> messages;
    for (auto message : before)
    {
        auto& groups = message.groups;
        groups.erase(std::remove_if(groups.begin(), groups.end(),
                                    [&](const auto& group) { return Tells(after, message.rp, group.group); }),
                     groups.end());
        message.holdtime = 0;
        if (!groups.empty())
        {
            messages.push_back(std::move(message));
        }
    }
    return messages;
}

void
AdvertisementTimer::Start(TimePoint now, Random& random)
{
    m_quick = QUICK_MESSAGES - 1;
    m_timer.Start(now, random.Delay(ADVERTISEMENT_BACKOFF));
}

void
AdvertisementTimer::Stop()
{
    m_timer.Stop();
}

bool
AdvertisementTimer::Due(TimePoint now, Duration period, Random& random)
{
    if (!m_timer.Due(now))
    {
        return false;
    }
    m_timer.Start(now, m_quick > 0 ? random.Delay(ADVERTISEMENT_BACKOFF) : period);
    m_quick -= m_quick > 0 ? 1 : 0;
    return true;
}

} // namespace mcast::pim::bsr
