// What a running sensor raises of its history, as time goes on.
#include "sensor/anomaly_watch.h"

#include <gtest/gtest.h>

#include "tests/inquire/planted.h"
#include "tests/store/made_rows.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

class Watch : public ::testing::Test {
 protected:
  void plant(tests::PlantedTraffic traffic) {
    put(*store_, traffic);
    ASSERT_TRUE(store_->flush());
  }
  std::vector<std::pair<Finding, FindingNews>> looked(Nanoseconds now) {
    told_.clear();
    watch_.look(now);
    return told_;
  }

  tests::StoreFolder folder_;
  std::unique_ptr<DuckdbStore> store_ = tests::opened(folder_.options());
  std::vector<std::pair<Finding, FindingNews>> told_;
  std::vector<std::string> noted_;
  AnomalyWatch watch_{*store_,
                      [this](const Finding& finding, FindingNews news) { told_.emplace_back(finding, news); },
                      [this](const std::string& line) { noted_.push_back(line); }};
};

TEST_F(Watch, RaisesAStepOnceAndEndsItADayAfter) {
  const Nanoseconds step = tests::noon();
  plant({.begin = step - days(40), .end = step});
  EXPECT_TRUE(looked(step + 10s).empty());

  plant({.begin = step, .end = step + 1h, .factor = 20, .lasting = 1h});
  const auto raised = looked(step + 1h + 10s);
  ASSERT_EQ(raised.size(), 1U);
  const Finding& finding = raised[0].first;
  EXPECT_EQ(raised[0].second, FindingNews::kRaised);
  EXPECT_EQ(finding.kind, FindingKind::kAnomaly);
  EXPECT_EQ(finding.detector, "unusual_bytes_in");
  EXPECT_EQ(finding.first, step);
  EXPECT_FALSE(finding.source);
  EXPECT_GT(finding.bytes, 12 * 20 * 100'000U);
  EXPECT_GT(finding.packets, 0U);
  EXPECT_NE(finding.why.find("bytes in on eth0 is above"), std::string::npos) << finding.why;
  EXPECT_TRUE(looked(step + 1h + 20s).empty()) << "that quarter of an hour is judged already";

  plant({.begin = step + 1h, .end = step + 1h + 15min, .factor = 20, .lasting = 15min});
  const auto grown = looked(step + 1h + 15min + 10s);
  ASSERT_EQ(grown.size(), 1U);
  EXPECT_EQ(grown[0].second, FindingNews::kGrown);
  EXPECT_EQ(finding_id(grown[0].first), finding_id(finding));
  EXPECT_GT(grown[0].first.bytes, finding.bytes);

  plant({.begin = step + 1h + 15min, .end = step + 27h});
  const auto over = looked(step + 27h + 10s);
  ASSERT_EQ(over.size(), 1U);
  EXPECT_EQ(over[0].second, FindingNews::kOver);
  EXPECT_TRUE(noted_.empty());
}

TEST_F(Watch, IsSilentUntilThereIsAFortnight) {
  const Nanoseconds step = tests::noon();
  plant({.begin = step - days(12), .end = step + 1h, .factor = 20, .lasting = 1h});
  EXPECT_TRUE(looked(step + 1h + 10s).empty());
}

TEST_F(Watch, TakesAPauseOfTheSensorsForNoOutage) {
  const Nanoseconds end = tests::noon();
  plant({.begin = end - days(40), .end = end - 13min, .step = 1min});
  plant({.begin = end - 1min, .end = end, .step = 1min});
  EXPECT_TRUE(looked(end + 10s).empty());
}

TEST_F(Watch, TellsAnOutageThatTheSensorSaw) {
  const Nanoseconds end = tests::noon();
  plant({.begin = end - days(40), .end = end - 15min, .step = 1min});
  plant({.begin = end - 15min, .end = end, .factor = 0.05, .lasting = 15min, .step = 1min});
  const auto raised = looked(end + 10s);
  ASSERT_EQ(raised.size(), 1U);
  EXPECT_NE(raised[0].first.why.find("bytes in on eth0 is below"), std::string::npos) << raised[0].first.why;
}

TEST_F(Watch, DoesNotTellYesterdaysAnomalyAfterARestart) {
  const Nanoseconds step = tests::noon();
  plant({.begin = step - days(40), .end = step + 1h, .factor = 20, .lasting = 1h});
  plant({.begin = step + 1h, .end = step + 8h});
  EXPECT_TRUE(looked(step + 8h + 10s).empty());
}

TEST_F(Watch, GivesUpWaitingWhenItIsStopped) {
  const auto begun = std::chrono::steady_clock::now();
  watch_.start(tests::noon());
  watch_.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

}  // namespace
}  // namespace vedette
