// SPDX-License-Identifier: GPL-2.0-only
// The 802.11 codecs, each value written again as it was read; and a whole access point that hears anything at all, between
// Beacons, datagrams and the frames it sends. No input may break it, and no frame may go that nothing explains.

#include "../../wireless/core/access-point.h"
#include "check.h"

#include <algorithm>

using namespace mcast;
using namespace mcast::wifi;

namespace
{

template <class T, class Parse, class Write>
void
RoundTrip(BytesView octets, Parse parse, Write write)
{
    if (const auto value = parse(octets))
    {
        const auto written = write(*value);
        const auto again = parse(BytesView(written));
        CHECK(again);
        CHECK(write(*again) == written);
    }
}

void
Codecs(BytesView octets)
{
    RoundTrip<Tim>(
        octets, [](BytesView view) { return ParseTim(view); }, [](const Tim& tim) { return WriteTim(tim); });
    RoundTrip<FmsDescriptor>(
        octets, [](BytesView view) { return ParseFmsDescriptor(view); },
        [](const FmsDescriptor& descriptor) { return WriteFmsDescriptor(descriptor); });
    RoundTrip<WnmMessage>(
        octets, [](BytesView view) { return ParseWnm(view); },
        [](const WnmMessage& message) { return WriteWnm(message); });
    if (const auto frame = ParseFrame(octets))
    {
        const auto written = WriteFrame(frame->header, octets.Sub(frame->bodyOffset));
        CHECK(ParseFrame(written));
        CHECK(WriteFrame(ParseFrame(written)->header, BytesView(written).Sub(ParseFrame(written)->bodyOffset)) ==
              written);
    }
    ParseAmsdu(octets);
    const auto body = WithTim(octets, Tim{}, TimPosition::Ordered);
    CHECK(octets.Size() < BEACON_FIXED_SIZE || body.size() + 257 >= octets.Size());
}

// Operations: what, how many octets, the octets.
class Driver
{
  public:
    explicit Driver(std::uint8_t setting)
        : m_ap(Config(setting))
    {
    }

    void Do(std::uint8_t what, BytesView octets)
    {
        m_now += std::chrono::milliseconds{1};
        switch (what % 6)
        {
        case 0: {
            Bytes frame(octets.Data(), octets.Data() + octets.Size());
            ToUs(frame);
            m_ap.HandleFrame(m_now, frame);
            break;
        }
        case 1:
            Associate(octets.Size() > 0 ? octets[0] : std::uint8_t{1});
            break;
        case 2:
            m_ap.HandleMsdu(m_now,
                            {GroupOf(octets), {2, 9, 9, 9, 9, 9}, Bytes(octets.Data(), octets.Data() + octets.Size())});
            break;
        case 3:
            m_now += TIME_UNIT * 100;
            CHECK(ParseFrame(m_ap.Beacon(m_now, m_now).octets));
            m_ap.BeaconSent(m_now);
            break;
        case 4:
            for (int i = 0; i < 20; i++)
            {
                Send(what >= 128);
            }
            break;
        case 5:
            m_now += std::chrono::seconds{octets.Size() > 0 ? octets[0] : 1};
            m_ap.AdvanceTo(m_now);
            break;
        default:
            break;
        }
        CHECK(m_ap.Stations().Asleep() <= m_ap.Stations().Associated());
        CHECK(m_ap.Scheduler().Waiting() <= 64);
        while (m_ap.PollEvent())
        {
        }
        while (m_ap.PollDistribution())
        {
        }
    }

  private:
    static AccessPointConfig Config(std::uint8_t setting)
    {
        AccessPointConfig config;
        config.dtim.dtimPeriod = setting % 4 + 1;
        config.dtim.maxFrames = 64;
        config.dtim.lastWake = static_cast<LastWake>(setting >> 2 & 1);
        config.dtim.dropSide = static_cast<DropSide>(setting >> 3 & 1);
        config.dtim.groupQos = static_cast<GroupQos>(setting >> 4 & 1);
        config.selection.standard.method = static_cast<Method>(setting >> 5 & 7);
        if (setting & 1)
        {
            config.snooping.emplace();
        }
        return config;
    }

    static MacAddress GroupOf(BytesView octets)
    {
        return {1, 0, 0x5e, 1, 2, octets.Size() > 0 ? static_cast<std::uint8_t>(octets[0] & 3) : std::uint8_t{0}};
    }

    // From one of a few stations to the access point, so that something comes of it.
    static void ToUs(Bytes& frame)
    {
        if (frame.size() >= 16)
        {
            const auto us = AccessPointConfig{}.bssid;
            std::copy(us.begin(), us.end(), frame.begin() + 4);
            const MacAddress station{2, 0, 0, 0, 1, static_cast<std::uint8_t>(frame[15] & 7)};
            std::copy(station.begin(), station.end(), frame.begin() + 10);
        }
    }

    void Associate(std::uint8_t station)
    {
        FrameHeader header;
        header.type = FrameType::Management;
        header.subtype = 0;
        header.address1 = header.address3 = AccessPointConfig{}.bssid;
        header.address2 = {2, 0, 0, 0, 1, static_cast<std::uint8_t>(station & 7)};
        Bytes body{1, 0, 1, 0, 1, 2, 0x82, 0x84, 127, 8, 0, 8, 0, 4, 0, 0, 8, 0};
        if (station & 8)
        {
            const Bytes wmm{221, 7, 0, 0x50, 0xf2, 2, 0, 1, 0xf};
            body.insert(body.end(), wmm.begin(), wmm.end());
        }
        m_ap.HandleFrame(m_now, WriteFrame(header, body));
    }

    void Send(bool acknowledged)
    {
        m_now += std::chrono::milliseconds{1};
        if (const auto frame = m_ap.Next(m_now))
        {
            CHECK(ParseFrame(frame->octets));
            m_ap.Sent(m_now, acknowledged && frame->wantsAck);
        }
    }

    AccessPoint m_ap;
    TimePoint m_now{};
};

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const BytesView input(data, size);
    Codecs(input);
    if (size == 0)
    {
        return 0;
    }
    Driver driver(input[0]);
    for (std::size_t at = 1; at + 2 <= size;)
    {
        const std::size_t length = std::min<std::size_t>(input[at + 1], size - at - 2);
        driver.Do(input[at], input.Sub(at + 2, length));
        at += 2 + length;
    }
    return 0;
}
