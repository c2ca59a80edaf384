#include "export/flow_encoder.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "tests/export/decoded_messages.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using tests::Collector;
using tests::Decoded;
using tests::number;

constexpr Nanoseconds kNow = 1'700'000'000'999ms;

ExportedFlow flow(bool six = false) {
  ExportedFlow flow;
  flow.ip_version = six ? 6 : 4;
  inet_pton(six ? AF_INET6 : AF_INET, six ? "2001:db8::1" : "192.0.2.1", &flow.src);
  inet_pton(six ? AF_INET6 : AF_INET, six ? "2001:db8::2" : "192.0.2.2", &flow.dst);
  flow.first = 1'699'999'990'123ms + 999us;
  flow.last = 1'699'999'995'456ms;
  flow.sent = {{{5, 1'000}, {7, 0x1'0000'0003}}};
  flow.ifindex = 70'000;
  flow.src_port = 40'000;
  flow.dst_port = 443;
  flow.vlan = 42;
  flow.protocol = 6;
  flow.tcp_flags = {0x1b, 0x13};
  flow.end_reason = 3;
  return flow;
}

ExportedFlow one_way() {
  ExportedFlow one = flow();
  one.sent[kResponder] = {};
  return one;
}

struct Message {
  std::vector<std::uint8_t> bytes;
  std::size_t taken = 0;
};

Message message(FlowEncoder& encoder, const std::vector<ExportedFlow>& flows, EncodeOptions options) {
  options.now = options.now == Nanoseconds{} ? kNow : options.now;
  Message made;
  made.taken = encoder.encode(made.bytes, flows, options);
  return made;
}

std::string bytes_text(const tests::Record& record, std::uint16_t element) {
  const auto& bytes = record.at({element, false});
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(bytes.size() == 16 ? AF_INET6 : AF_INET, bytes.data(), text, sizeof(text));
}

TEST(Ipfix, TellsBothDirectionsInOneRecord) {
  const auto encoder = make_ipfix_encoder(77);
  Collector collector;
  const Message made = message(*encoder, {flow()}, {.templates = true});
  EXPECT_EQ(made.taken, 1U);
  const Decoded decoded = collector.decode(made.bytes);
  EXPECT_EQ(decoded.wrong, "");
  EXPECT_EQ(decoded.version, 10);
  EXPECT_EQ(decoded.time, 1'700'000'000U);
  EXPECT_EQ(decoded.domain, 77U);
  EXPECT_EQ(decoded.templates, 2U);
  ASSERT_EQ(decoded.flows.size(), 1U);
  const tests::Record& told = decoded.flows[0];
  EXPECT_EQ(bytes_text(told, 8), "192.0.2.1");
  EXPECT_EQ(bytes_text(told, 12), "192.0.2.2");
  EXPECT_EQ(number(told, 152), 1'699'999'990'123U);
  EXPECT_EQ(number(told, 153), 1'699'999'995'456U);
  EXPECT_EQ(number(told, 1), 1'000U);
  EXPECT_EQ(number(told, 2), 5U);
  EXPECT_EQ(number(told, 1, true), 0x1'0000'0003U);
  EXPECT_EQ(number(told, 2, true), 7U);
  EXPECT_EQ(number(told, 6), 0x1bU);
  EXPECT_EQ(number(told, 6, true), 0x13U);
  EXPECT_EQ(number(told, 7), 40'000U);
  EXPECT_EQ(number(told, 11), 443U);
  EXPECT_EQ(number(told, 4), 6U);
  EXPECT_EQ(number(told, 60), 4U);
  EXPECT_EQ(number(told, 10), 70'000U);
  EXPECT_EQ(number(told, 58), 42U);
  EXPECT_EQ(number(told, 136), 3U);
  EXPECT_EQ(number(told, 239), 1U);
}

TEST(Ipfix, TellsIpv6BesideIpv4AndKeepsTheirOrder) {
  const auto encoder = make_ipfix_encoder(1);
  Collector collector;
  const Decoded decoded = collector.decode(
      message(*encoder, {flow(true), flow(true), flow(), flow(true)}, {.templates = true}).bytes);
  EXPECT_EQ(decoded.wrong, "");
  ASSERT_EQ(decoded.flows.size(), 4U);
  EXPECT_EQ(bytes_text(decoded.flows[0], 27), "2001:db8::1");
  EXPECT_EQ(bytes_text(decoded.flows[0], 28), "2001:db8::2");
  EXPECT_EQ(bytes_text(decoded.flows[2], 8), "192.0.2.1");
  EXPECT_EQ(bytes_text(decoded.flows[3], 27), "2001:db8::1");
}

TEST(Ipfix, CountsDataRecordsOfEachDomain) {
  const auto encoder = make_ipfix_encoder(1);
  Collector collector;
  const auto statistics = [&] {
    std::vector<std::uint8_t> bytes;
    encoder->encode_statistics(bytes, {}, kNow);
    return Collector().decode(bytes).sequence;
  };
  EXPECT_EQ(statistics(), 0U);
  encoder->advance();
  EXPECT_EQ(collector.decode(message(*encoder, {flow(), flow()}, {.templates = true}).bytes).sequence, 0U);
  encoder->advance();
  EXPECT_EQ(collector.decode(message(*encoder, {flow()}, {}).bytes).sequence, 2U);
  EXPECT_EQ(collector.decode(message(*encoder, {flow()}, {}).bytes).sequence, 2U)
      << "what wasn't sent doesn't count";
  encoder->advance();
  EXPECT_EQ(collector.decode(message(*encoder, {}, {.templates = true}).bytes).sequence, 3U);
  encoder->advance();
  EXPECT_EQ(statistics(), 2U) << "options are data";
  EXPECT_EQ(collector.decode(message(*encoder, {flow()}, {}).bytes).sequence, 3U) << "templates don't count";
  encoder->begin_session();
  EXPECT_EQ(collector.decode(message(*encoder, {flow()}, {}).bytes).sequence, 0U);
  EXPECT_EQ(statistics(), 0U);
}

TEST(Ipfix, SaysWhatWasSentAndWhatWasNotAndThatEveryPacketIsSeen) {
  const auto encoder = make_ipfix_encoder(9);
  std::vector<std::uint8_t> bytes;
  encoder->encode_statistics(
      bytes,
      {.messages = 11, .bytes = 12, .flows = 13, .lost_flows = 14, .lost_packets = 15, .lost_bytes = 16},
      kNow);
  EXPECT_LE(bytes.size(), FlowEncoder::kLeastMessage);
  const Decoded decoded = Collector().decode(bytes);
  EXPECT_EQ(decoded.wrong, "");
  EXPECT_EQ(decoded.domain, 0U) << "of the exporter, not of a domain";
  ASSERT_EQ(decoded.options.size(), 2U);
  EXPECT_EQ(number(decoded.options[0], 149), 9U);
  EXPECT_EQ(number(decoded.options[0], 305), 1U);
  EXPECT_EQ(number(decoded.options[0], 306), 0U);
  const tests::Record& said = decoded.options[1];
  EXPECT_EQ(number(said, 41), 11U);
  EXPECT_EQ(number(said, 40), 12U);
  EXPECT_EQ(number(said, 42), 13U);
  EXPECT_EQ(number(said, 166), 14U);
  EXPECT_EQ(number(said, 167), 15U);
  EXPECT_EQ(number(said, 168), 16U);
}

TEST(Netflow9, SaysWhatWasSentAndThatEveryPacketIsSeen) {
  const auto encoder = make_netflow9_encoder(9, kNow);
  std::vector<std::uint8_t> bytes;
  encoder->encode_statistics(bytes, {.messages = 11, .bytes = 12, .flows = 13}, kNow);
  const Decoded decoded = Collector().decode(bytes);
  EXPECT_EQ(decoded.wrong, "");
  EXPECT_EQ(decoded.count, 2U);
  ASSERT_EQ(decoded.options.size(), 1U);
  EXPECT_EQ(number(decoded.options[0], 1), 9U) << "the scope: the source";
  EXPECT_EQ(number(decoded.options[0], 34), 1U);
  EXPECT_EQ(number(decoded.options[0], 41), 11U);
  EXPECT_EQ(number(decoded.options[0], 40), 12U);
  EXPECT_EQ(number(decoded.options[0], 42), 13U);
}

TEST(Netflow9, TellsEachDirectionInARecordOfItsOwn) {
  const auto encoder = make_netflow9_encoder(77, kNow);
  Collector collector;
  const Decoded decoded = collector.decode(message(*encoder, {flow(), one_way()}, {.templates = true}).bytes);
  EXPECT_EQ(decoded.wrong, "");
  EXPECT_EQ(decoded.version, 9);
  EXPECT_EQ(decoded.domain, 77U);
  ASSERT_EQ(decoded.flows.size(), 3U);
  EXPECT_EQ(decoded.count, 3U + decoded.templates);
  const tests::Record& out = decoded.flows[0];
  const tests::Record& back = decoded.flows[1];
  EXPECT_EQ(bytes_text(out, 8), "192.0.2.1");
  EXPECT_EQ(bytes_text(back, 8), "192.0.2.2");
  EXPECT_EQ(number(out, 7), 40'000U);
  EXPECT_EQ(number(back, 7), 443U);
  EXPECT_EQ(number(back, 11), 40'000U);
  EXPECT_EQ(number(out, 1), 1'000U);
  EXPECT_EQ(number(back, 1), 0x1'0000'0003U);
  EXPECT_EQ(number(out, 2), 5U);
  EXPECT_EQ(number(back, 2), 7U);
  EXPECT_EQ(number(out, 6), 0x1bU);
  EXPECT_EQ(number(back, 6), 0x13U);
}

TEST(Netflow9, GivesTimesToTheMillisecondAgainstItsHeader) {
  const auto encoder = make_netflow9_encoder(1, kNow);
  Collector collector;
  const Decoded decoded = collector.decode(message(*encoder, {one_way()}, {.templates = true}).bytes);
  ASSERT_EQ(decoded.flows.size(), 1U);
  const std::uint64_t began = decoded.time * 1000ULL - decoded.up_time;
  EXPECT_EQ(began + number(decoded.flows[0], 22), 1'699'999'990'123U);
  EXPECT_EQ(began + number(decoded.flows[0], 21), 1'699'999'995'456U);
}

TEST(Netflow9, BeginsItsTimeAnewBeforeThatWraps) {
  const auto encoder = make_netflow9_encoder(1, kNow);
  Collector collector;
  for (int day = 0; day < 200; day += 5) {
    ExportedFlow later = one_way();
    later.first += std::chrono::hours(24 * day);
    const Decoded decoded = collector.decode(
        message(*encoder, {later}, {.templates = true, .now = kNow + std::chrono::hours(24 * day)}).bytes);
    ASSERT_EQ(decoded.flows.size(), 1U);
    EXPECT_EQ(decoded.time * 1000ULL - decoded.up_time + number(decoded.flows[0], 22),
              static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(later.first).count()));
  }
}

TEST(Netflow9, CountsItsPackets) {
  const auto encoder = make_netflow9_encoder(1, kNow);
  Collector collector;
  for (std::uint32_t sent = 0; sent < 3; sent++) {
    EXPECT_EQ(collector.decode(message(*encoder, {flow(), flow()}, {.templates = true}).bytes).sequence,
              sent);
    encoder->advance();
  }
}

TEST(FlowEncoders, FillAMessageAndNoMore) {
  for (const bool netflow9 : {false, true}) {
    const auto encoder = netflow9 ? make_netflow9_encoder(1, kNow) : make_ipfix_encoder(1);
    for (std::size_t most = FlowEncoder::kLeastMessage; most < 1500; most++) {
      Collector collector;
      std::vector<ExportedFlow> flows;
      for (int i = 0; i < 40; i++) flows.push_back(i % 3 == 0 ? flow(true) : i % 3 == 1 ? flow() : one_way());
      std::size_t told = 0, records = 0;
      bool first = true;
      while (!flows.empty()) {
        const Message made = message(*encoder, flows, {.most_bytes = most, .templates = first});
        ASSERT_GT(made.taken, 0U) << most;
        ASSERT_LE(made.bytes.size(), most);
        const Decoded decoded = collector.decode(made.bytes);
        ASSERT_EQ(decoded.wrong, "") << most;
        told += made.taken;
        records += decoded.flows.size();
        flows.erase(flows.begin(), flows.begin() + static_cast<std::ptrdiff_t>(made.taken));
        first = false;
      }
      ASSERT_EQ(told, 40U);
      ASSERT_EQ(records, netflow9 ? 67U : 40U);
    }
  }
}

TEST(FlowEncoders, WriteNothingWhereThereIsNothing) {
  for (const bool netflow9 : {false, true}) {
    const auto encoder = netflow9 ? make_netflow9_encoder(1, kNow) : make_ipfix_encoder(1);
    EXPECT_TRUE(message(*encoder, {}, {}).bytes.empty());
  }
}

}  // namespace
}  // namespace vedette
