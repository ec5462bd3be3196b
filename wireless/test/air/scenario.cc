// SPDX-License-Identifier: GPL-2.0-only

#include "scenario.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <sstream>
#include <stdexcept>

namespace mcast::wifi::air
{

namespace
{

using Words = std::vector<std::string>;

unsigned
Number(const std::string& text)
{
    std::size_t used = 0;
    const auto value = std::stoul(text, &used);
    if (used != text.size())
    {
        throw std::runtime_error("not a number: " + text);
    }
    return static_cast<unsigned>(value);
}

bool
Flag(const std::string& text)
{
    return Number(text) != 0;
}

std::vector<Rate>
Rates(const std::string& text)
{
    std::vector<Rate> rates;
    std::istringstream in(text);
    for (std::string one; std::getline(in, one, ',');)
    {
        rates.push_back(Number(one));
    }
    return rates;
}

// One of the words, as its place among them.
std::size_t
OneOf(const std::string& text, const Words& words)
{
    const auto found = std::find(words.begin(), words.end(), text);
    if (found == words.end())
    {
        throw std::runtime_error("unknown word: " + text);
    }
    return static_cast<std::size_t>(found - words.begin());
}

using Setters = std::map<std::string, std::function<void(const std::string&)>>;

void
SetAll(const Setters& setters, const Words& words, std::size_t from)
{
    for (auto i = from; i < words.size(); i += 2)
    {
        const auto setter = setters.find(words[i]);
        if (setter == setters.end() || i + 1 == words.size())
        {
            throw std::runtime_error("unknown setting, or one without a value: " + words[i]);
        }
        setter->second(words[i + 1]);
    }
}

void
SetAp(AccessPointConfig& ap, const Words& words)
{
    auto& dtim = ap.dtim;
    auto& standard = ap.selection.standard;
    SetAll(
        {
            {"dtim", [&](auto& v) { dtim.dtimPeriod = Number(v); }},
            {"interval", [&](auto& v) { dtim.beaconInterval = Number(v); }},
            {"lastwake",
             [&](auto& v) {
                 dtim.lastWake = static_cast<LastWake>(OneOf(v, {"flush", "wait"}));
             }},
            {"overrun",
             [&](auto& v) {
                 dtim.overrun = static_cast<Overrun>(OneOf(v, {"continue", "wait"}));
             }},
            {"dropside",
             [&](auto& v) {
                 dtim.dropSide = static_cast<DropSide>(OneOf(v, {"newest", "oldest"}));
             }},
            {"maxframes", [&](auto& v) { dtim.maxFrames = Number(v); }},
            {"groupqos", [&](auto& v) { dtim.groupQos = Flag(v) ? GroupQos::QosIfAllCapable : GroupQos::NonQos; }},
            {"basic", [&](auto& v) { ap.basicRates = Rates(v); }},
            {"rates", [&](auto& v) { ap.otherRates = Rates(v); }},
            {"qos", [&](auto& v) { ap.qos = Flag(v); }},
            {"snooping", [&](auto& v) { ap.snooping = Flag(v) ? std::optional(SnoopingConfig{}) : std::nullopt; }},
            {"retries", [&](auto& v) { standard.retries = Number(v); }},
            {"block", [&](auto& v) { standard.blockSize = Number(v); }},
            {"rate",
             [&](auto& v) {
                 standard.rate = static_cast<RateChoice>(OneOf(v, {"lowest", "highest", "members"}));
             }},
            {"method",
             [&](auto& v) {
                 const auto method = MethodFromString(v);
                 if (!method)
                 {
                     throw std::runtime_error("unknown method: " + v);
                 }
                 standard.method = *method;
             }},
        },
        words, 1);
    if (const auto checked = dtim.Validate(); !checked)
    {
        throw std::runtime_error(checked.Error().field + " " + checked.Error().why);
    }
}

void
SetStation(StationSetup& station, const Words& words)
{
    SetAll(
        {
            {"listen", [&](auto& v) { station.doze.listenInterval = Number(v); }},
            {"dtims", [&](auto& v) { station.doze.receiveDtims = Flag(v); }},
            {"fetch",
             [&](auto& v) {
                 static constexpr UnicastFetch WAYS[] = {UnicastFetch::PsPoll, UnicastFetch::WakeUp,
                                                         UnicastFetch::ServicePeriod};
                 station.doze.fetch = WAYS[OneOf(v, {"pspoll", "wakeup", "uapsd"})];
             }},
            {"maxsp", [&](auto& v) { station.maxServicePeriod = static_cast<unsigned>(OneOf(v, {"0", "2", "4", "6"}) * 2); }},
            {"qos", [&](auto& v) { station.qos = Flag(v); }},
            {"fms", [&](auto& v) { station.fms = Flag(v); }},
            {"dms", [&](auto& v) { station.dms = Flag(v); }},
            {"gcr", [&](auto& v) { station.gcr = Flag(v); }},
            {"rates", [&](auto& v) { station.rates = Rates(v); }},
        },
        words, 2);
}

void
ReadLine(Scenario& scenario, const Words& words)
{
    const auto& verb = words.front();
    if (verb == "ap")
    {
        SetAp(scenario.ap, words);
    }
    else if (verb == "sta" && words.size() >= 2)
    {
        SetStation(scenario.stations[Number(words[1])], words);
    }
    else if (verb == "at" && words.size() >= 3)
    {
        scenario.actions.push_back({Seconds(words[1]), words[2], Words(words.begin() + 3, words.end())});
    }
    else if (verb == "loss" && words.size() == 2)
    {
        scenario.loss = std::stod(words[1]);
    }
    else if (verb == "seed" && words.size() == 2)
    {
        scenario.seed = Number(words[1]);
    }
    else if (verb == "end" && words.size() == 2)
    {
        scenario.end = Seconds(words[1]);
    }
    else
    {
        throw std::runtime_error("unknown line: " + verb);
    }
}

} // namespace

Duration
Seconds(const std::string& text)
{
    return Duration{std::llround(std::stod(text) * 1e9)};
}

std::optional<ServiceAction>
RequestOf(const Action& action)
{
    static const std::map<std::string, ServiceAction> VERBS{
        {"fms", {GroupService::Fms, false}},          {"fmsend", {GroupService::Fms, true}},
        {"dms", {GroupService::Dms, false}},          {"dmsend", {GroupService::Dms, true}},
        {"gcr", {GroupService::GcrBlockAck, false}}, {"gcrend", {GroupService::GcrBlockAck, true}},
    };
    const auto verb = VERBS.find(action.verb);
    if (verb == VERBS.end())
    {
        return std::nullopt;
    }
    auto request = verb->second;
    if (request.service == GroupService::GcrBlockAck)
    {
        const auto way = action.arguments.size() == 3 ? OneOf(action.arguments[2], {"ur", "ba"}) : 2;
        if (way == 2)
        {
            throw std::runtime_error(action.verb + " needs ur or ba");
        }
        request.service = way == 0 ? GroupService::GcrUnsolicitedRetry : GroupService::GcrBlockAck;
    }
    return request;
}

Scenario
ReadScenario(std::istream& in)
{
    Scenario scenario;
    unsigned number = 0;
    for (std::string line; std::getline(in, line);)
    {
        number++;
        std::istringstream text(line.substr(0, line.find('#')));
        Words words;
        for (std::string word; text >> word;)
        {
            words.push_back(word);
        }
        try
        {
            words.empty() ? void() : ReadLine(scenario, words);
        }
        catch (const std::exception& error)
        {
            throw std::runtime_error("line " + std::to_string(number) + ": " + error.what());
        }
    }
    std::stable_sort(scenario.actions.begin(), scenario.actions.end(),
                     [](const Action& a, const Action& b) { return a.at < b.at; });
    for (auto& [id, station] : scenario.stations)
    {
        station.doze.beaconInterval = scenario.ap.dtim.beaconInterval;
        if (const auto checked = station.doze.Validate(); !checked)
        {
            throw std::runtime_error("station " + std::to_string(id) + ": " + checked.Error().field + " " +
                                     checked.Error().why);
        }
    }
    return scenario;
}

} // namespace mcast::wifi::air
