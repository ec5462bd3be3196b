// SPDX-License-Identifier: GPL-2.0-only
// A whole node (host, router, forwarding cache) driven by what the input says: messages, data, upcalls by data,
// applications, changes of interfaces and configuration, and time. The input is a sequence of operations, see Run();
// messages get right lengths and checksums unless the operation is about wrong ones, so that the state machines behind
// the decoders are reached. After each operation the invariants of Check() must hold.

#include "check.h"
#include "datagram.h"
#include "fuzz-config.h"
#include "sim-node.h"
#include "wire/checksum.h"
#include "wire/igmp.h"

#include <algorithm>
#include <array>

using namespace mcast;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace
{

constexpr std::size_t MAX_GROUPS = 200; // of all interfaces
constexpr std::size_t MAX_ENTRIES = 40;
constexpr std::size_t MAX_OPERATIONS = 300;
constexpr std::uint32_t N_PORTS = 3;
constexpr MacAddress PEER{0x02, 0, 0, 0, 0, 0x99};

class Driver
{
  public:
    explicit Driver(Input input)
        : m_input(input),
          m_isRouter(m_input.Flag()),
          m_node(m_input.U8(), m_isRouter ? std::optional(Limits()) : std::nullopt)
    {
        for (std::uint32_t i = 0; i < N_PORTS; ++i)
        {
            AddPort(i);
        }
    }

    void Run()
    {
        for (std::size_t count = 0; m_input.Left() && count < MAX_OPERATIONS; ++count)
        {
            Operate();
            Check();
            if (count % 8 == 7) // reading all out costs more than the rest
            {
                CheckState();
            }
        }
        CheckState();
        m_node.AdvanceTo(m_node.Now() + seconds{60});
        Check();
        m_node.ShutdownRouter();
        CHECK(m_node.GetMfc().Size() == 0);
        Check();
        CheckState();
    }

  private:
    static RouterOptions Limits()
    {
        RouterOptions options;
        options.maxGroups = MAX_GROUPS;
        options.maxForwardingEntries = MAX_ENTRIES;
        return options;
    }

    void Operate()
    {
        switch (m_input.U8() % 24)
        {
        case 0:
            return Advance(milliseconds{m_input.U8()});
        case 1:
            return Advance(milliseconds{m_input.U16()});
        case 2:
            return Advance(seconds{m_input.U16() % 600});
        case 3:
        case 4:
            return SendQuery();
        case 5:
        case 6:
        case 7:
            return SendReport();
        case 8:
            return SendOlder();
        case 9:
            return SendManyGroups();
        case 10:
            return SendRawMessage();
        case 11:
            return SendRawFrame();
        case 12:
        case 13:
            return SendData();
        case 14:
            return Listen();
        case 15:
            return m_node.CloseSocket(SocketId{m_input.U8() % 4u});
        case 16:
            return ChangePort();
        case 17:
            return ConfigureRouter();
        case 18:
            return ConfigureHost();
        case 19:
            return ChangeRoute();
        case 20:
            return SendOwnData();
        case 21:
            return ReplacePort();
        case 22:
            return ScanSources();
        case 23:
            return m_input.U8() % 16 == 0 ? m_node.ShutdownRouter() : m_node.DeconfigureRouter(Port());
        }
    }

    InterfaceId Port()
    {
        return m_ports[m_input.U8() % N_PORTS];
    }

    // Operations.

    void Advance(Duration time)
    {
        m_node.AdvanceTo(m_node.Now() + time);
    }

    void SendMessage(Bytes message, const Address& destination, std::uint8_t oddity)
    {
        PacketMeta meta;
        meta.source = m_input.Source();
        meta.destination = (oddity & 0x80) != 0 ? m_input.Group() : destination;
        meta.ttl = (oddity & 0x40) != 0 ? 2 : 1;
        meta.routerAlert = (oddity & 0x20) == 0;
        meta.tos = TOS_INTERNETWORK_CONTROL;
        if ((oddity & 0x10) != 0 && message.size() > 4)
        {
            message.resize(message.size() - 1 - oddity % 4);
        }
        SendPacket(meta, message);
    }

    void SendPacket(const PacketMeta& meta, BytesView payload)
    {
        Writer frame;
        const auto mac = GroupMac(meta.destination);
        frame.Append({mac.data(), mac.size()}).Append({PEER.data(), PEER.size()}).U16(0x0800);
        if (meta.source.IsMulticast())
        {
            return; // WriteIpv4 writes it, ParseIpv4 refuses it: the raw operations have such
        }
        frame.Append(WriteIpv4(meta, payload, m_input.U8()));
        m_node.HandleFrame(m_node.Now(), Port(), frame.View());
    }

    void SendQuery()
    {
        Query query;
        const auto bits = m_input.U8();
        query.version = static_cast<Version>(1 + bits % 3);
        query.group = (bits & 0x10) != 0 ? m_input.Group() : Address::Any(Family::Ipv4);
        query.maxResponseCode = query.version == Version::V1 ? std::uint8_t{0} : m_input.U8();
        query.suppressRouterSide = (bits & 0x20) != 0;
        query.robustness = m_input.U8() % 8;
        query.queryIntervalCode = m_input.U8();
        query.sources = (bits & 0x40) != 0 ? m_input.Sources() : std::vector<Address>{};
        const auto destination = query.IsGeneral() ? Address::Ipv4(224, 0, 0, 1) : query.group;
        SendMessage(WriteIgmp(query), destination, m_input.U8());
    }

    void SendReport()
    {
        Report report;
        const unsigned count = 1 + m_input.U8() % 4;
        for (unsigned i = 0; i < count; ++i)
        {
            report.records.push_back(
                {static_cast<RecordType>(1 + m_input.U8() % 7), m_input.Group(), m_input.Sources()});
        }
        SendMessage(WriteIgmp(report), Address::Ipv4(224, 0, 0, 22), m_input.U8());
    }

    void SendOlder()
    {
        const auto bits = m_input.U8();
        const auto group = m_input.Group();
        const auto message = bits % 3 == 0   ? MembershipMessage{Leave{group}}
                             : bits % 3 == 1 ? MembershipMessage{OlderReport{Version::V1, group}}
                                             : MembershipMessage{OlderReport{Version::V2, group}};
        SendMessage(WriteIgmp(message), bits % 3 == 0 ? Address::Ipv4(224, 0, 0, 2) : group, m_input.U8());
    }

    void SendManyGroups()
    {
        Report report;
        const auto type = static_cast<RecordType>(1 + m_input.U8() % 6);
        const auto first = std::uint32_t{0xef010000} + m_input.U8();
        const std::uint32_t count = m_input.U8() % 100;
        const auto sources = m_input.Sources();
        for (std::uint32_t i = 0; i < count; ++i)
        {
            report.records.push_back({type, Address::Ipv4(first + i), sources});
        }
        SendMessage(WriteIgmp(report), Address::Ipv4(224, 0, 0, 22), 0);
    }

    // Many sources of one group, from reports: limits bite.
    void ScanSources()
    {
        Record record{static_cast<RecordType>(1 + m_input.U8() % 6), m_input.Group(), {}};
        const auto first = std::uint32_t{0x0a090000} + m_input.U8();
        const std::uint32_t count = m_input.U8();
        for (std::uint32_t i = 0; i < count; ++i)
        {
            record.sources.push_back(Address::Ipv4(first + i));
        }
        SendMessage(WriteIgmp(Report{{record}}), Address::Ipv4(224, 0, 0, 22), 0);
    }

    void SendRawMessage()
    {
        static const std::array<std::uint8_t, 6> types{0x11, 0x12, 0x16, 0x17, 0x22, 0x13};
        auto message = m_input.Octets(m_input.U8());
        if (message.size() >= 4)
        {
            message[0] = types[message[0] % types.size()];
            message[2] = message[3] = 0;
            const auto checksum = InternetChecksum(message);
            message[2] = static_cast<std::uint8_t>(checksum >> 8);
            message[3] = static_cast<std::uint8_t>(checksum);
        }
        const auto destination = m_input.Group();
        SendMessage(std::move(message), destination, m_input.U8() & 0xef);
    }

    void SendRawFrame()
    {
        const auto frame = m_input.Octets(m_input.U8());
        m_node.HandleFrame(m_node.Now(), Port(), frame);
    }

    void SendData()
    {
        PacketMeta meta;
        meta.source = m_input.Source();
        meta.destination = m_input.Group();
        meta.protocol = PROTOCOL_UDP;
        meta.ttl = m_input.U8();
        if (meta.destination.IsMulticast())
        {
            SendPacket(meta, WriteDatagram(meta, {1, APPLICATION_PORT, {}}));
        }
    }

    void SendOwnData()
    {
        SimNode::SendOptions options;
        options.ttl = m_input.U8();
        options.loop = m_input.Flag();
        if (m_input.Flag())
        {
            options.port = Port();
        }
        const auto payload = m_input.Octets(m_input.U8());
        m_node.SendData(m_input.Group(), payload, options);
    }

    void Listen()
    {
        const SocketId socket{m_input.U8() % 4u};
        const auto mode = m_input.Flag() ? FilterMode::Include : FilterMode::Exclude;
        const auto port = Port();
        const auto group = m_input.Group();
        const auto sources = m_input.Sources();
        if (m_node.Listen(socket, port, group, mode, sources))
        {
            CHECK(group.IsMulticast());
        }
    }

    void AddPort(std::uint32_t index)
    {
        InterfaceState state;
        state.mtu = 1500;
        state.addresses = {PortAddress(index)};
        m_ports[index] = m_node.AddPort(state, {0x02, 0, 0, 0, 1, static_cast<std::uint8_t>(index)});
        CHECK(m_node.ConfigureHost(m_ports[index], {}));
        if (m_isRouter)
        {
            RouterInterfaceConfig config;
            config.gm.maxSourcesPerGroup = MAX_SOURCES;
            CHECK(m_node.ConfigureRouter(m_ports[index], config));
        }
    }

    static InterfaceAddress PortAddress(std::uint32_t index)
    {
        return {Address::Ipv4(10, static_cast<std::uint8_t>(index), 0, 10), 24};
    }

    void ReplacePort()
    {
        const auto index = m_input.U8() % N_PORTS;
        m_node.RemovePort(m_ports[index]);
        Check();
        AddPort(index);
    }

    void ChangePort()
    {
        const std::uint32_t index = m_input.U8() % N_PORTS;
        switch (m_input.U8() % 5)
        {
        case 0:
            return m_node.SetPortUp(m_ports[index], false);
        case 1:
            return m_node.SetPortUp(m_ports[index], true);
        case 2:
            return m_node.SetAddresses(m_ports[index], {});
        case 3:
            return m_node.SetAddresses(m_ports[index], {PortAddress(index)});
        case 4:
            return SetOtherAddress(index, m_input.Source());
        }
    }

    void SetOtherAddress(std::uint32_t index, const Address& address)
    {
        if (!address.IsMulticast()) // nobody can give an interface such
        {
            m_node.SetAddresses(m_ports[index], {{address, 16}, PortAddress(index)});
        }
    }

    void ConfigureRouter()
    {
        const auto config = ReadRouterConfig(m_input);
        if (!m_node.ConfigureRouter(Port(), config))
        {
            return; // refused, and nothing has changed
        }
        CHECK(m_isRouter && config.gm.Validate() && config.ttlThreshold > 0);
    }

    void ConfigureHost()
    {
        const auto config = ReadHostConfig(m_input);
        CHECK(static_cast<bool>(m_node.ConfigureHost(Port(), config)) == static_cast<bool>(config.Validate()));
    }

    void ChangeRoute()
    {
        const auto bits = m_input.U8();
        const auto group = m_input.Group();
        const auto source = (bits & 1) != 0 ? std::optional(m_input.Source()) : std::nullopt;
        if ((bits & 2) != 0)
        {
            m_node.RemoveRoute(group, source);
        }
        else if ((bits & 4) != 0)
        {
            m_node.AddUnicastRoute(Prefix{m_input.Source(), m_input.U8() % 33u}, {Port(), m_input.Source()});
        }
        else
        {
            // Refused if a group or source is none.
            const bool added = static_cast<bool>(m_node.AddRoute({group, source, Port(), {Port(), Port()}}));
            CHECK(!added || (m_isRouter && group.IsMulticast()));
        }
    }

    // Invariants.

    void Check()
    {
        CHECK(!m_node.NextDeadline() || *m_node.NextDeadline() >= m_node.Now());
        CHECK(m_node.WaitingPackets() <= 4 * 1000);
        CheckOutput();
        if (m_isRouter)
        {
            const auto& router = *m_node.GetRouter();
            CHECK(router.GroupCount() <= MAX_GROUPS);
            CHECK(router.ForwardingEntryCount() <= MAX_ENTRIES);
            CHECK(router.ForwardingEntryCount() == m_node.GetMfc().Size());
        }
    }

    void CheckState()
    {
        for (const auto port : m_ports)
        {
            CheckHost(port);
            if (m_isRouter)
            {
                CheckRouter(port);
            }
        }
        if (m_isRouter)
        {
            const auto& router = *m_node.GetRouter();
            CHECK(router.ForwardingEntries().size() == router.ForwardingEntryCount());
        }
    }

    static bool IsVersion1(MessageKind kind)
    {
        return kind == MessageKind::QueryV1 || kind == MessageKind::ReportV1;
    }

    void CheckOutput()
    {
        while (const auto frame = m_node.PollFrame())
        {
            const auto packet = ParseIpv4(BytesView(frame->octets).Sub(14));
            CHECK(packet && frame->octets.size() <= 14 + 1500);
            CHECK(packet->meta.destination.IsMulticast());
            if (packet->meta.protocol == PROTOCOL_IGMP)
            {
                const auto message = ParseIgmp(packet->payload);
                CHECK(message && packet->meta.ttl == 1);
                CHECK(packet->meta.routerAlert || IsVersion1(KindOf(*message))); // RFC 1112 is older than the option
                CHECK(packet->meta.tos == TOS_INTERNETWORK_CONTROL);
            }
        }
        while (const auto delivery = m_node.PollDelivery())
        {
            CHECK(delivery->group.IsMulticast());
        }
        while (const auto event = m_node.PollEvent())
        {
            CHECK(event->event.at <= m_node.Now());
            CHECK(++m_events % 16 != 0 || !ToString(event->event).empty());
        }
    }

    void CheckHost(InterfaceId port) const
    {
        const auto& host = m_node.GetHost();
        const auto groups = host.Groups(port);
        for (const auto& group : groups)
        {
            CHECK(group.group.IsMulticast());
            CHECK(group.mode == FilterMode::Exclude || !group.sources.empty());
            for (const auto& source : group.sources)
            {
                CHECK(host.Accepts(port, group.group, source) == (group.mode == FilterMode::Include));
            }
        }
        CHECK(std::is_sorted(groups.begin(), groups.end(),
                             [](const auto& a, const auto& b) { return a.group < b.group; }));
    }

    void CheckRouter(InterfaceId port) const
    {
        const auto& router = *m_node.GetRouter();
        const auto groups = router.Groups(port);
        CHECK(groups.size() >= router.GroupCount(port));
        CHECK(groups.size() <= router.GroupCount(port) + 2); // and two that are configured
        for (const auto& group : groups)
        {
            CheckGroup(port, group);
        }
        const auto view = router.FindInterface(port);
        if (view && view->active && view->isQuerier)
        {
            CHECK(m_node.FindPort(port)->HasAddress(view->querier));
        }
        CHECK(!view || (view->robustness >= 1 && view->queryInterval >= Duration::zero()));
        CHECK(!view || view->groups == router.GroupCount(port));
    }

    void CheckGroup(InterfaceId port, const gm::GroupView& group) const
    {
        const auto& router = *m_node.GetRouter();
        CHECK(group.group.IsMulticast() && !group.group.IsLinkScopeMulticast());
        CHECK(group.sources.size() <= MAX_SOURCES + 2); // and two that are configured
        if (group.isStatic)
        {
            return; // shown beside what the members say, also while the interface is down
        }
        CHECK(group.mode == FilterMode::Exclude || group.expires == Duration::zero());
        CHECK(group.mode == FilterMode::Exclude || !group.sources.empty());
        for (const auto& source : group.sources)
        {
            CHECK(router.IsForwarded(port, group.group, source.source) == source.forwarded);
            CHECK(source.expires >= Duration::zero() && (source.forwarded || group.mode == FilterMode::Exclude));
        }
    }

    Input m_input;
    bool m_isRouter;
    SimNode m_node;
    std::array<InterfaceId, N_PORTS> m_ports;
    std::size_t m_events = 0;
};

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Driver(Input(data, size)).Run();
    return 0;
}
