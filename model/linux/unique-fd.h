// SPDX-License-Identifier: GPL-2.0-only

#ifndef MCAST_LINUX_UNIQUE_FD_H
#define MCAST_LINUX_UNIQUE_FD_H

#include <unistd.h>
#include <utility>

namespace mcast::linux_host
{

/// A file descriptor that is closed with its owner.
class UniqueFd
{
  public:
    UniqueFd() = default;

    explicit UniqueFd(int fd)
        : m_fd(fd)
    {
    }

    UniqueFd(UniqueFd&& other) noexcept
        : m_fd(std::exchange(other.m_fd, -1))
    {
    }

    UniqueFd& operator=(UniqueFd&& other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }

    ~UniqueFd()
    {
        Close();
    }

    int Get() const
    {
        return m_fd;
    }

    explicit operator bool() const
    {
        return m_fd >= 0;
    }

    void Close()
    {
        if (m_fd >= 0)
        {
            ::close(std::exchange(m_fd, -1));
        }
    }

  private:
    int m_fd = -1;
};

} // namespace mcast::linux_host

#endif // MCAST_LINUX_UNIQUE_FD_H
