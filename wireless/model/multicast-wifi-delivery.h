// SPDX-License-Identifier: GPL-2.0-only
// Who of a BSS gets a group frame, and how: snooping, the choice of a delivery method, FMS, and the frames that a method makes of
// one. DtimApMac sends what Plan() says. Private to the module.

#ifndef MULTICAST_WIFI_DELIVERY_H
#define MULTICAST_WIFI_DELIVERY_H

#include "../core/fms.h"
#include "../core/method.h"
#include "../core/snooping.h"
#include "multicast-wifi-api.h"

#include "ns3/nstime.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace ns3
{

class DtimAp;

class WifiDelivery
{
  public:
    /// A station of the BSS, as far as delivery cares.
    struct Member
    {
        Mac48Address address;
        mcast::wifi::Aid aid = 0;
        bool qos = false;
        bool asleep = false;
        std::vector<uint32_t> rates; ///< 500 kb/s
    };

    struct Plan
    {
        std::optional<mcast::wifi::DropReason> drop; ///< it goes to nobody; without a reason nobody is told
        bool consumed = false;                       ///< a report: not for other stations
        mcast::wifi::MethodConfig method;
        bool groupFrame = true;              ///< a frame to the group is sent
        std::vector<Member> copies;          ///< who gets a frame of its own
        std::uint64_t notBeforeDtim = 0;     ///< FMS
    };

    explicit WifiDelivery(const DtimAp& owner);

    void Join(const Member& member);
    void Leave(const Member& member);

    /// \param members all stations. \param dtim DTIMs so far
    Plan MakePlan(const WifiMpdu& mpdu, const std::vector<Member>& members, std::uint64_t dtim);

    /// Queries of ours, as bodies of group frames with their destination; empties the list.
    std::vector<std::pair<Ptr<Packet>, Mac48Address>> PollQueries();
    void Advance();
    std::optional<Time> NextDeadline() const;

    /// The FMS Descriptor of a beacon; none without streams.
    mcast::Bytes FmsElement(const std::set<mcast::MacAddress>& waiting, std::uint64_t dtim);

  private:
    std::vector<Member> Audience(const WifiMpdu& mpdu, const std::vector<Member>& members, Plan& plan);

    std::unique_ptr<mcast::wifi::Snooping> m_snooping; ///< if the owner wants it
    mcast::wifi::MethodSelector m_selector;
    mcast::wifi::FmsTable m_fms;
};

} // namespace ns3

#endif // MULTICAST_WIFI_DELIVERY_H
