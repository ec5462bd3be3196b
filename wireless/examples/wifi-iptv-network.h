// SPDX-License-Identifier: GPL-2.0-only
// The network of wifi-channel-change: a source, two PIM routers, an access point that bridges, and stations.

#ifndef WIFI_IPTV_NETWORK_H
#define WIFI_IPTV_NETWORK_H

#include "wifi-study-row.h"

#include "ns3/command-line.h"
#include "ns3/net-device-container.h"
#include "ns3/node-container.h"

#include <cstdint>
#include <string>

struct IptvParameters
{
    uint32_t dtim = 3;
    uint32_t listen = 10;
    bool asleep = true;
    uint32_t watchers = 0;
    uint32_t igmp = 3; // version
    double lmqi = 1;   // s
    uint32_t lmqc = 2;
    bool fastLeave = false;
    std::string method = "NoAck";
    double spacing = 20; // ms
    uint32_t octets = 1000;
    double link = 10; // ms
    uint32_t zaps = 20;
    double hold = 8;    // s
    double seconds = 0; // if set: fewer zaps
    uint32_t run = 1;
    std::string pcap;

    void AddTo(ns3::CommandLine& cmd);
    void AddTo(StudyRow& row) const;
    /// Why it cannot be simulated; empty: it can.
    std::string Complaint() const;
};

class IptvNetwork
{
  public:
    static const char* const MODE; ///< 802.11g, of all data frames

    explicit IptvNetwork(const IptvParameters& parameters);

    ns3::Ptr<ns3::Node> Source() const;
    ns3::Ptr<ns3::Node> LastHop() const;
    ns3::Ptr<ns3::NetDevice> AccessPoint() const;
    const ns3::NodeContainer& Stations() const; ///< the first is the viewer's

  private:
    enum
    {
        SOURCE,
        FIRST_HOP,
        LAST_HOP,
    };

    void InstallWifi();
    void InstallStacks();
    void Connect();
    void InstallPim();
    void InstallDtim();

    IptvParameters m_p;
    ns3::NodeContainer m_wired;
    ns3::NodeContainer m_ap;
    ns3::NodeContainer m_stations;
    ns3::NetDeviceContainer m_apDevice;
    ns3::NetDeviceContainer m_stationDevices;
};

#endif // WIFI_IPTV_NETWORK_H
