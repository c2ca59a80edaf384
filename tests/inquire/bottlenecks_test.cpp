// What GET /v1/analysis/bottlenecks says of faults planted into a store: by interface, network and process.
#include "tests/inquire/analysis_fixture.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using tests::Analysis;
using tests::text;

TEST_F(Analysis, NamesTheInterfaceThatBecameSlow) {
  const Nanoseconds end = tests::noon();
  for (int minute = 1; minute < 120; minute++)
    for (const char* interface : {"eth0", "eth1"}) {
      const bool slow = minute <= 60 && std::string_view(interface) == "eth1";
      put(store(), tests::PlantedFlow{
                       .time = end - std::chrono::minutes(minute) + 30s,
                       .interface = interface,
                       .handshake_rtt_us = (slow ? 20'000U : 2'000U) + static_cast<std::uint32_t>(minute)});
    }
  settle();
  const auto found = asked("bottlenecks", {{"last", "1h"}}, end);
  EXPECT_EQ(text(found["parts"].at(0)["name"]), "eth1") << text(found["says"]);
  EXPECT_TRUE(bool(found["parts"].at(0)["worse"]));
  EXPECT_NEAR(double(found["parts"].at(0)["after"]), 20'030, 40);
  EXPECT_NEAR(double(found["within"]), 8'940, 40);
  bool other = true;
  EXPECT_NE(found["parts"].at(1)["worse"].get(other), simdjson::SUCCESS);
  const auto network = asked("bottlenecks", {{"last", "1h"}, {"by", "dst_network"}}, end);
  EXPECT_EQ(text(network["parts"].at(0)["name"]), "10.0.1.0/24");
}

// Two of each dimension, of which the second has a fault in the last hour alone: dropped packets, or some
// sent again; the first has as few as before.
class Lossy : public Analysis {
 protected:
  void plant(std::uint64_t tests::PlantedFlow::*fault) {
    for (int minute = 1; minute < 120; minute++)
      for (const bool second : {false, true}) {
        tests::PlantedFlow flow{.from = static_cast<std::uint8_t>(second ? 2 : 1),
                                .time = end_ - std::chrono::minutes(minute) + 30s,
                                .interface = second ? "eth1" : "eth0",
                                .packets = 1000,
                                .process = second ? "backup" : "nginx"};
        flow.network = second ? 9 : 1;
        flow.*fault = second && minute <= 60 ? 100 + static_cast<std::uint64_t>(minute % 7)
                                             : static_cast<std::uint64_t>(minute % 3);
        put(store(), flow);
      }
    settle();
  }

  // Who is called worse, of a dimension.
  void expect_worse(const std::string& measure, const std::string& by, const std::string& name) {
    const auto found = asked("bottlenecks", {{"measure", measure}, {"by", by}, {"last", "1h"}}, end_);
    std::vector<std::string> worse;
    for (const auto part : simdjson::dom::array(found["parts"])) {
      bool is_worse = false;
      if (part["worse"].get(is_worse) == simdjson::SUCCESS && is_worse) worse.push_back(text(part["name"]));
    }
    EXPECT_EQ(worse, std::vector<std::string>{name})
        << measure << " by " << by << ": " << text(found["says"]);
    EXPECT_EQ(text(found["parts"].at(0)["name"]), name);
    EXPECT_NEAR(double(found["parts"].at(0)["after"]), 0.103, 0.003);
    EXPECT_NEAR(double(found["parts"].at(0)["before"]), 0.001, 0.0005);
    // The rise is the part's own, half of all packets being its.
    EXPECT_NEAR(double(found["within"]), 0.051, 0.003);
    EXPECT_NEAR(double(found["moved"]), 0, 0.001);
    EXPECT_NE(text(found["says"]).find(name), std::string::npos) << text(found["says"]);
    // The questions behind it, asked anew: 61 flows of a part at least.
    EXPECT_GE(rows_of(found["queries"].at(1)).size(), 2U * 24U);
  }

  const Nanoseconds end_ = tests::noon();
};

TEST_F(Lossy, DropsAreToldByInterfaceNetworkAndProcess) {
  plant(&tests::PlantedFlow::dropped);
  expect_worse("drops", "interface", "eth1");
  expect_worse("drops", "dst_network", "10.0.9.0/24");
  expect_worse("drops", "process", "backup");
}

TEST_F(Lossy, RetransmissionsAreToldByInterfaceNetworkAndProcess) {
  plant(&tests::PlantedFlow::retransmits);
  expect_worse("retransmits", "interface", "eth1");
  expect_worse("retransmits", "dst_network", "10.0.9.0/24");
  expect_worse("retransmits", "process", "backup");
}

TEST_F(Analysis, NamesTheProcessThatBecameSlow) {
  const Nanoseconds end = tests::noon();
  for (int minute = 1; minute < 120; minute++)
    for (const bool second : {false, true})
      put(store(), tests::PlantedFlow{.time = end - std::chrono::minutes(minute) + 30s,
                                      .handshake_rtt_us = (second && minute <= 60 ? 20'000U : 2'000U) +
                                                          static_cast<std::uint32_t>(minute),
                                      .process = second ? "backup" : "nginx"});
  settle();
  const auto found = asked("bottlenecks", {{"by", "process"}, {"last", "1h"}}, end);
  EXPECT_EQ(text(found["parts"].at(0)["name"]), "backup") << text(found["says"]);
  EXPECT_TRUE(bool(found["parts"].at(0)["worse"]));
  bool other = true;
  EXPECT_NE(found["parts"].at(1)["worse"].get(other), simdjson::SUCCESS);
}

}  // namespace
}  // namespace vedette
