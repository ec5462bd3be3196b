// SPDX-License-Identifier: GPL-2.0-only
// A router with two links, a neighbour on each, and the Bootstrap Router mechanism; the tests run for both families.

#ifndef MCAST_TEST_CORE_BOOTSTRAP_FIXTURE_H
#define MCAST_TEST_CORE_BOOTSTRAP_FIXTURE_H

#include "pim/bsr/bootstrap.h"
#include "support.h"

#include <gtest/gtest.h>
#include <memory>

namespace mcast::pim::bootstrap_test
{

using namespace test;
using State = BootstrapView::State;
using Lines = std::vector<std::string>;

inline const InterfaceId WEST{1};
inline const InterfaceId EAST{2};

// The addresses that a test of one family uses.
struct Names
{
    Family family;
    const char* west; // ours on each link, and a neighbour there
    const char* east;
    const char* westNeighbor;
    const char* eastNeighbor;
    const char* ours;   // reached from everywhere
    const char* lesser; // BSRs, all beyond the western neighbour
    const char* greater;
    const char* rp1;
    const char* rp2;
    const char* all;
    const char* range;
    const char* group; // in there
    const char* zone;
    const char* zoneRange; // in there
    const char* zoneGroup; // in there
};

inline const Names IPV4{Family::Ipv4, "10.0.1.5",    "10.0.2.5",     "10.0.1.9",  "10.0.2.9",    "10.0.2.5",
                        "10.0.0.1",   "10.77.0.1",   "10.99.0.1",    "10.99.0.2", "224.0.0.0/4", "238.0.0.0/8",
                        "238.1.1.1",  "239.0.0.0/8", "239.1.0.0/16", "239.1.1.1"};
inline const Names IPV6{Family::Ipv6,     "fe80::1:5",      "fe80::2:5",   "fe80::1:9",
                        "fe80::2:9",      "2001:db8:2::5",  "2001:db8::1", "2001:db8:77::1",
                        "2001:db8:99::1", "2001:db8:99::2", "ff00::/8",    "ff0e::/16",
                        "ff0e::1:1:1",    "ff05::/16",      "ff15::/16",   "ff15::1:1:1"};

/// Read by GoogleTest to print the parameter of a test.
inline void
PrintTo(const Names& names, std::ostream* out)
{
    *out << names.ours;
}

class BootstrapFixture : public ::testing::TestWithParam<Names>, protected InterfaceOwner, protected BootstrapOwner
{
  protected:
    BootstrapFixture()
        : m_names(GetParam()),
          m_routerJournal({}, m_names.family, m_context)
    {
        m_config.family = m_names.family;
        m_config.candidateRpPeriod = seconds{60};
        m_own = {Ip(m_names.ours), Ip(m_names.west), Ip(m_names.east)};
        m_default = Ip(m_names.ours);
        for (const auto* bsr : {m_names.lesser, m_names.greater})
        {
            m_rpf[Ip(bsr)] = {WEST, Ip(m_names.westNeighbor)};
        }
        AddInterface(WEST, m_names.west);
        AddInterface(EAST, m_names.east);
    }

    void AddInterface(InterfaceId id, const std::string& address)
    {
        auto pim = std::make_unique<Interface>(id, m_names.family, m_context, static_cast<InterfaceOwner&>(*this));
        InterfaceConfig config;
        config.family = m_names.family;
        pim->Configure(config);
        pim->SetState(UpInterface(id, address, m_names.family == Family::Ipv4 ? 24 : 64));
        m_interfaces.push_back({pim.get(), 1500, false, {}});
        m_pims.push_back(std::move(pim));
    }

    Interface& Pim(InterfaceId id)
    {
        return *m_pims[id.value - 1];
    }

    BootstrapInterface& Link(InterfaceId id)
    {
        return m_interfaces[id.value - 1];
    }

    // A neighbour's Hello, that never expires.
    void Greet(InterfaceId id, const std::string& neighbor, std::uint32_t generationId = 1)
    {
        Hello hello;
        hello.holdtime = HOLDTIME_FOREVER;
        hello.drPriority = m_neighborPriority;
        hello.generationId = generationId;
        Pim(id).HandleHello({Ip(neighbor), AllRouters(m_names.family), PROTOCOL, 1, 0, false}, hello);
    }

    // Both neighbours are there, Hellos are out, nothing waits to be read.
    void Start()
    {
        ASSERT_TRUE(m_config.Validate());
        Greet(WEST, m_names.westNeighbor);
        Greet(EAST, m_names.eastNeighbor);
        const auto none = Address::Any(m_names.family);
        for (const auto id : {WEST, EAST})
        {
            Pim(id).Send(AllRouters(m_names.family), Assert{none, none, false, 1, 1}); // after a Hello
        }
        m_router.Configure(m_config);
        Forget();
    }

    void BeCandidate(std::uint8_t priority = 64)
    {
        m_config.candidateBsr.emplace();
        m_config.candidateBsr->priority = priority;
    }

    void BeCandidateRp()
    {
        m_config.candidateRps.emplace_back();
        m_config.candidateRps.back().groups = {*Prefix::Parse(m_names.range)};
    }

    void BecomeElected()
    {
        Start();
        Advance(seconds{5});
        ASSERT_EQ(View().state, State::Elected);
    }

    void Forget()
    {
        DrainAll(m_context.transmits);
        DrainAll(m_context.events);
        m_unicasts.clear();
        m_setChanges = 0;
    }

    Bootstrap Message(const char* bsr, std::uint8_t priority = 64)
    {
        Bootstrap message;
        message.fragmentTag = ++m_tag;
        message.hashMaskLength = 20;
        message.priority = priority;
        message.bsr = Ip(bsr);
        return message;
    }

    Bootstrap With(Bootstrap message, const char* range, std::vector<const char*> rps, bool zone = false,
                   std::uint16_t holdtime = 150) const
    {
        BootstrapGroup group{{*Prefix::Parse(range), false, zone}, static_cast<std::uint8_t>(rps.size()), {}};
        for (const auto* rp : rps)
        {
            group.rps.push_back({Ip(rp), holdtime, 192});
        }
        message.groups.push_back(group);
        return message;
    }

    Bootstrap Usual(const char* bsr, std::uint8_t priority = 64)
    {
        return With(Message(bsr, priority), m_names.range, {m_names.rp1});
    }

    Bootstrap Scoped(const char* bsr, std::uint8_t priority = 64)
    {
        return With(With(Message(bsr, priority), m_names.zone, {}, true), m_names.zoneRange, {m_names.rp2});
    }

    void Hear(const Bootstrap& message, InterfaceId id, const char* source, const char* destination = nullptr)
    {
        const auto to = destination == nullptr ? AllRouters(m_names.family) : Ip(destination);
        m_router.HandleBootstrap(id, {Ip(source), to, PROTOCOL, 1, 0, false}, message);
    }

    void Hear(const Bootstrap& message)
    {
        Hear(message, WEST, m_names.westNeighbor);
    }

    void Offer(const char* rp, std::vector<const char*> ranges, std::uint16_t holdtime = 150)
    {
        CandidateRp message{192, holdtime, Ip(rp), {}};
        for (const auto* range : ranges)
        {
            message.groups.push_back({*Prefix::Parse(range), false, false});
        }
        m_router.HandleCandidateRp(EAST, {Ip(rp), Ip(m_names.ours), PROTOCOL, 30, 0, false}, message);
    }

    void Advance(Duration sinceStart)
    {
        RunTo(m_context, At(sinceStart));
    }

    // The Bootstrap messages that went out, by interface; other messages are left out.
    std::vector<std::pair<InterfaceId, Bootstrap>> Sent()
    {
        std::vector<std::pair<InterfaceId, Bootstrap>> sent;
        for (const auto& transmit : DrainAll(m_context.transmits))
        {
            EXPECT_EQ(transmit.meta.ttl, 1);
            const auto message = Parse(transmit.meta, transmit.payload);
            EXPECT_TRUE(message);
            if (const auto* bootstrap = std::get_if<Bootstrap>(&*message))
            {
                const auto& own = Pim(transmit.interface).PrimaryAddress();
                EXPECT_EQ(transmit.meta.source, own); // BSR-ANY-4-01
                sent.emplace_back(transmit.interface, *bootstrap);
                m_lastDestination = transmit.meta.destination;
            }
        }
        return sent;
    }

    // "1,2" for the interfaces that a message went out of.
    std::string SentTo()
    {
        std::string text;
        for (const auto& [id, message] : Sent())
        {
            text += (text.empty() ? "" : ",") + std::to_string(id.value);
        }
        return text;
    }

    // The one message that went out, on both links.
    Bootstrap TheMessage()
    {
        const auto sent = Sent();
        EXPECT_EQ(sent.size(), 2u);
        return sent.empty() ? Bootstrap{} : sent.front().second;
    }

    static std::string Describe(const Bootstrap& message)
    {
        std::string text;
        for (const auto& group : message.groups)
        {
            text += (text.empty() ? "" : " ") + group.group.group.ToString() + (group.group.zone ? "Z" : "") + "(";
            for (const auto& rp : group.rps)
            {
                text += rp.address.ToString() + "/" + std::to_string(rp.holdtime) + " ";
            }
            text.resize(text.size() - (group.rps.empty() ? 0 : 1));
            text += ")";
        }
        return text;
    }

    BootstrapView View(std::size_t index = 0) const
    {
        const auto views = m_router.View();
        return index < views.size() ? views[index] : BootstrapView{State::NoInfo, {}, {}, 0, 0, 0, {}, {}};
    }

    std::string Rp(const char* group) const
    {
        const auto mapping = m_set.Find(Ip(group));
        return mapping ? mapping->rp.ToString() : "none";
    }

    std::uint64_t Dropped(Reason reason, InterfaceId id = WEST)
    {
        return JournalOf(id).GetCounters().Dropped(reason);
    }

    // BootstrapOwner

    std::vector<BootstrapInterface> BootstrapInterfaces() override
    {
        return m_interfaces;
    }

    Rpf FindRpf(const Address& root) const override
    {
        Rpf rpf;
        rpf.isOwn = std::find(m_own.begin(), m_own.end(), root) != m_own.end();
        if (const auto found = m_rpf.find(root); found != m_rpf.end())
        {
            rpf.interface = found->second.first;
            rpf.neighbor = found->second.second;
        }
        return rpf;
    }

    Journal& JournalOf(InterfaceId id) override
    {
        return id == WEST || id == EAST ? Pim(id).GetJournal() : m_routerJournal;
    }

    Address DefaultCandidateAddress() override
    {
        return m_default;
    }

    void SendUnicast(const Address& source, const Address& destination, const pim::Message& message) override
    {
        EXPECT_EQ(source, Ip(m_names.ours)); // BSR-ANY-4-01: not a link's
        m_unicasts.emplace_back(destination, std::get<CandidateRp>(message));
        m_unicastTimes.push_back(m_context.now - TimePoint{});
    }

    void RpSetChanged() override
    {
        ++m_setChanges;
    }

    // InterfaceOwner

    void NeighborChanged(InterfaceId id, const Address& neighbor, NeighborChange change) override
    {
        if (change != NeighborChange::Gone)
        {
            m_router.PrimeNeighbor(id, neighbor);
        }
    }

    void DesignatedRouterChanged(InterfaceId) override
    {
    }

    const Names& m_names;
    Context m_context{7};
    RouterConfig m_config;
    RpSet m_set{GetParam().family};
    Journal m_routerJournal;
    std::vector<std::unique_ptr<Interface>> m_pims;
    std::vector<BootstrapInterface> m_interfaces;
    std::vector<Address> m_own;
    Address m_default;
    std::map<Address, std::pair<InterfaceId, Address>> m_rpf;
    BootstrapRouter m_router{GetParam().family, m_context, m_set, *this};
    std::vector<std::pair<Address, CandidateRp>> m_unicasts;
    std::vector<Duration> m_unicastTimes;
    int m_setChanges = 0;
    std::uint16_t m_tag = 100;
    std::uint32_t m_neighborPriority = 0;
    Address m_lastDestination;
};

inline std::string
FamilyName(const ::testing::TestParamInfo<Names>& info)
{
    return info.param.family == Family::Ipv4 ? "Ipv4" : "Ipv6";
}

} // namespace mcast::pim::bootstrap_test

#endif // MCAST_TEST_CORE_BOOTSTRAP_FIXTURE_H
