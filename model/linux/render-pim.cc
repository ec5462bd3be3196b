// SPDX-License-Identifier: GPL-2.0-only
// The tables of "show pim ...".

#include "render-cells.h"

namespace mcast::linux_host
{

namespace
{

using ToCell = std::string (*)(const Json& row, const char* key);

struct Column
{
    const char* title;
    const char* key;
    ToCell cell = Plain;
};

std::string
Flag(const Json& row, const char* key)
{
    return row.value(key, false) ? "yes" : "-";
}

/// A timer that doesn't run for ever, or does: null.
std::string
TimerOrNever(const Json& row, const char* key)
{
    return row.contains(key) && row.at(key).is_null() ? "never" : Timer(row, key);
}

/// 0 is a time here.
std::string
Seconds(const Json& row, const char* key)
{
    const auto text = Timer(row, key);
    return text == "-" ? "0.0" : text;
}

std::string
Names(const Json& row, const char* key)
{
    return row.contains(key) ? Join(row.at(key), [](const Json& name) { return name.get<std::string>(); }) : "-";
}

std::string
DesignatedRouter(const Json& row, const char* key)
{
    return row.value("is_dr", false) ? "us" : Plain(row, key);
}

std::string
Upstream(const Json& row, const char*)
{
    return row.value("upstream_state", row.value("joined", false) ? "joined" : "not-joined");
}

/// (*,G) rows: "*, 239.1.2.3"; of (S,G,rpt) "10.0.0.1, 239.1.2.3, rpt", of dense mode "10.0.0.1, 239.1.2.3, dense".
std::string
Tree(const Json& row, const char*)
{
    const auto kind = row.value("kind", "");
    return Plain(row, "source") + ", " + Plain(row, "group") +
           (kind == "sgrpt"   ? ", rpt"
            : kind == "dense" ? ", dense"
                              : "");
}

std::string
Register(const Json& row, const char* key)
{
    const auto state = Plain(row, key);
    return state == "no-info" ? "-" : state;
}

const std::vector<Column>&
ColumnsOf(const std::string& what)
{
    static const std::vector<std::pair<std::string, std::vector<Column>>> tables{
        {"interfaces",
         {{"Interface", "interface"},
          {"Address", "address"},
          {"Mode", "mode"},
          {"DR", "dr", DesignatedRouter},
          {"DR-priority", "dr_priority"},
          {"Neighbors", "neighbors"},
          {"Next-hello", "next_hello", Timer},
          {"Override", "override_interval", Seconds},
          {"Refresh", "state_refresh_capable", Flag},
          {"Active", "active", Flag}}},
        {"neighbors",
         {{"Interface", "interface"},
          {"Neighbor", "address"},
          {"Uptime", "uptime", Timer},
          {"Expires", "expires", TimerOrNever},
          {"DR-priority", "dr_priority"},
          {"Generation-ID", "generation_id"},
          {"Refresh", "state_refresh_interval"},
          {"Secondary", "secondary", Names}}},
        {"rp",
         {{"Groups", "groups"},
          {"RP", "rp"},
          {"Origin", "origin"},
          {"Us", "is_us", Flag},
          {"Priority", "priority"},
          {"Expires", "expires", Timer}}},
        {"bsr",
         {{"Family", "family"},
          {"Zone", "zone"},
          {"BSR", "bsr"},
          {"State", "state"},
          {"Priority", "priority"},
          {"Hash-mask", "hash_mask_length"},
          {"Timer", "bootstrap_timer", Timer},
          {"Next-advertisement", "candidate_rp_timer", Timer}}},
        {"upstream",
         {{"Tree", "source", Tree},
          {"RPF-interface", "rpf_interface"},
          {"Upstream", "upstream"},
          {"State", "joined", Upstream},
          {"Join-timer", "join_timer", Timer},
          {"Keepalive", "keepalive", Timer},
          {"SPT", "spt", Flag},
          {"Register", "register", Register},
          {"RP", "rp"},
          {"Uptime", "uptime", Timer}}},
        {"dense",
         {{"Tree", "source", Tree},
          {"RPF-interface", "rpf_interface"},
          {"Upstream", "upstream"},
          {"State", "joined", Upstream},
          {"Prune-limit", "prune_limit_timer", Timer},
          {"Graft-retry", "graft_retry_timer", Timer},
          {"Override", "join_timer", Timer},
          {"Data", "keepalive", Timer},
          {"Originator", "originator", Flag},
          {"Next-refresh", "state_refresh_timer", Timer},
          {"Uptime", "uptime", Timer}}},
        {"downstream",
         {{"Tree", "source", Tree},
          {"Interface", "interface"},
          {"State", "state"},
          {"Expires", "expires", TimerOrNever},
          {"Prune-pending", "prune_pending", Timer},
          {"Members", "members", Flag},
          {"Outgoing", "outgoing", Flag}}},
        {"assert",
         {{"Tree", "source", Tree},
          {"Interface", "interface"},
          {"State", "state"},
          {"Winner", "winner"},
          {"Preference", "preference"},
          {"Metric", "metric"},
          {"Timer", "timer", Timer}}},
        {"mroute",
         {{"Tree", "source", Tree},
          {"Incoming", "incoming"},
          {"Upstream", "upstream"},
          {"Joined", "joined", Flag},
          {"SPT", "spt", Flag},
          {"Outgoing", "outgoing", Names}}},
    };
    for (const auto& [name, columns] : tables)
    {
        if (name == what)
        {
            return columns;
        }
    }
    return tables.front().second;
}

} // namespace

std::vector<Cells>
PimTable(const std::string& command, const std::vector<Json>& rows)
{
    const auto& columns = ColumnsOf(command.substr(command.rfind(' ') + 1));
    std::vector<Cells> table(1);
    for (const auto& column : columns)
    {
        table[0].push_back(column.title);
    }
    for (const auto& row : rows)
    {
        Cells cells;
        for (const auto& column : columns)
        {
            cells.push_back(column.cell(row, column.key));
        }
        table.push_back(std::move(cells));
    }
    return table;
}

} // namespace mcast::linux_host
