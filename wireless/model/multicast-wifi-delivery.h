// SPDX-License-Identifier: GPL-2.0-only
// Who of a BSS gets a group frame, and how: snooping, the choice of a delivery method, FMS, and the frames that a method makes of
// one. DtimApMac sends what Plan() says. Private to the module.

#ifndef MULTICAST_WIFI_DELIVERY_H
#define MULTICAST_WIFI_DELIVERY_H

#include "../core/group-services.h"
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
class WifiMeasure;

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
        mcast::wifi::StationCapabilities capabilities;
        bool answers = false; ///< it can acknowledge group frames
        double signal = 0;    ///< dBm
    };

    /// Who answers, and its signal in dBm.
    typedef std::map<mcast::MacAddress, double> Acknowledgers;

    struct Plan
    {
        std::optional<mcast::wifi::DropReason> drop; ///< it goes to nobody; without a reason nobody is told
        bool consumed = false;                       ///< a report: not for other stations
        mcast::wifi::MethodConfig method;
        bool groupFrame = true;          ///< a frame to the group is sent
        std::vector<Member> copies;      ///< who gets a frame of its own by that method
        std::vector<Member> directed;    ///< who has DMS: the same, in its form
        bool concealed = false;          ///< somebody asked for GCR: a frame to the concealment address, and its repetitions
        std::uint64_t notBeforeDtim = 0; ///< FMS
        std::vector<std::pair<Member, mcast::Bytes>> offers; ///< DMS, by an action frame of that body
        Acknowledgers acknowledgers; ///< who acknowledges the group frame, by leader ack or block ack
        Acknowledgers blockAck;      ///< who asked for GCR with block ack: another concealed frame
    };

    /// \param measure what is known of members' losses and rates; may be null
    /// \param dtimInterval how long a sleeper may wait for a query
    WifiDelivery(const DtimAp& owner, Ptr<ApWifiMac> mac, WifiMeasure* measure, mcast::Duration dtimInterval);

    void Join(const Member& member);
    void Leave(const Member& member);

    /// \param members all stations. \param dtim DTIMs so far
    Plan MakePlan(const WifiMpdu& mpdu, const std::vector<Member>& members, std::uint64_t dtim);

    /// A station's action frame. \return the answer's body
    std::optional<mcast::Bytes> HandleAction(const Member& member, mcast::BytesView body);
    /// It acknowledged one of ours. \return a group that it takes no more in the group's own frames: it is to get copies of
    ///         those that wait
    std::optional<Mac48Address> ActionAcked(Mac48Address station, mcast::BytesView body);

    /// It will never have one.
    void ActionLost(Mac48Address station, mcast::BytesView body);

    /// Queries of ours, as bodies of group frames with their destination; empties the list.
    std::vector<std::pair<Ptr<Packet>, Mac48Address>> PollQueries();
    void Advance();
    std::optional<Time> NextDeadline() const;

    /// The FMS Descriptor of a beacon; none without streams.
    mcast::Bytes FmsElement(const std::set<mcast::MacAddress>& waiting, std::uint64_t dtim);

  private:
    typedef std::vector<Member> MemberList;

    mcast::wifi::GroupSituation SituationOf(const WifiMpdu& mpdu, const MemberList& members) const;
    mcast::wifi::Rate RateOf(const Member& member, mcast::wifi::Rate groupRate) const;
    void OfferDms(const MemberList& members, const mcast::MacAddress& group, Plan& plan);
    void PlanForOthers(const WifiMpdu& mpdu, const MemberList& others, std::uint64_t dtim, Plan& plan);
    static void PlanAcknowledged(const MemberList& listeners, Plan& plan);
    std::vector<Member> Audience(const WifiMpdu& mpdu, const std::vector<Member>& members, Plan& plan);

    Ptr<ApWifiMac> m_ap;
    WifiMeasure* m_measure;
    std::unique_ptr<mcast::wifi::Snooping> m_snooping; ///< if the owner wants it
    mcast::wifi::MethodSelector m_selector;
    mcast::wifi::GroupServices m_services;
};

} // namespace ns3

#endif // MULTICAST_WIFI_DELIVERY_H
