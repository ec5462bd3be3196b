// SPDX-License-Identifier: GPL-2.0-only
// What part of its frames each member loses, as far as the access point can see: tries of unicast frames with or without an
// Ack, Block Acks of GCR, a leader's Acks. An exponentially weighted mean; while there are few tries it is their plain mean.
//
// The figure stands for a single group frame. Unicast tries are made at the member's own rate, which is as a rule higher than
// that of group frames, and where rate control seeks the edge, as high as losses allow: then the estimate is above what a
// group frame would lose. It is right where both have one rate, and a lost Ack counts as a lost frame.

#ifndef MCAST_WIFI_LOSS_ESTIMATE_H
#define MCAST_WIFI_LOSS_ESTIMATE_H

#include "ids.h"

#include <map>
#include <vector>

namespace mcast::wifi
{

class LossEstimate
{
  public:
    /// \param weight of a new try, above 0 and at most 1. \param minimum tries before it says anything
    explicit LossEstimate(double weight = 1.0 / 64, unsigned minimum = 8);

    /// `count` tries to a member.
    void Tried(const MacAddress& member, bool received, unsigned count = 1);
    void Forget(const MacAddress& member);

    /// 0 to 1; 0 as long as there are too few tries.
    double Of(const MacAddress& member) const;
    double Worst(const std::vector<MacAddress>& members) const;
    /// Tries of a member so far.
    unsigned Tries(const MacAddress& member) const;

  private:
    struct Mean
    {
        double loss = 0;
        unsigned tries = 0;
    };

    double m_weight;
    unsigned m_minimum;
    std::map<MacAddress, Mean> m_means;
};

} // namespace mcast::wifi

#endif // MCAST_WIFI_LOSS_ESTIMATE_H
