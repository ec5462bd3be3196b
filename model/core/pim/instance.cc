// SPDX-License-Identifier: GPL-2.0-only

#include "instance.h"

namespace mcast::pim
{

Instance::Instance(Family family, InstanceOwner& owner)
    : m_family(family),
      m_owner(owner)
{
    m_config.family = family;
}

Instance::~Instance() = default;

void
Instance::Configure(const RouterConfig& config)
{
    m_config = config;
}

void
Instance::ConfigureInterface(InterfaceId id, const InterfaceConfig& config)
{
    auto& interface = m_interfaces[id];
    if (!interface)
    {
        InterfaceOwner& self = *this;
        interface = std::make_unique<Interface>(id, m_family, m_owner.GetContext(), self);
    }
    interface->Configure(config);
}

void
Instance::RemoveInterface(InterfaceId id)
{
    if (const auto found = m_interfaces.find(id); found != m_interfaces.end())
    {
        found->second->Deactivate();
        m_interfaces.erase(found);
    }
}

void
Instance::SetState(const InterfaceState& state)
{
    if (auto* interface = FindInterface(state.id))
    {
        interface->SetState(state);
    }
}

void
Instance::Shutdown()
{
    while (!m_interfaces.empty())
    {
        RemoveInterface(m_interfaces.begin()->first);
    }
}

void
Instance::HandlePacket(InterfaceId id, const PacketMeta& meta, BytesView payload)
{
    auto* interface = FindInterface(id);
    if (interface == nullptr)
    {
        return;
    }
    const auto message = Parse(meta, payload);
    if (!message)
    {
        return interface->GetJournal().Dropped(meta.source, message.Error().reason);
    }
    const auto* hello = std::get_if<Hello>(&*message);
    if (hello == nullptr)
    {
        return;
    }
    if (const auto reason = interface->Screen(meta); reason != Reason::None)
    {
        return interface->GetJournal().Dropped(meta.source, reason, MessageKind::PimHello);
    }
    interface->HandleHello(meta, *hello);
}

std::vector<InterfaceView>
Instance::Interfaces() const
{
    std::vector<InterfaceView> views;
    for (const auto& [id, interface] : m_interfaces)
    {
        views.push_back(interface->View());
    }
    return views;
}

std::vector<NeighborView>
Instance::Neighbors(InterfaceId id) const
{
    const auto* interface = FindInterface(id);
    return interface == nullptr ? std::vector<NeighborView>{} : interface->Neighbors();
}

void
Instance::NeighborChanged(InterfaceId, const Address&, NeighborChange)
{
}

void
Instance::DesignatedRouterChanged(InterfaceId)
{
}

Interface*
Instance::FindInterface(InterfaceId id) const
{
    const auto found = m_interfaces.find(id);
    return found == m_interfaces.end() ? nullptr : found->second.get();
}

} // namespace mcast::pim
