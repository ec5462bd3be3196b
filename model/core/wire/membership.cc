// SPDX-License-Identifier: GPL-2.0-only

#include "membership.h"

namespace mcast
{

namespace
{

struct Kinds
{
    MessageKind operator()(const Query& query) const
    {
        switch (query.version)
        {
        case Version::V1:
            return MessageKind::QueryV1;
        case Version::V2:
            return MessageKind::QueryV2;
        case Version::V3:
            return MessageKind::QueryV3;
        }
        return MessageKind::None;
    }

    MessageKind operator()(const Report&) const
    {
        return MessageKind::ReportV3;
    }

    MessageKind operator()(const OlderReport& report) const
    {
        return report.version == Version::V1 ? MessageKind::ReportV1 : MessageKind::ReportV2;
    }

    MessageKind operator()(const Leave&) const
    {
        return MessageKind::Leave;
    }
};

} // namespace

MessageKind
KindOf(const MembershipMessage& message)
{
    return std::visit(Kinds{}, message);
}

} // namespace mcast
