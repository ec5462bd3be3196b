// SPDX-License-Identifier: GPL-2.0-only
// A YAML value that knows its place in the file and the keys that lead to it, so that whatever is wrong with it is
// told as "file:line:column: key: why".

#ifndef MCAST_LINUX_YAML_VALUE_H
#define MCAST_LINUX_YAML_VALUE_H

#include "base/address.h"
#include "base/time.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <yaml-cpp/yaml.h>

namespace mcast::linux_host
{

/// "125", "1.5", "125s": seconds; "500ms". None if it is anything else or above 10^9 s.
std::optional<Duration> ParseDuration(std::string_view text);

/// "queryInterval" -> "query-interval": how a field of the core's structs is called in the file.
std::string KebabCase(std::string_view field);

class YamlValue
{
  public:
    YamlValue(const YAML::Node& node, YAML::Mark mark, std::string path, std::string file);

    /// \throws ConfigFailure always
    [[noreturn]] void Fail(const std::string& why) const;

    std::string Place() const; ///< "file:line:column"

    // Each throws ConfigFailure unless the value is of the type.

    std::string Text() const;
    bool Flag() const;
    std::uint64_t Number(std::uint64_t minimum, std::uint64_t maximum) const;
    Duration Time() const;
    // Without a family: either.

    Address UnicastAddress(std::optional<Family> family = std::nullopt) const;
    Address GroupAddress(std::optional<Family> family = std::nullopt) const; ///< routable: not of link scope
    Prefix AddressPrefix(std::optional<Family> family = std::nullopt) const;
    std::vector<YamlValue> List() const;

    /// The keys and values of a mapping, in the file's order; an empty value is an empty mapping. A key that stands
    /// twice fails.
    std::vector<std::pair<std::string, YamlValue>> Entries() const;

    /// The value of a key, or this one if the key is absent: where to point at.
    YamlValue ValueOrSelf(const std::string& key) const;

    bool IsMap() const;
    bool IsScalar() const;

    /// A key and what it does with its value.
    template <class T>
    using Keys = std::vector<std::pair<const char*, std::function<void(T&, const YamlValue&)>>>;

    /// Hands each value of this mapping to its key's row; a key without one fails.
    template <class T>
    void Read(T& target, const Keys<T>& keys) const
    {
        for (const auto& [name, value] : Entries())
        {
            auto row = keys.begin();
            while (row != keys.end() && name != row->first)
            {
                ++row;
            }
            if (row == keys.end())
            {
                std::string known;
                for (const auto& key : keys)
                {
                    known += (known.empty() ? "" : ", ") + std::string{key.first};
                }
                value.Fail("unknown key; known here: " + known);
            }
            row->second(target, value);
        }
    }

  private:
    YAML::Node m_node;
    YAML::Mark m_mark;
    std::string m_path;
    std::string m_file;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_YAML_VALUE_H
