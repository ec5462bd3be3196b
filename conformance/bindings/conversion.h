// SPDX-License-Identifier: GPL-2.0-only
// Between Python's values and the core's: addresses are str, times are seconds as float, octets are bytes. A value
// that can't be one raises ConfigError, which names the field.

#ifndef MCAST_CONFORMANCE_BINDINGS_CONVERSION_H
#define MCAST_CONFORMANCE_BINDINGS_CONVERSION_H

#include "base/bytes.h"
#include "base/time.h"
#include "base/trace.h"
#include "gm/config.h"
#include "interface.h"
#include "wire/ethernet.h"

#include <pybind11/pybind11.h>
#include <string>
#include <vector>

namespace mcast::python
{

namespace py = pybind11;

/// Thrown here, translated into the Python exception ConfigError(field, why).
struct FieldError
{
    std::string field;
    std::string why;
};

/// Thrown here, translated into the Python exception ListenError(why).
struct ListenRefused
{
    std::string why;
};

/// Makes both known to the module: `ConfigError`, a ValueError with the attributes `field` and `why`, and `ListenError`,
/// a ValueError.
void RegisterErrors(py::module_& module);

/// Throws what the core says about its own fields, by their Python names (queryInterval: query_interval).
void Require(const Expected<Done, gm::ConfigError>& outcome);

Address ToAddress(const std::string& field, py::handle value);
Prefix ToPrefix(const std::string& field, py::handle value);
/// A group with an optional source: "239.1.2.3" or ("232.1.2.3", "10.0.0.1" or None).
gm::StaticJoin ToStaticJoin(const std::string& field, py::handle value);
MacAddress ToMac(const std::string& field, py::handle value);
/// A finite number of seconds, at most about 290 years.
Duration ToDuration(const std::string& field, py::handle value);
bool ToBool(const std::string& field, py::handle value);
/// A whole number from 0 to maximum.
std::uint64_t ToUnsigned(const std::string& field, py::handle value, std::uint64_t maximum);
Family ToFamily(const std::string& field, py::handle value); ///< "ipv4" or "ipv6"
/// Addresses of an interface: None, "address", (address, prefix length), or a list of these.
/// \param prefixLength of those that tell none
std::vector<InterfaceAddress> ToInterfaceAddresses(const std::string& field, py::handle value, py::handle prefixLength);
FilterMode ToFilterMode(const std::string& field, py::handle value);

template <class Function>
auto
ToList(const std::string& field, py::handle value, Function&& convert)
{
    if (py::isinstance<py::str>(value) || !py::isinstance<py::iterable>(value))
    {
        throw FieldError{field, "must be a list"};
    }
    std::vector<decltype(convert(field, value))> list;
    for (const auto item : value)
    {
        list.push_back(convert(field, item));
    }
    return list;
}

double ToSeconds(Duration duration);
double ToSeconds(TimePoint time);
py::bytes ToBytes(BytesView octets);
/// The octets of a bytes object, valid as long as it lives.
BytesView View(const py::bytes& octets);
std::string ToString(const MacAddress& mac);
const char* ToString(FilterMode mode);

/// "received.query-v3", "sent.report-v2", "dropped.bad-checksum"; zeros are left out. Adds to what is there.
void AddCounters(py::dict& into, const Counters& counters);

} // namespace mcast::python

#endif // MCAST_CONFORMANCE_BINDINGS_CONVERSION_H
