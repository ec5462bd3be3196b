// SPDX-License-Identifier: GPL-2.0-only
// The messages of group membership as values. IGMP and MLD differ on the wire; what they say is the same, in three
// generations: IGMPv1; IGMPv2 = MLDv1; IGMPv3 = MLDv2. The codecs (igmp.h) translate between octets and these.

#ifndef MCAST_CORE_WIRE_MEMBERSHIP_H
#define MCAST_CORE_WIRE_MEMBERSHIP_H

#include "../base/address.h"
#include "../base/time.h"
#include "../base/trace.h"

#include <cstdint>
#include <variant>
#include <vector>

namespace mcast
{

/// A generation of the protocol, by IGMP's numbers.
enum class Version : std::uint8_t
{
    V1 = 1,
    V2 = 2,
    V3 = 3,
};

enum class FilterMode : std::uint8_t
{
    Include,
    Exclude,
};

/// RFC 3376 4.2.12, RFC 3810 5.2.12; the values are those on the wire.
enum class RecordType : std::uint8_t
{
    IsIn = 1,
    IsEx = 2,
    ToIn = 3,
    ToEx = 4,
    Allow = 5,
    Block = 6,
};

/// A Membership Query. An unspecified group asks for all groups, an empty source list for all sources.
struct Query
{
    Version version = Version::V3;
    Address group;
    std::uint16_t maxResponseCode = 0;  ///< as on the wire; MaxResponseTime() reads it
    bool suppressRouterSide = false;    ///< S flag (RFC 3376 4.1.5)
    std::uint8_t robustness = 0;        ///< QRV; 0: not told
    std::uint8_t queryIntervalCode = 0; ///< QQIC; 0: not told
    bool newer = false;                 ///< of a later version than the receiver's, read as one of its own
    std::vector<Address> sources;

    bool IsGeneral() const
    {
        return group.IsUnspecified();
    }
};

/// A Group Record of a Version 3 Report.
struct Record
{
    RecordType type = RecordType::IsIn;
    Address group;
    std::vector<Address> sources;
};

struct Report
{
    std::vector<Record> records;
    std::uint16_t unknownRecords = 0; ///< records of a type outside 1 to 6, skipped (RFC 3376 4.2.12)
};

/// A report of an older version: one group, any source.
struct OlderReport
{
    Version version = Version::V2;
    Address group;
};

struct Leave
{
    Address group;
};

using MembershipMessage = std::variant<Query, Report, OlderReport, Leave>;

/// The counter that a message counts under.
MessageKind KindOf(const MembershipMessage& message);

} // namespace mcast

#endif // MCAST_CORE_WIRE_MEMBERSHIP_H
