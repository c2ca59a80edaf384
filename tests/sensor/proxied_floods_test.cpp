// Floods that a SYN proxy answers, told by its counts.
#include "sensor/proxied_floods.h"

#include <gtest/gtest.h>

#include <vector>

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds kBegin = 1'000'000s;

class ProxiedFloodsTest : public ::testing::Test {
 protected:
  // Half a second later the proxy has answered so many more, of which so many were gone on with.
  void go_on(std::uint64_t challenged, std::uint64_t verified = 0) {
    proxy_.counts.challenged += challenged;
    proxy_.counts.verified += verified;
    now_ += 500ms;
    floods_.look(std::span(&proxy_, 1), now_);
  }
  [[nodiscard]] std::size_t count(FindingNews news) const {
    return static_cast<std::size_t>(std::ranges::count(news_, news));
  }

  Nanoseconds now_ = kBegin;
  ProxyStatus proxy_{.request = {.port = 443, .method = {}, .addresses = {}}};
  std::vector<FindingNews> news_;
  Finding last_;
  ProxiedFloods floods_{[this](const Finding& finding, FindingNews news) {
    news_.push_back(news);
    last_ = finding;
  }};
};

TEST_F(ProxiedFloodsTest, AreFoundOnceWithPortAndRate) {
  go_on(1'000'000);  // before it was first looked at
  for (int i = 0; i < 4; i++) go_on(5'000);
  EXPECT_EQ(count(FindingNews::kRaised), 1U);
  EXPECT_EQ(last_.kind, FindingKind::kSynFlood);
  EXPECT_EQ(last_.severity, Severity::kHigh);
  EXPECT_EQ(last_.port, 443);
  EXPECT_FALSE(last_.target);
  EXPECT_EQ(last_.action, FindingAction::kLimited);
  EXPECT_EQ(last_.packets, 20'000U);
  EXPECT_EQ(last_.first, kBegin + 500ms);
  EXPECT_EQ(last_.last, now_);
  EXPECT_EQ(last_.why,
            "the SYN proxy of port 443 answers 10000 SYNs a second that nobody goes on with; 512 alarm");
}

TEST_F(ProxiedFloodsTest, AreNoClientsThatAnswer) {
  go_on(0);
  for (int i = 0; i < 10; i++) go_on(5'000, 4'900);
  EXPECT_TRUE(news_.empty());
}

TEST_F(ProxiedFloodsTest, AreOverAfterAMinuteWithout) {
  proxy_.request.addresses = {*parse_prefix("192.0.2.7")};
  go_on(0);
  go_on(300);
  EXPECT_EQ(last_.severity, Severity::kMedium);
  EXPECT_EQ(last_.target, parse_prefix("192.0.2.7"));
  for (int i = 0; i < 120; i++) go_on(10);
  EXPECT_EQ(count(FindingNews::kOver), 0U);
  go_on(10);
  EXPECT_EQ(count(FindingNews::kOver), 1U);
  EXPECT_EQ(last_.packets, 300U);
  go_on(300);
  EXPECT_EQ(count(FindingNews::kRaised), 2U);
}

TEST_F(ProxiedFloodsTest, EndWithTheirProxyAndBeginWithItsNextOne) {
  go_on(0);
  go_on(5'000);
  floods_.look({}, now_ += 500ms);
  EXPECT_EQ(count(FindingNews::kOver), 1U);
  proxy_.counts = {};
  go_on(0);
  go_on(5'000);
  EXPECT_EQ(count(FindingNews::kRaised), 2U);
  proxy_.counts = {};  // stopped and started between two looks
  go_on(5'000);
  go_on(100);
  EXPECT_EQ(last_.packets, 5'000U);
}

}  // namespace
}  // namespace vedette::tests
