// SPDX-License-Identifier: GPL-2.0-only
// The names of PIM's states, in kebab-case and stable: read-outs, JSON and the suite use them.

#ifndef MCAST_CORE_PIM_NAMES_H
#define MCAST_CORE_PIM_NAMES_H

#include "views.h"

namespace mcast::pim
{

const char* ToString(RpOrigin origin);
const char* ToString(BootstrapView::State state);
const char* ToString(DownstreamState state);
const char* ToString(AssertState state);
const char* ToString(RegisterState state);
const char* ToString(UpstreamState state);
const char* ToString(Mode mode);

} // namespace mcast::pim

#endif // MCAST_CORE_PIM_NAMES_H
