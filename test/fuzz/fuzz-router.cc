// SPDX-License-Identifier: GPL-2.0-only
// A router with PIM, of one family, driven by what the input says: messages of every kind from neighbours and strangers,
// well formed, with octets turned over, or raw; data, Registers with odd packets inside, answers about counters, members,
// routes, interfaces, configuration, time. It is driven by its own face, without a network around it, which is an order
// of magnitude faster than fuzz-node.cc. After each operation Check() must hold, and at the end legal traffic must be
// served as ever.

#include "check.h"
#include "fuzz-input.h"
#include "gm/protocol.h"
#include "router.h"
#include "wire/checksum.h"
#include "wire/ip.h"
#include "wire/ipv6-header.h"
#include "wire/pim.h"

#include <map>
#include <set>

using namespace mcast;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace
{

constexpr std::size_t MAX_STATES = 40;
constexpr std::size_t MAX_STATES_PER_INTERFACE = 15;
constexpr std::size_t MAX_NEIGHBORS = 5;
constexpr std::size_t MAX_RPS = 6;
constexpr std::size_t MAX_ENTRIES = 12;
constexpr std::size_t MAX_OPERATIONS = 200;
constexpr std::uint32_t N_INTERFACES = 3;

class Routes final : public RouteTable
{
  public:
    std::optional<Result> Lookup(const Address& destination) const override
    {
        const std::pair<const Prefix, Result>* best = nullptr;
        for (const auto& route : table)
        {
            if (route.first.Contains(destination) && (best == nullptr || route.first.Length() >= best->first.Length()))
            {
                best = &route;
            }
        }
        return best == nullptr ? std::nullopt : std::optional(best->second);
    }

    std::map<Prefix, Result> table;
};

RouterOptions
Limits(std::uint8_t seed)
{
    RouterOptions options;
    options.seed = seed;
    options.maxGroups = 50;
    options.maxForwardingEntries = MAX_ENTRIES;
    return options;
}

class Driver
{
  public:
    explicit Driver(Input input)
        : m_input(input),
          m_kind(m_input.U8()),
          m_family((m_kind & 1) != 0 ? Family::Ipv6 : Family::Ipv4),
          m_protocol(gm::ProtocolOf(m_family)),
          m_router(Limits(m_kind), &m_routes)
    {
        m_input.SetFamily(m_family);
        for (std::uint32_t i = 1; i <= N_INTERFACES; ++i)
        {
            m_router.HandleInterface(State(i));
            ConfigureWell(i);
        }
        SetRoutes();
        CHECK(m_router.Configure(RouterWide()));
        if ((m_kind & 2) == 0)
        {
            GreetAll();
        }
        Drain();
    }

    void Run()
    {
        for (std::size_t count = 0; m_input.Left() && count < MAX_OPERATIONS; ++count)
        {
            Operate();
            Drain();
            Check();
            if (count % 8 == 7) // reading all out costs more than the rest
            {
                CheckState();
            }
        }
        CheckState();
        if ((m_kind & 0xc0) == 0) // it costs as much as all operations of most inputs
        {
            CheckService();
        }
        m_router.Shutdown();
        Drain();
        CHECK(m_router.PimTreeCounts(m_family).Total() == 0 && m_router.ForwardingEntryCount() == 0);
        CHECK(m_plane.empty());
        m_router.AdvanceTo(m_router.Now() + seconds{100000});
        Drain();
    }

  private:
    void Operate()
    {
        switch (m_input.U8() % 24)
        {
        case 0:
            return Advance(milliseconds{m_input.U16() % 4000});
        case 1:
            return Advance(seconds{m_input.U8()});
        case 2:
            return Advance(seconds{m_input.U16() % 2000});
        case 3:
            return SendHello();
        case 4:
        case 5:
        case 6:
        case 7:
            return SendJoinPrune();
        case 8:
        case 9:
            return SendAssert();
        case 10:
            return SendRegister();
        case 11:
            return SendRegisterStop();
        case 12:
            return SendBootstrap();
        case 13:
            return SendCandidateRp();
        case 14:
            return SendRaw();
        case 15:
        case 16:
            return SendData(Upcall::Kind::NoCache);
        case 17:
            return SendData(Upcall::Kind::WrongInterface);
        case 18:
            return SendWholePacket();
        case 19:
            return AnswerCounters();
        case 20:
            return SendReport();
        case 21:
            return ChangeInterface();
        case 22:
            return ChangeRoute();
        case 23:
            return Reconfigure();
        }
    }

    // What there is.

    Address Ip(const char* ipv4, const char* ipv6) const
    {
        return *Address::Parse(m_family == Family::Ipv4 ? ipv4 : ipv6);
    }

    /// The .number of an interface's link, that of PIM's messages there.
    Address OnLink(std::uint32_t interface, std::uint32_t number) const
    {
        return m_family == Family::Ipv4
                   ? Address::Ipv4(10, static_cast<std::uint8_t>(interface), 0, static_cast<std::uint8_t>(number))
                   : Address::Ipv6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                    static_cast<std::uint8_t>(interface), static_cast<std::uint8_t>(number)});
    }

    Address Global(std::uint32_t interface, std::uint32_t number) const
    {
        return m_family == Family::Ipv4 ? OnLink(interface, number)
                                        : Address::Ipv6({0x20, 1, 0xd, 0xb8, 0, static_cast<std::uint8_t>(interface), 0,
                                                         0, 0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(number)});
    }

    Address Rp() const
    {
        return (m_kind & 4) != 0 ? Global(1, 5) : Ip("10.8.0.1", "2001:db8:8::1");
    }

    Address Group()
    {
        static const char* const ipv4[]{"239.1.2.3", "239.1.2.4", "239.1.2.5", "232.1.2.3",
                                        "238.0.0.1", "224.0.0.5", "10.0.0.1"};
        static const char* const ipv6[]{"ff1e::3", "ff1e::4", "ff1e::5", "ff3e::8000:1", "ff7e:140:2001:db8:8::1",
                                        "ff02::9", "::1"};
        const auto which = m_input.U8() % 8;
        return which == 7 ? m_input.Group() : Ip(ipv4[which], ipv6[which]);
    }

    Address Source()
    {
        const auto which = m_input.U8();
        switch (which % 8)
        {
        case 0:
        case 1:
        case 2:
            return Ip("10.9.0.1", "2001:db8:9::1");
        case 3:
            return Ip("10.9.0.2", "2001:db8:9::2");
        case 4:
            return Global(2, 77); // on a link of ours
        case 5:
            return Rp();
        case 6:
            return Numbered(which / 8);
        default:
            return m_input.Source();
        }
    }

    Address Numbered(unsigned number) const
    {
        return m_family == Family::Ipv4 ? Address::Ipv4(10, 9, 1, static_cast<std::uint8_t>(number))
                                        : Address::Ipv6({0x20, 1, 0xd, 0xb8, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1,
                                                         static_cast<std::uint8_t>(number)});
    }

    std::uint32_t Interface()
    {
        return 1 + m_input.U8() % N_INTERFACES;
    }

    InterfaceState State(std::uint32_t number) const
    {
        InterfaceState state;
        state.id = InterfaceId{number};
        state.name = "eth";
        state.addresses = {{Global(number, 5), static_cast<std::uint8_t>(m_family == Family::Ipv4 ? 24 : 64)}};
        if (m_family == Family::Ipv6)
        {
            state.addresses.push_back({OnLink(number, 5), 64});
        }
        return state;
    }

    RouterInterfaceConfig GoodConfig() const
    {
        RouterInterfaceConfig config;
        config.gm.family = m_family;
        config.gm.maxSourcesPerGroup = 20;
        config.pim.emplace();
        config.pim->family = m_family;
        config.pim->maxNeighbors = MAX_NEIGHBORS;
        return config;
    }

    void ConfigureWell(std::uint32_t number)
    {
        CHECK(m_router.Configure(InterfaceId{number}, GoodConfig()));
    }

    pim::RouterConfig RouterWide() const
    {
        pim::RouterConfig config;
        config.family = m_family;
        config.maxStates = MAX_STATES;
        config.maxStatesPerNeighbor = MAX_STATES_PER_INTERFACE;
        config.maxRps = MAX_RPS;
        if ((m_kind & 8) == 0)
        {
            config.staticRps = {{Rp(), *Prefix::Parse(m_family == Family::Ipv4 ? "224.0.0.0/4" : "ff00::/8"), false}};
        }
        if ((m_kind & 0x10) != 0)
        {
            config.candidateBsr.emplace();
            config.candidateRps.emplace_back();
        }
        return config;
    }

    // To sources by interface 2, to all else by 1.
    void SetRoutes()
    {
        m_routes.table.clear();
        m_routes.table[Prefix{Address::Any(m_family), 0}] = {InterfaceId{1}, OnLink(1, 1), 20, 101};
        m_routes.table[*Prefix::Parse(m_family == Family::Ipv4 ? "10.9.0.0/16" : "2001:db8:9::/48")] = {
            InterfaceId{2}, OnLink(2, 1), 20, 101};
        for (std::uint32_t i = 1; i <= N_INTERFACES; ++i)
        {
            m_routes.table[Prefix{Global(i, 0), m_family == Family::Ipv4 ? 24u : 64u}] = {InterfaceId{i},
                                                                                          Address::Any(m_family), 0, 0};
        }
        m_router.HandleRouteChange(Prefix{Address::Any(m_family), 0});
    }

    void GreetAll()
    {
        for (std::uint32_t i = 1; i <= N_INTERFACES; ++i)
        {
            Greet(i, 1, 0xffff);
            Greet(i, 2, 0xffff);
        }
    }

    void Greet(std::uint32_t interface, std::uint32_t neighbor, std::uint16_t holdtime)
    {
        pim::Hello hello;
        hello.holdtime = holdtime;
        hello.generationId = 1;
        hello.drPriority = 1;
        hello.lanPruneDelay = pim::LanPruneDelay{};
        const PacketMeta meta{OnLink(interface, neighbor), pim::AllRouters(m_family), pim::PROTOCOL, 1, 0xc0, false};
        m_router.HandlePacket(InterfaceId{interface}, meta, pim::Write(meta, hello));
    }

    // Operations.

    void Advance(Duration time)
    {
        const auto until = m_router.Now() + time;
        for (int steps = 0; steps < 400 && m_router.NextDeadline() && *m_router.NextDeadline() <= until; ++steps)
        {
            m_router.AdvanceTo(*m_router.NextDeadline());
            Drain();
        }
        m_router.AdvanceTo(until);
    }

    // The last octet of an operation says what is odd about the message.
    void Send(const pim::Message& message, bool unicast = false)
    {
        const auto interface = Interface();
        const auto sender = m_input.U8();
        const auto oddity = m_input.U8();
        PacketMeta meta{OnLink(interface, 1 + sender % 3), pim::AllRouters(m_family), pim::PROTOCOL, 1, 0xc0, false};
        meta.source = sender >= 0xf0 ? Source() : sender >= 0xe0 ? OnLink(interface, sender) : meta.source;
        if (unicast)
        {
            meta.destination = (oddity & 0x08) != 0 ? OnLink(interface, 5) : (m_kind & 4) != 0 ? Rp() : Global(1, 5);
            meta.source = sender < 0x80 ? Global(interface, 1 + sender % 3) : meta.source;
            meta.ttl = 60;
        }
        if ((oddity & 0x30) == 0x30)
        {
            meta.ttl = m_input.U8();
            meta.destination = m_input.Flag() ? OnLink(interface, 5) : m_input.Group();
        }
        auto octets = pim::Write(meta, message);
        if ((oddity & 0xc0) == 0xc0)
        {
            Mutate(meta, octets);
        }
        Hand(interface, meta, octets);
    }

    void Mutate(const PacketMeta& meta, Bytes& octets)
    {
        for (unsigned count = 1 + m_input.U8() % 4; count > 0; --count)
        {
            octets[m_input.U8() % octets.size()] ^= static_cast<std::uint8_t>(1 + m_input.U8() % 255);
        }
        if (m_input.U8() % 4 == 0)
        {
            octets.resize(m_input.U8() % (octets.size() + 1));
        }
        FixChecksum(meta, octets);
    }

    void FixChecksum(const PacketMeta& meta, Bytes& octets) const
    {
        if (octets.size() < 4)
        {
            return;
        }
        octets[2] = octets[3] = 0;
        const auto checksum = m_family == Family::Ipv4 ? InternetChecksum(octets) : UpperLayerChecksum(meta, octets);
        octets[2] = static_cast<std::uint8_t>(checksum >> 8);
        octets[3] = static_cast<std::uint8_t>(checksum);
    }

    // Every message is told of: as received, or as dropped and why.
    void Hand(std::uint32_t interface, const PacketMeta& meta, BytesView octets)
    {
        if (meta.source.GetFamily() != m_family || meta.destination.GetFamily() != m_family)
        {
            return;
        }
        Drain();
        m_told = 0;
        m_router.HandlePacket(InterfaceId{interface}, meta, octets);
        Drain();
        CHECK(m_told > 0);
    }

    void SendHello()
    {
        pim::Hello hello;
        const auto bits = m_input.U8();
        if ((bits & 1) == 0)
        {
            hello.holdtime = static_cast<std::uint16_t>(m_input.U8() * 5);
        }
        if ((bits & 2) == 0)
        {
            hello.generationId = m_input.U8() % 3;
        }
        if ((bits & 4) == 0)
        {
            hello.drPriority = m_input.U8() % 4;
        }
        if ((bits & 8) == 0)
        {
            hello.lanPruneDelay = pim::LanPruneDelay{(bits & 0x10) != 0,
                                                     static_cast<std::uint16_t>(m_input.U16() & 0x7fff), m_input.U16()};
        }
        if ((bits & 0x20) != 0)
        {
            hello.secondaryAddresses = {Source(), Global(1 + bits % 3, 1)};
        }
        Send(hello);
    }

    pim::EncodedSource Entry()
    {
        const auto kind = m_input.U8();
        switch (kind % 4)
        {
        case 0:
            return {(kind & 0x40) != 0 ? Source() : Rp(), true, true, true};
        case 1:
            return {Source(), false, true, true};
        default:
            return {Source(), kind >= 0xfc, false, true};
        }
    }

    void SendJoinPrune()
    {
        pim::JoinPrune message;
        const auto bits = m_input.U8();
        message.kind = bits >= 0xf8 ? pim::JoinPrune::Kind::Graft : pim::JoinPrune::Kind::JoinPrune;
        message.holdtime = (bits & 3) == 0 ? m_input.U8() : (bits & 3) == 1 ? 0xffff : 210;
        for (unsigned groups = 1 + (bits >> 2) % 3; groups > 0; --groups)
        {
            pim::GroupSet set;
            const unsigned length = (bits & 0x60) == 0x60 ? m_input.U8() % 33u : 128;
            set.group.group = Prefix{Group(), length};
            const auto counts = m_input.U8();
            for (unsigned i = 0; i < (counts & 15u) % 5; ++i)
            {
                set.joins.push_back(Entry());
            }
            for (unsigned i = 0; i < (counts >> 4) % 5u; ++i)
            {
                set.prunes.push_back(Entry());
            }
            message.groups.push_back(set);
        }
        const auto to = m_input.U8();
        // To us on one of the links, to a neighbour there, or to nobody.
        message.upstream = OnLink(1 + to % N_INTERFACES, to < 0x80 ? 5 : 1 + to % 4);
        Send(message);
    }

    void SendAssert()
    {
        pim::Assert message;
        message.group = Group();
        const auto bits = m_input.U8();
        message.source = (bits & 3) == 0 ? Address::Any(m_family) : Source();
        message.rpt = (bits & 4) != 0;
        message.preference = (bits & 8) != 0 ? m_input.U8() : 0x7fffffff;
        message.metric = (bits & 0x10) != 0 ? m_input.U8() : (bits & 0x20) != 0 ? 0xffffffff : 20;
        Send(message);
    }

    Bytes InnerPacket()
    {
        const auto bits = m_input.U8();
        if (bits >= 0xe0)
        {
            return m_input.Octets(m_input.U8() % 64);
        }
        PacketMeta meta{Source(),     Group(), static_cast<std::uint8_t>((bits & 1) != 0 ? 17 : pim::PROTOCOL),
                        m_input.U8(), bits,    false};
        if (meta.source.GetFamily() != meta.destination.GetFamily())
        {
            return {};
        }
        auto packet = WriteIp(meta, m_input.Octets(bits % 16));
        if ((bits & 0x18) == 0x18)
        {
            packet.resize(m_input.U8() % (packet.size() + 1));
        }
        if ((bits & 0x60) == 0x60 && !packet.empty())
        {
            packet[m_input.U8() % packet.size()] ^= m_input.U8();
        }
        return packet;
    }

    void SendRegister()
    {
        pim::Register message;
        const auto bits = m_input.U8();
        message.border = (bits & 1) != 0;
        message.null = (bits & 2) != 0;
        message.packet = InnerPacket();
        Send(message, true);
    }

    void SendRegisterStop()
    {
        pim::RegisterStop message{Group(), m_input.Flag() ? Address::Any(m_family) : Source()};
        const auto bits = m_input.U8();
        if ((bits & 1) != 0)
        {
            const PacketMeta meta{Rp(), Global(2, 5), pim::PROTOCOL, 60, 0, false};
            return Hand(2, meta, pim::Write(meta, message));
        }
        Send(message, true);
    }

    void SendBootstrap()
    {
        pim::Bootstrap message;
        const auto bits = m_input.U8();
        message.noForward = (bits & 1) != 0;
        message.fragmentTag = m_input.U8() % 4;
        message.hashMaskLength = m_input.U8();
        message.priority = m_input.U8();
        message.bsr = (bits & 2) != 0 ? Source() : Ip("10.8.0.2", "2001:db8:8::2");
        for (unsigned groups = m_input.U8() % 4; groups > 0; --groups)
        {
            pim::BootstrapGroup group;
            group.group.group = Prefix{Group(), m_input.U8() % (m_family == Family::Ipv4 ? 33u : 129u)};
            group.group.zone = (bits & 0x10) != 0;
            for (unsigned rps = m_input.U8() % 4; rps > 0; --rps)
            {
                group.rps.push_back({Source(), static_cast<std::uint16_t>(m_input.U8() * 2), m_input.U8()});
            }
            group.rpCount = static_cast<std::uint8_t>(group.rps.size() + ((bits & 0x20) != 0 ? 1u : 0u));
            message.groups.push_back(group);
        }
        Send(message, (bits & 0xc0) == 0xc0);
    }

    void SendCandidateRp()
    {
        pim::CandidateRp message;
        message.priority = m_input.U8();
        message.holdtime = m_input.U8();
        message.rp = Source();
        for (unsigned groups = m_input.U8() % 3; groups > 0; --groups)
        {
            pim::EncodedGroup group;
            group.group = Prefix{Group(), m_input.U8() % 33u};
            message.groups.push_back(group);
        }
        Send(message, true);
    }

    void SendRaw()
    {
        const auto interface = Interface();
        const auto bits = m_input.U8();
        const PacketMeta meta{OnLink(interface, 1 + bits % 3),
                              (bits & 0x10) != 0 ? OnLink(interface, 5) : pim::AllRouters(m_family),
                              pim::PROTOCOL,
                              1,
                              0xc0,
                              false};
        auto octets = m_input.Octets(m_input.U8());
        if (!octets.empty() && (bits & 0x20) == 0)
        {
            octets[0] = static_cast<std::uint8_t>(0x20 | (octets[0] & 0x0f));
        }
        FixChecksum(meta, octets);
        Hand(interface, meta, octets);
    }

    void SendData(Upcall::Kind kind)
    {
        const auto where = m_input.U8();
        const InterfaceId interface {
            where >= 0xf0 ? REGISTER_INTERFACE.value : 1 + where % N_INTERFACES
        };
        const auto source = Source();
        const auto group = Group();
        if (source.GetFamily() == m_family && group.GetFamily() == m_family)
        {
            m_router.HandleUpcall({kind, interface, source, group, {}});
        }
    }

    void SendWholePacket()
    {
        const auto packet = InnerPacket();
        const auto group = Group();
        if (group.GetFamily() == m_family)
        {
            m_router.HandleUpcall({Upcall::Kind::WholePacket, REGISTER_INTERFACE, Source(), group, packet});
        }
    }

    void AnswerCounters()
    {
        const auto bits = m_input.U8();
        m_packets += bits % 4;
        ForwardingCounters counters{m_packets, m_packets * 100, bits / 64u, {}};
        if ((bits & 0x20) != 0)
        {
            counters.idle = seconds{m_input.U8()};
        }
        if (m_asked.empty() || (bits & 0x10) != 0)
        {
            return m_router.HandleCounters(Source(), Group(), counters);
        }
        const auto [source, group] = *m_asked.begin();
        m_asked.erase(m_asked.begin());
        m_router.HandleCounters(source, group, counters);
    }

    void SendReport()
    {
        Report report;
        report.records.push_back({static_cast<RecordType>(1 + m_input.U8() % 6), Group(), {}});
        for (unsigned count = m_input.U8() % 4; count > 0; --count)
        {
            report.records[0].sources.push_back(Source());
        }
        for (const auto& source : report.records[0].sources)
        {
            if (source.GetFamily() != m_family)
            {
                return;
            }
        }
        const auto interface = Interface();
        PacketMeta meta{
            OnLink(interface, 50), m_protocol.reportDestination, m_protocol.ipProtocol, 1, m_protocol.tos, true};
        if (report.records[0].group.GetFamily() == m_family)
        {
            m_router.HandlePacket(InterfaceId{interface}, meta, m_protocol.write(meta, report));
        }
    }

    void ChangeInterface()
    {
        const auto number = Interface();
        auto state = State(number);
        switch (m_input.U8() % 6)
        {
        case 0:
            state.up = false;
            break;
        case 1:
            state.addresses.clear();
            break;
        case 2:
            state.mtu = m_input.U16();
            break;
        case 3:
            state.addresses.insert(state.addresses.begin(), {Source(), 24});
            break;
        case 4:
            return m_router.HandleInterfaceGone(InterfaceId{number});
        case 5:
            break;
        }
        for (const auto& own : state.addresses)
        {
            if (own.address.IsMulticast() || own.address.IsUnspecified())
            {
                return; // nobody can give an interface such
            }
        }
        m_router.HandleInterface(state);
    }

    void ChangeRoute()
    {
        const auto destination = Source();
        const Prefix prefix{destination, m_input.U8() % 129u};
        const auto bits = m_input.U8();
        if (prefix.GetAddress().GetFamily() != m_family)
        {
            return;
        }
        if ((bits & 1) != 0)
        {
            m_routes.table.erase(prefix);
        }
        else
        {
            const auto interface = (bits >> 4) % 4u; // 0: one that is not there
            m_routes.table[prefix] = {InterfaceId{interface},
                                      (bits & 2) != 0 ? Address::Any(m_family) : OnLink(interface, 1 + bits % 3),
                                      m_input.U8(), m_input.U8()};
        }
        m_router.HandleRouteChange(prefix);
    }

    void Reconfigure()
    {
        const auto bits = m_input.U8();
        if (bits % 4 == 0)
        {
            return m_router.Deconfigure(InterfaceId{Interface()}, m_family);
        }
        if (bits % 4 == 1)
        {
            auto config = GoodConfig();
            config.membership = (bits & 0x10) == 0;
            config.ttlThreshold = m_input.U8();
            if ((bits & 0x20) != 0)
            {
                config.boundaries = {m_input.GroupRange()};
            }
            config.pim->helloPeriod = seconds{m_input.U8()};
            config.pim->drPriority = m_input.U8();
            config.pim->acceptUnknownNeighbors = (bits & 0x40) != 0;
            config.pim->bsrBorder = (bits & 0x80) != 0;
            config.pim = (bits & 0x08) != 0 ? std::nullopt : config.pim;
            static_cast<void>(m_router.Configure(InterfaceId{Interface()}, config)); // refused or taken
            return;
        }
        auto config = RouterWide();
        config.sptSwitchover.when = static_cast<pim::SptSwitchover::When>((bits >> 2) % 3);
        config.sptSwitchover.rate = m_input.U8();
        config.joinPrunePeriod = seconds{m_input.U8()};
        config.keepalivePeriod = seconds{m_input.U8()};
        config.staticRps.push_back({Source(), m_input.GroupRange(), (bits & 0x20) != 0});
        if ((bits & 0x40) != 0)
        {
            config.ssmRange = m_input.GroupRange();
        }
        const bool valid = static_cast<bool>(config.Validate());
        CHECK(static_cast<bool>(m_router.Configure(config)) == valid);
    }

    // Invariants.

    void Drain()
    {
        while (const auto transmit = m_router.PollTransmit())
        {
            CheckTransmit(*transmit);
        }
        while (const auto change = m_router.PollForwarding())
        {
            Apply(*change);
        }
        while (const auto packet = m_router.PollDecapsulated())
        {
            const auto parsed = ParseIp(m_family, *packet);
            CHECK(parsed && parsed->meta.destination.IsMulticast());
        }
        while (const auto event = m_router.PollEvent())
        {
            CHECK(event->at <= m_router.Now());
            m_told += event->kind == EventKind::PacketReceived || event->kind == EventKind::PacketDropped ? 1u : 0u;
        }
    }

    void CheckTransmit(const Transmit& transmit) const
    {
        const auto& meta = transmit.meta;
        if (meta.protocol != pim::PROTOCOL)
        {
            return; // queries
        }
        CHECK(meta.source.GetFamily() == m_family && !meta.source.IsUnspecified() && !meta.source.IsMulticast());
        CHECK(pim::Parse(meta, transmit.payload));
        if (transmit.interface == BY_ROUTING)
        {
            CHECK(!meta.destination.IsMulticast() && meta.ttl > 1);
            return;
        }
        CHECK(meta.ttl == 1 && transmit.payload.size() <= 65535);
        CHECK(m_family == Family::Ipv4 || meta.source.IsLinkLocalUnicast());
    }

    void Apply(const ForwardingChange& change)
    {
        const auto key = std::pair(change.source, change.group);
        switch (change.kind)
        {
        case ForwardingChange::Kind::Install:
        case ForwardingChange::Kind::Replace:
            for (const auto& output : change.outgoing)
            {
                CHECK(output.interface != change.incoming);
            }
            m_plane.insert(key);
            break;
        case ForwardingChange::Kind::Remove:
            CHECK(m_plane.erase(key) == 1);
            break;
        case ForwardingChange::Kind::ReadCounters:
            m_asked.insert(key);
            break;
        }
    }

    void Check() const
    {
        CHECK(!m_router.NextDeadline() || *m_router.NextDeadline() >= m_router.Now());
        CHECK(m_router.PimTreeCounts(m_family).Total() <= MAX_STATES);
        CHECK(m_router.ForwardingEntryCount() <= MAX_ENTRIES && m_router.ForwardingEntryCount() == m_plane.size());
    }

    void CheckState() const
    {
        pim::TreeCounts counts;
        for (const auto& tree : m_router.PimTrees(m_family))
        {
            CheckTree(tree, counts);
        }
        CHECK(counts.starG == m_router.PimTreeCounts(m_family).starG &&
              counts.sG == m_router.PimTreeCounts(m_family).sG &&
              counts.sGRpt == m_router.PimTreeCounts(m_family).sGRpt);
        for (const auto& interface : m_router.PimInterfaces(m_family))
        {
            const auto neighbors = m_router.PimNeighbors(interface.interface, m_family);
            CHECK(neighbors.size() == interface.neighbors && neighbors.size() <= MAX_NEIGHBORS);
            CHECK(interface.active || neighbors.empty());
        }
        CHECK(m_router.PimRps(m_family).size() <= MAX_RPS + 2); // and two that are configured
    }

    void CheckTree(const pim::TreeView& tree, pim::TreeCounts& counts) const
    {
        CHECK(tree.group.IsMulticast() && !tree.group.IsLinkScopeMulticast());
        switch (tree.kind)
        {
        case pim::TreeView::Kind::StarG:
            ++counts.starG;
            CHECK(tree.source.IsUnspecified() && tree.joined == tree.joinDesired);
            break;
        case pim::TreeView::Kind::SG:
            ++counts.sG;
            CHECK(!tree.source.IsUnspecified() && !tree.source.IsMulticast() && tree.joined == tree.joinDesired);
            break;
        case pim::TreeView::Kind::SGRpt:
            ++counts.sGRpt;
            CHECK(!tree.source.IsUnspecified() && !tree.source.IsMulticast());
            break;
        case pim::TreeView::Kind::Dense:
            ++counts.dense;
            CHECK(!tree.source.IsUnspecified() && !tree.source.IsMulticast());
            CHECK(tree.joined == (tree.upstreamState != pim::UpstreamState::Pruned));
            break;
        }
        for (const auto& on : tree.interfaces)
        {
            CHECK(on.expires >= Duration::zero() && on.prunePending >= Duration::zero());
            CHECK(on.assertState == pim::AssertState::NoInfo || on.assertTimer > Duration::zero());
        }
    }

    // Whatever happened: set up as at first, a neighbour's Joins are followed, and its Prune ends what they made.
    void CheckService()
    {
        for (std::uint32_t i = 1; i <= N_INTERFACES; ++i)
        {
            m_router.Deconfigure(InterfaceId{i}, m_family);
        }
        Drain();
        CHECK(m_router.PimInterfaces(m_family).empty() && m_router.PimTreeCounts(m_family).Total() == 0);
        for (std::uint32_t i = 1; i <= N_INTERFACES; ++i)
        {
            m_router.HandleInterface(State(i));
            ConfigureWell(i);
        }
        SetRoutes();
        CHECK(m_router.Configure(RouterWide()));
        GreetAll();
        m_router.AdvanceTo(m_router.Now() + seconds{6});
        Drain();
        const auto group = Ip("232.5.6.7", "ff3e::8000:77");
        const auto source = Ip("10.9.0.1", "2001:db8:9::1");
        Serve(group, source, true);
        CHECK(m_router.PimTreeCounts(m_family).sG == 1);
        const auto trees = m_router.PimTrees(m_family, group);
        CHECK(trees.size() == 1 && trees[0].joined && trees[0].upstream == OnLink(2, 1));
        CHECK(trees[0].interfaces.size() == 1 && trees[0].interfaces[0].outgoing);
        Serve(group, source, false);
        m_router.AdvanceTo(m_router.Now() + seconds{80});
        Drain();
        CHECK(m_router.PimTreeCounts(m_family).Total() == 0);
    }

    void Serve(const Address& group, const Address& source, bool join)
    {
        pim::JoinPrune message;
        message.upstream = OnLink(3, 5);
        pim::GroupSet set;
        set.group.group = Prefix{group, 128};
        (join ? set.joins : set.prunes).push_back({source, false, false, true});
        message.groups = {set};
        const PacketMeta meta{OnLink(3, 1), pim::AllRouters(m_family), pim::PROTOCOL, 1, 0xc0, false};
        m_router.HandlePacket(InterfaceId{3}, meta, pim::Write(meta, message));
        Drain();
    }

    Input m_input;
    std::uint8_t m_kind;
    Family m_family;
    const gm::Protocol& m_protocol;
    Routes m_routes;
    Router m_router;
    std::size_t m_told = 0; // events about messages received and dropped
    std::uint64_t m_packets = 0;
    std::set<std::pair<Address, Address>> m_plane; // (source, group) that are installed
    std::set<std::pair<Address, Address>> m_asked; // whose counters are waited for
};

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Driver(Input(data, size)).Run();
    return 0;
}
