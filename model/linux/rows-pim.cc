// SPDX-License-Identifier: GPL-2.0-only

#include "rows-pim.h"

#include "pim/names.h"

namespace mcast::linux_host
{

namespace
{

Json
OrNull(const Address& address)
{
    return address.IsUnspecified() ? Json(nullptr) : Json(address.ToString());
}

template <class T>
Json
OrNull(const std::optional<T>& value)
{
    return value ? Json(*value) : Json(nullptr);
}

const char*
NameOf(pim::TreeView::Kind kind)
{
    switch (kind)
    {
    case pim::TreeView::Kind::StarG:
        return "starg";
    case pim::TreeView::Kind::SG:
        return "sg";
    case pim::TreeView::Kind::SGRpt:
        return "sgrpt";
    case pim::TreeView::Kind::Dense:
        return "dense";
    }
    return "";
}

/// What every row of a tree begins with.
Json
TreeRow(const pim::TreeView& tree)
{
    return {
        {"family", FamilyName(tree.group.GetFamily())},
        {"kind", NameOf(tree.kind)},
        {"source", tree.source.IsUnspecified() ? "*" : tree.source.ToString()},
        {"group", tree.group.ToString()},
    };
}

Json
InterfaceName(const RouterHost& host, const std::optional<InterfaceId>& interface)
{
    return interface ? Json(host.NameOf(*interface)) : Json(nullptr);
}

Json
LanPruneDelayRow(const std::optional<pim::LanPruneDelay>& delay)
{
    if (!delay)
    {
        return nullptr;
    }
    return {
        {"tracking", delay->trackingSupport},
        {"propagation_delay", delay->propagationDelay / 1e3},
        {"override_interval", delay->overrideInterval / 1e3},
    };
}

/// What dense mode has besides; the Join timer is its Override Timer.
void
AddDense(Json& row, const pim::TreeView& tree)
{
    row["upstream_state"] = ToString(tree.upstreamState);
    row["prune_limit_timer"] = ToSeconds(tree.pruneLimitTimer);
    row["graft_retry_timer"] = ToSeconds(tree.graftRetryTimer);
    row["originator"] = tree.originator;
    row["state_refresh_timer"] = ToSeconds(tree.stateRefreshTimer);
}

} // namespace

Json
PimInterfaceRow(const std::string& interface, const pim::InterfaceView& view)
{
    return {
        {"family", FamilyName(view.family)},
        {"interface", interface},
        {"mode", ToString(view.mode)},
        {"active", view.active},
        {"address", OrNull(view.address)},
        {"dr", OrNull(view.designatedRouter)},
        {"is_dr", view.isDesignatedRouter},
        {"dr_priority", view.drPriority},
        {"generation_id", view.generationId},
        {"neighbors", view.neighbors},
        {"next_hello", ToSeconds(view.nextHello)},
        {"propagation_delay", ToSeconds(view.propagationDelay)},
        {"override_interval", ToSeconds(view.overrideInterval)},
        {"join_suppression", view.joinSuppression},
        {"state_refresh_capable", view.stateRefreshCapable},
    };
}

Json
PimNeighborRow(const std::string& interface, Family family, const pim::NeighborView& view)
{
    Json secondary = Json::array();
    for (const auto& address : view.secondaryAddresses)
    {
        secondary.push_back(address.ToString());
    }
    return {
        {"family", FamilyName(family)},
        {"interface", interface},
        {"address", view.address.ToString()},
        {"uptime", ToSeconds(view.uptime)},
        {"expires", view.forever ? Json(nullptr) : Json(ToSeconds(view.expires))},
        {"dr_priority", OrNull(view.drPriority)},
        {"generation_id", OrNull(view.generationId)},
        {"lan_prune_delay", LanPruneDelayRow(view.lanPruneDelay)},
        {"state_refresh_interval", OrNull(view.stateRefreshInterval)},
        {"secondary", secondary},
    };
}

Json
PimRpRow(Family family, const pim::RpView& view)
{
    return {
        {"family", FamilyName(family)},
        {"groups", view.groups.ToString()},
        {"rp", view.rp.ToString()},
        {"origin", ToString(view.origin)},
        {"is_us", view.isUs},
        {"priority", view.priority},
        {"holdtime", ToSeconds(view.holdtime)},
        {"expires", ToSeconds(view.expires)},
    };
}

Json
PimBootstrapRow(Family family, const pim::BootstrapView& view)
{
    return {
        {"family", FamilyName(family)},
        {"zone", view.zone ? Json(view.zone->ToString()) : Json(nullptr)},
        {"state", ToString(view.state)},
        {"bsr", OrNull(view.bsr)},
        {"priority", view.priority},
        {"hash_mask_length", view.hashMaskLength},
        {"fragment_tag", view.fragmentTag},
        {"bootstrap_timer", ToSeconds(view.bootstrapTimer)},
        {"candidate_rp_timer", ToSeconds(view.candidateRpTimer)},
    };
}

Json
PimUpstreamRow(const RouterHost& host, const pim::TreeView& tree)
{
    auto row = TreeRow(tree);
    row["rp"] = OrNull(tree.rp);
    row["joined"] = tree.joined;
    row["join_desired"] = tree.joinDesired;
    row["rpf_interface"] = InterfaceName(host, tree.rpfInterface);
    row["upstream"] = OrNull(tree.upstream);
    row["next_hop"] = OrNull(tree.nextHop);
    row["join_timer"] = ToSeconds(tree.joinTimer);
    row["keepalive"] = ToSeconds(tree.keepalive);
    row["spt"] = tree.sptBit;
    row["register"] = ToString(tree.registerState);
    row["register_stop_timer"] = ToSeconds(tree.registerStopTimer);
    if (tree.kind == pim::TreeView::Kind::Dense)
    {
        AddDense(row, tree);
    }
    row["uptime"] = ToSeconds(tree.uptime);
    return row;
}

Json
PimDownstreamRow(const RouterHost& host, const pim::TreeView& tree, const pim::TreeInterfaceView& interface)
{
    auto row = TreeRow(tree);
    row["interface"] = host.NameOf(interface.interface);
    row["state"] = ToString(interface.state);
    row["expires"] = interface.forever ? Json(nullptr) : Json(ToSeconds(interface.expires));
    row["prune_pending"] = ToSeconds(interface.prunePending);
    row["members"] = interface.localMembers;
    row["outgoing"] = interface.outgoing;
    return row;
}

Json
PimAssertRow(const RouterHost& host, const pim::TreeView& tree, const pim::TreeInterfaceView& interface)
{
    auto row = TreeRow(tree);
    row["interface"] = host.NameOf(interface.interface);
    row["state"] = ToString(interface.assertState);
    row["winner"] = OrNull(interface.assertWinner);
    row["preference"] = interface.winnerPreference;
    row["metric"] = interface.winnerMetric;
    row["timer"] = ToSeconds(interface.assertTimer);
    row["could_assert"] = interface.couldAssert;
    return row;
}

Json
PimMrouteRow(const RouterHost& host, const pim::TreeView& tree, const ForwardingChange* entry)
{
    auto row = TreeRow(tree);
    row["rp"] = OrNull(tree.rp);
    row["incoming"] = entry != nullptr && entry->incoming.value != 0 ? Json(host.NameOf(entry->incoming))
                                                                     : InterfaceName(host, tree.rpfInterface);
    row["upstream"] = OrNull(tree.upstream);
    row["joined"] = tree.joined;
    row["spt"] = tree.sptBit;
    Json outgoing = Json::array();
    if (entry != nullptr)
    {
        for (const auto& output : entry->outgoing)
        {
            outgoing.push_back(host.NameOf(output.interface));
        }
    }
    for (const auto& interface : tree.interfaces)
    {
        if (entry == nullptr && interface.outgoing)
        {
            outgoing.push_back(host.NameOf(interface.interface));
        }
    }
    row["outgoing"] = std::move(outgoing);
    row["uptime"] = ToSeconds(tree.uptime);
    return row;
}

} // namespace mcast::linux_host
