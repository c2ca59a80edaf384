#include "decode/ssl2.h"

#include <gtest/gtest.h>

#include "hello_builder.h"

namespace vedette {
namespace {

using namespace tests;

Bytes ssl2_client(std::uint16_t version, std::size_t challenge = 16) {
  const Bytes ciphers = {0x01, 0x00, 0x80, 0x07, 0x00, 0xc0};
  const Bytes body = Bytes{1} + be16(version) + be16(ciphers.size()) + be16(0) + be16(challenge) + ciphers +
                     Bytes(challenge, 0x55);
  return be16(0x8000 | body.size()) + body;
}

Bytes ssl2_server() {
  const Bytes certificate(40, 0x66), ciphers = {0x01, 0x00, 0x80}, connection(16, 0x77);
  const Bytes body = Bytes{4, 0, 1} + be16(2) + be16(certificate.size()) + be16(ciphers.size()) +
                     be16(connection.size()) + certificate + ciphers + connection;
  return be16(0x8000 | body.size()) + body;
}

TEST(Ssl2, TellsClientAndServer) {
  const Ssl2Hello client = parse_ssl2(ssl2_client(0x0002));
  EXPECT_EQ(client.kind, Ssl2Hello::Kind::kClient);
  EXPECT_EQ(client.version, 0x0002);
  const Ssl2Hello server = parse_ssl2(ssl2_server());
  EXPECT_EQ(server.kind, Ssl2Hello::Kind::kServer);
  EXPECT_EQ(server.version, 0x0002);
}

TEST(Ssl2, TellsTheVersionOfALaterClientThatSpeaksToIt) {
  EXPECT_EQ(parse_ssl2(ssl2_client(0x0301)).version, 0x0301);
}

TEST(Ssl2, WaitsForTheLengths) {
  const Bytes hello = ssl2_client(0x0002);
  for (std::size_t size = 0; size < 11; size++) {
    const Ssl2Hello answer = parse_ssl2(std::span(hello).first(size));
    EXPECT_EQ(answer.kind, Ssl2Hello::Kind::kMore) << size;
    EXPECT_GT(answer.need, size);
  }
}

TEST(Ssl2, IsNotTakenForItWhereLengthsDisagree) {
  Bytes hello = ssl2_client(0x0002);
  hello[1]++;
  EXPECT_EQ(parse_ssl2(hello).kind, Ssl2Hello::Kind::kNone);
  EXPECT_EQ(parse_ssl2(ssl2_client(0x0002, 15)).kind, Ssl2Hello::Kind::kNone);
  EXPECT_EQ(parse_ssl2(ssl2_client(0x0204)).kind, Ssl2Hello::Kind::kNone);
}

}  // namespace
}  // namespace vedette
