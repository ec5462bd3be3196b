// SPDX-License-Identifier: GPL-2.0-only
// Flexible Multicast Service, at the access point: streams that are delivered at every k-th DTIM only.
//                                                   IEEE 802.11-2020 11.2.3.14, 9.4.2.74 (descriptor), 9.4.2.75, 9.4.2.76
//
// An FMS counter belongs to a delivery interval; streams of one interval share it. It goes down by one at every DTIM Beacon
// and the streams of a counter that is 0 are delivered after it. There are at most eight counters.
//
//  FMS Descriptor   +----+--------+---------------+-------------------+--------------+
//                   | 86 | Length | N of Counters | Counter (1 octet) | FMSIDs       |
//                   +----+--------+---------------+-------------------+--------------+
//  Counter          b0-2 FMS Counter ID   b3-7 Current Count

#ifndef MCAST_WIFI_FMS_H
#define MCAST_WIFI_FMS_H

#include "../../model/core/base/bytes.h"
#include "../../model/core/base/expected.h"
#include "ids.h"
#include "tim.h"

#include <array>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace mcast::wifi
{

inline constexpr std::uint8_t ELEMENT_FMS_DESCRIPTOR = 86;
inline constexpr unsigned MAX_FMS_COUNTERS = 8;
inline constexpr unsigned MAX_FMS_INTERVAL = 31;

struct FmsCounter
{
    std::uint8_t id = 0;    ///< 0 to 7
    std::uint8_t count = 0; ///< DTIMs until its streams are delivered, 0 to 31

    friend bool operator==(const FmsCounter& a, const FmsCounter& b)
    {
        return a.id == b.id && a.count == b.count;
    }
};

struct FmsDescriptor
{
    std::vector<FmsCounter> counters;
    std::vector<std::uint8_t> buffered; ///< FMSIDs with frames that wait
};

Expected<FmsDescriptor, ElementError> ParseFmsDescriptor(BytesView element);
Bytes WriteFmsDescriptor(const FmsDescriptor& descriptor);

enum class FmsStatus : std::uint8_t
{
    Accept = 0,
    DenyInterval, ///< not 1 to 31, which is what a count can tell
    DenyCounters, ///< a ninth interval
    DenyStreams,  ///< all 255 FMSIDs are in use
    DenyCapability,
};

struct FmsGrant
{
    FmsStatus status{};
    std::uint8_t fmsid = 0; ///< 1 to 255
    std::uint8_t counter = 0;
    unsigned interval = 1; ///< DTIMs
};

class FmsTable
{
  public:
    /// A station asks for a group at a delivery interval in DTIMs. A group has one interval: that of the first request
    /// (the grant tells it).
    FmsGrant Request(const MacAddress& station, bool capable, const MacAddress& group, unsigned interval);
    /// The station wants the group no more; the last one ends the stream. \return false if it had none
    bool Cancel(const MacAddress& station, const MacAddress& group);
    void Forget(const MacAddress& station);

    /// A DTIM Beacon is made; `number` as DtimScheduler::DtimNumber (1 for the first). Counters go on.
    void OnDtim(std::uint64_t number);

    /// Is the group a stream of FMS?
    std::optional<FmsGrant> Find(const MacAddress& group) const;
    /// The first DTIM after the number at which a frame of the group may go; 0 if it is no stream.
    std::uint64_t DeliveryDtim(const MacAddress& group, std::uint64_t after) const;
    /// The element of the next Beacon; `waiting` are the groups with frames.
    FmsDescriptor Descriptor(const std::set<MacAddress>& waiting) const;

    bool Empty() const
    {
        return m_streams.empty();
    }

  private:
    struct Stream
    {
        std::uint8_t fmsid;
        std::uint8_t counter;
        std::set<MacAddress> stations;
    };

    std::optional<std::uint8_t> CounterFor(unsigned interval);
    std::optional<std::uint8_t> FreeId() const;

    std::array<unsigned, MAX_FMS_COUNTERS> m_intervals{}; // 0: counter not in use
    std::map<MacAddress, Stream> m_streams;
    std::uint64_t m_dtim = 0;
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_FMS_H
