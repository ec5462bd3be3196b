// SPDX-License-Identifier: GPL-2.0-only

#include "yaml-value.h"

#include "failure.h"

#include <cctype>
#include <charconv>
#include <cmath>

namespace mcast::linux_host
{

std::optional<Duration>
ParseDuration(std::string_view text)
{
    double factor = 1e9;
    if (text.size() > 2 && text.substr(text.size() - 2) == "ms")
    {
        factor = 1e6;
        text.remove_suffix(2);
    }
    else if (text.size() > 1 && text.back() == 's')
    {
        text.remove_suffix(1);
    }
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    const double nanoseconds = number * factor;
    if (error != std::errc{} || end != text.data() + text.size() || std::signbit(number) || !(nanoseconds <= 1e18))
    {
        return std::nullopt;
    }
    return Duration{std::llround(nanoseconds)};
}

std::string
KebabCase(std::string_view field)
{
    std::string kebab;
    for (const char c : field)
    {
        if (std::isupper(static_cast<unsigned char>(c)) != 0)
        {
            kebab += '-';
        }
        kebab += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return kebab;
}

YamlValue::YamlValue(const YAML::Node& node, YAML::Mark mark, std::string path, std::string file)
    : m_node(node),
      m_mark(mark),
      m_path(std::move(path)),
      m_file(std::move(file))
{
}

std::string
YamlValue::Place() const
{
    return m_file + ":" + std::to_string(m_mark.line + 1) + ":" + std::to_string(m_mark.column + 1);
}

void
YamlValue::Fail(const std::string& why) const
{
    throw ConfigFailure(Place() + ": " + (m_path.empty() ? "" : m_path + ": ") + why);
}

std::string
YamlValue::Text() const
{
    if (!m_node.IsScalar() || m_node.Scalar().empty())
    {
        Fail("must be a text");
    }
    return m_node.Scalar();
}

bool
YamlValue::Flag() const
{
    bool flag = false;
    if (!m_node.IsScalar() || !YAML::convert<bool>::decode(m_node, flag))
    {
        Fail("must be true or false");
    }
    return flag;
}

std::uint64_t
YamlValue::Number(std::uint64_t minimum, std::uint64_t maximum) const
{
    std::uint64_t number = 0;
    const std::string text = m_node.IsScalar() ? m_node.Scalar() : "";
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || number < minimum ||
        number > maximum)
    {
        Fail("must be a whole number from " + std::to_string(minimum) + " to " + std::to_string(maximum));
    }
    return number;
}

Duration
YamlValue::Time() const
{
    const auto duration = ParseDuration(m_node.IsScalar() ? m_node.Scalar() : "");
    if (!duration)
    {
        Fail("must be a time in seconds such as 125, 1.5 or 125s, or in milliseconds such as 500ms");
    }
    return *duration;
}

namespace
{

/// Does what was read have the family that is wanted?
bool
Fits(const Address& address, std::optional<Family> family)
{
    return !family || address.GetFamily() == *family;
}

std::string
NameOf(std::optional<Family> family)
{
    return !family ? "IPv4 or IPv6" : *family == Family::Ipv4 ? "IPv4" : "IPv6";
}

} // namespace

Address
YamlValue::UnicastAddress(std::optional<Family> family) const
{
    const auto address = Address::Parse(m_node.IsScalar() ? m_node.Scalar() : "");
    if (!address || !Fits(*address, family) || address->IsMulticast() || address->IsUnspecified() ||
        *address == Address::Ipv4(0xffffffff))
    {
        Fail("must be a unicast " + NameOf(family) + " address");
    }
    return *address;
}

Address
YamlValue::GroupAddress(std::optional<Family> family) const
{
    const auto address = Address::Parse(m_node.IsScalar() ? m_node.Scalar() : "");
    if (!address || !Fits(*address, family) || !address->IsMulticast())
    {
        Fail("must be an " + NameOf(family) + " group address");
    }
    if (address->IsLinkScopeMulticast())
    {
        Fail(std::string{"must be a group that is routed, and "} +
             (address->IsIpv4() ? "224.0.0.0/24" : "one of link scope or less") + " never is");
    }
    return *address;
}

Prefix
YamlValue::AddressPrefix(std::optional<Family> family) const
{
    const auto prefix = Prefix::Parse(m_node.IsScalar() ? m_node.Scalar() : "");
    if (!prefix || !Fits(prefix->GetAddress(), family))
    {
        Fail("must be an " + NameOf(family) + " prefix such as " +
             (family == Family::Ipv6 ? "ff3e::/32" : "239.255.0.0/16"));
    }
    return *prefix;
}

std::vector<YamlValue>
YamlValue::List() const
{
    if (!m_node.IsSequence() && !m_node.IsNull())
    {
        Fail("must be a list");
    }
    std::vector<YamlValue> list;
    for (const auto& item : m_node)
    {
        list.emplace_back(item, item.Mark(), m_path + "[" + std::to_string(list.size()) + "]", m_file);
    }
    return list;
}

std::vector<std::pair<std::string, YamlValue>>
YamlValue::Entries() const
{
    if (!m_node.IsMap() && !m_node.IsNull())
    {
        Fail("must be a mapping of keys to values");
    }
    std::vector<std::pair<std::string, YamlValue>> entries;
    std::set<std::string> seen;
    for (const auto& item : m_node)
    {
        if (!item.first.IsScalar())
        {
            Fail("has a key that is no text");
        }
        const auto& key = item.first.Scalar();
        YamlValue value{item.second, item.first.Mark(), m_path.empty() ? key : m_path + "." + key, m_file};
        if (!seen.insert(key).second)
        {
            value.Fail("stands here twice");
        }
        entries.emplace_back(key, std::move(value));
    }
    return entries;
}

YamlValue
YamlValue::ValueOrSelf(const std::string& key) const
{
    for (auto& [name, value] : Entries())
    {
        if (name == key)
        {
            return value;
        }
    }
    return *this;
}

bool
YamlValue::IsMap() const
{
    return m_node.IsMap() || m_node.IsNull();
}

bool
YamlValue::IsScalar() const
{
    return m_node.IsScalar();
}

} // namespace mcast::linux_host
