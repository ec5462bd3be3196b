// SPDX-License-Identifier: GPL-2.0-only
// The messages that reach the fuzzed router: of every kind, from neighbours and strangers, well formed, with octets
// turned over, or raw.

#ifndef MCAST_TEST_FUZZ_FUZZ_ROUTER_MESSAGES_H
#define MCAST_TEST_FUZZ_FUZZ_ROUTER_MESSAGES_H

#include "fuzz-router-checks.h"
#include "wire/checksum.h"
#include "wire/ipv6-header.h"

namespace mcast::fuzz
{

class Speaker : protected Checked
{
  protected:
    using Checked::Checked;

    ~Speaker() = default;

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
        if ((bits & 0x40) != 0)
        {
            hello.stateRefreshInterval = m_input.U8();
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

    // To us by unicast, as they are; or to others.
    void SendGraft()
    {
        pim::JoinPrune message;
        const auto bits = m_input.U8();
        message.kind = (bits & 1) != 0 ? pim::JoinPrune::Kind::GraftAck : pim::JoinPrune::Kind::Graft;
        message.holdtime = (bits & 2) != 0 ? 210 : 0;
        for (unsigned groups = 1 + (bits >> 2) % 2; groups > 0; --groups)
        {
            pim::GroupSet set;
            set.group.group = Prefix{(bits & 0x10) != 0 ? DenseGroup() : Group(), 128};
            for (unsigned i = 1 + (bits >> 5) % 3u; i > 0; --i)
            {
                ((bits & 8) != 0 ? set.prunes : set.joins).push_back(Entry());
            }
            message.groups.push_back(set);
        }
        const auto interface = Interface();
        const auto sender = m_input.U8();
        message.upstream = sender < 0xc0 ? OnLink(interface, 5) : OnLink(interface, sender % 4);
        const PacketMeta meta{OnLink(interface, 1 + sender % 3),
                              (sender & 0x20) != 0 ? pim::AllRouters(m_family) : OnLink(interface, 5),
                              pim::PROTOCOL,
                              1,
                              0xc0,
                              false};
        Hand(interface, meta, pim::Write(meta, message));
    }

    void SendStateRefresh()
    {
        pim::StateRefresh message;
        const auto bits = m_input.U8();
        message.group = (bits & 1) != 0 ? Group() : DenseGroup();
        message.source = Source();
        message.originator = (bits & 2) != 0 ? Source() : Global(2, 9);
        message.preference = (bits & 4) != 0 ? m_input.U8() : 110;
        message.metric = (bits & 8) != 0 ? m_input.U8() : 10;
        message.maskLength = m_input.U8();
        message.ttl = (bits & 0x10) != 0 ? m_input.U8() : 64;
        message.pruneIndicator = (bits & 0x20) != 0;
        message.pruneNow = (bits & 0x40) != 0;
        message.assertOverride = (bits & 0x80) != 0;
        message.interval = (bits & 0x14) == 0x14 ? m_input.U8() : 60;
        if (message.group.GetFamily() == m_family && message.source.GetFamily() == m_family &&
            message.originator.GetFamily() == m_family)
        {
            Send(message);
        }
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
};

} // namespace mcast::fuzz

#endif // MCAST_TEST_FUZZ_FUZZ_ROUTER_MESSAGES_H
