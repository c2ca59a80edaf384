#include "decode/http1.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "cut_everywhere.h"
#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

Decoded decode(std::string_view first, std::string_view second, bool ended = false) {
  return decode_stream(decode_http1, text(first), text(second), ended);
}

constexpr std::string_view kRequest =
    "GET /a%20b?c HTTP/1.1\r\nHost: example.org:8080\r\nUser-Agent: probe/1\r\nReferer: http://r/\r\n\r\n";
constexpr std::string_view kResponse =
    "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello";

TEST(Http1, TellsARequestWithItsResponse) {
  const Decoded outcome = decode(kRequest, kResponse);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "http");
  EXPECT_EQ(outcome.handshake().app_version, "HTTP/1.1");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"method", "GET"},
                                               {"host", "example.org:8080"},
                                               {"path", "/a%20b?c"},
                                               {"user_agent", "probe/1"},
                                               {"referer", "http://r/"},
                                               {"status", "200"},
                                               {"server", "nginx/1.22.1"},
                                               {"content_type", "text/html"}}));
  EXPECT_EQ(outcome.answer.next, Next::kSame);
  EXPECT_EQ(outcome.answer.used, (std::array{kRequest.size(), kResponse.size()}));
}

TEST(Http1, TellsAFieldThatHoldsWhatNoneIsFor) {
  const Decoded lookup = decode(
      "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: ${x}\r\nCookie: secret=1; a=${jndi:ldap://h/a}\r\n\r\n",
      kResponse);
  EXPECT_EQ(facts(lookup.handshake()).at("odd_field"), "Cookie: ${jndi:ldap://h/a}");
  const Decoded shell = decode("GET / HTTP/1.1\r\nX-A: () { :;}; id\r\n\r\n", kResponse);
  EXPECT_EQ(facts(shell.handshake()).at("odd_field"), "X-A: () { :;}; id");
  const Decoded plain = decode("GET / HTTP/1.1\r\nPrice: $5\r\nX-A: f() { }\r\n\r\n", kResponse);
  EXPECT_FALSE(facts(plain.handshake()).contains("odd_field"));
  const Decoded longer = decode("GET / HTTP/1.1\r\nX-A: ${" + std::string(1000, 'a') + "\r\n\r\n", kResponse);
  EXPECT_EQ(facts(longer.handshake()).at("odd_field").size(), 256 + std::string_view("X-A: ").size());
}

TEST(Http1, IsToldTheSameWhateverIsKnownOfIt) {
  expect_the_same_cut_everywhere(decode_http1, text(kRequest), text(kResponse));
}

TEST(Http1, KnowsTheClientThatIsNotTheInitiator) {
  const std::string other(kResponse);
  const Decoded outcome = decode_datagrams(decode_http1, {{1, text(kRequest)}, {0, text(other)}});
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(outcome.handshake()).at("method"), "GET");
  EXPECT_EQ(facts(outcome.handshake()).at("status"), "200");
}

TEST(Http1, TellsOneTransactionOfAPipelineAfterAnother) {
  const std::string_view second = "HEAD /2 HTTP/1.1\r\nHost: b\r\n\r\n";
  const std::string_view answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n";
  const std::string requests = std::string(kRequest).append(second);
  const std::string responses = std::string(kResponse).append(answer);
  const Decoded first = decode(requests, responses);
  ASSERT_EQ(first.answer.next, Next::kSame);
  const Decoded next = decode(std::string_view(requests).substr(first.answer.used[0]),
                              std::string_view(responses).substr(first.answer.used[1]));
  EXPECT_EQ(facts(next.handshake()),
            (Facts{{"method", "HEAD"}, {"host", "b"}, {"path", "/2"}, {"status", "404"}}));
  EXPECT_EQ(next.answer.next, Next::kSame);  // a response to HEAD has no body
  EXPECT_EQ(next.answer.used, (std::array{second.size(), answer.size()}));
}

// What is told behind a first transaction whose body has chunks, a byte more of the server known at a time.
std::vector<std::string> paths_behind(const std::string& requests, const std::string& responses) {
  std::vector<std::string> paths;
  Decode asked = decode_http1;
  std::array<std::size_t, 2> used{};
  for (std::size_t known = 0; known <= responses.size(); known++)
    while (used[0] < requests.size() && used[1] <= known) {
      const Decoded outcome =
          decode_stream(asked, text(std::string_view(requests).substr(used[0])),
                        text(std::string_view(responses).substr(used[1], known - used[1])));
      EXPECT_NE(outcome.verdict(), Verdict::kNotMine);
      if (outcome.verdict() != Verdict::kDone) break;
      for (const Handshake& one : outcome.handshakes)
        paths.push_back(facts(one).at("path") + " " + facts(one)["status"]);
      for (std::size_t side = 0; side < 2; side++) used.at(side) += outcome.answer.used.at(side);
      if (outcome.answer.next == Next::kNamed) asked = outcome.answer.named;
    }
  return paths;
}

TEST(Http1, PassesOverChunkedBodiesWithExtensionsAndTrailer) {
  const std::string body = "4;x=y\r\nWiki\r\n5\r\npedia\n0\r\nTrailer: z\r\n\r\n";
  const std::string request = "POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n";
  const std::string response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  expect_the_same_cut_everywhere(decode_http1, text(request + body), text(response + body));
  const Decoded outcome = decode(request, response);
  EXPECT_EQ(outcome.verdict(), Verdict::kDone);  // told before its bodies end
  EXPECT_EQ(outcome.answer.used, (std::array{request.size(), response.size()}));
  const std::string requests = request + body + "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string responses = response + body + "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(paths_behind(requests, responses), (std::vector<std::string>{"/1 200", "/2 404"}));
}

TEST(Http1, PassesOverAChunkThatIsToCome) {
  const Decoded head = decode(kRequest, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  ASSERT_EQ(head.answer.next, Next::kNamed);
  const Decoded outcome = decode_stream(head.answer.named, {}, text("186a0\r\nabc"));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.used, (std::array<std::size_t, 2>{0, 7 + 100'000}));
  const Decoded last = decode_stream(outcome.answer.named, {}, text("\r\n0\r\n\r\n"));
  ASSERT_EQ(last.verdict(), Verdict::kDone);
  EXPECT_EQ(last.answer.used, (std::array<std::size_t, 2>{0, 7}));
  EXPECT_EQ(last.answer.named, &decode_http1);
}

TEST(Http1, LeavesWhatAreNoChunks) {
  const Decoded head = decode(kRequest, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const std::string& body : {std::string("zz\r\n"), std::string("ffffffffffffffff\r\n"),
                                  std::string("7fffffff\r\n"), std::string(5000, '1')})
    EXPECT_EQ(decode_stream(head.answer.named, {}, text(body)).verdict(), Verdict::kNotMine) << body;
  EXPECT_EQ(decode_stream(head.answer.named, {}, text("5")).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode_stream(head.answer.named, {}, text("5"), true).verdict(), Verdict::kNotMine);
}

TEST(Http1, PassesOverABodyThatIsToCome) {
  const std::string_view head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
  const Decoded outcome = decode(kRequest, head);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kSame);
  EXPECT_EQ(outcome.answer.used, (std::array{kRequest.size(), head.size() + 100'000}));
}

TEST(Http1, EndsBehindABodyOfUnknownEnd) {
  for (const std::string_view response :
       {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n"}) {
    const Decoded outcome = decode(kRequest, response);
    EXPECT_EQ(outcome.verdict(), Verdict::kDone) << response;
    EXPECT_EQ(outcome.answer.next, Next::kNobody) << response;
  }
}

TEST(Http1, PassesOverInterimResponses) {
  const Decoded outcome =
      decode("PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
             "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(facts(outcome.handshake()).at("status"), "201");
  EXPECT_EQ(outcome.answer.next, Next::kSame);
}

TEST(Http1, TellsResponsesThatCameBeforeAnyRequestByThemselves) {
  const std::string_view timeout = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";
  const Decoded outcome = decode_datagrams(decode_http1, {{1, text(timeout)}, {0, text(kRequest)}});
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"status", "408"}}));
  EXPECT_EQ(outcome.answer.used, (std::array<std::size_t, 2>{0, timeout.size()}));
}

TEST(Http1, TellsOneDirectionAloneAtTheEnd) {
  EXPECT_EQ(decode(kRequest, "").verdict(), Verdict::kMine);
  EXPECT_EQ(facts(decode(kRequest, "", true).handshake()).at("host"), "example.org:8080");
  EXPECT_EQ(decode("", kResponse).verdict(), Verdict::kMine);
  EXPECT_EQ(facts(decode("", kResponse, true).handshake()).at("server"), "nginx/1.22.1");
}

TEST(Http1, TakesTheHostOutOfAnAbsoluteTarget) {
  const auto host = [](std::string_view request) {
    return facts(decode(request, "", true).handshake())["host"];
  };
  EXPECT_EQ(host("GET http://user@one.example:81/x?http://y HTTP/1.1\r\nHost: two\r\n\r\n"),
            "one.example:81");
  EXPECT_EQ(host("GET /x?u=http://three/ HTTP/1.1\r\nHost: two\r\n\r\n"), "two");
  EXPECT_EQ(host("GET / HTTP/1.0\r\n\r\n"), "");
}

TEST(Http1, HandsOnWhatIsBehindConnect) {
  const std::string_view request = "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n";
  const std::string_view response = "HTTP/1.1 200 Connection established\r\n\r\n";
  const Decoded outcome = decode(std::string(request) + "\x16\x03", response);
  EXPECT_EQ(outcome.answer.next, Next::kAny);
  EXPECT_EQ(outcome.answer.used, (std::array{request.size(), response.size()}));
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"method", "CONNECT"},
                                               {"host", "example.org:443"},
                                               {"path", "example.org:443"},
                                               {"status", "200"}}));
  EXPECT_EQ(decode(request, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").answer.next, Next::kSame);
}

TEST(Http1, TellsWebSocketAndHandsOnOtherUpgrades) {
  const auto upgraded = [](const std::string& protocol) {
    return decode("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: " + protocol + "\r\n\r\n",
                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: " + protocol +
                      "\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n");
  };
  const Decoded websocket = upgraded("WebSocket");
  EXPECT_EQ(websocket.answer.next, Next::kNamed);
  EXPECT_EQ(facts(websocket.handshake())["websocket"], "1");
  EXPECT_EQ(facts(websocket.handshake())["subprotocol"], "mqtt");
  EXPECT_EQ(upgraded("h2c").answer.next, Next::kAny);
}

// The query for www.example.com and an answer, both of RFC 8484 §4.1.1 and §4.2.2.
constexpr std::string_view kDnsGet =
    "GET /dns-query?a=b&dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB HTTP/1.1\r\nHost: a\r\n"
    "Accept: application/dns-message\r\n\r\n";
const std::string kDnsAnswer(
    "\0\0\x81\x80\0\1\0\1\0\0\0\0\3www\7example\3com\0\0\x1c\0\1\xc0\x0c\0\x1c\0\1\0\0\x0e\x7d\0\x10"
    "\x20\x01\x0d\xb8\xab\xcd\0\x12\0\1\0\2\0\3\0\4",
    61);

TEST(Http1, TellsDnsWithin) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/dns-message\r\n";
  const std::string plain = head + "Content-Length: 61\r\n\r\n" + kDnsAnswer;
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n" + "10\r\n" +
                              kDnsAnswer.substr(0, 16) + "\r\n2d\r\n" + kDnsAnswer.substr(16) +
                              "\r\n0\r\n\r\n";
  const std::string query("\0\0\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\x1c\0\1", 33);
  const std::string post =
      "POST /dns-query HTTP/1.1\r\nHost: a\r\nContent-Type: application/dns-message\r\nContent-Length: "
      "33\r\n\r\n" +
      query;
  for (const std::string& response : {plain, chunked}) {
    const Decoded outcome = decode(post, response);
    ASSERT_EQ(outcome.handshakes.size(), 2U);
    EXPECT_EQ(outcome.handshakes[0].app, "http");
    EXPECT_EQ(outcome.handshakes[1].app, "dns");
    EXPECT_EQ(facts(outcome.handshakes[1])["query"], "www.example.com");
    EXPECT_EQ(facts(outcome.handshakes[1])["type"], "AAAA");
    EXPECT_EQ(facts(outcome.handshakes[1])["answers"], "2001:db8:abcd:12:1:2:3:4");
    const Decoded waits = decode(post, response.substr(0, response.size() - 1));
    EXPECT_EQ(waits.verdict(), Verdict::kMine);
    EXPECT_EQ(waits.answer.need[1], response.size());
    expect_the_same_cut_everywhere(decode_http1, text(post), text(response));
  }
  const Decoded alone = decode(kDnsGet, "", true);
  ASSERT_EQ(alone.handshakes.size(), 2U);
  EXPECT_EQ(facts(alone.handshakes[1])["query"], "www.example.com");
  EXPECT_EQ(facts(alone.handshakes[1])["type"], "A");
}

TEST(Http1, TakesNothingElseForDns) {
  for (const std::string_view request :
       {"GET /?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB HTTP/1.1\r\n\r\n",
        "GET /?dns=!! HTTP/1.1\r\nAccept: application/dns-message\r\n\r\n",
        "GET / HTTP/1.1\r\nAccept: application/dns-message\r\n\r\n"})
    EXPECT_EQ(decode(request, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").handshakes.size(), 1U)
        << request;
}

TEST(Http1, IsAsLenientAsServersAre) {
  const auto told = [](std::string_view request) { return decode(request, "", true); };
  EXPECT_EQ(facts(told("\r\n\r\nGET  /a b  HTTP/1.0\nhost :x\nUser-Agent:  two\n  lines\n\n").handshake()),
            (Facts{{"method", "GET"}, {"path", "/a b"}, {"host", "x"}, {"user_agent", "two lines"}}));
  EXPECT_EQ(told("get / http/1.1\r\n\r\n").handshake().app_version, "HTTP/1.1");
  EXPECT_EQ(facts(told("PROPFIND /dav HTTP/1.1\r\n\r\n").handshake())["method"], "PROPFIND");
  EXPECT_EQ(facts(told("GET /x\r\nHost: y\r\n\r\n").handshake())["host"], "y");
  EXPECT_EQ(told("GET /x\r\nHost: y\r\n\r\n").handshake().app_version, "");
}

TEST(Http1, TakesAVersionlessRequestOnlyWithAnAnswerOfHttp) {
  const Decoded html = decode("GET /index\r\n", "<HTML>", true);
  EXPECT_EQ(html.handshake().app_version, "HTTP/0.9");
  EXPECT_EQ(facts(html.handshake())["path"], "/index");
  EXPECT_EQ(decode("GET /key\r\n", "$5\r\nhello\r\n", true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode("GET /key\r\n", "", true).verdict(), Verdict::kNotMine);
}

TEST(Http1, LeavesOtherProtocolsOfTheSameForm) {
  for (const std::string_view other :
       {"OPTIONS rtsp://a/ RTSP/1.0\r\nCSeq: 1\r\n\r\n", "REGISTER sip:a SIP/2.0\r\nVia: x\r\n\r\n",
        "OPTIONS icap://a/ ICAP/1.0\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "USER anonymous\r\n", "SSH-2.0-x\r\n", "\x16\x03\x01", "* OK IMAP4\r\n", "GNUTELLA CONNECT/0.6\r\n"})
    EXPECT_EQ(decode(other, "").verdict(), Verdict::kNotMine) << other;
}

TEST(Http1, TellsTheResponsesOfAConnectionCutInItsMiddle) {
  const Decoded outcome = decode("\x89\x01rest of a body", kResponse);
  EXPECT_EQ(facts(outcome.handshake())["status"], "200");
}

}  // namespace
}  // namespace vedette
