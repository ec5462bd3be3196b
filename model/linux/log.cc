// SPDX-License-Identifier: GPL-2.0-only

#include "log.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <syslog.h>

namespace mcast::linux_host
{

namespace
{

constexpr std::array<const char*, 4> NAMES{"error", "warning", "info", "debug"};

int
SyslogPriority(LogLevel level)
{
    switch (level)
    {
    case LogLevel::Error:
        return LOG_ERR;
    case LogLevel::Warning:
        return LOG_WARNING;
    case LogLevel::Info:
        return LOG_INFO;
    case LogLevel::Debug:
        return LOG_DEBUG;
    }
    return LOG_DEBUG;
}

void
WriteStderr(LogLevel level, const std::string& text)
{
    std::timespec now{};
    std::timespec_get(&now, TIME_UTC);
    std::tm local{};
    localtime_r(&now.tv_sec, &local);
    std::array<char, 32> stamp{};
    std::strftime(stamp.data(), stamp.size(), "%H:%M:%S", &local);
    std::fprintf(stderr, "mcastd: %s.%03ld %s: %s\n", stamp.data(), now.tv_nsec / 1000000, ToString(level),
                 text.c_str());
}

} // namespace

const char*
ToString(LogLevel level)
{
    return NAMES[static_cast<std::size_t>(level)];
}

std::optional<LogLevel>
ParseLogLevel(std::string_view text)
{
    for (std::size_t i = 0; i < NAMES.size(); ++i)
    {
        if (text == NAMES[i])
        {
            return static_cast<LogLevel>(i);
        }
    }
    return std::nullopt;
}

Log::~Log()
{
    SetTarget(LogTarget::Stderr);
}

void
Log::SetTarget(LogTarget target)
{
    if (target == m_target)
    {
        return;
    }
    m_target = target;
    if (target == LogTarget::Syslog)
    {
        openlog("mcastd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
    }
    else
    {
        closelog();
    }
}

void
Log::Write(LogLevel level, const std::string& text) const
{
    if (!Enabled(level))
    {
        return;
    }
    if (m_target == LogTarget::Syslog)
    {
        syslog(SyslogPriority(level), "%s", text.c_str());
    }
    else
    {
        WriteStderr(level, text);
    }
}

} // namespace mcast::linux_host
