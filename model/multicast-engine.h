// SPDX-License-Identifier: GPL-2.0-only
// The protocol core of one node on the simulator's clock. Private to the module: not installed.
//
// The core is sans-IO: it is told of packets, interfaces and time, and then asked what it wants. This class does the
// asking. Each of its two halves, the member side and the router side, has one simulator event: the next deadline.

#ifndef MULTICAST_ENGINE_H
#define MULTICAST_ENGINE_H

#include "core/host.h"
#include "core/router.h"

#include "ns3/event-id.h"
#include "ns3/nstime.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace ns3
{

/// Owns the core of a node and drives it.
class MulticastEngine : public std::enable_shared_from_this<MulticastEngine>
{
  public:
    /// The half of the core that something comes from.
    enum class Side
    {
        Host,
        Router,
    };

    /// What the core asks for.
    class Client
    {
      public:
        virtual ~Client() = default;
        /// Send this packet.
        virtual void Transmit(const mcast::Transmit& packet) = 0;
        /// Change the forwarding cache.
        virtual void ChangeForwarding(const mcast::ForwardingChange& change) = 0;
        /// What an entry of the forwarding cache has counted; none if there is no such entry.
        virtual std::optional<mcast::ForwardingCounters> ReadForwarding(const mcast::Address& source,
                                                                        const mcast::Address& group) const = 0;
        /// A multicast packet that came in a Register: forward it, and deliver it to members here.
        virtual void Decapsulate(const mcast::Bytes& packet) = 0;
        /// All that an input has led to is done.
        virtual void OnSettled() = 0;
        /// This has happened.
        virtual void OnEvent(Side side, const mcast::TraceEvent& event) = 0;
    };

    /// \param client outlives the engine, or Stop is called before it goes
    /// \param context the node's, for events
    MulticastEngine(Client& client, uint32_t context, uint64_t hostSeed);

    /// Adds the router side. \param routes outlives the engine
    void MakeRouter(const mcast::RouterOptions& options, const mcast::RouteTable* routes);

    /// No more events, no more calls of the client.
    void Stop();

    /// The only way to hand the core something: time passes, `input` is called, and what follows from it is done.
    template <class F>
    auto Handle(F&& input)
    {
        Advance();
        const Settler settler{*this};
        return input(*this);
    }

    /// Lets time pass up to now as far as nothing is due, so that read-outs tell what is left of timers now.
    void CatchUp();

    mcast::Host& GetHost()
    {
        return m_host;
    }

    const mcast::Host& GetHost() const
    {
        return m_host;
    }

    /// None on a node that is no router.
    mcast::Router* GetRouter() const
    {
        return m_router.get();
    }

  private:
    /// Settles when an input has been handled, whatever it returns.
    struct Settler
    {
        MulticastEngine& engine;

        ~Settler()
        {
            engine.Settle();
        }
    };

    /// The event of one half.
    struct Alarm
    {
        EventId event;
        Time at;
    };

    void Advance();
    void Settle();
    bool DrainHost();
    bool DrainRouter();
    void DrainForwarding(bool& any);
    bool DrainDecapsulated();
    void Arm(Alarm& alarm, std::optional<mcast::TimePoint> deadline);
    void OnAlarm();

    Client* m_client;
    uint32_t m_context;
    mcast::Host m_host;
    std::unique_ptr<mcast::Router> m_router;
    Alarm m_hostAlarm;
    Alarm m_routerAlarm;
    bool m_settling = false;
    bool m_deferred = false;
};

} // namespace ns3

#endif // MULTICAST_ENGINE_H
