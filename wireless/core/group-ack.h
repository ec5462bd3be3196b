// SPDX-License-Identifier: GPL-2.0-only
// An access point's side of acknowledged group delivery, over all groups: who has to answer a frame, and what becomes of it.
//                                                                             IEEE 802.11-2020 11.21.16.3.7
//
// Frames wait in the DtimScheduler; this knows them from their first transmission on.
//
//   leader ack   each frame is answered by its group's leader with an Ack; without one it goes again
//   block ack    after a block of frames each member is asked for what it has; what anyone misses goes again, then they are
//                asked again
//
//   frame sent   Sent(...), then Demand(): what is expected, SIFS after the frame, and after each answer again;
//                OnAck, OnBlockAck or OnNoAnswer
//   Beacon       Leaders(), which it announces; when it is out, Flush() and Demand(): a block that is not full waits no longer
//   always       PollOutcome until empty: DtimScheduler::Repeat or Settle; PollTries, if the host wants to know
//
// The leader is told in Beacons, by an element of our own (GroupLeaders): all members hear them, those asleep before any
// group frame, and nobody has to be asked. Not in the standard, as leader ack is not.

#ifndef MCAST_WIFI_GROUP_ACK_H
#define MCAST_WIFI_GROUP_ACK_H

#include "gcr.h"
#include "method.h"

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace mcast::wifi
{

/// What follows a frame, SIFS after it.
struct AckDemand
{
    enum class Kind : std::uint8_t
    {
        Ack,      ///< `member` sends one: it leads
        BlockAck, ///< we send a BlockAckReq to `member`
    };

    Kind kind{};
    MacAddress group{};
    MacAddress member{};
    std::uint16_t startSequence = 0;

    bool operator==(const AckDemand& other) const;
};

struct AckOutcome
{
    enum class Kind : std::uint8_t
    {
        Repeat, ///< it has to be sent again
        Done,   ///< acknowledged, or nobody is there to do it
        GaveUp, ///< its tries are over and `missing` members have not acknowledged it
    };

    Kind kind{};
    FrameId id = 0;
    std::size_t missing = 0;
};

/// Is it one of the methods that this is for?
constexpr bool
IsAcknowledged(Method method)
{
    return method == Method::LeaderAck || method == Method::GcrBlockAck;
}

class GroupAck
{
  public:
    /// A group's members that answer, with the quality that a leader is chosen by (LeaderAck::SetMembers).
    void SetMembers(const MacAddress& group, const MethodConfig& config, const std::map<MacAddress, double>& quality);
    /// A station is gone: it owes nothing, and leads nobody.
    void Leave(const MacAddress& station);

    /// A frame of the group is going on the air, for the first time or again. \param config as told to SetMembers
    /// \param last no other frame of the group follows soon
    void Sent(const MacAddress& group, const MethodConfig& config, FrameId id, std::uint16_t sequence, bool last);
    /// A frame that was to be sent is lost on the way.
    void Forget(FrameId id);
    /// No frames will come soon.
    void Flush();

    /// The answer that is expected now; none: other frames may go.
    std::optional<AckDemand> Demand();
    void OnAck();
    /// \return false if it is not the answer that was asked for
    bool OnBlockAck(const MacAddress& member, const MacAddress& group, std::uint16_t start, std::uint64_t bitmap);
    void OnNoAnswer();

    std::optional<AckOutcome> PollOutcome();
    /// What a member's answers told since it was last polled. A leader's missing Ack is a lost frame; a BlockAckReq without
    /// an answer tells nothing.
    std::optional<std::pair<MacAddress, Tries>> PollTries();

    /// Groups and their leaders, which from now on answer.
    std::vector<std::pair<MacAddress, MacAddress>> Leaders();

  private:
    struct Group
    {
        explicit Group(const MethodConfig& config);

        LeaderAck leader;
        GcrBlockAck block;
        std::map<MacAddress, double> quality;
        std::set<FrameId> repeated;       // not on the air again yet
        std::optional<AckDemand> request; // follows when they are
        std::set<FrameId> known;
    };

    using Key = std::pair<MacAddress, Method>;

    Group& Find(const Key& key, const MethodConfig& config);
    void SentToLeader(const Key& key, Group& group, FrameId id, std::uint16_t sequence);
    void PullLeader(Group& group);
    void PullBlock(const Key& key, Group& group);
    void Finish(Group& group, AckOutcome::Kind kind, FrameId id, std::size_t missing);

    std::map<Key, Group> m_groups;
    std::optional<std::pair<Key, AckDemand>> m_demand;
    unsigned m_requests = 0; // BlockAckReqs of this demand without an answer
    std::deque<AckOutcome> m_outcomes;
    std::map<MacAddress, Tries> m_tries;
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_GROUP_ACK_H
