#include "decode/http2.h"

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cut_everywhere.h"
#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;
using Fields = std::vector<std::pair<std::string, std::string>>;

enum : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kSettings = 4,
  kPushPromise = 5,
  kWindowUpdate = 8,
  kContinuation = 9
};
enum : std::uint8_t { kEndHeaders = 4, kPadded = 8, kPriority = 0x20 };

Bytes frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, const Bytes& payload) {
  Bytes length = be32(payload.size());
  return Bytes(length.begin() + 1, length.end()) + Bytes{type, flags} + be32(stream) + payload;
}

// One direction's encoder, by libnghttp2.
class Encoder {
 public:
  Encoder() { nghttp2_hd_deflate_new(&deflater_, 4096); }
  ~Encoder() { nghttp2_hd_deflate_del(deflater_); }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  Bytes encode(Fields fields) {
    std::vector<nghttp2_nv> pairs;
    for (auto& [name, value] : fields)
      pairs.push_back({reinterpret_cast<std::uint8_t*>(name.data()),
                       reinterpret_cast<std::uint8_t*>(value.data()), name.size(), value.size(),
                       NGHTTP2_NV_FLAG_NONE});
    Bytes block(nghttp2_hd_deflate_bound(deflater_, pairs.data(), pairs.size()));
    const auto size =
        nghttp2_hd_deflate_hd(deflater_, block.data(), block.size(), pairs.data(), pairs.size());
    block.resize(static_cast<std::size_t>(size));
    return block;
  }

 private:
  nghttp2_hd_deflater* deflater_ = nullptr;
};

const Bytes kPreface = text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const Fields kRequest = {{":method", "POST"},          {":scheme", "http"},
                         {":path", "/pkg.Greeter/Hi"}, {":authority", "example.org:50051"},
                         {"user-agent", "grpc-c++/1"}, {"content-type", "application/grpc+proto"}};
const Fields kResponse = {{":status", "200"}, {"server", "envoy"}, {"content-type", "application/grpc"}};
const Facts kFacts = {{"method", "POST"},
                      {"host", "example.org:50051"},
                      {"path", "/pkg.Greeter/Hi"},
                      {"user_agent", "grpc-c++/1"},
                      {"grpc", "1"},
                      {"status", "200"},
                      {"server", "envoy"},
                      {"content_type", "application/grpc"}};

Bytes client_side() {
  return kPreface + frame(kSettings, 0, 0, Bytes{0, 1, 0, 1, 0, 0}) +
         frame(kWindowUpdate, 0, 0, be32(65535)) +
         frame(kHeaders, kEndHeaders, 1, Encoder().encode(kRequest)) + frame(kData, 1, 1, zeros(5));
}

Bytes server_side() {
  return frame(kSettings, 0, 0, {}) + frame(kSettings, 1, 0, {}) +
         frame(kHeaders, kEndHeaders, 1, Encoder().encode(kResponse));
}

Decoded decode(const Bytes& first, const Bytes& second, bool ended = false) {
  return decode_stream(decode_http2, first, second, ended);
}

TEST(Http2, TellsARequestWithItsResponse) {
  const Decoded outcome = decode(client_side(), server_side());
  ASSERT_EQ(outcome.verdict(), Verdict::kMine);
  ASSERT_EQ(outcome.answer.stand, 1U);
  EXPECT_EQ(outcome.handshake().app, "http");
  EXPECT_EQ(outcome.handshake().app_version, "HTTP/2");
  EXPECT_EQ(facts(outcome.handshake()), kFacts);
  EXPECT_EQ(facts(decode(server_side(), client_side()).handshake()), kFacts);
}

TEST(Http2, IsToldTheSameWhateverIsKnownOfIt) {
  expect_the_same_cut_everywhere(decode_http2, client_side(), server_side());
}

Fields request(const std::string& path) {
  return {{":method", "GET"}, {":scheme", "http"}, {":path", path}, {":authority", "example.org"}};
}

TEST(Http2, TellsALogInByFormOnceAllOfTheFormIsThere) {
  const Fields login = {{":method", "POST"},
                        {":scheme", "http"},
                        {":path", "/in"},
                        {"content-type", "application/x-www-form-urlencoded"}};
  const Fields again = {{":status", "303"}, {"location", "/in?wrong"}, {"content-length", "0"}};
  const Bytes open = kPreface + frame(kSettings, 0, 0, {}) +
                     frame(kHeaders, kEndHeaders, 1, Encoder().encode(login)) +
                     frame(kData, 0, 1, text("name=ann&pass"));
  const Bytes client = open + frame(kData, 1, 1, text("word=secret"));
  const Bytes server = frame(kSettings, 0, 0, {}) + frame(kHeaders, kEndHeaders, 1, Encoder().encode(again));
  const Facts told = facts(decode(client, server).handshake());
  EXPECT_EQ(told.at("login_form"), "1");
  EXPECT_EQ(told.at("location"), "/in?wrong");
  EXPECT_EQ(told.at("content_length"), "0");
  EXPECT_EQ(decode(open, server).answer.stand, 0U);
  expect_the_same_cut_everywhere(decode_http2, client, server);
}

std::vector<std::string> told(const Decoded& outcome) {
  std::vector<std::string> all;
  for (const Handshake& one : outcome.handshakes) {
    auto of_it = facts(one);
    all.push_back(std::string(one.app) + " " + of_it["path"] + of_it["query"] + " " + of_it["status"] +
                  of_it["answers"]);
  }
  return all;
}

constexpr std::uint8_t kEndStream = 1, kEndBoth = kEndHeaders | kEndStream;

TEST(Http2, TellsEachTransactionInTheOrderOfTheResponses) {
  Encoder client_encoder, server_encoder;
  const auto client = [&](std::uint32_t stream, const std::string& path) {
    return frame(kHeaders, kEndBoth, stream, client_encoder.encode(request(path)));
  };
  const auto server = [&](std::uint32_t stream, const std::string& status) {
    return frame(kHeaders, kEndHeaders, stream, server_encoder.encode({{":status", status}})) +
           frame(kData, kEndStream, stream, text("body"));
  };
  Bytes requests = kPreface + frame(kSettings, 0, 0, {});  // one after another, as the encoder has a state
  for (const std::uint32_t stream : {1U, 3U, 5U})
    requests = requests + client(stream, "/" + std::to_string(stream));
  const Bytes third = server(3, "203"), first = server(1, "201");
  const Bytes begun = frame(kSettings, 0, 0, {});
  EXPECT_EQ(told(decode(requests, begun + third)), (std::vector<std::string>{"http /3 203"}));
  EXPECT_EQ(told(decode(requests, begun + third + first)),
            (std::vector<std::string>{"http /3 203", "http /1 201"}));
  EXPECT_EQ(decode(requests, begun + third + first).answer.stand, 2U);
  EXPECT_EQ(told(decode(requests, begun + third + first, true)),
            (std::vector<std::string>{"http /3 203", "http /1 201", "http /5 "}));
  expect_the_same_cut_everywhere(decode_http2, requests, begun + third + first);
}

// A response whose request may yet come is not told without it.
TEST(Http2, WaitsForARequestThatIsLateInTheCapture) {
  const Bytes begun = kPreface + frame(kSettings, 0, 0, {});
  EXPECT_EQ(decode(begun, server_side()).answer.stand, 0U);
  EXPECT_EQ(told(decode(begun, server_side(), true)), (std::vector<std::string>{"http  200"}));
}

// The query for www.example.com and an answer, both of RFC 8484 §4.1.1 and §4.2.2.
const Bytes kDnsAnswer =
    Bytes{0, 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 3} + text("www") + Bytes{7} + text("example") + Bytes{3} +
    text("com") + Bytes{0,    0,    0x1c, 0,    1,    0xc0, 0x0c, 0,    0x1c, 0, 1, 0, 0, 0x0e, 0x7d, 0, 0x10,
                        0x20, 0x01, 0x0d, 0xb8, 0xab, 0xcd, 0,    0x12, 0,    1, 0, 2, 0, 3,    0,    4};
const Bytes kDnsQuery = Bytes{0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3} + text("www") + Bytes{7} +
                        text("example") + Bytes{3} + text("com") + Bytes{0, 0, 0x1c, 0, 1};

TEST(Http2, TellsDnsWithinOnceItsAnswerIsWhole) {
  const Fields post = {
      {":method", "POST"}, {":scheme", "http"}, {":path", "/q"}, {"content-type", "application/dns-message"}};
  const Bytes client = kPreface + frame(kSettings, 0, 0, {}) +
                       frame(kHeaders, kEndHeaders, 1, Encoder().encode(post)) +
                       frame(kData, kPadded | kEndStream, 1, Bytes{2} + kDnsQuery + zeros(2));
  const auto middle = kDnsAnswer.begin() + 20;
  const Bytes most =
      frame(kSettings, 0, 0, {}) +
      frame(kHeaders, kEndHeaders, 1,
            Encoder().encode({{":status", "200"}, {"content-type", "application/dns-message"}})) +
      frame(kData, 0, 1, Bytes(kDnsAnswer.begin(), middle));
  const Bytes server = most + frame(kData, kEndStream, 1, Bytes(middle, kDnsAnswer.end()));
  EXPECT_EQ(decode(client, most).answer.stand, 0U);
  EXPECT_EQ(told(decode(client, server)),
            (std::vector<std::string>{"http /q 200", "dns www.example.com 2001:db8:abcd:12:1:2:3:4"}));
  expect_the_same_cut_everywhere(decode_http2, client, server);
}

TEST(Http2, TellsTheDnsQueryInATarget) {
  Fields get = request("/dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB");
  get.emplace_back("accept", "application/dns-message");
  const Bytes client =
      kPreface + frame(kSettings, 0, 0, {}) + frame(kHeaders, kEndBoth, 1, Encoder().encode(get));
  const Decoded outcome = decode(client, {}, true);
  ASSERT_EQ(outcome.handshakes.size(), 2U);
  EXPECT_EQ(facts(outcome.handshakes[1])["query"], "www.example.com");
}

TEST(Http2, JoinsPaddedHeadersWithPriorityAndTheirContinuations) {
  const Bytes section = Encoder().encode(kRequest);
  const auto middle = section.begin() + 7;
  const Bytes client = kPreface + frame(kSettings, 0, 0, {}) +
                       frame(kHeaders, kPadded | kPriority, 1,
                             Bytes{3} + be32(0) + Bytes{16} + Bytes(section.begin(), middle) + zeros(3)) +
                       frame(kContinuation, kEndHeaders, 1, Bytes(middle, section.end()));
  EXPECT_EQ(facts(decode(client, server_side()).handshake()), kFacts);
}

TEST(Http2, PassesOverInterimAndOtherStreamsResponsesAndPromises) {
  Encoder encoder;
  const Bytes server =
      frame(kSettings, 0, 0, {}) +
      frame(kPushPromise, kEndHeaders, 1,
            be32(2) + encoder.encode({{":method", "GET"}, {":path", "/pushed"}})) +
      frame(kHeaders, kEndHeaders, 2, encoder.encode({{":status", "404"}, {"server", "pushed"}})) +
      frame(kHeaders, kEndHeaders, 1, encoder.encode({{":status", "103"}, {"server", "interim"}})) +
      frame(kHeaders, kEndHeaders, 1, encoder.encode(kResponse));
  EXPECT_EQ(facts(decode(client_side(), server).handshake()), kFacts);
}

TEST(Http2, TellsTheResponseToAnUpgradedRequest) {
  const Bytes client = kPreface + frame(kSettings, 0, 0, {});
  const Decoded outcome = decode(client, server_side(), true);
  EXPECT_EQ(facts(outcome.handshake()),
            (Facts{{"status", "200"}, {"server", "envoy"}, {"content_type", "application/grpc"}}));
}

TEST(Http2, TellsTheVersionOfWhatItCanNotDecode) {
  const Bytes client =
      kPreface + frame(kSettings, 0, 0, {}) + frame(kHeaders, kEndHeaders, 1, Bytes{0xff, 0xff, 0xff});
  const Decoded outcome = decode(client, server_side(), true);
  EXPECT_EQ(outcome.handshake().app_version, "HTTP/2");
  EXPECT_FALSE(facts(outcome.handshake()).contains("method"));
}

// All is read again whenever bytes come: a flood of small frames is not, for each of them.
TEST(Http2, ReadsAFloodOfFramesAgainForAnEighthMore) {
  const Bytes begun = kPreface + frame(kSettings, 0, 0, {});
  Bytes flood = begun;
  for (int i = 0; i < 200; i++) flood = flood + frame(kSettings, 0, 0, {});
  EXPECT_EQ(decode(begun, {}).answer.need[0], begun.size() + 9);
  EXPECT_EQ(decode(flood, {}).answer.need[0], flood.size() + flood.size() / 8);
}

TEST(Http2, LeavesWhatIsNot) {
  EXPECT_EQ(decode(text("PRIVMSG x"), {}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(text("GET / HTTP/1.1\r\n"), {}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode({}, Bytes{0, 0, 0, 4, 0, 0, 0, 0, 0}, true).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(Bytes{0, 0, 6, 9}, {}, true).verdict(), Verdict::kNotMine);
}

// A literal with a name that the table holds costs a few bytes and would give the whole name again.
TEST(Http2, HoldsNoMoreFieldsThanItsBound) {
  const std::string name(4000, 'n');
  Bytes section = Bytes{0x40, 0x7f, 0xa1, 0x1e} + text(name) + Bytes{1, 'v'};  // entry 62
  for (int i = 0; i < 4000; i++) section = section + Bytes{0x0f, 47, 1, 'v'};  // its name, another value
  const Bytes client = kPreface + frame(kSettings, 0, 0, {}) + frame(kHeaders, kEndHeaders, 1, section);
  const Decoded outcome = decode(client, {}, true);
  EXPECT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_TRUE(outcome.handshake().facts.empty());
}

}  // namespace
}  // namespace vedette
