// SPDX-License-Identifier: GPL-2.0-only
// Many nodes on Ethernet segments in one process, under one virtual clock. Frames get lost, late and out of order by a
// seeded chance; links, ports and nodes fail and come back. The same seed gives the same run, frame by frame.
//
//   SimNetwork network{seed};
//   const auto lan = network.AddLan({.loss...});
//   const auto router = network.AddRouter("r1");
//   network.Attach(router, lan, "10.1.0.1/24");
//   network.RunFor(seconds{10});
//
// A node that fails forgets everything; when it comes back it is set up anew: ports, their configuration, and what
// OnStart was given.

#ifndef MCAST_TEST_SIM_SIM_NETWORK_H
#define MCAST_TEST_SIM_SIM_NETWORK_H

#include "base/random.h"
#include "sim-node.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace mcast
{

using LanId = StrongId<struct LanIdTag>;
using NodeId = StrongId<struct NodeIdTag>;

/// A segment. Each receiver loses a frame, and gets it late, independently; delays that differ reorder.
struct LanOptions
{
    double loss = 0; ///< probability, 0 to 1
    Duration minDelay = std::chrono::microseconds{10};
    Duration maxDelay = std::chrono::microseconds{10};
    bool inOrder = false; ///< what a node sends arrives at each other one in the order in which it was sent
};

/// What a node's port is set up with at each start of the node.
struct AttachOptions
{
    gm::HostConfig host;
    RouterInterfaceConfig router; ///< of no use on a host
    std::uint16_t mtu = 1500;
};

class SimNetwork
{
  public:
    struct Delivery
    {
        NodeId node;
        SimNode::Delivery delivery;
    };

    struct Event
    {
        NodeId node;
        SimNode::Event event;
    };

    /// A frame as it was put on a segment.
    struct Sighting
    {
        TimePoint at{};
        LanId lan;
        NodeId sender;
        Bytes octets;
    };

    using StartFunction = std::function<void(SimNode&)>;

    explicit SimNetwork(std::uint64_t seed = 1);

    LanId AddLan(const LanOptions& options = {});
    NodeId AddHost(const std::string& name);
    NodeId AddRouter(const std::string& name, const RouterOptions& options = {});
    /// \param addresses with prefix length, "10.1.0.1/24", or several with commas between
    /// \return the node's port; std::invalid_argument if an address or the configuration is refused
    InterfaceId Attach(NodeId node, LanId lan, const std::string& addresses, const AttachOptions& options = {});
    /// Run now and at each later start of the node: static routes, applications that start with it.
    void OnStart(NodeId node, StartFunction function);

    // Time.

    TimePoint Now() const
    {
        return m_now;
    }

    void RunUntil(TimePoint end);

    void RunFor(Duration time)
    {
        RunUntil(m_now + time);
    }

    /// Calls the function during a run, at a time not before now.
    void At(TimePoint at, std::function<void()> function);

    // Failures.

    void SetLan(LanId lan, const LanOptions& options);
    /// A segment that is down loses every frame; nobody notices otherwise.
    void SetLanUp(LanId lan, bool up);
    void SetPortUp(NodeId node, InterfaceId port, bool up);
    void Fail(NodeId node);
    void Restart(NodeId node);
    bool IsRunning(NodeId node) const;

    // Nodes. Calls into a node go through Use, so that what it says gets onto its segments.

    template <class Function>
    auto Use(NodeId node, Function&& function)
    {
        auto& simNode = Prepare(node);
        if constexpr (std::is_void_v<decltype(function(simNode))>)
        {
            function(simNode);
            Collect(node);
        }
        else
        {
            auto result = function(simNode);
            Collect(node);
            return result;
        }
    }

    /// Advanced to the present; std::out_of_range for a node that has failed.
    const SimNode& Node(NodeId node);
    const std::string& Name(NodeId node) const;

    // Shorthands for tests; addresses are text, a bad one throws std::invalid_argument.

    bool Listen(NodeId node, InterfaceId port, const std::string& group, FilterMode mode = FilterMode::Exclude,
                const std::vector<std::string>& sources = {}, SocketId socket = SocketId{1});
    bool Leave(NodeId node, InterfaceId port, const std::string& group, SocketId socket = SocketId{1});
    bool SendData(NodeId node, const std::string& group, const std::string& payload, std::uint8_t ttl = 16);

    // Records, kept until cleared.

    const std::vector<Delivery>& Deliveries() const
    {
        return m_deliveries;
    }

    const std::vector<Event>& Events() const
    {
        return m_events;
    }

    const std::vector<Sighting>& Frames() const
    {
        return m_frames;
    }

    void ClearRecords();

  private:
    struct Lan
    {
        LanOptions options;
        bool up = true;
        std::vector<std::pair<NodeId, InterfaceId>> ports;
        std::map<std::pair<NodeId, NodeId>, TimePoint> arrivals; ///< of the last frame from one node at another
    };

    struct Attachment
    {
        LanId lan;
        InterfaceState state;
        MacAddress mac{};
        AttachOptions options;
    };

    struct Member
    {
        std::string name;
        std::optional<RouterOptions> router;
        std::uint64_t seed = 0;
        std::vector<Attachment> attachments; ///< port n at n - 1
        std::vector<StartFunction> onStart;
        std::unique_ptr<SimNode> node; ///< null while it has failed
        TimePoint deadline = NEVER;
    };

    NodeId AddNode(const std::string& name, std::optional<RouterOptions> router);
    void AttachNow(Member& member, const Attachment& attachment);
    SimNode& Prepare(NodeId node);
    void Collect(NodeId node);
    void SetDeadline(NodeId node, TimePoint deadline);
    void Transmit(NodeId sender, const SimNode::Frame& frame);
    bool Chance(double probability);
    Duration Delay(const LanOptions& options);

    TimePoint m_now{};
    Random m_random;
    std::uint64_t m_order = 0;
    std::vector<Lan> m_lans;
    std::vector<Member> m_members;
    std::map<std::pair<TimePoint, std::uint64_t>, std::function<void()>> m_queue;
    std::set<std::pair<TimePoint, NodeId>> m_deadlines;
    std::vector<Delivery> m_deliveries;
    std::vector<Event> m_events;
    std::vector<Sighting> m_frames;
};

} // namespace mcast

#endif // MCAST_TEST_SIM_SIM_NETWORK_H
