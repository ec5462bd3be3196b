// SPDX-License-Identifier: GPL-2.0-only

#include "multicast-wifi-api.h"

#ifdef MULTICAST_HAS_WIFI

#include "multicast-wifi-convert.h"
#include "multicast-wifi-pcap.h"
#include "multicast-wifi-tag.h"

#include "ns3/ampdu-subframe-header.h"
#include "ns3/simulator.h"
#include "ns3/trace-helper.h"

#include <optional>

namespace ns3
{

namespace
{

const uint8_t POWER_MANAGEMENT = 0x10; // second octet of Frame Control
const uint8_t PS_POLL = 0xa4;          // first octet of Frame Control
const uint32_t FCS = 4;

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
    WifiPowerTag tag;
    if (octets.size() < 24 || !packet->PeekPacketTag(tag))
    {
        return octets;
    }
    if (tag.pollAid == 0)
    {
        octets[1] = tag.powerManagement ? octets[1] | POWER_MANAGEMENT : octets[1] & ~POWER_MANAGEMENT;
        return octets;
    }
    // Frame Control, association ID with both top bits set, BSSID, transmitter (9.3.1.5).
    mcast::Bytes poll{PS_POLL, POWER_MANAGEMENT, static_cast<uint8_t>(tag.pollAid),
                      static_cast<uint8_t>(tag.pollAid >> 8 | 0xc0)};
    poll.insert(poll.end(), octets.begin() + 4, octets.begin() + 16);
    return poll;
}

class Capture : public SimpleRefCount<Capture>
{
  public:
    Capture(Ptr<WifiPhy> phy, const std::string& name)
        : m_phy(phy)
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
        RadiotapHeader radiotap;
        radiotap.SetTsft(Simulator::Now().GetMicroSeconds());
        radiotap.SetFrameFlags(vector.GetPreambleType() == WIFI_PREAMBLE_SHORT ? RadiotapHeader::FRAME_FLAG_SHORT_PREAMBLE
                                                                               : RadiotapHeader::FRAME_FLAG_NONE);
        const auto mode = wifi_api::ModeOf(vector);
        const bool dsss = mode.GetModulationClass() == WIFI_MOD_CLASS_DSSS ||
                          mode.GetModulationClass() == WIFI_MOD_CLASS_HR_DSSS;
        if (mode.GetModulationClass() < WIFI_MOD_CLASS_HT)
        {
            radiotap.SetRate(static_cast<uint8_t>(wifi_api::RateOf(vector)));
        }
        else if (mode.GetModulationClass() == WIFI_MOD_CLASS_HT)
        {
            wifi_api::SetRadiotapMcs(radiotap, RadiotapHeader::MCS_KNOWN_INDEX, 0, mode.GetMcsValue());
        }
        wifi_api::SetRadiotapChannel(radiotap, frequency,
                                     (dsss ? RadiotapHeader::CHANNEL_FLAG_CCK : RadiotapHeader::CHANNEL_FLAG_OFDM) |
                                         (frequency < 2500 ? RadiotapHeader::CHANNEL_FLAG_SPECTRUM_2GHZ
                                                           : RadiotapHeader::CHANNEL_FLAG_SPECTRUM_5GHZ));
        if (signal)
        {
            radiotap.SetAntennaSignalPower(signal->signal);
            radiotap.SetAntennaNoisePower(signal->noise);
        }
        const auto octets = OnAir(packet, mpdu.type != NORMAL_MPDU);
        const auto frame = Create<Packet>(octets.data(), static_cast<uint32_t>(octets.size()));
        frame->AddHeader(radiotap);
        m_file->Write(Simulator::Now(), frame);
    }

    Ptr<WifiPhy> m_phy;
    Ptr<PcapFileWrapper> m_file;
};

} // namespace

void
WriteWifiPcap(Ptr<NetDevice> device, const std::string& name)
{
    const auto wifi = DynamicCast<WifiNetDevice>(device);
    NS_ABORT_MSG_UNLESS(wifi, "not a WifiNetDevice");
    const auto capture = Create<Capture>(wifi->GetPhy(), name);
    wifi->GetPhy()->TraceConnectWithoutContext("MonitorSnifferTx", MakeCallback(&Capture::OnTx, capture));
    wifi->GetPhy()->TraceConnectWithoutContext("MonitorSnifferRx", MakeCallback(&Capture::OnRx, capture));
}

} // namespace ns3

#endif // MULTICAST_HAS_WIFI
