// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/group-services.h"

#include "support.h"

namespace mcast::wifi
{
namespace
{

using namespace test;

StationCapabilities
All()
{
    StationCapabilities capabilities;
    capabilities.qos = capabilities.fms = capabilities.dms = capabilities.gcr = true;
    return capabilities;
}

template <class T>
std::optional<T>
Ask(GroupServices& services, std::uint8_t station, const WnmMessage& request, const StationCapabilities& has = All())
{
    const auto answer = services.Handle(Sta(station), has, WriteWnm(request));
    if (answer)
    {
        services.Confirmed(Sta(station), *answer);
    }
    const auto read = ParseWnm(answer ? *answer : Bytes{});
    const T* one = read ? std::get_if<T>(&*read) : nullptr;
    return one ? std::optional(*one) : std::nullopt;
}

TEST(GroupServices, MembersAreDividedByWhatTheyAskedFor)
{
    GroupServices services({});
    const auto directed = Ask<DmsResponse>(services, 1, DmsRequest{7, 0, false, Group(1), DmsService::Directed});
    ASSERT_TRUE(directed);
    EXPECT_EQ(directed->type, DmsResponse::Type::Accept);
    EXPECT_EQ(directed->token, 7);
    EXPECT_GT(directed->dmsid, 0);
    Ask<DmsResponse>(services, 2, DmsRequest{1, 0, false, Group(1), DmsService::GcrUnsolicitedRetry});
    Ask<DmsResponse>(services, 3, DmsRequest{1, 0, false, Group(1), DmsService::GcrBlockAck});
    Ask<DmsResponse>(services, 4, DmsRequest{1, 0, false, Group(2), DmsService::Directed});
    const auto division = services.Divide(Group(1), {Sta(1), Sta(2), Sta(3), Sta(4)});
    EXPECT_EQ(division.directed, std::vector<MacAddress>{Sta(1)});
    EXPECT_EQ(division.unsolicited, std::vector<MacAddress>{Sta(2)});
    EXPECT_EQ(division.blockAck, std::vector<MacAddress>{Sta(3)});
    EXPECT_EQ(division.others, std::vector<MacAddress>{Sta(4)});
    // who is no member gets nothing, whatever it asked for
    EXPECT_TRUE(services.Divide(Group(1), {Sta(4)}).directed.empty());
}

TEST(GroupServices, ANewRequestForAGroupReplacesTheOld)
{
    GroupServices services({});
    Ask<DmsResponse>(services, 1, DmsRequest{1, 0, false, Group(1), DmsService::Directed});
    Ask<DmsResponse>(services, 1, DmsRequest{2, 0, false, Group(1), DmsService::GcrUnsolicitedRetry});
    const auto division = services.Divide(Group(1), {Sta(1)});
    EXPECT_TRUE(division.directed.empty());
    EXPECT_EQ(division.unsolicited.size(), 1U);
}

TEST(GroupServices, BothSidesMustHaveTheService)
{
    GroupServices none({false, false, false, false});
    GroupServices all({});
    const DmsRequest dms{1, 0, false, Group(1), DmsService::Directed};
    const DmsRequest gcr{1, 0, false, Group(1), DmsService::GcrBlockAck};
    const FmsRequest fms{1, Group(1), 2};
    EXPECT_EQ(Ask<DmsResponse>(none, 1, dms)->type, DmsResponse::Type::Deny);
    EXPECT_EQ(Ask<DmsResponse>(none, 1, gcr)->type, DmsResponse::Type::Deny);
    EXPECT_NE(Ask<FmsResponse>(none, 1, fms)->grant.status, FmsStatus::Accept);
    GroupServices noBlockAck({true, true, true, false});
    EXPECT_EQ(Ask<DmsResponse>(noBlockAck, 1, gcr)->type, DmsResponse::Type::Deny);
    EXPECT_EQ(Ask<DmsResponse>(all, 1, dms, {})->type, DmsResponse::Type::Deny);
    EXPECT_EQ(Ask<DmsResponse>(all, 1, gcr, {})->type, DmsResponse::Type::Deny);
    EXPECT_NE(Ask<FmsResponse>(all, 1, fms, {})->grant.status, FmsStatus::Accept);
    EXPECT_EQ(all.Divide(Group(1), {Sta(1)}).others.size(), 1U);
}

TEST(GroupServices, RemovalEndsIt)
{
    GroupServices services({});
    const auto grant = Ask<DmsResponse>(services, 1, DmsRequest{1, 0, false, Group(1), DmsService::Directed});
    const auto end = Ask<DmsResponse>(services, 1, DmsRequest{2, grant->dmsid, true, Group(1), DmsService::Directed});
    EXPECT_EQ(end->type, DmsResponse::Type::Terminate);
    EXPECT_EQ(end->dmsid, grant->dmsid);
    EXPECT_TRUE(services.Divide(Group(1), {Sta(1)}).directed.empty());

    EXPECT_EQ(Ask<FmsResponse>(services, 1, FmsRequest{3, Group(2), 4})->grant.interval, 4U);
    EXPECT_FALSE(services.Fms().Empty());
    EXPECT_EQ(Ask<FmsResponse>(services, 1, FmsRequest{4, Group(2), 0})->grant.interval, 0U);
    EXPECT_TRUE(services.Fms().Empty());
}

TEST(GroupServices, AnAnswerHoldsFromItsAckOn)
{
    GroupServices services({});
    const auto answer =
        services.Handle(Sta(1), All(), WriteWnm(DmsRequest{1, 0, false, Group(1), DmsService::Directed}));
    ASSERT_TRUE(answer);
    EXPECT_EQ(services.Divide(Group(1), {Sta(1)}).others.size(), 1U);
    services.Confirmed(Sta(1), *answer);
    EXPECT_EQ(services.Divide(Group(1), {Sta(1)}).directed.size(), 1U);
    const auto end = services.Handle(Sta(1), All(), WriteWnm(DmsRequest{2, 1, true, Group(1), DmsService::Directed}));
    ASSERT_TRUE(end);
    EXPECT_EQ(services.Divide(Group(1), {Sta(1)}).directed.size(), 1U) << "it doesn't know yet";
    services.Confirmed(Sta(1), *end);
    EXPECT_EQ(services.Divide(Group(1), {Sta(1)}).others.size(), 1U);
}

TEST(GroupServices, AnOfferIsAGrantThatNobodyAskedFor)
{
    GroupServices services({});
    const auto offer = services.Offer(Sta(1), All(), Group(1));
    ASSERT_TRUE(offer);
    EXPECT_EQ(services.Divide(Group(1), {Sta(1)}).others.size(), 1U);
    EXPECT_FALSE(services.Offer(Sta(1), All(), Group(1))) << "once";
    services.Confirmed(Sta(1), *offer);
    EXPECT_EQ(services.Divide(Group(1), {Sta(1)}).directed.size(), 1U);
    EXPECT_FALSE(services.Offer(Sta(2), {}, Group(1))) << "it can't";
}

TEST(GroupServices, AnOfferThatIsLostIsMadeAgain)
{
    GroupServices services({});
    const auto offer = services.Offer(Sta(1), All(), Group(1));
    ASSERT_TRUE(offer);
    services.Lost(Sta(1), *offer);
    EXPECT_EQ(services.Divide(Group(1), {Sta(1)}).others.size(), 1U);
    const auto again = services.Offer(Sta(1), All(), Group(1));
    ASSERT_TRUE(again);
    services.Confirmed(Sta(1), *again);
    services.Lost(Sta(1), *offer);
    EXPECT_EQ(services.Divide(Group(1), {Sta(1)}).directed.size(), 1U) << "what is confirmed stays";
}

TEST(GroupServices, AStationThatLeavesHasNothing)
{
    GroupServices services({});
    Ask<DmsResponse>(services, 1, DmsRequest{1, 0, false, Group(1), DmsService::Directed});
    Ask<FmsResponse>(services, 1, FmsRequest{2, Group(2), 4});
    services.Forget(Sta(1));
    EXPECT_TRUE(services.Divide(Group(1), {Sta(1)}).directed.empty());
    EXPECT_TRUE(services.Fms().Empty());
}

TEST(GroupServices, OtherFramesAreNoRequests)
{
    GroupServices services({});
    EXPECT_FALSE(services.Handle(Sta(1), All(), BytesView()));
    const auto answer = WriteWnm(DmsResponse{1, 1, DmsResponse::Type::Accept, Group(1), DmsService::Directed});
    EXPECT_FALSE(services.Handle(Sta(1), All(), answer));
}

} // namespace
} // namespace mcast::wifi
