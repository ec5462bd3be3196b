// SPDX-License-Identifier: GPL-2.0-only
// What is to happen in a BSS, as text: a line each, `#` begins a comment. See conformance/wifi/scenario.py, which writes it.
//
//   ap KEY VALUE ...           dtim interval lastwake(flush|wait) basic(rates) rates qos(0|1) snooping(0|1) retries
//                              maxframes dropside(newest|oldest) overrun(continue|wait) method(no-ack, ...) block
//   sta N KEY VALUE ...        station N (1 to 250): listen dtims(0|1) fetch(pspoll|wakeup|uapsd) maxsp(0|2|4|6) qos fms
//                              dms gcr rates
//   at SECONDS VERB ...        associate N | disassociate N | sleep N | wake N | join N GROUP | leave N GROUP |
//                              stream GROUP EVERY COUNT SIZE | say N GROUP EVERY COUNT SIZE | unicast N EVERY COUNT SIZE |
//                              fms N GROUP INTERVAL | dms N GROUP | gcr N GROUP ur|ba | fmsend N GROUP | dmsend N GROUP |
//                              gcrend N GROUP ur|ba | busy SECONDS |
//                              stranger GROUP | badtim short|empty|zero-period|overlong|truncated
//   loss PROBABILITY           of each frame at each receiver but the access point
//   seed NUMBER
//   end SECONDS

#ifndef MCAST_WIFI_AIR_SCENARIO_H
#define MCAST_WIFI_AIR_SCENARIO_H

#include "wireless/core/access-point.h"
#include "wireless/core/service-requests.h"
#include "wireless/core/station-doze.h"

#include <istream>
#include <map>
#include <string>
#include <vector>

namespace mcast::wifi::air
{

struct StationSetup
{
    DozeConfig doze;
    bool qos = false;
    bool fms = false;
    bool dms = false;
    bool gcr = false;
    unsigned maxServicePeriod = 0; ///< frames; 0: all
    std::vector<Rate> rates;
};

struct Action
{
    Duration at{};
    std::string verb;
    std::vector<std::string> arguments;
};

struct Scenario
{
    AccessPointConfig ap;
    std::map<unsigned, StationSetup> stations;
    std::vector<Action> actions; // by time
    double loss = 0;
    std::uint64_t seed = 1;
    Duration end = std::chrono::seconds{10};
};

/// \throw std::runtime_error with the line's number for what it does not understand
Scenario ReadScenario(std::istream& in);

Duration Seconds(const std::string& text);

/// What a station asks for by fms, dms, gcr, fmsend, dmsend or gcrend.
struct ServiceAction
{
    GroupService service{};
    bool remove = false;
};

/// \return none for other verbs. \throw std::runtime_error for a gcr that is neither ur nor ba
std::optional<ServiceAction> RequestOf(const Action& action);

} // namespace mcast::wifi::air

#endif // MCAST_WIFI_AIR_SCENARIO_H
