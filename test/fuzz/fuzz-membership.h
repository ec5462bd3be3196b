// SPDX-License-Identifier: GPL-2.0-only
// What the decoders of IGMP and MLD promise, for any octets. A codec says which of the two: see fuzz-igmp.cc.

#ifndef MCAST_TEST_FUZZ_FUZZ_MEMBERSHIP_H
#define MCAST_TEST_FUZZ_FUZZ_MEMBERSHIP_H

#include "check.h"
#include "gm/protocol.h"

#include <algorithm>

namespace mcast
{

/// The decoder of a family under a header that never changes; `shortest` message in octets; `checksum` computes what a
/// message's field must hold, which is zero in the message.
struct FuzzedCodec
{
    const gm::Protocol& protocol;
    PacketMeta meta;
    std::size_t shortest;
    std::uint16_t (*checksum)(const PacketMeta& meta, BytesView message);

    auto Parse(BytesView message, Version receiver = Version::V3) const
    {
        return protocol.parse(meta, message, receiver);
    }

    Bytes Write(const MembershipMessage& message) const
    {
        return protocol.write(meta, message);
    }
};

// What is told must have been in the message.
inline void
CheckSize(const FuzzedCodec& codec, const MembershipMessage& message, std::size_t size)
{
    const auto& protocol = codec.protocol;
    if (const auto* query = std::get_if<Query>(&message))
    {
        CHECK(query->sources.empty() || protocol.querySize + protocol.addressSize * query->sources.size() <= size);
        CHECK(query->group.IsUnspecified() || query->group.IsMulticast());
        CHECK(query->version >= protocol.oldest);
    }
    else if (const auto* report = std::get_if<Report>(&message))
    {
        std::size_t octets = protocol.reportSize + protocol.recordSize * report->unknownRecords;
        for (const auto& record : report->records)
        {
            octets += protocol.recordSize + protocol.addressSize * record.sources.size();
            CHECK(record.type >= RecordType::IsIn && record.type <= RecordType::Block);
        }
        CHECK(octets <= size);
    }
}

// A message that we write is read back as what it was, octet by octet.
inline void
CheckRoundTrip(const FuzzedCodec& codec, const MembershipMessage& message)
{
    const auto written = codec.Write(message);
    const auto again = codec.Parse(written);
    CHECK(again);
    CHECK(again->index() == message.index());
    CHECK(codec.Write(*again) == written);
    // Cut at every octet; longer messages would make this slow and tell nothing more.
    for (std::size_t size = 0; size < std::min<std::size_t>(written.size(), 48); ++size)
    {
        CHECK(!codec.Parse(BytesView(written).Sub(0, size)) || size >= codec.shortest);
    }
}

// The first octet chooses the receiver's version and whether the checksum is put right, so that most inputs get past it;
// the rest is the message.
inline void
FuzzMembership(const FuzzedCodec& codec, const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
    {
        return;
    }
    const auto receiver = std::max(codec.protocol.oldest, static_cast<Version>(1 + (data[0] & 0x7f) % 3));
    Bytes octets(data + 1, data + size);
    if ((data[0] & 0x80) == 0 && octets.size() >= 4)
    {
        octets[2] = octets[3] = 0;
        const auto checksum = codec.checksum(codec.meta, octets);
        octets[2] = static_cast<std::uint8_t>(checksum >> 8);
        octets[3] = static_cast<std::uint8_t>(checksum);
    }
    const auto message = codec.Parse(octets, receiver);
    if (!message)
    {
        CHECK(message.Error().reason != Reason::None);
        CHECK(message.Error().offset <= octets.size());
        return;
    }
    CHECK(octets.size() >= codec.shortest && codec.checksum(codec.meta, octets) == 0);
    CheckSize(codec, *message, octets.size());
    CheckRoundTrip(codec, *message);
}

} // namespace mcast

#endif // MCAST_TEST_FUZZ_FUZZ_MEMBERSHIP_H
