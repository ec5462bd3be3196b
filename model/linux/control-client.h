// SPDX-License-Identifier: GPL-2.0-only

#ifndef MCAST_LINUX_CONTROL_CLIENT_H
#define MCAST_LINUX_CONTROL_CLIENT_H

#include "unique-fd.h"

#include <functional>
#include <string>

namespace mcast::linux_host
{

/// A connection to a daemon's control socket (control.h).
class ControlClient
{
  public:
    /// \throws RuntimeFailure if nobody answers there
    explicit ControlClient(const std::string& path);

    struct RowHandler
    {
        std::function<void(const std::string& kind)> begin; ///< "list", "object" or "events"
        std::function<void(const std::string& row)> row;    ///< a JSON object
    };

    /// Sends a command and hands on the rows of the answer as they come.
    /// \throws RuntimeFailure if the daemon refuses, or goes away before the end
    void Run(const std::string& command, const RowHandler& handler);

  private:
    std::string ReadLine();

    std::string m_path;
    UniqueFd m_fd;
    std::string m_input;
    std::size_t m_next = 0; ///< in the input: where the next line starts
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_CONTROL_CLIENT_H
