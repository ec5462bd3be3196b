// SPDX-License-Identifier: GPL-2.0-only
// One channel: an access point and its stations, one frame at a time, each with its time on the air, its backoff and its
// Ack. Frames get lost at stations by chance; nothing collides.

#ifndef MCAST_WIFI_AIR_AIR_H
#define MCAST_WIFI_AIR_AIR_H

#include "pcap.h"
#include "station.h"

#include "model/core/base/random.h"

#include <ostream>

namespace mcast::wifi::air
{

class Air
{
  public:
    Air(const Scenario& scenario, PcapWriter& capture, std::ostream& deliveries);

    void Run();

  private:
    struct Stream // of numbered datagrams
    {
        TimePoint next;
        Duration every;
        unsigned left;
        unsigned size;
        std::uint32_t number;
        unsigned station; // 0: from the distribution system
        MacAddress destination;
        Address group;
    };

    TimePoint NextTime() const;
    void DoDue();
    void Act(const Action& action);
    void Send(Stream& stream);
    void StartStream(const Action& action, unsigned station, bool unicast);
    bool TransmitSomething();
    void FinishTurn();
    bool Transmit(Outgoing frame, Station* sender, bool beacon);
    bool Attempt(const Outgoing& frame, Station* sender);
    bool Deliver(const Outgoing& frame, const std::vector<bool>& awake, Station* sender);
    void Wait(Duration time);
    bool Lost();
    Station& At(const std::string& number);
    void Stranger(const Address& group);
    void BadTim(const std::string& kind);
    Bytes BeaconHead() const;
    static Bytes Datagram(const Stream& stream);

    Scenario m_scenario;
    PcapWriter& m_capture;
    std::ostream& m_out;
    AccessPoint m_ap;
    std::map<unsigned, std::unique_ptr<Station>> m_stations;
    std::vector<Stream> m_streams;
    std::size_t m_nextAction = 0;
    TimePoint m_now{};
    TimePoint m_tbtt;
    Random m_random;
};

} // namespace mcast::wifi::air

#endif // MCAST_WIFI_AIR_AIR_H
