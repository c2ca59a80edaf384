// Servers that end, hang and lose answers, sensors that are killed, files that are damaged: nothing that was
// put is lost, nothing is doubled, and what is given up is counted.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "store/answer_json.h"
#include "store/clickhouse_store.h"
#include "store/query_json.h"
#include "tests/store/clickhouse_servers.h"
#include "tests/store/lossy_relay.h"
#include "tests/store/made_rows.h"

namespace vedette::tests {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBatch = 400;

std::vector<FlowRow> batch(std::uint32_t number) {
  return made_flows(number, kBatch, noon(), noon() + 2h);
}

std::unique_ptr<ClickhouseStore> cluster_store(StoreOptions options) {
  auto store = ClickhouseStore::open(std::move(options));
  if (!store) throw std::runtime_error(store.error().text());
  return std::move(*store);
}

// Until the server has all, or the time is over.
bool all_sent(Store& store, std::chrono::seconds most = 30s) {
  for (const auto until = std::chrono::steady_clock::now() + most; std::chrono::steady_clock::now() < until;
       std::this_thread::sleep_for(20ms))
    if (store.flush() && store.status().waiting == 0 && store.status().writing) return true;
  return false;
}

std::string answers(Store& store) {
  std::string all;
  for (const char* query :
       {R"("by":["src_ip"],"measures":["bytes","packets","flows","retransmits","mean:rtt_us"])",
        R"("bucket":"1m","measures":["flows","reply_bytes","distinct:src_ip"])",
        R"("by":["dst_port","app"],"measures":["packets","bytes"],"top":5,"others":true)",
        R"("measures":["packets","bytes"],"where":[{"field":"src_port","op":"!=","value":1}])"}) {
    const auto answer =
        store.answer(parse_query(fmt::format(R"({{"last":"5h",{}}})", query), noon() + 4h).value());
    if (!answer) return answer.error().text();
    all += answer_csv(*answer);
  }
  return all;
}

class ClickhouseOutage : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = missing_clickhouse()) GTEST_SKIP() << *missing;
    server_.emplace(folder_.path() / "server", ClickhouseProcess::Member{ports_});
    server_->start();
    embedded_ = opened(folder_.options());
  }

  [[nodiscard]] StoreOptions options() const {
    StoreOptions options = folder_.options();
    options.folder = folder_.path() / "spool";
    options.servers = {server_->url()};
    return options;
  }
  void put_to_embedded(std::uint32_t number) {
    put_all(*embedded_, batch(number));
    ASSERT_TRUE(embedded_->flush());
  }

  const StoreFolder folder_;
  const ClickhousePorts ports_;
  std::optional<ClickhouseProcess> server_;
  std::unique_ptr<DuckdbStore> embedded_;
};

}  // namespace

TEST_F(ClickhouseOutage, AServerKilledInTheMiddleLosesAndDoublesNothing) {
  const auto store = cluster_store(options());
  std::mt19937 random(11);
  std::uint32_t number = 0;
  for (int round = 0; round < 3; round++) {
    for (std::uint32_t i = 0; i < 8; i++) {
      put_all(*store, batch(number));
      put_to_embedded(number++);
      ASSERT_TRUE(store->flush());
      if (i == 2) (void)store->tidy();
      if (i != 5) continue;
      // While rows are on their way, or sums are.
      put_all(*store, batch(number));
      put_to_embedded(number++);
      std::thread flushing([&] { (void)(random() % 2 == 0 ? store->tidy() : store->flush()); });
      usleep(static_cast<useconds_t>(random() % 20'000));
      server_->kill();
      flushing.join();
      put_all(*store, batch(number));
      put_to_embedded(number++);
      ASSERT_TRUE(store->flush()) << "rows are on the disk";
      EXPECT_GT(store->status().waiting, 0U);
      EXPECT_FALSE(store->status().writing);
      server_->start();
    }
    ASSERT_TRUE(all_sent(*store)) << store->status().why_not;
    const auto tidy = store->tidy();
    ASSERT_TRUE(tidy) << tidy.error().text();
    EXPECT_EQ(answers(*store), answers(*embedded_));
  }
  EXPECT_EQ(store->status().queue_full + store->status().unwritten, 0U);
}

TEST_F(ClickhouseOutage, LostAndLateRequestsAreNeitherLostNorDoubled) {
  LossyRelay relay(ports_.http, 3);
  StoreOptions by_relay = options();
  by_relay.servers = {fmt::format("http://127.0.0.1:{}/vedette", relay.port())};
  const auto store = cluster_store(by_relay);
  relay.set_lossy(true);
  constexpr std::uint32_t kBatches = 16;
  for (std::uint32_t number = 0; number < kBatches; number++) {
    put_all(*store, batch(number));
    put_to_embedded(number);
    (void)store->flush();
  }
  ASSERT_TRUE(all_sent(*store, 60s)) << store->status().why_not;
  relay.set_lossy(false);
  std::this_thread::sleep_for(2s);  // the last late one arrives
  const auto tidy = store->tidy();
  ASSERT_TRUE(tidy) << tidy.error().text();
  EXPECT_EQ(answers(*store), answers(*embedded_));
  const LossyRelay::Counts counts = relay.counts();
  EXPECT_GT(counts.unsent, 0U);
  EXPECT_GT(counts.unanswered, 0U);
  EXPECT_GT(counts.late, 0U);
  // What came late is in the table, and isn't counted.
  EXPECT_GT(std::stoull(server_->ask("SELECT count() FROM vedette.flows")), kBatches * kBatch);
}

TEST_F(ClickhouseOutage, ASensorKilledInTheMiddleLosesNothingAcknowledged) {
  std::uint32_t next = 0;
  for (int round = 0; round < 3; round++) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      const auto store = cluster_store(options());
      for (std::uint32_t number = next;; number++) {
        put_all(*store, batch(number));
        if (!store->flush() || write(ends[1], &number, sizeof(number)) != sizeof(number)) _exit(1);
        if (number % 5 == 4 && !store->tidy()) _exit(1);
      }
    }
    close(ends[1]);
    std::uint32_t number = 0;
    const std::uint32_t until = next + 5;
    while (next < until && read(ends[0], &number, sizeof(number)) == sizeof(number)) {
      put_to_embedded(number);
      next = number + 1;
    }
    ASSERT_EQ(next, until) << "the child ended by itself";
    usleep(static_cast<useconds_t>(3000 * round));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    while (read(ends[0], &number, sizeof(number)) == sizeof(number)) {
      put_to_embedded(number);
      next = number + 1;
    }
    close(ends[0]);
    const auto store = cluster_store(options());
    ASSERT_TRUE(all_sent(*store)) << store->status().why_not;
    const auto tidy = store->tidy();
    ASSERT_TRUE(tidy) << tidy.error().text();
    const std::string found = answers(*store);
    if (found != answers(*embedded_)) put_to_embedded(next++);  // it was there before it was told
    EXPECT_EQ(found, answers(*embedded_));
  }
}

TEST_F(ClickhouseOutage, RowsWaitForAServerThatComesLater) {
  server_->kill();
  {
    const auto store = cluster_store(options());
    put_all(*store, batch(1));
    ASSERT_TRUE(store->flush());
    EXPECT_EQ(store->status().waiting, kBatch);
    const auto answer = store->answer(parse_query(R"({"last":"1h"})", noon()).value());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::kBusy);
  }
  server_->start();
  const auto store = cluster_store(options());
  put_to_embedded(1);
  ASSERT_TRUE(all_sent(*store));
  EXPECT_EQ(answers(*store), answers(*embedded_));
}

TEST_F(ClickhouseOutage, WhatFindsTheSpoolFullOrIsDamagedIsCounted) {
  server_->kill();
  StoreOptions small = options();
  small.most_bytes = 200'000;
  small.queue_rows = kBatch;
  constexpr std::uint32_t kBatches = 12;
  {
    const auto store = cluster_store(small);
    for (std::uint32_t number = 0; number < kBatches; number++) {
      put_all(*store, batch(number));
      (void)store->flush();
    }
    const StoreStatus status = store->status();
    EXPECT_LE(status.bytes, small.most_bytes);
    EXPECT_GT(status.unwritten, 0U);
    EXPECT_EQ(status.waiting + status.unwritten + status.queue_full, kBatches * kBatch);
  }
  // One byte of one file.
  for (const auto& entry : std::filesystem::directory_iterator(small.folder))
    if (entry.path().extension() == ".block") {
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(1000);
      file.put('\x5a');
      break;
    }
  const auto store = cluster_store(small);
  const std::uint64_t waiting = store->status().waiting;
  server_->start();
  ASSERT_TRUE(all_sent(*store));
  const StoreStatus status = store->status();
  EXPECT_EQ(status.set_aside, 1U);
  EXPECT_EQ(status.unwritten, kBatch);
  EXPECT_EQ(status.rows + status.unwritten, waiting);
  EXPECT_EQ(std::stoull(server_->ask("SELECT count() FROM vedette.flows")), status.rows);
}

}  // namespace vedette::tests
