// SPDX-License-Identifier: GPL-2.0-only

#include "ids.h"

namespace mcast::wifi
{

AccessCategory
CategoryOf(std::uint8_t tid)
{
    static constexpr AccessCategory CATEGORIES[] = {
        AccessCategory::BestEffort, AccessCategory::Background, AccessCategory::Background, AccessCategory::BestEffort,
        AccessCategory::Video,      AccessCategory::Video,      AccessCategory::Voice,      AccessCategory::Voice,
    };
    return CATEGORIES[tid & 7];
}

const char*
ToString(DropReason reason)
{
    switch (reason)
    {
    case DropReason::BufferFull:
        return "buffer-full";
    case DropReason::Lifetime:
        return "lifetime";
    case DropReason::NoStations:
        return "no-stations";
    case DropReason::NoMembers:
        return "no-members";
    case DropReason::RetryLimit:
        return "retry-limit";
    case DropReason::Withdrawn:
        return "withdrawn";
    }
    return "";
}

std::string
ToString(const MacAddress& address)
{
    static constexpr char DIGITS[] = "0123456789abcdef";
    std::string text;
    for (const auto octet : address)
    {
        text += text.empty() ? "" : ":";
        text += DIGITS[octet >> 4];
        text += DIGITS[octet & 15];
    }
    return text;
}

} // namespace mcast::wifi
