#include "decode/dns_message.h"

#include <gtest/gtest.h>

#include "dns_builder.h"

namespace vedette {
namespace {

using namespace tests;

std::optional<std::string> name_of(const Bytes& bytes, std::size_t at = 0, DnsText text = DnsText::kAscii) {
  return dns_name(bytes, at, text);
}

TEST(DnsName, IsTheRootAsADot) {
  EXPECT_EQ(name_of(labels("")), ".");
}

TEST(DnsName, FollowsPointersToWhatStandsBefore) {
  // RFC 1035 §4.1.4: F.ISI.ARPA, then FOO before a pointer to it, then a pointer to ARPA alone.
  const Bytes bytes = labels("F.ISI.ARPA") + Bytes{3, 'F', 'O', 'O', 0xc0, 0} + Bytes{0xc0, 6};
  EXPECT_EQ(name_of(bytes), "F.ISI.ARPA");
  EXPECT_EQ(name_of(bytes, 12), "FOO.F.ISI.ARPA");
  EXPECT_EQ(name_of(bytes, 18), "ARPA");
  EXPECT_EQ(dns_name_end(bytes, 12), 18U);
}

TEST(DnsName, EscapesWhatWouldBeMistaken) {
  const Bytes bytes = Bytes{7, 'a', '.', '\\', ' ', 1, 0xc3, 0xa9, 0};
  EXPECT_EQ(name_of(bytes), R"(a\.\\\032\001\195\169)");
  EXPECT_EQ(name_of(bytes, 0, DnsText::kUtf8), "a\\.\\\\ \\001\xc3\xa9");
}

TEST(DnsName, IsNoneWherePointersNeverEnd) {
  EXPECT_FALSE(name_of({0xc0, 0}));
  EXPECT_FALSE(name_of({1, 'a', 0xc0, 0}));
  EXPECT_FALSE(name_of({0xc0, 2, 0xc0, 0}));
}

TEST(DnsName, IsNoneWhereItLeavesTheMessage) {
  const Bytes whole = labels("www.example.com");
  for (std::size_t size = 0; size < whole.size(); size++)
    EXPECT_FALSE(name_of(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  EXPECT_FALSE(name_of({0xc0}));
  EXPECT_FALSE(name_of({0xc0, 9}));
  EXPECT_FALSE(name_of({0x40, 0}));  // a label type that nothing uses
}

TEST(DnsName, HasAtMost255Bytes) {
  const std::string label(62, 'a');
  const Bytes most = labels(label + "." + label + "." + label + "." + label + ".b");
  ASSERT_EQ(most.size(), 255U);
  EXPECT_TRUE(name_of(most));
  EXPECT_FALSE(name_of(labels(label + "." + label + "." + label + "." + label + ".bc")));
}

TEST(DnsMessage, IsReadSectionBySection) {
  const Bytes bytes = dns_header(7, 0x8583, {.answers = 1, .authorities = 1, .additionals = 1}) +
                      dns_question(labels("a.example"), kDnsA) +
                      dns_record(to_question(), kDnsA, 60, {192, 0, 2, 1}) +
                      dns_record(labels("example"), 2, 61, labels("ns.example")) +
                      dns_record(labels(""), kDnsOpt, 0x01000000, {}, 1232);
  const auto message = parse_dns_message(bytes);
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->whole);
  EXPECT_EQ(message->end, bytes.size());
  EXPECT_EQ(message->id, 7);
  EXPECT_TRUE(message->is_response());
  ASSERT_EQ(message->answers.size(), 1U);
  EXPECT_EQ(message->answers[0].ttl, 60U);
  ASSERT_EQ(message->authorities.size(), 1U);
  EXPECT_EQ(message->authorities[0].type, 2);
  EXPECT_EQ(message->rcode(), 16 + 3);  // RFC 6891 §6.1.3: the OPT record's eight upper bits
}

TEST(DnsMessage, TellsHowFarItGoesWhereItBreaksOff) {
  const Bytes whole = dns_answer(1, "a.example", kDnsA, {192, 0, 2, 1});
  EXPECT_FALSE(parse_dns_message(std::span(whole).first(11)));
  for (std::size_t size = kDnsHeaderBytes; size < whole.size(); size++) {
    const auto message = parse_dns_message(std::span(whole).first(size));
    ASSERT_TRUE(message);
    EXPECT_FALSE(message->whole) << size;
    EXPECT_TRUE(message->answers.empty()) << size;
    EXPECT_EQ(message->questions.size(), size >= 27U ? 1U : 0U) << size;
  }
}

TEST(DnsMessage, HoldsNoMoreRecordsThanItsBytes) {
  const Bytes bytes =
      dns_header(1, 0x8000, {.questions = 0, .answers = 0xffff}) + dns_record({0}, kDnsA, 0, {});
  const auto message = parse_dns_message(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->answers.size(), 1U);
  EXPECT_FALSE(message->whole);
}

TEST(DnsMessage, PassesOverRecordsWhoseNameIsTooLong) {
  const std::string label(63, 'a');
  const Bytes longest = labels(label + "." + label + "." + label + "." + label);
  const Bytes bytes = dns_header(1, 0x8000, {.questions = 0, .answers = 2}) +
                      dns_record(longest, kDnsA, 0, {1, 2, 3, 4}) + dns_record({0}, kDnsA, 0, {5, 6, 7, 8});
  const auto message = parse_dns_message(bytes);
  ASSERT_EQ(message->answers.size(), 1U);
  EXPECT_EQ(message->data_of(message->answers[0])[0], 5);
  EXPECT_TRUE(message->whole);
}

TEST(DnsName, IsTheSameInAnyCase) {
  EXPECT_TRUE(same_dns_name("WwW.Example.ORG", "www.example.org"));
  EXPECT_FALSE(same_dns_name("www.example.org", "www.example.org.uk"));
  EXPECT_FALSE(same_dns_name("a[", "a{"));  // 0x5b and 0x7b differ by the same bit as letters do
}

}  // namespace
}  // namespace vedette
