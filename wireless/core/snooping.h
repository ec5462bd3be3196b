// SPDX-License-Identifier: GPL-2.0-only
// IGMP and MLD snooping at an access point: which stations listen to which group. Each station is an interface of a
// membership router of the core, so the state per station is exactly what RFC 3376 6 and RFC 3810 7 say; one more interface
// stands for the whole BSS and is the querier, if one is wanted and none is there.                    RFC 4541 2, 3
//
//  - Reports of a station are never repeated to other stations (RFC 4541 2.1.1): they would suppress theirs.
//  - Queries, ours or a router's, are heard by every station's interface as well, which lowers the timers of those who don't answer.
//  - Groups of link scope (224.0.0.0/24, ff02::/16) and non-IP group frames go to all stations (2.1.2.2).
//  - Queries wait for the DTIM like any group frame, so timers allow for that: see SnoopingConfig::responseMargin.

#ifndef MCAST_WIFI_SNOOPING_H
#define MCAST_WIFI_SNOOPING_H

#include "../../model/core/gm/config.h"
#include "../../model/core/router.h"
#include "ids.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>

namespace mcast::wifi
{

struct SnoopingConfig
{
    bool querier = true;                                     ///< ask, as long as no other querier is heard
    Address querierIpv4 = Address::Ipv4(192, 168, 255, 254); ///< source of our IGMP queries; the lowest querier wins
    Address querierIpv6; ///< link-local, of MLD queries; unspecified: no MLD querier
    gm::RouterConfig ipv4;
    gm::RouterConfig ipv6; ///< its family is set by us
    /// Added to the Last Member Query Interval: how long a sleeper may be away, one DTIM interval. With 1 s alone and a DTIM
    /// interval of about that the query would still be in the buffer when the member is taken out.
    Duration responseMargin = std::chrono::seconds{1};
    bool floodUnknown = false; ///< groups that nobody joined: to all stations; else to nobody
    std::uint64_t seed = 1;
};

/// Who gets a group frame.
struct Audience
{
    bool all = false;      ///< every station
    std::set<Aid> members; ///< if not all
};

/// A query of ours, to be sent as a group frame into the BSS.
struct SnoopingQuery
{
    PacketMeta meta;
    Bytes payload;
};

class Snooping
{
  public:
    /// Settings of IGMP or MLD that RFC 3376 8 forbids are replaced by the defaults; see gm::RouterConfig::Validate.
    explicit Snooping(const SnoopingConfig& config);
    ~Snooping();

    // Handle.

    void AdvanceTo(TimePoint now);
    void StationJoined(TimePoint now, Aid aid);
    void StationLeft(TimePoint now, Aid aid);
    /// An IP packet of a station that the access point received: taken note of if it is IGMP, MLD or PIM Hello.
    /// \return true if it goes to the distribution system only and to no other station: a report or leave
    bool FromStation(TimePoint now, Aid aid, const PacketMeta& meta, BytesView payload);
    /// An IP packet from the distribution system that goes to the stations: taken note of if it is a query.
    void FromDistribution(TimePoint now, const PacketMeta& meta, BytesView payload);

    // Drain.

    std::optional<SnoopingQuery> PollQuery();

    // Wait.

    std::optional<TimePoint> NextDeadline() const;

    // Read out.

    /// \param source of the packet, for source filters
    Audience AudienceOf(const Address& group, const Address& source) const;
    bool IsMember(Aid aid, const Address& group, const Address& source) const;
    /// Stations that queries or PIM Hellos came from: they get everything.
    std::set<Aid> RouterStations() const;
    bool IsQuerier(Family family = Family::Ipv4) const;

  private:
    void Open(InterfaceId interface, const Address& ipv4, const Address& ipv6);
    void HandToStations(const PacketMeta& meta, BytesView payload);
    void Drain();
    bool MayAsk(Family family) const;

    SnoopingConfig m_config;
    std::unique_ptr<Router> m_router;
    std::set<Aid> m_stations;
    std::map<Aid, TimePoint> m_routers; // until
    std::deque<SnoopingQuery> m_queries;
    TimePoint m_now{};
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_SNOOPING_H
