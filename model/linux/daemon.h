// SPDX-License-Identifier: GPL-2.0-only
// mcastd: the loop that ties sockets, signals, time and the control socket to the RouterHost.

#ifndef MCAST_LINUX_DAEMON_H
#define MCAST_LINUX_DAEMON_H

#include "control.h"
#include "event-loop.h"
#include "router-host.h"

#include <memory>
#include <optional>
#include <string>

namespace mcast::linux_host
{

/// What the command line says; it outweighs the file, also when that is read again.
struct DaemonOptions
{
    std::string configFile = "/etc/mcastd.yaml";
    std::optional<std::string> controlSocket;
    std::optional<LogLevel> logLevel;
};

/// Reads the file, checks it against the interfaces there are, and lets the command line outweigh it.
/// \throws ConfigFailure
DaemonConfig LoadConfig(const DaemonOptions& options);

class Daemon
{
  public:
    /// Takes up the interfaces, opens the control socket, drops privileges and tells the service manager. Needs
    /// CAP_NET_ADMIN and CAP_NET_RAW (RequireCapabilities).
    /// \throws RuntimeFailure
    Daemon(const DaemonOptions& options, const DaemonConfig& config, Log& log);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    /// Until SIGTERM or SIGINT; SIGHUP reads the configuration again. \throws RuntimeFailure
    void Run();

  private:
    void WatchSignals();
    void ServeSignal();
    void Reload();
    void WatchPackets();
    void OnEvent(const TraceEvent& event);

    DaemonOptions m_options;
    DaemonConfig m_config;
    Log& m_log;
    EventLoop m_loop;
    UniqueFd m_signals;
    RouterHost m_host;
    std::vector<int> m_packetFds; ///< in the loop
    std::unique_ptr<ControlServer> m_control;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_DAEMON_H
