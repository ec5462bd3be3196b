// SPDX-License-Identifier: GPL-2.0-only
// What the tests of the core share: short names for addresses, sets and messages.

#ifndef MCAST_TEST_CORE_SUPPORT_H
#define MCAST_TEST_CORE_SUPPORT_H

#include "base/address.h"
#include "base/time.h"
#include "context.h"
#include "gm/source-set.h"
#include "interface.h"
#include "wire/igmp.h"

#include <cstdint>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace mcast
{

/// Read by GoogleTest to print what differs.
inline void
PrintTo(const Address& address, std::ostream* out)
{
    *out << address.ToString();
}

inline void
PrintTo(TimePoint at, std::ostream* out)
{
    *out << at.time_since_epoch().count() << " ns";
}

inline void
PrintTo(Reason reason, std::ostream* out)
{
    *out << ToString(reason);
}

namespace gm
{

inline void
PrintTo(const SourceSet& sources, std::ostream* out)
{
    *out << "{";
    for (const auto& source : sources)
    {
        *out << " " << source.ToString();
    }
    *out << " }";
}

} // namespace gm

namespace test
{

using std::chrono::milliseconds;
using std::chrono::seconds;

inline Address
Ip(const std::string& text)
{
    const auto address = Address::Parse(text);
    if (!address)
    {
        throw std::invalid_argument(text);
    }
    return *address;
}

inline TimePoint
At(Duration sinceStart)
{
    return TimePoint{sinceStart};
}

/// The source "10.9.0.<number>".
inline Address
Source(unsigned number)
{
    return Address::Ipv4(10, 9, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number));
}

/// The sources of these numbers.
inline gm::SourceSet
Sources(std::initializer_list<unsigned> numbers)
{
    std::vector<Address> sources;
    for (const auto number : numbers)
    {
        sources.push_back(Source(number));
    }
    return gm::SourceSet(std::move(sources));
}

/// The sources from `first` to `last`.
inline std::vector<Address>
SourceRange(unsigned first, unsigned last)
{
    std::vector<Address> sources;
    for (unsigned number = first; number <= last; ++number)
    {
        sources.push_back(Source(number));
    }
    return sources;
}

inline Record
MakeRecord(RecordType type, const Address& group, std::initializer_list<unsigned> sources = {})
{
    return {type, group, Sources(sources).Vector()};
}

inline Query
GeneralQuery(Version version = Version::V3)
{
    Query query;
    query.version = version;
    query.group = Address::Any(Family::Ipv4);
    query.maxResponseCode = version == Version::V1 ? 0 : 100;
    query.robustness = 2;
    query.queryIntervalCode = 125;
    return query;
}

inline Query
SpecificQuery(const Address& group, std::initializer_list<unsigned> sources = {}, Version version = Version::V3)
{
    auto query = GeneralQuery(version);
    query.group = group;
    query.maxResponseCode = 10;
    query.sources = Sources(sources).Vector();
    return query;
}

/// The header that a message of this kind rightly has.
inline PacketMeta
MetaFor(const MembershipMessage& message, const Address& source)
{
    PacketMeta meta{source, {}, PROTOCOL_IGMP, 1, TOS_INTERNETWORK_CONTROL, true};
    if (const auto* query = std::get_if<Query>(&message))
    {
        meta.destination = query->IsGeneral() ? Address::Ipv4(224, 0, 0, 1) : query->group;
    }
    else if (const auto* older = std::get_if<OlderReport>(&message))
    {
        meta.destination = older->group;
    }
    else
    {
        meta.destination = Address::Ipv4(224, 0, 0, std::holds_alternative<Leave>(message) ? 2 : 22);
    }
    return meta;
}

/// The message that a transmitted packet carries; throws if it is malformed.
inline MembershipMessage
Read(const Transmit& transmit)
{
    auto message = ParseIgmp(transmit.payload);
    if (!message)
    {
        throw std::runtime_error(ToString(message.Error().reason));
    }
    return *message;
}

inline InterfaceState
UpInterface(InterfaceId id, const std::string& address, std::uint8_t length = 24)
{
    InterfaceState state;
    state.id = id;
    state.name = "eth" + std::to_string(id.value);
    if (!address.empty())
    {
        state.addresses = {{Ip(address), length}};
    }
    return state;
}

/// All that waits in a queue of the context, which is empty then.
template <class T>
std::vector<T>
DrainAll(std::deque<T>& queue)
{
    std::vector<T> all;
    while (auto one = TakeFront(queue))
    {
        all.push_back(std::move(*one));
    }
    return all;
}

/// The events that wait, one line each, without those of packets.
inline std::vector<std::string>
StateEvents(Context& context)
{
    std::vector<std::string> lines;
    for (const auto& event : DrainAll(context.events))
    {
        if (event.kind != EventKind::PacketReceived && event.kind != EventKind::PacketSent)
        {
            lines.push_back(ToString(event));
        }
    }
    return lines;
}

/// Runs every timer up to `until` at its own time, as a host of the core does.
inline void
RunTo(Context& context, TimePoint until)
{
    while (const auto next = context.NextDeadline())
    {
        if (*next > until)
        {
            break;
        }
        context.AdvanceTo(*next);
    }
    context.AdvanceTo(until);
}

} // namespace test
} // namespace mcast

#endif // MCAST_TEST_CORE_SUPPORT_H
