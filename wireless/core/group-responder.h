// SPDX-License-Identifier: GPL-2.0-only
// A station's side of acknowledged group delivery: what it answers SIFS after a frame, and how long it may not sleep for that.
//                                                                  IEEE 802.11-2020 9.2.4.5.4, 11.21.16.3.7
//
// A group frame with Ack Policy Block Ack says that its receivers are asked for it. After one, a station stays awake, whatever
// the More Data bit says, until it was asked and lacked nothing; or until the next Beacon, whose group bit tells whether more
// follows. A station that was not asked by the second Beacon is no member: frames of that group hold it no more, until it is
// asked. After an answer it stays for LINGER, as the access point repeats what it did not hear the answer to.

#ifndef MCAST_WIFI_GROUP_RESPONDER_H
#define MCAST_WIFI_GROUP_RESPONDER_H

#include "../../model/core/base/time.h"
#include "block-ack.h"

#include <bitset>
#include <map>
#include <optional>
#include <set>

namespace mcast::wifi
{

class GroupResponder
{
  public:
    static constexpr Duration LINGER = std::chrono::milliseconds{5};

    void Associated(const MacAddress& self, Aid aid);
    void Disassociated();

    /// \param elements of a Beacon of our BSS
    void HandleBeacon(BytesView elements);
    /// A group data frame of our BSS, for the group (GroupOf). \return whether an Ack of ours follows
    bool HandleGroup(TimePoint now, const FrameHeader& header, const MacAddress& group);
    /// A BlockAckReq. \return the answer that follows, if it is to us
    std::optional<GcrAnswer> HandleRequest(TimePoint now, const GcrRequest& request);

    /// Not to sleep before; NEVER: until something happens.
    TimePoint AwakeUntil() const;

  private:
    static constexpr unsigned SEQUENCES = 4096;

    struct Received // sequence numbers of a group's frames; those half the numbers before the newest are forgotten
    {
        std::bitset<SEQUENCES> have;
        std::uint16_t newest = 0;
        bool any = false;
        bool owed = false;     // frames that it was not asked for yet
        unsigned unasked = 0;  // Beacons with frames before them that it was not asked for
        bool asked = false;    // since the last Beacon

        void Note(std::uint16_t sequence);
        bool LacksNothingFrom(std::uint16_t start) const;
    };

    std::optional<MacAddress> m_self;
    Aid m_aid = 0;
    std::set<MacAddress> m_led;
    std::map<MacAddress, Received> m_received;
    TimePoint m_linger{};
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_GROUP_RESPONDER_H
