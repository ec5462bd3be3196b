// SPDX-License-Identifier: GPL-2.0-only
// A router with PIM, of one family, driven by what the input says: messages of every kind from neighbours and strangers,
// well formed, with octets turned over, or raw; data, Registers with odd packets inside, answers about counters, members,
// routes, interfaces, configuration, time. It is driven by its own face, without a network around it, which is an order
// of magnitude faster than fuzz-node.cc. After each operation Check() must hold, and at the end legal traffic must be
// served as ever.

#include "fuzz-router-messages.h"

using namespace mcast;
using namespace mcast::fuzz;

namespace
{

class Driver : private Speaker
{
  public:
    explicit Driver(Input input)
        : Speaker(input)
    {
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
        switch (m_input.U8() % 29)
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
        case 24:
        case 25:
            return SendGraft();
        case 26:
        case 27:
            return SendStateRefresh();
        case 28:
            return SendDenseData();
        }
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
            m_router.HandleUpcall({kind, interface, source, group, {}, where});
        }
    }

    // What is flooded, from where it should come.
    void SendDenseData()
    {
        const auto bits = m_input.U8();
        const auto kind = (bits & 3) == 3 ? Upcall::Kind::WrongInterface : Upcall::Kind::NoCache;
        const auto source = (bits & 4) != 0 ? Global(2, 77) : Numbered((bits >> 3) % 4u);
        const InterfaceId interface{kind == Upcall::Kind::NoCache ? 2u : 1u + bits % N_INTERFACES};
        m_router.HandleUpcall({kind, interface, source, DenseGroup(), {}, bits});
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
            config.pim->mode = static_cast<pim::Mode>(m_input.U8() % 3);
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
        const auto dense = m_input.U8();
        config.stateRefresh = (dense & 1) != 0;
        config.maxGraftRetries = (dense >> 1) % 3u;
        if ((dense & 8) != 0)
        {
            config.pruneLimit = seconds{m_input.U8()};
            config.sourceLifetime = seconds{m_input.U8()};
            config.stateRefreshInterval = seconds{m_input.U8()};
            config.stateRefreshLimit = seconds{m_input.U8()};
            config.graftRetryPeriod = seconds{m_input.U8()};
        }
        if ((dense & 0x10) != 0)
        {
            config.denseGroups = {m_input.GroupRange()};
        }
        const bool valid = static_cast<bool>(config.Validate());
        CHECK(static_cast<bool>(m_router.Configure(config)) == valid);
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
        if (!IsDenseOnly())
        {
            CheckSparseService();
        }
        if (HasDense())
        {
            CheckDenseService();
        }
    }

    void CheckSparseService()
    {
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

    // A flood goes everywhere; the Prunes of both neighbours of a link stop it there, and a Graft brings it back.
    void CheckDenseService()
    {
        const auto source = Ip("10.9.0.1", "2001:db8:9::1");
        m_router.HandleUpcall({Upcall::Kind::NoCache, InterfaceId{2}, source, DenseGroup(), {}, 16});
        Drain();
        CHECK(IsServed(source, 1) && IsServed(source, 3));
        Serve(DenseGroup(), source, false);
        m_router.AdvanceTo(m_router.Now() + seconds{4});
        Drain();
        CHECK(IsServed(source, 1) && !IsServed(source, 3));
        pim::JoinPrune graft;
        graft.kind = pim::JoinPrune::Kind::Graft;
        graft.upstream = OnLink(3, 5);
        pim::GroupSet set;
        set.group.group = Prefix{DenseGroup(), 128};
        set.joins.push_back({source, false, false, true});
        graft.groups = {set};
        const PacketMeta meta{OnLink(3, 1), OnLink(3, 5), pim::PROTOCOL, 1, 0xc0, false};
        m_router.HandlePacket(InterfaceId{3}, meta, pim::Write(meta, graft));
        Drain();
        CHECK(IsServed(source, 1) && IsServed(source, 3));
    }

    bool IsServed(const Address& source, std::uint32_t interface) const
    {
        for (const auto& entry : m_router.ForwardingEntries())
        {
            for (const auto& output : entry.outgoing)
            {
                if (entry.source == source && entry.group == DenseGroup() && output.interface.value == interface)
                {
                    return true;
                }
            }
        }
        return false;
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

    std::uint64_t m_packets = 0;
};

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Driver(Input(data, size)).Run();
    return 0;
}
