// SPDX-License-Identifier: GPL-2.0-only
// The file's keys, one row each.

#include "config.h"

#include "config-pim.h"
#include "failure.h"
#include "gm/protocol.h"
#include "yaml-value.h"

#include <algorithm>
#include <fnmatch.h>
#include <fstream>
#include <net/if.h>
#include <sstream>

namespace mcast::linux_host
{

namespace
{

/// A choice among words.
template <class T>
T
Choose(const YamlValue& value, const std::vector<std::pair<const char*, T>>& choices)
{
    const auto text = value.Text();
    std::string known;
    for (const auto& [word, meaning] : choices)
    {
        if (text == word)
        {
            return meaning;
        }
        known += (known.empty() ? "" : ", ") + std::string{word};
    }
    value.Fail("must be one of: " + known);
}

gm::StaticJoin
ReadStaticJoin(const YamlValue& value, Family family)
{
    if (value.IsScalar())
    {
        return {value.GroupAddress(family), std::nullopt};
    }
    const YamlValue::Keys<gm::StaticJoin> keys{
        {"group", [&](auto& join, const auto& v) { join.group = v.GroupAddress(family); }},
        {"source", [&](auto& join, const auto& v) { join.source = v.UnicastAddress(family); }},
    };
    gm::StaticJoin join;
    value.Read(join, keys);
    if (join.group.IsUnspecified())
    {
        value.Fail("needs a group");
    }
    return join;
}

using MembershipKeys = YamlValue::Keys<gm::RouterConfig>;

/// By the protocol's own numbers.
Version
ReadVersion(const YamlValue& value, Family family)
{
    const auto& protocol = gm::ProtocolOf(family);
    return *protocol.FromNumber(
        static_cast<unsigned>(value.Number(protocol.Number(protocol.oldest), protocol.Number(Version::V3))));
}

gm::Profile
ReadProfile(const YamlValue& value, Family family)
{
    const bool ipv4 = family == Family::Ipv4;
    return Choose<gm::Profile>(value, {{ipv4 ? "rfc3376" : "rfc3810", gm::Profile::Rfc3376},
                                       {ipv4 ? "rfc9776" : "rfc9777", gm::Profile::Rfc9776}});
}

/// The keys that IGMP and MLD share.
const MembershipKeys&
MldKeys()
{
    constexpr std::uint64_t MANY = 10'000'000;
    static const MembershipKeys keys{
        {"version", [](auto& c, const auto& v) { c.version = ReadVersion(v, c.family); }},
        {"profile", [](auto& c, const auto& v) { c.profile = ReadProfile(v, c.family); }},
        {"robustness", [](auto& c, const auto& v) { c.robustness = static_cast<unsigned>(v.Number(0, 255)); }},
        {"query-interval", [](auto& c, const auto& v) { c.queryInterval = v.Time(); }},
        {"query-response-interval", [](auto& c, const auto& v) { c.queryResponseInterval = v.Time(); }},
        {"startup-query-interval", [](auto& c, const auto& v) { c.startupQueryInterval = v.Time(); }},
        {"startup-query-count",
         [](auto& c, const auto& v) { c.startupQueryCount = static_cast<unsigned>(v.Number(0, 255)); }},
        {"last-member-query-interval", [](auto& c, const auto& v) { c.lastMemberQueryInterval = v.Time(); }},
        {"last-member-query-count",
         [](auto& c, const auto& v) { c.lastMemberQueryCount = static_cast<unsigned>(v.Number(0, 255)); }},
        {"older-version-compatibility", [](auto& c, const auto& v) { c.olderVersionCompatibility = v.Flag(); }},
        {"ssm-range", [](auto& c, const auto& v) { c.ssmRange = v.AddressPrefix(c.family); }},
        {"fast-leave", [](auto& c, const auto& v) { c.fastLeave = v.Flag(); }},
        {"max-groups", [](auto& c, const auto& v) { c.maxGroups = v.Number(1, MANY); }},
        {"max-sources-per-group", [](auto& c, const auto& v) { c.maxSourcesPerGroup = v.Number(1, MANY); }},
        {"static-joins",
         [](auto& c, const auto& v) {
             c.staticJoins.clear();
             for (const auto& item : v.List())
             {
                 c.staticJoins.push_back(ReadStaticJoin(item, c.family));
             }
         }},
    };
    return keys;
}

/// Besides, what MLD requires always (RFC 3810 5.1.14, 6.2) is a matter of taste in IGMP.
const MembershipKeys&
IgmpKeys()
{
    static const MembershipKeys keys = [] {
        MembershipKeys all = MldKeys();
        all.insert(all.end(),
                   {{"require-router-alert", [](auto& c, const auto& v) { c.requireRouterAlert = v.Flag(); }},
                    {"require-on-subnet-source", [](auto& c, const auto& v) { c.requireOnSubnetSource = v.Flag(); }},
                    {"require-ttl-one", [](auto& c, const auto& v) { c.requireTtlOne = v.Flag(); }}});
        return all;
    }();
    return keys;
}

/// `igmp: false`, or a mapping; the same of `mld`.
void
ReadMembership(InterfaceRule& rule, const YamlValue& value, Family family)
{
    auto& config = rule.configs[family];
    config.membership = !value.IsScalar() || value.Flag();
    rule.asked[family] = config.membership;
    if (value.IsScalar())
    {
        return;
    }
    value.Read(config.gm, family == Family::Ipv4 ? IgmpKeys() : MldKeys());
    if (const auto valid = config.gm.Validate(); !valid)
    {
        const auto key = KebabCase(valid.Error().field);
        const auto culprit = value.ValueOrSelf(key);
        culprit.Fail((culprit.Place() == value.Place() ? key + ": " : "") + valid.Error().why);
    }
}

void
ReadBoundaries(InterfaceRule& rule, const YamlValue& value)
{
    for (const auto family : FAMILIES)
    {
        rule.configs[family].boundaries.clear();
    }
    for (const auto& item : value.List())
    {
        const auto prefix = item.AddressPrefix();
        const auto family = prefix.GetAddress().GetFamily();
        if (!prefix.GetAddress().IsMulticast() || prefix.Length() < (family == Family::Ipv4 ? 4 : 8))
        {
            item.Fail("must be a range of groups, inside 224.0.0.0/4 or ff00::/8");
        }
        rule.configs[family].boundaries.push_back(prefix);
    }
}

/// MRT6 has no thresholds, see VifEntry: those of IPv6 stay what the kernel does.
void
ReadThreshold(InterfaceRule& rule, const YamlValue& value)
{
    rule.configs[Family::Ipv4].ttlThreshold = static_cast<std::uint8_t>(value.Number(1, 255));
}

InterfaceRule
ReadInterface(const InterfaceRule& defaults, const std::string& name, const YamlValue& value)
{
    static const YamlValue::Keys<InterfaceRule> keys{
        {"optional", [](auto& rule, const auto& v) { rule.optional = v.Flag(); }},
        {"igmp", [](auto& rule, const auto& v) { ReadMembership(rule, v, Family::Ipv4); }},
        {"mld", [](auto& rule, const auto& v) { ReadMembership(rule, v, Family::Ipv6); }},
        {"pim", ReadPimInterface},
        {"ttl-threshold", ReadThreshold},
        {"boundaries", ReadBoundaries},
    };
    InterfaceRule rule = defaults;
    rule.pattern = name;
    rule.place = value.Place();
    value.Read(rule, keys);
    if (!rule.IsPattern() && name.size() >= IFNAMSIZ)
    {
        value.Fail("no interface has a name of more than " + std::to_string(IFNAMSIZ - 1) + " characters");
    }
    return rule;
}

RouteRule
ReadRoute(const DaemonConfig& config, const YamlValue& value)
{
    const auto interfaceName = [&config](const YamlValue& v) {
        if (config.FindRule(v.Text()) == nullptr)
        {
            v.Fail("'" + v.Text() + "' is no interface of this configuration");
        }
        return v.Text();
    };
    const YamlValue::Keys<RouteRule> keys{
        {"group", [](auto& route, const auto& v) { route.group = v.GroupAddress(); }},
        {"source", [](auto& route, const auto& v) { route.source = v.UnicastAddress(); }},
        {"incoming", [&](auto& route, const auto& v) { route.incoming = interfaceName(v); }},
        {"outgoing",
         [&](auto& route, const auto& v) {
             for (const auto& item : v.List())
             {
                 route.outgoing.push_back(interfaceName(item));
             }
         }},
    };
    RouteRule route;
    value.Read(route, keys);
    if (route.group.IsUnspecified() || route.incoming.empty())
    {
        value.Fail("needs a group and an incoming interface");
    }
    if (route.source && route.source->GetFamily() != route.group.GetFamily())
    {
        value.Fail("the source is not of the group's family");
    }
    if (std::count(route.outgoing.begin(), route.outgoing.end(), route.incoming) != 0)
    {
        value.Fail("the incoming interface can't be an outgoing one");
    }
    return route;
}

void
ReadRoutes(DaemonConfig& config, const YamlValue& value)
{
    for (const auto& item : value.List())
    {
        const auto route = ReadRoute(config, item);
        for (const auto& other : config.routes)
        {
            if (other.group == route.group && other.source == route.source)
            {
                item.Fail("there is a route for this group and source already");
            }
        }
        config.routes.push_back(route);
    }
}

const YamlValue::Keys<DaemonConfig>&
RouterKeys()
{
    constexpr std::uint64_t MANY = 10'000'000;
    static const YamlValue::Keys<DaemonConfig> keys{
        {"seed",
         [](auto& c, const auto& v) {
             c.router.seed = v.Number(0, UINT64_MAX);
             c.seeded = true;
         }},
        {"max-groups", [](auto& c, const auto& v) { c.router.maxGroups = v.Number(1, MANY); }},
        {"max-forwarding-entries", [](auto& c, const auto& v) { c.router.maxForwardingEntries = v.Number(1, MANY); }},
        {"forwarding-entry-lifetime",
         [](auto& c, const auto& v) {
             c.router.forwardingEntryLifetime = v.Time();
             if (c.router.forwardingEntryLifetime < std::chrono::seconds{1})
             {
                 v.Fail("must be at least 1 s");
             }
         }},
    };
    return keys;
}

/// The file as a whole; `defaults` and `interfaces` are read before what refers to them, in whatever order they stand.
struct Document
{
    DaemonConfig config;
    std::optional<YamlValue> defaults;
    std::optional<YamlValue> interfaces;
    std::optional<YamlValue> routes;
};

const YamlValue::Keys<Document>&
DocumentKeys()
{
    static const YamlValue::Keys<Document> keys{
        {"log-level",
         [](auto& d, const auto& v) {
             d.config.logLevel = Choose<LogLevel>(v, {{"error", LogLevel::Error},
                                                      {"warning", LogLevel::Warning},
                                                      {"info", LogLevel::Info},
                                                      {"debug", LogLevel::Debug}});
         }},
        {"log-to",
         [](auto& d, const auto& v) {
             d.config.logTarget = Choose<LogTarget>(v, {{"stderr", LogTarget::Stderr}, {"syslog", LogTarget::Syslog}});
         }},
        {"control-socket", [](auto& d, const auto& v) { d.config.controlSocket = v.Text(); }},
        {"router", [](auto& d, const auto& v) { v.Read(d.config, RouterKeys()); }},
        {"defaults", [](auto& d, const auto& v) { d.defaults.emplace(v); }},
        {"interfaces", [](auto& d, const auto& v) { d.interfaces.emplace(v); }},
        {"routes", [](auto& d, const auto& v) { d.routes.emplace(v); }},
        {"pim", [](auto& d, const auto& v) { ReadPimRouter(d.config, v); }},
    };
    return keys;
}

DaemonConfig
ReadDocument(const YamlValue& root)
{
    Document document;
    root.Read(document, DocumentKeys());
    auto& config = document.config;
    if (!document.interfaces || document.interfaces->Entries().empty())
    {
        root.Fail("interfaces: at least one interface must be named");
    }
    InterfaceRule defaults;
    if (document.defaults)
    {
        defaults = ReadInterface({}, "*", *document.defaults);
    }
    for (const auto& [name, value] : document.interfaces->Entries())
    {
        config.interfaces.push_back(ReadInterface(defaults, name, value));
    }
    if (document.routes)
    {
        ReadRoutes(config, *document.routes);
    }
    return config;
}

} // namespace

InterfaceRule::InterfaceRule()
{
    configs[Family::Ipv6].gm.family = Family::Ipv6;
    pimValues[Family::Ipv6].family = Family::Ipv6;
}

bool
InterfaceRule::IsPattern() const
{
    return pattern.find_first_of("*?[") != std::string::npos;
}

bool
InterfaceRule::Matches(const std::string& name) const
{
    return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

DaemonConfig::DaemonConfig()
{
    pim[Family::Ipv6].family = Family::Ipv6;
}

bool
DaemonConfig::Uses(Family family) const
{
    const auto membership = [family](const InterfaceRule& rule) { return rule.configs[family].membership; };
    return std::any_of(interfaces.begin(), interfaces.end(), membership) || UsesPim(family) || AsksFor(family);
}

bool
DaemonConfig::UsesPim(Family family) const
{
    return std::any_of(interfaces.begin(), interfaces.end(),
                       [family](const InterfaceRule& rule) { return rule.configs[family].pim.has_value(); });
}

bool
DaemonConfig::AsksFor(Family family) const
{
    return std::any_of(interfaces.begin(), interfaces.end(),
                       [family](const InterfaceRule& rule) { return rule.asked[family]; }) ||
           std::any_of(routes.begin(), routes.end(),
                       [family](const RouteRule& route) { return route.group.GetFamily() == family; });
}

const InterfaceRule*
DaemonConfig::FindRule(const std::string& name, bool eligible) const
{
    const InterfaceRule* found = nullptr;
    for (const auto& rule : interfaces)
    {
        if (rule.pattern == name)
        {
            return &rule;
        }
        if (found == nullptr && eligible && rule.IsPattern() && rule.Matches(name))
        {
            found = &rule;
        }
    }
    return found;
}

DaemonConfig
ParseConfig(const std::string& text, const std::string& file)
{
    try
    {
        const auto documents = YAML::LoadAll(text);
        const YAML::Node root = documents.empty() ? YAML::Node{YAML::NodeType::Null} : documents.front();
        const YamlValue value{root, documents.empty() ? YAML::Mark{} : root.Mark(), "", file};
        if (documents.size() > 1)
        {
            value.Fail("must hold one YAML document");
        }
        return ReadDocument(value);
    }
    catch (const YAML::Exception& error)
    {
        throw ConfigFailure(file + ":" + std::to_string(error.mark.line + 1) + ":" +
                            std::to_string(error.mark.column + 1) + ": " + error.msg);
    }
}

DaemonConfig
LoadConfig(const std::string& path)
{
    std::ifstream file{path};
    std::ostringstream text;
    if (!file || !(text << file.rdbuf()))
    {
        throw ConfigFailure(path + ": " + (file ? "is empty or can't be read" : std::strerror(errno)));
    }
    return ParseConfig(text.str(), path);
}

void
RequireInterfaces(const DaemonConfig& config, const std::set<std::string>& present)
{
    for (const auto& rule : config.interfaces)
    {
        if (!rule.IsPattern() && !rule.optional && present.count(rule.pattern) == 0)
        {
            throw ConfigFailure(rule.place + ": interfaces." + rule.pattern +
                                ": there is no such interface; `optional: true` waits for it");
        }
    }
}

std::set<std::string>
PresentInterfaces()
{
    std::set<std::string> names;
    auto* const list = if_nameindex();
    for (auto* item = list; item != nullptr && item->if_index != 0; ++item)
    {
        names.insert(item->if_name);
    }
    if_freenameindex(list);
    return names;
}

} // namespace mcast::linux_host
