// SPDX-License-Identifier: GPL-2.0-only
// The commands of the control socket. An answer's first line tells its kind, {"answer":"list"}, "object" or "events";
// then come its rows, a JSON object each; {"end":true} is the last. What can't be answered is one line {"error":"why"}.
// doc/mcastd.rst describes the rows.

#ifndef MCAST_LINUX_COMMANDS_H
#define MCAST_LINUX_COMMANDS_H

#include "control.h"
#include "router-host.h"

namespace mcast::linux_host
{

/// \param host \param log live as long as the answers
ControlAnswer RunCommand(const RouterHost& host, Log& log, std::string_view command);

} // namespace mcast::linux_host

#endif // MCAST_LINUX_COMMANDS_H
