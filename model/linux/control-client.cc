// SPDX-License-Identifier: GPL-2.0-only

#include "control-client.h"

#include "failure.h"

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

namespace mcast::linux_host
{

namespace
{

constexpr const char* HEADER_START = "{\"answer\":";
constexpr const char* ERROR_START = "{\"error\":";
constexpr const char* END_LINE = "{\"end\":true}";
constexpr timeval PATIENCE{10, 0}; // for a daemon that doesn't answer; a watched one may be silent for long

} // namespace

ControlClient::ControlClient(const std::string& path)
    : m_path(path),
      m_fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
    {
        throw RuntimeFailure(path + ": the path is too long");
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (connect(m_fd.Get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    {
        throw SystemFailure("no mcastd answers at " + path);
    }
}

void
ControlClient::Run(const std::string& command, const RowHandler& handler)
{
    const std::string line = command + "\n";
    setsockopt(m_fd.Get(), SOL_SOCKET, SO_RCVTIMEO, &PATIENCE, sizeof PATIENCE);
    if (send(m_fd.Get(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
    {
        throw SystemFailure("sending the command to " + m_path);
    }
    bool begun = false;
    for (auto row = ReadLine(); row != END_LINE; row = ReadLine())
    {
        const bool special = row.rfind(HEADER_START, 0) == 0 || row.rfind(ERROR_START, 0) == 0;
        if (begun && !special)
        {
            handler.row(row);
            continue;
        }
        const auto head = nlohmann::json::parse(row, nullptr, false);
        if (!special || !head.is_object())
        {
            throw RuntimeFailure(m_path + ": what answers there is no mcastd");
        }
        if (head.contains("error"))
        {
            throw RuntimeFailure(head["error"].get<std::string>());
        }
        begun = true;
        const auto kind = head["answer"].get<std::string>();
        if (kind == "events")
        {
            const timeval forever{};
            setsockopt(m_fd.Get(), SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof forever);
        }
        handler.begin(kind);
    }
}

std::string
ControlClient::ReadLine()
{
    std::array<char, 65536> buffer;
    auto end = m_input.find('\n', m_next);
    while (end == std::string::npos)
    {
        m_input.erase(0, m_next);
        m_next = 0;
        const auto known = m_input.size();
        const auto size = recv(m_fd.Get(), buffer.data(), buffer.size(), 0);
        if (size < 0 && errno == EAGAIN)
        {
            throw RuntimeFailure("mcastd at " + m_path + " does not answer");
        }
        if (size <= 0)
        {
            throw RuntimeFailure("mcastd at " + m_path + " went away");
        }
        m_input.append(buffer.data(), static_cast<std::size_t>(size));
        end = m_input.find('\n', known);
    }
    auto line = m_input.substr(m_next, end - m_next);
    m_next = end + 1;
    return line;
}

} // namespace mcast::linux_host
