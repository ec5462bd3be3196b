// SPDX-License-Identifier: GPL-2.0-only

#include "message.h"

#include <algorithm>
#include <cassert>

namespace mcast::pim::bsr
{

namespace
{

constexpr unsigned SCOPE_LENGTH = 16; // of an IPv6 range that lies in one scope
constexpr std::size_t FIXED_SIZE = 8; // header, fragment tag, hash mask length, priority

std::size_t
AddressSize(Family family)
{
    return family == Family::Ipv4 ? 4 : 16;
}

// Encoded unicast address, holdtime, priority, reserved.
std::size_t
RpSize(Family family)
{
    return 2 + AddressSize(family) + 4;
}

// Encoded group address, both counts, reserved.
std::size_t
GroupSize(Family family)
{
    return 4 + AddressSize(family) + 4;
}

// Puts the ranges of a message one after the other into fragments.
class Cutter
{
  public:
    Cutter(const Bootstrap& message, std::size_t room)
        : m_family(message.bsr.GetFamily()),
          m_room(room),
          m_blank(message)
    {
        m_blank.groups.clear();
        if (!message.groups.empty() && message.groups.front().group.zone)
        {
            m_blank.groups.push_back(message.groups.front());
            m_blank.groups.front().rps.clear();
        }
        Begin();
    }

    void Put(const BootstrapGroup& group, bool isFirstOfZone)
    {
        if (!isFirstOfZone && !Fits(group.rps.size()) && !IsBlank())
        {
            Begin();
        }
        std::size_t next = 0;
        auto* place = isFirstOfZone ? &m_fragments.back().groups.front() : nullptr;
        do
        {
            if (place == nullptr)
            {
                place = &Add(group);
            }
            next = Fill(*place, group, next);
            if (next < group.rps.size())
            {
                Begin();
                place = isFirstOfZone ? &m_fragments.back().groups.front() : nullptr;
            }
        } while (next < group.rps.size());
    }

    std::vector<Bootstrap> Take()
    {
        return std::move(m_fragments);
    }

  private:
    void Begin()
    {
        m_fragments.push_back(m_blank);
        m_used = FIXED_SIZE + 2 + AddressSize(m_family) + m_blank.groups.size() * GroupSize(m_family);
        m_rps = 0;
    }

    bool IsBlank() const
    {
        return m_fragments.back().groups.size() == m_blank.groups.size() && m_rps == 0;
    }

    bool Fits(std::size_t rps) const
    {
        return m_used + GroupSize(m_family) + rps * RpSize(m_family) <= m_room;
    }

    BootstrapGroup& Add(const BootstrapGroup& group)
    {
        m_used += GroupSize(m_family);
        auto& place = m_fragments.back().groups.emplace_back(group);
        place.rps.clear();
        return place;
    }

    // \return the first RP that found no place
    std::size_t Fill(BootstrapGroup& place, const BootstrapGroup& group, std::size_t next)
    {
        while (next < group.rps.size() && (place.rps.empty() || m_used + RpSize(m_family) <= m_room))
        {
            place.rps.push_back(group.rps[next++]);
            m_used += RpSize(m_family);
            ++m_rps;
        }
        return next;
    }

    Family m_family;
    std::size_t m_room;
    Bootstrap m_blank; // what every fragment begins with
    std::vector<Bootstrap> m_fragments;
    std::size_t m_used = 0; // octets of the last one
    std::size_t m_rps = 0;  // in the last one
};

} // namespace

Prefix
AllGroups(Family family)
{
    static const Prefix ipv6{*Address::Parse("ff00::"), 8};
    return family == Family::Ipv4 ? Prefix{Address::Ipv4(224, 0, 0, 0), 4} : ipv6;
}

unsigned
ScopeId(const Address& group)
{
    return static_cast<unsigned>(group.High() >> 48 & 0xf);
}

std::optional<Prefix>
ZoneOfRange(const Prefix& range)
{
    const auto& group = range.GetAddress();
    if (group.IsLinkScopeMulticast() && (!group.IsIpv4() || range.Length() >= 24))
    {
        return std::nullopt;
    }
    if (group.IsIpv4())
    {
        return range;
    }
    if (range.Length() < SCOPE_LENGTH)
    {
        return std::nullopt;
    }
    std::array<std::uint8_t, 16> octets{0xff, static_cast<std::uint8_t>(ScopeId(group))};
    return Prefix{Address::Ipv6(octets), SCOPE_LENGTH};
}

bool
NamesItsZone(const Bootstrap& message)
{
    return message.groups.empty() || !message.groups.front().group.zone ||
           ZoneOfRange(message.groups.front().group.group).has_value();
}

ScopeZone
ZoneOf(const Bootstrap& message)
{
    const bool isScoped = !message.groups.empty() && message.groups.front().group.zone;
    return isScoped ? ZoneOfRange(message.groups.front().group.group) : std::nullopt;
}

bool
Contains(const ScopeZone& zone, const Prefix& range)
{
    if (!zone)
    {
        return true;
    }
    if (zone->GetAddress().IsIpv4())
    {
        return range.Length() >= zone->Length() && zone->Contains(range.GetAddress());
    }
    return range.Length() >= SCOPE_LENGTH && ScopeId(range.GetAddress()) == ScopeId(zone->GetAddress());
}

bool
IsBorder(const std::vector<Prefix>& boundaries, const ScopeZone& zone)
{
    return zone && std::any_of(boundaries.begin(), boundaries.end(), [&zone](const Prefix& boundary) {
               const auto& address = boundary.GetAddress();
               if (address.GetFamily() != zone->GetAddress().GetFamily())
               {
                   return false;
               }
               if (!address.IsIpv4() && boundary.Length() >= SCOPE_LENGTH)
               {
                   return ScopeId(zone->GetAddress()) <= ScopeId(address);
               }
               return boundary.Length() <= zone->Length() && boundary.Contains(zone->GetAddress());
           });
}

bool
IsEmpty(const Bootstrap& message)
{
    return message.groups.empty() ||
           (message.groups.size() == 1 && message.groups.front().group.zone && message.groups.front().rpCount == 0);
}

bool
CountsFit(const Bootstrap& message)
{
    return std::all_of(message.groups.begin(), message.groups.end(),
                       [](const auto& group) { return group.rps.size() <= group.rpCount; });
}

bool
IsOfFamily(const Bootstrap& message, Family family)
{
    return message.bsr.GetFamily() == family &&
           std::all_of(message.groups.begin(), message.groups.end(), [family](const auto& group) {
               return group.group.group.GetAddress().GetFamily() == family &&
                      std::all_of(group.rps.begin(), group.rps.end(),
                                  [family](const auto& rp) { return rp.address.GetFamily() == family; });
           });
}

bool
IsOfFamily(const CandidateRp& message, Family family)
{
    return message.rp.GetFamily() == family &&
           std::all_of(message.groups.begin(), message.groups.end(),
                       [family](const auto& group) { return group.group.GetAddress().GetFamily() == family; });
}

std::uint64_t
Fingerprint(const Bootstrap& message)
{
    const auto family = message.bsr.GetFamily();
    const PacketMeta meta{message.bsr, AllRouters(family), PROTOCOL, 1, 0, false};
    std::uint64_t hash = 0xcbf29ce484222325ULL; // FNV-1a
    for (const auto octet : Write(meta, message))
    {
        hash = (hash ^ octet) * 0x100000001b3ULL;
    }
    return hash;
}

std::vector<Bootstrap>
Fragments(const Bootstrap& message, std::size_t room)
{
    Cutter cutter(message, room);
    for (std::size_t i = 0; i < message.groups.size(); ++i)
    {
        cutter.Put(message.groups[i], i == 0 && message.groups[0].group.zone);
    }
    return cutter.Take();
}

} // namespace mcast::pim::bsr
