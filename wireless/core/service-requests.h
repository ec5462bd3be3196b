// SPDX-License-Identifier: GPL-2.0-only
// What a station asks its access point for: FMS, DMS and GCR, until it is answered, and again after each association; and
// which group frames it takes by what it was granted.     IEEE 802.11-2020 9.6.13, 11.2.3.14, 11.21.16.2, 11.21.16.3
//
// One request is about one group. FMS stands beside the others, of which a station has one per group: the newest.
//
//             Request           accepted     denied     no answer            gone      Remove             associated
//  (none)     -> Asked          -            -          -                    -         -                  -
//  Asked      asks anew         -> Granted   -> Denied  again, -> Unanswered  -> Idle  -> Ending          asks anew
//  Granted    asks anew         -            -          -                    -> Idle   -> Ending          asks anew
//  Denied     asks anew         -            -          -                    -> Idle   (none)             asks anew
//  Unanswered asks anew         -> Granted   -> Denied  -                    -> Idle   -> Ending          asks anew
//  Ending     -> Asked          (none)       (none)     again, (none)        (none)    -                  -
//  Idle       -                 -            -          -                    -         (none)             -> Asked
//
// "gone": disassociated, or the access point ends it. What the access point grants unasked is Granted, and (none) when gone.

#ifndef MCAST_WIFI_SERVICE_REQUESTS_H
#define MCAST_WIFI_SERVICE_REQUESTS_H

#include "../../model/core/base/bytes.h"
#include "../../model/core/base/expected.h"
#include "wnm.h"

#include <deque>
#include <map>
#include <optional>

namespace mcast::wifi
{

/// What a station may ask for.
enum class GroupService : std::uint8_t
{
    Fms,
    Dms,
    GcrUnsolicitedRetry,
    GcrBlockAck,
};

inline constexpr std::size_t N_GROUP_SERVICES = 4;

/// Kebab-case, stable: "fms", "dms", "gcr-unsolicited-retry", "gcr-block-ack".
const char* ToString(GroupService service);

struct RequestConfig
{
    /// An answer may wait for a sleeping station's next Beacon.
    Duration timeout = std::chrono::seconds{1};
    unsigned attempts = 3;

    Expected<Done, SettingError> Validate() const;
};

/// What became of a request.
struct RequestEvent
{
    enum class Kind : std::uint8_t
    {
        Accepted,
        Denied,
        Unanswered, ///< after all attempts
        Ended,      ///< by the station itself, by the access point, or with the association
    };

    Kind kind{};
    GroupService service{};
    MacAddress group{};
    unsigned interval = 0; ///< FMS: DTIMs that were granted
};

/// Kebab-case, stable.
const char* ToString(RequestEvent::Kind kind);

class ServiceRequests
{
  public:
    /// \param config a valid one
    explicit ServiceRequests(const RequestConfig& config = {});

    // Handle. `now` first moves time on, as AdvanceTo does.

    void AdvanceTo(TimePoint now);
    void Associated(TimePoint now);
    void Disassociated(TimePoint now);
    /// \param interval FMS: DTIMs from delivery to delivery, 1 to 31
    void Request(TimePoint now, GroupService service, const MacAddress& group, unsigned interval = 1);
    /// \return false if nothing of the kind was asked for
    bool Remove(TimePoint now, GroupService service, const MacAddress& group);
    /// \param body of an action frame of the access point, from the category on
    /// \return false if it is none of ours
    bool Handle(TimePoint now, BytesView body);

    // Drain.

    /// The body of an action frame to be sent, from the category on.
    std::optional<Bytes> PollFrame();
    std::optional<RequestEvent> PollEvent();

    // Wait.

    std::optional<TimePoint> NextDeadline() const;

    // Read out.

    bool Has(GroupService service, const MacAddress& group) const;
    /// Is a frame with the group's own address for the applications? Not while copies or concealed frames bring it, too
    /// (11.21.16.2).
    bool TakesPlain(const MacAddress& group) const;
    /// Is a group that came inside a concealed frame?
    bool TakesConcealed(const MacAddress& group) const;

    bool Empty() const
    {
        return m_requests.empty();
    }

  private:
    enum class State : std::uint8_t
    {
        Idle,
        Asked,
        Granted,
        Denied,
        Unanswered,
        Ending,
    };

    struct Key
    {
        MacAddress group{};
        bool fms = false;

        friend bool operator<(const Key& a, const Key& b)
        {
            return a.group < b.group || (a.group == b.group && a.fms < b.fms);
        }
    };

    struct Entry
    {
        GroupService service{};
        State state = State::Idle;
        unsigned interval = 1;
        std::uint8_t token = 0;
        std::uint8_t id = 0; ///< DMSID
        unsigned attempts = 0;
        bool unasked = false;
        Deadline answer; ///< Asked, Ending: when it is overdue
    };

    using Requests = std::map<Key, Entry>;

    static Key KeyOf(GroupService service, const MacAddress& group);
    const Entry* Find(GroupService service, const MacAddress& group) const;
    void Ask(TimePoint now, const MacAddress& group, Entry& entry);
    void TimedOut(TimePoint now, Requests::iterator request);
    void OnFms(const FmsResponse& response);
    void OnDms(const DmsResponse& response);
    void Settle(Requests::iterator request, bool accepted, unsigned interval);
    void Unasked(const DmsResponse& response);
    Requests::iterator End(Requests::iterator request);
    void Emit(RequestEvent::Kind kind, const MacAddress& group, const Entry& entry, unsigned interval = 0);

    RequestConfig m_config;
    bool m_associated = false;
    std::uint8_t m_token = 0;
    Requests m_requests;
    std::deque<Bytes> m_frames;
    std::deque<RequestEvent> m_events;
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_SERVICE_REQUESTS_H
