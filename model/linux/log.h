// SPDX-License-Identifier: GPL-2.0-only
// The daemon's log: four levels, to stderr or syslog. A line that the level hides costs one comparison.

#ifndef MCAST_LINUX_LOG_H
#define MCAST_LINUX_LOG_H

#include <optional>
#include <string>
#include <string_view>

namespace mcast::linux_host
{

enum class LogLevel
{
    Error,
    Warning,
    Info,
    Debug,
};

enum class LogTarget
{
    Stderr,
    Syslog,
};

const char* ToString(LogLevel level);
std::optional<LogLevel> ParseLogLevel(std::string_view text);

class Log
{
  public:
    Log() = default;
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void SetLevel(LogLevel level)
    {
        m_level = level;
    }

    LogLevel Level() const
    {
        return m_level;
    }

    void SetTarget(LogTarget target);

    bool Enabled(LogLevel level) const
    {
        return level <= m_level;
    }

    /// Ask Enabled() first where the text costs something to make.
    void Write(LogLevel level, const std::string& text) const;

    void Error(const std::string& text) const
    {
        Write(LogLevel::Error, text);
    }

    void Warning(const std::string& text) const
    {
        Write(LogLevel::Warning, text);
    }

    void Info(const std::string& text) const
    {
        Write(LogLevel::Info, text);
    }

    void Debug(const std::string& text) const
    {
        Write(LogLevel::Debug, text);
    }

  private:
    LogLevel m_level = LogLevel::Warning;
    LogTarget m_target = LogTarget::Stderr;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_LOG_H
