// SPDX-License-Identifier: GPL-2.0-only

#include "names.h"

namespace mcast::pim
{

const char*
ToString(RpOrigin origin)
{
    switch (origin)
    {
    case RpOrigin::Embedded:
        return "embedded";
    case RpOrigin::Static:
        return "static";
    case RpOrigin::Bootstrap:
        return "bootstrap";
    }
    return "";
}

const char*
ToString(BootstrapView::State state)
{
    using State = BootstrapView::State;
    switch (state)
    {
    case State::NoInfo:
        return "no-info";
    case State::AcceptAny:
        return "accept-any";
    case State::AcceptPreferred:
        return "accept-preferred";
    case State::Candidate:
        return "candidate";
    case State::Pending:
        return "pending";
    case State::Elected:
        return "elected";
    }
    return "";
}

const char*
ToString(DownstreamState state)
{
    using State = DownstreamState;
    switch (state)
    {
    case State::NoInfo:
        return "no-info";
    case State::Join:
        return "join";
    case State::PrunePending:
        return "prune-pending";
    case State::Prune:
        return "prune";
    case State::PruneTmp:
        return "prune-tmp";
    case State::PrunePendingTmp:
        return "prune-pending-tmp";
    }
    return "";
}

const char*
ToString(AssertState state)
{
    switch (state)
    {
    case AssertState::NoInfo:
        return "no-info";
    case AssertState::Winner:
        return "winner";
    case AssertState::Loser:
        return "loser";
    }
    return "";
}

const char*
ToString(RegisterState state)
{
    switch (state)
    {
    case RegisterState::NoInfo:
        return "no-info";
    case RegisterState::Join:
        return "join";
    case RegisterState::JoinPending:
        return "join-pending";
    case RegisterState::Prune:
        return "prune";
    }
    return "";
}

const char*
ToString(UpstreamState state)
{
    switch (state)
    {
    case UpstreamState::Forwarding:
        return "forwarding";
    case UpstreamState::Pruned:
        return "pruned";
    case UpstreamState::AckPending:
        return "ack-pending";
    }
    return "";
}

const char*
ToString(Mode mode)
{
    switch (mode)
    {
    case Mode::Sparse:
        return "sparse";
    case Mode::Dense:
        return "dense";
    case Mode::SparseDense:
        return "sparse-dense";
    }
    return "";
}

} // namespace mcast::pim
