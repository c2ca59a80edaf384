// The example and the rules of FoxIO's technical_details/JA4.md.
#include "decode/ja4.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

// The document's client, in another order than its sorted lists.
ClientHello chrome() {
  ClientHello hello;
  hello.legacy_version = 0x0303;
  hello.cipher_suites = {0x8a8a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030,
                         0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035};
  hello.extensions = {0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
                      0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015, 0x7a7a};
  hello.supported_versions = {0xfafa, 0x0303, 0x0304};
  hello.signature_algorithms = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601};
  hello.alpn = {"h2", "http/1.1"};
  hello.server_name = "example.com";
  return hello;
}

std::string part_a(const ClientHello& hello) {
  return ja4(hello, Ja4Transport::kTls).substr(0, 10);
}

TEST(Ja4, IsTheDocumentsExample) {
  EXPECT_EQ(ja4(chrome(), Ja4Transport::kTls), "t13d1516h2_8daaf6152771_e5627efa2ab1");
  EXPECT_EQ(ja4(chrome(), Ja4Transport::kQuic), "q13d1516h2_8daaf6152771_e5627efa2ab1");
}

TEST(Ja4, HashesTheDocumentsExtensionsWithoutAlgorithmsWithoutAnUnderscore) {
  ClientHello hello = chrome();
  hello.signature_algorithms.clear();
  EXPECT_EQ(ja4(hello, Ja4Transport::kTls), "t13d1516h2_8daaf6152771_6d807ffa2a79");
}

TEST(Ja4, HasZerosForWhatIsEmpty) {
  ClientHello hello;
  hello.legacy_version = 0x0301;
  EXPECT_EQ(ja4(hello, Ja4Transport::kTls), "t10i000000_000000000000_000000000000");
  hello.extensions = {0x0000, 0x0010};  // counted, not hashed
  EXPECT_EQ(ja4(hello, Ja4Transport::kTls), "t10d000200_000000000000_000000000000");
}

TEST(Ja4, ShowsTheHexOfAnAlpnThatIsNotAlphanumeric) {
  ClientHello hello = chrome();
  const auto shown = [&](std::string name) {
    hello.alpn = {std::move(name)};
    return part_a(hello).substr(8);
  };
  EXPECT_EQ(shown("h2"), "h2");
  EXPECT_EQ(shown("h"), "hh");
  EXPECT_EQ(shown("\xab"), "ab");
  EXPECT_EQ(shown("\xab\xcd"), "ad");
  EXPECT_EQ(shown("\x30\xab"), "3b");
  EXPECT_EQ(shown("\x30\x31\xab\xcd"), "3d");
  EXPECT_EQ(shown("\x30\xab\xcd\x31"), "01");
  EXPECT_EQ(shown(""), "00");
}

TEST(Ja4, TellsTheHighestVersionThatIsNoGrease) {
  ClientHello hello = chrome();
  const auto shown = [&] { return part_a(hello).substr(0, 3); };
  hello.supported_versions = {0x0302, 0x0303, 0xeaea};
  EXPECT_EQ(shown(), "t12");
  hello.supported_versions = {};
  for (const auto& [version, text] :
       {std::pair(0x0303, "t12"), {0x0302, "t11"}, {0x0301, "t10"}, {0x0300, "ts3"}, {0x0305, "t00"}}) {
    hello.legacy_version = static_cast<std::uint16_t>(version);
    EXPECT_EQ(shown(), text);
  }
}

TEST(Ja4, CountsNoFurtherThan99) {
  ClientHello hello = chrome();
  hello.cipher_suites.assign(120, 0x1301);
  EXPECT_EQ(part_a(hello), "t13d9916h2");
}

}  // namespace
}  // namespace vedette
