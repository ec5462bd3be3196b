// SPDX-License-Identifier: GPL-2.0-only
// Private to the module: not installed.

#ifndef MULTICAST_OUTPUT_TAG_H
#define MULTICAST_OUTPUT_TAG_H

#include "ns3/tag.h"

#include <cstdint>

namespace ns3
{

/**
 * \ingroup multicast
 * \brief Marks a packet that goes through the loopback device on its way out: MulticastRouting sends it there to get it
 * back with its IP header, and then knows by this tag which interface it was for. Never leaves the node.
 */
class MulticastOutputTag : public Tag
{
  public:
    /**
     * \brief Get the type ID.
     * \return the object TypeId
     */
    static TypeId GetTypeId();

    /// \param interface the IP interface to send out of
    explicit MulticastOutputTag(uint32_t interface = 0);

    TypeId GetInstanceTypeId() const override;
    uint32_t GetSerializedSize() const override;
    void Serialize(TagBuffer buffer) const override;
    void Deserialize(TagBuffer buffer) override;
    void Print(std::ostream& os) const override;

    /// \return the IP interface to send out of
    uint32_t GetInterface() const;

  private:
    uint32_t m_interface; //!< index of the IP interface
};

} // namespace ns3

#endif // MULTICAST_OUTPUT_TAG_H
