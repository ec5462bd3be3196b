// SPDX-License-Identifier: GPL-2.0-only

#include "control.h"

#include "failure.h"

#include <array>
#include <cstring>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <vector>

namespace mcast::linux_host
{

namespace
{

constexpr const char* END_LINE = "{\"end\":true}\n";

sockaddr_un
ToSocketAddress(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
    {
        throw RuntimeFailure("control socket " + path + ": the path is longer than " +
                             std::to_string(sizeof address.sun_path - 1) + " characters");
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

bool
SomebodyAnswers(const sockaddr_un& address)
{
    const UniqueFd probe{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    return connect(probe.Get(), generic, sizeof address) == 0 || errno == EAGAIN;
}

ino_t
InodeOf(const std::string& path)
{
    struct stat info
    {
    };
    return ::lstat(path.c_str(), &info) < 0 ? 0 : info.st_ino;
}

/// What stands at the path may be replaced only if it is a socket that nobody listens to.
void
RequireFree(const std::string& path)
{
    struct stat info
    {
    };
    if (::lstat(path.c_str(), &info) == 0 && !S_ISSOCK(info.st_mode))
    {
        throw RuntimeFailure("control socket " + path + ": something else is there");
    }
    if (SomebodyAnswers(ToSocketAddress(path)))
    {
        throw RuntimeFailure("control socket " + path + ": another mcastd answers there");
    }
}

/// Listens under a temporary name first: where the socket can be seen, it can be connected to.
UniqueFd
Listen(const std::string& path)
{
    RequireFree(path);
    const std::string temporary = path + "." + std::to_string(getpid());
    const auto address = ToSocketAddress(temporary);
    UniqueFd fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    ::unlink(temporary.c_str());
    const auto mask = umask(0117);
    const int bound = bind(fd.Get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const int error = errno;
    umask(mask);
    if (!fd || bound < 0)
    {
        throw SystemFailure("control socket " + path, error);
    }
    if (listen(fd.Get(), SOMAXCONN) < 0 || rename(temporary.c_str(), path.c_str()) < 0)
    {
        const auto failure = SystemFailure("control socket " + path);
        ::unlink(temporary.c_str());
        throw failure;
    }
    return fd;
}

/// \return false if the client is gone
bool
SendOutput(int fd, std::string& output)
{
    if (output.empty())
    {
        return true;
    }
    const auto size = send(fd, output.data(), output.size(), MSG_NOSIGNAL);
    if (size > 0)
    {
        output.erase(0, static_cast<std::size_t>(size));
    }
    return size >= 0 || errno == EAGAIN || errno == EINTR;
}

} // namespace

ControlServer::ControlServer(EventLoop& loop, const std::string& path, CommandHandler handler)
    : m_loop(loop),
      m_path(path),
      m_handler(std::move(handler)),
      m_listener(Listen(path)),
      m_inode(InodeOf(path))
{
    m_loop.Add(m_listener.Get(), EPOLLIN, [this](std::uint32_t) { Accept(); });
}

ControlServer::~ControlServer()
{
    for (auto& [fd, client] : m_clients)
    {
        if (client.watching)
        {
            client.output += END_LINE;
            client.watching = false;
        }
        SendOutput(fd, client.output); // what the kernel takes at once; nobody is waited for
        m_loop.Remove(fd);
    }
    m_loop.Remove(m_listener.Get());
    if (InodeOf(m_path) == m_inode)
    {
        ::unlink(m_path.c_str());
    }
}

void
ControlServer::Accept()
{
    while (true)
    {
        UniqueFd fd{accept4(m_listener.Get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
        if (!fd)
        {
            return;
        }
        if (m_clients.size() >= MAX_CLIENTS)
        {
            static constexpr std::string_view refusal = "{\"error\":\"too many clients\"}\n";
            send(fd.Get(), refusal.data(), refusal.size(), MSG_NOSIGNAL);
            continue;
        }
        const int number = fd.Get();
        auto& client = m_clients[number];
        client.fd = std::move(fd);
        client.events = EPOLLIN;
        m_loop.Add(number, client.events, [this, number](std::uint32_t events) { Serve(number, events); });
    }
}

void
ControlServer::Close(int fd)
{
    m_watchers -= m_clients.at(fd).watching ? 1 : 0;
    m_loop.Remove(fd);
    m_clients.erase(fd);
}

void
ControlServer::Serve(int fd, std::uint32_t events)
{
    if ((events & (EPOLLERR | EPOLLHUP)) != 0 || ((events & EPOLLIN) != 0 && !Read(m_clients.at(fd))))
    {
        Close(fd);
        return;
    }
    Progress(fd);
}

bool
ControlServer::Read(Client& client) const
{
    std::array<char, MAX_COMMAND> buffer{};
    const auto size = recv(client.fd.Get(), buffer.data(), buffer.size(), 0);
    if (size < 0)
    {
        return errno == EAGAIN || errno == EINTR;
    }
    client.inputEnded = size == 0;
    client.input.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
}

/// Sends, and makes the next bit of the answer. One bit a round: the longest answer leaves time for everybody else.
void
ControlServer::Progress(int fd)
{
    auto& client = m_clients.at(fd);
    Fill(client);
    const bool alive = SendOutput(fd, client.output);
    const bool finished = client.inputEnded && client.output.empty() && !client.more && !client.watching;
    if (!alive || (finished && client.input.find('\n') == std::string::npos))
    {
        Close(fd);
        return;
    }
    UpdateEvents(client);
}

void
ControlServer::Fill(Client& client)
{
    while (client.output.size() < ANSWER_CHUNK)
    {
        if (!client.more && !StartCommand(client))
        {
            return;
        }
        if (client.more && !client.more(client.output))
        {
            client.more = nullptr;
            client.output += client.watching ? "" : END_LINE;
        }
    }
}

/// \return false if there is no whole command to start with
bool
ControlServer::StartCommand(Client& client)
{
    if (client.watching)
    {
        client.input.clear(); // a watcher has nothing more to say
        return false;
    }
    const auto end = client.input.find('\n');
    if (end != std::string::npos)
    {
        auto answer = m_handler(std::string_view{client.input}.substr(0, end));
        client.input.erase(0, end + 1);
        client.more = std::move(answer.more);
        client.watching = answer.watch;
        m_watchers += answer.watch ? 1 : 0;
        return true;
    }
    if (client.input.size() > MAX_COMMAND)
    {
        client.output += "{\"error\":\"the command is too long\"}\n";
        client.input.clear();
        client.inputEnded = true;
    }
    return false;
}

/// A client that asks on before it took its answer waits in the kernel's buffer, not in ours.
void
ControlServer::UpdateEvents(Client& client)
{
    const bool answering = client.more || !client.output.empty() || client.input.find('\n') != std::string::npos;
    const std::uint32_t input = client.inputEnded || (answering && !client.watching) ? 0U : EPOLLIN;
    const std::uint32_t events = input | (answering ? EPOLLOUT : 0U);
    if (events != client.events)
    {
        client.events = events;
        m_loop.Modify(client.fd.Get(), events);
    }
}

void
ControlServer::Publish(const std::string& line)
{
    for (auto& [fd, client] : m_clients)
    {
        if (!client.watching)
        {
            continue;
        }
        if (client.output.size() + line.size() > WATCH_BUFFER)
        {
            ++client.missed;
            continue;
        }
        if (client.missed != 0)
        {
            client.output += "{\"event\":\"events-missed\",\"value\":" + std::to_string(client.missed) + "}\n";
            client.missed = 0;
        }
        client.output += line;
        m_published = true;
    }
}

void
ControlServer::Flush()
{
    if (!m_published)
    {
        return;
    }
    m_published = false;
    std::vector<int> watchers;
    for (const auto& [fd, client] : m_clients)
    {
        if (client.watching && !client.output.empty())
        {
            watchers.push_back(fd);
        }
    }
    for (const int fd : watchers)
    {
        Progress(fd);
    }
}

} // namespace mcast::linux_host
