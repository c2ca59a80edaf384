// What flush() acknowledged is there after SIGKILL, roll-ups and rows agreeing.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "store/query_json.h"
#include "tests/store/made_rows.h"

namespace vedette::tests {

namespace {

using namespace std::chrono_literals;

struct Acknowledged {
  std::uint64_t rows = 0;
  std::uint64_t packets = 0;
};

constexpr std::size_t kBatch = 500;

std::vector<FlowRow> batch(std::uint32_t number) {
  return made_flows(number, kBatch, noon(), noon() + 2h);
}

// Puts batches without end, and tells through `out` what was acknowledged.
[[noreturn]] void write_for_ever(const StoreFolder& folder, std::uint32_t first, int out) {
  const auto store = opened(folder.options());
  for (std::uint32_t number = first;; number++) {
    put_all(*store, batch(number));
    if (!store->flush()) _exit(1);
    if (number % 5 == 4 && !store->tidy()) _exit(1);
    if (write(out, &number, sizeof(number)) != sizeof(number)) _exit(1);
  }
}

std::uint64_t sum_of(Store& store, const std::string& json) {
  const auto answer = store.answer(parse_query(json, noon()).value());
  if (!answer) throw std::runtime_error(answer.error().text());
  return answer->rows.empty() ? 0 : std::get<std::uint64_t>(answer->rows[0][0]);
}

}  // namespace

TEST(Killed, NothingAcknowledgedIsLostAndNothingIsDoubled) {
  const StoreFolder folder;
  std::mt19937 random(7);
  std::uint32_t next = 0;
  std::uint64_t least = 0;
  for (int round = 0; round < 4; round++) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) write_for_ever(folder, next, ends[1]);
    close(ends[1]);
    std::uint32_t number = 0;
    const std::uint32_t until = next + 3 + static_cast<std::uint32_t>(random() % 10);
    while (next < until && read(ends[0], &number, sizeof(number)) == sizeof(number)) {
      next = number + 1;
      for (const FlowRow& row : batch(number)) least += row.packets;
    }
    ASSERT_EQ(next, until) << "the child ended by itself";
    usleep(static_cast<useconds_t>(random() % 5000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    // What it acknowledged between our last reading and its end.
    while (read(ends[0], &number, sizeof(number)) == sizeof(number)) {
      next = number + 1;
      for (const FlowRow& row : batch(number)) least += row.packets;
    }
    close(ends[0]);
    const auto store = opened(folder.options());
    ASSERT_TRUE(store->flush());
    const std::string span = R"("from_ns":0,"to_ns":9000000000000000000,"measures":["packets"])";
    const std::uint64_t raw =
        sum_of(*store, "{" + span + R"(,"where":[{"field":"src_port","op":"!=","value":1}]})");
    const std::uint64_t rolled = sum_of(*store, "{" + span + "}");
    std::uint64_t one_more = 0;
    for (const FlowRow& row : batch(next)) one_more += row.packets;
    // The batch under way may have been committed before the kill, and not told.
    EXPECT_TRUE(raw == least || raw == least + one_more) << raw << " packets, acknowledged " << least;
    EXPECT_EQ(rolled, raw) << "roll-ups and rows";
    if (raw == least + one_more) {
      least = raw;
      next++;
    }
  }
}

}  // namespace vedette::tests
