// SPDX-License-Identifier: GPL-2.0-only
// Sending a group frame more than once: unsolicited retries, block ack, a leader's ack; and the receiver's filter for what
// comes twice.                                                       IEEE 802.11-2020 11.21.16.3.6, 11.21.16.3.7, 10.3.2.14
//
// Values without timers: the host sends what Next() says, tells what came back, and asks again.

#ifndef MCAST_WIFI_GCR_H
#define MCAST_WIFI_GCR_H

#include "ids.h"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace mcast::wifi
{

/// One transmission. The first one of a frame has retry false; all have its sequence number.
struct Attempt
{
    FrameId id = 0;
    std::uint16_t sequence = 0; ///< 0 to 4095
    bool retry = false;
};

/// Sends each frame retries + 1 times. The copies of a burst are spread: first every frame once, then again, as many rounds
/// as there are retries, so that one fade hits one copy only.
class UnsolicitedRetry
{
  public:
    explicit UnsolicitedRetry(unsigned retries);

    void Push(FrameId id, std::uint16_t sequence);
    /// The next transmission; none if all were made.
    std::optional<Attempt> Next();
    /// A frame whose last copy went out, once for each; the host may forget it.
    std::optional<FrameId> PollDone();

    std::size_t Pending() const
    {
        return m_pending.size();
    }

  private:
    struct Entry
    {
        FrameId id;
        std::uint16_t sequence;
        unsigned sent;
    };

    unsigned m_retries;
    std::deque<Entry> m_pending;
    std::deque<FrameId> m_done;
};

/// What a member tells of transmissions to it.
struct Tries
{
    unsigned received = 0;
    unsigned lost = 0;
};

/// What the originator of GCR block ack does next.
struct BlockAckStep
{
    enum class Kind : std::uint8_t
    {
        Send,    ///< `attempt`, to the concealment address
        Request, ///< a BlockAckReq to `member`, whose answer starts at `startSequence`
        Done,    ///< `attempt.id`: all members have it
        GaveUp,  ///< `attempt.id`: its rounds are over and `missing` members have not got it
    };

    Kind kind{};
    Attempt attempt;
    MacAddress member{};
    std::uint16_t startSequence = 0;
    std::size_t missing = 0;
};

/// The originator: sends a block of frames, asks each member in turn, sends again what any of them misses. Once a round has
/// shown that something is missing, members are asked again as soon as that was repeated.
class GcrBlockAck
{
  public:
    /// \param blockSize frames before members are asked, 1 to 64. \param rounds retransmissions of a frame at most
    GcrBlockAck(unsigned blockSize, unsigned rounds);

    /// A member that is new owes nothing for frames pushed before.
    void SetMembers(const std::set<MacAddress>& members);
    void Push(FrameId id, std::uint16_t sequence);
    /// For a host whose queues are elsewhere: the frame is being sent for the first time, instead of Push and its step.
    void PushSent(FrameId id, std::uint16_t sequence);
    /// No more frames will come soon: ask although the block is not full. Without frames it does nothing.
    void Flush();
    /// The frame was lost before it could be sent (again): nobody is asked for it.
    void Forget(FrameId id);

    /// The next step; none: nothing to do until more comes. After a Request call OnBlockAck or OnNoAnswer.
    std::optional<BlockAckStep> Next();
    /// Bit n of the bitmap: startSequence + n was received. Frames of the block beyond the bitmap are asked for next.
    /// \return what became of frames that the member had missed so far
    Tries OnBlockAck(const MacAddress& member, std::uint16_t startSequence, std::uint64_t bitmap);
    /// No answer to the request: counts as if it had received nothing of the block.
    void OnNoAnswer(const MacAddress& member);

    std::size_t Pending() const
    {
        return m_block.size() + m_queue.size();
    }

  private:
    struct Entry
    {
        FrameId id;
        std::uint16_t sequence;
        unsigned sent = 0;
        bool due = true; // to be sent in this round
        std::set<MacAddress> missing;
    };

    struct Question
    {
        MacAddress member;
        std::optional<std::uint16_t> start; // none: the first frame that it misses
    };

    void StartBlock();
    bool SendDue(BlockAckStep& step);
    bool AskNext(BlockAckStep& step);
    void EndRound();

    unsigned m_blockSize;
    unsigned m_rounds;
    bool m_flush = false;
    std::set<MacAddress> m_members;
    std::deque<Entry> m_queue;
    std::vector<Entry> m_block;
    std::deque<Question> m_toAsk;
    std::optional<MacAddress> m_asked;
    bool m_asking = false;
    std::deque<BlockAckStep> m_finished;
};

/// One member acknowledges each group frame for all. The host sends group frames so that the leader answers them.
class LeaderAck
{
  public:
    explicit LeaderAck(unsigned retries);

    /// Members with the quality that the leader is chosen by, the worst one leads: signal to noise in dB, or success
    /// ratio. One that is gone leads no more; another one is chosen only if it is worse by more than the hysteresis.
    void SetMembers(const std::map<MacAddress, double>& quality, double hysteresis = 3.0);
    /// Members are being told who leads: the one that was chosen last, from now on.
    std::optional<MacAddress> Announce();
    /// Who answers: of the last announcement, and still a member.
    std::optional<MacAddress> Leader() const;

    void Push(FrameId id, std::uint16_t sequence);
    /// The front frame's next transmission; after it call OnAck or OnNoAck. Without a leader each frame goes once.
    std::optional<Attempt> Next();
    void OnAck();
    void OnNoAck();
    /// The frame was lost before it could be sent (again).
    void Forget(FrameId id);

    struct Finished
    {
        FrameId id = 0;
        bool acknowledged = false;
    };

    std::optional<Finished> PollDone();

  private:
    struct Entry
    {
        FrameId id;
        std::uint16_t sequence;
        unsigned sent;
    };

    void Finish(bool acknowledged);

    unsigned m_retries;
    std::optional<MacAddress> m_chosen;
    std::optional<MacAddress> m_leader;
    std::deque<Entry> m_pending;
    bool m_waiting = false;
    std::deque<Finished> m_done;
};

/// Frames under block ack are numbered apart from a TID's others: the TID to tell a DuplicateFilter.
constexpr std::uint8_t
SequenceSpace(std::uint8_t tid, bool blockAck)
{
    return static_cast<std::uint8_t>(blockAck ? 16 + tid : tid);
}

/// A receiver's memory of frames, so that a repeated one goes up once (10.3.2.14). Plain group frames need none: they have no
/// retries. A frame is the same if transmitter, receiver address (the group, also where it is concealed), TID and sequence
/// number are, and it has the Retry bit; the window is the last `depth` frames.
class DuplicateFilter
{
  public:
    explicit DuplicateFilter(std::size_t depth = 64);

    /// \return true if the frame is new
    bool Accept(const MacAddress& transmitter, const MacAddress& receiver, std::uint8_t tid, std::uint16_t sequence,
                bool retry);

  private:
    struct Stream
    {
        MacAddress transmitter;
        MacAddress receiver;
        std::uint8_t tid;

        bool operator<(const Stream& other) const;
    };

    std::size_t m_depth;
    std::map<Stream, std::deque<std::uint16_t>> m_seen;
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_GCR_H
