// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_INTERFACE_H
#define MULTICAST_INTERFACE_H

#include "ns3/address.h"
#include "ns3/callback.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"
#include "ns3/nstime.h"
#include "ns3/object.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

/**
 * \ingroup multicast
 * \brief What a node does with groups on one of its IP interfaces: the variables of RFC 3376 section 8 for IGMP, those of
 * RFC 3810 section 9 for MLD, boundaries, thresholds and limits.
 *
 * MulticastNode makes one for each interface of Ipv4 and one for each of Ipv6. They have the same attributes: Version and
 * SsmRange are for the former, MldVersion and Ipv6SsmRange for the latter, and all others for both. Values set with Config::SetDefault or by MulticastHelper hold for all
 * interfaces that are made later; values set on one object hold for that interface. A change while the simulation runs
 * takes effect at the end of the present event, so that several attributes can be changed together. Values that the
 * RFCs forbid end the simulation with a message that names the attribute; see Validate.
 */
class MulticastInterface : public Object
{
  public:
    /// A version of IP.
    enum Family
    {
        IPV4, //!< IPv4, with IGMP
        IPV6, //!< IPv6, with MLD
    };

    /// The attributes, by the names of RFC 3376 section 8. Times and counts of zero mean: derived, as the RFC says.
    struct Values
    {
        bool enabled;                     //!< take part in IGMP or MLD here at all
        bool router;                      //!< the router side too, on a node that is a router
        uint8_t version;                  //!< of IGMP: 1 to 3
        uint8_t mldVersion;               //!< of MLD: 1 or 2
        uint16_t profile;                 //!< the RFC that rules where two differ: 3376 (3810) or 9776 (9777)
        uint32_t robustness;              //!< 8.1
        Time queryInterval;               //!< 8.2
        Time queryResponseInterval;       //!< 8.3
        Time startupQueryInterval;        //!< 8.6; zero: a quarter of the Query Interval
        uint32_t startupQueryCount;       //!< 8.7; zero: the Robustness Variable
        Time lastMemberQueryInterval;     //!< 8.8
        uint32_t lastMemberQueryCount;    //!< 8.9; zero: the Robustness Variable
        Time unsolicitedReportInterval;   //!< 8.11, for IGMPv3 and MLDv2
        Time unsolicitedReportIntervalV2; //!< RFC 2236 8.10, for older versions
        bool olderVersionCompatibility;   //!< RFC 9776 7.2.1 and 7.3.1
        std::string ssmRange;             //!< "address/length"; a length of 0: no source-specific range
        std::string ipv6SsmRange;         //!< the same of IPv6
        bool fastLeave;                   //!< a leave ends membership without a query
        bool leaveAlways;                 //!< RFC 2236 3: leave also if another host reported last
        bool routerRequiresRouterAlert;   //!< RFC 2236 10, RFC 3376 9
        bool hostRequiresRouterAlert;     //!< RFC 3376 9.1
        bool requireOnSubnetSource;       //!< RFC 2236 10
        bool requireTtlOne;               //!< drop IGMP that came through a router
        uint32_t maxGroups;               //!< group records of the router side
        uint32_t maxSourcesPerGroup;      //!< of a record, and of a socket's list
        uint8_t ttlThreshold;             //!< data goes out with a greater TTL or Hop Limit only
        bool pim;                         //!< run PIM here
        std::string pimMode;              //!< "sparse", "dense" or "sparse-dense"
        Time pimHelloPeriod;              //!< RFC 7761 4.11, as the following
        Time pimHelloHoldtime;            //!< zero: 3.5 times the Hello Period
        Time pimTriggeredHelloDelay;      //!< most delay of a Hello that answers a new neighbour's
        uint32_t pimDrPriority;           //!< the router with the greatest is Designated Router
        Time pimPropagationDelay;         //!< of the link
        Time pimOverrideInterval;         //!< time to override a Prune
        bool pimTrackingSupport;          //!< Join suppression may be switched off (4.3.3)
        uint32_t pimMaxNeighbors;         //!< neighbours here
        bool pimBsrBorder;                //!< Bootstrap messages don't cross it
        bool pimAcceptUnknownNeighbors;   //!< take messages of routers without a Hello
    };

    /// Stands, among the interfaces of the forwarding cache and of PIM's trees, for the one that PIM's Registers go out
    /// of and come in by: it has no device.
    static constexpr uint32_t REGISTER_INTERFACE = 0x7ffffffe;

    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    MulticastInterface();
    ~MulticastInterface() override;

    /// \return whose interface this is
    Family GetFamily() const;

    /**
     * \brief Set whose interface this is. Used by MulticastNode.
     * \param family IPv4 or IPv6
     */
    void SetFamily(Family family);

    /**
     * \brief Forward a group to this interface as if a member were there, for ever.
     * \param group the group, an Ipv4Address or Ipv6Address
     * \param source the one source to forward; none, 0.0.0.0 or ::, all of them
     */
    void AddStaticJoin(const Address& group, const Address& source = Address());

    /**
     * \brief Take back AddStaticJoin.
     * \param group the group
     * \param source as it was given
     * \return false if there was no such join
     */
    bool RemoveStaticJoin(const Address& group, const Address& source = Address());

    /**
     * \brief Make this interface the boundary of a range of groups: their data crosses it neither in nor out
     * (RFC 2365 3).
     * \param groups an address of the range
     * \param mask the mask of the range
     */
    void AddBoundary(Ipv4Address groups, Ipv4Mask mask);

    /**
     * \brief The same for IPv6, by prefix instead of scope (RFC 4007 5).
     * \param groups an address of the range
     * \param prefix the prefix of the range
     */
    void AddBoundary(Ipv6Address groups, Ipv6Prefix prefix);

    /**
     * \brief Take back AddBoundary.
     * \param groups as it was given
     * \param mask as it was given
     * \return false if there was no such boundary
     */
    bool RemoveBoundary(Ipv4Address groups, Ipv4Mask mask);

    /**
     * \brief Take back AddBoundary.
     * \param groups as it was given
     * \param prefix as it was given
     * \return false if there was no such boundary
     */
    bool RemoveBoundary(Ipv6Address groups, Ipv6Prefix prefix);

    /**
     * \brief Check the values against the RFCs.
     * \return what is wrong, starting with the name of the attribute; empty if nothing is
     */
    std::string Validate() const;

    /// \return the values of the attributes
    const Values& GetValues() const;

    /// Pairs of group and source; no source, 0.0.0.0 or :: stands for all.
    typedef std::vector<std::pair<Address, Address>> StaticJoins;
    /// Ranges of groups: an address and the number of leading bits that count.
    typedef std::vector<std::pair<Address, uint8_t>> Boundaries;

    /// \return the joins of AddStaticJoin
    const StaticJoins& GetStaticJoins() const;

    /// \return the ranges of AddBoundary
    const Boundaries& GetBoundaries() const;

    /**
     * \brief Set who is told of each change. Used by MulticastNode.
     * \param changed called after each change
     */
    void SetChangeCallback(Callback<void> changed);

  protected:
    void DoDispose() override;

  private:
    /// The type of a member of Values.
    template <class M>
    struct FieldOf;

    /// The type of a member of Values.
    template <class T>
    struct FieldOf<T Values::*>
    {
        typedef T Type; //!< the type
    };

    /**
     * \brief Setter of the attribute that Field holds.
     * \param value the new value
     */
    template <auto Field>
    void Set(typename FieldOf<decltype(Field)>::Type value)
    {
        m_values.*Field = value;
        Changed();
    }

    /**
     * \brief Getter of the attribute that Field holds.
     * \return the value
     */
    template <auto Field>
    typename FieldOf<decltype(Field)>::Type Get() const
    {
        return m_values.*Field;
    }

    /// Tells the node.
    void Changed();
    /// \return the end of a message
    std::string OfFamily() const;

    Family m_family;           //!< whose interface this is
    Values m_values;           //!< the attributes
    StaticJoins m_staticJoins; //!< joins by configuration
    Boundaries m_boundaries;   //!< ranges that don't cross
    Callback<void> m_changed;  //!< the node that this belongs to
};

} // namespace ns3

#endif // MULTICAST_INTERFACE_H
