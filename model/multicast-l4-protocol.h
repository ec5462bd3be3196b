// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTICAST_L4_PROTOCOL_H
#define MULTICAST_L4_PROTOCOL_H

#include "ns3/ip-l4-protocol.h"

namespace ns3
{

class MulticastNode;

/**
 * \ingroup multicast
 * \brief What IgmpL4Protocol and PimL4Protocol have in common: they hand what comes in to MulticastNode, and what goes out
 * does not pass through them.
 */
class MulticastL4Protocol : public IpL4Protocol
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    MulticastL4Protocol();
    ~MulticastL4Protocol() override;

    /**
     * \brief Set who takes the messages.
     * \param node aggregated to the same node
     */
    void SetMulticastNode(Ptr<MulticastNode> node);

    // Below are from IpL4Protocol
    void SetDownTarget(DownTargetCallback callback) override;
    void SetDownTarget6(DownTargetCallback6 callback) override;
    DownTargetCallback GetDownTarget() const override;
    DownTargetCallback6 GetDownTarget6() const override;

  protected:
    void DoDispose() override;

    Ptr<MulticastNode> m_node; //!< takes the messages

  private:
    DownTargetCallback m_downTarget;   //!< kept for whoever sets it, never called
    DownTargetCallback6 m_downTarget6; //!< kept for whoever sets it, never called
};

} // namespace ns3

#endif // MULTICAST_L4_PROTOCOL_H
