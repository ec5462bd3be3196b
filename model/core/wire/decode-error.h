// SPDX-License-Identifier: GPL-2.0-only

#ifndef MCAST_CORE_WIRE_DECODE_ERROR_H
#define MCAST_CORE_WIRE_DECODE_ERROR_H

#include "../base/trace.h"

#include <cstddef>

namespace mcast
{

/// Why octets are not the message that they claim to be, and where this was seen.
struct DecodeError
{
    Reason reason;
    std::size_t offset; ///< octets from the start of the message
};

} // namespace mcast

#endif // MCAST_CORE_WIRE_DECODE_ERROR_H
