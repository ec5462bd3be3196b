// SPDX-License-Identifier: GPL-2.0-only

#ifndef MCAST_CORE_BASE_TAKE_FRONT_H
#define MCAST_CORE_BASE_TAKE_FRONT_H

#include <deque>
#include <optional>
#include <utility>

namespace mcast
{

/// Takes the oldest element, if there is one.
template <class T>
std::optional<T>
TakeFront(std::deque<T>& queue)
{
    if (queue.empty())
    {
        return std::nullopt;
    }
    std::optional<T> front(std::move(queue.front()));
    queue.pop_front();
    return front;
}

} // namespace mcast

#endif // MCAST_CORE_BASE_TAKE_FRONT_H
