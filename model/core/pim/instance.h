// SPDX-License-Identifier: GPL-2.0-only
// PIM of one router for one family: its interfaces, its RPs, its trees; where messages, data and changes of everything
// around it come in.

#ifndef MCAST_CORE_PIM_INSTANCE_H
#define MCAST_CORE_PIM_INSTANCE_H

#include "config.h"
#include "interface.h"

#include <map>
#include <memory>
#include <vector>

namespace mcast::pim
{

/// What PIM asks of its router.
class InstanceOwner
{
  public:
    virtual Context& GetContext() = 0;

  protected:
    ~InstanceOwner() = default;
};

class Instance final : private InterfaceOwner
{
  public:
    Instance(Family family, InstanceOwner& owner);
    ~Instance();

    // Configuration, valid.

    void Configure(const RouterConfig& config);
    void ConfigureInterface(InterfaceId interface, const InterfaceConfig& config);
    /// Says goodbye.
    void RemoveInterface(InterfaceId interface);
    void SetState(const InterfaceState& state);
    /// All of it at once.
    void Shutdown();

    /// A PIM message; counted here, taken or not.
    void HandlePacket(InterfaceId interface, const PacketMeta& meta, BytesView payload);

    std::vector<InterfaceView> Interfaces() const;
    std::vector<NeighborView> Neighbors(InterfaceId interface) const;

  private:
    // InterfaceOwner
    void NeighborChanged(InterfaceId interface, const Address& neighbor, NeighborChange change) override;
    void DesignatedRouterChanged(InterfaceId interface) override;

    Interface* FindInterface(InterfaceId interface) const;

    Family m_family;
    InstanceOwner& m_owner;
    RouterConfig m_config;
    std::map<InterfaceId, std::unique_ptr<Interface>> m_interfaces;
};

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_INSTANCE_H
