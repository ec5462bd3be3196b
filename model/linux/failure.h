// SPDX-License-Identifier: GPL-2.0-only
// What ends the daemon, or keeps it from starting. Nothing that a peer sends leads here.

#ifndef MCAST_LINUX_FAILURE_H
#define MCAST_LINUX_FAILURE_H

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace mcast::linux_host
{

/// The system refused something that the daemon can't do without: exit status 1.
class RuntimeFailure : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/// The kernel was built or started without what is asked of it. Elsewhere the daemon may do without.
class UnsupportedFailure : public RuntimeFailure
{
  public:
    using RuntimeFailure::RuntimeFailure;
};

/// The configuration can't be used: exit status 2. The text starts with "file:line:column: key: ".
class ConfigFailure : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/// "doing: reason of the error number"
inline RuntimeFailure
SystemFailure(const std::string& doing, int error = errno)
{
    return RuntimeFailure(doing + ": " + std::strerror(error));
}

} // namespace mcast::linux_host

#endif // MCAST_LINUX_FAILURE_H
