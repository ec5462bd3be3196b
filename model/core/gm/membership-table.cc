// SPDX-License-Identifier: GPL-2.0-only

#include "membership-table.h"

namespace mcast::gm
{

namespace
{

TableRow
FromInclude(const SourceSet& A, RecordType type, const SourceSet& B)
{
    TableRow row;
    row.next = {FilterMode::Include, A, {}};
    switch (type)
    {
    case RecordType::IsIn:  // IS_IN (B): INCLUDE (A+B); (B)=GMI
    case RecordType::Allow: // ALLOW (B): INCLUDE (A+B); (B)=GMI
        row.next.forwarded = A + B;
        row.toGmi = B;
        break;
    case RecordType::IsEx: // IS_EX (B): EXCLUDE (A*B,B-A); (B-A)=0; Delete (A-B); Group Timer=GMI
        row.next = {FilterMode::Exclude, A * B, B - A};
        row.groupTimerToGmi = true;
        break;
    case RecordType::Block: // BLOCK (B): INCLUDE (A); Send Q(G,A*B)
        row.querySources = A * B;
        break;
    case RecordType::ToEx: // TO_EX (B): EXCLUDE (A*B,B-A); (B-A)=0; Delete (A-B); Send Q(G,A*B); Group Timer=GMI
        row.next = {FilterMode::Exclude, A * B, B - A};
        row.querySources = A * B;
        row.groupTimerToGmi = true;
        break;
    case RecordType::ToIn: // TO_IN (B): INCLUDE (A+B); (B)=GMI; Send Q(G,A-B)
        row.next.forwarded = A + B;
        row.toGmi = B;
        row.querySources = A - B;
        break;
    }
    return row;
}

TableRow
FromExclude(const SourceSet& X, const SourceSet& Y, RecordType type, const SourceSet& A)
{
    TableRow row;
    row.next = {FilterMode::Exclude, X, Y};
    switch (type)
    {
    case RecordType::IsIn:  // IS_IN (A): EXCLUDE (X+A,Y-A); (A)=GMI
    case RecordType::Allow: // ALLOW (A): EXCLUDE (X+A,Y-A); (A)=GMI
        row.next = {FilterMode::Exclude, X + A, Y - A};
        row.toGmi = A;
        break;
    case RecordType::IsEx: // IS_EX (A): EXCLUDE (A-Y,Y*A); (A-X-Y)=GMI; Delete (X-A), (Y-A); Group Timer=GMI
        row.next = {FilterMode::Exclude, A - Y, Y * A};
        row.toGmi = A - X - Y;
        row.groupTimerToGmi = true;
        break;
    case RecordType::Block: // BLOCK (A): EXCLUDE (X+(A-Y),Y); (A-X-Y)=Group Timer; Send Q(G,A-Y)
        row.next = {FilterMode::Exclude, X + (A - Y), Y};
        row.toGroupTimer = A - X - Y;
        row.querySources = A - Y;
        break;
    case RecordType::ToEx: // TO_EX (A): EXCLUDE (A-Y,Y*A); (A-X-Y)=Group Timer; Delete (X-A), (Y-A); Send Q(G,A-Y);
                           // Group Timer=GMI
        row.next = {FilterMode::Exclude, A - Y, Y * A};
        row.toGroupTimer = A - X - Y;
        row.querySources = A - Y;
        row.groupTimerToGmi = true;
        break;
    case RecordType::ToIn: // TO_IN (A): EXCLUDE (X+A,Y-A); (A)=GMI; Send Q(G,X-A); Send Q(G)
        row.next = {FilterMode::Exclude, X + A, Y - A};
        row.toGmi = A;
        row.querySources = X - A;
        row.queryGroup = true;
        break;
    }
    return row;
}

} // namespace

TableRow
LookUp(const Membership& state, RecordType type, const SourceSet& reported)
{
    return state.mode == FilterMode::Include ? FromInclude(state.forwarded, type, reported)
                                             : FromExclude(state.forwarded, state.blocked, type, reported);
}

} // namespace mcast::gm
