#include "flow/flow_reports.h"

#include <gtest/gtest.h>

#include <vector>

#include "flow/flow_table.h"
#include "packets.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using namespace testing;

struct Told {
  FlowEnd end;
  FlowReports::Growth growth;
};

// A table that reports each minute, and what its flows grew by.
class FlowReportsTest : public ::testing::Test {
 protected:
  FlowReports reports;
  std::vector<Told> told;
  FlowTable flows{{.report_every = 60s}, [this](const FlowView& view) {
                    told.push_back({view.end, reports.take(view)});
                  }};
};

TEST_F(FlowReportsTest, EachReportTellsWhatCameSinceTheOneBefore) {
  for (auto time = 0s; time <= 130s; time += 10s) flows.add_packet(udp(kClient, kServer, time, 100));
  flows.add_packet(udp(kServer, kClient, 140s, 1000));
  flows.finish();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].end, FlowEnd::kReport);
  EXPECT_EQ(told[0].growth.since[kInitiator].packets, 7U);
  EXPECT_EQ(told[0].growth.from, 0s);
  EXPECT_EQ(told[1].growth.since[kInitiator].packets, 6U);
  EXPECT_EQ(told[1].growth.since[kInitiator].bytes, 600U);
  EXPECT_EQ(told[1].growth.from, 60s);
  EXPECT_EQ(told[2].end, FlowEnd::kFinished);
  EXPECT_EQ(told[2].growth.since[kInitiator].packets, 1U);
  EXPECT_EQ(told[2].growth.since[kResponder].packets, 1U);
  EXPECT_EQ(told[2].growth.since[kResponder].bytes, 1000U);
  EXPECT_EQ(told[2].growth.from, 120s);
}

TEST_F(FlowReportsTest, FlowThatWasNeverReportedTellsAllAtItsEnd) {
  flows.add_packet(udp(kClient, kServer, 1s, 100));
  flows.add_packet(udp(kServer, kClient, 2s, 200));
  flows.finish();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].growth.since[kInitiator].bytes, 100U);
  EXPECT_EQ(told[0].growth.since[kResponder].bytes, 200U);
  EXPECT_EQ(told[0].growth.from, 1s);
}

TEST_F(FlowReportsTest, NewFlowInTheSamePlaceBeginsAtZero) {
  for (auto time = 0s; time <= 60s; time += 30s) flows.add_packet(udp(kClient, kServer, time));
  flows.add_packet(udp(kClient, kServer, 200s));
  flows.finish();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[1].end, FlowEnd::kIdle);
  EXPECT_EQ(told[1].growth.since[kInitiator].packets, 0U);
  EXPECT_EQ(told[2].growth.since[kInitiator].packets, 1U);
  EXPECT_EQ(told[2].growth.from, 200s);
}

TEST_F(FlowReportsTest, FlowWhoseInitiatorIsLearntLaterKeepsItsSidesApart) {
  Flow flow;
  flow.key = udp(kServer, kClient, 0s).facts.core.key;
  flow.sent = {{{5, 500}, {3, 300}}};
  (void)reports.take(FlowView{flow, nullptr, nullptr, {}, FlowEnd::kReport});
  flow.key = udp(kClient, kServer, 0s).facts.core.key;
  flow.sent = {{{4, 400}, {7, 700}}};
  const FlowReports::Growth growth = reports.take(FlowView{flow, nullptr, nullptr, {}, FlowEnd::kClosed});
  EXPECT_EQ(growth.since[kInitiator].packets, 1U);
  EXPECT_EQ(growth.since[kResponder].packets, 2U);
}

TEST_F(FlowReportsTest, RemembersNoFlowThatHasEnded) {
  for (auto time = 0s; time <= 130s; time += 10s) flows.add_packet(udp(kClient, kServer, time));
  EXPECT_EQ(reports.size(), 1U);
  flows.finish();
  EXPECT_EQ(reports.size(), 0U);
}

}  // namespace
}  // namespace vedette
