// SPDX-License-Identifier: GPL-2.0-only
// A membership router's interface: who listens, as forwarding asks and as users read it.

#include "router-interface.h"

#include <algorithm>

namespace mcast::gm
{

bool
RouterInterface::Forwards(const Address& group, const Address& source) const
{
    if (!m_active)
    {
        return false;
    }
    for (const auto& join : m_config.staticJoins)
    {
        if (join.group == group && (!join.source || *join.source == source))
        {
            return true;
        }
    }
    const auto found = m_groups.find(group);
    return found != m_groups.end() && found->second->Forwards(source);
}

bool
RouterInterface::WantsAnySource(const Address& group) const
{
    if (!m_active)
    {
        return false;
    }
    const auto found = m_groups.find(group);
    return (found != m_groups.end() && found->second->Mode() == FilterMode::Exclude) ||
           std::any_of(m_config.staticJoins.begin(), m_config.staticJoins.end(),
                       [&](const auto& join) { return join.group == group && !join.source; });
}

std::vector<Address>
RouterInterface::IncludedSources(const Address& group) const
{
    std::vector<Address> sources;
    const auto view = m_active && !WantsAnySource(group) ? FindGroup(group) : std::nullopt;
    for (const auto& source : view ? view->sources : std::vector<SourceView>{})
    {
        if (source.forwarded)
        {
            sources.push_back(source.source);
        }
    }
    for (const auto& join : m_config.staticJoins)
    {
        if (m_active && join.group == group && join.source)
        {
            sources.push_back(*join.source);
        }
    }
    return sources;
}

std::vector<Address>
RouterInterface::GroupAddresses() const
{
    std::vector<Address> groups;
    for (const auto& [group, record] : m_groups)
    {
        groups.push_back(group);
    }
    for (const auto& join : m_config.staticJoins)
    {
        groups.push_back(join.group);
    }
    std::sort(groups.begin(), groups.end());
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    return groups;
}

RouterInterfaceView
RouterInterface::View() const
{
    RouterInterfaceView view;
    view.interface = m_id;
    view.family = m_protocol.family;
    view.active = m_active;
    m_querier.FillView(view);
    view.groups = m_groups.size();
    view.sources = m_sourceCount;
    view.counters = m_journal.GetCounters();
    return view;
}

std::vector<GroupView>
RouterInterface::Groups() const
{
    std::vector<GroupView> views;
    views.reserve(m_groups.size());
    for (const auto& [group, record] : m_groups)
    {
        views.push_back(record->View());
    }
    AddStaticJoins(views);
    std::sort(views.begin(), views.end(), [](const auto& a, const auto& b) { return a.group < b.group; });
    return views;
}

std::optional<GroupView>
RouterInterface::FindGroup(const Address& group) const
{
    std::vector<GroupView> views;
    if (const auto found = m_groups.find(group); found != m_groups.end())
    {
        views.push_back(found->second->View());
    }
    AddStaticJoins(views);
    const auto place = std::find_if(views.begin(), views.end(), [&](const auto& view) { return view.group == group; });
    return place == views.end() ? std::nullopt : std::optional(*place);
}

// A static join shows as a record that never expires: EXCLUDE ({},{}) for any source, else a source of an INCLUDE
// record; beside members it only marks their record.
void
RouterInterface::AddStaticJoins(std::vector<GroupView>& views) const
{
    for (const auto& join : m_config.staticJoins)
    {
        auto place =
            std::find_if(views.begin(), views.end(), [&](const auto& view) { return view.group == join.group; });
        if (place == views.end())
        {
            GroupView view;
            view.group = join.group;
            view.version = m_config.version;
            place = views.insert(views.end(), view);
        }
        place->isStatic = true;
        bool listed = false;
        for (auto& known : place->sources)
        {
            const bool joined = !join.source || known.source == *join.source;
            known.forwarded = known.forwarded || joined;
            listed = listed || joined;
        }
        if (!join.source)
        {
            place->mode = FilterMode::Exclude;
        }
        else if (!listed && place->mode == FilterMode::Include)
        {
            place->sources.push_back({*join.source, {}, true});
        }
    }
}

} // namespace mcast::gm
