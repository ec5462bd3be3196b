// SPDX-License-Identifier: GPL-2.0-only
// Tables of settings by name: what a keyword of Python does to a configuration of the core.

#ifndef MCAST_CONFORMANCE_BINDINGS_SETTERS_H
#define MCAST_CONFORMANCE_BINDINGS_SETTERS_H

#include "conversion.h"

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>

namespace mcast::python
{

template <class Config>
using Setters = std::map<std::string, std::function<void(Config&, const std::string&, py::handle)>>;

/// Setters for one kind of value; `Access` gives the member of the configuration.
template <class Config, class Access>
auto
Time(Access access)
{
    return [access](Config& config, const std::string& field, py::handle value) {
        access(config) = ToDuration(field, value);
    };
}

template <class Config, class Access>
auto
Flag(Access access)
{
    return
        [access](Config& config, const std::string& field, py::handle value) { access(config) = ToBool(field, value); };
}

template <class Config, class Number, class Access>
auto
Whole(Access access)
{
    return [access](Config& config, const std::string& field, py::handle value) {
        access(config) = static_cast<Number>(ToUnsigned(field, value, std::numeric_limits<Number>::max()));
    };
}

/// A value that may be None: the default that the core derives.
template <class Config, class Access>
auto
MaybeTime(Access access)
{
    return [access](Config& config, const std::string& field, py::handle value) {
        access(config) = value.is_none() ? std::nullopt : std::optional(ToDuration(field, value));
    };
}

template <class Config, class Access>
auto
MaybeAddress(Access access)
{
    return [access](Config& config, const std::string& field, py::handle value) {
        access(config) = value.is_none() ? std::nullopt : std::optional(ToAddress(field, value));
    };
}

/// \param fields a dict or keywords; throws FieldError for a name that is in no table
template <class Config>
Config
Apply(Config config, const Setters<Config>& setters, const py::dict& fields)
{
    for (const auto& [key, value] : fields)
    {
        const auto field = key.template cast<std::string>();
        const auto setter = setters.find(field);
        if (setter == setters.end())
        {
            throw FieldError{field, "there is no such setting"};
        }
        setter->second(config, field, value);
    }
    return config;
}

} // namespace mcast::python

#endif // MCAST_CONFORMANCE_BINDINGS_SETTERS_H
