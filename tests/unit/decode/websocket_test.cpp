#include "decode/websocket.h"

#include <gtest/gtest.h>

#include "cut_everywhere.h"
#include "decode/http1.h"
#include "decoding.h"
#include "openssl_hello.h"

namespace vedette {
namespace {

using namespace tests;

enum : std::uint8_t { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9 };
constexpr std::uint8_t kFinal = 0x80, kCompressed = 0x40, kMasked = 0x80;
const Bytes kMask = {0x37, 0xfa, 0x21, 0x3d};  // of RFC 6455 §5.7

Bytes header(std::uint8_t first, std::size_t size, std::uint8_t masked) {
  if (size < 126) return Bytes{first, static_cast<std::uint8_t>(masked | size)};
  if (size < 65536) return Bytes{first, static_cast<std::uint8_t>(masked | 126)} + be16(size);
  return Bytes{first, static_cast<std::uint8_t>(masked | 127)} + be32(0) + be32(size);
}

Bytes from_server(std::uint8_t first, const Bytes& payload) {
  return header(first, payload.size(), 0) + payload;
}

Bytes from_client(std::uint8_t first, Bytes payload) {
  const Bytes head = header(first, payload.size(), kMasked);
  for (std::size_t i = 0; i < payload.size(); i++) payload[i] ^= kMask[i % 4];
  return head + kMask + payload;
}

Bytes repeated(const Bytes& one, int times) {
  Bytes all;
  for (int i = 0; i < times; i++) all = all + one;
  return all;
}

const Bytes kRequest = text("GET /inside HTTP/1.1\r\nHost: example.org\r\n\r\n");
const Bytes kResponse = text("HTTP/1.1 404 Not Found\r\nServer: small\r\nContent-Length: 0\r\n\r\n");

Decoded decode(const Bytes& client, const Bytes& server, bool ended = false) {
  return decode_stream(decode_websocket, client, server, ended);
}

TEST(WebSocket, TellsWhatIsSpokenInside) {
  const Decoded inside =
      decode(from_client(kFinal | kBinary, kRequest), from_server(kFinal | kBinary, kResponse));
  ASSERT_EQ(inside.verdict(), Verdict::kMine);
  ASSERT_EQ(inside.answer.stand, 1U);
  EXPECT_EQ(inside.handshake().app, "http");
  EXPECT_EQ(facts(inside.handshake()).at("path"), "/inside");
  EXPECT_EQ(facts(inside.handshake()).at("status"), "404");
}

TEST(WebSocket, JoinsFragmentsAndPassesOverControlFrames) {
  const auto middle = kRequest.begin() + 9;
  const Bytes client = from_client(kText, Bytes(kRequest.begin(), middle)) +
                       from_client(kFinal | kPing, text("HTTP")) +
                       from_client(kFinal | kContinuation, Bytes(middle, kRequest.end()));
  const Decoded inside =
      decode(client, from_server(kFinal | kPing, {}) + from_server(kFinal | kText, kResponse));
  ASSERT_EQ(inside.answer.stand, 1U);
  EXPECT_EQ(facts(inside.handshake()).at("path"), "/inside");
}

TEST(WebSocket, ReadsAFrameOfAnyLengthBeforeItsEnd) {
  for (const std::size_t size : {std::size_t{300}, std::size_t{70000}}) {
    const Bytes frame = from_client(kFinal | kBinary, kRequest + zeros(size - kRequest.size()));
    const Decoded inside =
        decode(Bytes(frame.begin(), frame.begin() + 200), from_server(kFinal | kBinary, kResponse));
    ASSERT_EQ(inside.answer.stand, 1U);
    EXPECT_EQ(facts(inside.handshake()).at("host"), "example.org");
  }
}

TEST(WebSocket, TellsTheSameWhereverItIsCut) {
  const Bytes client = from_client(kFinal | kBinary, kRequest),
              server = from_server(kFinal | kBinary, kResponse);
  expect_the_same_cut_everywhere(
      decode_http1, text("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n") + client,
      text("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n") + server);
  for (std::size_t size = 0; size < client.size() + server.size(); size++) {
    const std::size_t sent = std::min(size, client.size());
    const Decoded part =
        decode(Bytes(client.begin(), client.begin() + static_cast<std::ptrdiff_t>(sent)),
               Bytes(server.begin(), server.begin() + static_cast<std::ptrdiff_t>(size - sent)));
    EXPECT_NE(part.verdict(), Verdict::kNotMine) << size;
    EXPECT_EQ(part.answer.stand, 0U) << size;
  }
}

// As of a connection's own bytes, the first decoder that claims them keeps them: what is told once is not
// taken back for what comes later.
TEST(WebSocket, KeepsToWhoClaimedTheBytesFirst) {
  const Bytes hello(std::begin(kOpensslHello), std::end(kOpensslHello));
  const Decoded outcome = decode_datagrams(
      decode_websocket,
      {{0, from_client(kFinal | kBinary, hello)}, {1, from_server(kFinal | kBinary, kResponse)}}, {}, true);
  ASSERT_FALSE(outcome.handshakes.empty());
  EXPECT_EQ(outcome.handshake().app, "tls");
}

TEST(WebSocket, TellsNothingOfWhatNobodyKnows) {
  const Bytes json = text("{\"type\":\"hello\",\"id\":1}");
  EXPECT_EQ(decode(from_client(kFinal | kText, json), from_server(kFinal | kText, json)).verdict(),
            Verdict::kNotMine);
  EXPECT_EQ(decode({}, {}, true).verdict(), Verdict::kNotMine);
}

TEST(WebSocket, ReadsNothingBehindWhatItCanNotRead) {
  const Bytes client = from_client(kFinal | kBinary, kRequest);
  for (const int bits : {kFinal | kCompressed | kText, kFinal | 0x20 | kText, kFinal | 3, kFinal | kClose}) {
    const Decoded outcome = decode(
        client,
        from_server(static_cast<std::uint8_t>(bits), text("x")) + from_server(kFinal | kBinary, kResponse),
        true);
    ASSERT_EQ(outcome.handshakes.size(), 1U);
    EXPECT_FALSE(facts(outcome.handshake()).contains("status"));
  }
}

// All of it is decoded again with each packet, so it has to end.
TEST(WebSocket, TellsSoManyTransactionsAndIsDone) {
  const Decoded outcome = decode(from_client(kFinal | kBinary, repeated(kRequest, 100)),
                                 from_server(kFinal | kBinary, repeated(kResponse, 100)));
  EXPECT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshakes.size(), 16U);
}

TEST(WebSocket, ReadsAFloodOfFramesAgainForAnEighthMore) {
  const Bytes begun = from_client(kBinary, text("GET /"));
  const Bytes flood = begun + repeated(from_client(kContinuation, text("x")), 200);
  EXPECT_EQ(decode(begun, {}).answer.need[0], begun.size() + 1);
  EXPECT_EQ(decode(flood, {}).answer.need[0], flood.size() + flood.size() / 8);
}

TEST(WebSocket, LooksIntoSoManyLayersAndNoMore) {
  const Bytes ask = text("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
  const Bytes accept = text("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
  Bytes client, server;
  for (int layer = 0; layer < 20; layer++) {
    client = from_client(kFinal | kBinary, ask + client);
    server = from_server(kFinal | kBinary, accept + server);
  }
  EXPECT_EQ(decode(client, server, true).handshakes.size(), 4U);
}

}  // namespace
}  // namespace vedette
