#include "feed/feed_options.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

using namespace std::chrono_literals;

TEST(FeedOptions, AreANameAFileAndWhatIsSaidOfIt) {
  const auto options =
      parse_feed_options("drop-v4=/etc/drop.txt,format=csv,column=dst_ip,every=10m,ttl=2d,least=80%,observe");
  ASSERT_TRUE(options) << options.error().text();
  EXPECT_EQ(options->name, "drop-v4");
  EXPECT_EQ(options->source, "/etc/drop.txt");
  EXPECT_EQ(options->form.format, FeedFormat::kCsv);
  EXPECT_EQ(options->form.column, "dst_ip");
  EXPECT_EQ(options->every, 600s);
  EXPECT_EQ(options->ttl, 172'800s);
  EXPECT_DOUBLE_EQ(options->least, 0.8);
  EXPECT_TRUE(options->observe);
}

TEST(FeedOptions, TakeUrls) {
  const auto options =
      parse_feed_options("drop=https://user:word@lists.example:8443/drop.txt?a=b%2Cc=d,every=10m");
  ASSERT_TRUE(options) << options.error().text();
  EXPECT_EQ(options->source, "https://user:word@lists.example:8443/drop.txt?a=b%2Cc=d");
  EXPECT_EQ(options->every, 600s);
  for (const char* text : {"a=ftp://lists.example/", "a=https://", "a=http:///list", "a=file:///etc/list"})
    EXPECT_FALSE(parse_feed_options(text)) << text;
}

TEST(FeedOptions, AreRefusedWhereTheyAreNone) {
  for (const char* text :
       {"", "name", "=file", "name=", "a b=file", "name=file,nothing=1", "name=file,every=10",
        "name=file,every=0s", "name=file,ttl=99999d", "name=file,least=101%", "name=file,least=5",
        "name=file,format=pdf", "name=file,observe=yes", "a,b=c", "name-of-more-than-31-characters-x=file"})
    EXPECT_FALSE(parse_feed_options(text)) << text;
}

}  // namespace
}  // namespace vedette
