// Handshakes against the protocol policy's entries.
#include "act/protocol_judge.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "abi/payload_class.h"
#include "decode/registry.h"

namespace vedette {
namespace {

Handshake of(std::string_view app, std::string version) {
  Handshake handshake;
  handshake.app = app;
  handshake.app_version = std::move(version);
  return handshake;
}

Handshake tls(const std::vector<std::string>& offered, const std::string& chosen = {}) {
  Handshake handshake = of("tls", chosen);
  handshake.add("offered_versions", offered);
  handshake.add_known("chosen_version", chosen);
  return handshake;
}

TEST(ProtocolJudge, TakesTlsByItsChoiceElseByTheHighestOffered) {
  ProtocolEntry entry;
  entry.tls_min = VDT_PAYLOAD_TLS_1_2;
  EXPECT_TRUE(shows(tls({"1.1", "1.0"}), entry));
  EXPECT_FALSE(shows(tls({"1.0", "1.2"}), entry));
  EXPECT_TRUE(shows(tls({"1.2", "1.0"}, "1.0"), entry)) << "the server's choice";
  EXPECT_FALSE(shows(tls({"1.3-draft28"}), entry));
  EXPECT_FALSE(shows(tls({"1.0", "0x7a7a"}), entry)) << "one that nobody knows may be later";
  EXPECT_FALSE(shows(tls({}), entry));
  EXPECT_TRUE(shows(tls({"SSL 3.0"}), entry));
  EXPECT_FALSE(shows(of("dtls", "1.0"), entry)) << "has versions of its own";
}

TEST(ProtocolJudge, TakesSshAndSmbByTheVersionSpoken) {
  ProtocolEntry entry;
  entry.refuse_ssh_1 = entry.refuse_smb_1 = true;
  EXPECT_TRUE(shows(of("ssh", "1.5"), entry));
  EXPECT_FALSE(shows(of("ssh", "1.99"), entry)) << "either";
  EXPECT_FALSE(shows(of("ssh", "2.0"), entry));
  EXPECT_TRUE(shows(of("smb", "1.0"), entry));
  EXPECT_FALSE(shows(of("smb", "2.1"), entry));
  EXPECT_FALSE(shows(of("ftp", "1.0"), entry));
}

TEST(ProtocolJudge, TakesNamesAndWhatIsBelowThem) {
  ProtocolEntry entry;
  entry.sni = {".bad.example", "exact.example"};
  const auto named = [&](std::string_view name) {
    Handshake handshake = of("quic", {});
    handshake.add_known("sni", name);
    return shows(handshake, entry);
  };
  EXPECT_TRUE(named("bad.example"));
  EXPECT_TRUE(named("a.b.BAD.example."));
  EXPECT_FALSE(named("notbad.example"));
  EXPECT_TRUE(named("exact.example"));
  EXPECT_FALSE(named("www.exact.example"));
  EXPECT_FALSE(named(""));
}

TEST(ProtocolJudge, TakesFingerprintsAndApplications) {
  ProtocolEntry prints;
  prints.ja4 = {"t13d1516h2_8daaf6152771_b186095e22b6"};
  Handshake handshake = tls({"1.3"}, "1.3");
  EXPECT_FALSE(shows(handshake, prints));
  EXPECT_FALSE(client_is_whole(handshake));
  handshake.add("ja3", std::string(32, 'a'));
  handshake.add("ja4", "t13d1516h2_8daaf6152771_b186095e22b6");
  EXPECT_TRUE(shows(handshake, prints));
  EXPECT_TRUE(client_is_whole(handshake));
  ProtocolEntry any, version;
  any.apps = {{"http", {}}};
  version.apps = {{"smtp", {}}, {"http", "HTTP/1.0"}};
  EXPECT_TRUE(shows(of("http", "HTTP/2"), any));
  EXPECT_FALSE(shows(of("http", "HTTP/1.1"), version));
  EXPECT_TRUE(shows(of("http", "HTTP/1.0"), version));
  EXPECT_FALSE(shows(of("http", ""), version)) << "not told, not refused";
  EXPECT_FALSE(shows(of("ftp", ""), any));
  EXPECT_TRUE(may_show_yet(of("http", ""), version));
  EXPECT_FALSE(may_show_yet(of("http", ""), any)) << "it does already";
}

TEST(ProtocolJudge, TakesRequestsByTheirMethod) {
  ProtocolEntry entry;
  entry.apps = {{"http", "POST"}};
  Handshake post = of("http", "HTTP/1.1"), get = post;
  post.add("method", "POST");
  get.add("method", "GET");
  EXPECT_TRUE(shows(post, entry));
  EXPECT_FALSE(shows(get, entry));
  EXPECT_FALSE(may_show_yet(get, entry));
}

TEST(ProtocolJudge, KnowsTheApplicationsThatDecodersTell) {
  for (const Decoder& decoder : decoders())
    EXPECT_TRUE(decoder.name.empty() || std::ranges::find(known_apps(), decoder.name) != known_apps().end())
        << decoder.name;
  EXPECT_TRUE(std::ranges::is_sorted(known_apps()));
}

}  // namespace
}  // namespace vedette
