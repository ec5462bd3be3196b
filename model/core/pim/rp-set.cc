// SPDX-License-Identifier: GPL-2.0-only

#include "rp-set.h"

#include <algorithm>
#include <cassert>
#include <functional>

namespace mcast::pim
{

namespace
{

constexpr unsigned MAX_EMBEDDED_PREFIX = 64; // RFC 3956 4

unsigned
FullLength(Family family)
{
    return family == Family::Ipv4 ? 32 : 128;
}

// The 32 bits that stand for an address in the hash function.
std::uint32_t
Digest(const Address& address)
{
    if (address.IsIpv4())
    {
        return address.ToIpv4();
    }
    const auto folded = address.High() ^ address.Low();
    return static_cast<std::uint32_t>(folded >> 32) ^ static_cast<std::uint32_t>(folded);
}

// Order of zones for the same range: the narrowest first, the global one last.
bool
IsNarrower(const ScopeZone& a, const ScopeZone& b)
{
    if (a && b)
    {
        return a->Length() != b->Length() ? a->Length() > b->Length() : *a < *b;
    }
    return a.has_value() && !b.has_value();
}

bool
SameRps(const std::vector<StaticRp>& a, const std::vector<StaticRp>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        return x.rp == y.rp && x.groups == y.groups && x.overridesBsr == y.overridesBsr;
    });
}

} // namespace

bool
IsDomainWide(const Address& address)
{
    if (address.IsUnspecified() || address.IsMulticast() || address.IsLinkLocalUnicast())
    {
        return false;
    }
    if (address.IsIpv4())
    {
        const auto first = address.ToIpv4() >> 24;
        return first != 0 && first != 127 && first < 240;
    }
    return address.High() >> 48 != 0; // ::/16: loopback, and forms of IPv4 addresses (RFC 3956 4)
}

//  |   8    |  4 |  4 |  4 |  4 |  8 |       64       |    32    |
//  +--------+----+----+----+----+----+----------------+----------+
//  |11111111|0111|scop|rsvd|RIID|plen| network prefix | group ID |     RFC 3956 3
//
// Without the P and T bits it is none, and a prefix length of 0 is a source-specific group's. RIID 0 is reserved: the address
// would be that of any router of the subnet.
std::optional<Address>
EmbeddedRp(const Address& group)
{
    const auto interfaceId = group.High() >> 40 & 0xf;
    const auto length = static_cast<unsigned>(group.High() >> 32 & 0xff);
    if (group.High() >> 52 != 0xff7 || interfaceId == 0 || length == 0 || length > MAX_EMBEDDED_PREFIX)
    {
        return std::nullopt;
    }
    const auto network = (group.High() << 32 | group.Low() >> 32) & ~std::uint64_t{0} << (64 - length);
    std::array<std::uint8_t, 16> octets{};
    for (unsigned i = 0; i < 8; ++i)
    {
        octets[i] = static_cast<std::uint8_t>(network >> (56 - 8 * i));
    }
    octets[15] = static_cast<std::uint8_t>(interfaceId);
    const auto rp = Address::Ipv6(octets);
    return IsDomainWide(rp) ? std::optional(rp) : std::nullopt;
}

std::uint8_t
DefaultHashMaskLength(Family family)
{
    return static_cast<std::uint8_t>(FullLength(family) - 2);
}

std::uint32_t
RpHash(const Address& group, unsigned hashMaskLength, const Address& rp)
{
    constexpr std::uint32_t factor = 1103515245;
    constexpr std::uint32_t summand = 12345;
    const auto masked = Digest(Prefix{group, hashMaskLength}.GetAddress());
    // Modulo 2^32 throughout: the lower 31 bits don't depend on those above.
    return (factor * ((factor * masked + summand) ^ Digest(rp)) + summand) & 0x7fffffff;
}

RpSet::RpSet(Family family)
    : m_family(family)
{
    m_config.family = family;
}

bool
RpSet::Configure(const RouterConfig& config)
{
    assert(config.family == m_family);
    const bool changed = !SameRps(config.staticRps, m_config.staticRps) || config.embeddedRp != m_config.embeddedRp ||
                         !(config.ssmRange == m_config.ssmRange);
    m_config = config;
    if (!changed)
    {
        return false;
    }
    for (auto place = m_ranges.begin(); place != m_ranges.end();)
    {
        place->second.configured.clear();
        place->second.overridesBsr = false;
        place = Tidy(place);
    }
    for (const auto& rp : config.staticRps)
    {
        Configure(rp);
    }
    return true;
}

void
RpSet::Configure(const StaticRp& rp)
{
    auto& range = Place(rp.groups)->second;
    range.overridesBsr |= rp.overridesBsr;
    range.configured.push_back({rp.rp, 0, {}, {}});
}

// No allocation: a group that is new asks for each length that some range has.
std::optional<RpMapping>
RpSet::Find(const Address& group) const
{
    if (group.GetFamily() != m_family || !group.IsMulticast() || group.IsLinkScopeMulticast() || m_config.IsSsm(group))
    {
        return std::nullopt;
    }
    if (const auto embedded = m_config.embeddedRp ? EmbeddedRp(group) : std::nullopt)
    {
        return RpMapping{*embedded, RpOrigin::Embedded, Prefix{group, FullLength(m_family)}};
    }
    for (const auto length : m_lengths)
    {
        const auto place = m_ranges.find(Prefix{group, length});
        if (place != m_ranges.end())
        {
            return Choose(*place, group);
        }
    }
    return std::nullopt;
}

std::optional<RpMapping>
RpSet::Choose(const Ranges::value_type& entry, const Address& group) const
{
    const auto& [prefix, range] = entry;
    if (range.told.empty() || range.overridesBsr)
    {
        const auto* best = Best(range.configured, group, DefaultHashMaskLength(m_family));
        return RpMapping{best->rp, RpOrigin::Static, prefix};
    }
    const auto& told = range.told.front();
    if (told.bidirectional)
    {
        return std::nullopt;
    }
    return RpMapping{Best(told.rps, group, told.hashMaskLength)->rp, RpOrigin::Bootstrap, prefix};
}

// RFC 7761 4.7.1, steps 2 to 4, and 4.7.2.
const RpSet::Candidate*
RpSet::Best(const std::vector<Candidate>& candidates, const Address& group, unsigned hashMaskLength)
{
    assert(!candidates.empty());
    const Candidate* best = nullptr;
    std::uint32_t bestHash = 0;
    for (const auto& candidate : candidates)
    {
        if (best != nullptr && candidate.priority > best->priority)
        {
            continue;
        }
        const auto hash = RpHash(group, hashMaskLength, candidate.rp);
        const bool better = best == nullptr || candidate.priority < best->priority || hash > bestHash ||
                            (hash == bestHash && best->rp < candidate.rp);
        if (better)
        {
            best = &candidate;
            bestHash = hash;
        }
    }
    return best;
}

unsigned
RpSet::HashMaskLength(const ScopeZone& zone) const
{
    const auto place =
        std::find_if(m_hashMasks.begin(), m_hashMasks.end(), [&zone](const auto& item) { return item.first == zone; });
    return place == m_hashMasks.end() ? DefaultHashMaskLength(m_family) : place->second;
}

bool
RpSet::SetHashMaskLength(const ScopeZone& zone, std::uint8_t length)
{
    if (length == HashMaskLength(zone))
    {
        return false;
    }
    ForgetHashMaskLength(zone);
    m_hashMasks.emplace_back(zone, length);
    bool changed = false;
    for (auto& [prefix, range] : m_ranges)
    {
        if (auto* told = FindTold(range, zone))
        {
            told->hashMaskLength = length;
            changed = true;
        }
    }
    return changed;
}

// Sorted, each RP once: the last word about it counts.
std::vector<RpSet::Candidate>
RpSet::Candidates(TimePoint now, const std::vector<LearnedRp>& rps)
{
    std::map<Address, Candidate> candidates;
    for (const auto& learned : rps)
    {
        Candidate candidate{learned.rp, learned.priority, learned.holdtime, {}};
        candidate.expiry.Start(now, learned.holdtime);
        candidates[learned.rp] = candidate;
    }
    std::vector<Candidate> list;
    for (const auto& [address, candidate] : candidates)
    {
        if (candidate.holdtime > Duration::zero())
        {
            list.push_back(candidate);
        }
    }
    return list;
}

bool
RpSet::Learn(TimePoint now, const ScopeZone& zone, const Prefix& range, bool bidirectional,
             const std::vector<LearnedRp>& rps)
{
    Told told{zone, bidirectional, HashMaskLength(zone), Candidates(now, rps)};
    if (told.rps.empty())
    {
        return Withdraw(zone, range);
    }
    auto& entry = Place(range)->second;
    const auto* old = FindTold(entry, zone);
    const bool changed = old == nullptr || !SameForFind(*old, told);
    SetTold(entry, std::move(told));
    return changed;
}

bool
RpSet::Withdraw(const ScopeZone& zone, const Prefix& range)
{
    const auto place = m_ranges.find(range);
    auto* told = place == m_ranges.end() ? nullptr : FindTold(place->second, zone);
    if (told == nullptr)
    {
        return false;
    }
    m_learned -= told->rps.size();
    auto& list = place->second.told;
    list.erase(list.begin() + (told - list.data()));
    Tidy(place);
    return true;
}

bool
RpSet::SameForFind(const Told& a, const Told& b)
{
    return a.bidirectional == b.bidirectional &&
           std::equal(a.rps.begin(), a.rps.end(), b.rps.begin(), b.rps.end(),
                      [](const auto& x, const auto& y) { return x.rp == y.rp && x.priority == y.priority; });
}

void
RpSet::SetTold(Range& range, Told told)
{
    m_learned += told.rps.size();
    if (auto* old = FindTold(range, told.zone))
    {
        m_learned -= old->rps.size();
        *old = std::move(told);
        return;
    }
    const auto place = std::find_if(range.told.begin(), range.told.end(),
                                    [&told](const auto& other) { return IsNarrower(told.zone, other.zone); });
    range.told.insert(place, std::move(told));
}

RpSet::Told*
RpSet::FindTold(Range& range, const ScopeZone& zone)
{
    const auto place =
        std::find_if(range.told.begin(), range.told.end(), [&zone](const auto& told) { return told.zone == zone; });
    return place == range.told.end() ? nullptr : &*place;
}

// Removes the candidates that are gone, and what is empty without them.
template <class Predicate>
bool
RpSet::RemoveCandidates(Predicate gone)
{
    const auto before = m_learned;
    for (auto place = m_ranges.begin(); place != m_ranges.end();)
    {
        auto& list = place->second.told;
        for (auto& told : list)
        {
            const auto end = std::remove_if(told.rps.begin(), told.rps.end(),
                                            [&](const auto& candidate) { return gone(told, candidate); });
            m_learned -= static_cast<std::size_t>(told.rps.end() - end);
            told.rps.erase(end, told.rps.end());
        }
        list.erase(std::remove_if(list.begin(), list.end(), [](const auto& told) { return told.rps.empty(); }),
                   list.end());
        place = Tidy(place);
    }
    return m_learned != before;
}

void
RpSet::ForgetHashMaskLength(const ScopeZone& zone)
{
    m_hashMasks.erase(std::remove_if(m_hashMasks.begin(), m_hashMasks.end(),
                                     [&zone](const auto& item) { return item.first == zone; }),
                      m_hashMasks.end());
}

bool
RpSet::Forget(const ScopeZone& zone)
{
    ForgetHashMaskLength(zone);
    return RemoveCandidates([&zone](const Told& told, const Candidate&) { return told.zone == zone; });
}

bool
RpSet::Expire(TimePoint now)
{
    return RemoveCandidates([now](const Told&, const Candidate& candidate) { return candidate.expiry.Due(now); });
}

TimePoint
RpSet::NextExpiry() const
{
    auto next = NEVER;
    for (const auto& [prefix, range] : m_ranges)
    {
        for (const auto& told : range.told)
        {
            for (const auto& candidate : told.rps)
            {
                next = std::min(next, candidate.expiry.At());
            }
        }
    }
    return next;
}

std::size_t
RpSet::LearnedCount(const ScopeZone& zone, const Prefix& range) const
{
    const auto place = m_ranges.find(range);
    if (place == m_ranges.end())
    {
        return 0;
    }
    const auto& list = place->second.told;
    const auto told = std::find_if(list.begin(), list.end(), [&zone](const auto& item) { return item.zone == zone; });
    return told == list.end() ? 0 : told->rps.size();
}

RpSet::Ranges::iterator
RpSet::Place(const Prefix& range)
{
    const auto [place, isNew] = m_ranges.try_emplace(range);
    if (isNew && m_used[range.Length()]++ == 0)
    {
        const auto length = static_cast<std::uint8_t>(range.Length());
        m_lengths.insert(std::upper_bound(m_lengths.begin(), m_lengths.end(), length, std::greater<>()), length);
    }
    return place;
}

// A range without RPs is none. \return the next one
RpSet::Ranges::iterator
RpSet::Tidy(Ranges::iterator place)
{
    if (!place->second.configured.empty() || !place->second.told.empty())
    {
        return std::next(place);
    }
    const auto length = static_cast<std::uint8_t>(place->first.Length());
    if (--m_used[length] == 0)
    {
        m_lengths.erase(std::find(m_lengths.begin(), m_lengths.end(), length));
    }
    return m_ranges.erase(place);
}

std::vector<RpView>
RpSet::View(TimePoint now) const
{
    std::vector<RpView> views;
    for (const auto& [prefix, range] : m_ranges)
    {
        for (const auto& rp : range.configured)
        {
            views.push_back({rp.rp, prefix, RpOrigin::Static, false, 0, {}, {}});
        }
        for (const auto& told : range.told)
        {
            for (const auto& rp : told.rps)
            {
                views.push_back(
                    {rp.rp, prefix, RpOrigin::Bootstrap, false, rp.priority, rp.holdtime, rp.expiry.Remaining(now)});
            }
        }
    }
    return views;
}

} // namespace mcast::pim
