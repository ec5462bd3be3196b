// SPDX-License-Identifier: GPL-2.0-only

#include "wireless/core/service-requests.h"

#include "support.h"

#include <vector>

namespace mcast::wifi
{
namespace
{

using namespace test;
using Kind = RequestEvent::Kind;

class ServiceRequestsTest : public testing::Test
{
  protected:
    template <class T>
    T Asked()
    {
        const auto frame = requests.PollFrame();
        const auto message = ParseWnm(frame ? *frame : Bytes{});
        const T* request = message ? std::get_if<T>(&*message) : nullptr;
        EXPECT_TRUE(request) << "a request of that kind";
        return request ? *request : T{};
    }

    void AnswerDms(const DmsRequest& request, DmsResponse::Type type = DmsResponse::Type::Accept)
    {
        requests.Handle(At({}), WriteWnm(DmsResponse{request.token, 9, type, request.group, request.service}));
    }

    std::vector<Kind> Events()
    {
        std::vector<Kind> kinds;
        while (const auto event = requests.PollEvent())
        {
            kinds.push_back(event->kind);
        }
        return kinds;
    }

    ServiceRequests requests{{milliseconds(500), 3}};
};

TEST_F(ServiceRequestsTest, AskingWaitsForTheAssociation)
{
    requests.Request(At(seconds(0)), GroupService::Dms, Group(1));
    EXPECT_FALSE(requests.PollFrame());
    EXPECT_FALSE(requests.NextDeadline());
    requests.Associated(At(seconds(1)));
    const auto request = Asked<DmsRequest>();
    EXPECT_EQ(request.group, Group(1));
    EXPECT_EQ(request.service, DmsService::Directed);
    EXPECT_FALSE(request.remove);
    EXPECT_NE(request.token, 0);
    EXPECT_EQ(requests.NextDeadline(), At(milliseconds(1500)));
}

TEST_F(ServiceRequestsTest, AGrantDecidesWhichFramesAreTaken)
{
    requests.Associated(At(seconds(0)));
    requests.Request(At(seconds(0)), GroupService::Dms, Group(1));
    EXPECT_TRUE(requests.TakesPlain(Group(1)));
    AnswerDms(Asked<DmsRequest>());
    EXPECT_EQ(Events(), std::vector<Kind>{Kind::Accepted});
    EXPECT_TRUE(requests.Has(GroupService::Dms, Group(1)));
    EXPECT_FALSE(requests.TakesPlain(Group(1)));
    EXPECT_FALSE(requests.TakesConcealed(Group(1)));
    EXPECT_TRUE(requests.TakesPlain(Group(2)));
    requests.Request(At(seconds(1)), GroupService::GcrUnsolicitedRetry, Group(2));
    AnswerDms(Asked<DmsRequest>());
    EXPECT_FALSE(requests.TakesPlain(Group(2)));
    EXPECT_TRUE(requests.TakesConcealed(Group(2)));
    EXPECT_FALSE(requests.NextDeadline());
}

TEST_F(ServiceRequestsTest, ADenialChangesNothing)
{
    requests.Associated(At(seconds(0)));
    requests.Request(At(seconds(0)), GroupService::GcrBlockAck, Group(1));
    AnswerDms(Asked<DmsRequest>(), DmsResponse::Type::Deny);
    EXPECT_EQ(Events(), std::vector<Kind>{Kind::Denied});
    EXPECT_TRUE(requests.TakesPlain(Group(1)));
    EXPECT_FALSE(requests.TakesConcealed(Group(1)));
    requests.AdvanceTo(At(seconds(9)));
    EXPECT_FALSE(requests.PollFrame()) << "it does not insist";
}

TEST_F(ServiceRequestsTest, FmsTellsTheIntervalThatWasGranted)
{
    requests.Associated(At(seconds(0)));
    requests.Request(At(seconds(0)), GroupService::Fms, Group(1), 4);
    const auto request = Asked<FmsRequest>();
    EXPECT_EQ(request.interval, 4U);
    requests.Handle(At(seconds(0)), WriteWnm(FmsResponse{request.token, Group(1), {FmsStatus::Accept, 1, 0, 3}}));
    const auto event = requests.PollEvent();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->kind, Kind::Accepted);
    EXPECT_EQ(event->interval, 3U);
    EXPECT_TRUE(requests.TakesPlain(Group(1))) << "its frames have the group's own address";
}

TEST_F(ServiceRequestsTest, WithoutAnAnswerItIsAskedAgain)
{
    requests.Associated(At(seconds(0)));
    requests.Request(At(seconds(0)), GroupService::Dms, Group(1));
    const auto first = Asked<DmsRequest>();
    requests.AdvanceTo(At(milliseconds(499)));
    EXPECT_FALSE(requests.PollFrame());
    requests.AdvanceTo(At(milliseconds(500)));
    EXPECT_NE(Asked<DmsRequest>().token, first.token);
    requests.AdvanceTo(At(milliseconds(1000)));
    const auto last = Asked<DmsRequest>();
    EXPECT_TRUE(Events().empty());
    requests.AdvanceTo(At(milliseconds(1500)));
    EXPECT_FALSE(requests.PollFrame());
    EXPECT_EQ(Events(), std::vector<Kind>{Kind::Unanswered});
    EXPECT_FALSE(requests.NextDeadline());
    AnswerDms(first);
    EXPECT_FALSE(requests.Has(GroupService::Dms, Group(1))) << "an answer to another request";
    AnswerDms(last);
    EXPECT_TRUE(requests.Has(GroupService::Dms, Group(1))) << "better late than never";
}

TEST_F(ServiceRequestsTest, ANewAssociationAsksAnew)
{
    requests.Associated(At(seconds(0)));
    requests.Request(At(seconds(0)), GroupService::Dms, Group(1));
    AnswerDms(Asked<DmsRequest>());
    requests.Request(At(seconds(0)), GroupService::Dms, Group(2));
    AnswerDms(Asked<DmsRequest>(), DmsResponse::Type::Deny);
    Events();
    requests.Disassociated(At(seconds(2)));
    EXPECT_EQ(Events(), std::vector<Kind>{Kind::Ended});
    EXPECT_TRUE(requests.TakesPlain(Group(1)));
    requests.Associated(At(seconds(3)));
    EXPECT_EQ(Asked<DmsRequest>().group, Group(1));
    EXPECT_EQ(Asked<DmsRequest>().group, Group(2)) << "another association may grant it";
    EXPECT_FALSE(requests.PollFrame());
}

TEST_F(ServiceRequestsTest, RemovalNamesTheStreamAndEndsWithTheAnswer)
{
    requests.Associated(At(seconds(0)));
    EXPECT_FALSE(requests.Remove(At(seconds(0)), GroupService::Dms, Group(1)));
    requests.Request(At(seconds(0)), GroupService::Dms, Group(1));
    AnswerDms(Asked<DmsRequest>());
    Events();
    EXPECT_FALSE(requests.Remove(At(seconds(2)), GroupService::GcrBlockAck, Group(1)));
    EXPECT_TRUE(requests.Remove(At(seconds(2)), GroupService::Dms, Group(1)));
    const auto removal = Asked<DmsRequest>();
    EXPECT_TRUE(removal.remove);
    EXPECT_EQ(removal.dmsid, 9);
    EXPECT_FALSE(requests.TakesPlain(Group(1))) << "copies come until the access point has heard of it";
    AnswerDms(removal, DmsResponse::Type::Terminate);
    EXPECT_TRUE(requests.TakesPlain(Group(1)));
    EXPECT_EQ(Events(), std::vector<Kind>{Kind::Ended});
    requests.Associated(At(seconds(3)));
    EXPECT_FALSE(requests.PollFrame());
    EXPECT_TRUE(requests.Empty());
}

TEST_F(ServiceRequestsTest, AnUnansweredRemovalEndsAllTheSame)
{
    requests.Associated(At(seconds(0)));
    requests.Request(At(seconds(0)), GroupService::Fms, Group(1), 2);
    Asked<FmsRequest>();
    requests.Remove(At(seconds(0)), GroupService::Fms, Group(1));
    EXPECT_EQ(Asked<FmsRequest>().interval, 0U);
    for (unsigned i = 1; i <= 3; i++)
    {
        requests.AdvanceTo(At(milliseconds(500 * i)));
    }
    EXPECT_EQ(Events(), std::vector<Kind>{Kind::Ended});
    EXPECT_TRUE(requests.Empty());
}

TEST_F(ServiceRequestsTest, TheAccessPointMayEndIt)
{
    requests.Associated(At(seconds(0)));
    requests.Request(At(seconds(0)), GroupService::Dms, Group(1));
    AnswerDms(Asked<DmsRequest>());
    Events();
    requests.Handle(At(seconds(2)),
                    WriteWnm(DmsResponse{0, 9, DmsResponse::Type::Terminate, Group(1), DmsService::Directed}));
    EXPECT_EQ(Events(), std::vector<Kind>{Kind::Ended});
    EXPECT_TRUE(requests.TakesPlain(Group(1)));
    EXPECT_FALSE(requests.PollFrame());
}

TEST_F(ServiceRequestsTest, DmsMayComeUnasked)
{
    const DmsResponse offer{0, 7, DmsResponse::Type::Accept, Group(1), DmsService::Directed};
    requests.Handle(At(seconds(0)), WriteWnm(offer));
    EXPECT_TRUE(requests.TakesPlain(Group(1))) << "not associated";
    requests.Associated(At(seconds(0)));
    requests.Handle(At(seconds(0)), WriteWnm(offer));
    EXPECT_EQ(Events(), std::vector<Kind>{Kind::Accepted});
    EXPECT_FALSE(requests.TakesPlain(Group(1)));
    requests.Associated(At(seconds(1)));
    EXPECT_FALSE(requests.PollFrame()) << "it never asked";
    EXPECT_TRUE(requests.Empty());
    // what was asked for goes before
    requests.Request(At(seconds(1)), GroupService::GcrUnsolicitedRetry, Group(1));
    AnswerDms(Asked<DmsRequest>());
    requests.Handle(At(seconds(1)), WriteWnm(offer));
    EXPECT_TRUE(requests.TakesConcealed(Group(1)));
    EXPECT_FALSE(requests.Has(GroupService::Dms, Group(1)));
}

TEST_F(ServiceRequestsTest, TheNewestServiceOfAGroupHolds)
{
    requests.Associated(At(seconds(0)));
    requests.Request(At(seconds(0)), GroupService::Dms, Group(1));
    AnswerDms(Asked<DmsRequest>());
    Events();
    requests.Request(At(seconds(2)), GroupService::GcrUnsolicitedRetry, Group(1));
    EXPECT_EQ(Events(), std::vector<Kind>{Kind::Ended});
    AnswerDms(Asked<DmsRequest>());
    EXPECT_TRUE(requests.Has(GroupService::GcrUnsolicitedRetry, Group(1)));
    EXPECT_FALSE(requests.Has(GroupService::Dms, Group(1)));
    // FMS stands beside it
    requests.Request(At(seconds(2)), GroupService::Fms, Group(1), 2);
    EXPECT_TRUE(requests.Has(GroupService::GcrUnsolicitedRetry, Group(1)));
}

TEST_F(ServiceRequestsTest, FramesOfOthersAreNoAnswers)
{
    requests.Associated(At(seconds(0)));
    EXPECT_FALSE(requests.Handle(At(seconds(0)), BytesView()));
    EXPECT_FALSE(requests.Handle(At(seconds(0)), WriteWnm(FmsRequest{1, Group(1), 2})));
    EXPECT_TRUE(requests.Handle(At(seconds(0)), WriteWnm(FmsResponse{1, Group(1), {}})));
    EXPECT_TRUE(Events().empty());
}

} // namespace
} // namespace mcast::wifi
