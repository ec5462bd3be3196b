// SPDX-License-Identifier: GPL-2.0-only
// What the commands of the control socket are answered with: lines of JSON, see commands.h.

#ifndef MCAST_LINUX_ANSWERS_H
#define MCAST_LINUX_ANSWERS_H

#include "control.h"
#include "rows.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mcast::linux_host
{

/// The words of a command after its name.
using Arguments = std::vector<std::string>;

inline std::string
AnswerHeader(const char* kind)
{
    return ToLine({{"answer", kind}});
}

inline ControlAnswer
TextAnswer(std::string text)
{
    return {[text = std::move(text)](std::string& out) {
                out += text;
                return false;
            },
            false};
}

inline ControlAnswer
ObjectAnswer(const Json& row)
{
    return TextAnswer(AnswerHeader("object") + ToLine(row));
}

inline ControlAnswer
Refusal(const std::string& why)
{
    return TextAnswer(ToLine({{"error", why}}));
}

/// A row per item, made when its turn comes.
template <class T, class ToRow>
ControlAnswer
ListAnswer(std::vector<T> items, ToRow toRow)
{
    auto state = std::make_shared<std::pair<std::vector<T>, std::size_t>>(std::move(items), 0);
    return {[state, toRow, begun = false](std::string& out) mutable {
                auto& [rows, next] = *state;
                out += begun ? "" : AnswerHeader("list");
                begun = true;
                if (next < rows.size())
                {
                    out += ToLine(toRow(rows[next++]));
                }
                return next < rows.size();
            },
            false};
}

} // namespace mcast::linux_host

#endif // MCAST_LINUX_ANSWERS_H
