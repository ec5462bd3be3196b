// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_PIM_HELPER_H
#define MULTICAST_PIM_HELPER_H

#include "ns3/address.h"
#include "ns3/multicast-pim.h"
#include "ns3/net-device-container.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"
#include "ns3/output-stream-wrapper.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ns3
{

class AttributeValue;
class Node;

/**
 * \ingroup multicast
 * \brief Makes multicast routers run PIM, in sparse mode, in dense mode, or both.
 *
 * \code
 *   MulticastHelper multicast;
 *   multicast.InstallRouters(routers);
 *   ...                                                     // addresses, unicast routes
 *   PimHelper pim;
 *   pim.AddStaticRp(Ipv4Address("10.0.0.1"));
 *   pim.Install(routers);
 * \endcode
 *
 * Dense mode needs no RP:
 *
 * \code
 *   PimHelper pim;
 *   pim.SetMode("dense");                                   // all groups are
 *   pim.Install(routers);
 *
 *   pim.SetMode("sparse-dense");                            // or some are
 *   pim.AddDenseGroups("239.0.0.0/8");
 * \endcode
 *
 * IPv4 and IPv6 are configured alike; an address says which of them an RP is for. What is set holds for the nodes that are
 * installed afterwards.
 */
class PimHelper
{
  public:
    typedef MulticastPim::Family Family; //!< a version of IP

    PimHelper();

    /**
     * \brief Set an attribute of MulticastPim, for the nodes to be installed.
     * \param name name of the attribute
     * \param value its value
     */
    void Set(const std::string& name, const AttributeValue& value);

    /**
     * \brief Set an attribute of MulticastInterface, for all interfaces of the nodes to be installed.
     * \param name name of the attribute: PimHelloPeriod, PimDrPriority, ...
     * \param value its value
     */
    void SetInterface(const std::string& name, const AttributeValue& value);

    /**
     * \brief Set which groups PIM routes on all interfaces of the nodes to be installed: attribute PimMode of
     * MulticastInterface.
     * \param mode "sparse", "dense" or "sparse-dense"
     */
    void SetMode(const std::string& mode);

    /**
     * \brief Name groups that are dense on the nodes to be installed; once one range is named, those of no range are
     * sparse. By default all are dense where all interfaces have mode "dense", else none is.
     * \param groups range of groups of IPv4 or IPv6 as text, as in "239.0.0.0/8"; empty: all groups of both
     */
    void AddDenseGroups(const std::string& groups = "");

    /**
     * \brief Give the nodes to be installed an RP.
     * \param rp its address: of IPv4 for groups of IPv4, of IPv6 for those of IPv6
     * \param groups range of groups as text, as in "239.0.0.0/8"; empty: all groups
     * \param overridesBsr stand before an equally long match that a BSR told
     */
    void AddStaticRp(const Address& rp, const std::string& groups = "", bool overridesBsr = false);

    /**
     * \brief Run PIM on all interfaces of routers, those that come later included, for IPv4 and IPv6.
     * \param routers nodes installed with MulticastHelper::InstallRouters
     */
    void Install(NodeContainer routers) const;

    /**
     * \brief Run PIM on some interfaces of routers.
     * \param devices devices with an IP address, of nodes installed with MulticastHelper::InstallRouters
     */
    void Install(NetDeviceContainer devices) const;

    /**
     * \brief PIM of a router: to be configured further, or to be asked for its state.
     * \param router a node installed with MulticastHelper::InstallRouters
     * \param family the version of IP
     * \return its PIM
     */
    static Ptr<MulticastPim> GetPim(Ptr<Node> router, Family family = MulticastInterface::IPV4);

    /**
     * \brief Make routers candidate BSRs.
     * \param routers the routers
     * \param priority the greatest wins
     * \param family the version of IP
     */
    static void SetCandidateBsr(NodeContainer routers, uint8_t priority = 64,
                                Family family = MulticastInterface::IPV4);

    /**
     * \brief Make routers candidate RPs.
     * \param routers the routers
     * \param groups ranges of groups as text; none: all groups
     * \param priority the smallest wins
     * \param family the version of IP
     */
    static void AddCandidateRp(NodeContainer routers, const std::vector<std::string>& groups = {},
                               uint8_t priority = 192, Family family = MulticastInterface::IPV4);

    /**
     * \brief Write the trees of routers at a time.
     * \param at the time, from the start of the simulation
     * \param routers the routers
     * \param stream where to
     */
    static void PrintTreesAt(Time at, NodeContainer routers, Ptr<OutputStreamWrapper> stream);

  private:
    /// Takes over attributes and RPs. \param node a router
    void Configure(Ptr<Node> node) const;

    /// An RP of AddStaticRp.
    struct StaticRp
    {
        Address rp;         //!< its address
        std::string groups; //!< its groups
        bool overridesBsr;  //!< stands before those of the BSR
    };

    std::map<std::string, Ptr<AttributeValue>> m_attributes;          //!< of MulticastPim
    std::map<std::string, Ptr<AttributeValue>> m_interfaceAttributes; //!< of MulticastInterface
    std::vector<StaticRp> m_staticRps;                                //!< RPs to configure
    std::vector<std::string> m_denseGroups;                           //!< ranges to configure
};

} // namespace ns3

#endif // MULTICAST_PIM_HELPER_H
