// SPDX-License-Identifier: GPL-2.0-only

#include "air.h"

#include "model/core/wire/ip.h"
#include "wireless/core/airtime.h"
#include "wireless/core/block-ack.h"

#include <algorithm>
#include <stdexcept>

namespace mcast::wifi::air
{

namespace
{

constexpr unsigned MAX_TRIES = 7;
constexpr std::uint32_t FCS = 4;
const MacAddress SERVER{2, 0, 0, 0, 9, 9}; // behind the access point
const MacAddress OTHER_BSSID{2, 0, 0, 0, 7, 7};

bool
IsOfdm(Rate rate)
{
    return rate != 2 && rate != 4 && rate != 11 && rate != 22;
}

Duration
TimeOf(Rate rate, std::size_t octets)
{
    const auto phy = IsOfdm(rate) ? PhyTiming::Of11g() : PhyTiming::Of11b();
    return PpduDuration(phy, rate, static_cast<std::uint32_t>(octets) + FCS);
}

} // namespace

Air::Air(const Scenario& scenario, PcapWriter& capture, std::ostream& deliveries)
    : m_scenario(scenario),
      m_capture(capture),
      m_out(deliveries),
      m_ap(scenario.ap),
      m_tbtt(TimePoint{scenario.ap.dtim.BeaconInterval()}),
      m_random(scenario.seed)
{
    for (const auto& [number, setup] : scenario.stations)
    {
        m_stations[number] = std::make_unique<Station>(number, setup, scenario.ap);
    }
}

void
Air::Run()
{
    m_out << "time,station,group,source,number\n";
    while (m_now < TimePoint{m_scenario.end})
    {
        DoDue();
        if (!TransmitSomething())
        {
            m_now = std::min(std::max(NextTime(), m_now + Duration{1}), TimePoint{m_scenario.end});
        }
        for (auto& [number, station] : m_stations)
        {
            for (const auto& one : station->TakeDeliveries())
            {
                m_out << std::to_string(std::chrono::duration<double>(one.at.time_since_epoch()).count()) << ','
                      << one.station << ',' << ToString(one.group) << ',' << ToString(one.source) << ',' << one.number
                      << '\n';
            }
        }
        while (m_ap.PollDistribution())
        {
        }
        while (m_ap.PollEvent())
        {
        }
    }
}

TimePoint
Air::NextTime() const
{
    auto next = std::min(m_tbtt, m_ap.NextDeadline().value_or(NEVER));
    if (m_nextAction < m_scenario.actions.size())
    {
        next = std::min(next, TimePoint{m_scenario.actions[m_nextAction].at});
    }
    for (const auto& stream : m_streams)
    {
        next = stream.left > 0 ? std::min(next, stream.next) : next;
    }
    for (const auto& [number, station] : m_stations)
    {
        next = std::min(next, station->NextDeadline().value_or(NEVER));
    }
    return next;
}

void
Air::DoDue()
{
    for (auto& [number, station] : m_stations)
    {
        station->AdvanceTo(m_now);
    }
    m_ap.AdvanceTo(m_now);
    while (m_nextAction < m_scenario.actions.size() && TimePoint{m_scenario.actions[m_nextAction].at} <= m_now)
    {
        Act(m_scenario.actions[m_nextAction++]);
    }
    for (auto& stream : m_streams)
    {
        while (stream.left > 0 && stream.next <= m_now)
        {
            Send(stream);
        }
    }
}

Station&
Air::At(const std::string& number)
{
    const auto found = m_stations.find(static_cast<unsigned>(std::stoul(number)));
    if (found == m_stations.end())
    {
        throw std::runtime_error("no station " + number);
    }
    return *found->second;
}

void
Air::Act(const Action& action)
{
    const auto& words = action.arguments;
    const auto word = [&](std::size_t i) -> const std::string& {
        if (i >= words.size())
        {
            throw std::runtime_error(action.verb + " needs more words");
        }
        return words[i];
    };
    const auto group = [&](std::size_t i) {
        const auto address = Address::Parse(word(i));
        if (!address)
        {
            throw std::runtime_error("no address: " + word(i));
        }
        return *address;
    };
    const auto& verb = action.verb;
    if (verb == "stream")
    {
        StartStream(action, 0, false);
    }
    else if (verb == "busy")
    {
        Wait(Seconds(word(0)));
    }
    else if (verb == "stranger")
    {
        Stranger(group(0));
    }
    else if (verb == "badtim")
    {
        BadTim(word(0));
    }
    else if (verb == "say" || verb == "unicast")
    {
        StartStream(action, static_cast<unsigned>(std::stoul(word(0))), verb == "unicast");
    }
    else if (verb == "associate")
    {
        At(word(0)).Associate();
    }
    else if (verb == "disassociate")
    {
        At(word(0)).Disassociate(m_now);
    }
    else if (verb == "sleep" || verb == "wake")
    {
        At(word(0)).Doze().SetPowerSave(m_now, verb == "sleep");
    }
    else if (verb == "join" || verb == "leave")
    {
        At(word(0)).Report(group(1), verb == "join");
    }
    else if (verb == "fms")
    {
        At(word(0)).Ask(m_now, GroupService::Fms, GroupMac(group(1)), static_cast<unsigned>(std::stoul(word(2))));
    }
    else if (const auto request = RequestOf(action))
    {
        auto& station = At(word(0));
        request->remove ? station.StopAsking(m_now, request->service, GroupMac(group(1)))
                        : station.Ask(m_now, request->service, GroupMac(group(1)));
    }
    else
    {
        throw std::runtime_error("unknown verb: " + verb);
    }
}

void
Air::StartStream(const Action& action, unsigned station, bool unicast)
{
    auto words = action.arguments;
    if (station != 0)
    {
        words.erase(words.begin());
        At(std::to_string(station));
    }
    if (words.size() != (unicast ? 3U : 4U))
    {
        throw std::runtime_error(action.verb + ": wrong number of words");
    }
    Stream stream{};
    stream.group = unicast ? Address::Ipv4(10, 0, 0, static_cast<std::uint8_t>(station))
                           : Address::Parse(words.front()).value_or(Address::Ipv4(255, 255, 255, 255));
    stream.destination = unicast                      ? At(std::to_string(station)).Address()
                         : stream.group.IsMulticast() ? GroupMac(stream.group)
                                                      : BROADCAST;
    stream.station = unicast ? 0 : station;
    const auto at = words.size() - 3;
    stream.next = TimePoint{action.at};
    stream.every = Seconds(words[at]);
    stream.left = static_cast<unsigned>(std::stoul(words[at + 1]));
    stream.size = static_cast<unsigned>(std::stoul(words[at + 2]));
    m_streams.push_back(stream);
}

Bytes
Air::Datagram(const Stream& stream)
{
    Writer udp;
    const auto size = std::max(stream.size, 4U);
    udp.U16(5001).U16(5001).U16(static_cast<std::uint16_t>(8 + size)).U16(0); // no checksum: IPv4 (RFC 768)
    udp.U32(stream.number).Append(Bytes(size - 4));
    const auto from = static_cast<std::uint8_t>(stream.station == 0 ? 200 : stream.station);
    PacketMeta meta{Address::Ipv4(10, 0, 0, from), stream.group, 17, 16, 0, false};
    Writer body;
    body.U8(0xaa).U8(0xaa).U8(3).U8(0).U16(0).U16(0x0800);
    body.Append(WriteIp(meta, udp.View(), static_cast<std::uint16_t>(stream.number)));
    return body.Take();
}

void
Air::Send(Stream& stream)
{
    const auto source = stream.station == 0 ? SERVER : m_stations.at(stream.station)->Address();
    const Msdu msdu{stream.destination, source, Datagram(stream)};
    if (stream.station == 0)
    {
        m_ap.HandleMsdu(m_now, msdu);
    }
    else
    {
        m_stations.at(stream.station)->Say(msdu);
    }
    stream.number++;
    stream.left--;
    stream.next += stream.every;
}

// A group frame of another BSS on the same channel.
void
Air::Stranger(const Address& group)
{
    Stream stream{};
    stream.group = group;
    stream.number = 0xffff0000;
    auto header = FromDs(GroupMac(group), OTHER_BSSID, SERVER, false);
    Attempt({WriteFrame(header, Datagram(stream)), 2, false}, nullptr);
}

// A Beacon of our own BSS whose TIM nobody can read, beside the real ones.
void
Air::BadTim(const std::string& kind)
{
    static const std::map<std::string, Bytes> KINDS{
        {"short", {5, 2, 0, 1}},
        {"empty", {5, 0}},
        {"zero-period", {5, 4, 0, 0, 1, 0xff}},
        {"overlong", {5, 6, 0, 1, 0xfb, 0xff, 0xff, 0xff}},
        {"truncated", {5, 200, 0, 1}},
    };
    const auto found = KINDS.find(kind);
    if (found == KINDS.end())
    {
        throw std::runtime_error("no such TIM: " + kind);
    }
    auto beacon = m_ap.Stations().Associated() > 0 ? BeaconHead() : Bytes{};
    beacon.insert(beacon.end(), found->second.begin(), found->second.end());
    Attempt({beacon, 2, false}, nullptr);
}

Bytes
Air::BeaconHead() const
{
    FrameHeader header;
    header.type = FrameType::Management;
    header.subtype = SUBTYPE_BEACON;
    header.address1 = BROADCAST;
    header.address2 = header.address3 = m_scenario.ap.bssid;
    Writer body;
    const auto stamp = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(m_now.time_since_epoch()).count());
    for (unsigned shift = 0; shift < 64; shift += 8)
    {
        body.U8(static_cast<std::uint8_t>(stamp >> shift));
    }
    const auto interval = m_scenario.ap.dtim.beaconInterval;
    body.U8(static_cast<std::uint8_t>(interval)).U8(static_cast<std::uint8_t>(interval >> 8)).U8(1).U8(0);
    return WriteFrame(header, body.View());
}

void
Air::Wait(Duration time)
{
    m_now += time;
}

bool
Air::Lost()
{
    return static_cast<double>(m_random.Next() >> 11) / 9007199254740992.0 < m_scenario.loss;
}

// Beacons first, then stations, then the access point.
bool
Air::TransmitSomething()
{
    if (m_tbtt <= m_now)
    {
        const auto interval = m_scenario.ap.dtim.BeaconInterval();
        while (m_tbtt + interval <= m_now)
        {
            m_tbtt += interval; // its time is over: it was never sent
        }
        Transmit(m_ap.Beacon(m_tbtt, m_now), nullptr, true);
        m_ap.BeaconSent(m_now);
        FinishTurn();
        m_tbtt += interval;
        return true;
    }
    for (auto& [number, station] : m_stations)
    {
        if (auto frame = station->Next())
        {
            const bool acknowledged = Transmit(std::move(*frame), station.get(), false);
            station->Sent(m_now, acknowledged);
            return true;
        }
    }
    if (auto frame = m_ap.Next(m_now))
    {
        const bool acknowledged = Transmit(std::move(*frame), nullptr, false);
        m_ap.Sent(m_now, acknowledged);
        FinishTurn();
        return true;
    }
    return false;
}

// What the access point sends without giving the medium away.
void
Air::FinishTurn()
{
    while (m_ap.GoesOn())
    {
        auto frame = m_ap.Next(m_now);
        const bool acknowledged = Transmit(std::move(*frame), nullptr, false);
        m_ap.Sent(m_now, acknowledged);
    }
}

bool
Air::Transmit(Outgoing frame, Station* sender, bool beacon)
{
    const auto phy = PhyTiming::Of11g();
    for (unsigned tries = 0; tries < MAX_TRIES; tries++)
    {
        if (frame.afterSifs)
        {
            Wait(phy.sifs);
        }
        else if (!beacon)
        {
            Wait(phy.Difs() + phy.slot * (m_random.Next() % (phy.cwMin + 1)));
        }
        if (Attempt(frame, sender) || !frame.wantsAck)
        {
            return frame.wantsAck;
        }
        if (frame.once)
        {
            return false;
        }
        frame.octets[1] |= 8; // Retry
    }
    return false;
}

// One transmission and its answer. \return whether there was one
bool
Air::Attempt(const Outgoing& frame, Station* sender)
{
    for (auto& [number, station] : m_stations)
    {
        station->Doze().AdvanceTo(m_now);
    }
    std::vector<bool> awake;
    for (auto& [number, station] : m_stations)
    {
        awake.push_back(station->Awake(m_now));
    }
    m_capture.Write(m_now, frame.rate, frame.octets);
    Wait(TimeOf(frame.rate, frame.octets.size()));
    return Deliver(frame, awake, sender);
}

bool
Air::Deliver(const Outgoing& frame, const std::vector<bool>& awake, Station* sender)
{
    const auto sifs = PhyTiming::Of11g().sifs;
    const auto header = ParseFrame(frame.octets)->header;
    const auto answer = [&](const Bytes& octets) {
        Wait(sifs);
        m_capture.Write(m_now, frame.rate, octets);
        Wait(TimeOf(frame.rate, octets.size()));
    };
    const auto ack = WriteAck(header.address2);
    if (sender != nullptr)
    {
        answer(ack); // the access point hears everything
        m_ap.HandleFrame(m_now, frame.octets);
        return true;
    }
    bool answered = false;
    bool led = false; // a leader has the frame
    std::size_t i = 0;
    for (auto& [number, station] : m_stations)
    {
        if (!awake[i++] || Lost())
        {
            continue;
        }
        if (auto blockAck = station->AnswerTo(m_now, frame.octets))
        {
            answer(*blockAck);
            m_ap.HandleFrame(m_now, *blockAck);
            answered = true;
            continue;
        }
        if (frame.wantsAck && header.address1 == station->Address())
        {
            answer(ack);
            answered = true;
        }
        station->Receive(m_now, frame.octets);
        led = station->TakeGroupAck() || led;
    }
    if (led)
    {
        answer(ack);
    }
    return answered || led;
}

} // namespace mcast::wifi::air
