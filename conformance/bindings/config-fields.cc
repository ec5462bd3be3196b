// SPDX-License-Identifier: GPL-2.0-only

#include "config-fields.h"

#include "gm/protocol.h"

#include <functional>
#include <limits>
#include <map>

namespace mcast::python
{

namespace
{

template <class Config>
using Setters = std::map<std::string, std::function<void(Config&, const std::string&, py::handle)>>;

// Setters for one kind of value; `Access` gives the member of the configuration.
template <class Config, class Access>
auto
Time(Access access)
{
    return [access](Config& config, const std::string& field, py::handle value) {
        access(config) = ToDuration(field, value);
    };
}

template <class Config, class Access>
auto
Flag(Access access)
{
    return
        [access](Config& config, const std::string& field, py::handle value) { access(config) = ToBool(field, value); };
}

template <class Config, class Number, class Access>
auto
Whole(Access access)
{
    return [access](Config& config, const std::string& field, py::handle value) {
        access(config) = static_cast<Number>(ToUnsigned(field, value, std::numeric_limits<Number>::max()));
    };
}

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
    return setters;
}

template <class Config>
Config
Apply(Config config, const Setters<Config>& setters, const py::kwargs& fields)
{
    for (const auto& [key, value] : fields)
    {
        const auto field = key.template cast<std::string>();
        const auto setter = setters.find(field);
        if (setter == setters.end())
        {
            throw FieldError{field, "there is no such setting"};
        }
        setter->second(config, field, value);
    }
    return config;
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
