// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-pim.h"

#include "multicast-config.h"
#include "multicast-convert.h"
#include "multicast-node-impl.h"
#include "multicast-node.h"

#include "core/pim/names.h"

#include "ns3/boolean.h"
#include "ns3/log.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <iterator>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MulticastPim");

NS_OBJECT_ENSURE_REGISTERED(MulticastPim);

// As in MulticastInterface.
#define MULTICAST_ATTRIBUTE(name, help, value, kind, field, ...)                                                       \
    AddAttribute(name, help, value,                                                                                    \
                 Make##kind##Accessor(&MulticastPim::Set<&Values::field>, &MulticastPim::Get<&Values::field>),         \
                 Make##kind##Checker __VA_ARGS__)

TypeId
MulticastPim::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MulticastPim")
            .SetParent<Object>()
            .SetGroupName("Multicast")
            .AddConstructor<MulticastPim>()
            .MULTICAST_ATTRIBUTE("AllInterfaces",
                                 "Run PIM on all interfaces; else on those whose attribute Pim is set.",
                                 BooleanValue(false), Boolean, allInterfaces, ())
            .MULTICAST_ATTRIBUTE("JoinPrunePeriod", "Time between periodic Join/Prune messages (s).",
                                 TimeValue(Seconds(60)), Time, joinPrunePeriod, ())
            .MULTICAST_ATTRIBUTE("JoinPruneHoldtime",
                                 "How long a Join is to hold (s); 0: 3.5 times the period; 65535 s and more: for ever.",
                                 TimeValue(Seconds(0)), Time, joinPruneHoldtime, ())
            .MULTICAST_ATTRIBUTE("KeepalivePeriod", "How long (S,G) state stays without data (s).",
                                 TimeValue(Seconds(210)), Time, keepalivePeriod, ())
            .MULTICAST_ATTRIBUTE("RegisterSuppressionTime",
                                 "How long a first-hop router sends no Registers after a Register-Stop (s).",
                                 TimeValue(Seconds(60)), Time, registerSuppressionTime, ())
            .MULTICAST_ATTRIBUTE("RegisterProbeTime",
                                 "How long before the end of that time it asks with a Null-Register (s).",
                                 TimeValue(Seconds(5)), Time, registerProbeTime, ())
            .MULTICAST_ATTRIBUTE("AssertTime", "How long an Assert holds (s).", TimeValue(Seconds(180)), Time,
                                 assertTime, ())
            .MULTICAST_ATTRIBUTE("AssertOverrideInterval", "How long before that the winner repeats it (s).",
                                 TimeValue(Seconds(3)), Time, assertOverrideInterval, ())
            .MULTICAST_ATTRIBUTE("SptSwitchover",
                                 "When a router with members goes over from the RP's tree to the source's: "
                                 "\"immediately\", \"never\", or from a data rate on, as in \"64kbps\".",
                                 StringValue("immediately"), String, sptSwitchover, ())
            .MULTICAST_ATTRIBUTE("SsmRange",
                                 "Source-specific groups, as address/length; empty: 232.0.0.0/8, of IPv6 ff3x::/32 "
                                 "(RFC 4607 1); a length of 0: none.",
                                 StringValue(""), String, ssmRange, ())
            .MULTICAST_ATTRIBUTE("EmbeddedRp", "A group of ff70::/12 names its RP (RFC 3956).", BooleanValue(true),
                                 Boolean, embeddedRp, ())
            .MULTICAST_ATTRIBUTE("RegisterSource",
                                 "Address of this router that Registers are sent from; empty: that of the source's "
                                 "link, of IPv6 a global one.",
                                 StringValue(""), String, registerSource, ())
            .MULTICAST_ATTRIBUTE("OfferPacking",
                                 "As RP take many Null-Registers in one message, and say so (RFC 9465).",
                                 BooleanValue(false), Boolean, offerPacking, ())
            .MULTICAST_ATTRIBUTE("Bootstrap", "Take Bootstrap messages, and pass them on (RFC 5059).",
                                 BooleanValue(true), Boolean, bootstrap, ())
            .MULTICAST_ATTRIBUTE("AcceptUnicastBootstrap",
                                 "Take a Bootstrap message that a neighbour sends to this router at its start.",
                                 BooleanValue(true), Boolean, acceptUnicastBootstrap, ())
            .MULTICAST_ATTRIBUTE("SendUnicastBootstrap", "Send such messages to new neighbours.", BooleanValue(false),
                                 Boolean, sendUnicastBootstrap, ())
            .MULTICAST_ATTRIBUTE("BootstrapPeriod", "Time between the BSR's messages (s).", TimeValue(Seconds(60)),
                                 Time, bootstrapPeriod, ())
            .MULTICAST_ATTRIBUTE("BootstrapMinInterval", "Least time between the BSR's messages (s).",
                                 TimeValue(Seconds(10)), Time, bootstrapMinInterval, ())
            .MULTICAST_ATTRIBUTE("BootstrapTimeout",
                                 "How long a BSR that is silent stays BSR (s); 0: twice the period and 10 s.",
                                 TimeValue(Seconds(0)), Time, bootstrapTimeout, ())
            .MULTICAST_ATTRIBUTE("ScopeZoneTimeout", "How long a zone without a BSR is remembered (s).",
                                 TimeValue(Seconds(1300)), Time, scopeZoneTimeout, ())
            .MULTICAST_ATTRIBUTE("CandidateRpPeriod", "Time between the advertisements of a candidate RP (s).",
                                 TimeValue(Seconds(60)), Time, candidateRpPeriod, ())
            .MULTICAST_ATTRIBUTE("PruneLimit",
                                 "Time before which, while data goes on, a neighbour is sent no second Prune of the "
                                 "same source and group (s).",
                                 TimeValue(Seconds(210)), Time, pruneLimit, ())
            .MULTICAST_ATTRIBUTE("GraftRetryPeriod", "Time until a Graft that nobody answered is repeated (s).",
                                 TimeValue(Seconds(3)), Time, graftRetryPeriod, ())
            .MULTICAST_ATTRIBUTE("MaxGraftRetries", "How often it is at most; 0: no end.", UintegerValue(0), Uinteger,
                                 maxGraftRetries, <uint32_t>())
            .MULTICAST_ATTRIBUTE("SourceLifetime",
                                 "How long a first-hop router in dense mode remembers a source without data (s).",
                                 TimeValue(Seconds(210)), Time, sourceLifetime, ())
            .MULTICAST_ATTRIBUTE("StateRefresh",
                                 "In dense mode originate State Refreshes, forward those of others, and tell so in "
                                 "Hellos: prunes hold while data flows. Else all data is flooded again when they end.",
                                 BooleanValue(true), Boolean, stateRefresh, ())
            .MULTICAST_ATTRIBUTE("StateRefreshInterval",
                                 "Time between State Refreshes that this router originates: whole seconds, 1 to 255.",
                                 TimeValue(Seconds(60)), Time, stateRefreshInterval, ())
            .MULTICAST_ATTRIBUTE("StateRefreshLimit",
                                 "Least time between State Refreshes of a source and group that are forwarded (s); "
                                 "half of the interval that they tell, if that is less.",
                                 TimeValue(Seconds(30)), Time, stateRefreshLimit, ())
            .MULTICAST_ATTRIBUTE("StateRefreshTtl",
                                 "TTL of State Refreshes: how far they go; 0: the greatest of the source's packets.",
                                 UintegerValue(0), Uinteger, stateRefreshTtl, <uint8_t>())
            .MULTICAST_ATTRIBUTE("MaxStates", "Most (*,G), (S,G) and (S,G,rpt) together, and most (S,G) of dense mode.",
                                 UintegerValue(1000000), Uinteger, maxStates, <uint32_t>())
            .MULTICAST_ATTRIBUTE("MaxStatesPerNeighbor",
                                 "Most of those that one neighbour may have made.",
                                 UintegerValue(500000), Uinteger, maxStatesPerNeighbor, <uint32_t>())
            .MULTICAST_ATTRIBUTE("MaxRps", "Most pairs of a range of groups and an RP that are learned.",
                                 UintegerValue(1000), Uinteger, maxRps, <uint32_t>())
            .AddTraceSource("Neighbor", "A neighbour is new, or gone.",
                            MakeTraceSourceAccessor(&MulticastPim::m_neighborTrace),
                            "ns3::MulticastPim::NeighborTracedCallback")
            .AddTraceSource("DesignatedRouter", "An interface has another Designated Router.",
                            MakeTraceSourceAccessor(&MulticastPim::m_designatedRouterTrace),
                            "ns3::MulticastPim::DesignatedRouterTracedCallback")
            .AddTraceSource("Message", "A message of PIM is sent or received, and was understood.",
                            MakeTraceSourceAccessor(&MulticastPim::m_messageTrace),
                            "ns3::MulticastPim::MessageTracedCallback")
            .AddTraceSource("Change", "Trees, Asserts, Registers or the set of RPs have changed.",
                            MakeTraceSourceAccessor(&MulticastPim::m_changeTrace),
                            "ns3::MulticastPim::ChangeTracedCallback");
    return tid;
}

#undef MULTICAST_ATTRIBUTE

MulticastPim::MulticastPim()
    : m_node(nullptr),
      m_family(MulticastInterface::IPV4)
{
    NS_LOG_FUNCTION(this);
}

MulticastPim::~MulticastPim()
{
    NS_LOG_FUNCTION(this);
}

void
MulticastPim::DoDispose()
{
    NS_LOG_FUNCTION(this);
    m_node = nullptr;
    m_changed = Callback<void>();
    Object::DoDispose();
}

MulticastPim::Family
MulticastPim::GetFamily() const
{
    return m_family;
}

void
MulticastPim::Attach(const MulticastNode* node, Family family, Callback<void> changed)
{
    NS_LOG_FUNCTION(this << node << family);
    m_node = node;
    m_family = family;
    m_changed = changed;
}

void
MulticastPim::Changed()
{
    if (!m_changed.IsNull())
    {
        m_changed();
    }
}

// Configuration

void
MulticastPim::AddStaticRp(const Address& rp, const std::string& groups, bool overridesBsr)
{
    NS_LOG_FUNCTION(this << rp << groups << overridesBsr);
    m_staticRps.push_back({rp, groups, overridesBsr});
    Changed();
}

bool
MulticastPim::RemoveStaticRp(const Address& rp, const std::string& groups)
{
    NS_LOG_FUNCTION(this << rp << groups);
    const auto found = std::find_if(m_staticRps.begin(), m_staticRps.end(), [&](const StaticRp& one) {
        return one.rp == rp && one.groups == groups;
    });
    if (found == m_staticRps.end())
    {
        return false;
    }
    m_staticRps.erase(found);
    Changed();
    return true;
}

void
MulticastPim::SetCandidateBsr(uint8_t priority, const Address& address, uint8_t hashMaskLength, const std::string& zone)
{
    NS_LOG_FUNCTION(this << +priority << address << +hashMaskLength << zone);
    m_candidateBsr.assign(1, {address, priority, hashMaskLength, zone});
    Changed();
}

void
MulticastPim::ClearCandidateBsr()
{
    NS_LOG_FUNCTION(this);
    m_candidateBsr.clear();
    Changed();
}

void
MulticastPim::AddCandidateRp(const std::vector<std::string>& groups, uint8_t priority, const Address& address,
                             Time holdtime)
{
    NS_LOG_FUNCTION(this << groups.size() << +priority << address << holdtime);
    m_candidateRps.push_back({address, priority, groups, holdtime});
    Changed();
}

void
MulticastPim::ClearCandidateRps()
{
    NS_LOG_FUNCTION(this);
    m_candidateRps.clear();
    Changed();
}

void
MulticastPim::AddDenseGroups(const std::string& groups)
{
    NS_LOG_FUNCTION(this << groups);
    m_denseGroups.push_back(groups);
    Changed();
}

void
MulticastPim::ClearDenseGroups()
{
    NS_LOG_FUNCTION(this);
    m_denseGroups.clear();
    Changed();
}

std::string
MulticastPim::Validate() const
{
    if (auto wrong = ValidatePimTexts(*this); !wrong.empty())
    {
        return wrong;
    }
    const auto valid = MakePimRouterConfig(*this).Validate();
    return valid ? std::string() : DescribePimConfigError(valid.Error());
}

const MulticastPim::Values&
MulticastPim::GetValues() const
{
    return m_values;
}

const std::vector<MulticastPim::StaticRp>&
MulticastPim::GetStaticRps() const
{
    return m_staticRps;
}

const std::vector<MulticastPim::CandidateBsr>&
MulticastPim::GetCandidateBsrs() const
{
    return m_candidateBsr;
}

const std::vector<MulticastPim::CandidateRp>&
MulticastPim::GetCandidateRps() const
{
    return m_candidateRps;
}

const std::vector<std::string>&
MulticastPim::GetDenseGroups() const
{
    return m_denseGroups;
}

// State

namespace
{

// The router side of a node; none before the simulation starts, or when the node is gone.
const mcast::Router*
RouterOf(const MulticastNode* node)
{
    return node ? MulticastCoreAccess::GetRouter(*node) : nullptr;
}

// 0.0.0.0 or :: where the core has no address.
Address
FromCoreOrAny(const mcast::Address& address, mcast::Family family)
{
    return FromCore(address.IsUnspecified() ? mcast::Address::Any(family) : address);
}

template <class View, class Make>
auto
ConvertAll(const std::vector<View>& views, Make make)
{
    std::vector<decltype(make(views.front()))> made;
    made.reserve(views.size());
    std::transform(views.begin(), views.end(), std::back_inserter(made), make);
    return made;
}

MulticastPim::Neighbor
ToNeighbor(uint32_t interface, const mcast::pim::NeighborView& view)
{
    MulticastPim::Neighbor neighbor;
    neighbor.interface = interface;
    neighbor.address = FromCore(view.address);
    neighbor.hasDrPriority = view.drPriority.has_value();
    neighbor.drPriority = view.drPriority.value_or(0);
    neighbor.expires = FromCore(view.expires);
    neighbor.uptime = FromCore(view.uptime);
    neighbor.secondaryAddresses =
        ConvertAll(view.secondaryAddresses, [](const mcast::Address& address) { return FromCore(address); });
    neighbor.stateRefreshInterval = Seconds(view.stateRefreshInterval.value_or(0));
    return neighbor;
}

MulticastPim::Tree::Kind
ToKind(mcast::pim::TreeView::Kind kind)
{
    switch (kind)
    {
    case mcast::pim::TreeView::Kind::StarG:
        return MulticastPim::Tree::STAR_G;
    case mcast::pim::TreeView::Kind::SG:
        return MulticastPim::Tree::SG;
    case mcast::pim::TreeView::Kind::SGRpt:
        return MulticastPim::Tree::SG_RPT;
    case mcast::pim::TreeView::Kind::Dense:
        return MulticastPim::Tree::DENSE;
    }
    return MulticastPim::Tree::STAR_G;
}

MulticastPim::TreeInterface
ToTreeInterface(const mcast::pim::TreeInterfaceView& view, mcast::Family family)
{
    MulticastPim::TreeInterface interface;
    interface.interface = FromCore(view.interface);
    interface.state = ToString(view.state);
    interface.expires = FromCore(view.expires);
    interface.forever = view.forever;
    interface.prunePending = FromCore(view.prunePending);
    interface.assertState = ToString(view.assertState);
    interface.assertWinner = FromCoreOrAny(view.assertWinner, family);
    interface.winnerPreference = view.winnerPreference;
    interface.winnerMetric = view.winnerMetric;
    interface.assertTimer = FromCore(view.assertTimer);
    interface.localMembers = view.localMembers;
    interface.outgoing = view.outgoing;
    return interface;
}

// What only trees of dense mode have.
void
FillDense(const mcast::pim::TreeView& view, MulticastPim::Tree& tree)
{
    tree.upstreamState = ToString(view.upstreamState);
    tree.pruneLimitTimer = FromCore(view.pruneLimitTimer);
    tree.graftRetryTimer = FromCore(view.graftRetryTimer);
    tree.originator = view.originator;
    tree.stateRefreshTimer = FromCore(view.stateRefreshTimer);
}

MulticastPim::Tree
ToTree(const mcast::pim::TreeView& view)
{
    const auto family = view.group.GetFamily();
    MulticastPim::Tree tree;
    tree.kind = ToKind(view.kind);
    tree.source = FromCoreOrAny(view.source, family);
    tree.group = FromCore(view.group);
    tree.rp = FromCoreOrAny(view.rp, family);
    tree.joined = view.joined;
    tree.hasIncoming = view.rpfInterface.has_value();
    tree.incoming = view.rpfInterface ? FromCore(*view.rpfInterface) : 0;
    tree.upstream = FromCoreOrAny(view.upstream, family);
    tree.joinTimer = FromCore(view.joinTimer);
    tree.keepalive = FromCore(view.keepalive);
    tree.sptBit = view.sptBit;
    tree.registerState = ToString(view.registerState);
    tree.uptime = FromCore(view.uptime);
    if (tree.kind == MulticastPim::Tree::DENSE)
    {
        FillDense(view, tree);
    }
    for (const auto& one : view.interfaces)
    {
        tree.interfaces.push_back(ToTreeInterface(one, family));
        if (one.outgoing)
        {
            tree.outgoing.push_back(FromCore(one.interface));
        }
        if (one.assertState == mcast::pim::AssertState::Loser)
        {
            tree.lost.push_back(FromCore(one.interface));
        }
    }
    return tree;
}

void
PrintTree(std::ostream& os, const MulticastPim::Tree& tree)
{
    os << "    (" << (tree.kind == MulticastPim::Tree::STAR_G ? "*" : ToText(tree.source)) << ", "
       << ToText(tree.group) << (tree.kind == MulticastPim::Tree::SG_RPT ? ", rpt)" : ")")
       << (tree.kind == MulticastPim::Tree::DENSE ? " dense " + tree.upstreamState : tree.joined ? " joined" : "")
       << (tree.sptBit ? " spt" : "") << (tree.originator ? " originator" : "");
    if (tree.hasIncoming)
    {
        os << " from " << (tree.incoming == MulticastInterface::REGISTER_INTERFACE ? "register" : "interface ");
        if (tree.incoming != MulticastInterface::REGISTER_INTERFACE)
        {
            os << tree.incoming;
        }
    }
    os << " to";
    for (const auto out : tree.outgoing)
    {
        os << " " << out;
    }
    os << "\n";
}

} // namespace

std::vector<MulticastPim::InterfaceState>
MulticastPim::GetInterfaces() const
{
    const auto* router = RouterOf(m_node);
    if (!router)
    {
        return {};
    }
    return ConvertAll(router->PimInterfaces(ToCore(m_family)), [](const mcast::pim::InterfaceView& view) {
        InterfaceState state;
        state.interface = FromCore(view.interface);
        state.mode = ToString(view.mode);
        state.active = view.active;
        state.address = FromCoreOrAny(view.address, view.family);
        state.designatedRouter = FromCoreOrAny(view.designatedRouter, view.family);
        state.isDesignatedRouter = view.isDesignatedRouter;
        state.neighbors = static_cast<uint32_t>(view.neighbors);
        state.stateRefreshCapable = view.stateRefreshCapable;
        return state;
    });
}

std::vector<MulticastPim::Neighbor>
MulticastPim::GetNeighbors() const
{
    std::vector<Neighbor> neighbors;
    const auto* router = RouterOf(m_node);
    const auto family = ToCore(m_family);
    for (const auto& interface : GetInterfaces())
    {
        for (const auto& view : router->PimNeighbors(ToCoreInterface(family, interface.interface), family))
        {
            neighbors.push_back(ToNeighbor(interface.interface, view));
        }
    }
    return neighbors;
}

std::vector<MulticastPim::Rp>
MulticastPim::GetRps() const
{
    const auto* router = RouterOf(m_node);
    if (!router)
    {
        return {};
    }
    return ConvertAll(router->PimRps(ToCore(m_family)), [](const mcast::pim::RpView& view) {
        return Rp{FromCore(view.rp), view.groups.ToString(), view.origin == mcast::pim::RpOrigin::Bootstrap,
                  view.isUs,         view.priority,          FromCore(view.expires)};
    });
}

Address
MulticastPim::GetRp(const Address& group) const
{
    const auto* router = RouterOf(m_node);
    const auto of = ToCore(group);
    const auto rp = router && of ? router->PimRp(*of) : std::nullopt;
    return FromCore(rp.value_or(mcast::Address::Any(ToCore(m_family))));
}

std::vector<MulticastPim::Bootstrap>
MulticastPim::GetBootstrap() const
{
    const auto* router = RouterOf(m_node);
    if (!router)
    {
        return {};
    }
    const auto family = ToCore(m_family);
    return ConvertAll(router->PimBootstrap(family), [family](const mcast::pim::BootstrapView& view) {
        return Bootstrap{ToString(view.state), view.zone ? view.zone->ToString() : std::string(),
                         FromCoreOrAny(view.bsr, family), view.priority};
    });
}

std::vector<MulticastPim::Tree>
MulticastPim::GetTrees() const
{
    const auto* router = RouterOf(m_node);
    return router ? ConvertAll(router->PimTrees(ToCore(m_family)), ToTree) : std::vector<Tree>();
}

std::vector<MulticastPim::Tree>
MulticastPim::GetTrees(const Address& group) const
{
    const auto* router = RouterOf(m_node);
    const auto of = ToCore(group);
    return router && of ? ConvertAll(router->PimTrees(ToCore(m_family), of), ToTree) : std::vector<Tree>();
}

std::size_t
MulticastPim::GetNTrees() const
{
    const auto* router = RouterOf(m_node);
    return router ? router->PimTreeCounts(ToCore(m_family)).Total() : 0;
}

void
MulticastPim::Print(std::ostream& os) const
{
    const auto interfaces = GetInterfaces();
    if (interfaces.empty())
    {
        return;
    }
    os << "  PIM of " << (m_family == MulticastInterface::IPV4 ? "IPv4" : "IPv6") << "\n";
    for (const auto& interface : interfaces)
    {
        os << "   interface " << interface.interface << ", Designated Router " << ToText(interface.designatedRouter)
           << (interface.isDesignatedRouter ? " (this node)" : "")
           << (interface.mode == "sparse" ? "" : ", " + interface.mode) << "\n";
    }
    for (const auto& neighbor : GetNeighbors())
    {
        os << "   neighbour " << ToText(neighbor.address) << " on interface " << neighbor.interface << "\n";
    }
    for (const auto& rp : GetRps())
    {
        os << "   RP " << ToText(rp.rp) << " for " << rp.groups << (rp.fromBootstrap ? " by the BSR" : "")
           << (rp.isUs ? " (this node)" : "") << "\n";
    }
    for (const auto& tree : GetTrees())
    {
        PrintTree(os, tree);
    }
}

} // namespace ns3
