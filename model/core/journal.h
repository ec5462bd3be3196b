// SPDX-License-Identifier: GPL-2.0-only
// What a protocol tells of one interface: its counters, and the events that go with them.

#ifndef MCAST_CORE_JOURNAL_H
#define MCAST_CORE_JOURNAL_H

#include "context.h"

namespace mcast
{

class Journal
{
  public:
    Journal(InterfaceId interface, Family family, Context& context)
        : m_interface(interface),
          m_family(family),
          m_context(context)
    {
        m_quietUntil.StartAt(TimePoint{});
    }

    /// An event of this interface, to be filled in and told.
    TraceEvent Event(EventKind kind) const
    {
        return TraceEvent(kind, m_interface).Of(m_family);
    }

    void Tell(const TraceEvent& event)
    {
        m_context.Emit(event);
    }

    /// \param group that the message is about, if it is about one
    void Received(MessageKind kind, const Address& source, const Address& group = {})
    {
        ++m_counters.received[static_cast<std::size_t>(kind)];
        Tell(Event(EventKind::PacketReceived).Message(kind).Group(group).Source(source));
    }

    void Sent(MessageKind kind, const Address& group)
    {
        ++m_counters.sent[static_cast<std::size_t>(kind)];
        Tell(Event(EventKind::PacketSent).Message(kind).Group(group));
    }

    /// A whole packet was not acted on. \param kind if it was known
    void Dropped(const Address& source, Reason reason, MessageKind kind = MessageKind::None)
    {
        Count(reason);
        Tell(Event(EventKind::PacketDropped).Message(kind).Because(reason).Source(source));
    }

    /// Part of a packet was not acted on.
    void Ignored(const Address& group, Reason reason, std::uint64_t times = 1)
    {
        Count(reason, times);
        Tell(Event(EventKind::RecordIgnored).Because(reason).Group(group));
    }

    void LimitReached(const Address& group, Reason reason)
    {
        Count(reason);
        Tell(Event(EventKind::LimitReached).Because(reason).Group(group));
    }

    /// At most one a minute: warnings MUST be rate-limited (RFC 3376 7.3.1).
    void Warn(const Address& source, Reason reason)
    {
        constexpr std::chrono::seconds interval{60};
        if (m_quietUntil.Due(m_context.now))
        {
            m_quietUntil.Start(m_context.now, interval);
            Tell(Event(EventKind::Warning).Because(reason).Source(source));
        }
    }

    void Count(Reason reason, std::uint64_t times = 1)
    {
        m_counters.dropped[static_cast<std::size_t>(reason)] += times;
    }

    const Counters& GetCounters() const
    {
        return m_counters;
    }

  private:
    InterfaceId m_interface;
    Family m_family;
    Context& m_context;
    Counters m_counters;
    Deadline m_quietUntil; // no warning before
};

} // namespace mcast

#endif // MCAST_CORE_JOURNAL_H
