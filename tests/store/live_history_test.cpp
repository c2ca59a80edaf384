// What the engine puts into the store: each packet of a flow once, however long it lasts and whoever goes on
// with it.
#include "sensor/live_history.h"

#include <gtest/gtest.h>

#include "store/query_json.h"
#include "tests/store/made_rows.h"
#include "tests/unit/flow/packets.h"

namespace vedette::tests {

namespace {

using namespace std::chrono_literals;
using testing::kAck;
using testing::kClient;
using testing::kFin;
using testing::kServer;
using testing::kSyn;
using testing::tcp;
using testing::udp;

// A flow table whose flows go into a store, as the engine has it.
class Engine {
 public:
  explicit Engine(Store& store)
      : history_(&store),
        table_({.report_every = 60s}, [this](const FlowView& view) { history_.take(view, {}); }) {}

  void add(const testing::TestPacket& packet) { table_.add_packet(packet); }
  void resume() {
    history_.resume([](const std::string& line) { ADD_FAILURE() << line; });
  }
  void take_over() { history_.take_over(table_); }
  void finish() { table_.finish(); }
  FlowTable& table() { return table_; }

 private:
  LiveHistory history_;
  FlowTable table_;
};

using Sums = std::vector<std::uint64_t>;

// packets, bytes, reply_packets, flows
Sums sums(Store& store) {
  if (!store.flush()) throw std::runtime_error("can't be written");
  const auto answer = store.answer(
      parse_query(
          R"({"from_ns":0,"to_ns":9000000000000000000,"measures":["packets","bytes","reply_packets","flows"]})",
          noon())
          .value());
  Sums found;
  if (answer && !answer->rows.empty())
    for (const AnswerValue& value : answer->rows[0]) found.push_back(std::get<std::uint64_t>(value));
  return found;
}

// A packet there each ten seconds, one back each twenty.
void talk(Engine& engine, Nanoseconds begin, Nanoseconds end) {
  for (Nanoseconds time = begin; time < end; time += 10s) {
    engine.add(udp(kClient, kServer, noon() + time));
    if (time % 20s == 0s) engine.add(udp(kServer, kClient, noon() + time, 200));
  }
}

}  // namespace

TEST(LiveHistory, ALongFlowsRowsAddUpToIt) {
  const StoreFolder folder;
  const auto store = opened(folder.options());
  Engine engine(*store);
  talk(engine, 0s, 300s);
  EXPECT_EQ(sums(*store)[3], 1U) << "told while it lasts";
  engine.finish();
  EXPECT_EQ(sums(*store), (Sums{30, 3000, 15, 1}));
}

TEST(LiveHistory, AFlowWhoseInitiatorIsFoundOutLaterIsTurnedRoundInItsRowsToo) {
  const StoreFolder folder;
  const auto store = opened(folder.options());
  Engine engine(*store);
  // Seen from its middle, from the server; then its ports are used anew, and the client's SYN is seen.
  for (auto time = 0s; time <= 70s; time += 10s) {
    engine.add(tcp(kServer, kClient, noon() + time, {.flags = kAck}));
    engine.add(tcp(kClient, kServer, noon() + time, {.flags = kAck}));
  }
  engine.add(tcp(kClient, kServer, noon() + 71s, {.flags = kSyn}));
  engine.finish();
  const Sums found = sums(*store);
  EXPECT_EQ(found[0] + found[2], 17U);
}

TEST(LiveHistory, WhatTheKernelTellsAgainIsNotStoredTwice) {
  const StoreFolder folder;
  const auto store = opened(folder.options());
  {
    Engine killed(*store);
    // Ended; under way with rows; under way without.
    for (const std::uint8_t flags : {kSyn, kAck, kFin})
      killed.add(tcp({"192.0.2.9", 1}, kServer, noon() + 1s, {.flags = flags}));
    killed.add(tcp(kServer, {"192.0.2.9", 1}, noon() + 2s, {.flags = kFin | kAck}));
    talk(killed, 0s, 150s);
    killed.add(udp({"192.0.2.10", 1}, kServer, noon() + 129s));
  }
  const Sums before = sums(*store);
  EXPECT_EQ(before[3], 2U);
  EXPECT_EQ(before[0], 3U + 13U) << "two packets have no row yet";
  Engine next(*store);
  next.resume();
  for (const std::uint8_t flags : {kSyn, kAck, kFin})
    next.add(tcp({"192.0.2.9", 1}, kServer, noon() + 1s, {.flags = flags}));
  next.add(tcp(kServer, {"192.0.2.9", 1}, noon() + 2s, {.flags = kFin | kAck}));
  // Idle for so long that it was stored when it ended, whoever knows when.
  next.add(udp({"192.0.2.11", 1}, kServer, noon() - 2h));
  talk(next, 0s, 150s);
  next.add(udp({"192.0.2.10", 1}, kServer, noon() + 129s));
  next.take_over();
  talk(next, 150s, 200s);
  next.finish();
  EXPECT_EQ(sums(*store), (Sums{3 + 20 + 1, 3 * 54 + 20 * 100 + 100, 1 + 10, 3}));
}

}  // namespace vedette::tests
