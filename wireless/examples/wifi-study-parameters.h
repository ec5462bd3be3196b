// SPDX-License-Identifier: GPL-2.0-only
// What wifi-group-study is told, and what to expect of it: the closed forms of wireless/core/airtime.h for these parameters.

#ifndef WIFI_STUDY_PARAMETERS_H
#define WIFI_STUDY_PARAMETERS_H

#include "wifi-study-row.h"

#include "ns3/command-line.h"

#include <cstdint>
#include <string>
#include <vector>

struct StudyParameters
{
    std::string standard = "g";
    uint32_t dtim = 3;
    uint32_t stations = 4;
    uint32_t members = 0; // 0: all
    uint32_t sleepers = 1;
    uint32_t listen = 1;
    double spacing = 20; // ms
    uint32_t octets = 200;
    std::string method = "NoAck";
    uint32_t retries = 3;
    uint32_t fmsInterval = 2;
    std::string fetch = "PsPoll";
    double distance = 3; // m
    std::string groupMode;
    std::string unicastMode;
    bool fading = false;
    double seconds = 20;
    uint32_t run = 1;
    bool plain = false;
    std::string pcap;

    void AddTo(ns3::CommandLine& cmd);
    void AddTo(StudyRow& row) const;
    /// Why it cannot be simulated; empty: it can.
    std::string Complaint() const;
    uint32_t Members() const;
    /// Members are spread evenly over the stations, of which the first are those that sleep.
    bool IsMember(uint32_t station) const;
};

/// \return the values of DtimAp's attribute Method
std::vector<std::string> StudyMethods();

/// W, of a radio's states.
struct RadioPower
{
    double idle = 0;
    double receiving = 0;
    double asleep = 0;
};

/// NaN where there is no closed form: rate control, loss, 802.11n and later.
struct ClosedForms
{
    double delay = NOT_A_NUMBER;     ///< s, mean
    double delayLow = NOT_A_NUMBER;  ///< s; delays are spread evenly from here
    double delayHigh = NOT_A_NUMBER; ///< s; to here
    double exchange =
        NOT_A_NUMBER;              ///< s from one frame to the next where they are sent without a pause, to all members
    double airtime = NOT_A_NUMBER; ///< share of the time that the access point sends frames of the stream
    double power = NOT_A_NUMBER;   ///< W, of a sleeping station that hears group frames
};

/// \param beacon s, duration of a Beacon
ClosedForms ComputeClosedForms(const StudyParameters& parameters, double beacon, const RadioPower& radio);

#endif // WIFI_STUDY_PARAMETERS_H
