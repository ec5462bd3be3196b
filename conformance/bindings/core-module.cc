// SPDX-License-Identifier: GPL-2.0-only
// Python module mcast_core: one simulated node (test/sim/sim-node.h) around the protocol core, under a clock that the
// caller steps. Times are seconds, frames whole Ethernet frames as bytes, addresses str, ports and sockets int.

#include "config-fields.h"
#include "conversion.h"
#include "pim-read-out.h"
#include "read-out.h"
#include "sim-node.h"

#include <pybind11/stl.h>

namespace mcast::python
{

namespace
{

// A SimNode with what Python asks besides: checks of ports and times.
class Node
{
  public:
    Node(bool router, std::uint64_t seed, std::size_t maxGroups, std::size_t maxForwardingEntries,
         py::handle forwardingEntryLifetime)
        : m_node(seed,
                 router ? std::optional(RouterOptions{seed, maxGroups, maxForwardingEntries,
                                                      ToDuration("forwarding_entry_lifetime", forwardingEntryLifetime)})
                        : std::nullopt)
    {
    }

    std::uint32_t AddPort(const std::string& name, py::handle mac, py::handle address, py::handle prefixLength,
                          py::handle mtu)
    {
        InterfaceState state;
        state.name = name;
        state.mtu = static_cast<std::uint16_t>(ToUnsigned("mtu", mtu, 0xffff));
        state.addresses = ToInterfaceAddresses("address", address, prefixLength);
        return m_node.AddPort(std::move(state), ToMac("mac", mac)).value;
    }

    void SetAddress(std::uint32_t port, py::handle address, py::handle prefixLength)
    {
        m_node.SetAddresses(Port(port), ToInterfaceAddresses("address", address, prefixLength));
    }

    void RemovePort(std::uint32_t port)
    {
        m_node.RemovePort(Port(port));
    }

    void SetPortUp(std::uint32_t port, bool up)
    {
        m_node.SetPortUp(Port(port), up);
    }

    std::string Mac(std::uint32_t port) const
    {
        return ToString(*m_node.Mac(Port(port)));
    }

    void ConfigureHost(std::uint32_t port, py::handle family, const py::kwargs& fields)
    {
        Require(m_node.ConfigureHost(Port(port), ToHostConfig(ToFamily("family", family), fields)));
    }

    void ConfigureRouter(std::uint32_t port, py::handle family, const py::kwargs& fields)
    {
        Require(m_node.ConfigureRouter(Port(port), ToRouterConfig(ToFamily("family", family), fields)));
    }

    void DeconfigureRouter(std::uint32_t port, py::handle family)
    {
        m_node.DeconfigureRouter(Port(port), ToFamily("family", family));
    }

    void AddRoute(py::handle group, py::handle source, std::uint32_t incoming,
                  const std::vector<std::uint32_t>& outgoing)
    {
        StaticMulticastRoute route{ToAddress("group", group), ToOptional("source", source), Port(incoming), {}};
        for (const auto port : outgoing)
        {
            route.outgoing.push_back(Port(port));
        }
        Require(m_node.AddRoute(route));
    }

    bool RemoveRoute(py::handle group, py::handle source)
    {
        return m_node.RemoveRoute(ToAddress("group", group), ToOptional("source", source));
    }

    void ConfigurePim(py::handle family, const py::kwargs& fields)
    {
        Require(m_node.ConfigurePim(ToPimRouter(ToFamily("family", family), fields)));
    }

    void AddUnicastRoute(py::handle prefix, std::uint32_t port, py::handle nextHop, std::uint32_t metric,
                         std::uint32_t preference)
    {
        const auto destination = ToPrefix("prefix", prefix);
        const auto hop = ToOptional("next_hop", nextHop);
        const auto family = destination.GetAddress().GetFamily();
        m_node.AddUnicastRoute(destination, {Port(port), hop.value_or(Address::Any(family)), metric, preference});
    }

    bool RemoveUnicastRoute(py::handle prefix)
    {
        return m_node.RemoveUnicastRoute(ToPrefix("prefix", prefix));
    }

    void Shutdown()
    {
        m_node.ShutdownRouter();
    }

    double Now() const
    {
        return ToSeconds(m_node.Now());
    }

    std::optional<double> NextDeadline() const
    {
        const auto next = m_node.NextDeadline();
        return next ? std::optional(ToSeconds(*next)) : std::nullopt;
    }

    void SendFrame(std::uint32_t port, const py::bytes& frame)
    {
        m_node.HandleFrame(m_node.Now(), Port(port), View(frame));
    }

    void Advance(py::handle until)
    {
        m_node.AdvanceTo(TimePoint{ToDuration("until", until)});
    }

    // Stops at the time of the first frame or delivery that was not there before; true if there was one.
    bool Step(py::handle until)
    {
        const TimePoint end{ToDuration("until", until)};
        bool output = m_node.HasOutput();
        for (auto next = m_node.NextDeadline(); !output && next && *next <= end; next = m_node.NextDeadline())
        {
            m_node.AdvanceTo(*next);
            output = m_node.HasOutput();
        }
        if (!output)
        {
            m_node.AdvanceTo(end);
        }
        return output;
    }

    py::list TakeFrames()
    {
        py::list list;
        while (const auto frame = m_node.PollFrame())
        {
            list.append(py::make_tuple(ToSeconds(frame->at), frame->port.value, ToBytes(frame->octets)));
        }
        return list;
    }

    py::list TakeDeliveries()
    {
        py::list list;
        while (const auto delivery = m_node.PollDelivery())
        {
            list.append(py::make_tuple(ToSeconds(delivery->at), delivery->socket.value, delivery->port.value,
                                       delivery->source.ToString(), delivery->group.ToString(),
                                       ToBytes(delivery->payload)));
        }
        return list;
    }

    py::list TakeEvents()
    {
        py::list list;
        while (const auto event = m_node.PollEvent())
        {
            list.append(py::make_tuple(ToSeconds(event->event.at), event->router ? "router" : "host",
                                       mcast::ToString(event->event)));
        }
        return list;
    }

    void Listen(std::uint32_t socket, std::uint32_t port, py::handle group, py::handle mode, py::handle sources)
    {
        const auto outcome = m_node.Listen(SocketId{socket}, InterfaceId{port}, ToAddress("group", group),
                                           ToFilterMode("mode", mode), ToList("sources", sources, ToAddress));
        if (!outcome)
        {
            throw ListenRefused{mcast::ToString(outcome.Error())};
        }
    }

    void CloseSocket(std::uint32_t socket)
    {
        m_node.CloseSocket(SocketId{socket});
    }

    bool SendData(py::handle group, const py::bytes& payload, std::optional<std::uint32_t> port, py::handle ttl,
                  bool loop)
    {
        SimNode::SendOptions options;
        options.port = port ? std::optional(Port(*port)) : std::nullopt;
        options.ttl = static_cast<std::uint8_t>(ToUnsigned("ttl", ttl, 255));
        options.loop = loop;
        return m_node.SendData(ToAddress("group", group), View(payload), options);
    }

    py::list Groups(std::uint32_t port, py::handle family) const
    {
        return ReadGroups(m_node.GetRouter(), Port(port), ToFamily("family", family));
    }

    py::list HostGroups(std::uint32_t port, py::handle family) const
    {
        return ReadHostGroups(m_node.GetHost(), Port(port), ToFamily("family", family));
    }

    py::dict Interface(std::uint32_t port, py::handle family) const
    {
        return ReadInterface(m_node.GetHost(), m_node.GetRouter(), Port(port), m_node.IpCounters(Port(port)),
                             ToFamily("family", family));
    }

    py::list ForwardingEntries() const
    {
        return ReadForwarding(m_node.GetMfc());
    }

    py::dict PimInterface(std::uint32_t port, py::handle family) const
    {
        return ReadPimInterface(m_node.GetRouter(), Port(port), ToFamily("family", family));
    }

    py::list PimNeighbors(std::uint32_t port, py::handle family) const
    {
        return ReadPimNeighbors(m_node.GetRouter(), Port(port), ToFamily("family", family));
    }

    py::list PimRps(py::handle family) const
    {
        return ReadPimRps(m_node.GetRouter(), ToFamily("family", family));
    }

    py::object PimRp(py::handle group) const
    {
        return ReadPimRp(m_node.GetRouter(), ToAddress("group", group));
    }

    py::list PimBootstrap(py::handle family) const
    {
        return ReadPimBootstrap(m_node.GetRouter(), ToFamily("family", family));
    }

    py::list PimTrees(py::handle family, py::handle group) const
    {
        return ReadPimTrees(m_node.GetRouter(), ToFamily("family", family), ToOptional("group", group));
    }

  private:
    static std::optional<Address> ToOptional(const std::string& field, py::handle value)
    {
        return value.is_none() ? std::nullopt : std::optional(ToAddress(field, value));
    }

    InterfaceId Port(std::uint32_t port) const
    {
        if (!m_node.FindPort(InterfaceId{port}))
        {
            throw FieldError{"port", "there is no port " + std::to_string(port)};
        }
        return InterfaceId{port};
    }

    SimNode m_node;
};

} // namespace

} // namespace mcast::python

PYBIND11_MODULE(mcast_core, m)
{
    using mcast::python::Node;
    namespace py = pybind11;
    using namespace pybind11::literals;

    m.doc() = "The multicast protocol core in a simulated node with Ethernet ports, under a clock that you step.\n\n"
              "Units: seconds (float), octets (bytes). A refused setting raises ConfigError (field, why).";
    mcast::python::RegisterErrors(m);

    py::class_<Node>(m, "Node", "A host, or a router (which is a host, too). Time starts at zero.")
        .def(py::init<bool, std::uint64_t, std::size_t, std::size_t, py::handle>(), py::kw_only(), "router"_a = false,
             "seed"_a = 1, "max_groups"_a = 1000000, "max_forwarding_entries"_a = 100000,
             "forwarding_entry_lifetime"_a = 210.0)
        .def("add_port", &Node::AddPort, "name"_a, "mac"_a, "address"_a = py::none(), "prefix_length"_a = 24,
             "mtu"_a = 1500,
             "Adds an Ethernet port; returns its number. address: None, one, or a list of addresses and (address,\n"
             "prefix length) of either family.")
        .def("remove_port", &Node::RemovePort, "port"_a)
        .def("set_address", &Node::SetAddress, "port"_a, "address"_a, "prefix_length"_a = 24,
             "Replaces the port's addresses; None: it has none.")
        .def("set_port_up", &Node::SetPortUp, "port"_a, "up"_a)
        .def("mac", &Node::Mac, "port"_a)
        .def("configure_host", &Node::ConfigureHost, "port"_a, "family"_a = "ipv4",
             "Host side of a port: version profile robustness query_interval query_response_interval\n"
             "older_version_compatibility ssm_range unsolicited_report_interval unsolicited_report_interval_v2\n"
             "require_router_alert leave_always max_sources_per_group")
        .def("configure_router", &Node::ConfigureRouter, "port"_a, "family"_a = "ipv4",
             "Router side of a port: version profile robustness query_interval query_response_interval\n"
             "older_version_compatibility ssm_range startup_query_interval startup_query_count\n"
             "last_member_query_interval last_member_query_count fast_leave require_router_alert\n"
             "require_on_subnet_source require_ttl_one max_groups max_sources_per_group static_joins\n"
             "membership ttl_threshold boundaries pim")
        .def("deconfigure_router", &Node::DeconfigureRouter, "port"_a, "family"_a = "ipv4")
        .def("add_route", &Node::AddRoute, "group"_a, "source"_a, "incoming"_a, "outgoing"_a,
             "A static multicast route; source None: (*,G).")
        .def("remove_route", &Node::RemoveRoute, "group"_a, "source"_a)
        .def("configure_pim", &Node::ConfigurePim, "family"_a = "ipv4",
             "PIM of the router, by the names of pim::RouterConfig; that of a port is configure_router's pim, a dict by\n"
             "the names of pim::InterfaceConfig.")
        .def("add_unicast_route", &Node::AddUnicastRoute, "prefix"_a, "port"_a, "next_hop"_a = py::none(),
             "metric"_a = 0, "preference"_a = 0)
        .def("remove_unicast_route", &Node::RemoveUnicastRoute, "prefix"_a, "False if there was none.")
        .def("shutdown", &Node::Shutdown, "The router takes back all that it installed.")
        .def("now", &Node::Now)
        .def("next_deadline", &Node::NextDeadline, "When something may happen by itself, or None.")
        .def("send_frame", &Node::SendFrame, "port"_a, "frame"_a, "A frame arrives at the port now.")
        .def("advance", &Node::Advance, "until"_a, "Runs the clock; every timer fires at its own time.")
        .def("step", &Node::Step, "until"_a,
             "Runs the clock until the first frame or delivery, at most to `until`; True if there is one to take.")
        .def("take_frames", &Node::TakeFrames, "[(time, port, frame)], oldest first")
        .def("take_deliveries", &Node::TakeDeliveries, "[(time, socket, port, source, group, payload)]")
        .def("take_events", &Node::TakeEvents, "[(time, 'host' or 'router', text)]")
        .def("listen", &Node::Listen, "socket"_a, "port"_a, "group"_a, "mode"_a, "sources"_a = py::tuple(),
             "IPMulticastListen (RFC 3376 2); raises ListenError if it is refused.")
        .def("close_socket", &Node::CloseSocket, "socket"_a)
        .def("send_data", &Node::SendData, "group"_a, "payload"_a, "port"_a = py::none(), "ttl"_a = 1, "loop"_a = true,
             "An application sends a UDP datagram to port 5001; False if no port can send it.")
        .def("groups", &Node::Groups, "port"_a, "family"_a = "ipv4", "A router's membership records, a list of dicts.")
        .def("host_groups", &Node::HostGroups, "port"_a, "family"_a = "ipv4",
             "A host's reception state, a list of dicts.")
        .def("interface", &Node::Interface, "port"_a, "family"_a = "ipv4", "State of an interface, a dict.")
        .def("pim_interface", &Node::PimInterface, "port"_a, "family"_a = "ipv4", "Empty where PIM doesn't run.")
        .def("pim_neighbors", &Node::PimNeighbors, "port"_a, "family"_a = "ipv4")
        .def("pim_rps", &Node::PimRps, "family"_a = "ipv4", "Ranges of groups and their RPs.")
        .def("pim_rp", &Node::PimRp, "group"_a, "The RP of a group, or None.")
        .def("pim_bootstrap", &Node::PimBootstrap, "family"_a = "ipv4")
        .def("pim_trees", &Node::PimTrees, "family"_a = "ipv4", "group"_a = py::none())
        .def("forwarding_entries", &Node::ForwardingEntries, "The forwarding cache, a list of dicts.");
}
