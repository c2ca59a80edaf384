#include "gateway/head_reading.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

// 0 where the head is taken, 1 where more is awaited, else the status that it gets.
unsigned status_of(const std::string& bytes, RequestHead& head) {
  std::size_t length = 0;
  if (const auto flaw = find_head(bytes, length)) return flaw->status;
  if (length == 0) return 1;
  const auto flaw = read_head(std::string_view(bytes).substr(0, length), head);
  return flaw ? flaw->status : 0;
}

unsigned status_of(const std::string& bytes) {
  RequestHead head;
  return status_of(bytes, head);
}

const std::string kGet = "GET /v1/flows?limit=1 HTTP/1.1\r\nHost: gate:8443\r\n";
const std::string kPost = "POST /v1/query HTTP/1.1\r\nHost: gate\r\n";

TEST(Head, TellsWhatTheGatewayLooksAt) {
  RequestHead head;
  EXPECT_EQ(
      status_of(kGet + "cookie: a=b\r\nAUTHORIZATION:Bearer x\r\nAccept: a\r\nAccept:\tb \r\n\r\nGET", head),
      0U);
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.path, "/v1/flows");
  EXPECT_EQ(head.query, "limit=1");
  EXPECT_EQ(head.host, "gate:8443");
  EXPECT_EQ(head.cookie, "a=b");
  EXPECT_EQ(head.authorization, "Bearer x");
  EXPECT_EQ(head.accept, "a, b");
  EXPECT_TRUE(head.keeps_alive);
}

TEST(Head, SaysWhetherTheConnectionGoesOn) {
  RequestHead head;
  EXPECT_EQ(status_of(kGet + "Connection: x, Close\r\n\r\n", head), 0U);
  EXPECT_FALSE(head.keeps_alive);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\n\r\n", head), 0U);
  EXPECT_FALSE(head.keeps_alive);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", head), 0U);
  EXPECT_TRUE(head.keeps_alive);
}

TEST(Head, IsAwaitedToItsEnd) {
  const std::string whole = kGet + "X: y\r\n\r\n";
  for (std::size_t size = 0; size < whole.size(); size++)
    EXPECT_EQ(status_of(whole.substr(0, size)), 1U) << size;
  EXPECT_EQ(status_of(whole), 0U);
}

TEST(Head, IsRefusedWhereTwoReadersMightDisagree) {
  for (const std::string& bad : {kPost + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                                 kPost + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
                                 kPost + "Content-Length: 1, 1\r\n\r\n",
                                 kPost + "Content-Length: +1\r\n\r\n",
                                 kPost + "Content-Length: 1 1\r\n\r\n",
                                 kPost + "Content-Length:\r\n\r\n",
                                 kPost + "Content-Length: 18446744073709551616\r\n\r\n",
                                 kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                                 kGet + "X: y\r\n z\r\n\r\n",
                                 kGet + " X: y\r\n\r\n",
                                 kGet + "X : y\r\n\r\n",
                                 kGet + "X\r\n\r\n",
                                 kGet + ": y\r\n\r\n",
                                 kGet + "X: y\n\r\n",
                                 kGet + "X: y\rz\r\n\r\n",
                                 kGet + std::string("X: y\0z\r\n\r\n", 10),
                                 kGet + "X: \x7f\r\n\r\n",
                                 kGet + "Host: gate\r\n\r\n",
                                 kGet + "Cookie: a\r\nCookie: b\r\n\r\n",
                                 std::string("GET / HTTP/1.1\r\n\r\n"),
                                 std::string("GET /  HTTP/1.1\r\nHost: x\r\n\r\n"),
                                 std::string("GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n"),
                                 std::string("GET / HTTP/1.1 \r\nHost: x\r\n\r\n"),
                                 std::string("GET x HTTP/1.1\r\nHost: x\r\n\r\n"),
                                 std::string("GET /#x HTTP/1.1\r\nHost: x\r\n\r\n"),
                                 std::string("GET / HTTP/1.1\r\nHost: x y\r\n\r\n"),
                                 std::string("\r\nGET / HTTP/1.1\r\n"),
                                 std::string("\n"),
                                 std::string("GET / FTP/1.1\r\nHost: x\r\n\r\n"),
                                 std::string("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")})
    EXPECT_EQ(status_of(bad), 400U) << bad;
}

TEST(Head, IsRefusedByNameWhereItIsWellFormed) {
  EXPECT_EQ(status_of(kPost + "Transfer-Encoding: gzip\r\n\r\n"), 501U);
  EXPECT_EQ(status_of(kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501U);
  EXPECT_EQ(status_of(kPost + "Expect: more\r\n\r\n"), 417U);
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: x\r\n\r\n"), 505U);
}

TEST(Head, HasItsLimits) {
  const auto with_target = [](std::size_t size) {
    return "GET /" + std::string(size - 1, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n";
  };
  EXPECT_EQ(status_of(with_target(kLongestTarget)), 0U);
  EXPECT_EQ(status_of(with_target(kLongestTarget + 1)), 414U);
  std::string fields;
  for (std::size_t at = 1; at < kMostFields; at++) fields += "X: y\r\n";
  EXPECT_EQ(status_of(kGet + fields + "\r\n"), 0U);
  EXPECT_EQ(status_of(kGet + fields + "X: y\r\n\r\n"), 431U);
  const auto of_size = [](std::size_t size) {
    return kGet + "X: " + std::string(size - kGet.size() - 7, 'a') + "\r\n\r\n";
  };
  EXPECT_EQ(status_of(of_size(kLongestHead)), 0U);
  EXPECT_EQ(status_of(of_size(kLongestHead + 1)), 431U);
  EXPECT_EQ(status_of(kGet + "X: " + std::string(kLongestHead, 'a')), 431U);
}

}  // namespace
}  // namespace vedette
