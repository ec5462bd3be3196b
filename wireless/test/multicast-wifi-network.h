// SPDX-License-Identifier: GPL-2.0-only
// One BSS, and what its members receive of a stream: what the suites of the wireless part build their networks of.

#ifndef MULTICAST_WIFI_NETWORK_H
#define MULTICAST_WIFI_NETWORK_H

#include "ns3/mac48-address.h"
#include "ns3/multicast-dtim-ap.h"
#include "ns3/multicast-dtim-helper.h"
#include "ns3/multicast-dtim-station.h"
#include "ns3/net-device-container.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"
#include "ns3/ptr.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace ns3
{

class Packet;
class WifiMacHelper;

/// What a station got of a numbered stream.
class StreamLog
{
  public:
    struct Arrival
    {
        uint32_t number;
        Time sent;
        Time received;
    };

    void Add(Ptr<const Packet> packet);

    /// Different numbers that were sent in a time, in seconds.
    std::size_t CountSent(double from, double to) const;
    /// The mean time from sending to receiving of those sent in a time, in seconds.
    double MeanDelay(double from, double to) const;
    /// Arrivals with a number not above that of the one before.
    std::size_t Disorder() const;

    std::vector<Arrival> arrivals;
};

/// An access point and stations some metres around it. Beacons are due at multiples of 102.4 ms, unless the interval is set.
class WifiBss
{
  public:
    struct Setting
    {
        std::string standard = "g"; ///< a, b, g, n, ac, ax
        uint32_t stations = 1;
        bool qos = false;                ///< of the access point and stations; n, ac and ax always have it
        std::set<uint32_t> withoutQos;   ///< stations of a, b, g that have none
        bool record = true;              ///< stations' frames go to the logs; else to their nodes
        bool dtim = true;                ///< with DtimAp and DtimStation
        bool stockAp = false;            ///< then without DtimAp
        std::function<void(WifiMacHelper&)> stationMac; ///< more of stations' MACs
        std::set<uint32_t> stock;        ///< stations without DtimStation
        std::string mode;                ///< data mode of unicast frames; empty: ns-3's rate control by default
        std::string groupMode;           ///< NonUnicastMode; empty: the lowest basic rate
        uint32_t beaconInterval = 100;   ///< TU
        double distance = 3;             ///< m, of the stations from the access point
        std::function<double(uint32_t)> place; ///< another distance for each station, in m
        int64_t stream = 1;              ///< of random variables
        std::function<void(DtimHelper&)> configure; ///< attributes of both sides
    };

    explicit WifiBss(const Setting& setting);
    ~WifiBss();

    /// Sends frames to a group from the access point's device, `spacing` apart, from `from` until before `to`, in seconds.
    void SendGroup(double from, double to, Time spacing, uint32_t octets = 200,
                   Mac48Address group = Mac48Address("01:00:5e:01:02:03"), uint32_t priority = 0);
    /// One numbered frame at a time.
    void SendAt(Time at, uint32_t number, uint32_t octets, Mac48Address destination, uint32_t priority = 0);
    /// The same as SendGroup to a station.
    void SendUnicast(uint32_t station, double from, double to, Time spacing, uint32_t octets = 200);
    /// The same as SendGroup from a station, whose frames the access point relays; numbered from 2,000,000 on.
    void SendGroupFrom(uint32_t station, double from, double to, Time spacing, uint32_t octets = 200);
    /// A station's power save, at a time in seconds.
    void PowerSaveAt(double at, uint32_t station, bool on);
    void RunUntil(double end);

    Ptr<DtimAp> Ap() const;
    Ptr<DtimStation> Station(uint32_t i) const;
    Mac48Address AddressOf(uint32_t i) const;

    NodeContainer apNode;
    NodeContainer stationNodes;
    NetDeviceContainer apDevice;
    NetDeviceContainer stationDevices;
    std::vector<StreamLog> logs; ///< by station
    uint32_t sent = 0;           ///< numbers given to group frames

  private:
    void SendNumbered(Ptr<NetDevice> device, uint32_t number, uint32_t octets, Mac48Address destination,
                      uint32_t priority);
    bool OnReceive(Ptr<NetDevice> device, Ptr<const Packet> packet, uint16_t protocol, const class Address& from);
};

} // namespace ns3

#endif // MULTICAST_WIFI_NETWORK_H
