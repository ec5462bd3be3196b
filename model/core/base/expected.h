// SPDX-License-Identifier: GPL-2.0-only
// A value or the reason why there is none: what std::expected is in C++23.

#ifndef MCAST_CORE_BASE_EXPECTED_H
#define MCAST_CORE_BASE_EXPECTED_H

#include <utility>
#include <variant>

namespace mcast
{

/// Wraps an error, so that a function can `return Unexpected{error}`.
template <class E>
struct Unexpected
{
    E error;
};

template <class E>
Unexpected(E) -> Unexpected<E>;

template <class T, class E>
class [[nodiscard]] Expected
{
  public:
    Expected(T value)
        : m_content(std::in_place_index<0>, std::move(value))
    {
    }

    Expected(Unexpected<E> error)
        : m_content(std::in_place_index<1>, std::move(error.error))
    {
    }

    explicit operator bool() const
    {
        return m_content.index() == 0;
    }

    /// Only after a check.
    T& operator*()
    {
        return *std::get_if<0>(&m_content);
    }

    const T& operator*() const
    {
        return *std::get_if<0>(&m_content);
    }

    T* operator->()
    {
        return std::get_if<0>(&m_content);
    }

    const T* operator->() const
    {
        return std::get_if<0>(&m_content);
    }

    /// Only after a check.
    const E& Error() const
    {
        return *std::get_if<1>(&m_content);
    }

  private:
    std::variant<T, E> m_content;
};

/// Success without a value.
struct Done
{
};

} // namespace mcast

#endif // MCAST_CORE_BASE_EXPECTED_H
