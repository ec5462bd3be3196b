// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_INTERFACE_H
#define MULTICAST_INTERFACE_H

#include "ns3/callback.h"
#include "ns3/ipv4-address.h"
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
 * \brief What a node does with groups on one of its IP interfaces: the variables of RFC 3376 section 8, boundaries,
 * thresholds and limits.
 *
 * MulticastNode makes one for each IP interface. Values set with Config::SetDefault or by MulticastHelper hold for all
 * interfaces that are made later; values set on one object hold for that interface. A change while the simulation runs
 * takes effect at the end of the present event, so that several attributes can be changed together. Values that the
 * RFCs forbid end the simulation with a message that names the attribute; see Validate.
 */
class MulticastInterface : public Object
{
  public:
    /// The attributes, by the names of RFC 3376 section 8. Times and counts of zero mean: derived, as the RFC says.
    struct Values
    {
        bool enabled;                           //!< take part in IGMP here at all
        bool router;                            //!< the router side too, on a node that is a router
        uint8_t version;                        //!< of IGMP: 1 to 3
        uint16_t profile;                       //!< the RFC that rules where two differ: 3376 or 9776
        uint32_t robustness;                    //!< 8.1
        Time queryInterval;                     //!< 8.2
        Time queryResponseInterval;             //!< 8.3
        Time startupQueryInterval;              //!< 8.6; zero: a quarter of the Query Interval
        uint32_t startupQueryCount;             //!< 8.7; zero: the Robustness Variable
        Time lastMemberQueryInterval;           //!< 8.8
        uint32_t lastMemberQueryCount;          //!< 8.9; zero: the Robustness Variable
        Time unsolicitedReportInterval;         //!< 8.11, for IGMPv3
        Time unsolicitedReportIntervalV2;       //!< RFC 2236 8.10, for IGMPv1 and IGMPv2
        bool olderVersionCompatibility;         //!< RFC 9776 7.2.1 and 7.3.1
        std::string ssmRange;                   //!< "address/length"; a length of 0: no source-specific range
        bool fastLeave;                         //!< a leave ends membership without a query
        bool leaveAlways;                       //!< RFC 2236 3: leave also if another host reported last
        bool routerRequiresRouterAlert;         //!< RFC 2236 10, RFC 3376 9
        bool hostRequiresRouterAlert;           //!< RFC 3376 9.1
        bool requireOnSubnetSource;             //!< RFC 2236 10
        bool requireTtlOne;                     //!< drop IGMP that came through a router
        uint32_t maxGroups;                     //!< group records of the router side
        uint32_t maxSourcesPerGroup;            //!< of a record, and of a socket's list
        uint8_t ttlThreshold;                   //!< data goes out with a greater TTL only
    };

    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    MulticastInterface();
    ~MulticastInterface() override;

    /**
     * \brief Forward a group to this interface as if a member were there, for ever.
     * \param group the group
     * \param source the one source to forward; any address (0.0.0.0): all of them
     */
    void AddStaticJoin(Ipv4Address group, Ipv4Address source = Ipv4Address::GetAny());

    /**
     * \brief Take back AddStaticJoin.
     * \param group the group
     * \param source as it was given
     * \return false if there was no such join
     */
    bool RemoveStaticJoin(Ipv4Address group, Ipv4Address source = Ipv4Address::GetAny());

    /**
     * \brief Make this interface the boundary of a range of groups: their data crosses it neither in nor out
     * (RFC 2365 3).
     * \param groups an address of the range
     * \param mask the mask of the range
     */
    void AddBoundary(Ipv4Address groups, Ipv4Mask mask);

    /**
     * \brief Take back AddBoundary.
     * \param groups as it was given
     * \param mask as it was given
     * \return false if there was no such boundary
     */
    bool RemoveBoundary(Ipv4Address groups, Ipv4Mask mask);

    /**
     * \brief Check the values against the RFCs.
     * \return what is wrong, starting with the name of the attribute; empty if nothing is
     */
    std::string Validate() const;

    /// \return the values of the attributes
    const Values& GetValues() const;

    /// Pairs of group and source; a source of 0.0.0.0 stands for all.
    typedef std::vector<std::pair<Ipv4Address, Ipv4Address>> StaticJoins;
    /// Ranges of groups.
    typedef std::vector<std::pair<Ipv4Address, Ipv4Mask>> Boundaries;

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

    Values m_values;           //!< the attributes
    StaticJoins m_staticJoins; //!< joins by configuration
    Boundaries m_boundaries;   //!< ranges that don't cross
    Callback<void> m_changed;  //!< the node that this belongs to
};

} // namespace ns3

#endif // MULTICAST_INTERFACE_H
