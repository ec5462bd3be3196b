// SPDX-License-Identifier: GPL-2.0-only
// The multicast forwarding cache, with the semantics of Linux's MROUTE: what a packet meets in the data plane.
//
// An entry names the one incoming interface of an (S,G), and the outgoing ones with their TTL thresholds. A packet
//   - that fits an entry goes out of each outgoing interface whose threshold is below its TTL, and counts;
//   - that came in elsewhere is dropped, counts as a wrong interface, and tells so, at most every 3 s per entry and
//     interface (Linux: per entry, so that one interface may never be told of while data comes in by another, too);
//   - without an entry waits, up to 4 packets per (S,G), and the first of them tells so; the wait ends after 10 s.
// (*,G) entries (source unspecified) serve what no (S,G) entry does.
//
// Hosts that forward packets themselves (ns-3, Python) use this class; mcastd programs the kernel's cache instead.

#ifndef MCAST_CORE_MFC_MFC_H
#define MCAST_CORE_MFC_MFC_H

#include "../base/address.h"
#include "../base/bytes.h"
#include "../base/ids.h"
#include "../base/time.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mcast
{

struct OutputInterface
{
    InterfaceId interface;
    std::uint8_t ttlThreshold = 1; ///< a packet goes out if its TTL on arrival is greater

    friend bool operator==(const OutputInterface& a, const OutputInterface& b)
    {
        return a.interface == b.interface && a.ttlThreshold == b.ttlThreshold;
    }
};

/// What the core wants of a forwarding plane.
struct ForwardingChange
{
    enum class Kind : std::uint8_t
    {
        Install,
        Replace,
        Remove,
        ReadCounters, ///< answer with Router::HandleCounters
    };

    Kind kind = Kind::Install;
    Address source; ///< unspecified (of the group's family): (*,G)
    Address group;
    InterfaceId incoming;
    std::vector<OutputInterface> outgoing; ///< sorted by interface
};

/// A route that is configured instead of learned from members. It replaces the reverse path check and adds outgoing
/// interfaces to those with members.
struct StaticMulticastRoute
{
    Address group;
    std::optional<Address> source; ///< none: (*,G)
    InterfaceId incoming;
    std::vector<InterfaceId> outgoing;
};

/// What a routing protocol wants to be done with data.
struct RoutingDecision
{
    std::optional<InterfaceId> incoming; ///< none: there is no way for such data
    std::vector<InterfaceId> outgoing;   ///< sorted; the incoming one may be among them
    bool ask = false;                    ///< the protocol wants to hear of the next packet as of a first one
};

/// What a forwarding plane tells the core.
struct Upcall
{
    enum class Kind : std::uint8_t
    {
        NoCache,
        WrongInterface,
        WholePacket,
    };

    Kind kind = Kind::NoCache;
    InterfaceId interface; ///< where the packet came in
    Address source;
    Address group;
    BytesView packet; ///< the whole IP packet for WholePacket, else empty
    std::uint8_t ttl = 0; ///< of the packet; 0: the plane doesn't tell
};

struct ForwardingCounters
{
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t wrongInterface = 0;
    std::optional<Duration> idle; ///< since the last packet, if known
};

class Mfc
{
  public:
    struct Entry
    {
        InterfaceId incoming;
        std::vector<OutputInterface> outgoing;
        ForwardingCounters counters;
        TimePoint lastUse{};
        std::vector<std::pair<InterfaceId, TimePoint>> wrongInterfaces; ///< where else data came in, when that was told
    };

    enum class Outcome : std::uint8_t
    {
        Forward,        ///< entry is set
        NoCache,        ///< no entry: the packet waits under its cookie
        WrongInterface, ///< dropped
        QueueFull,      ///< no entry and no room to wait: dropped
    };

    struct Result
    {
        Outcome outcome;
        const Entry* entry = nullptr;
        bool upcall = false; ///< the core is to be told, by Router::HandleUpcall
    };

    /// A packet that waited and may go now.
    struct Released
    {
        std::uint64_t cookie;
        InterfaceId arrival;
        bool drop; ///< its entry never came
    };

    /// A packet arrives. \param bytes its length. \param cookie the host's name for it, kept while it waits.
    Result Lookup(TimePoint now, InterfaceId arrival, const Address& source, const Address& group, std::size_t bytes,
                  std::uint64_t cookie = 0);

    /// Does what the core asks; ReadCounters is the host's to answer from Find().
    /// \return the packets that waited for the entry, oldest first
    std::vector<Released> Apply(const ForwardingChange& change);

    /// Gives up waiting where 10 s have passed. \return the cookies, to be dropped
    std::vector<Released> Expire(TimePoint now);

    /// When Expire has something to do next; NEVER if nothing waits.
    TimePoint NextExpiry() const;

    const Entry* Find(const Address& source, const Address& group) const;

    std::size_t Size() const
    {
        return m_entries.size();
    }

    std::size_t UnresolvedSize() const
    {
        return m_unresolved.size();
    }

    struct Key
    {
        Address source;
        Address group;

        friend bool operator==(const Key& a, const Key& b)
        {
            return a.source == b.source && a.group == b.group;
        }
    };

    /// All entries, sorted by group, then source.
    std::vector<std::pair<Key, Entry>> Snapshot() const;

  private:
    struct KeyHash
    {
        std::size_t operator()(const Key& key) const noexcept
        {
            return key.source.Hash() * 0x9e3779b97f4a7c15ULL ^ key.group.Hash();
        }
    };

    struct Waiting
    {
        TimePoint until;
        std::vector<Released> packets;
    };

    Result Miss(TimePoint now, const Key& key, InterfaceId arrival, std::uint64_t cookie);
    std::vector<Released> ReleaseOne(const Key& key);
    std::vector<Released> ReleaseGroup(const Address& group);
    Result Hit(TimePoint now, Entry& entry, InterfaceId arrival, std::size_t bytes);
    static bool IsToBeTold(TimePoint now, Entry& entry, InterfaceId arrival);

    std::unordered_map<Key, Entry, KeyHash> m_entries;
    std::unordered_map<Key, Waiting, KeyHash> m_unresolved;
};

} // namespace mcast

#endif // MCAST_CORE_MFC_MFC_H
