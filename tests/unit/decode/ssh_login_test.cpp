// Log-ins to SSH told by the sizes of packets. What is sealed is as long as OpenSSH, libssh and dropbear make
// it.
#include "decode/ssh_login.h"

#include <gtest/gtest.h>

#include "cuts.h"
#include "decode/ssh.h"
#include "ssh_builder.h"

namespace vedette {
namespace {

using namespace tests;

constexpr int kClient = 0, kServer = 1;
const Bytes kNewkeys = ssh_packet({21});

// With chacha20-poly1305: four bytes of length, whole blocks of eight, sixteen of the tag.
enum Size : std::size_t {
  kRequest = 44,     // SERVICE_REQUEST
  kAccept = 44,      // SERVICE_ACCEPT
  kSuccess = 28,     // USERAUTH_SUCCESS
  kRefusal = 52,     // USERAUTH_FAILURE: publickey,password
  kPrompt = 76,      // USERAUTH_INFO_REQUEST: "Password: "
  kKeyIsKnown = 92,  // USERAUTH_PK_OK of an Ed25519 key
  kBanner = 140,
  kExtensions = 260,  // EXT_INFO
  kMethods = 68,      // USERAUTH_REQUEST of "none" of root
  kPassword = 84,     // the same of a password of eight letters
  kInteractive = 84,  // of keyboard-interactive
  kTyped = 44,        // USERAUTH_INFO_RESPONSE
  kKey = 148,         // of an Ed25519 key
  kSigned = 228,      // with its signature
};

class SshLogin : public testing::Test {
 protected:
  explicit SshLogin(const SshOffer& offer = {.cipher_to_server = "chacha20-poly1305@openssh.com",
                                             .cipher_to_client = "chacha20-poly1305@openssh.com"}) {
    begin(offer);
  }
  void begin(const SshOffer& offer) {
    said_ = {{kClient, text("SSH-2.0-client\r\n") + ssh_kexinit(offer)},
             {kServer, text("SSH-2.0-server\r\n") + ssh_kexinit(offer)},
             {kClient, ssh_packet(Bytes{30} + Bytes(36, 1))},
             {kServer, ssh_packet(Bytes{31} + Bytes(200, 1)) + kNewkeys}};
  }
  // By turns, the client first.
  void turns(std::initializer_list<std::size_t> sizes) {
    int side = kClient;
    for (const std::size_t size : sizes) {
      say(side, size);
      side = 1 - side;
    }
  }
  void say(int side, std::size_t size) { said_.push_back({side, Bytes(size, 0x5a)}); }
  // Keys in use and the service asked for, as OpenSSH's client does it.
  void agree() {
    said_.push_back({kClient, kNewkeys});
    turns({kRequest, kAccept});
  }
  [[nodiscard]] Decoded decoded(bool ended) const { return decode_datagrams(decode_ssh, said_, {}, ended); }
  // "failures/logged in" of all that was told; "" where nothing was.
  [[nodiscard]] std::string logins(bool ended = true) const {
    std::string all;
    const Decoded outcome = decoded(ended);
    for (const Handshake& handshake : outcome.handshakes) {
      auto told = facts(handshake);
      if (told.contains("login_failures") || told.contains("logged_in"))
        all += told["login_failures"] + "/" + told["logged_in"];
    }
    return all;
  }

  std::vector<Datagram> said_;
};

TEST_F(SshLogin, CountsRefusedPasswordsOnceItIsOver) {
  agree();
  turns({kMethods, kRefusal, kPassword, kRefusal, kPassword, kRefusal, kPassword, kRefusal});
  EXPECT_EQ(logins(false), "");
  EXPECT_EQ(logins(), "3/");
}

TEST_F(SshLogin, TellsTheOfferAtOnceAndALogInWhenItIs) {
  EXPECT_EQ(decoded(false).answer.stand, 1U);
  EXPECT_EQ(decoded(false).verdict(), Verdict::kMine);
  agree();
  turns({kMethods, kRefusal, kPassword, kRefusal, kPassword});
  EXPECT_EQ(decoded(false).handshakes.size(), 1U);
  say(kServer, kSuccess);
  const Decoded outcome = decoded(false);
  EXPECT_EQ(outcome.verdict(), Verdict::kDone);
  ASSERT_EQ(outcome.handshakes.size(), 2U);
  EXPECT_EQ(outcome.handshakes[1].app, "ssh");
  EXPECT_EQ(outcome.handshakes[1].app_version, "2.0");
  // The packets are a millisecond apart: four in clear, keys in use, and two for the service before it.
  EXPECT_EQ(outcome.handshakes[1].time, std::chrono::milliseconds(8));
  EXPECT_EQ(logins(false), "1/1");
}

TEST_F(SshLogin, CountsAPasswordThatIsTheFirstRequestAndTheOnlyOne) {
  agree();
  turns({kPassword, kRefusal});
  EXPECT_EQ(logins(), "1/");
}

TEST_F(SshLogin, CountsNoQuestionForTheMethods) {
  agree();
  turns({kMethods, kRefusal});
  EXPECT_EQ(logins(), "");
}

TEST_F(SshLogin, CountsNoKeys) {
  agree();
  turns({kMethods, kRefusal, kKey, kRefusal, kKey, kRefusal, kKey, kRefusal, kKey, kRefusal});
  EXPECT_EQ(logins(), "");
  turns({kKey, kKeyIsKnown, kSigned, kSuccess});
  EXPECT_EQ(logins(), "/1");
}

TEST_F(SshLogin, CountsWhatIsTypedAtAPrompt) {
  agree();
  turns(
      {kMethods, kRefusal, kInteractive, kPrompt, kTyped, kRefusal, kInteractive, kPrompt, kTyped, kRefusal});
  EXPECT_EQ(logins(), "2/");
}

TEST_F(SshLogin, KnowsRefusalsBehindABanner) {
  agree();
  said_.push_back({kClient, Bytes(kMethods, 1)});
  say(kServer, kBanner);
  turns({kPassword, kRefusal, kPassword, kRefusal});
  EXPECT_EQ(logins(), "2/") << "which came with the first refusal";
  said_.clear();
  begin({.cipher_to_server = "chacha20-poly1305@openssh.com",
         .cipher_to_client = "chacha20-poly1305@openssh.com"});
  agree();
  say(kClient, kMethods);
  say(kServer, kBanner);
  say(kServer, kRefusal);
  turns({kPassword, kRefusal});
  EXPECT_EQ(logins(), "1/") << "which came before it";
}

TEST_F(SshLogin, PassesOverExtensionsThatNobodyAskedFor) {
  said_.back().bytes = said_.back().bytes + Bytes(kExtensions, 1);
  said_.push_back({kClient, kNewkeys});
  say(kServer, kExtensions);
  turns({kRequest, kAccept, kMethods, kRefusal, kPassword, kSuccess});
  EXPECT_EQ(logins(), "/1");
}

TEST_F(SshLogin, KnowsAClientThatDoesNotWaitForTheService) {
  said_.push_back({kClient, kNewkeys});
  said_.push_back({kClient, Bytes(kRequest, 1) + Bytes(kPassword, 1)});
  said_.push_back({kServer, Bytes(kAccept, 1) + Bytes(kSuccess, 1)});
  EXPECT_EQ(logins(), "/1");
}

TEST_F(SshLogin, CountsNothingOfASession) {
  agree();
  // The log-in came with the host's other keys, so that it wasn't seen; then the channel, and keystrokes.
  turns({kMethods, kRefusal, kPassword, kSuccess + 1400, kRefusal, kRefusal, 36, 36, 36, 36, kTyped, kTyped});
  EXPECT_EQ(logins(), "");
  EXPECT_EQ(decoded(false).verdict(), Verdict::kDone);
}

TEST_F(SshLogin, KnowsTheSizesOfOtherCiphers) {
  struct Sealed {
    std::string_view cipher, mac;
    std::size_t accept, success;
  };
  for (const Sealed& one :
       {Sealed{"aes128-gcm@openssh.com", "", 52, 36},
        Sealed{"aes256-ctr", "hmac-sha2-256-etm@openssh.com", 68, 52},
        Sealed{"aes256-ctr", "umac-128-etm@openssh.com", 52, 36},
        Sealed{"aes128-ctr", "hmac-sha2-256", 64, 48}, Sealed{"aes128-cbc", "hmac-sha1", 52, 36},
        Sealed{"3des-cbc", "hmac-md5-96", 44, 28}}) {
    begin({.cipher_to_client = one.cipher, .mac_to_client = one.mac});
    said_.push_back({kClient, kNewkeys});
    turns({kRequest, one.accept, kPassword, one.success});
    EXPECT_EQ(logins(), "/1") << one.cipher << " " << one.mac;
  }
}

TEST_F(SshLogin, SaysNothingWhereSizesSayNothing) {
  for (const SshOffer& offer :
       {SshOffer{.cipher_to_client = "one-of-our-own"}, SshOffer{.mac_to_client = "one-of-our-own"},
        SshOffer{.compression_to_client = "zlib"}}) {
    begin(offer);
    agree();
    turns({kPassword, kRefusal, kPassword, kRefusal, kPassword, kSuccess});
    EXPECT_EQ(logins(), "");
    EXPECT_EQ(decoded(false).verdict(), Verdict::kDone);
  }
}

TEST_F(SshLogin, BearsALengthThatIsNone) {
  said_.push_back({kClient, be32(0xffffffff) + Bytes{4, 30}});
  EXPECT_EQ(logins(false), "");
  EXPECT_EQ(decoded(false).verdict(), Verdict::kDone);
}

TEST_F(SshLogin, IsSoundWhereverItIsCut) {
  agree();
  turns({kPassword, kSuccess});
  std::array<Bytes, 2> bytes;
  for (const auto& [side, said] : said_)
    bytes.at(static_cast<std::size_t>(side)) = bytes.at(static_cast<std::size_t>(side)) + said;
  expect_sound_at_every_cut(decode_ssh, bytes[0], bytes[1]);
}

}  // namespace
}  // namespace vedette
