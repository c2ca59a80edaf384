// Every version that has a name, with what its Initial packets are protected with, as the drafts of RFC 9001
// §5.2 and the makers publish it.
#include "decode/quic_versions.h"

#include <gtest/gtest.h>

#include "decode/quic.h"
#include "decoding.h"
#include "quic_builder.h"

namespace vedette {
namespace {

using namespace tests;

constexpr std::string_view kDraft22 = "7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a";
constexpr std::string_view kDraft23 = "c3eef712c72ebb5a11a7d2432bb46365bef9f502";
constexpr std::string_view kDraft29 = "afbfec289993d24c9e9786f19c6111e04390a899";
constexpr std::string_view kVersion1 = "38762cf7f55934b34d179ae6a4c80cadccbb7f0a";

struct Named {
  std::uint32_t number;
  std::string_view name;
  std::string_view salt;
  std::string_view labels = "quic ";
  std::uint8_t initial_type = 0;
  std::uint8_t crypto_type = 6;
};

class NamedVersion : public testing::TestWithParam<Named> {};

INSTANTIATE_TEST_SUITE_P(
    Quic, NamedVersion,
    testing::Values(Named{0x00000001, "v1", kVersion1},
                    Named{0x6b3343cf, "v2", "0dede3def700a6db819381be6e269dcbf9bd2ed9", "quicv2 ", 1},
                    Named{0x709a50c4, "v2-draft", "a707c203a59b47184a1d62ca570406ea7ae3e5d3", "quicv2 ", 1},
                    Named{0xff000016, "draft-22", kDraft22}, Named{0xff000017, "draft-23", kDraft23},
                    Named{0xff00001b, "draft-27", kDraft23}, Named{0xff00001c, "draft-28", kDraft23},
                    Named{0xff00001d, "draft-29", kDraft29}, Named{0xff00001e, "draft-30", kDraft29},
                    Named{0xff00001f, "draft-31", kDraft29}, Named{0xff000020, "draft-32", kDraft29},
                    Named{0xff000021, "draft-33", kVersion1}, Named{0xff000022, "draft-34", kVersion1},
                    Named{0xfaceb001, "mvfst-22", kDraft22}, Named{0xfaceb002, "mvfst-27", kDraft23},
                    Named{0xfaceb003, "mvfst-faceb003", kVersion1}, Named{0xfaceb00e, "mvfst-exp", kDraft23},
                    Named{0x50435130, "picoquic-0", "306716d76375d5554b2f605eef78d8333dc1ca36"},
                    Named{0x54303530, "T050", "7ff579e5acd072915580304c43a2367c60488310", "quic ", 0, 8},
                    Named{0x54303531, "T051", "7a4edef4e7ccee5fa4506c19124fc8ccda6e033d", "quic ", 0, 8}));

TEST_P(NamedVersion, IsToldAndItsHellosAreRead) {
  const Named& named = GetParam();
  const InitialSays client{.version = named.number,
                           .salt = named.salt,
                           .labels = named.labels,
                           .type = named.initial_type,
                           .source = {1, 2, 3}};
  const Bytes hello = message(1, client_hello({.extensions = server_name("example.org")}));
  const Bytes answer = message(2, server_hello({.extensions = selected_version(0x0304)}));
  const Decoded decoded =
      decode_datagrams(decode_quic, {{0, initial(client, crypto(0, hello, named.crypto_type))},
                                     {1, initial(answer_to(client), crypto(0, answer, named.crypto_type))}});
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(decoded.handshake().app_version, named.name);
  EXPECT_EQ(facts(decoded.handshake()).at("sni"), "example.org");
  EXPECT_EQ(facts(decoded.handshake()).at("cipher"), "TLS_AES_128_GCM_SHA256");
}

TEST(QuicVersions, NamesThoseThatNobodySpeaksByTheirNumber) {
  EXPECT_EQ(quic_version_name(0x51303433), "Q043");
  EXPECT_EQ(quic_version_name(0x51303939), "0x51303939");
  EXPECT_EQ(quic_version_name(0x51303a30), "0x51303a30");
  EXPECT_EQ(quic_version_name(0x54303433), "0x54303433");
  EXPECT_EQ(quic_version_name(0x0a1a2a3a), "0x0a1a2a3a");
  EXPECT_FALSE(quic_version(0x0a1a2a3a).known);
  EXPECT_FALSE(quic_version(0xff000015).known);  // its header was another
}

}  // namespace
}  // namespace vedette
