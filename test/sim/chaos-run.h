// SPDX-License-Identifier: GPL-2.0-only
// One seed of the chaos program: a network is built, lives through a storm of failures, joins and leaves, comes to rest
// and is judged; then all members leave, and nothing may be left.

#ifndef MCAST_TEST_SIM_CHAOS_RUN_H
#define MCAST_TEST_SIM_CHAOS_RUN_H

#include "chaos-oracle.h"

#include <iosfwd>
#include <set>
#include <tuple>

namespace mcast::chaos
{

struct Outcome
{
    std::vector<std::string> complaints;
    std::string report;       ///< if anything is wrong: what was played, the topology, and the state of routers
    std::uint64_t digest = 0; ///< of all frames, with their times
    unsigned rounds = 0;      ///< of packets until it was right several times in a row
};

class Run
{
  public:
    /// \param log where everything that happens is told; null: nowhere
    explicit Run(const Settings& settings, std::ostream* log = nullptr);

    /// All of it, up to the first phase that something is wrong in.
    Outcome Play();

    // The phases, for those who want to do something in between.

    void Storm();
    void ComeToRest();
    /// Sends packets of each flow, and judges the network.
    void Judge(Outcome& outcome);
    /// For longer than prunes last: where all routers refresh state, nothing is flooded any more.
    void JudgeQuiet(Outcome& outcome);
    /// Somebody more listens to a dense group, and gets data at once.
    void JudgeGraft(Outcome& outcome);
    void LeaveAll();
    void JudgeRest(Outcome& outcome);

    ChaosNetwork& Network()
    {
        return m_network;
    }

    const std::vector<Flow>& Flows() const
    {
        return m_flows;
    }

    std::uint64_t Digest() const
    {
        return m_digest;
    }

  private:
    void Act();
    void ChangeMember();
    void ChangeFlow();
    void ActivateFlows();
    void ChangeRouter();
    void ChangePort();
    void ChangeLink();
    void SetFilter(std::size_t host, std::size_t group, const std::optional<Filter>& filter);
    Filter ChooseFilter(std::size_t group);
    std::map<std::string, std::size_t> SendOnce(const std::string& name);
    void SendFor(Duration time, Duration period);
    void RunFor(Duration time);
    void Record();
    void WriteLog();
    void Tell(const std::string& what);
    using Subject = std::tuple<Address, Address, std::string>; ///< group, source, place
    std::set<Subject> Subjects(const Oracle& oracle) const;
    bool IsFlooded(const Address& group) const;
    void Finish(const Oracle& oracle, const std::string& phase, Outcome& outcome, const std::string& state);

    Settings m_settings;
    Dice m_dice;
    ChaosNetwork m_network;
    std::ostream* m_log;
    std::vector<Flow> m_flows;
    Memberships m_memberships;
    std::vector<std::string> m_story;
    std::uint64_t m_sent = 0;
    std::uint64_t m_digest = 0xcbf29ce484222325ULL;
};

} // namespace mcast::chaos

#endif // MCAST_TEST_SIM_CHAOS_RUN_H
