// SPDX-License-Identifier: GPL-2.0-only
// Requests and responses of FMS and DMS (and GCR, which rides on DMS): WNM action frames, from the category octet on.
//                            IEEE 802.11-2020 9.6.13, 9.4.2.75, 9.4.2.76 (FMS), 9.4.2.87, 9.4.2.88 (DMS), 9.4.2.30 (TCLAS)
//
//  +----------+--------+--------------+-----------+
//  | 10 (WNM) | Action | Dialog Token | elements  |   Action: 9, 10 FMS Request, Response; 23, 24 DMS Request, Response
//  +----------+--------+--------------+-----------+
//
// A stream is named by a TCLAS element of classifier type 0 with the destination address alone. One stream per frame.

#ifndef MCAST_WIFI_WNM_H
#define MCAST_WIFI_WNM_H

#include "dms.h"
#include "fms.h"

#include <variant>

namespace mcast::wifi
{

struct FmsRequest
{
    std::uint8_t token = 0;
    MacAddress group{};
    unsigned interval = 1; ///< DTIMs
};

struct FmsResponse
{
    std::uint8_t token = 0;
    MacAddress group{};
    FmsGrant grant;
};

struct DmsRequest
{
    std::uint8_t token = 0;
    std::uint8_t dmsid = 0; ///< 0 when something is added
    bool remove = false;
    MacAddress group{};
    DmsService service = DmsService::Directed;
};

struct DmsResponse
{
    enum class Type : std::uint8_t
    {
        Accept = 0,
        Deny = 1,
        Terminate = 2,
    };

    std::uint8_t token = 0;
    std::uint8_t dmsid = 0;
    Type type = Type::Accept;
    MacAddress group{};
    DmsService service = DmsService::Directed;
};

using WnmMessage = std::variant<FmsRequest, FmsResponse, DmsRequest, DmsResponse>;

/// \param body of an action frame, from the category on. \return none for other actions and what can't be read
std::optional<WnmMessage> ParseWnm(BytesView body);
Bytes WriteWnm(const WnmMessage& message);

} // namespace mcast::wifi

#endif // MCAST_WIFI_WNM_H
