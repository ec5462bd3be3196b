// SPDX-License-Identifier: GPL-2.0-only

#include "wifi-study-parameters.h"

#include "../core/airtime.h"
#include "../core/method.h"

#include "ns3/multicast-dtim-ap.h"
#include "ns3/multicast-dtim-station.h"
#include "ns3/wifi-mode.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>
#include <sstream>

using namespace ns3;
namespace wifi = mcast::wifi;

namespace
{

const std::set<std::string> STANDARDS{"a", "b", "g", "n", "ac", "ax"};
const double BEACON_INTERVAL = 0.1024; // s
const double WAKE_LEAD = 0.0008;       // s, attribute WakeLead of DtimStation
const wifi::Rate CONTROL_RATES[] = {48, 24, 12};

double
Seconds(mcast::Duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

mcast::Duration
FromSeconds(double seconds)
{
    return mcast::Duration{std::llround(seconds * 1e9)};
}

/// A rate of 11a, b or g with the times that go with it.
struct Line
{
    wifi::PhyTiming timing;
    wifi::Rate rate; // 500 kb/s
    wifi::Rate control;
};

std::optional<Line>
LineOf(const std::string& standard, const std::string& mode)
{
    if (mode.empty() || (standard != "a" && standard != "b" && standard != "g"))
    {
        return std::nullopt;
    }
    const WifiMode wifiMode(mode);
    const bool dsss = mode.find("Ofdm") == std::string::npos;
    Line line;
    line.timing = standard == "a"   ? wifi::PhyTiming::Of11a()
                  : standard == "b" ? wifi::PhyTiming::Of11b()
                                    : wifi::PhyTiming::Of11g();
    if (dsss && standard == "g") // the slots of 11g, the preamble of 11b
    {
        line.timing.modulation = wifi::Modulation::Dsss;
        line.timing.preamble = wifi::PhyTiming::Of11b().preamble;
        line.timing.signalExtension = mcast::Duration::zero();
    }
    line.timing.aifsn = 3; // best effort: the access point has QoS
    line.rate = static_cast<wifi::Rate>(wifiMode.GetDataRate(20) / 500000);
    // Acks go at the highest mandatory rate that is not above the frame's.
    line.control = dsss ? line.rate
                        : *std::find_if(std::begin(CONTROL_RATES), std::end(CONTROL_RATES),
                                        [&line](auto rate) { return rate <= line.rate; });
    return line;
}

bool
IsCopies(wifi::Method method)
{
    return method == wifi::Method::UnicastPayload || method == wifi::Method::UnicastAmsdu ||
           method == wifi::Method::Dms;
}

/// What goes around the MSDU of a copy: QoS Control, and the subframe header of an A-MSDU (9.3.2.2).
uint32_t
ExtraOctets(wifi::Method method)
{
    return IsCopies(method) ? 2 + (method == wifi::Method::UnicastPayload ? 0 : 14) : 0;
}

/// NoAck -> no-ack: what DtimAp's attribute has, as the core says it.
std::optional<wifi::Method>
MethodOf(const std::string& name)
{
    std::string kebab;
    for (const char c : name)
    {
        kebab += std::isupper(c) && !kebab.empty() ? "-" : "";
        kebab += static_cast<char>(std::tolower(c));
    }
    return wifi::MethodFromString(kebab);
}

/// The values that an attribute may have. \param name of one with an enumeration
std::vector<std::string>
ValuesOf(TypeId type, const std::string& name)
{
    TypeId::AttributeInformation attribute;
    type.LookupAttributeByName(name, &attribute);
    std::istringstream text(attribute.checker->GetUnderlyingTypeInformation());
    std::vector<std::string> values;
    for (std::string one; std::getline(text, one, '|');)
    {
        values.push_back(one);
    }
    return values;
}

bool
Has(const std::vector<std::string>& values, const std::string& value)
{
    return std::find(values.begin(), values.end(), value) != values.end();
}

/// The Beacons that a sleeper hears: each DTIM, and by its listen interval, whose start has nothing to do with the DTIM's.
struct ListenRhythm
{
    double perDtim = 0; ///< Beacons heard in a DTIM interval, mean
    double interval =
        0; ///< s; as long as if Beacons so far apart made one wait as long: sum of g^2 / sum of g over the gaps g
    bool even = false; ///< all gaps are the same
};

ListenRhythm
ListenRhythmOf(uint32_t dtim, uint32_t listen)
{
    const uint32_t period = std::lcm(dtim, listen);
    double heard = 0;
    double squares = 0;
    for (uint32_t start = 0; start < listen; ++start)
    {
        uint32_t last = 0; // Beacon 0 is a DTIM, and so is the one after the period
        for (uint32_t i = 1; i <= period; ++i)
        {
            if (i % dtim == 0 || i % listen == start)
            {
                ++heard;
                squares += (i - last) * (i - last);
                last = i;
            }
        }
    }
    const double beacons = static_cast<double>(period) * listen;
    return {heard / beacons * dtim, squares / beacons * BEACON_INTERVAL, dtim == 1 || listen == 1};
}

/// A PS-Poll, which is a Null frame in ns-3, with its Ack, and then the frame that it asks for.
mcast::Duration
FetchExchange(const Line& line, uint32_t octets)
{
    const uint32_t poll = 28;
    return line.timing.Difs() + line.timing.slot * line.timing.cwMin / 2 +
           wifi::PpduDuration(line.timing, line.rate, poll) + line.timing.sifs +
           wifi::PpduDuration(line.timing, line.control, wifi::ACK_OCTETS) +
           wifi::UnicastExchange(line.timing, line.rate, line.control, octets);
}

/// Frames that come steadily wait for a Beacon, and then for those before them: evenly spread, see MeanBurstQueueing.
/// \param service of one to all who get it. \param constant s, of the frame itself and the Beacon
void
SetBufferedDelay(ClosedForms& closed, double interval, mcast::Duration service, double spacing, double constant)
{
    const auto d = FromSeconds(interval);
    const auto window = wifi::BurstWindow(d, service, FromSeconds(spacing));
    closed.delay = constant + Seconds(wifi::MeanBufferedDelay(d, window)) +
                   Seconds(wifi::MeanBurstQueueing(d, service, FromSeconds(spacing)));
    closed.delayLow = constant;
    closed.delayHigh = constant + Seconds(d - window);
}

} // namespace

void
StudyParameters::AddTo(CommandLine& cmd)
{
    cmd.AddValue("standard", "a, b, g, n, ac or ax", standard);
    cmd.AddValue("dtim", "DTIM period", dtim);
    cmd.AddValue("stations", "stations", stations);
    cmd.AddValue("members", "how many of them join the group, by IGMP; 0: all, without IGMP", members);
    cmd.AddValue("sleepers", "how many of them sleep", sleepers);
    cmd.AddValue("listen", "their listen interval, beacons; they wake for every DTIM, too", listen);
    cmd.AddValue("spacing", "ms from frame to frame", spacing);
    cmd.AddValue("octets", "of a frame", octets);
    cmd.AddValue("method", "delivery method, a value of DtimAp's attribute; --methods lists them", method);
    cmd.AddValue("retries", "of methods that retry", retries);
    cmd.AddValue("fmsInterval", "of Fms: DTIMs from delivery to delivery", fmsInterval);
    cmd.AddValue("fetch", "how sleepers get frames of their own, a value of DtimStation's attribute: PsPoll, ...",
                 fetch);
    cmd.AddValue("distance", "m from the access point to the stations", distance);
    cmd.AddValue("groupMode", "mode of group frames; empty: the lowest basic rate", groupMode);
    cmd.AddValue("unicastMode", "mode of unicast frames; empty: rate control", unicastMode);
    cmd.AddValue("fading", "Nakagami fading", fading);
    cmd.AddValue("seconds", "length of the stream", seconds);
    cmd.AddValue("run", "run number of the random streams", run);
    cmd.AddValue("plain", "without DtimAp and DtimStation", plain);
    cmd.AddValue("pcap", "file for what the access point sends and hears; empty: none", pcap);
}

void
StudyParameters::AddTo(StudyRow& row) const
{
    row.Add("standard", standard).Add("dtim", dtim).Add("stations", stations).Add("members", Members());
    row.Add("sleepers", sleepers).Add("listen", listen).Add("spacing", spacing).Add("octets", octets);
    row.Add("method", method)
        .Add("retries", retries)
        .Add("fmsInterval", fmsInterval)
        .Add("fetch", fetch)
        .Add("distance", distance);
    row.Add("groupMode", groupMode).Add("unicastMode", unicastMode).Add("run", run);
}

std::string
StudyParameters::Complaint() const
{
    const std::pair<bool, const char*> complaints[] = {
        {STANDARDS.count(standard) == 0, "there is no such standard"},
        {!Has(StudyMethods(), method), "there is no such method"},
        {!Has(ValuesOf(DtimStation::GetTypeId(), "Fetch"), fetch), "sleepers cannot fetch frames like that"},
        {stations == 0, "no stations"},
        {sleepers > stations || (plain && sleepers > 0), "more sleepers than there can be"},
        {members > stations || (plain && members > 0), "more members than there can be"},
        {dtim == 0 || dtim > 255 || listen == 0, "no such DTIM period or listen interval"},
        {spacing <= 0 || seconds <= 0, "the stream has no frames"},
        {octets < 40 || octets > 2000, "frames have 40 to 2000 octets"},
    };
    const auto first =
        std::find_if(std::begin(complaints), std::end(complaints), [](const auto& one) { return one.first; });
    return first == std::end(complaints) ? "" : first->second;
}

uint32_t
StudyParameters::Members() const
{
    return members == 0 ? stations : members;
}

bool
StudyParameters::IsMember(uint32_t station) const
{
    return (station + 1) * Members() / stations > station * Members() / stations;
}

std::vector<std::string>
StudyMethods()
{
    return ValuesOf(DtimAp::GetTypeId(), "Method");
}

ClosedForms
ComputeClosedForms(const StudyParameters& p, double beacon, const RadioPower& radio)
{
    ClosedForms closed;
    const auto method = MethodOf(p.method);
    const bool copies = method && IsCopies(*method);
    const auto defaultMode = p.standard == "a" ? "OfdmRate6Mbps" : "DsssRate1Mbps";
    const auto line = LineOf(p.standard, copies ? p.unicastMode : p.groupMode.empty() ? defaultMode : p.groupMode);
    if (!method || !line)
    {
        return closed;
    }
    wifi::MethodConfig config;
    config.method = *method;
    config.retries = p.retries;
    config.fmsInterval = p.fmsInterval;
    wifi::GroupSituation situation;
    situation.members = p.Members();
    situation.octets = p.octets + ExtraOctets(*method);
    situation.groupRate = line->rate;
    situation.memberRates.assign(p.Members(), line->rate);
    const double spacing = p.spacing / 1000;
    const double tries = *method == wifi::Method::GcrUnsolicitedRetry ? p.retries + 1 : 1;
    const double ppdu = Seconds(wifi::PpduDuration(line->timing, line->rate, situation.octets + wifi::DATA_OVERHEAD));
    closed.exchange = Seconds(wifi::AirtimeOf(config, line->timing, situation));
    closed.airtime = ppdu * (copies ? p.Members() : tries) / std::max(spacing, closed.exchange);
    const auto rhythm = ListenRhythmOf(p.dtim, p.listen);
    if (copies)
    {
        // Who all sleep fetch them, after each Beacon that they hear.
        const auto exchange = FetchExchange(*line, situation.octets);
        const auto service = exchange * p.Members();
        if (p.fetch == "PsPoll" && p.sleepers == p.stations && Seconds(service) < spacing)
        {
            SetBufferedDelay(closed, rhythm.interval, service, spacing, beacon + Seconds(exchange));
            closed.delayHigh = rhythm.even ? closed.delayHigh : NOT_A_NUMBER;
        }
        return closed;
    }
    if (p.sleepers == 0 || closed.exchange >= spacing)
    {
        return closed;
    }
    const double interval = BEACON_INTERVAL * p.dtim * (*method == wifi::Method::Fms ? p.fmsInterval : 1);
    SetBufferedDelay(closed, interval, FromSeconds(closed.exchange), spacing, closed.exchange / tries + beacon);

    // A sleeper's radio: idle before a Beacon and between frames, receiving Beacons and the frames of a burst, else asleep.
    const double dtim = BEACON_INTERVAL * p.dtim;
    const double receiving = rhythm.perDtim * beacon + dtim / spacing * tries * ppdu;
    const double idle = rhythm.perDtim * WAKE_LEAD + dtim / spacing * (closed.exchange - tries * ppdu);
    closed.power = (radio.receiving * receiving + radio.idle * idle + radio.asleep * (dtim - receiving - idle)) / dtim;
    return closed;
}
