// SPDX-License-Identifier: GPL-2.0-only

#include "read-out.h"

#include "gm/protocol.h"

namespace mcast::python
{

namespace
{

py::object
ToText(const Address& address)
{
    return address.IsUnspecified() ? py::object(py::none()) : py::str(address.ToString());
}

py::dict
ToDict(const gm::GroupView& group)
{
    py::dict sources;
    py::list blocked;
    for (const auto& source : group.sources)
    {
        if (source.forwarded)
        {
            sources[py::str(source.source.ToString())] = ToSeconds(source.expires);
        }
        else
        {
            blocked.append(source.source.ToString());
        }
    }
    py::dict dict;
    dict["group"] = group.group.ToString();
    dict["mode"] = ToString(group.mode);
    dict["sources"] = sources;
    dict["blocked"] = blocked;
    dict["version"] = gm::ProtocolOf(group.group.GetFamily()).Number(group.version);
    dict["expires"] = ToSeconds(group.expires);
    dict["uptime"] = ToSeconds(group.uptime);
    dict["last_reporter"] = ToText(group.lastReporter);
    dict["static"] = group.isStatic;
    return dict;
}

void
Fill(py::dict& dict, const gm::RouterInterfaceView& view)
{
    dict["active"] = view.active;
    dict["version"] = gm::ProtocolOf(view.family).Number(view.version);
    dict["is_querier"] = view.isQuerier;
    dict["querier"] = ToText(view.querier);
    dict["other_querier_expires"] = ToSeconds(view.otherQuerierExpires);
    dict["next_query"] = ToSeconds(view.nextQuery);
    dict["rv"] = view.robustness;
    dict["qi"] = ToSeconds(view.queryInterval);
    dict["qri"] = ToSeconds(view.queryResponseInterval);
    dict["lmqi"] = ToSeconds(view.lastMemberQueryInterval);
    dict["gmi"] = ToSeconds(view.groupMembershipInterval);
    dict["groups"] = view.groups;
    dict["sources"] = view.sources;
}

} // namespace

py::list
ReadGroups(const Router* router, InterfaceId interface, Family family)
{
    py::list list;
    if (router)
    {
        for (const auto& group : router->Groups(interface, family))
        {
            list.append(ToDict(group));
        }
    }
    return list;
}

py::list
ReadHostGroups(const Host& host, InterfaceId interface, Family family)
{
    py::list list;
    for (const auto& group : host.Groups(interface, family))
    {
        py::list sources;
        for (const auto& source : group.sources)
        {
            sources.append(source.ToString());
        }
        py::dict dict;
        dict["group"] = group.group.ToString();
        dict["mode"] = ToString(group.mode);
        dict["sources"] = sources;
        list.append(dict);
    }
    return list;
}

py::dict
ReadInterface(const Host& host, const Router* router, InterfaceId interface, const Counters& ip, Family family)
{
    py::dict dict;
    py::dict counters;
    AddCounters(counters, ip);
    const auto member = host.FindInterface(interface, family);
    if (const auto view = router ? router->FindInterface(interface, family) : std::nullopt)
    {
        Fill(dict, *view);
        AddCounters(counters, view->counters);
    }
    else if (member && !router)
    {
        dict["active"] = member->active;
        dict["version"] = gm::ProtocolOf(family).Number(member->configuredVersion);
        dict["groups"] = member->groups;
        AddCounters(counters, member->counters);
    }
    if (member)
    {
        dict["compatibility"] = gm::ProtocolOf(family).Number(member->compatibility);
    }
    dict["counters"] = counters;
    return dict;
}

py::list
ReadForwarding(const Mfc& cache)
{
    py::list list;
    for (const auto& [key, entry] : cache.Snapshot())
    {
        py::list outgoing;
        for (const auto& out : entry.outgoing)
        {
            outgoing.append(py::make_tuple(out.interface.value, out.ttlThreshold));
        }
        py::dict dict;
        dict["source"] = ToText(key.source);
        dict["group"] = key.group.ToString();
        dict["incoming"] = entry.incoming.value;
        dict["outgoing"] = outgoing;
        dict["packets"] = entry.counters.packets;
        dict["bytes"] = entry.counters.bytes;
        dict["wrong_interface"] = entry.counters.wrongInterface;
        list.append(dict);
    }
    return list;
}

} // namespace mcast::python
