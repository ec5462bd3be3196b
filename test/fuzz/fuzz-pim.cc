// SPDX-License-Identifier: GPL-2.0-only
// PIM messages of both families. The first octet chooses the family and whether the checksum is put right, so that most
// inputs get past it; the rest is the message.

#include "check.h"
#include "wire/checksum.h"
#include "wire/ipv6-header.h"
#include "wire/pim.h"

using namespace mcast;

namespace
{

const PacketMeta IPV4{Address::Ipv4(10, 0, 0, 1), Address::Ipv4(224, 0, 0, 13), pim::PROTOCOL, 1, 0, false};
const PacketMeta IPV6{*Address::Parse("fe80::1"), *Address::Parse("ff02::d"), pim::PROTOCOL, 1, 0, false};

std::uint16_t
Checksum(const PacketMeta& meta, BytesView message)
{
    return meta.destination.IsIpv4() ? InternetChecksum(message) : UpperLayerChecksum(meta, message);
}

// What is told must have been in the message.
void
CheckSize(const pim::Message& message, std::size_t size)
{
    if (const auto* joinPrune = std::get_if<pim::JoinPrune>(&message))
    {
        const auto family = joinPrune->upstream.GetFamily();
        std::size_t octets = pim::JoinPruneSize(family);
        for (const auto& set : joinPrune->groups)
        {
            CHECK(set.group.group.GetAddress().GetFamily() == family);
            octets += pim::GroupSetSize(family) + (set.joins.size() + set.prunes.size()) * pim::SourceSize(family);
        }
        CHECK(octets <= size);
    }
    else if (const auto* registered = std::get_if<pim::Register>(&message))
    {
        CHECK(registered->packet.size() + 8 == size);
    }
    else if (const auto* bootstrap = std::get_if<pim::Bootstrap>(&message))
    {
        for (const auto& group : bootstrap->groups)
        {
            CHECK(group.group.group.GetAddress().IsMulticast() || group.group.group.Length() < 8);
        }
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
    const auto& meta = (data[0] & 1) != 0 ? IPV6 : IPV4;
    Bytes octets(data + 1, data + size);
    if ((data[0] & 2) == 0 && octets.size() >= 4)
    {
        octets[2] = octets[3] = 0;
        const auto checksum = Checksum(meta, octets);
        octets[2] = static_cast<std::uint8_t>(checksum >> 8);
        octets[3] = static_cast<std::uint8_t>(checksum);
    }
    const auto message = pim::Parse(meta, octets);
    if (!message)
    {
        CHECK(message.Error().reason != Reason::None && message.Error().offset <= octets.size());
        return 0;
    }
    CheckSize(*message, octets.size());
    const auto written = pim::Write(meta, *message);
    const auto again = pim::Parse(meta, written);
    CHECK(again && again->index() == message->index());
    CHECK(pim::Write(meta, *again) == written);
    return 0;
}
