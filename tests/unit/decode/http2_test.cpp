#include "decode/http2.h"

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <map>
#include <utility>

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

TEST(Http2, TellsTheFirstRequestWithItsResponse) {
  const Decoded outcome = decode(client_side(), server_side());
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "http");
  EXPECT_EQ(outcome.handshake().app_version, "HTTP/2");
  EXPECT_EQ(facts(outcome.handshake()), kFacts);
  EXPECT_EQ(facts(decode(server_side(), client_side()).handshake()), kFacts);
}

TEST(Http2, IsToldTheSameWhateverIsKnownOfIt) {
  expect_the_same_cut_everywhere(decode_http2, client_side(), server_side());
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
