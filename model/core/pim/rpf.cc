// SPDX-License-Identifier: GPL-2.0-only

#include "rpf.h"

namespace mcast::pim
{

RpfRoot*
RpfTable::Acquire(const Address& address)
{
    const auto [place, isNew] = m_roots.try_emplace(address);
    auto& root = place->second;
    if (isNew)
    {
        root.address = address;
        root.rpf = m_resolve(address);
    }
    ++root.users;
    return &root;
}

void
RpfTable::Release(RpfRoot* root)
{
    if (root != nullptr && --root->users == 0)
    {
        m_roots.erase(Address{root->address});
    }
}

bool
RpfTable::Refresh(const Prefix& prefix)
{
    bool changed = false;
    for (auto& [address, root] : m_roots)
    {
        if (!prefix.Contains(address))
        {
            continue;
        }
        auto now = m_resolve(address);
        if (!(now == root.rpf))
        {
            root.rpf = std::move(now);
            changed = true;
        }
    }
    return changed;
}

} // namespace mcast::pim
