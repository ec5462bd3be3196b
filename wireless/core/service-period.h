// SPDX-License-Identifier: GPL-2.0-only
// An unscheduled service period (U-APSD) at the access point: a trigger opens it, so many frames follow as the station's
// association told, and the last one of them has the EOSP bit.                                     IEEE 802.11-2020 11.2.3.5
//
//            trigger                        a frame goes        EOSP goes        station wakes
//  Closed    -> Open, min(waiting, limit)   -                   -                -
//  Open      -  (one at a time)             one less            -> Closed        -> Closed
//
// With nothing waiting a QoS Null with EOSP is the one frame of it.

#ifndef MCAST_WIFI_SERVICE_PERIOD_H
#define MCAST_WIFI_SERVICE_PERIOD_H

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace mcast::wifi
{

class ServicePeriod
{
  public:
    /// \param waiting frames of delivery-enabled categories. \param limit Max SP Length in frames; 0: all that wait
    /// \return false if one is open: the trigger is for that one
    bool Begin(std::size_t waiting, unsigned limit)
    {
        if (m_left > 0)
        {
            return false;
        }
        m_left = std::max<std::size_t>(waiting, 1);
        m_left = limit == 0 ? m_left : std::min<std::size_t>(m_left, limit);
        return true;
    }

    /// One frame goes. \param others frames that wait behind it \return whether it is the last one: its EOSP bit
    bool Take(std::size_t others)
    {
        m_left = std::min(m_left - 1, others); // frames may have been dropped since it began
        return m_left == 0;
    }

    void End()
    {
        m_left = 0;
    }

    bool Open() const
    {
        return m_left > 0;
    }

    std::size_t Left() const
    {
        return m_left;
    }

  private:
    std::size_t m_left = 0;
};

/// The limit that bits 5 and 6 of a station's QoS Info tell (9.4.1.17): 0, 2, 4 or 6 frames, 0 for all.
constexpr unsigned
ServicePeriodLimit(std::uint8_t qosInfo)
{
    return (qosInfo >> 5 & 3) * 2U;
}

/// The QoS Info octet of a station with U-APSD in all access categories. \param limit 0, 2, 4 or 6
constexpr std::uint8_t
QosInfo(bool uapsd, unsigned limit)
{
    return static_cast<std::uint8_t>(uapsd ? 0xfU | limit / 2 << 5 : 0);
}

} // namespace mcast::wifi

#endif // MCAST_WIFI_SERVICE_PERIOD_H
