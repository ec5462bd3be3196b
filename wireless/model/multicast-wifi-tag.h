// SPDX-License-Identifier: GPL-2.0-only
// The Power Management bit, and that a frame stands for a PS-Poll. ns-3 3.37 can neither write the one nor has the other, so
// both travel as a tag of the frame's body; captures by DtimHelper::EnablePcap show what a real radio would send. Private to
// the module: not installed.

#ifndef MULTICAST_WIFI_TAG_H
#define MULTICAST_WIFI_TAG_H

#include "ns3/tag.h"

#include <cstdint>

namespace ns3
{

class WifiPowerTag : public Tag
{
  public:
    static TypeId GetTypeId();
    TypeId GetInstanceTypeId() const override;
    uint32_t GetSerializedSize() const override;
    void Serialize(TagBuffer buffer) const override;
    void Deserialize(TagBuffer buffer) override;
    void Print(std::ostream& os) const override;

    bool powerManagement = false;
    uint16_t pollAid = 0; ///< association ID of a PS-Poll; 0: it is none
};

/// The delivery method of a group frame or of its copies, for the airtime by method.
class WifiMethodTag : public Tag
{
  public:
    static TypeId GetTypeId();
    TypeId GetInstanceTypeId() const override;
    uint32_t GetSerializedSize() const override;
    void Serialize(TagBuffer buffer) const override;
    void Deserialize(TagBuffer buffer) override;
    void Print(std::ostream& os) const override;

    uint8_t method = 0;
};

} // namespace ns3

#endif // MULTICAST_WIFI_TAG_H
