// SPDX-License-Identifier: GPL-2.0-only
// The control socket: a Unix stream socket that takes commands, one a line, and answers in lines of JSON. An answer is
// made bit by bit, as fast as its reader takes it; whoever reads slowly costs one bounded buffer, and never waiting.

#ifndef MCAST_LINUX_CONTROL_H
#define MCAST_LINUX_CONTROL_H

#include "event-loop.h"
#include "unique-fd.h"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace mcast::linux_host
{

/// What a command is answered with.
struct ControlAnswer
{
    /// Appends the next line or lines to the text; false: that was all.
    std::function<bool(std::string& text)> more;
    bool watch = false; ///< what Publish() tells follows until the client goes
};

class ControlServer
{
  public:
    using CommandHandler = std::function<ControlAnswer(std::string_view command)>;

    /// Puts the socket in place of one that nobody listens to any more.
    /// \throws RuntimeFailure, also if another daemon answers there
    ControlServer(EventLoop& loop, const std::string& path, CommandHandler handler);
    /// Ends each watcher's stream properly and removes the socket.
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    bool HasWatchers() const
    {
        return m_watchers != 0;
    }

    /// A line for each watcher, sent at the next Flush(); one that doesn't keep up misses lines, and is told how many.
    void Publish(const std::string& line);
    void Flush();

    static constexpr std::size_t MAX_CLIENTS = 256;
    static constexpr std::size_t MAX_COMMAND = 4096;      ///< octets
    static constexpr std::size_t ANSWER_CHUNK = 64 << 10; ///< octets made ahead of the reader
    static constexpr std::size_t WATCH_BUFFER = 1 << 20;  ///< octets of events that wait for a watcher

  private:
    struct Client
    {
        UniqueFd fd;
        std::string input;
        std::string output;
        std::function<bool(std::string&)> more;
        bool watching = false;
        bool inputEnded = false;
        std::uint64_t missed = 0;
        std::uint32_t events = 0;
    };

    void Accept();
    void Serve(int fd, std::uint32_t events);
    bool Read(Client& client) const;
    void Fill(Client& client);
    bool StartCommand(Client& client);
    void Progress(int fd);
    void UpdateEvents(Client& client);
    void Close(int fd);

    EventLoop& m_loop;
    std::string m_path;
    CommandHandler m_handler;
    UniqueFd m_listener;
    ino_t m_inode = 0;
    std::map<int, Client> m_clients;
    std::size_t m_watchers = 0;
    bool m_published = false;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_CONTROL_H
