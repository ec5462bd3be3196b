// SPDX-License-Identifier: GPL-2.0-only
// Text of addresses and prefixes: what is parsed is written in one canonical form, which stands for the same value.
// The system's own inet_pton and inet_ntop are the second opinion.

#include "base/address.h"
#include "check.h"

#include <arpa/inet.h>
#include <cstring>
#include <string>

using namespace mcast;

namespace
{

void
CheckAddress(const std::string& text)
{
    const auto address = Address::Parse(text);
    in6_addr ipv6{};
    in_addr ipv4{};
    const bool asIpv6 = text.find('\0') == std::string::npos && inet_pton(AF_INET6, text.c_str(), &ipv6) == 1;
    const bool asIpv4 = text.find('\0') == std::string::npos && inet_pton(AF_INET, text.c_str(), &ipv4) == 1;
    CHECK(!asIpv4 || address);
    CHECK(!asIpv6 || address);
    if (!address)
    {
        return;
    }
    const auto octets = address->Octets();
    CHECK(!asIpv6 || std::memcmp(octets.data(), &ipv6, 16) == 0);
    CHECK(!asIpv4 || (std::memcmp(octets.data() + 12, &ipv4, 4) == 0 && address->IsIpv4()));
    const auto canonical = address->ToString();
    CHECK(Address::Parse(canonical) == address);
    CHECK(Address::Parse(canonical)->ToString() == canonical);
    CHECK(Address::Ipv6(octets) == *address);
}

void
CheckPrefix(const std::string& text)
{
    const auto prefix = Prefix::Parse(text);
    if (!prefix)
    {
        return;
    }
    const auto canonical = prefix->ToString();
    CHECK(Prefix::Parse(canonical) == prefix);
    CHECK(prefix->Contains(prefix->GetAddress()));
    CHECK(Prefix(prefix->GetAddress(), prefix->Length()) == *prefix);
    const unsigned longest = prefix->GetAddress().IsIpv4() ? 32 : 128;
    CHECK(prefix->Length() <= longest);
    const auto address = Address::Parse(text.substr(0, text.find('/')));
    CHECK(address && prefix->Contains(*address));
    for (unsigned length = 0; length <= longest; ++length)
    {
        const Prefix other(*address, length);
        CHECK(other.Contains(*address) && other.Length() == length);
        CHECK(length > prefix->Length() || other.Contains(prefix->GetAddress()));
    }
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    CheckAddress(text);
    CheckPrefix(text);
    return 0;
}
