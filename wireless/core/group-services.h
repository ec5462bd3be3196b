// SPDX-License-Identifier: GPL-2.0-only
// What stations asked an access point for: FMS, DMS and GCR. It answers their action frames, and says for each group who is
// served by which of them.                                        IEEE 802.11-2020 9.6.13, 11.2.3.14, 11.21.16.2, 11.21.16.3
//
// A request is about one station and one group. It goes before whatever method the access point has for the group, which is
// for the members that asked for nothing. FMS has no frames of its own: it delays the group's.
//
// What an answer about DMS or GCR says holds from its Ack on. Until then the station doesn't know it: it would take a group
// frame beside its copy, or, where a service ends, leave a group frame that no copy follows.

#ifndef MCAST_WIFI_GROUP_SERVICES_H
#define MCAST_WIFI_GROUP_SERVICES_H

#include "dms.h"
#include "fms.h"
#include "power-save-set.h"
#include "wnm.h"

#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace mcast::wifi
{

/// What the access point grants to stations that have it, too.
struct ServiceOffers
{
    bool fms = true;
    bool dms = true;
    bool gcr = true;
    bool gcrBlockAck = true; ///< of GCR, that kind too
};

/// Members of a group, by how they get its frames.
struct Division
{
    std::vector<MacAddress> directed;    ///< a copy for each
    std::vector<MacAddress> unsolicited; ///< one concealed frame and its repetitions for all of these
    std::vector<MacAddress> blockAck;    ///< concealed frames that these are asked about
    std::vector<MacAddress> others;      ///< they asked for nothing
};

class GroupServices
{
  public:
    explicit GroupServices(const ServiceOffers& offers);

    /// \param body of an action frame, from the category on
    /// \return the answer's body; none if it asks for nothing of ours
    std::optional<Bytes> Handle(const MacAddress& station, const StationCapabilities& capabilities, BytesView body);
    /// The station acknowledged an answer, or an offer. \param body as it was sent
    /// \return the group that a service of its own begins for: group frames that wait are lost to the station, unless it
    ///         gets copies of these
    std::optional<MacAddress> Confirmed(const MacAddress& station, BytesView body);
    /// It never acknowledged it, and it is not sent again: a service that it doesn't know of is none.
    void Lost(const MacAddress& station, BytesView body);
    /// DMS that a station did not ask for: an access point whose policy it is to send copies tells it. Not in the standard,
    /// but for the unasked end of a service, which has this form. \return the frame's body; none if it has something for
    /// the group, or can't
    std::optional<Bytes> Offer(const MacAddress& station, const StationCapabilities& capabilities, const MacAddress& group);
    /// The station is gone, or associates anew: all that it asked for ends.
    void Forget(const MacAddress& station);

    Division Divide(const MacAddress& group, const std::vector<MacAddress>& members) const;

    FmsTable& Fms()
    {
        return m_fms;
    }

    const FmsTable& Fms() const
    {
        return m_fms;
    }

    const DmsTable& Dms() const
    {
        return m_dms;
    }

  private:
    FmsResponse Answer(const MacAddress& station, const StationCapabilities& capabilities, const FmsRequest& request);
    DmsResponse Answer(const MacAddress& station, const StationCapabilities& capabilities, const DmsRequest& request);

    using Deal = std::pair<MacAddress, MacAddress>; // station, group

    ServiceOffers m_offers;
    FmsTable m_fms;
    DmsTable m_dms;
    std::set<Deal> m_unconfirmed; // in m_dms, but the station doesn't know it yet
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_GROUP_SERVICES_H
