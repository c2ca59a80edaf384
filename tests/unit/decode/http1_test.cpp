#include "decode/http1.h"

#include <gtest/gtest.h>

#include <map>

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

TEST(Http1, PassesOverChunkedBodiesWithExtensionsAndTrailer) {
  const std::string body = "4;x=y\r\nWiki\r\n5\r\npedia\r\n0\r\nTrailer: z\r\n\r\n";
  const std::string request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" + body;
  const std::string response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
  expect_the_same_cut_everywhere(decode_http1, text(request), text(response));
  const Decoded outcome = decode(request, response);
  EXPECT_EQ(outcome.answer.next, Next::kSame);
  EXPECT_EQ(outcome.answer.used, (std::array{request.size(), response.size()}));
}

TEST(Http1, PassesOverABodyThatIsToCome) {
  const std::string_view head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
  const Decoded outcome = decode(kRequest, head);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.answer.next, Next::kSame);
  EXPECT_EQ(outcome.answer.used, (std::array{kRequest.size(), head.size() + 100'000}));
}

TEST(Http1, WaitsForShortChunksAndForNoLongBodyOfUnknownEnd) {
  const std::string_view chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel";
  const Decoded waits = decode(kRequest, chunk);
  EXPECT_EQ(waits.verdict(), Verdict::kMine);
  EXPECT_EQ(waits.answer.need[1], chunk.size() + 4);
  for (const std::string_view response :
       {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
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
