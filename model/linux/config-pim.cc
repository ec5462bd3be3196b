// SPDX-License-Identifier: GPL-2.0-only

#include "config-pim.h"

#include "pim/names.h"

#include <algorithm>

namespace mcast::linux_host
{

namespace
{

constexpr std::uint64_t MANY = 10'000'000;

/// What a passage of the file is read into: the values of one family.
template <class Config>
struct Target
{
    Config& config;
    bool on = true;
    bool shared = true; ///< the passage is about both families: addresses of the other one are none of ours
    std::optional<YamlValue> ofFamily;

    /// Is a value of this family to be taken? One of the other family in a passage about this one alone is an error.
    bool Takes(const YamlValue& value, Family family) const
    {
        if (family != config.family && !shared)
        {
            value.Fail(std::string{"must be of "} + (config.family == Family::Ipv4 ? "IPv4" : "IPv6"));
        }
        return family == config.family;
    }
};

using RouterTarget = Target<pim::RouterConfig>;
using InterfaceTarget = Target<pim::InterfaceConfig>;

std::uint8_t
Octet(const YamlValue& value)
{
    return static_cast<std::uint8_t>(value.Number(0, 255));
}

/// One value, or a list of them.
std::vector<YamlValue>
OneOrMore(const YamlValue& value)
{
    return value.IsScalar() || value.IsMap() ? std::vector<YamlValue>{value} : value.List();
}

Prefix
GroupRange(const YamlValue& value)
{
    const auto range = value.AddressPrefix();
    const bool ipv4 = range.GetAddress().IsIpv4();
    if (!range.GetAddress().IsMulticast() || range.Length() < (ipv4 ? 4 : 8))
    {
        value.Fail("must be a range of groups, inside 224.0.0.0/4 or ff00::/8");
    }
    return range;
}

Prefix
AllGroups(Family family)
{
    return family == Family::Ipv4 ? Prefix{Address::Ipv4(224, 0, 0, 0), 4} : *Prefix::Parse("ff00::/8");
}

/// How a field of the core's structs is called in the file.
std::string
KeyOf(const std::string& field)
{
    static const std::map<std::string, std::string> names{
        {"helloPeriod", "hello-interval"},
        {"joinPrunePeriod", "join-prune-interval"},
        {"bootstrapPeriod", "bootstrap-interval"},
        {"candidateRpPeriod", "candidate-rp-interval"},
        {"staticRps", "rp"},
        {"candidateRps", "candidate-rp"},
    };
    const auto head = field.substr(0, field.find('.'));
    const auto found = names.find(head);
    return found == names.end() ? KebabCase(head) : found->second;
}

/// Points at the key that a core's complaint is about.
template <class Config>
void
Validate(const Target<Config>& target, const YamlValue& value)
{
    const auto valid = target.config.Validate();
    if (valid)
    {
        return;
    }
    const auto key = KeyOf(valid.Error().field);
    for (const auto* place : {target.ofFamily ? &*target.ofFamily : &value, &value})
    {
        if (!place->IsScalar() && place->ValueOrSelf(key).Place() != place->Place())
        {
            place->ValueOrSelf(key).Fail(valid.Error().why);
        }
    }
    value.Fail(key + ": " + valid.Error().why);
}

/// Reads a passage: first what is about both families, then what is about this one.
template <class Config>
void
ReadPassage(Target<Config>& target, const YamlValue& value, const YamlValue::Keys<Target<Config>>& keys)
{
    const auto nested = [](Family family) {
        return [family](auto& t, const auto& v) {
            if (t.config.family == family)
            {
                t.ofFamily.emplace(v);
            }
        };
    };
    auto all = keys;
    all.emplace_back("ipv4", nested(Family::Ipv4));
    all.emplace_back("ipv6", nested(Family::Ipv6));
    value.Read(target, all);
    target.shared = false;
    if (target.ofFamily && target.ofFamily->IsScalar())
    {
        target.on = target.ofFamily->Flag();
    }
    else if (target.ofFamily)
    {
        target.on = true;
        target.ofFamily->Read(target, keys);
    }
    Validate(target, value);
}

// --- the router -----------------------------------------------------------------------------------------------------

/// Ranges of groups; an empty list: no group is dense. One without a range of this family leaves the default.
void
ReadDenseGroups(RouterTarget& target, const YamlValue& value)
{
    const auto items = OneOrMore(value);
    std::vector<Prefix> ranges;
    for (const auto& item : items)
    {
        const auto range = GroupRange(item);
        if (target.Takes(item, range.GetAddress().GetFamily()))
        {
            ranges.push_back(range);
        }
    }
    if (items.empty() || !ranges.empty())
    {
        target.config.denseGroups = std::move(ranges);
    }
}

void
ReadSptSwitchover(RouterTarget& target, const YamlValue& value)
{
    using When = pim::SptSwitchover::When;
    auto& switchover = target.config.sptSwitchover;
    if (!value.IsScalar())
    {
        const YamlValue::Keys<pim::SptSwitchover> keys{
            {"rate", [](auto& s, const auto& v) { s.rate = v.Number(1, UINT64_MAX); }},
        };
        switchover = {When::AtRate, 0};
        value.Read(switchover, keys);
    }
    else if (value.Text() == "immediately" || value.Text() == "never")
    {
        switchover = {value.Text() == "never" ? When::Never : When::Immediately, 0};
    }
    else
    {
        value.Fail("must be immediately, never or {rate: OCTETS-PER-SECOND}");
    }
}

/// An RP of some groups: `10.0.0.1`, or `{address: 10.0.0.1, groups: [...], override-bsr: true}`.
struct RpEntry
{
    std::optional<Address> address;
    std::vector<Prefix> groups;
    bool overridesBsr = false;
};

RpEntry
ReadRp(const YamlValue& value)
{
    const YamlValue::Keys<RpEntry> keys{
        {"address", [](auto& rp, const auto& v) { rp.address = v.UnicastAddress(); }},
        {"groups",
         [](auto& rp, const auto& v) {
             for (const auto& item : OneOrMore(v))
             {
                 rp.groups.push_back(GroupRange(item));
             }
         }},
        {"override-bsr", [](auto& rp, const auto& v) { rp.overridesBsr = v.Flag(); }},
    };
    RpEntry rp;
    if (value.IsScalar())
    {
        rp.address = value.UnicastAddress();
    }
    else
    {
        value.Read(rp, keys);
    }
    if (!rp.address)
    {
        value.Fail("needs an address");
    }
    const auto family = rp.address->GetFamily();
    if (std::any_of(rp.groups.begin(), rp.groups.end(),
                    [family](const Prefix& groups) { return groups.GetAddress().GetFamily() != family; }))
    {
        value.Fail("the groups are not of the RP's family");
    }
    if (rp.groups.empty())
    {
        rp.groups = {AllGroups(family)};
    }
    return rp;
}

void
ReadRps(RouterTarget& target, const YamlValue& value)
{
    auto& rps = target.config.staticRps;
    rps.clear();
    for (const auto& item : OneOrMore(value))
    {
        const auto rp = ReadRp(item);
        if (!target.Takes(item, rp.address->GetFamily()))
        {
            continue;
        }
        for (const auto& groups : rp.groups)
        {
            if (std::any_of(rps.begin(), rps.end(), [&](const pim::StaticRp& other) { return other.groups == groups; }))
            {
                item.Fail("there is an RP for " + groups.ToString() + " already");
            }
            rps.push_back({*rp.address, groups, rp.overridesBsr});
        }
    }
}

/// `true`, `false` or a mapping.
void
ReadCandidateBsr(RouterTarget& target, const YamlValue& value)
{
    auto& bsr = target.config.candidateBsr;
    bsr.reset();
    if (value.IsScalar() && !value.Flag())
    {
        return;
    }
    pim::CandidateBsrConfig read;
    read.hashMaskLength = target.config.family == Family::Ipv4 ? 30 : 126; // RFC 5059 5, RFC 7761 4.7.2
    bool ours = true;
    const YamlValue::Keys<pim::CandidateBsrConfig> keys{
        {"address",
         [&](auto& c, const auto& v) {
             c.address = v.UnicastAddress();
             ours = ours && target.Takes(v, c.address->GetFamily());
         }},
        {"priority", [](auto& c, const auto& v) { c.priority = Octet(v); }},
        {"hash-mask-length",
         [](auto& c, const auto& v) { c.hashMaskLength = static_cast<std::uint8_t>(v.Number(0, 128)); }},
        {"zone",
         [&](auto& c, const auto& v) {
             c.zone = GroupRange(v);
             ours = ours && target.Takes(v, c.zone->GetAddress().GetFamily());
         }},
    };
    if (!value.IsScalar())
    {
        value.Read(read, keys);
    }
    if (ours)
    {
        bsr = read;
    }
}

/// `true` within a list, or a mapping. \return none if it is about the other family
std::optional<pim::CandidateRpConfig>
ReadCandidateRp(const RouterTarget& target, const YamlValue& value)
{
    pim::CandidateRpConfig read;
    bool ours = true;
    bool named = false;
    const YamlValue::Keys<pim::CandidateRpConfig> keys{
        {"address",
         [&](auto& c, const auto& v) {
             c.address = v.UnicastAddress();
             ours = ours && target.Takes(v, c.address->GetFamily());
         }},
        {"priority", [](auto& c, const auto& v) { c.priority = Octet(v); }},
        {"groups",
         [&](auto& c, const auto& v) {
             for (const auto& item : OneOrMore(v))
             {
                 const auto range = GroupRange(item);
                 named = true;
                 if (target.Takes(item, range.GetAddress().GetFamily()))
                 {
                     c.groups.push_back(range);
                 }
             }
         }},
        {"holdtime", [](auto& c, const auto& v) { c.holdtime = v.Time(); }},
    };
    if (!value.IsScalar())
    {
        value.Read(read, keys);
    }
    return ours && (!named || !read.groups.empty()) ? std::optional(read) : std::nullopt;
}

void
ReadCandidateRps(RouterTarget& target, const YamlValue& value)
{
    target.config.candidateRps.clear();
    if (value.IsScalar() && !value.Flag())
    {
        return;
    }
    for (const auto& item : OneOrMore(value))
    {
        if (const auto candidate = ReadCandidateRp(target, item))
        {
            target.config.candidateRps.push_back(*candidate);
        }
    }
}

/// \return none if it is of the other family
std::optional<Address>
ReadAddress(const RouterTarget& target, const YamlValue& value)
{
    const auto address = value.UnicastAddress();
    return target.Takes(value, address.GetFamily()) ? std::optional(address) : std::nullopt;
}

const YamlValue::Keys<RouterTarget>&
RouterKeys()
{
    static const YamlValue::Keys<RouterTarget> keys{
        {"join-prune-interval", [](auto& t, const auto& v) { t.config.joinPrunePeriod = v.Time(); }},
        {"join-prune-holdtime", [](auto& t, const auto& v) { t.config.joinPruneHoldtime = v.Time(); }},
        {"keepalive-period", [](auto& t, const auto& v) { t.config.keepalivePeriod = v.Time(); }},
        {"register-suppression-time", [](auto& t, const auto& v) { t.config.registerSuppressionTime = v.Time(); }},
        {"register-probe-time", [](auto& t, const auto& v) { t.config.registerProbeTime = v.Time(); }},
        {"assert-time", [](auto& t, const auto& v) { t.config.assertTime = v.Time(); }},
        {"assert-override-interval", [](auto& t, const auto& v) { t.config.assertOverrideInterval = v.Time(); }},
        {"spt-switchover", ReadSptSwitchover},
        {"ssm-range",
         [](auto& t, const auto& v) {
             const auto range = v.AddressPrefix();
             if (t.Takes(v, range.GetAddress().GetFamily()))
             {
                 t.config.ssmRange = range;
             }
         }},
        {"rp", ReadRps},
        {"embedded-rp", [](auto& t, const auto& v) { t.config.embeddedRp = v.Flag(); }},
        {"register-source",
         [](auto& t, const auto& v) {
             const auto address = ReadAddress(t, v);
             t.config.registerSource = address ? address : t.config.registerSource;
         }},
        {"null-register-packing", [](auto& t, const auto& v) { t.config.offerPacking = v.Flag(); }},
        {"dense-groups", ReadDenseGroups},
        {"prune-limit", [](auto& t, const auto& v) { t.config.pruneLimit = v.Time(); }},
        {"graft-retry-period", [](auto& t, const auto& v) { t.config.graftRetryPeriod = v.Time(); }},
        {"max-graft-retries",
         [](auto& t, const auto& v) { t.config.maxGraftRetries = static_cast<std::uint32_t>(v.Number(0, MANY)); }},
        {"source-lifetime", [](auto& t, const auto& v) { t.config.sourceLifetime = v.Time(); }},
        {"state-refresh", [](auto& t, const auto& v) { t.config.stateRefresh = v.Flag(); }},
        {"state-refresh-interval", [](auto& t, const auto& v) { t.config.stateRefreshInterval = v.Time(); }},
        {"state-refresh-limit", [](auto& t, const auto& v) { t.config.stateRefreshLimit = v.Time(); }},
        {"state-refresh-ttl", [](auto& t, const auto& v) { t.config.stateRefreshTtl = Octet(v); }},
        {"bootstrap", [](auto& t, const auto& v) { t.config.bootstrap = v.Flag(); }},
        {"accept-unicast-bootstrap", [](auto& t, const auto& v) { t.config.acceptUnicastBootstrap = v.Flag(); }},
        {"send-unicast-bootstrap", [](auto& t, const auto& v) { t.config.sendUnicastBootstrap = v.Flag(); }},
        {"candidate-bsr", ReadCandidateBsr},
        {"candidate-rp", ReadCandidateRps},
        {"bootstrap-interval", [](auto& t, const auto& v) { t.config.bootstrapPeriod = v.Time(); }},
        {"bootstrap-min-interval", [](auto& t, const auto& v) { t.config.bootstrapMinInterval = v.Time(); }},
        {"bootstrap-timeout", [](auto& t, const auto& v) { t.config.bootstrapTimeout = v.Time(); }},
        {"scope-zone-timeout", [](auto& t, const auto& v) { t.config.scopeZoneTimeout = v.Time(); }},
        {"candidate-rp-interval", [](auto& t, const auto& v) { t.config.candidateRpPeriod = v.Time(); }},
        {"max-states", [](auto& t, const auto& v) { t.config.maxStates = v.Number(1, MANY); }},
        {"max-states-per-neighbor", [](auto& t, const auto& v) { t.config.maxStatesPerNeighbor = v.Number(1, MANY); }},
        {"max-rps", [](auto& t, const auto& v) { t.config.maxRps = v.Number(1, MANY); }},
    };
    return keys;
}

/// `{ospf: 90}`: what is named differs from what is customary.
RoutePreferences
ReadPreferences(const YamlValue& value)
{
    auto preferences = DefaultRoutePreferences();
    for (const auto& [name, item] : value.Entries())
    {
        const auto protocol = RouteProtocol(name);
        if (!protocol)
        {
            item.Fail("unknown routing protocol; known here: " + RouteProtocolNames());
        }
        preferences[*protocol] = static_cast<std::uint32_t>(item.Number(0, 0x7fffffff)); // 31 bits on the wire
    }
    return preferences;
}

// --- an interface ---------------------------------------------------------------------------------------------------

void
ReadMode(InterfaceTarget& target, const YamlValue& value)
{
    for (const auto mode : {pim::Mode::Sparse, pim::Mode::Dense, pim::Mode::SparseDense})
    {
        if (value.Text() == ToString(mode))
        {
            target.config.mode = mode;
            return;
        }
    }
    value.Fail("must be sparse, dense or sparse-dense");
}

const YamlValue::Keys<InterfaceTarget>&
InterfaceKeys()
{
    static const YamlValue::Keys<InterfaceTarget> keys{
        {"enabled", [](auto& t, const auto& v) { t.on = v.Flag(); }},
        {"mode", ReadMode},
        {"hello-interval", [](auto& t, const auto& v) { t.config.helloPeriod = v.Time(); }},
        {"hello-holdtime", [](auto& t, const auto& v) { t.config.helloHoldtime = v.Time(); }},
        {"triggered-hello-delay", [](auto& t, const auto& v) { t.config.triggeredHelloDelay = v.Time(); }},
        {"dr-priority",
         [](auto& t, const auto& v) { t.config.drPriority = static_cast<std::uint32_t>(v.Number(0, UINT32_MAX)); }},
        {"propagation-delay", [](auto& t, const auto& v) { t.config.propagationDelay = v.Time(); }},
        {"override-interval", [](auto& t, const auto& v) { t.config.overrideInterval = v.Time(); }},
        {"tracking-support", [](auto& t, const auto& v) { t.config.trackingSupport = v.Flag(); }},
        {"max-neighbors", [](auto& t, const auto& v) { t.config.maxNeighbors = v.Number(1, MANY); }},
        {"bsr-border", [](auto& t, const auto& v) { t.config.bsrBorder = v.Flag(); }},
        {"accept-unknown-neighbors", [](auto& t, const auto& v) { t.config.acceptUnknownNeighbors = v.Flag(); }},
    };
    return keys;
}

} // namespace

void
ReadPimRouter(DaemonConfig& config, const YamlValue& value)
{
    auto keys = RouterKeys();
    keys.emplace_back("route-preferences",
                      [&config](auto&, const auto& v) { config.routePreferences = ReadPreferences(v); });
    for (const auto family : FAMILIES)
    {
        RouterTarget target{config.pim[family], true, true, {}};
        ReadPassage(target, value, keys);
    }
}

void
ReadPimInterface(InterfaceRule& rule, const YamlValue& value)
{
    for (const auto family : FAMILIES)
    {
        InterfaceTarget target{rule.pimValues[family], true, true, {}};
        if (value.IsScalar())
        {
            target.on = value.Flag();
        }
        else
        {
            ReadPassage(target, value, InterfaceKeys());
        }
        rule.configs[family].pim = target.on ? std::optional(rule.pimValues[family]) : std::nullopt;
    }
}

} // namespace mcast::linux_host
