// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "../core/bss-format.h"
#include "../core/tim.h"
#include "multicast-wifi-convert.h"
#include "multicast-wifi-pcap.h"
#include "multicast-wifi-tag.h"

#include "ns3/ampdu-subframe-header.h"
#include "ns3/simulator.h"
#include "ns3/trace-helper.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace ns3
{

namespace wifi = mcast::wifi;

namespace
{

const uint8_t POWER_MANAGEMENT = 0x10; // second octet of Frame Control
const uint8_t PS_POLL = 0xa4;          // first octet of Frame Control
const uint8_t TO_DS = 0x01;
const uint8_t FROM_DS = 0x02;
const uint8_t QOS_NULL = 0xc8; // first octets of Frame Control
const uint8_t ACTION = 0xd0;
const uint8_t REASSOCIATION_REQUEST = 0x20;
const uint8_t END_OF_SERVICE_PERIOD = 0x10; // in QoS Control
const uint8_t BEST_EFFORT_TID = 0;
const std::size_t HEADER = 24;
const uint32_t FCS = 4;

// Fields of radiotap, by their bit in the presence word, and their values (radiotap.org). ns-3's own RadiotapHeader is not
// used: up to 3.43 it misplaces the channel of frames without a legacy rate.
enum RadiotapField
{
    TSFT = 0,
    FLAGS = 1,
    RATE = 2,
    CHANNEL = 3,
    SIGNAL = 5,
    NOISE = 6,
    MCS = 19
};

const uint8_t SHORT_PREAMBLE = 0x02;
const uint16_t CHANNEL_CCK = 0x0020;
const uint16_t CHANNEL_OFDM = 0x0040;
const uint16_t CHANNEL_2GHZ = 0x0080;
const uint16_t CHANNEL_5GHZ = 0x0100;
const uint8_t MCS_INDEX_KNOWN = 0x02;

class Radiotap
{
  public:
    /// Numbers least significant octet first, fields aligned to their size, in the order of their bits.
    void Put(RadiotapField field, std::size_t alignment, std::size_t size, uint64_t value)
    {
        m_present |= 1U << field;
        m_octets.resize((m_octets.size() + alignment - 1) / alignment * alignment);
        for (std::size_t i = 0; i < size; ++i)
        {
            m_octets.push_back(static_cast<uint8_t>(value >> 8 * i));
        }
    }

    mcast::Bytes Finish()
    {
        const auto length = m_octets.size();
        m_octets[2] = static_cast<uint8_t>(length);
        m_octets[3] = static_cast<uint8_t>(length >> 8);
        for (std::size_t i = 0; i < 4; ++i)
        {
            m_octets[4 + i] = static_cast<uint8_t>(m_present >> 8 * i);
        }
        return m_octets;
    }

  private:
    mcast::Bytes m_octets = mcast::Bytes(8);
    uint32_t m_present = 0;
};

/// A Null frame becomes what it stands for.
mcast::Bytes
StandIn(mcast::Bytes octets, const WifiStandInTag& tag)
{
    if (tag.kind == WifiStandInTag::QOS_NULL)
    {
        const uint8_t control = BEST_EFFORT_TID | (tag.endOfServicePeriod ? END_OF_SERVICE_PERIOD : 0);
        octets[0] = QOS_NULL;
        const uint8_t field[] = {control, 0};
        octets.insert(octets.begin() + HEADER, field, field + sizeof field);
    }
    else if (tag.kind == WifiStandInTag::ACTION)
    {
        octets[0] = ACTION;
        octets[1] &= ~(TO_DS | FROM_DS);
    }
    return octets;
}

/// An association request with its Listen Interval and the elements that ns-3 cannot write, behind its own.
mcast::Bytes
WithCapabilities(mcast::Bytes octets, const WifiCapabilityTag& tag)
{
    const auto fixed = HEADER + (octets[0] == REASSOCIATION_REQUEST ? 10 : 4);
    const auto elements = mcast::BytesView(octets).Sub(fixed);
    const auto more = CapabilityElements(tag, elements);
    const auto own = wifi::FindElement(elements, wifi::ELEMENT_EXTENDED_CAPABILITIES);
    const auto at = own.Size() > 0 ? own.Data() - octets.data() : 0;
    octets.erase(octets.begin() + at, octets.begin() + at + static_cast<std::ptrdiff_t>(own.Size()));
    octets.insert(octets.end(), more.begin(), more.end());
    octets[HEADER + 2] = static_cast<uint8_t>(tag.listenInterval);
    octets[HEADER + 3] = static_cast<uint8_t>(tag.listenInterval >> 8);
    return octets;
}

/// Frame Control, association ID with both top bits set, BSSID, transmitter (9.3.1.5).
mcast::Bytes
PsPoll(const mcast::Bytes& null, uint16_t aid)
{
    mcast::Bytes poll{PS_POLL, POWER_MANAGEMENT, static_cast<uint8_t>(aid), static_cast<uint8_t>(aid >> 8 | 0xc0)};
    poll.insert(poll.end(), null.begin() + 4, null.begin() + 16);
    return poll;
}

/// The octets of a frame as a real radio would send them, without FCS.
mcast::Bytes
OnAir(Ptr<const Packet> packet, bool inAmpdu)
{
    auto copy = packet->Copy();
    if (inAmpdu)
    {
        AmpduSubframeHeader delimiter;
        copy->RemoveHeader(delimiter);
        const uint32_t length = delimiter.GetLength();
        copy->RemoveAtEnd(copy->GetSize() > length ? copy->GetSize() - length : 0); // padding
    }
    copy->RemoveAtEnd(std::min(FCS, copy->GetSize()));
    auto octets = OctetsOf(copy);
    if (octets.size() < HEADER)
    {
        return octets;
    }
    WifiPowerTag power;
    if (packet->PeekPacketTag(power))
    {
        if (power.pollAid != 0)
        {
            return PsPoll(octets, power.pollAid);
        }
        octets[1] = power.powerManagement ? octets[1] | POWER_MANAGEMENT : octets[1] & ~POWER_MANAGEMENT;
    }
    WifiStandInTag standIn;
    WifiCapabilityTag capabilities;
    if (packet->PeekPacketTag(standIn))
    {
        return StandIn(octets, standIn);
    }
    return packet->PeekPacketTag(capabilities) ? WithCapabilities(octets, capabilities) : octets;
}

class Capture : public SimpleRefCount<Capture>
{
  public:
    explicit Capture(const std::string& name)
    {
        PcapHelper helper;
        m_file = helper.CreateFile(name, std::ios::out, PcapHelper::DLT_IEEE802_11_RADIO);
    }

    void OnTx(Ptr<const Packet> packet, uint16_t frequency, WifiTxVector vector, MpduInfo mpdu, uint16_t)
    {
        Write(packet, frequency, vector, mpdu, std::nullopt);
    }

    void OnRx(Ptr<const Packet> packet, uint16_t frequency, WifiTxVector vector, MpduInfo mpdu, SignalNoiseDbm signal,
              uint16_t)
    {
        Write(packet, frequency, vector, mpdu, signal);
    }

  private:
    void Write(Ptr<const Packet> packet, uint16_t frequency, const WifiTxVector& vector, const MpduInfo& mpdu,
               std::optional<SignalNoiseDbm> signal)
    {
        const auto mode = wifi_api::ModeOf(vector);
        const auto modulation = mode.GetModulationClass();
        const bool dsss = modulation == WIFI_MOD_CLASS_DSSS || modulation == WIFI_MOD_CLASS_HR_DSSS;
        const bool legacy = modulation < WIFI_MOD_CLASS_HT;
        Radiotap radiotap;
        radiotap.Put(TSFT, 8, 8, static_cast<uint64_t>(Simulator::Now().GetMicroSeconds()));
        radiotap.Put(FLAGS, 1, 1, vector.GetPreambleType() == WIFI_PREAMBLE_SHORT ? SHORT_PREAMBLE : 0);
        if (legacy)
        {
            radiotap.Put(RATE, 1, 1, wifi_api::RateOf(vector));
        }
        radiotap.Put(CHANNEL, 2, 2, frequency);
        radiotap.Put(CHANNEL, 2, 2, (dsss ? CHANNEL_CCK : CHANNEL_OFDM) | (frequency < 2500 ? CHANNEL_2GHZ : CHANNEL_5GHZ));
        if (signal)
        {
            radiotap.Put(SIGNAL, 1, 1, static_cast<uint8_t>(std::lround(static_cast<double>(signal->signal))));
            radiotap.Put(NOISE, 1, 1, static_cast<uint8_t>(std::lround(static_cast<double>(signal->noise))));
        }
        if (modulation == WIFI_MOD_CLASS_HT)
        {
            radiotap.Put(MCS, 1, 1, MCS_INDEX_KNOWN);
            radiotap.Put(MCS, 1, 1, 0);
            radiotap.Put(MCS, 1, 1, mode.GetMcsValue());
        }
        const auto octets = OnAir(packet, mpdu.type != NORMAL_MPDU);
        auto record = radiotap.Finish();
        record.insert(record.end(), octets.begin(), octets.end());
        m_file->Write(Simulator::Now(), Create<Packet>(record.data(), static_cast<uint32_t>(record.size())));
    }

    Ptr<PcapFileWrapper> m_file;
};

} // namespace

void
WriteWifiPcap(Ptr<NetDevice> device, const std::string& name)
{
    const auto radio = DynamicCast<WifiNetDevice>(device);
    NS_ABORT_MSG_UNLESS(radio, "not a WifiNetDevice");
    const auto capture = Create<Capture>(name);
    radio->GetPhy()->TraceConnectWithoutContext("MonitorSnifferTx", MakeCallback(&Capture::OnTx, capture));
    radio->GetPhy()->TraceConnectWithoutContext("MonitorSnifferRx", MakeCallback(&Capture::OnRx, capture));
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
