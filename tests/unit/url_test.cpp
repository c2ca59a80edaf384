#include "base/url.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

TEST(Url, TellsItsHost) {
  EXPECT_EQ(host_of_url("http://evil.example:8080/a"), "evil.example");
  EXPECT_EQ(host_of_url("https://evil.example"), "evil.example");
  EXPECT_EQ(host_of_url("https://evil.example?a=b://c"), "evil.example");
  EXPECT_EQ(host_of_url("ftp://user:p@ss@evil.example/"), "evil.example");
  EXPECT_EQ(host_of_url("http://[2001:db8::1]:80/"), "2001:db8::1");
  for (const char* text : {"", "evil.example/a", "http://", "http:///a", "://", "http://["})
    EXPECT_TRUE(host_of_url(text).empty()) << text;
}

TEST(Url, IsShownWithoutAPassword) {
  EXPECT_EQ(shown_url("https://me:secret@lists.example/a@b"), "https://lists.example/a@b");
  EXPECT_EQ(shown_url("https://lists.example/a@b"), "https://lists.example/a@b");
  EXPECT_EQ(shown_url("/etc/a@b"), "/etc/a@b");
}

TEST(Url, IsOneOfHttp) {
  EXPECT_TRUE(is_http_url("http://a"));
  EXPECT_TRUE(is_http_url("https://a"));
  for (const char* text : {"", "ftp://a", "file:///a", "/a", "httpx://a", "HTTP:a"})
    EXPECT_FALSE(is_http_url(text)) << text;
}

}  // namespace
}  // namespace vedette
