// SPDX-License-Identifier: GPL-2.0-only
// What stations asked an access point for: FMS, DMS and GCR. It answers their action frames, and says for each group who is
// served by which of them.                                        IEEE 802.11-2020 9.6.13, 11.2.3.14, 11.21.16.2, 11.21.16.3
//
// A request is about one station and one group. It goes before whatever method the access point has for the group, which is
// for the members that asked for nothing. FMS is no service of its own frames: it delays the group's.

#ifndef MCAST_WIFI_GROUP_SERVICES_H
#define MCAST_WIFI_GROUP_SERVICES_H

#include "dms.h"
#include "fms.h"
#include "power-save-set.h"
#include "wnm.h"

#include <optional>
#include <vector>

namespace mcast::wifi
{

/// What the access point grants to stations that have it, too.
struct ServiceOffers
{
    bool fms = true;
    bool dms = true;
    bool gcr = true;
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

    ServiceOffers m_offers;
    FmsTable m_fms;
    DmsTable m_dms;
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_GROUP_SERVICES_H
