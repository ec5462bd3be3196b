// SPDX-License-Identifier: GPL-2.0-only
// An Ethernet device without a wire: whole frames come in by a call and go out by another.

#ifndef MCAST_CONFORMANCE_BINDINGS_NS3_PIPE_DEVICE_H
#define MCAST_CONFORMANCE_BINDINGS_NS3_PIPE_DEVICE_H

#include "base/bytes.h"

#include "ns3/mac48-address.h"
#include "ns3/net-device.h"
#include "ns3/traced-callback.h"

#include <functional>

namespace mcast::python
{

class PipeDevice : public ns3::NetDevice
{
  public:
    using FrameSink = std::function<void(const Bytes& frame)>;

    static ns3::TypeId GetTypeId();

    PipeDevice() = default;
    PipeDevice(ns3::Mac48Address mac, FrameSink sink);

    /// A frame comes in now. It is dropped if it is neither for this address nor for a group, or is this device's own.
    void Arrive(BytesView frame);

    void SetLinkUp(bool up);

    // NetDevice
    void SetIfIndex(const std::uint32_t index) override;
    std::uint32_t GetIfIndex() const override;
    ns3::Ptr<ns3::Channel> GetChannel() const override;
    void SetAddress(ns3::Address address) override;
    ns3::Address GetAddress() const override;
    bool SetMtu(const std::uint16_t mtu) override;
    std::uint16_t GetMtu() const override;
    bool IsLinkUp() const override;
    void AddLinkChangeCallback(ns3::Callback<void> callback) override;
    bool IsBroadcast() const override;
    ns3::Address GetBroadcast() const override;
    bool IsMulticast() const override;
    ns3::Address GetMulticast(ns3::Ipv4Address group) const override;
    ns3::Address GetMulticast(ns3::Ipv6Address group) const override;
    bool IsBridge() const override;
    bool IsPointToPoint() const override;
    bool Send(ns3::Ptr<ns3::Packet> packet, const ns3::Address& destination, std::uint16_t protocol) override;
    bool SendFrom(ns3::Ptr<ns3::Packet> packet, const ns3::Address& source, const ns3::Address& destination,
                  std::uint16_t protocol) override;
    ns3::Ptr<ns3::Node> GetNode() const override;
    void SetNode(ns3::Ptr<ns3::Node> node) override;
    bool NeedsArp() const override;
    void SetReceiveCallback(ReceiveCallback callback) override;
    void SetPromiscReceiveCallback(PromiscReceiveCallback callback) override;
    bool SupportsSendFrom() const override;

  protected:
    void DoDispose() override;

  private:
    ns3::Mac48Address m_mac;
    FrameSink m_sink;
    std::uint32_t m_index = 0;
    std::uint16_t m_mtu = 1500;
    bool m_up = true;
    ns3::Ptr<ns3::Node> m_node;
    ReceiveCallback m_receive;
    PromiscReceiveCallback m_promiscReceive;
    ns3::TracedCallback<> m_linkChanges;
};

} // namespace mcast::python

#endif // MCAST_CONFORMANCE_BINDINGS_NS3_PIPE_DEVICE_H
