#include "detect/dns_tunnel.h"

#include "detect/dns_zones.h"
#include "detect/name_shape.h"
#include "tests/unit/detect/dns_message_builder.h"
#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kHost = 0x0a000005;
constexpr std::uint32_t kResolver = 0x0a000001;
constexpr std::uint16_t kA = 1, kNull = 10, kMx = 15, kTxt = 16;

// Letters of an alphabet, the same in every run (Numerical Recipes' generator).
class Letters {
 public:
  explicit Letters(std::string_view alphabet) : alphabet_(alphabet) {}
  [[nodiscard]] std::string next(std::size_t count) {
    std::string letters;
    for (std::size_t i = 0; i < count; i++) {
      state_ = state_ * 1664525U + 1013904223U;
      letters += alphabet_[(state_ >> 16) % alphabet_.size()];
    }
    return letters;
  }

 private:
  std::string_view alphabet_;
  std::uint32_t state_ = 1;
};

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";

class DnsTunnelTest : public WatchedTraffic {
 protected:
  void ask(std::string_view name, std::uint16_t type, std::uint16_t rcode = 0) {
    time_ += 200ms;
    id_++;
    const auto from = static_cast<std::uint16_t>(20000 + id_);
    send({kHost, kResolver}, VDT_IP_UDP, udp(from, 53, dns_question(id_, name, type)), time_);
    send({kResolver, kHost}, VDT_IP_UDP, udp(53, from, dns_reply(id_, name, type, rcode)), time_ + 1ms);
  }
  [[nodiscard]] const Finding* found(std::string_view detector) const {
    const auto finding = std::ranges::find(over_, detector, &Finding::detector);
    return finding == over_.end() ? nullptr : &*finding;
  }

  Nanoseconds time_ = 1s;
  std::uint16_t id_ = 0;
};

TEST(DnsParts, AreWhatIsRegisteredAndWhatStandsBelow) {
  EXPECT_EQ(dns_parts("www.a.example.com").registered, "example.com");
  EXPECT_EQ(dns_parts("www.a.example.com").below, "www.a");
  EXPECT_EQ(dns_parts("www.example.co.uk").registered, "example.co.uk");
  EXPECT_EQ(dns_parts("www.example.de.").registered, "example.de");
  EXPECT_EQ(dns_parts("example.co.uk").below, "");
  EXPECT_EQ(dns_parts("localhost").registered, "");
  EXPECT_EQ(dns_parts("").registered, "");
}

TEST(DnsZones, OfReverseNamesAndListsHoldDataByDesign) {
  EXPECT_TRUE(is_zone_of_data("4.3.2.1.in-addr.arpa"));
  EXPECT_TRUE(is_zone_of_data("0.0.0.0.1.0.0.4E.13cfus2drmdq3j8cafidezr8l6.AVQS.McAfee.com"));
  EXPECT_TRUE(is_zone_of_data("2.0.0.127.bl.example.net"));
  EXPECT_TRUE(is_zone_of_data("printer.local"));
  EXPECT_FALSE(is_zone_of_data("notlocal"));
  EXPECT_FALSE(is_zone_of_data("www.example.com"));
  EXPECT_FALSE(is_zone_of_data("1.2.3.www.example.com"));
}

TEST(NameShape, TellsGeneratedLabelsFromWords) {
  for (const std::string_view word :
       {"wikipedia", "stackoverflow", "kaufhausdeswestens", "akamaitechnologies", "googletagmanager",
        "schwarzwaldverein", "mediterranee", "netflix"})
    EXPECT_LT(generated_look(word), 0.5) << word;
  for (const std::string_view made : {"xjwqkzvbtrpl", "q7k2m9x4v8b1", "sdgfkjhxcvbnwq", "ttfzqmlkghwp"})
    EXPECT_GE(generated_look(made), 0.5) << made;
  EXPECT_DOUBLE_EQ(letter_entropy("aaaa"), 0);
  EXPECT_DOUBLE_EQ(letter_entropy("abcd"), 2);
  EXPECT_EQ(label_bytes("a\\200b.c\\.d"),
            "a\xc8"
            "bc.d");
}

TEST_F(DnsTunnelTest, IsLongNamesEachAskedOnce) {
  Letters letters(kBase32);
  for (int i = 0; i < 40; i++) ask(letters.next(60) + "." + letters.next(40) + ".t.example.net", kNull);
  finish();
  const Finding* finding = found("dns_tunnel");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->kind, FindingKind::kDnsTunnel);
  EXPECT_EQ(finding->severity, Severity::kHigh);
  EXPECT_EQ(finding->score, 40);
  EXPECT_EQ(raised_by("dns_tunnel"), 1U);
}

TEST_F(DnsTunnelTest, IsAlreadyTheEighthLongNameAndNotTheSeventh) {
  Letters letters(kBase32);
  for (int i = 0; i < 7; i++) ask(letters.next(50) + ".example.net", kA);
  EXPECT_TRUE(raised_.empty());
  ask(letters.next(50) + ".example.net", kA);
  EXPECT_EQ(raised_.size(), 1U);
}

TEST_F(DnsTunnelTest, IsAnIdleTunnelsPolls) {
  Letters letters(kHex);
  for (int i = 0; i < 15; i++) ask(letters.next(18) + ".example.net", i % 2 ? kTxt : kMx);
  finish();
  const Finding* finding = found("dns_tunnel");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, Severity::kMedium);
}

TEST_F(DnsTunnelTest, IsOneNameThatNoHostHas) {
  ask("H4sIAAAAAAAAA3Rlc3QudHh0AAvJyCxWAKJEheLU5KLUEoW0zJxULgAge+4S.example.net", kA);
  finish();
  const Finding* finding = found("dns_encoded_name");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, Severity::kLow);
}

TEST_F(DnsTunnelTest, IsNotWhatOthersPutIntoNames) {
  Letters letters(kHex);
  for (int i = 0; i < 60; i++) {
    const std::string number = std::to_string(i);
    ask("r" + number + "---sn-4g5e6nez.googlevideo.example", kA);
    ask("ec2-52-10-20-" + number + ".eu-west-1.compute.amazonaws.com", kA);
    ask(number + ".3.2.10.in-addr.arpa", 12);
    ask(number + ".0.0.127.zen.example.org", kTxt);
    ask("0.0.0.0.1.0.0.4e." + letters.next(26) + ".avqs.mcafee.com", kA);
    ask("selector" + number + "._domainkey.example.com", kTxt);
    ask("www.example.com", kA);
    if (i < 7) ask(letters.next(32) + ".cdn.example.info", kA);
  }
  finish();
  EXPECT_EQ(found("dns_encoded_name"), nullptr);
  EXPECT_EQ(found("dns_tunnel"), nullptr);
}

TEST_F(DnsTunnelTest, IsNotASitesManyShortNames) {
  for (int i = 0; i < 500; i++) ask("user" + std::to_string(i) + ".blogs.example.com", kA);
  finish();
  EXPECT_EQ(found("dns_tunnel"), nullptr);
}

TEST_F(DnsTunnelTest, GeneratedNamesAreManyThatDontExist) {
  Letters letters("bcdfghjklmnpqrstvwxz");
  for (int i = 0; i < 9; i++) ask(letters.next(14) + ".com", kA, 3);
  EXPECT_TRUE(raised_.empty());
  for (int i = 0; i < 5; i++) ask(letters.next(14) + ".com", kA, 3);
  finish();
  const Finding* finding = found("generated_names");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->kind, FindingKind::kMaliciousDomain);
  EXPECT_EQ(finding->severity, Severity::kMedium);
  EXPECT_EQ(finding->score, 14);
}

TEST_F(DnsTunnelTest, GeneratedNamesAreNotTypingErrorsNorASearchList) {
  Letters letters("bcdfghjklmnpqrstvwxz");
  for (int i = 0; i < 40; i++) {
    ask(letters.next(14) + ".corp.example.com", kA, 3);
    ask("misspelt" + std::string(static_cast<std::size_t>(i % 5 + 1), 'e') + std::to_string(i) + ".org", kA,
        3);
    ask(letters.next(14) + ".net", kA, 0);
  }
  finish();
  EXPECT_EQ(found("generated_names"), nullptr);
}

}  // namespace
}  // namespace vedette::tests
