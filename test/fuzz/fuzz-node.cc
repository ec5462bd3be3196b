// SPDX-License-Identifier: GPL-2.0-only
// A whole node (host, router, forwarding cache) driven by what the input says: messages, data, upcalls by data,
// applications, changes of interfaces and configuration, and time. The input is a sequence of operations, see Run();
// messages get right lengths and checksums unless the operation is about wrong ones, so that the state machines behind
// the decoders are reached. One run is of one family. After each operation the invariants of Check() must hold.

#include "check.h"
#include "datagram.h"
#include "fuzz-config.h"
#include "gm/protocol.h"
#include "sim-node.h"
#include "wire/checksum.h"
#include "wire/ipv6-header.h"

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
          m_kind(m_input.U8()),
          m_isRouter((m_kind & 1) != 0),
          m_family((m_kind & 2) != 0 ? Family::Ipv6 : Family::Ipv4),
          m_protocol(gm::ProtocolOf(m_family)),
          m_node(m_input.U8(), m_isRouter ? std::optional(Limits()) : std::nullopt)
    {
        m_input.SetFamily(m_family);
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
            return m_input.U8() % 16 == 0 ? m_node.ShutdownRouter() : m_node.DeconfigureRouter(Port(), m_family);
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

    void SendMessage(const MembershipMessage& message, const Address& destination, std::uint8_t oddity)
    {
        const auto meta = MessageMeta(destination, oddity);
        SendOctets(meta, m_protocol.write(meta, message), oddity);
    }

    PacketMeta MessageMeta(const Address& destination, std::uint8_t oddity)
    {
        PacketMeta meta;
        meta.protocol = m_protocol.ipProtocol;
        meta.source = m_input.Source();
        meta.destination = (oddity & 0x80) != 0 ? m_input.Group() : destination;
        meta.ttl = (oddity & 0x40) != 0 ? 2 : 1;
        meta.routerAlert = (oddity & 0x20) == 0;
        meta.tos = TOS_INTERNETWORK_CONTROL;
        return meta;
    }

    void SendOctets(const PacketMeta& meta, Bytes message, std::uint8_t oddity)
    {
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
        frame.Append({mac.data(), mac.size()})
            .Append({PEER.data(), PEER.size()})
            .U16(meta.destination.IsIpv4() ? 0x0800 : 0x86dd);
        const auto identification = m_input.U8();
        if (meta.source.IsMulticast() || meta.source.GetFamily() != meta.destination.GetFamily())
        {
            return; // WriteIp writes it, ParseIp refuses it: the raw operations have such
        }
        frame.Append(WriteIp(meta, payload, identification));
        m_node.HandleFrame(m_node.Now(), Port(), frame.View());
    }

    void SendQuery()
    {
        Query query;
        const auto bits = m_input.U8();
        query.version = std::max(m_protocol.oldest, static_cast<Version>(1 + bits % 3));
        query.group = (bits & 0x10) != 0 ? m_input.Group() : Address::Any(m_family);
        query.maxResponseCode = query.version == Version::V1 ? std::uint8_t{0} : m_input.U8();
        query.suppressRouterSide = (bits & 0x20) != 0;
        query.robustness = m_input.U8() % 8;
        query.queryIntervalCode = m_input.U8();
        query.sources = (bits & 0x40) != 0 ? m_input.Sources() : std::vector<Address>{};
        const auto destination = query.IsGeneral() ? m_protocol.allSystems : query.group;
        SendMessage(query, destination, m_input.U8());
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
        SendMessage(report, m_protocol.reportDestination, m_input.U8());
    }

    void SendOlder()
    {
        const auto bits = m_input.U8();
        const auto group = m_input.Group();
        const auto message = bits % 3 == 0   ? MembershipMessage{Leave{group}}
                             : bits % 3 == 1 ? MembershipMessage{OlderReport{m_protocol.oldest, group}}
                                             : MembershipMessage{OlderReport{Version::V2, group}};
        SendMessage(message, bits % 3 == 0 ? m_protocol.allRouters : group, m_input.U8());
    }

    void SendManyGroups()
    {
        Report report;
        const auto type = static_cast<RecordType>(1 + m_input.U8() % 6);
        const std::uint32_t first = m_input.U8();
        const std::uint32_t count = m_input.U8() % 100;
        const auto sources = m_input.Sources();
        for (std::uint32_t i = 0; i < count; ++i)
        {
            report.records.push_back({type, Numbered(Address::Ipv4(239, 1, 0, 0), first + i), sources});
        }
        SendMessage(report, m_protocol.reportDestination, 0);
    }

    // An address of a range: 239.1.0.0 and on is also ff1e::1:0 and on, 10.9.0.0 is 2001:db8:9::.
    Address Numbered(const Address& base, std::uint32_t number) const
    {
        if (m_family == Family::Ipv4)
        {
            return Address::Ipv4(base.ToIpv4() + number);
        }
        auto octets = Address::Parse(base.IsMulticast() ? "ff1e::1:0" : "2001:db8:9::")->Octets();
        octets[14] = static_cast<std::uint8_t>(number >> 8);
        octets[15] = static_cast<std::uint8_t>(number);
        return Address::Ipv6(octets);
    }

    // Many sources of one group, from reports: limits bite.
    void ScanSources()
    {
        Record record{static_cast<RecordType>(1 + m_input.U8() % 6), m_input.Group(), {}};
        const std::uint32_t first = m_input.U8();
        const std::uint32_t count = m_input.U8();
        for (std::uint32_t i = 0; i < count; ++i)
        {
            record.sources.push_back(Numbered(Address::Ipv4(10, 9, 0, 0), first + i));
        }
        SendMessage(Report{{record}}, m_protocol.reportDestination, 0);
    }

    void SendRawMessage()
    {
        static const std::array<std::uint8_t, 6> igmp{0x11, 0x12, 0x16, 0x17, 0x22, 0x13};
        static const std::array<std::uint8_t, 6> mld{130, 131, 132, 143, 143, 135};
        auto message = m_input.Octets(m_input.U8());
        const auto destination = m_input.Group();
        const auto oddity = static_cast<std::uint8_t>(m_input.U8() & 0xef);
        const auto meta = MessageMeta(destination, oddity);
        if (message.size() >= 4)
        {
            message[0] = (m_family == Family::Ipv4 ? igmp : mld)[message[0] % igmp.size()];
            message[2] = message[3] = 0;
            const auto checksum =
                m_family == Family::Ipv4 ? InternetChecksum(message) : UpperLayerChecksum(meta, message);
            message[2] = static_cast<std::uint8_t>(checksum >> 8);
            message[3] = static_cast<std::uint8_t>(checksum);
        }
        SendOctets(meta, std::move(message), oddity);
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
        state.addresses = PortAddresses(index);
        m_ports[index] = m_node.AddPort(state, {0x02, 0, 0, 0, 1, static_cast<std::uint8_t>(index)});
        gm::HostConfig host;
        host.family = m_family;
        CHECK(m_node.ConfigureHost(m_ports[index], host));
        if (m_isRouter)
        {
            RouterInterfaceConfig config;
            config.gm.family = m_family;
            config.gm.maxSourcesPerGroup = MAX_SOURCES;
            CHECK(m_node.ConfigureRouter(m_ports[index], config));
        }
    }

    std::vector<InterfaceAddress> PortAddresses(std::uint32_t index) const
    {
        const auto number = static_cast<std::uint8_t>(index);
        if (m_family == Family::Ipv4)
        {
            return {{Address::Ipv4(10, number, 0, 10), 24}};
        }
        return {{*Address::Parse("fe80::a"), 64},
                {Address::Ipv6({0x20, 1, 0xd, 0xb8, 0, number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10}), 64}};
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
            return m_node.SetAddresses(m_ports[index], PortAddresses(index));
        case 4:
            return SetOtherAddress(index, m_input.Source());
        }
    }

    void SetOtherAddress(std::uint32_t index, const Address& address)
    {
        if (!address.IsMulticast()) // nobody can give an interface such
        {
            auto addresses = PortAddresses(index);
            addresses.insert(addresses.begin(), {address, 16});
            m_node.SetAddresses(m_ports[index], addresses);
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
            const auto destination = m_input.Source();
            m_node.AddUnicastRoute(Prefix{destination, m_input.U8() % 129u}, {Port(), m_input.Source()});
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
            const bool isIpv4 = frame->octets.at(12) == 0x08;
            const auto& protocol = gm::ProtocolOf(isIpv4 ? Family::Ipv4 : Family::Ipv6);
            const auto packet = ParseIp(protocol.family, BytesView(frame->octets).Sub(14));
            CHECK(packet && frame->octets.size() <= 14 + 1500);
            CHECK(packet->meta.destination.IsMulticast());
            if (packet->meta.protocol == protocol.ipProtocol)
            {
                const auto message = protocol.parse(packet->meta, packet->payload, Version::V3);
                CHECK(message && packet->meta.ttl == 1);
                CHECK(isIpv4 || packet->meta.source.IsLinkLocalUnicast() || packet->meta.source.IsUnspecified());
                CHECK(packet->meta.routerAlert || IsVersion1(KindOf(*message))); // RFC 1112 is older than the option
                CHECK(packet->meta.tos == protocol.tos);
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
        const auto groups = host.Groups(port, m_family);
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
        const auto groups = router.Groups(port, m_family);
        CHECK(groups.size() >= router.GroupCount(port, m_family));
        CHECK(groups.size() <= router.GroupCount(port, m_family) + 2); // and two that are configured
        for (const auto& group : groups)
        {
            CheckGroup(port, group);
        }
        const auto view = router.FindInterface(port, m_family);
        if (view && view->active && view->isQuerier)
        {
            CHECK(m_node.FindPort(port)->HasAddress(view->querier));
        }
        CHECK(!view || (view->robustness >= 1 && view->queryInterval >= Duration::zero()));
        CHECK(!view || view->groups == router.GroupCount(port, m_family));
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
    std::uint8_t m_kind;
    bool m_isRouter;
    Family m_family;
    const gm::Protocol& m_protocol;
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
