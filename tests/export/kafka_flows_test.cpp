// Flows and findings into topics of a broker of librdkafka's own, over real connections.
#include "export/kafka_flows.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
// Behind the other one.
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <utility>

#include "export/finding_output.h"
#include "tests/export/example_flow.h"
#include "tests/export/status_becomes.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using tests::becomes;
using tests::tell_flows;

struct Broker {
  Broker() {
    std::array<char, 512> why{};
    owner = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why.data(), why.size());
    cluster = rd_kafka_mock_cluster_new(owner, 1);
    address = rd_kafka_mock_cluster_bootstraps(cluster);
  }
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  ~Broker() {
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(owner);
  }

  void go_down() const { rd_kafka_mock_broker_set_down(cluster, 1); }
  void come_up() const { rd_kafka_mock_broker_set_up(cluster, 1); }
  [[nodiscard]] std::string topic(std::string_view name) const {
    return fmt::format("kafka://{}/{}", address, name);
  }

  rd_kafka_t* owner = nullptr;
  rd_kafka_mock_cluster_t* cluster = nullptr;
  std::string address;
};

Result<std::unique_ptr<FlowOutput>> flows_to(const std::string& url, KafkaFlowsOptions options = {},
                                             std::pair<std::string, std::string> property = {}) {
  auto target = *parse_kafka_target(url, "--export");
  // Nobody waits long for a broker that comes back.
  target.properties.emplace_back("reconnect.backoff.max.ms", "100");
  if (!property.first.empty()) target.properties.push_back(std::move(property));
  return make_kafka_flows(target, url, std::move(options));
}

std::uint64_t lost(const Subscriber& of, std::string_view reason) {
  Losses losses;
  of.add_losses(losses);
  for (const Loss& loss : losses.all())
    if (loss.reason == reason) return loss.count;
  return 0;
}

TEST(KafkaFlows, DeliversAllThatItWasToldBeforeItsEnd) {
  const Broker broker;
  const auto flows = *flows_to(broker.topic("flows"));
  tell_flows(*flows, 1000);
  flows->stop();
  const ExportStatus status = *flows->export_status();
  EXPECT_EQ(status.protocol, "kafka");
  EXPECT_EQ(status.told, 1000U);
  EXPECT_EQ(status.failed + status.dropped + status.waiting, 0U);
  EXPECT_GT(status.bytes, 1000U * 100);
  EXPECT_EQ(status.error, "");
}

TEST(KafkaFlows, TellsNothingOfAFlowThatHasNotGrown) {
  const Broker broker;
  const auto flows = *flows_to(broker.topic("flows"));
  const Flow flow;
  const FlowView view{flow, nullptr, nullptr, {}, FlowEnd::kIdle};
  flows->flow({.view = view, .since = {}, .since_time = {}, .ends = {}});
  flows->stop();
  EXPECT_EQ(flows->export_status()->told, 0U);
}

TEST(KafkaFlows, KeepsWhatItsQueueHoldsForABrokerThatIsAwayAndCountsTheRest) {
  const Broker broker;
  broker.go_down();
  std::vector<std::string> notes;
  KafkaFlowsOptions options;
  options.producer.queue = 10;
  options.producer.note = [&](const std::string& why) { notes.push_back(why); };
  const auto flows = *flows_to(broker.topic("flows"), std::move(options));
  tell_flows(*flows, 25);
  ExportStatus status = becomes(*flows, [](const ExportStatus& now) { return !now.error.empty(); });
  EXPECT_EQ(status.waiting, 10U);
  EXPECT_EQ(status.dropped, 15U);
  EXPECT_NE(status.error, "");
  EXPECT_EQ(lost(*flows, "export_queue_full"), 15U);
  broker.come_up();
  status = becomes(*flows, [](const ExportStatus& now) { return now.waiting == 0; });
  EXPECT_EQ(status.told, 10U);
  EXPECT_EQ(status.error, "");
  flows->stop();
  EXPECT_EQ(notes.size(), 1U);
}

TEST(KafkaFlows, CountsWhatCouldNotBeDeliveredBeforeItsEnd) {
  const Broker broker;
  broker.go_down();
  KafkaFlowsOptions options;
  options.last_words = 100ms;
  const auto flows = *flows_to(broker.topic("flows"), std::move(options));
  tell_flows(*flows, 3);
  flows->stop();
  tell_flows(*flows, 2);
  EXPECT_EQ(flows->export_status()->failed, 3U);
  EXPECT_EQ(lost(*flows, "export_unsent"), 3U);
  EXPECT_EQ(lost(*flows, "export_queue_full"), 2U);
}

TEST(KafkaFlows, SayWhichPropertyIsWrong) {
  const auto flows = flows_to("kafka://127.0.0.1:9/flows", {}, {"compression.type", "best"});
  ASSERT_FALSE(flows);
  EXPECT_EQ(flows.error().text(),
            "--export kafka://127.0.0.1:9/flows: property compression.type: Invalid value \"best\" for "
            "configuration "
            "property \"compression.codec\"");
}

TEST(KafkaFindings, AreDeliveredOrWaitForTheBroker) {
  const Broker broker;
  const auto findings =
      *make_finding_output(*parse_finding_target(broker.topic("findings") + ",severity=high"), {});
  Finding finding;
  finding.severity = Severity::kMedium;
  findings->finding(finding);
  finding.severity = Severity::kHigh;
  findings->finding(finding);
  EXPECT_EQ(becomes(*findings, [](const ExportStatus& now) { return now.told == 1; }).told, 1U);
  broker.go_down();
  findings->finding(finding);
  EXPECT_EQ(becomes(*findings, [](const ExportStatus& now) { return now.waiting == 1; }).waiting, 1U);
  broker.come_up();
  EXPECT_EQ(becomes(*findings, [](const ExportStatus& now) { return now.told == 2; }).told, 2U);
  broker.go_down();
  findings->finding(finding);
  findings->stop();
  EXPECT_EQ(findings->export_status()->told, 2U);
  EXPECT_EQ(lost(*findings, "hook_untold"), 1U);
}

}  // namespace
}  // namespace vedette
