#include "policy/policy_words.h"

#include <gtest/gtest.h>

#include "abi/payload_class.h"
#include "abi/rules.h"

namespace vedette {
namespace {

TEST(PolicyWords, ReadRatesOfEveryUnit) {
  struct Case {
    std::string_view text;
    RateUnit unit;
    std::uint64_t a_second;
  };
  for (const Case& one : {Case{"1000/s", RateUnit::kPackets, 1000},
                          {"1k packets/s", RateUnit::kPackets, 1000},
                          {"600/m", RateUnit::kPackets, 10},
                          {"20 syns/s", RateUnit::kSyns, 20},
                          {"7200 flows/h", RateUnit::kFlows, 2},
                          {"10Mbit/s", RateUnit::kBytes, 1'250'000},
                          {"10 Mbit / s", RateUnit::kBytes, 1'250'000},
                          {"5 MB/s", RateUnit::kBytes, 5'000'000},
                          {"5MiB/s", RateUnit::kBytes, 5 << 20},
                          {"1GB/s", RateUnit::kBytes, 1'000'000'000}}) {
    const auto rate = read_rate(one.text);
    ASSERT_TRUE(rate) << one.text << rate.error().text();
    EXPECT_EQ(rate->unit, one.unit) << one.text;
    EXPECT_EQ(rate->a_second, one.a_second) << one.text;
    EXPECT_EQ(rate->burst, one.a_second) << one.text;
    EXPECT_EQ(read_rate(rate_word(*rate)).value(), *rate);
  }
  for (const std::string_view text :
       {"", "/s", "10", "10/", "10/d", "0/s", "90/m", "1.5/s", "-1/s", "4 bit/s", "1 elephants/s",
        "99999999999999999999/s", "10000000000000/s", "10/s/s"})
    EXPECT_FALSE(read_rate(text)) << text;
}

TEST(PolicyWords, ReadTimes) {
  EXPECT_EQ(read_duration("90s").value(), std::chrono::seconds(90));
  EXPECT_EQ(read_duration("10m").value(), std::chrono::minutes(10));
  EXPECT_EQ(read_duration("7d").value(), std::chrono::hours(168));
  EXPECT_EQ(duration_word(std::chrono::hours(48)), "2d");
  EXPECT_EQ(duration_word(std::chrono::seconds(61)), "61s");
  for (const std::string_view text : {"", "10", "0s", "s", "10 y", "1h30m", "3651d", "18446744073709551615d"})
    EXPECT_FALSE(read_duration(text)) << text;
}

TEST(PolicyWords, ReadFlags) {
  EXPECT_EQ(read_tcp_flags("syn,!ack").value(), (FlagsMatch{.mask = 0x12, .value = 0x02}));
  EXPECT_EQ(read_tcp_flags("fin, psh, urg").value(), (FlagsMatch{.mask = 0x29, .value = 0x29}));
  EXPECT_EQ(read_tcp_flags("none").value(), (FlagsMatch{.mask = 0xff, .value = 0}));
  for (const std::string_view text : {"", "syn,", "syn,syn", "syn,!syn", "!", "SYNC", "none,syn"})
    EXPECT_FALSE(read_tcp_flags(text)) << text;
  for (unsigned mask = 1; mask < 256; mask++)
    for (unsigned value = 0; value < 256; value++) {
      if ((value & mask) != value) continue;
      const FlagsMatch flags{static_cast<std::uint8_t>(mask), static_cast<std::uint8_t>(value)};
      ASSERT_EQ(read_tcp_flags(tcp_flags_match_text(flags)).value(), flags);
    }
}

TEST(PolicyWords, ReadMessagesOfBothIcmps) {
  EXPECT_EQ(read_icmp("echo-request", false).value(), (IcmpMatch{.type = 8, .code = {}}));
  EXPECT_EQ(read_icmp("echo-request", true).value(), (IcmpMatch{.type = 128, .code = {}}));
  EXPECT_EQ(read_icmp("port-unreachable", false).value(), (IcmpMatch{.type = 3, .code = 3}));
  EXPECT_EQ(read_icmp("destination-unreachable/4", false).value(), (IcmpMatch{.type = 3, .code = 4}));
  EXPECT_EQ(read_icmp("3/255", false).value(), (IcmpMatch{.type = 3, .code = 255}));
  for (const std::string_view text : {"", "256", "3/256", "3/", "port-unreachable/3", "ping"})
    EXPECT_FALSE(read_icmp(text, false)) << text;
  EXPECT_EQ(read_icmp("echo-reqest", false).error().hint, "did you mean echo-request");
}

TEST(PolicyWords, ReadTlsVersions) {
  EXPECT_EQ(read_tls_version("TLS 1.0").value(), VDT_PAYLOAD_TLS_1_0);
  EXPECT_EQ(read_tls_version("SSL 3.0").value(), VDT_PAYLOAD_SSL_3);
  EXPECT_FALSE(read_tls_version("1.4"));
}

TEST(PolicyWords, ReadPortsProtocolsAndDscps) {
  EXPECT_EQ(read_port("https").value(), (NumberRange{443, 443}));
  EXPECT_EQ(read_port("0-65535").value(), (NumberRange{0, 65535}));
  for (const std::string_view text : {"", "-", "1-", "-1", "65536", "1-2-3", "0x50", " 80"})
    EXPECT_FALSE(read_port(text)) << text;
  EXPECT_EQ(read_protocol("TCP").value(), 6);
  EXPECT_EQ(read_protocol("ipv6-icmp").value(), 58);
  EXPECT_EQ(read_protocol("icmpv6").value(), 58);
  EXPECT_EQ(read_dscp("ef").value(), 46);
  EXPECT_EQ(read_dscp("63").value(), 63);
  EXPECT_FALSE(read_dscp("64"));
  for (const vdt_reject by : {VDT_REJECT_NO_ROUTE, VDT_REJECT_HOST, VDT_REJECT_PORT, VDT_REJECT_PROHIBITED})
    EXPECT_EQ(read_reject(reject_word(by)).value(), by);
  EXPECT_EQ(read_reject("port-unreachible").error().hint, "did you mean port-unreachable");
  EXPECT_EQ(read_amount("64KiB").value(), 65536U);
  EXPECT_EQ(read_amount("3k").value(), 3000U);
  EXPECT_FALSE(read_amount("0"));
  EXPECT_EQ(read_hex("16 03 01").value(), (std::vector<std::uint8_t>{0x16, 3, 1}));
  for (const std::string_view text : {"", "1", "0x16", "gg", "16,03"}) EXPECT_FALSE(read_hex(text)) << text;
}

}  // namespace
}  // namespace vedette
