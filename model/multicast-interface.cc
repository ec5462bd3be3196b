// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-interface.h"

#include "multicast-config.h"
#include "multicast-convert.h"

#include "ns3/boolean.h"
#include "ns3/log.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastInterface");

NS_OBJECT_ENSURE_REGISTERED(MulticastInterface);

namespace
{

template <class T>
bool
EraseValue(std::vector<T>& values, const T& value)
{
    const auto found = std::find(values.begin(), values.end(), value);
    if (found == values.end())
    {
        return false;
    }
    values.erase(found);
    return true;
}

} // namespace

// The name of an attribute, its help text, its default, and the member of Values that holds it. Setter and getter are
// instances of one template, so that each change reaches the node.
#define MULTICAST_ATTRIBUTE(name, help, value, kind, field, ...)                                                       \
    AddAttribute(                                                                                                      \
        name, help, value,                                                                                             \
        Make##kind##Accessor(&MulticastInterface::Set<&Values::field>, &MulticastInterface::Get<&Values::field>),      \
        Make##kind##Checker __VA_ARGS__)

TypeId
MulticastInterface::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MulticastInterface")
            .SetParent<Object>()
            .SetGroupName("Multicast")
            .AddConstructor<MulticastInterface>()
            .MULTICAST_ATTRIBUTE("Enabled", "Take part in IGMP, or MLD, on this interface.", BooleanValue(true),
                                 Boolean, enabled, ())
            .MULTICAST_ATTRIBUTE("Router", "Run the router side here, if the node is a multicast router.",
                                 BooleanValue(true), Boolean, router, ())
            .MULTICAST_ATTRIBUTE("Version", "Version of IGMP to speak: 1, 2 or 3.", UintegerValue(3), Uinteger, version,
                                 <uint8_t>(1, 3))
            .MULTICAST_ATTRIBUTE("MldVersion", "Version of MLD to speak: 1 or 2.", UintegerValue(2), Uinteger,
                                 mldVersion, <uint8_t>(1, 2))
            .MULTICAST_ATTRIBUTE("Profile",
                                 "The RFC that rules where RFC 3376 and RFC 9776 differ: 3376 or 9776. The Group "
                                 "Membership Interval with all defaults is 260 s by the first, 270 s by the second. "
                                 "For MLD they stand for RFC 3810 and RFC 9777.",
                                 UintegerValue(3376), Uinteger, profile, <uint16_t>())
            .MULTICAST_ATTRIBUTE("RobustnessVariable",
                                 "How many losses in a row do no harm, plus one: 1 to 255; queries can tell up to 7.",
                                 UintegerValue(2), Uinteger, robustness, <uint32_t>())
            .MULTICAST_ATTRIBUTE("QueryInterval", "Time between General Queries of the querier (s).",
                                 TimeValue(Seconds(125)), Time, queryInterval, ())
            .MULTICAST_ATTRIBUTE("QueryResponseInterval",
                                 "Time that hosts get to answer a General Query (s); below the Query Interval.",
                                 TimeValue(Seconds(10)), Time, queryResponseInterval, ())
            .MULTICAST_ATTRIBUTE("StartupQueryInterval",
                                 "Time between the General Queries at start (s); 0: a quarter of the Query Interval.",
                                 TimeValue(Seconds(0)), Time, startupQueryInterval, ())
            .MULTICAST_ATTRIBUTE("StartupQueryCount", "Number of General Queries at start; 0: the Robustness Variable.",
                                 UintegerValue(0), Uinteger, startupQueryCount, <uint32_t>())
            .MULTICAST_ATTRIBUTE("LastMemberQueryInterval",
                                 "Time between the queries that follow a leave, and that members get to answer (s).",
                                 TimeValue(Seconds(1)), Time, lastMemberQueryInterval, ())
            .MULTICAST_ATTRIBUTE("LastMemberQueryCount",
                                 "Number of queries that follow a leave; 0: the Robustness Variable.", UintegerValue(0),
                                 Uinteger, lastMemberQueryCount, <uint32_t>())
            .MULTICAST_ATTRIBUTE("UnsolicitedReportInterval",
                                 "Most time between the repetitions of an IGMPv3 or MLDv2 state-change report (s).",
                                 TimeValue(Seconds(1)), Time, unsolicitedReportInterval, ())
            .MULTICAST_ATTRIBUTE(
                "UnsolicitedReportIntervalV2",
                "Most time between the repetitions of an IGMPv1, IGMPv2 or MLDv1 report of a join (s).",
                TimeValue(Seconds(10)), Time, unsolicitedReportIntervalV2, ())
            .MULTICAST_ATTRIBUTE("OlderVersionCompatibility",
                                 "Speak older versions with those who do (RFC 3376 7); off in a network that has "
                                 "source-specific multicast only (RFC 9776).",
                                 BooleanValue(true), Boolean, olderVersionCompatibility, ())
            .MULTICAST_ATTRIBUTE("SsmRange",
                                 "Source-specific groups, as address/length (RFC 4607); a length of 0: none.",
                                 StringValue("232.0.0.0/8"), String, ssmRange, ())
            .MULTICAST_ATTRIBUTE("Ipv6SsmRange",
                                 "Source-specific groups of IPv6, as address/length, for every scope (RFC 4607); a "
                                 "length of 0: none.",
                                 StringValue("ff30::/32"), String, ipv6SsmRange, ())
            .MULTICAST_ATTRIBUTE("FastLeave",
                                 "A leave ends membership at once, without asking for others: for an interface with "
                                 "one host.",
                                 BooleanValue(false), Boolean, fastLeave, ())
            .MULTICAST_ATTRIBUTE("LeaveAlways",
                                 "In IGMPv2 and MLDv1, send a leave also when another host reported last (RFC 2236 3).",
                                 BooleanValue(false), Boolean, leaveAlways, ())
            .MULTICAST_ATTRIBUTE(
                "RouterRequiresRouterAlert",
                "As a router, drop IGMP reports and leaves without Router Alert; of MLD they always are.",
                BooleanValue(false), Boolean, routerRequiresRouterAlert, ())
            .MULTICAST_ATTRIBUTE(
                "HostRequiresRouterAlert",
                "As a host, ignore IGMPv2 and IGMPv3 queries without Router Alert (RFC 3376 9.1); of MLD they "
                "always are.",
                BooleanValue(true), Boolean, hostRequiresRouterAlert, ())
            .MULTICAST_ATTRIBUTE("RequireOnSubnetSource",
                                 "As a router, drop IGMP reports and leaves from sources outside the interface's "
                                 "subnets; 0.0.0.0 stays welcome.",
                                 BooleanValue(false), Boolean, requireOnSubnetSource, ())
            .MULTICAST_ATTRIBUTE("RequireTtlOne", "Drop IGMP with a TTL other than 1; of MLD it always is.",
                                 BooleanValue(true), Boolean, requireTtlOne, ())
            .MULTICAST_ATTRIBUTE("MaxGroups", "Most group records that the router side keeps here.",
                                 UintegerValue(100000), Uinteger, maxGroups, <uint32_t>())
            .MULTICAST_ATTRIBUTE("MaxSourcesPerGroup",
                                 "Most sources of a group record of the router side, and of a socket's list, where "
                                 "64 are allowed in any case (RFC 3376 2).",
                                 UintegerValue(5000), Uinteger, maxSourcesPerGroup, <uint32_t>(1))
            .MULTICAST_ATTRIBUTE("TtlThreshold",
                                 "Data is forwarded out of this interface only if its TTL, or Hop Limit, on arrival is "
                                 "greater: 1 to 255.",
                                 UintegerValue(1), Uinteger, ttlThreshold, <uint8_t>(1))
            .MULTICAST_ATTRIBUTE("Pim",
                                 "Run PIM on this interface of a router, also if MulticastPim's AllInterfaces is off.",
                                 BooleanValue(false), Boolean, pim, ())
            .MULTICAST_ATTRIBUTE("PimMode",
                                 "The groups that PIM routes here: \"sparse\", those of RFC 7761, source-specific ones "
                                 "included; \"dense\", those of RFC 3973; or \"sparse-dense\", both. For others the "
                                 "interface is one that has members only. See MulticastPim::AddDenseGroups.",
                                 StringValue("sparse"), String, pimMode, ())
            .MULTICAST_ATTRIBUTE("PimHelloPeriod", "Time between PIM's Hello messages (s).", TimeValue(Seconds(30)),
                                 Time, pimHelloPeriod, ())
            .MULTICAST_ATTRIBUTE("PimHelloHoldtime",
                                 "How long neighbours are to believe a Hello (s); 0: 3.5 times the Hello Period; 65535 "
                                 "s and more: for ever.",
                                 TimeValue(Seconds(0)), Time, pimHelloHoldtime, ())
            .MULTICAST_ATTRIBUTE("PimTriggeredHelloDelay",
                                 "Most delay of the first Hello, and of one that answers a new neighbour (s).",
                                 TimeValue(Seconds(5)), Time, pimTriggeredHelloDelay, ())
            .MULTICAST_ATTRIBUTE("PimDrPriority", "The router with the greatest becomes Designated Router.",
                                 UintegerValue(1), Uinteger, pimDrPriority, <uint32_t>())
            .MULTICAST_ATTRIBUTE("PimPropagationDelay", "Of the link, as Hellos tell it: up to 32767 ms.",
                                 TimeValue(MilliSeconds(500)), Time, pimPropagationDelay, ())
            .MULTICAST_ATTRIBUTE("PimOverrideInterval",
                                 "Time that others get to override a Prune, as Hellos tell it: up to 65535 ms.",
                                 TimeValue(MilliSeconds(2500)), Time, pimOverrideInterval, ())
            .MULTICAST_ATTRIBUTE("PimTrackingSupport",
                                 "Tell that Join suppression may be switched off (RFC 7761 4.3.3).",
                                 BooleanValue(false), Boolean, pimTrackingSupport, ())
            .MULTICAST_ATTRIBUTE("PimMaxNeighbors", "Most PIM neighbours here.", UintegerValue(1000), Uinteger,
                                 pimMaxNeighbors, <uint32_t>())
            .MULTICAST_ATTRIBUTE("PimBsrBorder", "Bootstrap messages don't cross this interface (RFC 5059 1.1).",
                                 BooleanValue(false), Boolean, pimBsrBorder, ())
            .MULTICAST_ATTRIBUTE("PimAcceptUnknownNeighbors",
                                 "Take Join/Prune and Assert messages from routers that have not said Hello.",
                                 BooleanValue(false), Boolean, pimAcceptUnknownNeighbors, ());
    return tid;
}

#undef MULTICAST_ATTRIBUTE

MulticastInterface::MulticastInterface()
    : m_family(IPV4)
{
    NS_LOG_FUNCTION(this);
}

MulticastInterface::~MulticastInterface()
{
    NS_LOG_FUNCTION(this);
}

void
MulticastInterface::DoDispose()
{
    NS_LOG_FUNCTION(this);
    m_changed = Callback<void>();
    Object::DoDispose();
}

MulticastInterface::Family
MulticastInterface::GetFamily() const
{
    return m_family;
}

void
MulticastInterface::SetFamily(Family family)
{
    m_family = family;
}

void
MulticastInterface::AddStaticJoin(const Address& group, const Address& source)
{
    NS_LOG_FUNCTION(this << group << source);
    m_staticJoins.emplace_back(group, source);
    Changed();
}

bool
MulticastInterface::RemoveStaticJoin(const Address& group, const Address& source)
{
    NS_LOG_FUNCTION(this << group << source);
    const bool found = EraseValue(m_staticJoins, {group, source});
    Changed();
    return found;
}

void
MulticastInterface::AddBoundary(Ipv4Address groups, Ipv4Mask mask)
{
    NS_LOG_FUNCTION(this << groups << mask);
    m_boundaries.emplace_back(groups, static_cast<uint8_t>(mask.GetPrefixLength()));
    Changed();
}

void
MulticastInterface::AddBoundary(Ipv6Address groups, Ipv6Prefix prefix)
{
    NS_LOG_FUNCTION(this << groups << prefix);
    m_boundaries.emplace_back(groups, prefix.GetPrefixLength());
    Changed();
}

bool
MulticastInterface::RemoveBoundary(Ipv4Address groups, Ipv4Mask mask)
{
    NS_LOG_FUNCTION(this << groups << mask);
    const bool found = EraseValue(m_boundaries, {groups, static_cast<uint8_t>(mask.GetPrefixLength())});
    Changed();
    return found;
}

bool
MulticastInterface::RemoveBoundary(Ipv6Address groups, Ipv6Prefix prefix)
{
    NS_LOG_FUNCTION(this << groups << prefix);
    const bool found = EraseValue(m_boundaries, {groups, prefix.GetPrefixLength()});
    Changed();
    return found;
}

std::string
MulticastInterface::Validate() const
{
    if (m_values.profile != 3376 && m_values.profile != 9776)
    {
        return "Profile: must be 3376 or 9776, the number of the RFC";
    }
    const auto range = mcast::Prefix::Parse(m_values.ssmRange);
    if (!range || !range->GetAddress().IsIpv4())
    {
        return "SsmRange: '" + m_values.ssmRange + "' is not of the form 232.0.0.0/8";
    }
    const auto ipv6Range = mcast::Prefix::Parse(m_values.ipv6SsmRange);
    if (!ipv6Range || ipv6Range->GetAddress().IsIpv4())
    {
        return "Ipv6SsmRange: '" + m_values.ipv6SsmRange + "' is not of the form ff30::/32";
    }
    const auto isOurs = [this](const std::optional<mcast::Address>& address) {
        return address && address->GetFamily() == ToCore(m_family);
    };
    for (const auto& [groups, length] : m_boundaries)
    {
        if (!isOurs(ToCore(groups)) || !ToCore(groups)->IsMulticast())
        {
            return "AddBoundary: " + ToText(groups) + " is no multicast address" + OfFamily();
        }
    }
    for (const auto& [group, source] : m_staticJoins)
    {
        if (!isOurs(ToCore(group)) || (ToCoreUnlessAny(source) && !isOurs(ToCore(source))))
        {
            return "AddStaticJoin: " + ToText(group) + " or its source is no address" + OfFamily();
        }
    }
    const auto router = MakeRouterConfig(*this).gm.Validate();
    if (!router)
    {
        return DescribeConfigError(router.Error(), m_family);
    }
    if (const auto host = MakeHostConfig(*this).Validate(); !host)
    {
        return DescribeConfigError(host.Error(), m_family);
    }
    if (!ParsePimMode(m_values.pimMode))
    {
        return "PimMode: '" + m_values.pimMode + "' is neither sparse, dense nor sparse-dense";
    }
    const auto pim = MakePimInterfaceConfig(*this).Validate();
    return pim ? std::string() : "Pim" + DescribeConfigError(pim.Error(), m_family);
}

std::string
MulticastInterface::OfFamily() const
{
    return m_family == IPV4 ? " of IPv4" : " of IPv6";
}

const MulticastInterface::Values&
MulticastInterface::GetValues() const
{
    return m_values;
}

const MulticastInterface::StaticJoins&
MulticastInterface::GetStaticJoins() const
{
    return m_staticJoins;
}

const MulticastInterface::Boundaries&
MulticastInterface::GetBoundaries() const
{
    return m_boundaries;
}

void
MulticastInterface::SetChangeCallback(Callback<void> changed)
{
    m_changed = changed;
}

void
MulticastInterface::Changed()
{
    if (!m_changed.IsNull())
    {
        m_changed();
    }
}

} // namespace ns3
