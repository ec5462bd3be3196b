// SPDX-License-Identifier: GPL-2.0-only

#include "sim-network.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace mcast
{

namespace
{

Address
ParseAddress(const std::string& text)
{
    if (const auto address = Address::Parse(text))
    {
        return *address;
    }
    throw std::invalid_argument("no address: " + text);
}

InterfaceAddress
ParseInterfaceAddress(const std::string& text)
{
    const auto address = ParseAddress(text.substr(0, text.find('/')));
    const auto prefix = Prefix::Parse(text);
    if (!prefix)
    {
        throw std::invalid_argument("no address with a prefix length: " + text);
    }
    return {address, static_cast<std::uint8_t>(prefix->Length())};
}

// Locally administered, of node and port, below that of a tester.
MacAddress
MakeMac(NodeId node, std::size_t port)
{
    return {0x02,
            0x01,
            static_cast<std::uint8_t>(node.value >> 8),
            static_cast<std::uint8_t>(node.value),
            static_cast<std::uint8_t>(port >> 8),
            static_cast<std::uint8_t>(port)};
}

void
Require(const SimNode::Outcome& outcome)
{
    if (!outcome)
    {
        throw std::invalid_argument(outcome.Error().field + ": " + outcome.Error().why);
    }
}

} // namespace

SimNetwork::SimNetwork(std::uint64_t seed)
    : m_random(seed)
{
}

LanId
SimNetwork::AddLan(const LanOptions& options)
{
    m_lans.push_back({options, true, {}, {}});
    return LanId{static_cast<std::uint32_t>(m_lans.size() - 1)};
}

NodeId
SimNetwork::AddHost(const std::string& name)
{
    return AddNode(name, std::nullopt);
}

NodeId
SimNetwork::AddRouter(const std::string& name, const RouterOptions& options)
{
    return AddNode(name, options);
}

NodeId
SimNetwork::AddNode(const std::string& name, std::optional<RouterOptions> router)
{
    const NodeId id{static_cast<std::uint32_t>(m_members.size())};
    m_members.emplace_back();
    auto& member = m_members.back();
    member.name = name;
    member.router = router;
    member.seed = m_random.Next();
    Restart(id);
    return id;
}

InterfaceId
SimNetwork::Attach(NodeId node, LanId lan, const std::string& addresses, const AttachOptions& options)
{
    auto& member = m_members.at(node.value);
    Attachment attachment{lan, {}, MakeMac(node, member.attachments.size() + 1), options};
    attachment.state.name = "eth" + std::to_string(member.attachments.size());
    attachment.state.mtu = options.mtu;
    std::istringstream list(addresses);
    for (std::string address; std::getline(list, address, ',');)
    {
        attachment.state.addresses.push_back(ParseInterfaceAddress(address));
    }
    member.attachments.push_back(attachment);
    const InterfaceId port{static_cast<std::uint32_t>(member.attachments.size())};
    m_lans.at(lan.value).ports.emplace_back(node, port);
    if (member.node)
    {
        Prepare(node);
        AttachNow(member, attachment);
        Collect(node);
    }
    return port;
}

void
SimNetwork::AttachNow(Member& member, const Attachment& attachment)
{
    auto& node = *member.node;
    const auto port = node.AddPort(attachment.state, attachment.mac);
    Require(node.ConfigureHost(port, attachment.options.host));
    if (node.GetRouter())
    {
        Require(node.ConfigureRouter(port, attachment.options.router));
    }
}

void
SimNetwork::OnStart(NodeId node, StartFunction function)
{
    m_members.at(node.value).onStart.push_back(function);
    Use(node, function);
}

// Time.

void
SimNetwork::RunUntil(TimePoint end)
{
    while (true)
    {
        const auto event = m_queue.empty() ? NEVER : m_queue.begin()->first.first;
        const auto deadline = m_deadlines.empty() ? NEVER : m_deadlines.begin()->first;
        if (std::min(event, deadline) > end)
        {
            break;
        }
        m_now = std::max(m_now, std::min(event, deadline));
        if (deadline <= event)
        {
            Use(m_deadlines.begin()->second, [](SimNode&) {});
            continue;
        }
        const auto function = std::move(m_queue.begin()->second);
        m_queue.erase(m_queue.begin());
        function();
    }
    m_now = end;
}

void
SimNetwork::At(TimePoint at, std::function<void()> function)
{
    m_queue.emplace(std::make_pair(std::max(at, m_now), m_order++), std::move(function));
}

// Failures.

void
SimNetwork::SetLan(LanId lan, const LanOptions& options)
{
    m_lans.at(lan.value).options = options;
}

void
SimNetwork::SetLanUp(LanId lan, bool up)
{
    m_lans.at(lan.value).up = up;
}

void
SimNetwork::SetPortUp(NodeId node, InterfaceId port, bool up)
{
    m_members.at(node.value).attachments.at(port.value - 1).state.up = up;
    if (IsRunning(node))
    {
        Use(node, [&](SimNode& simNode) { simNode.SetPortUp(port, up); });
    }
}

void
SimNetwork::Fail(NodeId node)
{
    SetDeadline(node, NEVER);
    m_members.at(node.value).node.reset();
}

void
SimNetwork::Restart(NodeId node)
{
    auto& member = m_members.at(node.value);
    const auto seed = member.seed++; // another start, other delays
    if (member.router)
    {
        member.router->seed = seed;
    }
    member.node = std::make_unique<SimNode>(seed, member.router);
    member.node->AdvanceTo(m_now);
    for (const auto& attachment : member.attachments)
    {
        AttachNow(member, attachment);
    }
    for (const auto& function : member.onStart)
    {
        function(*member.node);
    }
    Collect(node);
}

bool
SimNetwork::IsRunning(NodeId node) const
{
    return m_members.at(node.value).node != nullptr;
}

// Nodes.

SimNode&
SimNetwork::Prepare(NodeId node)
{
    auto& member = m_members.at(node.value);
    if (!member.node)
    {
        throw std::out_of_range(member.name + " has failed");
    }
    member.node->AdvanceTo(m_now);
    return *member.node;
}

void
SimNetwork::Collect(NodeId id)
{
    auto& node = *m_members.at(id.value).node;
    while (const auto frame = node.PollFrame())
    {
        Transmit(id, *frame);
    }
    while (auto delivery = node.PollDelivery())
    {
        m_deliveries.push_back({id, std::move(*delivery)});
    }
    while (auto event = node.PollEvent())
    {
        m_events.push_back({id, *event});
    }
    SetDeadline(id, node.NextDeadline().value_or(NEVER));
}

void
SimNetwork::SetDeadline(NodeId node, TimePoint deadline)
{
    auto& current = m_members.at(node.value).deadline;
    if (current != NEVER)
    {
        m_deadlines.erase({current, node});
    }
    current = deadline;
    if (deadline != NEVER)
    {
        m_deadlines.insert({deadline, node});
    }
}

void
SimNetwork::Transmit(NodeId sender, const SimNode::Frame& frame)
{
    const auto lanId = m_members.at(sender.value).attachments.at(frame.port.value - 1).lan;
    auto& lan = m_lans.at(lanId.value);
    m_frames.push_back({frame.at, lanId, sender, frame.octets});
    for (const auto& [node, port] : lan.ports)
    {
        // Chance is asked for each receiver in any case, so that a failure elsewhere doesn't change everybody's luck.
        const bool lost = Chance(lan.options.loss);
        const auto delay = Delay(lan.options);
        const bool own = node == sender && port == frame.port; // RFC 1112 7.3
        if (own || !lan.up || lost)
        {
            continue;
        }
        auto arrival = frame.at + delay;
        if (lan.options.inOrder)
        {
            auto& last = lan.arrivals[{sender, node}];
            last = arrival = std::max(arrival, last);
        }
        At(arrival, [this, node = node, port = port, octets = frame.octets] {
            if (IsRunning(node))
            {
                Use(node, [&](SimNode& simNode) { simNode.HandleFrame(m_now, port, octets); });
            }
        });
    }
}

bool
SimNetwork::Chance(double probability)
{
    return static_cast<double>(m_random.Next() >> 11) * 0x1p-53 < probability;
}

Duration
SimNetwork::Delay(const LanOptions& options)
{
    return options.minDelay + m_random.Delay(options.maxDelay - options.minDelay);
}

const SimNode&
SimNetwork::Node(NodeId node)
{
    return Use(node, [](SimNode& simNode) { return std::ref(simNode); });
}

const std::string&
SimNetwork::Name(NodeId node) const
{
    return m_members.at(node.value).name;
}

bool
SimNetwork::Listen(NodeId node, InterfaceId port, const std::string& group, FilterMode mode,
                   const std::vector<std::string>& sources, SocketId socket)
{
    std::vector<Address> addresses;
    for (const auto& source : sources)
    {
        addresses.push_back(ParseAddress(source));
    }
    const auto address = ParseAddress(group);
    return Use(node, [&](SimNode& n) { return static_cast<bool>(n.Listen(socket, port, address, mode, addresses)); });
}

bool
SimNetwork::Leave(NodeId node, InterfaceId port, const std::string& group, SocketId socket)
{
    return Listen(node, port, group, FilterMode::Include, {}, socket);
}

bool
SimNetwork::SendData(NodeId node, const std::string& group, const std::string& payload, std::uint8_t ttl)
{
    SimNode::SendOptions options;
    options.ttl = ttl;
    const Bytes octets(payload.begin(), payload.end());
    const auto address = ParseAddress(group);
    return Use(node, [&](SimNode& simNode) { return simNode.SendData(address, octets, options); });
}

void
SimNetwork::ClearRecords()
{
    m_deliveries.clear();
    m_events.clear();
    m_frames.clear();
}

} // namespace mcast
