// SPDX-License-Identifier: GPL-2.0-only
// A router with PIM on four links, for tests of its machines from packets to packets, of either family:
//
//   link 1   towards the RP       neighbour 1 is the next hop
//   link 2   towards the sources  neighbour 1 is the next hop
//   links 3, 4                    neighbours and members downstream
//
// We are .5 of each link, so neighbours below are not its DR. What the router sends, and the forwarding plane's entries,
// are read as text in which addresses have names: S and T are sources, RP, N31 is neighbour 1 of link 3, US3 we.

#ifndef MCAST_TEST_CORE_PIM_ROUTER_FIXTURE_H
#define MCAST_TEST_CORE_PIM_ROUTER_FIXTURE_H

#include "gm/protocol.h"
#include "router.h"
#include "support.h"
#include "wire/ip.h"
#include "wire/pim.h"

#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace mcast::pim
{

using namespace test;
using Lines = std::vector<std::string>;
using Kind = TreeView::Kind;

class RoutesOfTest final : public RouteTable
{
  public:
    std::optional<Result> Lookup(const Address& destination) const override
    {
        const std::pair<const Prefix, Result>* best = nullptr;
        for (const auto& route : table)
        {
            if (route.first.Contains(destination) && (best == nullptr || route.first.Length() > best->first.Length()))
            {
                best = &route;
            }
        }
        return best == nullptr ? std::nullopt : std::optional(best->second);
    }

    std::map<Prefix, Result> table;
};

/// An entry of a Join/Prune.
struct Told
{
    enum class What
    {
        StarG,
        SG,
        SGRpt,
    };

    What what;
    Address source; ///< or RP
};

class PimRouterTest : public testing::TestWithParam<Family>
{
  protected:
    explicit PimRouterTest(Family family = GetParam())
        : family(family),
          G(Pick("239.1.2.3", "ff1e::3")),
          H(Pick("239.1.2.4", "ff1e::4")),
          SSM(Pick("232.1.2.3", "ff3e::8000:3")),
          S(Pick("10.9.0.1", "2001:db8:9::1")),
          T(Pick("10.9.0.2", "2001:db8:9::2")),
          RP(Pick("10.8.0.1", "2001:db8:8::1"))
    {
        config.family = family;
        config.staticRps = {{RP, Groups(), false}};
        routes.table[Prefix{RP, 128}] = {InterfaceId{1}, Neighbor(1, 1), 20, 110};
        routes.table[Network(9)] = {InterfaceId{2}, Neighbor(2, 1), 10, 110};
    }

    // What may be changed before Start().
    virtual RouterInterfaceConfig InterfaceConfigOf(std::uint32_t)
    {
        RouterInterfaceConfig config;
        config.gm.family = family;
        config.pim.emplace();
        config.pim->family = family;
        return config;
    }

    /// Settled, with a neighbour on links 1 to 3, nothing left to read.
    void Start()
    {
        router = std::make_unique<Router>(options, &routes);
        for (std::uint32_t link = 1; link <= 4; ++link)
        {
            router->HandleInterface(StateOf(link));
            ASSERT_TRUE(router->Configure(InterfaceId{link}, InterfaceConfigOf(link)));
        }
        ASSERT_TRUE(router->Configure(config));
        for (std::uint32_t link = 1; link <= 3; ++link)
        {
            Greet(link, 1);
        }
        Wait(seconds{40}); // past startup queries
        Forget();
    }

    void Reconfigure()
    {
        ASSERT_TRUE(router->Configure(config));
    }

    // Addresses.

    Address Pick(const char* ipv4, const char* ipv6) const
    {
        return Ip(family == Family::Ipv4 ? ipv4 : ipv6);
    }

    Prefix Groups() const
    {
        return *Prefix::Parse(family == Family::Ipv4 ? "224.0.0.0/4" : "ff00::/8");
    }

    /// 10.<number>.0.0/16 or 2001:db8:<number>::/48
    Prefix Network(std::uint32_t number) const
    {
        return *Prefix::Parse(family == Family::Ipv4 ? "10." + std::to_string(number) + ".0.0/16"
                                                     : "2001:db8:" + std::to_string(number) + "::/48");
    }

    /// That messages of a link come from: of IPv6 a link-local one.
    Address Neighbor(std::uint32_t link, std::uint32_t number) const
    {
        return family == Family::Ipv4 ? OnLink(link, number)
                                      : Ip("fe80::" + std::to_string(link) + ":" + std::to_string(number));
    }

    Address Us(std::uint32_t link) const
    {
        return Neighbor(link, 5);
    }

    /// An address of the link's subnet.
    Address OnLink(std::uint32_t link, std::uint32_t number) const
    {
        return Ip(family == Family::Ipv4 ? "10." + std::to_string(link) + ".0." + std::to_string(number)
                                         : "2001:db8:" + std::to_string(link) + "::" + std::to_string(number));
    }

    InterfaceState StateOf(std::uint32_t link) const
    {
        auto state = UpInterface(InterfaceId{link}, OnLink(link, 5).ToString(), family == Family::Ipv4 ? 16 : 64);
        if (family == Family::Ipv6)
        {
            state.addresses.push_back({Us(link), 64});
        }
        return state;
    }

    // Time.

    void Wait(Duration time)
    {
        const auto until = router->Now() + time;
        while (router->NextDeadline() && *router->NextDeadline() <= until)
        {
            router->AdvanceTo(*router->NextDeadline());
            Drain();
        }
        router->AdvanceTo(until);
        Drain();
    }

    // Messages of others.

    void Greet(std::uint32_t link, std::uint32_t number, std::uint32_t generationId = 1,
               std::uint16_t holdtime = HOLDTIME_FOREVER)
    {
        Hello hello;
        hello.holdtime = holdtime;
        hello.drPriority = 1;
        hello.generationId = generationId;
        hello.lanPruneDelay = LanPruneDelay{};
        hello.lanPruneDelay->trackingSupport = tracking;
        if (family == Family::Ipv6)
        {
            hello.secondaryAddresses = {OnLink(link, number)};
        }
        Hear(link, Neighbor(link, number), hello);
    }

    PacketMeta From(const Address& source) const
    {
        return {source, AllRouters(family), PROTOCOL, 1, TOS_INTERNETWORK_CONTROL, false};
    }

    void Hear(std::uint32_t link, const Address& source, const Message& message)
    {
        router->HandlePacket(InterfaceId{link}, From(source), Write(From(source), message));
        Wait(Duration::zero());
    }

    /// By unicast, from anywhere to an address of ours.
    void HearRouted(const Address& source, const Address& destination, const Message& message, std::uint8_t tos = 0)
    {
        const PacketMeta meta{source, destination, PROTOCOL, 60, tos, false};
        router->HandlePacket(InterfaceId{1}, meta, Write(meta, message));
        Wait(Duration::zero());
    }

    Told StarG() const
    {
        return {Told::What::StarG, RP};
    }

    static Told SG(const Address& source)
    {
        return {Told::What::SG, source};
    }

    static Told Rpt(const Address& source)
    {
        return {Told::What::SGRpt, source};
    }

    JoinPrune MakeJoinPrune(const Address& upstream, const Address& group, const std::vector<Told>& joins,
                            const std::vector<Told>& prunes, std::uint16_t holdtime) const
    {
        GroupSet set;
        set.group.group = Prefix{group, 128};
        for (const bool join : {true, false})
        {
            for (const auto& told : join ? joins : prunes)
            {
                (join ? set.joins : set.prunes)
                    .push_back({told.source, told.what == Told::What::StarG, told.what != Told::What::SG, true});
            }
        }
        JoinPrune message;
        message.upstream = upstream;
        message.holdtime = holdtime;
        message.groups = {set};
        return message;
    }

    /// From neighbour 1 of the link to us.
    void HearJoinPrune(std::uint32_t link, const Address& group, const std::vector<Told>& joins,
                       const std::vector<Told>& prunes = {}, std::uint16_t holdtime = 210)
    {
        Hear(link, Neighbor(link, 1), MakeJoinPrune(Us(link), group, joins, prunes, holdtime));
    }

    void Join(std::uint32_t link, const Told& told, const Address& group, std::uint16_t holdtime = 210)
    {
        HearJoinPrune(link, group, {told}, {}, holdtime);
    }

    void Prune(std::uint32_t link, const Told& told, const Address& group)
    {
        HearJoinPrune(link, group, {}, {told});
    }

    /// Neighbour 2 of the link says it to neighbour `to`.
    void Overhear(std::uint32_t link, std::uint32_t to, const Address& group, const std::vector<Told>& joins,
                  const std::vector<Told>& prunes = {}, std::uint16_t holdtime = 210)
    {
        Hear(link, Neighbor(link, 2), MakeJoinPrune(Neighbor(link, to), group, joins, prunes, holdtime));
    }

    void HearAssert(std::uint32_t link, std::uint32_t number, const Address& group, const Address& source, bool rpt,
                    std::uint32_t preference, std::uint32_t metric)
    {
        Hear(link, Neighbor(link, number), Assert{group, source, rpt, preference, metric});
    }

    Address Any() const
    {
        return Address::Any(family);
    }

    // Members, by IGMPv3 or MLDv2.

    void Report(std::uint32_t link, RecordType type, const Address& group, const std::vector<Address>& sources = {})
    {
        const auto& protocol = gm::ProtocolOf(family);
        PacketMeta meta{Neighbor(link, 50), protocol.reportDestination, protocol.ipProtocol, 1, protocol.tos, true};
        const MembershipMessage report = mcast::Report{{Record{type, group, sources}}};
        router->HandlePacket(InterfaceId{link}, meta, protocol.write(meta, report));
        Wait(Duration::zero());
    }

    void Member(std::uint32_t link, const Address& group)
    {
        Report(link, RecordType::ToEx, group);
    }

    // Data.

    void Data(std::uint32_t link, const Address& source, const Address& group)
    {
        DataBy(InterfaceId{link}, source, group);
    }

    /// A packet arrives: what the cache tells of it depends on its entries.
    void DataBy(InterfaceId arrival, const Address& source, const Address& group)
    {
        Drain();
        const auto found = plane.find({source, group});
        if (found == plane.end())
        {
            router->HandleUpcall({Upcall::Kind::NoCache, arrival, source, group, {}});
        }
        else if (found->second.incoming != arrival)
        {
            router->HandleUpcall({Upcall::Kind::WrongInterface, arrival, source, group, {}});
        }
        else
        {
            ++packets[{source, group}];
        }
        Wait(Duration::zero());
    }

    Bytes Packet(const Address& source, const Address& group, std::uint8_t ttl = 16, std::uint8_t tos = 0) const
    {
        return WriteIp({source, group, 17, ttl, tos, false}, Bytes{0, 9, 0, 9, 0, 8, 0, 0});
    }

    void WholePacket(const Address& source, const Address& group, std::uint8_t ttl = 16)
    {
        const auto packet = Packet(source, group, ttl);
        router->HandleUpcall({Upcall::Kind::WholePacket, REGISTER_INTERFACE, source, group, packet});
        Wait(Duration::zero());
    }

    // Reading.

    std::string Name(const Address& address) const
    {
        const std::pair<Address, const char*> names[]{{G, "G"}, {H, "H"}, {SSM, "SSM"}, {S, "S"}, {T, "T"}, {RP, "RP"}};
        for (const auto& [known, name] : names)
        {
            if (known == address)
            {
                return name;
            }
        }
        for (std::uint32_t link = 1; link <= 4; ++link)
        {
            for (std::uint32_t number = 1; number <= 5; ++number)
            {
                if (address == Neighbor(link, number))
                {
                    return number == 5 ? "US" + std::to_string(link)
                                       : "N" + std::to_string(link) + std::to_string(number);
                }
            }
        }
        return address.ToString();
    }

    std::string Tell(const GroupSet& set) const
    {
        const auto group = Name(set.group.group.GetAddress());
        std::string line;
        for (const bool join : {true, false})
        {
            for (const auto& entry : join ? set.joins : set.prunes)
            {
                line += std::string(join ? " +(" : " -(") + (entry.wildcard ? "*" : Name(entry.address)) + "," + group +
                        (entry.rpt && !entry.wildcard ? ",rpt)" : ")");
            }
        }
        return line;
    }

    /// All but Hellos and queries:  "1 N11: +(*,G) -(S,G,rpt)", "3 assert (S,G) 110/10", "3 assert (*,G) rpt 110/20",
    /// "register RP (S,G)", "null-register RP (S,G)", "register-stop N31 (S,G)"; of dense mode
    /// "graft N21: +(S,G)", "graft-ack N31: +(S,G)", "3 refresh (S,G) 110/10 ttl 63 P N O".
    std::string Tell(const Transmit& transmit) const
    {
        const auto message = Parse(transmit.meta, transmit.payload);
        if (!message)
        {
            return "malformed";
        }
        const auto link = std::to_string(transmit.interface.value);
        if (const auto* joinPrune = std::get_if<JoinPrune>(&*message))
        {
            auto line = link + " " + Name(joinPrune->upstream) + ":";
            if (joinPrune->kind != JoinPrune::Kind::JoinPrune)
            {
                line = (joinPrune->kind == JoinPrune::Kind::Graft ? "graft " : "graft-ack ") +
                       Name(transmit.meta.destination) + ":";
            }
            for (const auto& set : joinPrune->groups)
            {
                line += Tell(set);
            }
            return line;
        }
        if (const auto* assert = std::get_if<Assert>(&*message))
        {
            return link + " assert (" + (assert->source.IsUnspecified() ? "*" : Name(assert->source)) + "," +
                   Name(assert->group) + ")" + (assert->rpt ? " rpt " : " ") + std::to_string(assert->preference) +
                   "/" + std::to_string(assert->metric);
        }
        if (const auto* refresh = std::get_if<StateRefresh>(&*message))
        {
            return link + " refresh (" + Name(refresh->source) + "," + Name(refresh->group) + ") " +
                   std::to_string(refresh->preference) + "/" + std::to_string(refresh->metric) + " ttl " +
                   std::to_string(refresh->ttl) + (refresh->pruneIndicator ? " P" : "") +
                   (refresh->pruneNow ? " N" : "") + (refresh->assertOverride ? " O" : "");
        }
        if (const auto* registered = std::get_if<Register>(&*message))
        {
            const auto inner = ParseIp(family, registered->packet);
            return std::string(registered->null ? "null-register " : "register ") + Name(transmit.meta.destination) +
                   (inner ? " (" + Name(inner->meta.source) + "," + Name(inner->meta.destination) + ")" : " broken");
        }
        if (const auto* stop = std::get_if<RegisterStop>(&*message))
        {
            return "register-stop " + Name(transmit.meta.destination) + " (" + Name(stop->source) + "," +
                   Name(stop->group) + ")";
        }
        return "";
    }

    void Drain()
    {
        while (const auto transmit = router->PollTransmit())
        {
            const auto line = transmit->meta.protocol == PROTOCOL ? Tell(*transmit) : "";
            if (!line.empty())
            {
                sent.push_back(line);
                lastSent = *transmit;
                sentAt = router->Now();
            }
        }
        while (const auto change = router->PollForwarding())
        {
            const auto key = std::pair(change->source, change->group);
            switch (change->kind)
            {
            case ForwardingChange::Kind::Install:
                packets[key] = 1;
                plane[key] = *change;
                break;
            case ForwardingChange::Kind::Replace:
                plane[key] = *change;
                break;
            case ForwardingChange::Kind::Remove:
                plane.erase(key);
                packets.erase(key);
                break;
            case ForwardingChange::Kind::ReadCounters:
                router->HandleCounters(key.first, key.second, {packets[key], packets[key] * 100, 0, {}});
                break;
            }
        }
        while (auto packet = router->PollDecapsulated())
        {
            decapsulated.push_back(std::move(*packet));
        }
        while (const auto event = router->PollEvent())
        {
            if (event->kind == EventKind::PacketDropped || event->kind == EventKind::RecordIgnored ||
                event->kind == EventKind::LimitReached)
            {
                dropped.emplace_back(ToString(event->reason));
            }
        }
    }

    void Forget()
    {
        Drain();
        sent.clear();
        dropped.clear();
        decapsulated.clear();
    }

    Lines TakeSent()
    {
        Drain();
        return std::exchange(sent, {});
    }

    Lines TakeDropped()
    {
        Drain();
        return std::exchange(dropped, {});
    }

    /// "2 > 3 4": where data has to come in, and where it goes out; R is the Register tunnel; "" without an entry.
    std::string Plane(const Address& source, const Address& group)
    {
        const auto found = plane.find({source, group});
        if (found == plane.end())
        {
            return "";
        }
        const auto name = [](InterfaceId id) { return id == REGISTER_INTERFACE ? "R" : std::to_string(id.value); };
        auto line = name(found->second.incoming) + " >";
        for (const auto& output : found->second.outgoing)
        {
            line += " " + name(output.interface);
        }
        return line;
    }

    std::optional<TreeView> Tree(Kind kind, const Address& group, const Address& source = {}) const
    {
        for (const auto& tree : router->PimTrees(family, group))
        {
            if (tree.kind == kind && (kind == Kind::StarG || tree.source == source))
            {
                return tree;
            }
        }
        return std::nullopt;
    }

    std::optional<TreeInterfaceView> On(std::uint32_t link, Kind kind, const Address& group,
                                        const Address& source = {}) const
    {
        const auto tree = Tree(kind, group, source);
        for (const auto& on : tree ? tree->interfaces : std::vector<TreeInterfaceView>{})
        {
            if (on.interface == InterfaceId{link})
            {
                return on;
            }
        }
        return std::nullopt;
    }

    DownstreamState Downstream(std::uint32_t link, Kind kind, const Address& group, const Address& source = {}) const
    {
        const auto on = On(link, kind, group, source);
        return on ? on->state : DownstreamState::NoInfo;
    }

    AssertState AssertOn(std::uint32_t link, Kind kind, const Address& group, const Address& source = {}) const
    {
        const auto on = On(link, kind, group, source);
        return on ? on->assertState : AssertState::NoInfo;
    }

    std::size_t Trees() const
    {
        return router->PimTreeCounts(family).Total();
    }

    Family family;
    Address G, H, SSM, S, T, RP;
    RouterOptions options;
    RouterConfig config;
    RoutesOfTest routes;
    bool tracking = false; ///< neighbours can do without Join suppression
    std::unique_ptr<Router> router;
    Lines sent;
    Transmit lastSent;
    TimePoint sentAt{};
    Lines dropped;
    std::vector<Bytes> decapsulated;
    std::map<std::pair<Address, Address>, ForwardingChange> plane;
    std::map<std::pair<Address, Address>, std::uint64_t> packets; ///< that entries have taken
};

inline std::string
NameOfFamily(const testing::TestParamInfo<Family>& info)
{
    return info.param == Family::Ipv4 ? "Ipv4" : "Ipv6";
}

#define BOTH_FAMILIES(Fixture)                                                                                         \
    INSTANTIATE_TEST_SUITE_P(Families, Fixture, testing::Values(Family::Ipv4, Family::Ipv6), NameOfFamily)

} // namespace mcast::pim

#endif // MCAST_TEST_CORE_PIM_ROUTER_FIXTURE_H
