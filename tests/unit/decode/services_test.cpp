// RADIUS, syslog and TFTP.
#include <gtest/gtest.h>

#include "decode/radius.h"
#include "decode/syslog.h"
#include "decode/tftp.h"
#include "decoding.h"

namespace vedette {
namespace {

using namespace tests;

using Facts = std::map<std::string_view, std::string>;

constexpr std::array<std::uint16_t, 2> kRadius = {40000, 1812};
constexpr std::array<std::uint16_t, 2> kSyslog = {40000, 514};
constexpr std::array<std::uint16_t, 2> kTftp = {40000, 69};

Bytes radius(std::uint8_t code, const Bytes& attributes) {
  return Bytes{code, 7} + be16(20 + attributes.size()) + zeros(16) + attributes;
}

Bytes attribute(std::uint8_t number, const Bytes& data) {
  return Bytes{number, static_cast<std::uint8_t>(data.size() + 2)} + data;
}

TEST(Radius, TellsARequestWithItsAnswer) {
  const Bytes request = radius(1, attribute(1, text("nemo")) + attribute(4, {192, 0, 2, 16}) +
                                      attribute(31, text("02-42-AC-11-00-02")));
  EXPECT_EQ(decode_datagrams(decode_radius, {{0, request}}, kRadius).verdict(), Verdict::kMine);
  const auto decoded = decode_datagrams(decode_radius, {{0, request}, {1, radius(2, {})}}, kRadius);
  ASSERT_EQ(decoded.verdict(), Verdict::kDone);
  EXPECT_EQ(facts(decoded.handshake()), (Facts{{"request", "Access-Request"},
                                               {"response", "Access-Accept"},
                                               {"user", "nemo"},
                                               {"nas_address", "192.0.2.16"},
                                               {"calling_station", "02-42-AC-11-00-02"}}));
}

TEST(Radius, IsOnlyWhatIsAsLongAsItSays) {
  const Bytes request = radius(1, attribute(1, text("nemo")));
  for (std::size_t size = 1; size < request.size(); size++) {
    const Bytes part(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(decode_datagrams(decode_radius, {{0, part}}, kRadius).verdict(), Verdict::kNotMine) << size;
  }
  // Damaged attributes are passed over where the header's length is right.
  const Bytes damaged = radius(1, attribute(1, text("nemo")) + Bytes{1, 1});
  EXPECT_EQ(facts(decode_datagrams(decode_radius, {{0, damaged}}, kRadius, true).handshake())["user"],
            "nemo");
  EXPECT_EQ(decode_datagrams(decode_radius, {{0, damaged + Bytes{0}}}, kRadius).verdict(), Verdict::kNotMine);
  EXPECT_EQ(decode_datagrams(decode_radius, {{0, request}}, {40000, 1814}).verdict(), Verdict::kNotMine);
}

Handshake logged(std::string_view line, std::array<std::uint16_t, 2> ports = kSyslog) {
  return decode_datagrams(decode_syslog, {{0, text(line)}}, ports).handshake();
}

TEST(Syslog, TellsBothForms) {
  // RFC 5424 §6.5, example 1; RFC 3164 §5.4, example 1.
  const auto now =
      logged("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed");
  EXPECT_EQ(now.app_version, "rfc5424");
  EXPECT_EQ(facts(now), (Facts{{"facility", "auth"},
                               {"severity", "crit"},
                               {"hostname", "mymachine.example.com"},
                               {"app_name", "su"}}));
  const auto old = logged("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8");
  EXPECT_EQ(old.app_version, "rfc3164");
  EXPECT_EQ(
      facts(old),
      (Facts{{"facility", "auth"}, {"severity", "crit"}, {"hostname", "mymachine"}, {"app_name", "su"}}));
}

TEST(Syslog, LeavesOutWhatIsNotSaid) {
  EXPECT_EQ(facts(logged("<165>1 - - - - - -")), (Facts{{"facility", "local4"}, {"severity", "notice"}}));
  EXPECT_EQ(facts(logged("<0>Use the BFG!")), (Facts{{"facility", "kern"}, {"severity", "emerg"}}));
  EXPECT_EQ(facts(logged("<13>Feb  5 17:32:18 sshd[42]: hello"))["app_name"], "sshd");
}

TEST(Syslog, WantsADateAwayFromItsPort) {
  constexpr std::array<std::uint16_t, 2> kElsewhere = {40000, 5140};
  EXPECT_TRUE(logged("<0>Use the BFG!", kElsewhere).app.empty());
  EXPECT_EQ(logged("<34>Oct 11 22:14:15 mymachine su: x", kElsewhere).app, "syslog");
  for (const std::string_view other : {"<192>Oct 11 22:14:15 a b", "<>x", "<1a>x", "<html>", "34>x", "<34"})
    EXPECT_TRUE(logged(other).app.empty()) << other;
}

TEST(Tftp, TellsWhichFileIsAskedFor) {
  const Bytes request = Bytes{0, 1} + text("pxelinux.0") + Bytes{0} + text("Octet") + Bytes{0};
  const auto decoded = decode_datagrams(decode_tftp, {{0, request}}, kTftp);
  EXPECT_EQ(facts(decoded.handshake()),
            (Facts{{"operation", "read"}, {"filename", "pxelinux.0"}, {"mode", "octet"}}));
  for (std::size_t size = 1; size < request.size(); size++) {
    const Bytes part(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(decode_datagrams(decode_tftp, {{0, part}}, kTftp).verdict(), Verdict::kNotMine) << size;
  }
  const auto refused = [](const Bytes& bytes) {
    return decode_datagrams(decode_tftp, {{0, bytes}}, kTftp).verdict() == Verdict::kNotMine;
  };
  EXPECT_TRUE(refused(Bytes{0, 3} + text("a") + Bytes{0} + text("octet") + Bytes{0}));
  EXPECT_TRUE(refused(Bytes{0, 1} + text("a\x01") + Bytes{0} + text("octet") + Bytes{0}));
  EXPECT_TRUE(refused(Bytes{0, 1} + text("a") + Bytes{0} + text("octets") + Bytes{0}));
}

}  // namespace
}  // namespace vedette
