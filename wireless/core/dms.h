// SPDX-License-Identifier: GPL-2.0-only
// Directed Multicast Service and groupcast with retries, at the access point: who asked for which group.
//                                                                            IEEE 802.11-2020 11.21.16.2, 11.21.16.3

#ifndef MCAST_WIFI_DMS_H
#define MCAST_WIFI_DMS_H

#include "ids.h"

#include <map>
#include <optional>
#include <set>
#include <vector>

namespace mcast::wifi
{

enum class DmsStatus : std::uint8_t
{
    Accept = 0,
    DenyCapability, ///< the station or we don't have the service
    DenyStreams,    ///< all 255 DMSIDs are in use
    DenyGroup,      ///< not a group address
};

/// What the station asked for (GCR rides on DMS requests, 11.21.16.3.2).
enum class DmsService : std::uint8_t
{
    Directed,            ///< a unicast copy
    GcrUnsolicitedRetry, ///< concealed group frames, repeated
    GcrBlockAck,         ///< concealed group frames, asked for
};

struct DmsGrant
{
    DmsStatus status{};
    std::uint8_t dmsid = 0; ///< 1 to 255, of the group and service
};

class DmsTable
{
  public:
    DmsGrant Request(const MacAddress& station, bool capable, const MacAddress& group, DmsService service);
    /// Either side ends it. \return false if there was none
    bool Terminate(const MacAddress& station, const MacAddress& group);
    void Forget(const MacAddress& station);

    /// Sorted by address.
    std::vector<MacAddress> Stations(const MacAddress& group, DmsService service) const;
    bool Has(const MacAddress& station, const MacAddress& group) const;
    /// What the station has for the group; none if it asked for nothing.
    std::optional<DmsService> ServiceOf(const MacAddress& station, const MacAddress& group) const;
    /// Must the plain group frame still be sent: is there a member without a grant?
    bool GroupFrameNeeded(const MacAddress& group, const std::vector<MacAddress>& members) const;

  private:
    struct Stream
    {
        std::uint8_t dmsid;
        std::set<MacAddress> stations;
    };

    std::optional<std::uint8_t> FreeId() const;

    std::map<std::pair<MacAddress, DmsService>, Stream> m_streams;
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_DMS_H
