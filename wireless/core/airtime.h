// SPDX-License-Identifier: GPL-2.0-only
// How long frames occupy the medium, and the closed forms that simulations are held against. Each names its source.

#ifndef MCAST_WIFI_AIRTIME_H
#define MCAST_WIFI_AIRTIME_H

#include "../../model/core/base/time.h"
#include "rates.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mcast::wifi
{

enum class Modulation : std::uint8_t
{
    Dsss, ///< 11b
    Ofdm, ///< 11a, 11g
    Erp,  ///< 11g with the rates of 11b: DSSS at 1, 2, 5.5 and 11 Mb/s
};

/// The times of a PHY that the closed forms need.
struct PhyTiming
{
    Modulation modulation = Modulation::Ofdm;
    Duration slot = std::chrono::microseconds{9};
    Duration sifs = std::chrono::microseconds{16};
    Duration preamble = std::chrono::microseconds{20};       ///< with the PHY header
    Duration signalExtension = std::chrono::microseconds{0}; ///< 6 us for OFDM in 2.4 GHz
    Duration dsssPreamble = std::chrono::microseconds{192};  ///< of Erp's DSSS rates
    unsigned cwMin = 15;
    unsigned aifsn = 2; ///< DIFS = SIFS + 2 slots

    Duration Difs() const
    {
        return sifs + slot * aifsn;
    }

    static PhyTiming Of11a();
    static PhyTiming Of11b(); ///< long preamble
    static PhyTiming Of11g(); ///< OFDM rates, short slot
    static PhyTiming OfErp(); ///< the same with DSSS rates
};

/// Octets of MAC header and FCS around an MSDU, with the LLC/SNAP header of 8.
inline constexpr std::uint32_t DATA_OVERHEAD = 24 + 8 + 4;
inline constexpr std::uint32_t ACK_OCTETS = 14;

/// A PPDU with that many octets of PSDU (IEEE 802.11-2020 17.4.3 for OFDM, 16.3.4 for DSSS).
Duration PpduDuration(const PhyTiming& phy, Rate rate, std::uint32_t octets);

/// A group frame: DIFS, mean backoff of cwMin / 2 slots, the PPDU. An MSDU of that many octets.
Duration GroupExchange(const PhyTiming& phy, Rate rate, std::uint32_t msdu);
/// The same with SIFS and Ack. \param ackRate the control rate
Duration UnicastExchange(const PhyTiming& phy, Rate rate, Rate ackRate, std::uint32_t msdu);

/// The mean number of tries until success or `tries` of them, each lost with probability p: (1 - p^n) / (1 - p).
double MeanTries(double p, unsigned tries);

// Closed forms.

/// The mean time that frames of a steady stream wait in the group buffer. D is the DTIM interval, W the window after a DTIM
/// Beacon in which frames are sent as they come: a frame that comes t after the window's end waits D - W - t, one inside
/// it not at all; so the mean over D is (D - W)^2 / 2 D. Queueing inside the burst comes on top.
Duration MeanBufferedDelay(Duration dtimInterval, Duration window);

/// How long the burst lasts that a steady stream fills: the frames that came during D - W and W itself, one `service` each:
/// W = D s / T for a frame every T (rate below one: s < T), so that what comes inside the window is sent in it.
Duration BurstWindow(Duration dtimInterval, Duration service, Duration spacing);

/// What frames of such a stream wait behind each other once the Beacon is out, as a mean over all of them: (s / T) (D - W) / 2.
/// With MeanBufferedDelay it makes (D - W) / 2, the start of their transmission after they came.
Duration MeanBurstQueueing(Duration dtimInterval, Duration service, Duration spacing);

/// Frames per second of one saturated sender of group frames (no Ack, no collision): one per GroupExchange.
double SaturatedGroupRate(const PhyTiming& phy, Rate rate, std::uint32_t msdu);

/// Loss after R unsolicited retries with independent loss p: p^(R + 1).
double UnsolicitedRetryLoss(double p, unsigned retries);

/// The probability that a saturated sender that never doubles its window transmits in a slot: 2 / (W0 + 1), W0 = CWmin + 1
/// (Bianchi 2000, the case m = 0, in which broadcast senders are).
double SaturatedBroadcastTau(unsigned cwMin);

/// Members from which one group frame takes less airtime than a copy for each: the smallest n with n u > g.
std::size_t UnicastCrossover(Duration groupExchange, Duration unicastExchange);

} // namespace mcast::wifi

#endif // MCAST_WIFI_AIRTIME_H
