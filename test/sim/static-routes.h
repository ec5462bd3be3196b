// SPDX-License-Identifier: GPL-2.0-only
// Unicast routes of a simulated node: connected subnets and configured prefixes, longest match first.

#ifndef MCAST_TEST_SIM_STATIC_ROUTES_H
#define MCAST_TEST_SIM_STATIC_ROUTES_H

#include "interface.h"

#include <vector>

namespace mcast
{

class StaticRoutes : public RouteTable
{
  public:
    /// Subnets of the interface become connected routes; replaces what was known of it. A down interface has none.
    void SetConnected(const InterfaceState& state);
    void RemoveInterface(InterfaceId interface);

    /// Replaces a route to the same prefix.
    void Add(const Prefix& prefix, const Result& result);
    /// \return false if there was none
    bool Remove(const Prefix& prefix);

    std::optional<Result> Lookup(const Address& destination) const override;

  private:
    struct Route
    {
        Prefix prefix;
        Result result;
    };

    std::vector<Route> m_connected;
    std::vector<Route> m_configured;
};

} // namespace mcast

#endif // MCAST_TEST_SIM_STATIC_ROUTES_H
