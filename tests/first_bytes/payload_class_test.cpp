// What a first payload is to the kernel, of bytes made for it.
#include <gtest/gtest.h>

#include "tests/first_bytes/classified.h"
#include "tests/unit/decode/hello_builder.h"
#include "tests/unit/decode/openssl_hello.h"

namespace vedette::tests {
namespace {

Bytes hello(const ClientHelloSays& says) {
  return record(message(1, client_hello(says)));
}

Bytes first(const Bytes& bytes, std::size_t size) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

TEST(PayloadClass, OfAHelloIsTheHighestVersionThatItOffers) {
  EXPECT_EQ(classified(kOpensslHello), VDT_PAYLOAD_TLS_1_3);
  EXPECT_EQ(classified(hello({.extensions = supported_versions({0x0302, 0x0303, 0x0301})})),
            VDT_PAYLOAD_TLS_1_2);
  EXPECT_EQ(classified(hello({.version = 0x0300, .extensions = supported_versions({0x0304})})),
            VDT_PAYLOAD_TLS_1_3);
  EXPECT_EQ(classified(hello({.extensions = supported_versions({0x7f1c})})), VDT_PAYLOAD_TLS_1_3)
      << "a draft";
}

TEST(PayloadClass, OfAHelloWithoutSupportedVersionsIsItsOwnVersion) {
  EXPECT_EQ(classified(hello({.version = 0x0303, .extensions = server_name("a.example")})),
            VDT_PAYLOAD_TLS_1_2);
  EXPECT_EQ(classified(hello({.version = 0x0302, .extensions = server_name("a.example")})),
            VDT_PAYLOAD_TLS_1_1);
  EXPECT_EQ(classified(hello({.version = 0x0301, .any_extensions = false})), VDT_PAYLOAD_TLS_1_0);
  EXPECT_EQ(classified(hello({.version = 0x0300, .any_extensions = false})), VDT_PAYLOAD_SSL_3);
}

TEST(PayloadClass, FindsSupportedVersionsBehindALargeKeyShare) {
  const Bytes key_share = tls_extension(51, zeros(1300));
  const Bytes whole =
      hello({.extensions = key_share + supported_versions({0x0304, 0x0303}) + server_name("a.example")});
  EXPECT_EQ(classified(whole), VDT_PAYLOAD_TLS_1_3);
  // In a first segment that ends before them nobody can know.
  EXPECT_EQ(classified(first(whole, 1200)), VDT_PAYLOAD_TLS_UNSEEN);
}

TEST(PayloadClass, OfAHelloCutAnywhereNeverFallsBelowWhatItOffers) {
  const Bytes whole = hello({.extensions = server_name("a.example") + supported_versions({0x0304, 0x0303})});
  for (std::size_t size = 0; size < whole.size(); size++) {
    const std::uint32_t said = classified(first(whole, size));
    EXPECT_TRUE(said == VDT_PAYLOAD_UNKNOWN || said == VDT_PAYLOAD_TLS_UNSEEN || said == VDT_PAYLOAD_TLS_1_3)
        << size << " bytes: " << said;
  }
}

TEST(PayloadClass, OfAnOldHelloCutBeforeItsExtensionsIsItsOwnVersion) {
  const Bytes whole = hello({.version = 0x0301, .extensions = server_name("a.example")});
  EXPECT_EQ(classified(first(whole, 80)), VDT_PAYLOAD_TLS_1_0) << "none so old offers TLS 1.3";
}

TEST(PayloadClass, DoesNotReadAnotherRecordsHeaderAsTheHello) {
  const Bytes content = message(1, client_hello({.extensions = supported_versions({0x0304})}));
  EXPECT_EQ(classified(records(content, 60)), VDT_PAYLOAD_TLS_UNSEEN);
}

TEST(PayloadClass, StaysInsideItsWindowWhateverLengthsTheHelloClaims) {
  Bytes lies = hello({.extensions = server_name("a.example") + supported_versions({0x0304})});
  for (std::size_t at = 3; at < lies.size(); at++) {
    const std::uint8_t before = lies[at];
    lies[at] = 0xff;
    (void)classified(lies);  // the sanitizers watch
    lies[at] = before;
  }
  const Bytes many = hello({.extensions = [] {
    Bytes all;
    for (std::uint16_t type = 100; type < 500; type++) all = all + tls_extension(type, {});
    return all + supported_versions({0x0304});
  }()});
  EXPECT_EQ(classified(many), VDT_PAYLOAD_TLS_UNSEEN) << "so many extensions aren't walked";
}

TEST(PayloadClass, KnowsSsl2sHello) {
  const Bytes rest = Bytes{0, 3, 0, 0, 0, 16, 1, 0, 0x80} + zeros(16);
  EXPECT_EQ(classified(Bytes{0x80, 0x1c, 1, 0, 2} + rest), VDT_PAYLOAD_SSL_2);
  EXPECT_EQ(classified(Bytes{0x80, 0x1c, 1, 3, 1} + rest), VDT_PAYLOAD_TLS_1_0);
}

TEST(PayloadClass, OfAServersHelloIsUnknown) {
  EXPECT_EQ(classified(record(message(2, server_hello({})))), VDT_PAYLOAD_UNKNOWN);
}

TEST(PayloadClass, OfABannerIsSshsVersion) {
  EXPECT_EQ(classified(text("SSH-2.0-OpenSSH_9.2p1\r\n")), VDT_PAYLOAD_SSH_2);
  EXPECT_EQ(classified(text("SSH-1.99-Cisco-1.25\n")), VDT_PAYLOAD_SSH_1_99);
  EXPECT_EQ(classified(text("SSH-1.5-1.2.27\n")), VDT_PAYLOAD_SSH_1);
  EXPECT_EQ(classified(text("SSH-3.0-future\n")), VDT_PAYLOAD_UNKNOWN);
  EXPECT_EQ(classified(text("SSH-2")), VDT_PAYLOAD_UNKNOWN);
}

// An SMB message within a session's, of which nothing but the command, flags and dialects says anything.
Bytes smb(std::uint8_t version, std::uint8_t command, std::uint8_t flags, const Bytes& rest) {
  const Bytes message = Bytes{version, 'S', 'M', 'B', command} + zeros(4) + Bytes{flags} + zeros(22) + rest;
  return be32(static_cast<std::uint32_t>(message.size())) + message;
}

Bytes smb_offer(const std::vector<std::string_view>& dialects) {
  Bytes list;
  for (const std::string_view dialect : dialects) list = list + Bytes{2} + text(dialect) + Bytes{0};
  return smb(
      0xff, 0x72, 0x18,
      Bytes{0, static_cast<std::uint8_t>(list.size()), static_cast<std::uint8_t>(list.size() >> 8)} + list);
}

TEST(PayloadClass, OfSmbsNegotiationIsWhetherItOffersAnyButTheFirst) {
  const Bytes old = smb_offer({"PC NETWORK PROGRAM 1.0", "LANMAN1.0", "NT LM 0.12"});
  const Bytes either = smb_offer({"NT LM 0.12", "SMB 2.002", "SMB 2.\?\?\?"});
  EXPECT_EQ(classified(old), VDT_PAYLOAD_SMB_1);
  EXPECT_EQ(classified(either), VDT_PAYLOAD_SMB_1_OR_2);
  EXPECT_EQ(classified(smb_offer({})), VDT_PAYLOAD_SMB_1);
  EXPECT_EQ(classified(smb(0xff, 0x72, 0x98, zeros(40))), VDT_PAYLOAD_SMB_1) << "a server's choice";
  EXPECT_EQ(classified(smb(0xff, 0x73, 0x18, zeros(40))), VDT_PAYLOAD_SMB_1) << "no negotiation any more";
  EXPECT_EQ(classified(smb(0xfe, 0x40, 0, zeros(40))), VDT_PAYLOAD_SMB_2);
  // Cut anywhere it isn't less than it offers.
  for (std::size_t size = 0; size < either.size(); size++)
    EXPECT_NE(classified(first(either, size)), VDT_PAYLOAD_SMB_1) << size;
  std::vector<std::string_view> many(60, "LANMAN1.0");
  many.emplace_back("SMB 2.002");
  EXPECT_EQ(classified(smb_offer(many)), VDT_PAYLOAD_UNKNOWN) << "so many dialects aren't walked";
}

TEST(PayloadClass, OfARequestIsItsMethod) {
  const std::vector<std::pair<std::string_view, std::uint32_t>> lines{
      {"GET / HTTP/1.1\r\n", VDT_PAYLOAD_HTTP_GET},
      {"HEAD / HTTP/1.0\r\n", VDT_PAYLOAD_HTTP_HEAD},
      {"POST / HTTP/1.1\r\n", VDT_PAYLOAD_HTTP_POST},
      {"PUT /x HTTP/1.1\r\n", VDT_PAYLOAD_HTTP_PUT},
      {"DELETE /x HTTP/1.1\r\n", VDT_PAYLOAD_HTTP_DELETE},
      {"CONNECT a:443 HTTP/1.1\r\n", VDT_PAYLOAD_HTTP_CONNECT},
      {"OPTIONS * HTTP/1.1\r\n", VDT_PAYLOAD_HTTP_OPTIONS},
      {"OPTIONS /a HTTP/1.1\r\n", VDT_PAYLOAD_HTTP_OPTIONS},
      {"OPTIONS http://a/ HTTP/1.1\r\n", VDT_PAYLOAD_HTTP_OPTIONS},
      {"OPTIONS ", VDT_PAYLOAD_HTTP_OPTIONS},
      {"OPTIONS sip:a@example SIP/2.0\r\n", VDT_PAYLOAD_UNKNOWN},
      {"OPTIONS * RTSP/1.0\r\n", VDT_PAYLOAD_UNKNOWN},
      {"OPTIONS rtsp://a/ RTSP/1.0\r\n", VDT_PAYLOAD_UNKNOWN},
      {"TRACE / HTTP/1.1\r\n", VDT_PAYLOAD_HTTP_TRACE},
      {"PATCH /x HTTP/1.1\r\n", VDT_PAYLOAD_HTTP_PATCH},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", VDT_PAYLOAD_HTTP_2},
      {"GETTING somewhere", VDT_PAYLOAD_UNKNOWN},
      {"get / HTTP/1.1\r\n", VDT_PAYLOAD_UNKNOWN},
      {"HTTP/1.1 200 OK\r\n", VDT_PAYLOAD_UNKNOWN},
      {"GET /", VDT_PAYLOAD_UNKNOWN},
  };
  for (const auto& [line, expected] : lines) EXPECT_EQ(classified(text(line)), expected) << line;
}

}  // namespace
}  // namespace vedette::tests
