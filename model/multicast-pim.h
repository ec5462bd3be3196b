// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_PIM_H
#define MULTICAST_PIM_H

#include "multicast-interface.h"

#include "ns3/address.h"
#include "ns3/callback.h"
#include "ns3/nstime.h"
#include "ns3/object.h"
#include "ns3/traced-callback.h"

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace ns3
{

class MulticastNode;

/**
 * \ingroup multicast
 * \brief PIM of a router, for IPv4 or for IPv6: Sparse Mode (RFC 7761), with SSM (RFC 4607), the Bootstrap Router mechanism
 * (RFC 5059) and the RPs that IPv6 groups name (RFC 3956), and Dense Mode with State Refresh (RFC 3973).
 *
 * MulticastNode makes one for each version of IP when it is asked for it, which PimHelper does. What is set here holds for
 * all interfaces; what is one interface's, from Hello Period to DR Priority, are the attributes of MulticastInterface whose
 * names begin with Pim. PIM runs on an interface if AllInterfaces is set here, or Pim is set there.
 *
 * A group is dense, so that its data is flooded and pruned, or sparse. Without a word about it all groups are dense if
 * PimMode of all interfaces that PIM runs on is "dense", and else none is; AddDenseGroups names those that are.
 * Source-specific groups never are.
 *
 * Addresses are given as Address: an Ipv4Address or an Ipv6Address will do. Ranges of groups are text, as in
 * "239.0.0.0/8" or "ff3e::/32"; an empty one stands for all groups. A change while the simulation runs takes effect at the
 * end of the present event. Values that the RFCs forbid end the simulation with a message that names the attribute.
 */
class MulticastPim : public Object
{
  public:
    typedef MulticastInterface::Family Family; //!< a version of IP

    /// The attributes. Times of zero mean: derived, as the RFC says.
    struct Values
    {
        bool allInterfaces;            //!< run on all interfaces
        Time joinPrunePeriod;          //!< RFC 7761 4.11, as the following
        Time joinPruneHoldtime;        //!< zero: 3.5 times the period
        Time keepalivePeriod;          //!< of (S,G) state without data
        Time registerSuppressionTime;  //!< silence after a Register-Stop
        Time registerProbeTime;        //!< before its end a Null-Register asks
        Time assertTime;               //!< how long an Assert holds
        Time assertOverrideInterval;   //!< the winner repeats it that much earlier
        std::string sptSwitchover;     //!< "immediately", "never", or a rate as "64kbps"
        std::string ssmRange;          //!< "address/length"; empty: that of RFC 4607; a length of 0: none
        bool embeddedRp;               //!< RFC 3956
        std::string registerSource;    //!< address that Registers come from; empty: that of the source's link
        bool offerPacking;             //!< RFC 9465, as RP
        bool bootstrap;                //!< take and forward Bootstrap messages
        bool acceptUnicastBootstrap;   //!< RFC 5059 3.5.2, at startup
        bool sendUnicastBootstrap;     //!< the same, to new neighbours
        Time bootstrapPeriod;          //!< RFC 5059 5, as the following
        Time bootstrapMinInterval;     //!< between Bootstrap messages of a BSR
        Time bootstrapTimeout;         //!< zero: twice the period and 10 s
        Time scopeZoneTimeout;         //!< until a zone is forgotten
        Time candidateRpPeriod;        //!< between a candidate RP's advertisements
        Time pruneLimit;               //!< RFC 3973 4.8, t_limit, as the following: between Prunes to a neighbour
        Time graftRetryPeriod;         //!< until a Graft without an answer is repeated
        uint32_t maxGraftRetries;      //!< how often at most; 0: no end
        Time sourceLifetime;           //!< of the source of a link, without data
        bool stateRefresh;             //!< originate, forward and announce State Refreshes
        Time stateRefreshInterval;     //!< of those that this router originates: whole seconds, up to 255
        Time stateRefreshLimit;        //!< none of the same source and group is forwarded sooner after another
        uint8_t stateRefreshTtl;       //!< 0: the greatest of the source's packets
        uint32_t maxStates;            //!< (*,G), (S,G) and (S,G,rpt) of the router, and (S,G) of dense mode
        uint32_t maxStatesPerNeighbor; //!< those that one neighbour has made
        uint32_t maxRps;               //!< pairs of range and RP that are learned
    };

    /// An RP by configuration.
    struct StaticRp
    {
        Address rp;         //!< its address
        std::string groups; //!< range of its groups; the longest match decides
        bool overridesBsr;  //!< it stands before an equally long match that a BSR told
    };

    /// This router as a candidate BSR.
    struct CandidateBsr
    {
        Address address;        //!< one of its own; none: the greatest
        uint8_t priority;       //!< the greatest wins
        uint8_t hashMaskLength; //!< 0: 30, of IPv6 126
        std::string zone;       //!< a scoped range that it is candidate for; empty: all groups
    };

    /// This router as a candidate RP.
    struct CandidateRp
    {
        Address address;                 //!< one of its own; none: the greatest
        uint8_t priority;                //!< the smallest wins
        std::vector<std::string> groups; //!< ranges; none: all groups
        Time holdtime;                   //!< zero: 2.5 times CandidateRpPeriod
    };

    // Read-outs: copies, safe to keep.

    /// PIM on an interface.
    struct InterfaceState
    {
        uint32_t interface;       //!< index of the IP interface
        std::string mode;         //!< sparse, dense or sparse-dense
        bool active;              //!< up, with an address
        Address address;          //!< its own
        Address designatedRouter; //!< the Designated Router's
        bool isDesignatedRouter;  //!< is that this node?
        uint32_t neighbors;       //!< how many there are
        bool stateRefreshCapable; //!< there are some, and all of them refresh state (RFC 3973)
    };

    /// A neighbour.
    struct Neighbor
    {
        uint32_t interface;                      //!< index of the IP interface
        Address address;                         //!< its address
        bool hasDrPriority;                      //!< has it told one?
        uint32_t drPriority;                     //!< its DR Priority
        Time expires;                            //!< until it is forgotten; zero if it never is
        Time uptime;                             //!< since its first Hello
        std::vector<Address> secondaryAddresses; //!< its other addresses
        Time stateRefreshInterval;               //!< that it has told; zero if it doesn't refresh state (RFC 3973)
    };

    /// A range of groups and one of its RPs.
    struct Rp
    {
        Address rp;          //!< its address
        std::string groups;  //!< range of its groups
        bool fromBootstrap;  //!< a BSR told it; else it is configured
        bool isUs;           //!< is it this node?
        uint8_t priority;    //!< the smallest wins; of those that a BSR told
        Time expires;        //!< zero of those that are configured
    };

    /// What is known of the BSR of all groups or of a zone.
    struct Bootstrap
    {
        std::string state; //!< no-info, accept-any, accept-preferred, candidate, pending or elected
        std::string zone;  //!< empty: all groups
        Address bsr;       //!< its address; 0.0.0.0 or :: if there is none
        uint8_t priority;  //!< its priority
    };

    /// What a tree is on one interface. Timers that don't run are zero.
    struct TreeInterface
    {
        uint32_t interface = 0;        //!< index of the IP interface, or REGISTER_INTERFACE
        std::string state;             //!< of neighbours there: no-info, join, prune-pending, prune, ...
        Time expires;                  //!< Expiry Timer; of dense mode the Prune Timer
        bool forever = false;          //!< the state that expires never does
        Time prunePending;             //!< Prune-Pending Timer
        std::string assertState;       //!< no-info, winner or loser
        Address assertWinner;          //!< 0.0.0.0 or :: in no-info
        uint32_t winnerPreference = 0; //!< of the winner's route
        uint32_t winnerMetric = 0;     //!< of the winner's route
        Time assertTimer;              //!< Assert Timer
        bool localMembers = false;     //!< this router forwards for members there
        bool outgoing = false;         //!< is it among those of Tree::outgoing?
    };

    /// A tree at this router (RFC 7761 4.1, RFC 3973 4.1).
    struct Tree
    {
        /// The kinds of state.
        enum Kind
        {
            STAR_G, //!< (*,G)
            SG,     //!< (S,G)
            SG_RPT, //!< (S,G,rpt)
            DENSE,  //!< (S,G) of dense mode
        };

        Kind kind = STAR_G;                    //!< the kind
        Address source;                        //!< 0.0.0.0 or :: of (*,G)
        Address group;                         //!< the group
        Address rp;                            //!< the group's; 0.0.0.0 or :: if it has none
        bool joined = false;                   //!< upstream; of (S,G,rpt) and DENSE: not pruned there
        bool hasIncoming = false;              //!< is there a way to the root?
        uint32_t incoming = 0;                 //!< RPF interface, or REGISTER_INTERFACE
        Address upstream;                      //!< the neighbour that Joins go to; 0.0.0.0 or :: if there is none
        Time joinTimer;                        //!< Join Timer; of (S,G,rpt) and DENSE the Override Timer
        Time keepalive;                        //!< (S,G), DENSE: until it ends without data; at DENSE's first hop Source Active
        bool sptBit = false;                   //!< (S,G): data comes by the source's tree
        std::string registerState;             //!< (S,G): no-info, join, join-pending or prune
        std::string upstreamState;             //!< DENSE: forwarding, pruned or ack-pending
        Time pruneLimitTimer;                  //!< DENSE: no second Prune before
        Time graftRetryTimer;                  //!< DENSE: then the Graft is repeated
        bool originator = false;               //!< DENSE: this router originates State Refreshes
        Time stateRefreshTimer;                //!< DENSE: then it sends the next one
        std::vector<uint32_t> outgoing;        //!< immediate_olist, of (S,G,rpt) inherited_olist, of DENSE olist
        std::vector<uint32_t> lost;            //!< interfaces where another router has won the Assert
        std::vector<TreeInterface> interfaces; //!< those that have any state for it, sorted
        Time uptime;                           //!< since it was made
    };

    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    MulticastPim();
    ~MulticastPim() override;

    /// \return whose PIM this is
    Family GetFamily() const;

    /**
     * \brief Tell whose PIM this is. Used by MulticastNode.
     * \param node the node, which outlives this or disposes of it
     * \param family IPv4 or IPv6
     * \param changed called after each change of the configuration
     */
    void Attach(const MulticastNode* node, Family family, Callback<void> changed);

    // Configuration

    /**
     * \brief Configure an RP.
     * \param rp its address
     * \param groups range of groups
     * \param overridesBsr stand before an equally long match that a BSR told
     */
    void AddStaticRp(const Address& rp, const std::string& groups = "", bool overridesBsr = false);

    /**
     * \brief Take back AddStaticRp.
     * \param rp as it was given
     * \param groups as it was given
     * \return false if there was none such
     */
    bool RemoveStaticRp(const Address& rp, const std::string& groups = "");

    /**
     * \brief Make this router a candidate BSR.
     * \param priority the greatest wins
     * \param address one of its own addresses; none: the greatest
     * \param hashMaskLength of the hash that spreads groups over RPs; 0: 30, of IPv6 126
     * \param zone a scoped range of groups; empty: all groups
     */
    void SetCandidateBsr(uint8_t priority = 64, const Address& address = Address(), uint8_t hashMaskLength = 0,
                         const std::string& zone = "");

    /// Take back SetCandidateBsr.
    void ClearCandidateBsr();

    /**
     * \brief Make this router a candidate RP.
     * \param groups ranges of groups; none: all groups
     * \param priority the smallest wins
     * \param address one of its own addresses; none: the greatest
     * \param holdtime how long the BSR is to believe an advertisement; zero: 2.5 times CandidateRpPeriod
     */
    void AddCandidateRp(const std::vector<std::string>& groups = {}, uint8_t priority = 192,
                        const Address& address = Address(), Time holdtime = Time());

    /// Take back all AddCandidateRp.
    void ClearCandidateRps();

    /**
     * \brief Name groups that are dense; once one range is named, those of no range are sparse.
     * \param groups range of groups; empty: all groups
     */
    void AddDenseGroups(const std::string& groups = "");

    /// Take back all AddDenseGroups.
    void ClearDenseGroups();

    /**
     * \brief Check the values against the RFCs.
     * \return what is wrong, starting with the name of the attribute or method; empty if nothing is
     */
    std::string Validate() const;

    /// \return the values of the attributes
    const Values& GetValues() const;
    /// \return the RPs of AddStaticRp
    const std::vector<StaticRp>& GetStaticRps() const;
    /// \return of SetCandidateBsr, at most one
    const std::vector<CandidateBsr>& GetCandidateBsrs() const;
    /// \return those of AddCandidateRp
    const std::vector<CandidateRp>& GetCandidateRps() const;
    /// \return the ranges of AddDenseGroups
    const std::vector<std::string>& GetDenseGroups() const;

    // State

    /// \return the interfaces that PIM runs on
    std::vector<InterfaceState> GetInterfaces() const;
    /// \return the neighbours of all interfaces, sorted
    std::vector<Neighbor> GetNeighbors() const;
    /// \return the RPs that are configured and those that a BSR has told
    std::vector<Rp> GetRps() const;
    /**
     * \brief The RP of a group.
     * \param group the group
     * \return its address; 0.0.0.0 or :: if it has none
     */
    Address GetRp(const Address& group) const;
    /// \return what is known of BSRs
    std::vector<Bootstrap> GetBootstrap() const;
    /// \return all trees, sorted by group
    std::vector<Tree> GetTrees() const;
    /**
     * \brief The trees of a group.
     * \param group the group
     * \return (*,G), (S,G) and (S,G,rpt), or those of dense mode
     */
    std::vector<Tree> GetTrees(const Address& group) const;
    /// \return how many trees there are
    std::size_t GetNTrees() const;

    /**
     * \brief Write neighbours, RPs and trees as text.
     * \param os where to
     */
    void Print(std::ostream& os) const;

    // Traces

    /**
     * \brief Signature of Neighbor.
     * \param interface index of the IP interface
     * \param neighbor its address
     * \param up true: it is new; false: it is gone
     */
    typedef void (*NeighborTracedCallback)(uint32_t interface, const Address& neighbor, bool up);

    /**
     * \brief Signature of DesignatedRouter.
     * \param interface index of the IP interface
     * \param router the address of the Designated Router
     * \param self is that this node?
     */
    typedef void (*DesignatedRouterTracedCallback)(uint32_t interface, const Address& router, bool self);

    /**
     * \brief Signature of Message.
     * \param message pim-hello, pim-join-prune, pim-assert, pim-graft, pim-graft-ack, pim-state-refresh, pim-register,
     *   pim-register-stop, pim-bootstrap or pim-candidate-rp
     * \param sent true: sent; false: received
     * \param interface index of the IP interface; of a message that unicast routing sends, MulticastNode::ANY_INTERFACE
     */
    typedef void (*MessageTracedCallback)(const std::string& message, bool sent, uint32_t interface);

    /**
     * \brief Signature of Change.
     * \param what one of the following
     *   - neighbor-restarted: source, the neighbour
     *   - bootstrap-state-changed: source, the BSR; group, the zone if there is one
     *   - rp-set-changed
     *   - tree-changed: source, or none of (*,G); group; interface towards the root; value 1, joined, or 0
     *   - downstream-changed: the same of a neighbour's Join on an interface; of (S,G,rpt), and in dense mode: of its Prune
     *   - shared-tree-prune-changed: source; group; value 1, pruned off the RP's tree, or 0
     *   - spt-bit-changed: source; group; value 1 or 0
     *   - assert-changed: source, or none of (*,G); group; interface; value 0, no Assert, 1, winner, or 2, loser
     *   - register-changed: source; group; value 0, no-info, 1, join, 2, join-pending, or 3, prune
     *   - upstream-changed: in dense mode; source; group; interface towards the source; value 0, forwarding, 1, pruned, or
     *     2, ack-pending
     *   - originator-changed: source; group; value 1, this router originates State Refreshes, or 0
     * \param interface index of the IP interface that it is about
     * \param source source or other router that it is about; 0.0.0.0 or :: if there is none
     * \param group group that it is about; 0.0.0.0 or :: if there is none
     * \param value see above
     */
    typedef void (*ChangeTracedCallback)(const std::string& what, uint32_t interface, const Address& source,
                                         const Address& group, uint32_t value);

  protected:
    void DoDispose() override;

  private:
    friend class MulticastNode;

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

    const MulticastNode* m_node;              //!< whose PIM this is
    Family m_family;                          //!< of the following
    Values m_values;                          //!< the attributes
    std::vector<StaticRp> m_staticRps;        //!< by configuration
    std::vector<CandidateBsr> m_candidateBsr; //!< at most one
    std::vector<CandidateRp> m_candidateRps;  //!< by configuration
    std::vector<std::string> m_denseGroups;   //!< ranges
    Callback<void> m_changed;                 //!< the node that this belongs to

    TracedCallback<uint32_t, const Address&, bool> m_neighborTrace;         //!< Trace Neighbor
    TracedCallback<uint32_t, const Address&, bool> m_designatedRouterTrace; //!< Trace DesignatedRouter
    TracedCallback<const std::string&, bool, uint32_t> m_messageTrace;      //!< Trace Message
    /// Trace Change
    TracedCallback<const std::string&, uint32_t, const Address&, const Address&, uint32_t> m_changeTrace;
};

} // namespace ns3

#endif // MULTICAST_PIM_H
