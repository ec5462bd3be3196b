// SPDX-License-Identifier: GPL-2.0-only

#include "config-fields.h"

#include "gm/protocol.h"
#include "setters.h"

namespace mcast::python
{

namespace
{

Version
ToVersion(const std::string& field, py::handle value, Family family)
{
    const auto& protocol = gm::ProtocolOf(family);
    const auto number = static_cast<unsigned>(ToUnsigned(field, value, 0xff));
    const auto version = protocol.FromNumber(number);
    if (!version)
    {
        throw FieldError{field, std::string("there is no ") + protocol.name + "v" + std::to_string(number)};
    }
    return *version;
}

gm::Profile
ToProfile(const std::string& field, py::handle value)
{
    const auto text = py::str(value).cast<std::string>();
    if (text != "rfc3376" && text != "rfc9776")
    {
        throw FieldError{field, "'" + text + "' is neither 'rfc3376' nor 'rfc9776'"};
    }
    return text == "rfc3376" ? gm::Profile::Rfc3376 : gm::Profile::Rfc9776;
}

// \param gm gives the CommonConfig within a Config
template <class Config, class Gm>
Setters<Config>
CommonSetters(Gm gm)
{
    return {
        {"version",
         [gm](Config& c, auto& field, auto value) { gm(c).version = ToVersion(field, value, gm(c).family); }},
        {"profile", [gm](Config& c, auto& field, auto value) { gm(c).profile = ToProfile(field, value); }},
        {"robustness", Whole<Config, unsigned>([gm](Config & c) -> auto& { return gm(c).robustness; })},
        {"query_interval", Time<Config>([gm](Config & c) -> auto& { return gm(c).queryInterval; })},
        {"query_response_interval", Time<Config>([gm](Config & c) -> auto& { return gm(c).queryResponseInterval; })},
        {"older_version_compatibility",
         Flag<Config>([gm](Config & c) -> auto& { return gm(c).olderVersionCompatibility; })},
        {"ssm_range", [gm](Config& c, auto& field, auto value) { gm(c).ssmRange = ToPrefix(field, value); }},
    };
}

Setters<gm::HostConfig>
HostSetters()
{
    using C = gm::HostConfig;
    auto setters = CommonSetters<C>([](C & c) -> auto& { return c; });
    setters["unsolicited_report_interval"] = Time<C>([](C & c) -> auto& { return c.unsolicitedReportInterval; });
    setters["unsolicited_report_interval_v2"] = Time<C>([](C & c) -> auto& { return c.unsolicitedReportIntervalV2; });
    setters["require_router_alert"] = Flag<C>([](C & c) -> auto& { return c.requireRouterAlert; });
    setters["leave_always"] = Flag<C>([](C & c) -> auto& { return c.leaveAlways; });
    setters["max_sources_per_group"] = Whole<C, std::size_t>([](C & c) -> auto& { return c.maxSourcesPerGroup; });
    return setters;
}

Setters<RouterInterfaceConfig>
RouterSetters()
{
    using C = RouterInterfaceConfig;
    auto setters = CommonSetters<C>([](C & c) -> auto& { return c.gm; });
    setters["membership"] = Flag<C>([](C & c) -> auto& { return c.membership; });
    setters["ttl_threshold"] = Whole<C, std::uint8_t>([](C & c) -> auto& { return c.ttlThreshold; });
    setters["boundaries"] = [](C& c, auto& field, auto value) { c.boundaries = ToList(field, value, ToPrefix); };
    setters["startup_query_interval"] = Time<C>([](C & c) -> auto& { return c.gm.startupQueryInterval; });
    setters["startup_query_count"] = Whole<C, unsigned>([](C & c) -> auto& { return c.gm.startupQueryCount; });
    setters["last_member_query_interval"] = Time<C>([](C & c) -> auto& { return c.gm.lastMemberQueryInterval; });
    setters["last_member_query_count"] = Whole<C, unsigned>([](C & c) -> auto& { return c.gm.lastMemberQueryCount; });
    setters["fast_leave"] = Flag<C>([](C & c) -> auto& { return c.gm.fastLeave; });
    setters["require_router_alert"] = Flag<C>([](C & c) -> auto& { return c.gm.requireRouterAlert; });
    setters["require_on_subnet_source"] = Flag<C>([](C & c) -> auto& { return c.gm.requireOnSubnetSource; });
    setters["require_ttl_one"] = Flag<C>([](C & c) -> auto& { return c.gm.requireTtlOne; });
    setters["max_groups"] = Whole<C, std::size_t>([](C & c) -> auto& { return c.gm.maxGroups; });
    setters["max_sources_per_group"] = Whole<C, std::size_t>([](C & c) -> auto& { return c.gm.maxSourcesPerGroup; });
    setters["static_joins"] = [](C& c, auto& field, auto value) {
        c.gm.staticJoins = ToList(field, value, ToStaticJoin);
    };
    setters["pim"] = [](C& c, auto&, auto value) {
        c.pim = value.is_none() ? std::nullopt : std::optional(ToPimInterface(c.gm.family, value));
    };
    return setters;
}

} // namespace

gm::HostConfig
ToHostConfig(Family family, const py::kwargs& fields)
{
    static const auto setters = HostSetters();
    gm::HostConfig config;
    config.family = family;
    return Apply(config, setters, fields);
}

RouterInterfaceConfig
ToRouterConfig(Family family, const py::kwargs& fields)
{
    static const auto setters = RouterSetters();
    RouterInterfaceConfig config;
    config.gm.family = family;
    return Apply(config, setters, fields);
}

} // namespace mcast::python
