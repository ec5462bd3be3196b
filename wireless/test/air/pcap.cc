// SPDX-License-Identifier: GPL-2.0-only

#include "pcap.h"

#include <stdexcept>

namespace mcast::wifi::air
{

namespace
{

constexpr unsigned RADIOTAP_SIZE = 22;
constexpr unsigned FIELDS = 0xf; // TSFT, flags, rate, channel
constexpr unsigned LINK_TYPE = 127;

} // namespace

PcapWriter::PcapWriter(const std::string& path)
    : m_file(path, std::ios::binary)
{
    if (!m_file)
    {
        throw std::runtime_error("cannot write " + path);
    }
    Put(0xa1b2c3d4, 4);
    Put(2, 2);
    Put(4, 2);
    Put(0, 8);
    Put(65535, 4);
    Put(LINK_TYPE, 4);
}

void
PcapWriter::Put(std::uint64_t value, unsigned octets)
{
    for (unsigned i = 0; i < octets; i++)
    {
        m_file.put(static_cast<char>(value >> 8 * i & 0xff));
    }
}

void
PcapWriter::Write(TimePoint at, Rate rate, const Bytes& frame)
{
    const auto microseconds = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count());
    Put(microseconds / 1000000, 4);
    Put(microseconds % 1000000, 4);
    Put(RADIOTAP_SIZE + frame.size(), 4);
    Put(RADIOTAP_SIZE + frame.size(), 4);
    Put(0, 2); // version, pad
    Put(RADIOTAP_SIZE, 2);
    Put(FIELDS, 4);
    Put(microseconds, 8);
    Put(0, 1);
    Put(rate, 1);
    Put(2412, 2);
    Put(rate > 22 || rate == 12 || rate == 18 ? 0xc0 : 0xa0, 2); // OFDM or CCK in 2.4 GHz
    m_file.write(reinterpret_cast<const char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
}

} // namespace mcast::wifi::air
