// SPDX-License-Identifier: GPL-2.0-only
// ParseIgmp and WriteIgmp; see fuzz-membership.h.

#include "fuzz-membership.h"
#include "wire/checksum.h"

using namespace mcast;

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const FuzzedCodec codec{gm::ProtocolOf(Family::Ipv4), PacketMeta{}, 8,
                                   [](const PacketMeta&, BytesView message) { return InternetChecksum(message); }};
    FuzzMembership(codec, data, size);
    return 0;
}
