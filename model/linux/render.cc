// SPDX-License-Identifier: GPL-2.0-only

#include "render.h"

#include "render-cells.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace mcast::linux_host
{

namespace
{

struct Column
{
    const char* title;
    std::string (*cell)(const Json& row);
};

std::string
InterfaceState(const Json& row)
{
    if (!row.at("up").get<bool>())
    {
        return "down";
    }
    for (const char* protocol : {"igmp", "mld"})
    {
        if (!row.value(protocol, true))
        {
            return std::string{"no "} + protocol;
        }
    }
    return row.at("active").get<bool>() ? "active" : "no address";
}

std::string
Querier(const Json& row)
{
    return row.value("is_querier", false) ? "us" : Plain(row, "querier");
}

std::string
Source(const Json& source)
{
    return source.at("source").get<std::string>() + " " +
           (source.at("forwarded").get<bool>() ? Timer(source, "timer") : "blocked");
}

std::string
Output(const Json& output)
{
    const auto threshold = output.at("ttl_threshold").get<int>();
    return output.at("interface").get<std::string>() + (threshold > 1 ? ">" + std::to_string(threshold) : "");
}

const std::vector<Column>&
ColumnsOf(const std::string& command)
{
    static const std::vector<Column> interfaces{
        {"Interface", [](const Json& r) { return Plain(r, "interface"); }},
        {"Address", [](const Json& r) { return Plain(r, "address"); }},
        {"State", InterfaceState},
        {"Version", [](const Json& r) { return Plain(r, "version"); }},
        {"Querier", Querier},
        {"Other-querier", [](const Json& r) { return Timer(r, "other_querier_timer"); }},
        {"Next-query", [](const Json& r) { return Timer(r, "next_query"); }},
        {"Groups", [](const Json& r) { return Plain(r, "groups"); }},
        {"Sources", [](const Json& r) { return Plain(r, "sources"); }},
        {"TTL>", [](const Json& r) { return Plain(r, "ttl_threshold"); }},
    };
    static const std::vector<Column> groups{
        {"Interface", [](const Json& r) { return Plain(r, "interface"); }},
        {"Group", [](const Json& r) { return Plain(r, "group"); }},
        {"Mode", [](const Json& r) { return Plain(r, "mode"); }},
        {"Version", [](const Json& r) { return Plain(r, "version"); }},
        {"Timer", [](const Json& r) { return Timer(r, "group_timer"); }},
        {"Uptime", [](const Json& r) { return Timer(r, "uptime"); }},
        {"Reporter", [](const Json& r) { return Plain(r, "last_reporter"); }},
        {"Static", [](const Json& r) { return std::string{r.at("static").get<bool>() ? "yes" : "-"}; }},
        {"Sources", [](const Json& r) { return Join(r.at("sources"), Source); }},
    };
    static const std::vector<Column> mroute{
        {"Source", [](const Json& r) { return Plain(r, "source"); }},
        {"Group", [](const Json& r) { return Plain(r, "group"); }},
        {"Incoming", [](const Json& r) { return Plain(r, "incoming"); }},
        {"Packets", [](const Json& r) { return Plain(r, "packets"); }},
        {"Bytes", [](const Json& r) { return Plain(r, "bytes"); }},
        {"Wrong", [](const Json& r) { return Plain(r, "wrong_interface"); }},
        {"Outgoing", [](const Json& r) { return Join(r.at("outgoing"), Output); }},
    };
    const auto contains = [&command](const char* word) { return command.find(word) != std::string::npos; };
    return contains(" interfaces") ? interfaces : contains(" mroute") ? mroute : groups;
}

/// Counters that count something, a line each.
std::string
RenderCounters(const std::vector<Json>& rows)
{
    std::vector<Cells> table{{"Interface", "Protocol", "What", "Name", "Count"}};
    for (const auto& row : rows)
    {
        for (const auto& [what, counts] : row.items())
        {
            if (!counts.is_object())
            {
                continue;
            }
            for (const auto& [name, count] : counts.items())
            {
                if (count.get<std::uint64_t>() != 0)
                {
                    const std::string family = row.contains("family") ? " " + Plain(row, "family") : "";
                    table.push_back(
                        {Plain(row, "interface"), Plain(row, "protocol") + family, what, name, count.dump()});
                }
            }
        }
    }
    return RenderTable(table);
}

} // namespace

std::string
RenderTable(const std::vector<Cells>& rows)
{
    std::vector<std::size_t> widths;
    for (const auto& row : rows)
    {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
        {
            widths[i] = std::max(widths[i], row[i].size());
        }
    }
    std::string text;
    for (const auto& row : rows)
    {
        for (std::size_t i = 0; i < row.size(); ++i)
        {
            const bool last = i + 1 == row.size();
            text += row[i] + (last ? "\n" : std::string(widths[i] - row[i].size() + 2, ' '));
        }
    }
    return text;
}

std::string
RenderList(const std::string& command, const std::vector<Json>& rows)
{
    if (command == "show counters")
    {
        return RenderCounters(rows);
    }
    if (command.rfind("show pim ", 0) == 0)
    {
        return RenderTable(PimTable(command, rows));
    }
    const auto& columns = ColumnsOf(command);
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
            cells.push_back(column.cell(row));
        }
        table.push_back(std::move(cells));
    }
    return RenderTable(table);
}

std::string
RenderObject(const Json& row)
{
    std::string text;
    for (const auto& [key, value] : row.items())
    {
        text += key + ": " + Plain(row, key.c_str()) + "\n";
    }
    return text;
}

std::string
RenderEvent(const Json& event)
{
    const double time = event.value("time", 0.0);
    const auto seconds = static_cast<std::time_t>(time);
    std::tm local{};
    localtime_r(&seconds, &local);
    std::array<char, 32> clock{};
    std::strftime(clock.data(), clock.size(), "%H:%M:%S", &local);
    std::array<char, 48> stamp{};
    std::snprintf(stamp.data(), stamp.size(), "%s.%03d", clock.data(),
                  static_cast<int>((time - std::floor(time)) * 1e3));
    std::string text = std::string{stamp.data()} + " " + Plain(event, "interface") + " " + Plain(event, "event");
    for (const auto& [key, value] : event.items())
    {
        if (key != "time" && key != "monotonic" && key != "event" && key != "interface")
        {
            text += " " + key + "=" + Plain(event, key.c_str());
        }
    }
    return text + "\n";
}

} // namespace mcast::linux_host
