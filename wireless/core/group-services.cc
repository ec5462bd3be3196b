// SPDX-License-Identifier: GPL-2.0-only

#include "group-services.h"

#include <algorithm>

namespace mcast::wifi
{

GroupServices::GroupServices(const ServiceOffers& offers)
    : m_offers(offers)
{
}

std::optional<Bytes>
GroupServices::Handle(const MacAddress& station, const StationCapabilities& capabilities, BytesView body)
{
    const auto message = ParseWnm(body);
    if (!message)
    {
        return std::nullopt;
    }
    if (const auto* fms = std::get_if<FmsRequest>(&*message))
    {
        return WriteWnm(Answer(station, capabilities, *fms));
    }
    if (const auto* dms = std::get_if<DmsRequest>(&*message))
    {
        return WriteWnm(Answer(station, capabilities, *dms));
    }
    return std::nullopt;
}

FmsResponse
GroupServices::Answer(const MacAddress& station, const StationCapabilities& capabilities, const FmsRequest& request)
{
    if (request.interval == 0) // the station uses the stream no more (9.4.2.75)
    {
        m_fms.Cancel(station, request.group);
        FmsGrant nothing;
        nothing.interval = 0;
        return {request.token, request.group, nothing};
    }
    const bool capable = m_offers.fms && capabilities.fms;
    return {request.token, request.group, m_fms.Request(station, capable, request.group, request.interval)};
}

DmsResponse
GroupServices::Answer(const MacAddress& station, const StationCapabilities& capabilities, const DmsRequest& request)
{
    DmsResponse response{request.token, request.dmsid, DmsResponse::Type::Terminate, request.group, request.service};
    if (request.remove)
    {
        return response;
    }
    const bool directed = request.service == DmsService::Directed;
    const bool gcr = m_offers.gcr && (m_offers.gcrBlockAck || request.service != DmsService::GcrBlockAck);
    const bool capable = directed ? m_offers.dms && capabilities.dms : gcr && capabilities.gcr;
    const auto grant = m_dms.Request(station, capable, request.group, request.service);
    response.type = grant.status == DmsStatus::Accept ? DmsResponse::Type::Accept : DmsResponse::Type::Deny;
    response.dmsid = grant.dmsid;
    if (grant.status == DmsStatus::Accept)
    {
        m_unconfirmed.insert({station, request.group});
    }
    return response;
}

std::optional<MacAddress>
GroupServices::Confirmed(const MacAddress& station, BytesView body)
{
    const auto message = ParseWnm(body);
    const auto* answer = message ? std::get_if<DmsResponse>(&*message) : nullptr;
    if (!answer)
    {
        return std::nullopt;
    }
    const Deal deal{station, answer->group};
    switch (answer->type)
    {
    case DmsResponse::Type::Accept:
        if (m_dms.ServiceOf(station, answer->group) == answer->service && m_unconfirmed.erase(deal) > 0)
        {
            return answer->group;
        }
        break;
    case DmsResponse::Type::Terminate:
        m_dms.Terminate(station, answer->group);
        m_unconfirmed.erase(deal);
        break;
    case DmsResponse::Type::Deny:
        break;
    }
    return std::nullopt;
}

void
GroupServices::Lost(const MacAddress& station, BytesView body)
{
    const auto message = ParseWnm(body);
    const auto* answer = message ? std::get_if<DmsResponse>(&*message) : nullptr;
    if (answer && answer->type == DmsResponse::Type::Accept && m_unconfirmed.erase({station, answer->group}) > 0)
    {
        m_dms.Terminate(station, answer->group);
    }
}

std::optional<Bytes>
GroupServices::Offer(const MacAddress& station, const StationCapabilities& capabilities, const MacAddress& group)
{
    if (m_dms.Has(station, group))
    {
        return std::nullopt;
    }
    const auto grant = m_dms.Request(station, m_offers.dms && capabilities.dms, group, DmsService::Directed);
    if (grant.status != DmsStatus::Accept)
    {
        return std::nullopt;
    }
    m_unconfirmed.insert({station, group});
    return WriteWnm(DmsResponse{0, grant.dmsid, DmsResponse::Type::Accept, group, DmsService::Directed});
}

void
GroupServices::Forget(const MacAddress& station)
{
    m_fms.Forget(station);
    m_dms.Forget(station);
    const auto first = m_unconfirmed.lower_bound({station, {}});
    const auto last = std::find_if(first, m_unconfirmed.end(), [&](const Deal& deal) { return deal.first != station; });
    m_unconfirmed.erase(first, last);
}

Division
GroupServices::Divide(const MacAddress& group, const std::vector<MacAddress>& members) const
{
    Division division;
    for (const auto& member : members)
    {
        const bool known = m_unconfirmed.count({member, group}) == 0;
        const auto service = known ? m_dms.ServiceOf(member, group) : std::nullopt;
        auto& share = !service                                       ? division.others
                      : *service == DmsService::Directed             ? division.directed
                      : *service == DmsService::GcrUnsolicitedRetry ? division.unsolicited
                                                                     : division.blockAck;
        share.push_back(member);
    }
    return division;
}

} // namespace mcast::wifi
