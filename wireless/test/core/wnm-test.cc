// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/wnm.h"

#include "support.h"

namespace mcast::wifi
{
namespace
{

using namespace test;

template <class T>
T
Again(const T& message)
{
    const auto parsed = ParseWnm(WriteWnm(message));
    EXPECT_TRUE(parsed && std::holds_alternative<T>(*parsed));
    return parsed && std::holds_alternative<T>(*parsed) ? std::get<T>(*parsed) : T{};
}

TEST(Wnm, OctetsOfARequest)
{
    EXPECT_EQ(WriteWnm(FmsRequest{7, Group(3), 4}), (Bytes{10, 9, 7, 87, 28, 7, 1, 25, 4, 4, 0,    0, 0, 0, 14, 17, 255,
                                                           0,  2, 0, 0,  0,  0, 0, 0,  1, 0, 0x5e, 1, 2, 3, 0,  0}));
}

TEST(Wnm, FmsGoesBothWays)
{
    const auto request = Again(FmsRequest{7, Group(3), 4});
    EXPECT_EQ(request.token, 7);
    EXPECT_EQ(request.group, Group(3));
    EXPECT_EQ(request.interval, 4U);
    const auto response = Again(FmsResponse{8, Group(4), {FmsStatus::DenyCounters, 9, 3, 5}});
    EXPECT_EQ(response.token, 8);
    EXPECT_EQ(response.group, Group(4));
    EXPECT_EQ(response.grant.status, FmsStatus::DenyCounters);
    EXPECT_EQ(response.grant.fmsid, 9);
    EXPECT_EQ(response.grant.counter, 3);
    EXPECT_EQ(response.grant.interval, 5U);
}

TEST(Wnm, DmsAndGcrGoBothWays)
{
    for (const auto service : {DmsService::Directed, DmsService::GcrUnsolicitedRetry, DmsService::GcrBlockAck})
    {
        const auto request = Again(DmsRequest{1, 2, true, Group(3), service});
        EXPECT_EQ(request.dmsid, 2);
        EXPECT_TRUE(request.remove);
        EXPECT_EQ(request.service, service);
        EXPECT_EQ(request.group, Group(3));
        const auto response = Again(DmsResponse{1, 4, DmsResponse::Type::Deny, Group(3), service});
        EXPECT_EQ(response.type, DmsResponse::Type::Deny);
        EXPECT_EQ(response.dmsid, 4);
        EXPECT_EQ(response.service, service);
        EXPECT_EQ(response.group, Group(3));
    }
}

TEST(Wnm, TruncationAtEveryOctetIsNoMessage)
{
    for (const WnmMessage& message :
         {WnmMessage(FmsRequest{1, Group(1), 2}), WnmMessage(FmsResponse{1, Group(1), {}}),
          WnmMessage(DmsRequest{1, 0, false, Group(1), {}}), WnmMessage(DmsResponse{1, 1, {}, Group(1), {}})})
    {
        const auto octets = WriteWnm(message);
        ASSERT_TRUE(ParseWnm(octets));
        for (std::size_t size = 0; size < octets.size(); size++)
        {
            EXPECT_FALSE(ParseWnm(BytesView(octets).Sub(0, size))) << size;
        }
    }
}

TEST(Wnm, OtherActionsAreNone)
{
    auto octets = WriteWnm(FmsRequest{1, Group(1), 2});
    octets[0] = 3;
    EXPECT_FALSE(ParseWnm(octets));
    octets[0] = 10;
    octets[1] = 6;
    EXPECT_FALSE(ParseWnm(octets));
}

} // namespace
} // namespace mcast::wifi
