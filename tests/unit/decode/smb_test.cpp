#include "decode/smb.h"

#include <gtest/gtest.h>

#include "cutting.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

// RFC 1002 §4.3.1.
Bytes frame(const Bytes& message, std::uint8_t type = 0) {
  return Bytes{type, 0} + be16(message.size()) + message;
}
// [MS-CIFS] §2.2.3.1.
Bytes smb1(std::uint8_t command, bool reply, const Bytes& rest) {
  return frame(Bytes{0xff} + text("SMB") + Bytes{command} + Bytes(4, 0) +
               Bytes{static_cast<std::uint8_t>(reply ? 0x80 : 0)} + Bytes(22, 0) + rest);
}
Bytes smb1_offer(const std::vector<std::string_view>& dialects) {
  Bytes list;
  for (const std::string_view one : dialects) list = list + Bytes{2} + text(one) + Bytes{0};
  return smb1(0x72, false, Bytes{0} + le16(static_cast<std::uint16_t>(list.size())) + list);
}
Bytes smb1_choice(std::uint16_t index, std::uint8_t mode) {
  return smb1(0x72, true, Bytes{17} + le16(index) + Bytes{mode} + Bytes(31, 0) + le16(0));
}
// [MS-SMB2] §2.2.1.2.
Bytes smb2(std::uint16_t command, bool reply, const Bytes& body) {
  return frame(Bytes{0xfe} + text("SMB") + le16(64) + Bytes(6, 0) + le16(command) + Bytes(2, 0) +
               Bytes{static_cast<std::uint8_t>(reply ? 1 : 0), 0, 0, 0} + Bytes(44, 0) + body);
}
Bytes smb2_offer(const std::vector<std::uint16_t>& revisions) {
  Bytes list;
  for (const std::uint16_t one : revisions) list = list + le16(one);
  return smb2(0, false, le16(36) + le16(static_cast<std::uint16_t>(revisions.size())) + Bytes(32, 0) + list);
}
Bytes smb2_choice(std::uint16_t revision, std::uint16_t mode = 1) {
  return smb2(0, true, le16(65) + le16(mode) + le16(revision) + Bytes(58, 0));
}

const Bytes kOffer3 = smb2_offer({0x0202, 0x0210, 0x0300, 0x0302, 0x0311});
const Bytes kOfferAll = smb1_offer({"NT LM 0.12", "SMB 2.002", "SMB 2.???"});

TEST(Smb, TellsTheRevisionThatIsChosen) {
  const Decoded outcome = decode_stream(decode_smb, kOffer3, smb2_choice(0x0311, 3));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app, "smb");
  EXPECT_EQ(outcome.handshake().app_version, "3.1.1");
  EXPECT_EQ(facts(outcome.handshake()), (Facts{{"offered_dialects", "2.0.2 2.1 3.0 3.0.2 3.1.1"},
                                               {"dialect", "3.1.1"},
                                               {"signing_required", "1"}}));
  EXPECT_EQ(decode_stream(decode_smb, smb2_choice(0x0311, 3), kOffer3).handshake(), outcome.handshake());
  cut_everywhere(decode_smb, kOffer3, smb2_choice(0x0311));
}

TEST(Smb, TellsWhatSmb1SpeaksByItsIndex) {
  const Bytes offer = smb1_offer({"PC NETWORK PROGRAM 1.0", "NT LM 0.12"});
  const Decoded outcome = decode_stream(decode_smb, offer, smb1_choice(1, 0x07));
  EXPECT_EQ(outcome.handshake().app_version, "1.0");
  EXPECT_EQ(facts(outcome.handshake()).at("dialect"), "NT LM 0.12");
  EXPECT_EQ(facts(outcome.handshake()).at("signing_required"), "0");
  EXPECT_EQ(facts(decode_stream(decode_smb, offer, smb1_choice(1, 0x0f)).handshake()).at("signing_required"),
            "1");
  EXPECT_FALSE(facts(decode_stream(decode_smb, offer, smb1_choice(9, 0)).handshake()).contains("dialect"));
  EXPECT_EQ(decode_stream(decode_smb, offer, smb1_choice(0xffff, 0)).handshake().app_version, "");
  cut_everywhere(decode_smb, offer, smb1_choice(1, 0x07));
}

// [MS-SMB2] §3.3.5.3.1: SMB 1 asks, the server wants to hear it again in SMB 2.
TEST(Smb, FollowsANegotiationFromSmb1ToSmb2) {
  EXPECT_EQ(decode_stream(decode_smb, kOfferAll, smb2_choice(0x02ff)).verdict(), Verdict::kMine);
  const Decoded outcome = decode_stream(decode_smb, kOfferAll + smb2_offer({0x0210, 0x0300}),
                                        smb2_choice(0x02ff) + smb2_choice(0x0300));
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  EXPECT_EQ(outcome.handshake().app_version, "3.0");
  EXPECT_EQ(facts(outcome.handshake()).at("offered_dialects"), "NT LM 0.12 SMB 2.002 SMB 2.??? 2.1 3.0");
}

TEST(Smb, PassesOverTheNetbiosSession) {
  const Bytes request = frame(Bytes(68, 0x20), 0x81), accepted = frame({}, 0x82);
  EXPECT_EQ(facts(decode_stream(decode_smb, request + kOffer3, accepted + smb2_choice(0x0210)).handshake()),
            facts(decode_stream(decode_smb, kOffer3, smb2_choice(0x0210)).handshake()));
  EXPECT_EQ(decode_stream(decode_smb, request, accepted).verdict(), Verdict::kUndecided);
  EXPECT_EQ(decode_stream(decode_smb, request, accepted, true).verdict(), Verdict::kNotMine);
}

TEST(Smb, TellsAConnectionFromItsMiddle) {
  EXPECT_EQ(decode_stream(decode_smb, smb1(0x2e, false, Bytes(30, 0)), smb1(0x2e, true, Bytes(30, 0)))
                .handshake()
                .app_version,
            "1.0");
  const Decoded later = decode_stream(decode_smb, smb2(8, false, Bytes(49, 0)), smb2(8, true, Bytes(17, 0)));
  EXPECT_EQ(later.verdict(), Verdict::kDone);
  EXPECT_EQ(later.handshake().app_version, "");
}

TEST(Smb, IsNotWhatOthersSpeak) {
  is_not(decode_smb,
         {text("GET / HTTP/1.1\r\n\r\n"), Bytes(40, 0), Bytes{0, 0, 0, 60} + text("SMB!") + Bytes(56, 0),
          frame(Bytes(40, 0xff)), Bytes{0x82, 0, 0, 1, 0}});
}

}  // namespace
}  // namespace vedette
