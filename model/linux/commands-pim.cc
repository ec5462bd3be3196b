// SPDX-License-Identifier: GPL-2.0-only

#include "commands-pim.h"

#include "rows-pim.h"

#include <algorithm>

namespace mcast::linux_host
{

namespace
{

/// What the arguments of a command say.
struct Scope
{
    std::vector<Family> families{FAMILIES.begin(), FAMILIES.end()};
    std::optional<Address> group;
    std::string error; ///< empty: they are fine
};

Scope
ReadScope(const Arguments& arguments)
{
    Scope scope;
    for (const auto& word : arguments)
    {
        const auto address = Address::Parse(word);
        if (word == FamilyName(Family::Ipv4) || word == FamilyName(Family::Ipv6))
        {
            scope.families = {word == FamilyName(Family::Ipv4) ? Family::Ipv4 : Family::Ipv6};
        }
        else if (address && address->IsMulticast())
        {
            scope.group = address;
        }
        else
        {
            scope.error = "no family and no group: " + word;
        }
    }
    if (scope.group)
    {
        const auto family = scope.group->GetFamily();
        const bool fits = std::count(scope.families.begin(), scope.families.end(), family) != 0;
        scope.families = fits ? std::vector<Family>{family} : std::vector<Family>{};
    }
    return scope;
}

/// The rows of each family that the arguments name, one after the other. \param rows makes those of a family
template <class MakeRows>
ControlAnswer
RowsByFamily(const Arguments& arguments, MakeRows makeRows)
{
    const auto scope = ReadScope(arguments);
    if (!scope.error.empty())
    {
        return Refusal(scope.error);
    }
    std::vector<Json> rows;
    for (const auto family : scope.families)
    {
        makeRows(family, scope, rows);
    }
    return ListAnswer(std::move(rows), [](const Json& row) { return row; });
}

/// All trees that the arguments name; `toLines` appends the lines of one. Trees are copied first and told one by one.
template <class ToLines>
ControlAnswer
TreeAnswer(const RouterHost& host, const Arguments& arguments, ToLines toLines)
{
    const auto scope = ReadScope(arguments);
    if (!scope.error.empty())
    {
        return Refusal(scope.error);
    }
    auto trees = std::make_shared<std::vector<pim::TreeView>>();
    for (const auto family : scope.families)
    {
        auto more = host.GetRouter().PimTrees(family, scope.group);
        std::move(more.begin(), more.end(), std::back_inserter(*trees));
    }
    return {[trees, toLines, next = std::size_t{0}](std::string& out) mutable {
                out += next == 0 ? AnswerHeader("list") : "";
                if (next < trees->size())
                {
                    toLines((*trees)[next], out);
                }
                return ++next < trees->size();
            },
            false};
}

bool
HasDownstreamState(const pim::TreeView& tree, const pim::TreeInterfaceView& interface)
{
    const bool floods = tree.kind == pim::TreeView::Kind::Dense && interface.outgoing;
    return interface.state != pim::DownstreamState::NoInfo || interface.localMembers || floods;
}

} // namespace

ControlAnswer
ShowPimInterfaces(const RouterHost& host, Log&, const Arguments& arguments)
{
    return RowsByFamily(arguments, [&host](Family family, const Scope&, std::vector<Json>& rows) {
        for (const auto& view : host.GetRouter().PimInterfaces(family))
        {
            rows.push_back(PimInterfaceRow(host.NameOf(view.interface), view));
        }
    });
}

ControlAnswer
ShowPimNeighbors(const RouterHost& host, Log&, const Arguments& arguments)
{
    return RowsByFamily(arguments, [&host](Family family, const Scope&, std::vector<Json>& rows) {
        for (const auto& [id, managed] : host.Interfaces())
        {
            for (const auto& view : host.GetRouter().PimNeighbors(id, family))
            {
                rows.push_back(PimNeighborRow(managed.state.name, family, view));
            }
        }
    });
}

ControlAnswer
ShowPimRps(const RouterHost& host, Log&, const Arguments& arguments)
{
    return RowsByFamily(arguments, [&host](Family family, const Scope& scope, std::vector<Json>& rows) {
        if (scope.group)
        {
            const auto rp = host.GetRouter().PimRp(*scope.group);
            rows.push_back({{"family", FamilyName(family)},
                            {"groups", scope.group->ToString()},
                            {"rp", rp ? Json(rp->ToString()) : Json(nullptr)}});
            return;
        }
        for (const auto& view : host.GetRouter().PimRps(family))
        {
            rows.push_back(PimRpRow(family, view));
        }
    });
}

ControlAnswer
ShowPimBootstrap(const RouterHost& host, Log&, const Arguments& arguments)
{
    return RowsByFamily(arguments, [&host](Family family, const Scope&, std::vector<Json>& rows) {
        for (const auto& view : host.GetRouter().PimBootstrap(family))
        {
            rows.push_back(PimBootstrapRow(family, view));
        }
    });
}

ControlAnswer
ShowPimUpstream(const RouterHost& host, Log&, const Arguments& arguments)
{
    return TreeAnswer(host, arguments, [&host](const pim::TreeView& tree, std::string& out) {
        out += ToLine(PimUpstreamRow(host, tree));
    });
}

ControlAnswer
ShowPimDense(const RouterHost& host, Log&, const Arguments& arguments)
{
    return TreeAnswer(host, arguments, [&host](const pim::TreeView& tree, std::string& out) {
        out += tree.kind == pim::TreeView::Kind::Dense ? ToLine(PimUpstreamRow(host, tree)) : "";
    });
}

ControlAnswer
ShowPimDownstream(const RouterHost& host, Log&, const Arguments& arguments)
{
    return TreeAnswer(host, arguments, [&host](const pim::TreeView& tree, std::string& out) {
        for (const auto& interface : tree.interfaces)
        {
            out += HasDownstreamState(tree, interface) ? ToLine(PimDownstreamRow(host, tree, interface)) : "";
        }
    });
}

ControlAnswer
ShowPimAssert(const RouterHost& host, Log&, const Arguments& arguments)
{
    return TreeAnswer(host, arguments, [&host](const pim::TreeView& tree, std::string& out) {
        for (const auto& interface : tree.interfaces)
        {
            const bool any = interface.assertState != pim::AssertState::NoInfo;
            out += any ? ToLine(PimAssertRow(host, tree, interface)) : "";
        }
    });
}

ControlAnswer
ShowPimMroute(const RouterHost& host, Log&, const Arguments& arguments)
{
    using Key = std::pair<Address, Address>;
    auto entries = std::make_shared<std::map<Key, ForwardingChange>>();
    for (auto& entry : host.GetRouter().ForwardingEntries())
    {
        const Key key{entry.source, entry.group};
        entries->emplace(key, std::move(entry));
    }
    return TreeAnswer(host, arguments, [&host, entries](const pim::TreeView& tree, std::string& out) {
        const auto entry = entries->find({tree.source, tree.group});
        const bool ofSource = tree.kind == pim::TreeView::Kind::SG || tree.kind == pim::TreeView::Kind::Dense;
        const bool forwards = ofSource && entry != entries->end();
        out += ToLine(PimMrouteRow(host, tree, forwards ? &entry->second : nullptr));
    });
}

ControlAnswer
ShowPimSummary(const RouterHost& host, Log&, const Arguments& arguments)
{
    const auto scope = ReadScope(arguments);
    if (!scope.error.empty())
    {
        return Refusal(scope.error);
    }
    std::size_t interfaces = 0;
    std::size_t neighbors = 0;
    pim::TreeCounts trees;
    for (const auto family : scope.families)
    {
        for (const auto& view : host.GetRouter().PimInterfaces(family))
        {
            ++interfaces;
            neighbors += view.neighbors;
        }
        const auto counts = host.GetRouter().PimTreeCounts(family);
        trees.starG += counts.starG;
        trees.sG += counts.sG;
        trees.sGRpt += counts.sGRpt;
        trees.dense += counts.dense;
    }
    return ObjectAnswer({{"interfaces", interfaces},
                         {"neighbors", neighbors},
                         {"starg", trees.starG},
                         {"sg", trees.sG},
                         {"sgrpt", trees.sGRpt},
                         {"dense", trees.dense}});
}

} // namespace mcast::linux_host
