// SPDX-License-Identifier: GPL-2.0-only
// Captures with radiotap: TSFT, flags, rate, channel.

#ifndef MCAST_WIFI_AIR_PCAP_H
#define MCAST_WIFI_AIR_PCAP_H

#include "model/core/base/bytes.h"
#include "model/core/base/time.h"
#include "wireless/core/rates.h"

#include <fstream>
#include <string>

namespace mcast::wifi::air
{

class PcapWriter
{
  public:
    /// \throw std::runtime_error if the file can't be written
    explicit PcapWriter(const std::string& path);

    void Write(TimePoint at, Rate rate, const Bytes& frame);

  private:
    void Put(std::uint64_t value, unsigned octets);

    std::ofstream m_file;
};

} // namespace mcast::wifi::air

#endif // MCAST_WIFI_AIR_PCAP_H
