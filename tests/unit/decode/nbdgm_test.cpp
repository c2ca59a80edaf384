#include "decode/nbdgm.h"

#include <gtest/gtest.h>

#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;
using Facts = std::map<std::string_view, std::string>;

constexpr std::array<std::uint16_t, 2> kPorts = {138, 138};

// RFC 1001 §14.1.
Bytes name(std::string_view letters, std::uint8_t suffix) {
  Bytes bytes = text(letters) + Bytes(15 - letters.size(), ' ') + Bytes{suffix}, encoded = {32};
  for (const std::uint8_t byte : bytes)
    encoded = encoded + Bytes{static_cast<std::uint8_t>('A' + (byte >> 4)),
                              static_cast<std::uint8_t>('A' + (byte & 15))};
  return encoded + Bytes{0};
}

// RFC 1002 §4.4.1.
Bytes datagram(std::uint8_t type, const Bytes& data) {
  const Bytes rest = name("HOST", 0x20) + name("WORKGROUP", 0x1d) + data;
  return Bytes{type, 0x02, 0, 7, 192, 0, 2, 1} + be16(138) + be16(rest.size()) + be16(0) + rest;
}

// [MS-MAIL] §2.2.1: SMB_COM_TRANSACTION.
const Bytes kAnnouncement = Bytes{0xff, 'S', 'M', 'B', 0x25} + zeros(27) + Bytes{17} + zeros(34) +
                            Bytes{20, 0} + text("\\MAILSLOT\\BROWSE") + Bytes{0, 1, 3, 0x60};

TEST(Nbdgm, TellsNamesAndTheMailslotOfSmb) {
  const Decoded outcome = decode_datagrams(decode_nbdgm, {{0, datagram(0x11, kAnnouncement)}}, kPorts);
  ASSERT_EQ(outcome.verdict(), Verdict::kDone);
  ASSERT_EQ(outcome.handshakes.size(), 2U);
  EXPECT_EQ(outcome.handshakes[0].app, "nbdgm");
  EXPECT_EQ(facts(outcome.handshakes[0]),
            (Facts{{"source_name", "HOST<20>"}, {"destination_name", "WORKGROUP<1d>"}}));
  EXPECT_EQ(outcome.handshakes[1].app, "smb");
  EXPECT_EQ(outcome.handshakes[1].app_version, "1.0");
  EXPECT_EQ(facts(outcome.handshakes[1]), (Facts{{"mailslot", "\\MAILSLOT\\BROWSE"}}));
}

TEST(Nbdgm, TellsNoSmbThatIsNone) {
  Bytes other = kAnnouncement;
  other[4] = 0x72;  // a negotiation
  for (const Bytes& data :
       {other, text("something"), Bytes{}, Bytes(kAnnouncement.begin(), kAnnouncement.begin() + 70)}) {
    const Decoded outcome = decode_datagrams(decode_nbdgm, {{0, datagram(0x12, data)}}, kPorts);
    ASSERT_EQ(outcome.handshakes.size(), 1U);
    EXPECT_EQ(outcome.handshake().app, "nbdgm");
  }
}

TEST(Nbdgm, IsNotWhatItsFieldsContradict) {
  const Bytes right = datagram(0x10, kAnnouncement);
  EXPECT_EQ(decode_datagrams(decode_nbdgm, {{0, right}}, {40000, 50000}).verdict(), Verdict::kNotMine);
  for (std::size_t size = 0; size < right.size(); size++) {
    const Bytes cut(right.begin(), right.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(decode_datagrams(decode_nbdgm, {{0, cut}}, kPorts, true).verdict(), Verdict::kNotMine) << size;
  }
  Bytes reserved = right, piece = right, named = right;
  reserved[1] = 0x12;
  piece[13] = 1;
  named[20] = 'Q';
  for (const Bytes& wrong : {datagram(0x13, {}), reserved, piece, named, right + Bytes{0}})
    EXPECT_EQ(decode_datagrams(decode_nbdgm, {{0, wrong}}, kPorts).verdict(), Verdict::kNotMine);
}

}  // namespace
}  // namespace vedette
