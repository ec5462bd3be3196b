// SPDX-License-Identifier: GPL-2.0-only
// The Power Management bit, and that a frame stands for a PS-Poll. ns-3 3.37 can neither write the one nor has the other, so
// both travel as a tag of the frame's body; captures by DtimHelper::EnablePcap show what a real radio would send. Private to
// the module: not installed.

#ifndef MULTICAST_WIFI_TAG_H
#define MULTICAST_WIFI_TAG_H

#include "../../model/core/base/bytes.h"

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

/// What a Null frame stands for. ns-3 up to 3.47 hands the empty body of a QoS Null up as a packet, and aborts on an action frame of
/// a category that it doesn't know, at the receiver as at the sender, when its Ack comes. A Null frame it acknowledges and
/// retries, and nothing else; captures by DtimHelper::EnablePcap show the frame that is meant.
class WifiStandInTag : public Tag
{
  public:
    enum Kind : uint8_t
    {
        NONE = 0,
        QOS_NULL = 1, ///< without its two octets of QoS Control
        ACTION = 2    ///< the body is the action frame's
    };

    static TypeId GetTypeId();
    TypeId GetInstanceTypeId() const override;
    uint32_t GetSerializedSize() const override;
    void Serialize(TagBuffer buffer) const override;
    void Deserialize(TagBuffer buffer) override;
    void Print(std::ostream& os) const override;

    uint8_t kind = NONE;
    bool endOfServicePeriod = false; ///< of a QoS Null
};

/// What a station tells with its association request beside what ns-3 writes: Extended Capabilities (9.4.2.26) and WMM's QoS
/// Info. ns-3 has no way to add elements to it.
class WifiCapabilityTag : public Tag
{
  public:
    static TypeId GetTypeId();
    TypeId GetInstanceTypeId() const override;
    uint32_t GetSerializedSize() const override;
    void Serialize(TagBuffer buffer) const override;
    void Deserialize(TagBuffer buffer) override;
    void Print(std::ostream& os) const override;

    bool fms = false;
    bool dms = false;
    bool gcr = false;
    bool qos = false;
    uint8_t qosInfo = 0;
    uint16_t listenInterval = 0; ///< beacons
};

/// The elements that a tag stands for. \param own those of the request: its Extended Capabilities, which ns-3 writes from 802.11n
///        on, stay set
mcast::Bytes CapabilityElements(const WifiCapabilityTag& tag, mcast::BytesView own);

} // namespace ns3

#endif // MULTICAST_WIFI_TAG_H
