#include "decode/ssh.h"

#include <gtest/gtest.h>

#include "cuts.h"
#include "decode/digest.h"
#include "ssh_builder.h"

namespace vedette {
namespace {

using namespace tests;

const Bytes kClientLine = text("SSH-2.0-OpenSSH_9.9 Debian-3\r\n");
const Bytes kServerLine = text("SSH-2.0-dropbear_2022.83\r\n");
const Bytes kClient = kClientLine + ssh_kexinit({});
const Bytes kServer =
    kServerLine + ssh_kexinit({.kex = "sntrup761x25519-sha512,diffie-hellman-group14-sha1,curve25519-sha256",
                               .host_key = "rsa-sha2-512",
                               .cipher_to_server = "aes256-ctr,aes128-ctr"});

Decoded decode(const Bytes& first, const Bytes& second, bool ended = false) {
  return decode_stream(decode_ssh, first, second, ended);
}

std::string version(std::string_view first, std::string_view second) {
  const auto line = [](std::string_view says) {
    return says.empty() ? Bytes{} : text("SSH-") + text(says) + text("-x\n");
  };
  return decode(line(first), line(second), true).handshake().app_version;
}

TEST(Ssh, TellsBothSidesAndWhatTheyComeTo) {
  const Decoded outcome = decode(kClient, kServer);
  ASSERT_EQ(outcome.answer.stand, 1U);
  EXPECT_EQ(outcome.handshake().app, "ssh");
  EXPECT_EQ(outcome.handshake().app_version, "2.0");
  const std::map<std::string_view, std::string> expected = {
      {"client_software", "OpenSSH_9.9 Debian-3"},
      {"client_protocol_version", "2.0"},
      {"server_software", "dropbear_2022.83"},
      {"server_protocol_version", "2.0"},
      {"kex", "curve25519-sha256"},  // the client's order counts (RFC 4253 §7.1)
      {"host_key", "rsa-sha2-512"},
      {"cipher", "aes128-ctr"},
      {"hassh", md5_hex("curve25519-sha256,diffie-hellman-group14-sha1;aes128-ctr,aes256-ctr;"
                        "hmac-sha2-256;none,zlib")},
      {"hassh_server", md5_hex("sntrup761x25519-sha512,diffie-hellman-group14-sha1,curve25519-sha256;"
                               "aes256-ctr;hmac-sha1;none")}};
  EXPECT_EQ(facts(outcome.handshake()), expected);
}

TEST(Ssh, TellsTheVersionThatIsSpoken) {
  EXPECT_EQ(version("2.0", "1.99"), "2.0");
  EXPECT_EQ(version("1.99", "2.0"), "2.0");
  EXPECT_EQ(version("1.99", "1.99"), "2.0");
  EXPECT_EQ(version("1.5", "1.99"), "1.5");
  EXPECT_EQ(version("1.5", "1.3"), "1.3");
  EXPECT_EQ(version("", "1.99"), "1.99");
  EXPECT_EQ(version("1.5", ""), "1.5");
  EXPECT_EQ(version("2.0", "1.5"), "");  // they part
}

TEST(Ssh, ReadsLinesBeforeTheServersOwnAndKnowsTheServerByThem) {
  const Bytes server = text("Welcome, stranger\r\nAuthorised use only\r\n") + kServer;
  const Decoded outcome = decode(server, kClient);
  ASSERT_EQ(outcome.answer.stand, 1U);
  EXPECT_EQ(facts(outcome.handshake()), facts(decode(kClient, kServer).handshake()));
}

TEST(Ssh, KnowsAServerByItsMarkerOrItsPort) {
  const Bytes server = kServerLine + ssh_kexinit({.kex = "curve25519-sha256,kex-strict-s-v00@openssh.com"});
  EXPECT_EQ(facts(decode(server, kClient).handshake()).at("server_software"), "dropbear_2022.83");
  const auto turned = decode_stream(decode_ssh, kServer, kClient, false, {22, 40000}).handshake();
  EXPECT_EQ(facts(turned).at("server_software"), "dropbear_2022.83");
}

TEST(Ssh, PassesOverAnIgnoreMessageBeforeTheOffer) {
  const Bytes ignore = ssh_packet(Bytes{2} + be32(3) + text("abc"));
  EXPECT_EQ(decode(kClientLine + ignore + ssh_kexinit({}), kServer).handshake(),
            decode(kClient, kServer).handshake());
}

TEST(Ssh, EndsTheSoftwareAtAControlCharacter) {
  const Bytes client = text("SSH-2.0-Cisco-1.25 ") + zeros(40) + text("\r\n");
  EXPECT_EQ(facts(decode(client, kServer, true).handshake()).at("client_software"), "Cisco-1.25");
}

TEST(Ssh, NeedsNoOfferOfSsh1) {
  const Decoded outcome = decode(text("SSH-1.5-old\n"), text("SSH-1.5-older\n") + Bytes(300, 7));
  EXPECT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app_version, "1.5");
}

TEST(Ssh, HasNoFingerprintOfAnOfferThatWasCutOff) {
  const Bytes client(kClient.begin(), kClient.end() - 20);
  const auto told = facts(decode(client, kServer, true).handshake());
  EXPECT_FALSE(told.contains("hassh"));
  EXPECT_TRUE(told.contains("hassh_server"));
}

TEST(Ssh, BearsHostileLengths) {
  for (const std::uint32_t length : {0U, 1U, 6U, 35'001U, 0x7fffffffU, 0xffffffffU}) {
    const Decoded outcome = decode(kClientLine + be32(length) + Bytes{255, 20} + zeros(64), kServer);
    EXPECT_EQ(outcome.verdict(), Verdict::kDone) << length;
    EXPECT_FALSE(facts(outcome.handshake()).contains("hassh")) << length;
  }
  Bytes lying = Bytes{20} + Bytes(16, 1) + be32(0xfffffff0) + text("abc");
  EXPECT_EQ(decode(kClientLine + ssh_packet(lying), kServer).verdict(), Verdict::kDone);
}

TEST(Ssh, IsSoundWhereverItIsCut) {
  expect_sound_at_every_cut(decode_ssh, kClient, text("hello\r\n") + kServer);
}

TEST(Ssh, LetsGoOfOthersAtTheirFirstBytes) {
  expect_no_claim_of_others(decode_ssh);
  EXPECT_EQ(decode(text("EHLO x\r\n"), text("2")).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode({0x16, 3, 1}, {}).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode(text("SSH-but not this\r\n"), text("SSH is a topic\r\n"), true).verdict(),
            Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
