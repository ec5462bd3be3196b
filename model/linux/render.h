// SPDX-License-Identifier: GPL-2.0-only
// The daemon's rows as text for people.

#ifndef MCAST_LINUX_RENDER_H
#define MCAST_LINUX_RENDER_H

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mcast::linux_host
{

/// A table with a heading; columns are as wide as their widest cell.
std::string RenderTable(const std::vector<std::vector<std::string>>& rows);

/// The rows of "show igmp interfaces", "show igmp groups" (or mld), "show mroute" and "show counters".
std::string RenderList(const std::string& command, const std::vector<nlohmann::ordered_json>& rows);

/// "name: value" lines.
std::string RenderObject(const nlohmann::ordered_json& row);

/// One line: "12:00:00.123 eth1 group-joined group=239.1.2.3 mode=exclude".
std::string RenderEvent(const nlohmann::ordered_json& event);

} // namespace mcast::linux_host

#endif // MCAST_LINUX_RENDER_H
