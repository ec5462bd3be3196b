// SPDX-License-Identifier: GPL-2.0-only
// ParseIgmp and WriteIgmp. The first octet chooses the receiver's version and whether the checksum is put right, so
// that most inputs get past it; the rest is the message.

#include "check.h"
#include "wire/checksum.h"
#include "wire/igmp.h"

#include <algorithm>

using namespace mcast;

namespace
{

// What is told must have been in the message: each list costs 4 octets per source and 8 per record.
void
CheckSize(const MembershipMessage& message, std::size_t size)
{
    if (const auto* query = std::get_if<Query>(&message))
    {
        CHECK(query->sources.empty() || 12 + 4 * query->sources.size() <= size);
        CHECK(query->group.IsUnspecified() || query->group.IsMulticast());
    }
    else if (const auto* report = std::get_if<Report>(&message))
    {
        std::size_t octets = 8 + 8 * std::size_t{report->unknownRecords};
        for (const auto& record : report->records)
        {
            octets += 8 + 4 * record.sources.size();
            CHECK(record.type >= RecordType::IsIn && record.type <= RecordType::Block);
        }
        CHECK(octets <= size);
    }
}

// A message that we write is read back as what it was, octet by octet.
void
CheckRoundTrip(const MembershipMessage& message)
{
    const auto written = WriteIgmp(message);
    const auto again = ParseIgmp(written);
    CHECK(again);
    CHECK(again->index() == message.index());
    CHECK(WriteIgmp(*again) == written);
    // Cut at every octet; longer messages would make this slow and tell nothing more.
    for (std::size_t size = 0; size < std::min<std::size_t>(written.size(), 48); ++size)
    {
        CHECK(!ParseIgmp(BytesView(written).Sub(0, size)) || size >= 8);
    }
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
    {
        return 0;
    }
    const auto receiver = static_cast<Version>(1 + (data[0] & 0x7f) % 3);
    Bytes octets(data + 1, data + size);
    if ((data[0] & 0x80) == 0 && octets.size() >= 4)
    {
        octets[2] = octets[3] = 0;
        const auto checksum = InternetChecksum(octets);
        octets[2] = static_cast<std::uint8_t>(checksum >> 8);
        octets[3] = static_cast<std::uint8_t>(checksum);
    }
    const auto message = ParseIgmp(octets, receiver);
    if (!message)
    {
        CHECK(message.Error().reason != Reason::None);
        CHECK(message.Error().offset <= octets.size());
        return 0;
    }
    CHECK(octets.size() >= 8 && InternetChecksum(octets) == 0);
    CheckSize(*message, octets.size());
    CheckRoundTrip(*message);
    return 0;
}
