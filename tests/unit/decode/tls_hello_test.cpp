#include "decode/tls_hello.h"

#include <gtest/gtest.h>

#include "hello_builder.h"

namespace vedette {
namespace {

using namespace tests;

using Numbers = std::vector<std::uint16_t>;

TEST(ClientHello, GivesEveryListInItsOrder) {
  const Bytes extensions =
      tls_extension(0x0a0a, {}) + server_name("example.org") + tls_extension(10, vector16(list16({29, 23}))) +
      tls_extension(11, vector8({0, 1})) + tls_extension(13, vector16(list16({0x0403, 0x0804}))) +
      alpn({"h2", "http/1.1"}) + supported_versions({0x0304, 0x0303});
  const auto hello =
      parse_client_hello(client_hello({.ciphers = {0x1301, 0xc02f, 0x1a1a}, .extensions = extensions}));
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->whole);
  EXPECT_EQ(hello->legacy_version, 0x0303);
  EXPECT_EQ(hello->cipher_suites, (Numbers{0x1301, 0xc02f, 0x1a1a}));
  EXPECT_EQ(hello->extensions, (Numbers{0x0a0a, 0, 10, 11, 13, 16, 43}));
  EXPECT_EQ(hello->groups, (Numbers{29, 23}));
  EXPECT_EQ(hello->point_formats, (std::vector<std::uint8_t>{0, 1}));
  EXPECT_EQ(hello->signature_algorithms, (Numbers{0x0403, 0x0804}));
  EXPECT_EQ(hello->alpn, (std::vector<std::string>{"h2", "http/1.1"}));
  EXPECT_EQ(hello->supported_versions, (Numbers{0x0304, 0x0303}));
  EXPECT_EQ(hello->server_name, "example.org");
}

TEST(ClientHello, MayEndBeforeItsExtensions) {
  const auto hello = parse_client_hello(client_hello({.version = 0x0300, .any_extensions = false}));
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->whole);
  EXPECT_TRUE(hello->extensions.empty());
}

TEST(ClientHello, IsNoneWhereItsFixedPartIsWrong) {
  const Bytes right = client_hello({});
  const auto with = [&](std::size_t at, std::uint8_t value) {
    Bytes bytes = right;
    bytes[at] = value;
    return parse_client_hello(bytes).has_value();
  };
  EXPECT_FALSE(with(0, 4));    // version 0x0403
  EXPECT_FALSE(with(34, 33));  // a session id of 33 bytes
  EXPECT_FALSE(with(68, 3));   // an odd list of cipher suites
  EXPECT_FALSE(with(68, 0));   // an empty one
  EXPECT_TRUE(with(68, 4));
}

TEST(ClientHello, CutShortKeepsWhatStandsBefore) {
  const Bytes body = client_hello({.extensions = server_name("example.org") + alpn({"h2"})});
  const auto hello = parse_client_hello(std::span(body).first(body.size() - 3));
  ASSERT_TRUE(hello);
  EXPECT_FALSE(hello->whole);
  EXPECT_EQ(hello->server_name, "example.org");
  EXPECT_TRUE(hello->alpn.empty());
}

TEST(ClientHello, ADamagedExtensionSaysNothing) {
  const auto hello = parse_client_hello(
      client_hello({.extensions = tls_extension(0, {0, 99, 0, 0, 3, 'a'}) +
                                  tls_extension(16, {0, 3, 9, 'h', '2'}) + tls_extension(43, {7, 3, 4})}));
  ASSERT_TRUE(hello);
  EXPECT_FALSE(hello->server_name);
  EXPECT_TRUE(hello->alpn.empty());
  EXPECT_TRUE(hello->supported_versions.empty());
  EXPECT_EQ(hello->extensions, (Numbers{0, 16, 43}));
}

TEST(ClientHello, AnyCutIsReadWithinItsBytes) {
  const Bytes body =
      client_hello({.extensions = server_name("example.org") + alpn({"h2"}) + supported_versions({0x0304})});
  for (std::size_t size = 0; size <= body.size(); size++) {
    const Bytes cut(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size));
    const auto hello = parse_client_hello(cut);
    if (!hello) continue;
    EXPECT_EQ(hello->whole, size == body.size() || size == 2 + 32 + 33 + 6 + 2) << size;
  }
}

TEST(ServerHello, GivesWhatItChose) {
  const auto hello = parse_server_hello(
      server_hello({.cipher = 0xc02f, .extensions = tls_extension(0xff01, {0}) + alpn({"h2"})}));
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->whole);
  EXPECT_FALSE(hello->retry);
  EXPECT_EQ(hello->cipher_suite, 0xc02f);
  EXPECT_EQ(hello->extensions, (Numbers{0xff01, 16}));
  EXPECT_EQ(hello->alpn, "h2");
  EXPECT_FALSE(hello->selected_version);
}

TEST(ServerHello, IsARetryByItsRandom) {
  const auto hello =
      parse_server_hello(server_hello({.extensions = selected_version(0x0304), .random = retry_random()}));
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->retry);
  EXPECT_EQ(hello->selected_version, 0x0304);
}

// Drafts of TLS 1.3 up to 21: no session id, no compression method.
TEST(ServerHello, OfAnEarlyDraftIsShorter) {
  const Bytes body = be16(0x7f12) + Bytes(32, 0x33) + be16(0x1301) + vector16(tls_extension(51, {0, 29}));
  const auto hello = parse_server_hello(body);
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->cipher_suite, 0x1301);
  EXPECT_EQ(hello->extensions, (Numbers{51}));
}

}  // namespace
}  // namespace vedette
