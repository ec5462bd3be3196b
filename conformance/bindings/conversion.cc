// SPDX-License-Identifier: GPL-2.0-only

#include "conversion.h"

#include <cctype>
#include <cmath>
#include <cstdio>

namespace mcast::python
{

namespace
{

std::string
Repr(py::handle value)
{
    return py::repr(value).cast<std::string>();
}

template <class T>
T
Cast(const std::string& field, py::handle value, const char* what)
{
    try
    {
        return value.cast<T>();
    }
    catch (const py::cast_error&)
    {
        throw FieldError{field, Repr(value) + " is not " + what};
    }
}

std::string
ToSnakeCase(const std::string& name)
{
    std::string text;
    for (const char c : name)
    {
        const bool upper = std::isupper(static_cast<unsigned char>(c)) != 0;
        text += upper ? std::string("_") + static_cast<char>(std::tolower(c)) : std::string(1, c);
    }
    return text;
}

// The exception classes; they live as long as the interpreter.
py::handle g_configError;
py::handle g_listenError;

py::handle
MakeException(py::module_& module, const char* name, const char* doc)
{
    const auto full = module.attr("__name__").cast<std::string>() + "." + name;
    const py::handle type = PyErr_NewExceptionWithDoc(full.c_str(), doc, PyExc_ValueError, nullptr);
    module.attr(name) = type;
    return type;
}

void
Translate(std::exception_ptr pointer)
{
    try
    {
        if (pointer)
        {
            std::rethrow_exception(pointer);
        }
    }
    catch (const FieldError& error)
    {
        py::object exception = g_configError(error.field + ": " + error.why);
        exception.attr("field") = error.field;
        exception.attr("why") = error.why;
        PyErr_SetObject(g_configError.ptr(), exception.ptr());
    }
    catch (const ListenRefused& refused)
    {
        PyErr_SetString(g_listenError.ptr(), refused.why.c_str());
    }
}

} // namespace

void
RegisterErrors(py::module_& module)
{
    g_configError = MakeException(module, "ConfigError", "A setting is refused; attributes: field, why.");
    g_listenError = MakeException(module, "ListenError", "A socket may not listen to what it asked for.");
    py::register_local_exception_translator(&Translate);
}

void
Require(const Expected<Done, gm::ConfigError>& outcome)
{
    if (!outcome)
    {
        throw FieldError{ToSnakeCase(outcome.Error().field), outcome.Error().why};
    }
}

Address
ToAddress(const std::string& field, py::handle value)
{
    const auto address = Address::Parse(Cast<std::string>(field, value, "an address"));
    if (!address)
    {
        throw FieldError{field, Repr(value) + " is not an address"};
    }
    return *address;
}

Prefix
ToPrefix(const std::string& field, py::handle value)
{
    const auto prefix = Prefix::Parse(Cast<std::string>(field, value, "a prefix"));
    if (!prefix)
    {
        throw FieldError{field, Repr(value) + " is not a prefix"};
    }
    return *prefix;
}

gm::StaticJoin
ToStaticJoin(const std::string& field, py::handle value)
{
    if (py::isinstance<py::str>(value))
    {
        return {ToAddress(field, value), std::nullopt};
    }
    const auto pair = Cast<std::pair<py::object, py::object>>(field, value, "a group or a (group, source)");
    const auto group = ToAddress(field, pair.first);
    return {group, pair.second.is_none() ? std::nullopt : std::optional(ToAddress(field, pair.second))};
}

MacAddress
ToMac(const std::string& field, py::handle value)
{
    const auto text = Cast<std::string>(field, value, "an Ethernet address");
    MacAddress mac{};
    int end = 0;
    const int found = std::sscanf(text.c_str(), "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
                                  &mac[3], &mac[4], &mac[5], &end);
    if (found != 6 || static_cast<std::size_t>(end) != text.size())
    {
        throw FieldError{field, Repr(value) + " is not an Ethernet address"};
    }
    return mac;
}

Duration
ToDuration(const std::string& field, py::handle value)
{
    const auto seconds = Cast<double>(field, value, "a number of seconds");
    if (!std::isfinite(seconds) || std::abs(seconds) > 9e9)
    {
        throw FieldError{field, Repr(value) + " is no time that a clock can tell"};
    }
    return Duration{std::llround(seconds * 1e9)};
}

bool
ToBool(const std::string& field, py::handle value)
{
    if (!py::isinstance<py::bool_>(value))
    {
        throw FieldError{field, Repr(value) + " is neither True nor False"};
    }
    return value.cast<bool>();
}

std::uint64_t
ToUnsigned(const std::string& field, py::handle value, std::uint64_t maximum)
{
    const auto number = Cast<std::uint64_t>(field, value, "a whole number from zero up");
    if (number > maximum)
    {
        throw FieldError{field, Repr(value) + " is above " + std::to_string(maximum)};
    }
    return number;
}

Family
ToFamily(const std::string& field, py::handle value)
{
    const auto text = Cast<std::string>(field, value, "a family");
    if (text != "ipv4" && text != "ipv6")
    {
        throw FieldError{field, Repr(value) + " is neither 'ipv4' nor 'ipv6'"};
    }
    return text == "ipv4" ? Family::Ipv4 : Family::Ipv6;
}

namespace
{

InterfaceAddress
ToInterfaceAddress(const std::string& field, py::handle value, py::handle prefixLength)
{
    if (py::isinstance<py::tuple>(value))
    {
        const auto pair = Cast<std::pair<py::object, py::object>>(field, value, "an (address, prefix length)");
        return ToInterfaceAddress(field, pair.first, pair.second);
    }
    const auto address = ToAddress(field, value);
    const auto length = ToUnsigned("prefix_length", prefixLength, address.IsIpv4() ? 32 : 128);
    return {address, static_cast<std::uint8_t>(length)};
}

} // namespace

std::vector<InterfaceAddress>
ToInterfaceAddresses(const std::string& field, py::handle value, py::handle prefixLength)
{
    if (value.is_none())
    {
        return {};
    }
    if (!py::isinstance<py::list>(value))
    {
        return {ToInterfaceAddress(field, value, prefixLength)};
    }
    std::vector<InterfaceAddress> addresses;
    for (const auto& one : value)
    {
        addresses.push_back(ToInterfaceAddress(field, one, prefixLength));
    }
    return addresses;
}

FilterMode
ToFilterMode(const std::string& field, py::handle value)
{
    const auto text = Cast<std::string>(field, value, "a filter mode");
    if (text != "include" && text != "exclude")
    {
        throw FieldError{field, Repr(value) + " is neither 'include' nor 'exclude'"};
    }
    return text == "include" ? FilterMode::Include : FilterMode::Exclude;
}

double
ToSeconds(Duration duration)
{
    return static_cast<double>(duration.count()) / 1e9;
}

double
ToSeconds(TimePoint time)
{
    return ToSeconds(time.time_since_epoch());
}

py::bytes
ToBytes(BytesView octets)
{
    return {reinterpret_cast<const char*>(octets.Data()), octets.Size()};
}

BytesView
View(const py::bytes& octets)
{
    return {reinterpret_cast<const std::uint8_t*>(PyBytes_AS_STRING(octets.ptr())),
            static_cast<std::size_t>(PyBytes_GET_SIZE(octets.ptr()))};
}

std::string
ToString(const MacAddress& mac)
{
    char text[18];
    std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    return text;
}

const char*
ToString(FilterMode mode)
{
    return mode == FilterMode::Include ? "include" : "exclude";
}

void
AddCounters(py::dict& into, const Counters& counters)
{
    const auto add = [&](const std::string& name, std::uint64_t value) {
        if (value > 0)
        {
            const auto before = into.contains(name) ? into[name.c_str()].cast<std::uint64_t>() : 0;
            into[name.c_str()] = before + value;
        }
    };
    for (std::size_t i = 0; i < N_MESSAGE_KINDS; ++i)
    {
        const auto kind = static_cast<MessageKind>(i);
        add(std::string("received.") + mcast::ToString(kind), counters.received[i]);
        add(std::string("sent.") + mcast::ToString(kind), counters.sent[i]);
    }
    for (std::size_t i = 0; i < N_REASONS; ++i)
    {
        add(std::string("dropped.") + mcast::ToString(static_cast<Reason>(i)), counters.dropped[i]);
    }
}

} // namespace mcast::python
