// SPDX-License-Identifier: GPL-2.0-only
// How a group's frames get to its members, and who decides that: a setting per group, or a choice by the number of members,
// their loss or the airtime.

#ifndef MCAST_WIFI_METHOD_H
#define MCAST_WIFI_METHOD_H

#include "../../model/core/base/address.h"
#include "airtime.h"
#include "ids.h"
#include "rates.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace mcast::wifi
{

enum class Method : std::uint8_t
{
    NoAck,               ///< one group frame, nobody acknowledges it
    UnicastPayload,      ///< a copy for each member with its address as destination: mac80211's multicast-to-unicast
    UnicastAmsdu,        ///< a copy for each member as an A-MSDU that keeps the group as destination: the form of DMS
    Dms,                 ///< the same for stations that asked for it (11.21.16.2), a group frame for the others
    Fms,                 ///< a group frame after every k-th DTIM Beacon (11.2.3.14)
    GcrUnsolicitedRetry, ///< R + 1 group frames (11.21.16.3.6)
    GcrBlockAck,         ///< group frames; members are asked what they miss (11.21.16.3.7)
    LeaderAck,           ///< one member acknowledges for all; not in the standard
};

inline constexpr std::size_t N_METHODS = 8;

/// Kebab-case, stable: "no-ack", "unicast-payload", ...
const char* ToString(Method method);
std::optional<Method> MethodFromString(std::string_view text);

struct MethodConfig
{
    Method method = Method::NoAck;
    RateChoice rate = RateChoice::LowestBasic; ///< of group frames
    unsigned retries = 3;     ///< unsolicited retries (each frame goes retries + 1 times), or at most so many rounds
    unsigned fmsInterval = 2; ///< k: delivered at every k-th DTIM, 1 to 255
    unsigned blockSize = 16;  ///< GCR block ack: frames after which members are asked, 1 to 64
};

/// What is known of a group when its frame is to be sent.
struct GroupSituation
{
    std::size_t members = 0;        ///< stations that listen
    std::size_t membersWithGcr = 0; ///< of these
    std::size_t membersAsleep = 0;  ///< of these
    double worstLoss = 0;           ///< of a single group frame, the worst member's, 0 to 1
    std::uint32_t octets = 1500;    ///< of an MSDU
    Rate groupRate = 2;
    std::vector<Rate> memberRates; ///< unicast rate of each member; fewer than members: the group rate
};

/// Which criterion decides between one group frame and copies to each member.
enum class Automatic : std::uint8_t
{
    Off,       ///< the group's setting, or the default one
    ByMembers, ///< copies for up to maxUnicastMembers members
    ByLoss,    ///< NoAck as long as the worst loss is at most maxLoss, then the cheapest that stays below
    ByAirtime, ///< whichever takes the least time on the air; its residual loss is not looked at
};

struct SelectionConfig
{
    Automatic automatic = Automatic::Off;
    MethodConfig standard;                 ///< of groups without a setting, and what Automatic varies
    Method unicast = Method::UnicastAmsdu; ///< which form the copies have
    std::size_t maxUnicastMembers = 8;     ///< ByMembers
    double maxLoss = 0.01;                 ///< ByLoss: residual
    PhyTiming timing;                      ///< ByAirtime, and the cheapest of ByLoss
};

/// The mean time on the air that a method takes for one MSDU of the situation; acknowledged ones with the tries that the
/// worst loss costs on average.
Duration AirtimeOf(const MethodConfig& config, const PhyTiming& timing, const GroupSituation& situation);

class MethodSelector
{
  public:
    explicit MethodSelector(const SelectionConfig& config);

    /// A group's own setting, which Automatic leaves alone; none takes it away. The group is an IP or a MAC address.
    void Set(const Address& group, std::optional<MethodConfig> config);
    void Set(const MacAddress& group, std::optional<MethodConfig> config);

    MethodConfig Choose(const Address& group, const GroupSituation& situation) const;
    MethodConfig Choose(const MacAddress& group, const GroupSituation& situation) const;

    /// The loss that a method leaves to a member that loses a single frame with probability p. For the acknowledged ones
    /// p^(retries + 1), too: that many tries.
    static double ResidualLoss(const MethodConfig& config, double p);

  private:
    MethodConfig Automatically(const GroupSituation& situation) const;
    MethodConfig ByLoss(const GroupSituation& situation) const;

    SelectionConfig m_config;
    std::map<Address, MethodConfig> m_byAddress;
    std::map<MacAddress, MethodConfig> m_byMac;
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_METHOD_H
