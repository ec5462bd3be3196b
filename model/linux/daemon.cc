// SPDX-License-Identifier: GPL-2.0-only

#include "daemon.h"

#include "capabilities.h"
#include "commands.h"
#include "failure.h"
#include "rows.h"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace mcast::linux_host
{

namespace
{

/// Tells systemd (Type=notify) or whoever else set NOTIFY_SOCKET; a name that starts with @ is an abstract one.
void
NotifyServiceManager(std::string_view state)
{
    const char* const path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    if (path == nullptr || path[0] == '\0' || std::strlen(path) >= sizeof address.sun_path)
    {
        return;
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path, std::strlen(path));
    address.sun_path[0] = path[0] == '@' ? '\0' : path[0];
    const UniqueFd fd{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
    sendto(fd.Get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
}

LogLevel
EventLevel(EventKind kind)
{
    return kind == EventKind::Warning || kind == EventKind::LimitReached ? LogLevel::Warning : LogLevel::Debug;
}

} // namespace

DaemonConfig
LoadConfig(const DaemonOptions& options)
{
    auto config = LoadConfig(options.configFile);
    RequireInterfaces(config, PresentInterfaces());
    config.controlSocket = options.controlSocket.value_or(config.controlSocket);
    config.logLevel = options.logLevel.value_or(config.logLevel);
    if (!config.seeded)
    {
        [[maybe_unused]] const auto size = getrandom(&config.router.seed, sizeof config.router.seed, 0);
    }
    return config;
}

Daemon::Daemon(const DaemonOptions& options, const DaemonConfig& config, Log& log)
    : m_options(options),
      m_config(config),
      m_log(log),
      m_host(config, log, [this](const TraceEvent& event) { OnEvent(event); })
{
    WatchSignals();
    WatchPackets();
    m_loop.Add(m_host.NetlinkFd(), EPOLLIN, [this](std::uint32_t) { m_host.ServeNetlink(); });
    m_host.Start();
    m_control = std::make_unique<ControlServer>(m_loop, m_config.controlSocket, [this](std::string_view command) {
        m_host.Advance();
        return RunCommand(m_host, m_log, command);
    });
    DropOtherCapabilities();
    NotifyServiceManager("READY=1");
    m_log.Info("started");
}

Daemon::~Daemon()
{
    m_host.Stop();
}

void
Daemon::WatchSignals()
{
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
    {
        sigaddset(&signals, signal);
    }
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    m_signals = UniqueFd{signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC)};
    if (!m_signals)
    {
        throw SystemFailure("watching for signals");
    }
    m_loop.Add(m_signals.Get(), EPOLLIN, [this](std::uint32_t) { ServeSignal(); });
}

void
Daemon::WatchPackets()
{
    for (const auto& source : m_host.PacketSources())
    {
        m_loop.Add(source.fd, EPOLLIN, [this, source](std::uint32_t) { m_host.ServePackets(source); });
        m_packetFds.push_back(source.fd);
    }
}

void
Daemon::ServeSignal()
{
    signalfd_siginfo info{};
    while (::read(m_signals.Get(), &info, sizeof info) == sizeof info)
    {
        if (info.ssi_signo == SIGHUP)
        {
            Reload();
        }
        else
        {
            m_log.Info("stopping");
            NotifyServiceManager("STOPPING=1");
            m_loop.Stop();
        }
    }
}

void
Daemon::Reload()
{
    try
    {
        auto config = LoadConfig(m_options);
        if (config.controlSocket != m_config.controlSocket)
        {
            m_log.Warning("control-socket: " + m_config.controlSocket + " stays in use until a restart");
            config.controlSocket = m_config.controlSocket;
        }
        m_config = config;
        m_log.SetTarget(config.logTarget);
        m_log.SetLevel(config.logLevel);
        for (; !m_packetFds.empty(); m_packetFds.pop_back())
        {
            m_loop.Remove(m_packetFds.back()); // it may be closed now
        }
        m_host.Reconfigure(config);
        WatchPackets();
        m_log.Info("configuration read again; what stands below `router` counts from the next start");
    }
    catch (const ConfigFailure& failure)
    {
        m_log.Error(std::string{"the old configuration stays: "} + failure.what());
    }
}

void
Daemon::OnEvent(const TraceEvent& event)
{
    const auto level = EventLevel(event.kind);
    if (m_log.Enabled(level))
    {
        m_log.Write(level, m_host.NameOf(event.interface) + ": " + ToString(event));
    }
    if (m_control && m_control->HasWatchers())
    {
        m_control->Publish(ToLine(EventRow(event, m_host.NameOf(event.interface))));
    }
}

void
Daemon::Run()
{
    m_loop.Run([this] {
        m_host.Settle();
        if (m_control)
        {
            m_control->Flush();
        }
        m_loop.SetDeadline(m_host.NextDeadline());
    });
}

} // namespace mcast::linux_host
