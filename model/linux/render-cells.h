// SPDX-License-Identifier: GPL-2.0-only
// Cells of tables, from JSON.

#ifndef MCAST_LINUX_RENDER_CELLS_H
#define MCAST_LINUX_RENDER_CELLS_H

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mcast::linux_host
{

using Json = nlohmann::ordered_json;
using Cells = std::vector<std::string>;

/// A value as text: the word of a text, "-" for what is absent.
inline std::string
Plain(const Json& row, const char* key)
{
    const auto found = row.find(key);
    if (found == row.end() || found->is_null())
    {
        return "-";
    }
    return found->is_string() ? found->get<std::string>() : found->dump();
}

inline std::string
Timer(const Json& row, const char* key)
{
    const auto found = row.find(key);
    if (found == row.end() || found->get<double>() <= 0)
    {
        return "-";
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", found->get<double>());
    return text.data();
}

template <class ToText>
std::string
Join(const Json& list, ToText toText)
{
    std::string text;
    for (const auto& item : list)
    {
        text += (text.empty() ? "" : ", ") + toText(item);
    }
    return text.empty() ? "-" : text;
}

/// The table of a "show pim ..." command, its heading first.
std::vector<Cells> PimTable(const std::string& command, const std::vector<Json>& rows);

} // namespace mcast::linux_host

#endif // MCAST_LINUX_RENDER_CELLS_H
