// SPDX-License-Identifier: GPL-2.0-only
// Python module mcast_ns3: one ns-3 node with the whole Internet stack and the module multicast, under simulated time
// that the caller steps. Times are seconds, frames whole Ethernet frames as bytes, addresses str, ports and sockets int.

#include "conversion.h"
#include "multicast-convert.h"
#include "ns3-world.h"
#include "pim-read-out.h"
#include "read-out.h"

#include "ns3/core-config.h"
#include "ns3/string.h"

#include <pybind11/stl.h>

namespace mcast::python
{

namespace
{

// A World with what Python asks besides: checks of ports, addresses and times.
class Node
{
  public:
    Node(bool router, std::uint64_t seed, const std::map<std::string, std::string>& attributes)
        : m_world(router, seed, {attributes.begin(), attributes.end()})
    {
    }

    void Close()
    {
        m_world.Close();
    }

    std::uint32_t AddPort(py::handle mac, py::handle address, py::handle prefixLength, py::handle mtu)
    {
        World::PortOptions options;
        options.mac = ToMac("mac", mac);
        options.addresses = ToInterfaceAddresses("address", address, prefixLength);
        options.mtu = static_cast<std::uint16_t>(ToUnsigned("mtu", mtu, 0xffff));
        return Open().AddPort(options).value;
    }

    void Configure(std::uint32_t port, const std::map<std::string, std::string>& attributes, py::handle staticJoins,
                   py::handle boundaries, py::handle family)
    {
        const auto interface = Open().GetInterface(Port(port), ToFamily("family", family));
        for (const auto& [name, value] : attributes)
        {
            if (!interface->SetAttributeFailSafe(name, ns3::StringValue(value)))
            {
                throw FieldError{name, "'" + value + "' is refused, or there is no such attribute"};
            }
        }
        for (const auto& join : ToList("static_joins", staticJoins, ToStaticJoin))
        {
            const auto source = join.source ? ns3::FromCore(*join.source) : ns3::Address();
            interface->AddStaticJoin(ns3::FromCore(join.group), source);
        }
        for (const auto& boundary : ToList("boundaries", boundaries, ToPrefix))
        {
            AddBoundary(*interface, boundary);
        }
        Check(interface->Validate());
    }

    void AddRoute(py::handle group, py::handle source, std::uint32_t incoming,
                  const std::vector<std::uint32_t>& outgoing)
    {
        StaticMulticastRoute route{ToAddress("group", group), {}, Port(incoming), {}};
        if (!source.is_none())
        {
            route.source = ToAddress("source", source);
        }
        for (const auto port : outgoing)
        {
            route.outgoing.push_back(Port(port));
        }
        Open().AddRoute(route);
    }

    void ConfigurePim(py::handle family, const std::map<std::string, std::string>& attributes,
                      const std::vector<std::tuple<std::string, std::string, bool>>& staticRps)
    {
        const auto pim = Open().GetPim(ToFamily("family", family));
        for (const auto& [name, value] : attributes)
        {
            if (!pim->SetAttributeFailSafe(name, ns3::StringValue(value)))
            {
                throw FieldError{name, "'" + value + "' is refused, or there is no such attribute"};
            }
        }
        for (const auto& [rp, groups, overridesBsr] : staticRps)
        {
            pim->AddStaticRp(ns3::FromCore(ToAddress("rp", py::str(rp))), groups, overridesBsr);
        }
        Check(pim->Validate());
    }

    void SetCandidateBsr(py::handle family, py::handle priority, py::handle address, py::handle hashMaskLength,
                         const std::string& zone)
    {
        const auto own = address.is_none() ? ns3::Address() : ns3::FromCore(ToAddress("address", address));
        const auto pim = Open().GetPim(ToFamily("family", family));
        pim->SetCandidateBsr(static_cast<std::uint8_t>(ToUnsigned("priority", priority, 255)), own,
                             static_cast<std::uint8_t>(ToUnsigned("hash_mask_length", hashMaskLength, 128)), zone);
        Check(pim->Validate());
    }

    void AddCandidateRp(py::handle family, const std::vector<std::string>& groups, py::handle priority,
                        py::handle address, py::handle holdtime)
    {
        const auto own = address.is_none() ? ns3::Address() : ns3::FromCore(ToAddress("address", address));
        const auto held = holdtime.is_none() ? ns3::Time() : ns3::FromCore(ToDuration("holdtime", holdtime));
        const auto pim = Open().GetPim(ToFamily("family", family));
        pim->AddCandidateRp(groups, static_cast<std::uint8_t>(ToUnsigned("priority", priority, 255)), own, held);
        Check(pim->Validate());
    }

    void AddDenseGroups(py::handle family, const std::vector<std::string>& ranges)
    {
        const auto pim = Open().GetPim(ToFamily("family", family));
        for (const auto& range : ranges)
        {
            pim->AddDenseGroups(range);
        }
        Check(pim->Validate());
    }

    void AddNeighbor(std::uint32_t port, py::handle address, py::handle mac)
    {
        Open().AddNeighbor(Port(port), ToAddress("address", address), ToMac("mac", mac));
    }

    void AddUnicastRoute(py::handle prefix, std::uint32_t port, py::handle nextHop, std::uint32_t metric)
    {
        Open().AddUnicastRoute(ToPrefix("prefix", prefix), Port(port), ToAddress("next_hop", nextHop), metric);
    }

    void RemoveUnicastRoute(py::handle prefix)
    {
        Open().RemoveUnicastRoute(ToPrefix("prefix", prefix));
    }

    void ApplyConfiguration()
    {
        Open().ApplyConfiguration();
    }

    py::dict PimInterface(std::uint32_t port, py::handle family)
    {
        const auto which = ToFamily("family", family);
        return ReadPimInterface(Open().GetRouter(), World::CoreInterface(Port(port), which), which);
    }

    py::list PimNeighbors(std::uint32_t port, py::handle family)
    {
        const auto which = ToFamily("family", family);
        return ReadPimNeighbors(Open().GetRouter(), World::CoreInterface(Port(port), which), which);
    }

    py::list PimRps(py::handle family)
    {
        return ReadPimRps(Open().GetRouter(), ToFamily("family", family));
    }

    py::object PimRp(py::handle group)
    {
        return ReadPimRp(Open().GetRouter(), ToAddress("group", group));
    }

    py::list PimBootstrap(py::handle family)
    {
        return ReadPimBootstrap(Open().GetRouter(), ToFamily("family", family));
    }

    py::list PimTrees(py::handle family, py::handle group)
    {
        const auto wanted = group.is_none() ? std::nullopt : std::optional(ToAddress("group", group));
        return ReadPimTrees(Open().GetRouter(), ToFamily("family", family), wanted);
    }

    std::uint32_t CoreInterface(std::uint32_t port, py::handle family)
    {
        return World::CoreInterface(Port(port), ToFamily("family", family)).value;
    }

    double Now()
    {
        return ToSeconds(Open().Now());
    }

    void Advance(py::handle until)
    {
        Open().AdvanceTo(TimePoint{ToDuration("until", until)});
    }

    bool Step(py::handle until)
    {
        return Open().Step(TimePoint{ToDuration("until", until)});
    }

    void SendFrame(std::uint32_t port, const py::bytes& frame)
    {
        Open().Arrive(Port(port), View(frame));
    }

    void SetLinkUp(std::uint32_t port, bool up)
    {
        Open().SetLinkUp(Port(port), up);
    }

    void SetAddress(std::uint32_t port, py::handle address, py::handle prefixLength)
    {
        Open().SetAddresses(Port(port), ToInterfaceAddresses("address", address, prefixLength));
    }

    std::string Mac(std::uint32_t port)
    {
        return ToString(Open().Mac(Port(port)));
    }

    void Listen(std::uint32_t socket, std::uint32_t port, py::handle group, py::handle mode, py::handle sources)
    {
        const auto address = ToAddress("group", group);
        const auto list = ToList("sources", sources, ToAddress);
        if (!Open().Listen(SocketId{socket}, Port(port), address, ToFilterMode("mode", mode), list))
        {
            throw ListenRefused{"refused by MulticastNode::Listen"};
        }
    }

    void CloseSocket(std::uint32_t socket)
    {
        Open().CloseSocket(SocketId{socket});
    }

    bool SendData(py::handle group, const py::bytes& payload, std::optional<std::uint32_t> port, py::handle ttl,
                  bool loop)
    {
        std::optional<std::uint8_t> hops;
        if (!ttl.is_none())
        {
            hops = static_cast<std::uint8_t>(ToUnsigned("ttl", ttl, 255));
        }
        return Open().SendData(ToAddress("group", group), View(payload),
                               port ? std::optional(Port(*port)) : std::nullopt, hops, loop);
    }

    py::list TakeFrames()
    {
        py::list list;
        for (const auto& frame : Open().TakeFrames())
        {
            list.append(py::make_tuple(ToSeconds(frame.at), frame.port.value, ToBytes(frame.octets)));
        }
        return list;
    }

    py::list TakeDeliveries()
    {
        py::list list;
        for (const auto& delivery : Open().TakeDeliveries())
        {
            list.append(py::make_tuple(ToSeconds(delivery.at), delivery.socket.value, delivery.port.value,
                                       delivery.source.ToString(), delivery.group.ToString(),
                                       ToBytes(delivery.payload)));
        }
        return list;
    }

    py::list TakeEvents()
    {
        py::list list;
        for (const auto& event : Open().TakeEvents())
        {
            list.append(py::make_tuple(ToSeconds(event.at), event.router ? "router" : "host", event.text));
        }
        return list;
    }

    py::list Groups(std::uint32_t port, py::handle family)
    {
        const auto which = ToFamily("family", family);
        return ReadGroups(Open().GetRouter(), World::CoreInterface(Port(port), which), which);
    }

    py::list HostGroups(std::uint32_t port, py::handle family)
    {
        const auto which = ToFamily("family", family);
        return ReadHostGroups(Open().GetHost(), World::CoreInterface(Port(port), which), which);
    }

    py::dict Interface(std::uint32_t port, py::handle family)
    {
        const auto which = ToFamily("family", family);
        return ReadInterface(Open().GetHost(), Open().GetRouter(), World::CoreInterface(Port(port), which), {}, which);
    }

    py::list ForwardingEntries()
    {
        auto entries = ReadForwarding(Open().GetMfc(Family::Ipv4));
        for (const auto& entry : ReadForwarding(Open().GetMfc(Family::Ipv6)))
        {
            entries.append(entry);
        }
        return entries;
    }

  private:
    static void AddBoundary(ns3::MulticastInterface& interface, const Prefix& groups)
    {
        const auto address = groups.GetAddress();
        if (address.IsIpv4())
        {
            const ns3::Ipv4Mask mask(("/" + std::to_string(groups.Length())).c_str());
            interface.AddBoundary(ns3::Ipv4Address(address.ToIpv4()), mask);
        }
        else
        {
            auto octets = address.Octets();
            interface.AddBoundary(ns3::Ipv6Address(octets.data()), ns3::Ipv6Prefix(groups.Length()));
        }
    }

    // "Attribute: why"
    static void Check(const std::string& error)
    {
        if (!error.empty())
        {
            const auto colon = error.find(": ");
            throw FieldError{error.substr(0, colon), colon == std::string::npos ? error : error.substr(colon + 2)};
        }
    }

    World& Open()
    {
        if (!m_world.IsOpen())
        {
            throw std::runtime_error("the node is closed");
        }
        return m_world;
    }

    InterfaceId Port(std::uint32_t port) const
    {
        if (!m_world.HasPort(InterfaceId{port}))
        {
            throw FieldError{"port", "there is no port " + std::to_string(port)};
        }
        return InterfaceId{port};
    }

    World m_world;
};

} // namespace

} // namespace mcast::python

PYBIND11_MODULE(mcast_ns3, m)
{
    using mcast::python::Node;
    namespace py = pybind11;
    using namespace pybind11::literals;

    m.doc() =
        "One ns-3 node with the module multicast, under simulated time that you step. There is one node at a time:\n"
        "close() it before the next.\n\n"
        "Units: seconds (float), octets (bytes). A refused setting raises ConfigError (field, why).";
    mcast::python::RegisterErrors(m);

    py::class_<Node>(m, "Node", "A host, or a router. Time starts with the first call that needs it.")
        .def(py::init<bool, std::uint64_t, const std::map<std::string, std::string>&>(), py::kw_only(),
             "router"_a = false, "seed"_a = 1, "attributes"_a = std::map<std::string, std::string>{},
             "attributes: of ns3::MulticastNode, name to value as text.")
        .def("close", &Node::Close, "Destroys the simulation.")
        .def("add_port", &Node::AddPort, "mac"_a, "address"_a, "prefix_length"_a = 24, "mtu"_a = 1500,
             "Adds an Ethernet port; returns its number. address: None, one, or a list of addresses and (address,\n"
             "prefix length) of either family.")
        .def("configure", &Node::Configure, "port"_a, "attributes"_a, "static_joins"_a = py::tuple(),
             "boundaries"_a = py::tuple(), "family"_a = "ipv4",
             "attributes: of ns3::MulticastInterface, name to value as text.")
        .def("add_route", &Node::AddRoute, "group"_a, "source"_a, "incoming"_a, "outgoing"_a,
             "A static multicast route; source None: (*,G). Wrong ones end the program, as MulticastNode::AddRoute "
             "does.")
        .def("configure_pim", &Node::ConfigurePim, "family"_a, "attributes"_a, "static_rps"_a,
             "attributes: of ns3::MulticastPim; static_rps: (address, range of groups, overrides_bsr).")
        .def("set_candidate_bsr", &Node::SetCandidateBsr, "family"_a, "priority"_a, "address"_a, "hash_mask_length"_a,
             "zone"_a)
        .def("add_candidate_rp", &Node::AddCandidateRp, "family"_a, "groups"_a, "priority"_a, "address"_a, "holdtime"_a)
        .def("add_dense_groups", &Node::AddDenseGroups, "family"_a, "ranges"_a)
        .def("add_neighbor", &Node::AddNeighbor, "port"_a, "address"_a, "mac"_a,
             "A host on the port's link that need not be asked for by ARP or Neighbor Discovery.")
        .def("add_unicast_route", &Node::AddUnicastRoute, "prefix"_a, "port"_a, "next_hop"_a, "metric"_a = 0)
        .def("remove_unicast_route", &Node::RemoveUnicastRoute, "prefix"_a)
        .def("apply_configuration", &Node::ApplyConfiguration, "What was configured since takes effect now.")
        .def("pim_interface", &Node::PimInterface, "port"_a, "family"_a = "ipv4", "Empty where PIM doesn't run.")
        .def("pim_neighbors", &Node::PimNeighbors, "port"_a, "family"_a = "ipv4")
        .def("pim_rps", &Node::PimRps, "family"_a = "ipv4", "Ranges of groups and their RPs.")
        .def("pim_rp", &Node::PimRp, "group"_a, "The RP of a group, or None.")
        .def("pim_bootstrap", &Node::PimBootstrap, "family"_a = "ipv4")
        .def("pim_trees", &Node::PimTrees, "family"_a = "ipv4", "group"_a = py::none())
        .def("core_interface", &Node::CoreInterface, "port"_a, "family"_a = "ipv4",
             "The number that a port has in these read-outs.")
        .def("now", &Node::Now)
        .def("advance", &Node::Advance, "until"_a)
        .def("step", &Node::Step, "until"_a,
             "Runs until the first frame or delivery, at most to `until`; True if there is one to take.")
        .def("send_frame", &Node::SendFrame, "port"_a, "frame"_a, "A frame arrives at the port now.")
        .def("set_address", &Node::SetAddress, "port"_a, "address"_a, "prefix_length"_a = 24,
             "Replaces the port's addresses; None: it has none.")
        .def("set_link_up", &Node::SetLinkUp, "port"_a, "up"_a)
        .def("mac", &Node::Mac, "port"_a)
        .def("listen", &Node::Listen, "socket"_a, "port"_a, "group"_a, "mode"_a, "sources"_a = py::tuple(),
             "MulticastSocket::Listen; raises ListenError if it is refused.")
        .def("close_socket", &Node::CloseSocket, "socket"_a)
        .def("send_data", &Node::SendData, "group"_a, "payload"_a, "port"_a = py::none(), "ttl"_a = py::none(),
             "loop"_a = true, "An ns-3 UDP socket sends a datagram to port 5001; False if it can't.")
        .def("take_frames", &Node::TakeFrames, "[(time, port, frame)], oldest first")
        .def("take_deliveries", &Node::TakeDeliveries, "[(time, socket, port, source, group, payload)]")
        .def("take_events", &Node::TakeEvents, "[(time, 'host' or 'router', text)]")
        .def("groups", &Node::Groups, "port"_a, "family"_a = "ipv4", "A router's membership records, a list of dicts.")
        .def("host_groups", &Node::HostGroups, "port"_a, "family"_a = "ipv4",
             "A host's reception state, a list of dicts.")
        .def("interface", &Node::Interface, "port"_a, "family"_a = "ipv4", "State of an interface, a dict.")
        .def("forwarding_entries", &Node::ForwardingEntries, "The forwarding cache, a list of dicts.");
}
