#include "act/kept_feed.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace vedette {
namespace {

class KeptFeedTest : public ::testing::Test {
 protected:
  KeptFeedTest() {
    char name[] = "/tmp/vedette-feed-XXXXXX";
    folder_ = mkdtemp(name);
    file_ = folder_ / "list.feed";
  }
  ~KeptFeedTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_, file_;
};

TEST_F(KeptFeedTest, IsReadAsItWasWritten) {
  const KeptFeed feed{.url = "https://lists.example/a?b=c d",
                      .etag = "W/\"x y\"",
                      .last_modified = "Thu, 26 Nov 2026 20:00:00 GMT",
                      .fetched = Nanoseconds(1'800'000'000'000'000'001),
                      .text = "\n192.0.2.1\r\n\nurl nowhere\n"};
  ASSERT_TRUE(keep_feed(file_, feed));
  const auto kept = kept_feed(file_, feed.url);
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->etag, feed.etag);
  EXPECT_EQ((*kept)->last_modified, feed.last_modified);
  EXPECT_EQ((*kept)->fetched, feed.fetched);
  EXPECT_EQ((*kept)->text, feed.text);
}

TEST_F(KeptFeedTest, IsNoneOfAnotherUrl) {
  ASSERT_TRUE(
      keep_feed(file_, {.url = "https://one.example/", .etag = {}, .last_modified = {}, .text = "x"}));
  const auto kept = kept_feed(file_, "https://other.example/");
  ASSERT_TRUE(kept);
  EXPECT_FALSE(*kept);
  EXPECT_FALSE(*kept_feed(folder_ / "missing", "https://one.example/"));
}

TEST_F(KeptFeedTest, IsRefusedWhereItIsNone) {
  for (const char* text :
       {"", "\n", "vedette feed 1\n", "vedette feed 1\nurl x\n", "vedette feed 2\nurl x\n\n",
        "vedette feed 1\nurl x\nfetched_ns soon\n\n", "vedette feed 1\nurl x\nother y\n\n", "192.0.2.1\n"}) {
    std::ofstream(file_) << text;
    EXPECT_FALSE(kept_feed(file_, "x")) << text;
  }
}

}  // namespace
}  // namespace vedette
