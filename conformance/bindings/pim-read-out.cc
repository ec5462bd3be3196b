// SPDX-License-Identifier: GPL-2.0-only

#include "pim-read-out.h"

#include "pim/names.h"

namespace mcast::python
{

namespace
{

py::object
ToText(const Address& address)
{
    return address.IsUnspecified() ? py::object(py::none()) : py::str(address.ToString());
}

template <class T>
py::object
ToNumber(const std::optional<T>& value)
{
    return value ? py::object(py::int_(*value)) : py::object(py::none());
}

py::object
ToText(const std::optional<Prefix>& prefix)
{
    return prefix ? py::object(py::str(prefix->ToString())) : py::object(py::none());
}

py::dict
ToDict(const pim::NeighborView& view)
{
    py::dict dict;
    dict["address"] = view.address.ToString();
    dict["generation_id"] = ToNumber(view.generationId);
    dict["dr_priority"] = ToNumber(view.drPriority);
    dict["lan_prune_delay"] = py::none();
    if (view.lanPruneDelay)
    {
        const auto& delay = *view.lanPruneDelay;
        dict["lan_prune_delay"] = py::make_tuple(delay.trackingSupport, delay.propagationDelay, delay.overrideInterval);
    }
    py::list secondary;
    for (const auto& address : view.secondaryAddresses)
    {
        secondary.append(address.ToString());
    }
    dict["secondary"] = secondary;
    dict["state_refresh_interval"] = ToNumber(view.stateRefreshInterval);
    dict["expires"] = view.forever ? py::object(py::none()) : py::float_(ToSeconds(view.expires));
    dict["uptime"] = ToSeconds(view.uptime);
    return dict;
}

const char*
ToString(pim::TreeView::Kind kind)
{
    switch (kind)
    {
    case pim::TreeView::Kind::StarG:
        return "*,G";
    case pim::TreeView::Kind::SG:
        return "S,G";
    case pim::TreeView::Kind::SGRpt:
        return "S,G,rpt";
    case pim::TreeView::Kind::Dense:
        return "S,G,dense";
    }
    return "";
}

py::dict
ToDict(const pim::TreeInterfaceView& view)
{
    py::dict dict;
    dict["interface"] = view.interface.value;
    dict["state"] = ToString(view.state);
    dict["expires"] = view.forever ? py::object(py::none()) : py::float_(ToSeconds(view.expires));
    dict["prune_pending"] = ToSeconds(view.prunePending);
    dict["assert_state"] = ToString(view.assertState);
    dict["assert_winner"] = ToText(view.assertWinner);
    dict["winner_preference"] = view.winnerPreference;
    dict["winner_metric"] = view.winnerMetric;
    dict["assert_timer"] = ToSeconds(view.assertTimer);
    dict["could_assert"] = view.couldAssert;
    dict["local_members"] = view.localMembers;
    dict["outgoing"] = view.outgoing;
    return dict;
}

void
AddDense(py::dict& dict, const pim::TreeView& view)
{
    dict["upstream_state"] = ToString(view.upstreamState);
    dict["prune_limit_timer"] = ToSeconds(view.pruneLimitTimer);
    dict["graft_retry_timer"] = ToSeconds(view.graftRetryTimer);
    dict["originator"] = view.originator;
    dict["state_refresh_timer"] = ToSeconds(view.stateRefreshTimer);
}

py::dict
ToDict(const pim::TreeView& view)
{
    py::dict dict;
    dict["kind"] = ToString(view.kind);
    dict["group"] = view.group.ToString();
    dict["source"] = ToText(view.source);
    dict["rp"] = ToText(view.rp);
    dict["joined"] = view.joined;
    dict["join_desired"] = view.joinDesired;
    dict["upstream"] = ToText(view.upstream);
    dict["next_hop"] = ToText(view.nextHop);
    dict["rpf_interface"] = view.rpfInterface ? py::object(py::int_(view.rpfInterface->value)) : py::object(py::none());
    dict["join_timer"] = ToSeconds(view.joinTimer);
    dict["keepalive"] = ToSeconds(view.keepalive);
    dict["spt_bit"] = view.sptBit;
    dict["register_state"] = ToString(view.registerState);
    dict["register_stop_timer"] = ToSeconds(view.registerStopTimer);
    if (view.kind == pim::TreeView::Kind::Dense)
    {
        AddDense(dict, view);
    }
    dict["uptime"] = ToSeconds(view.uptime);
    py::list interfaces;
    for (const auto& one : view.interfaces)
    {
        interfaces.append(ToDict(one));
    }
    dict["interfaces"] = interfaces;
    return dict;
}

} // namespace

py::dict
ReadPimInterface(const Router* router, InterfaceId interface, Family family)
{
    py::dict dict;
    for (const auto& view : router ? router->PimInterfaces(family) : std::vector<pim::InterfaceView>{})
    {
        if (view.interface != interface)
        {
            continue;
        }
        dict["active"] = view.active;
        dict["address"] = ToText(view.address);
        dict["dr"] = ToText(view.designatedRouter);
        dict["is_dr"] = view.isDesignatedRouter;
        dict["dr_priority"] = view.drPriority;
        dict["generation_id"] = view.generationId;
        dict["next_hello"] = ToSeconds(view.nextHello);
        dict["propagation_delay"] = ToSeconds(view.propagationDelay);
        dict["override_interval"] = ToSeconds(view.overrideInterval);
        dict["join_suppression"] = view.joinSuppression;
        dict["mode"] = ToString(view.mode);
        dict["state_refresh_capable"] = view.stateRefreshCapable;
        dict["neighbors"] = view.neighbors;
        py::dict counters;
        AddCounters(counters, view.counters);
        dict["counters"] = counters;
    }
    return dict;
}

py::list
ReadPimNeighbors(const Router* router, InterfaceId interface, Family family)
{
    py::list list;
    for (const auto& view : router ? router->PimNeighbors(interface, family) : std::vector<pim::NeighborView>{})
    {
        list.append(ToDict(view));
    }
    return list;
}

py::list
ReadPimRps(const Router* router, Family family)
{
    py::list list;
    for (const auto& view : router ? router->PimRps(family) : std::vector<pim::RpView>{})
    {
        py::dict dict;
        dict["rp"] = view.rp.ToString();
        dict["groups"] = view.groups.ToString();
        dict["origin"] = ToString(view.origin);
        dict["is_us"] = view.isUs;
        dict["priority"] = view.priority;
        dict["holdtime"] = ToSeconds(view.holdtime);
        dict["expires"] = ToSeconds(view.expires);
        list.append(dict);
    }
    return list;
}

py::object
ReadPimRp(const Router* router, const Address& group)
{
    const auto rp = router ? router->PimRp(group) : std::nullopt;
    return rp ? ToText(*rp) : py::object(py::none());
}

py::list
ReadPimBootstrap(const Router* router, Family family)
{
    py::list list;
    for (const auto& view : router ? router->PimBootstrap(family) : std::vector<pim::BootstrapView>{})
    {
        py::dict dict;
        dict["state"] = ToString(view.state);
        dict["zone"] = ToText(view.zone);
        dict["bsr"] = ToText(view.bsr);
        dict["priority"] = view.priority;
        dict["hash_mask_length"] = view.hashMaskLength;
        dict["fragment_tag"] = view.fragmentTag;
        dict["bootstrap_timer"] = ToSeconds(view.bootstrapTimer);
        dict["candidate_rp_timer"] = ToSeconds(view.candidateRpTimer);
        list.append(dict);
    }
    return list;
}

py::list
ReadPimTrees(const Router* router, Family family, const std::optional<Address>& group)
{
    py::list list;
    for (const auto& view : router ? router->PimTrees(family, group) : std::vector<pim::TreeView>{})
    {
        list.append(ToDict(view));
    }
    return list;
}

} // namespace mcast::python
