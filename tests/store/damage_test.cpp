// Files that can't be read, folders that can't be written, disks that are full.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <mutex>
#include <thread>

#include "store/query_json.h"
#include "tests/store/made_rows.h"

namespace vedette::tests {

namespace {

using namespace std::chrono_literals;

std::uint64_t packets_in(Store& store) {
  const auto answer = store.answer(
      parse_query(
          R"({"from_ns":0,"to_ns":9000000000000000000,"measures":["packets"],"where":[{"field":"src_port","op":"!=","value":1}]})",
          noon())
          .value());
  if (!answer) throw std::runtime_error(answer.error().text());
  return answer->rows.empty() ? 0 : std::get<std::uint64_t>(answer->rows[0][0]);
}

std::uint64_t packets_of(const std::vector<FlowRow>& rows) {
  std::uint64_t sum = 0;
  for (const FlowRow& row : rows) sum += row.packets;
  return sum;
}

std::filesystem::path raw_file(const StoreFolder& folder, Nanoseconds time) {
  return folder.path() / "store" / day_file(FileLevel::kRaw, time).name();
}

class Notes {
 public:
  std::function<void(const std::string&)> taker() {
    return [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      lines_ += line + "\n";
    };
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::string lines_;
};

// Runs `test` as a child with a mount namespace of its own; its exit status, or 77 where there can be none.
int in_own_mounts(const std::function<int()>& test) {
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      _exit(77);
    int status = 1;
    try {
      status = test();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
    _exit(status);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST(Damage, ADayThatCannotBeOpenedIsSetAsideAndTheOthersAnswer) {
  const StoreFolder folder;
  const auto yesterday = made_flows(1, 1000, noon() - std::chrono::days(1), noon() - std::chrono::hours(23));
  const auto today = made_flows(2, 1000, noon(), noon() + 1h);
  {
    const auto store = opened(folder.options());
    put_all(*store, yesterday);
    put_all(*store, today);
    ASSERT_TRUE(store->flush());
  }
  std::ofstream(raw_file(folder, today[0].time), std::ios::binary) << std::string(100'000, 'x');
  Notes notes;
  StoreOptions options = folder.options();
  options.note = notes.taker();
  const auto store = opened(options);
  ASSERT_TRUE(store->flush());
  EXPECT_EQ(packets_in(*store), packets_of(yesterday));
  EXPECT_EQ(store->status().set_aside, 1U);
  EXPECT_NE(notes.text().find("was set aside as"), std::string::npos) << notes.text();
  // The day goes on in a file of its own.
  const auto more = made_flows(3, 500, noon(), noon() + 1h);
  put_all(*store, more);
  ASSERT_TRUE(store->flush());
  ASSERT_TRUE(store->tidy());
  EXPECT_EQ(packets_in(*store), packets_of(yesterday) + packets_of(more));
}

TEST(Damage, ABlockThatWasAlteredIsFoundByTheQueryThatReadsIt) {
  const StoreFolder folder;
  const auto yesterday = made_flows(1, 1000, noon() - std::chrono::days(1), noon() - std::chrono::hours(23));
  const auto today = made_flows(2, 200'000, noon(), noon() + 1h);
  {
    const auto store = opened(folder.options());
    put_all(*store, yesterday);
    ASSERT_TRUE(store->flush());
    for (std::size_t i = 0; i < today.size(); i++) {
      store->put(copy(today[i]));
      if (i % 50'000 != 0) continue;
      ASSERT_TRUE(store->flush());
    }
    ASSERT_TRUE(store->flush());
  }
  const auto file = raw_file(folder, today[0].time);
  {
    // Behind the headers, in the columns' blocks.
    std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
    for (std::uint64_t at = 12'288 + 5000; at + 5000 < std::filesystem::file_size(file); at += 262'144) {
      bytes.seekp(static_cast<std::streamoff>(at));
      bytes << "altered";
    }
  }
  const auto store = opened(folder.options());
  ASSERT_TRUE(store->flush());
  EXPECT_EQ(packets_in(*store), packets_of(yesterday));
  EXPECT_EQ(store->status().set_aside, 1U);
}

TEST(Damage, AFullDiskKeepsWhatWasAcknowledgedAndGoesOnWhenThereIsRoom) {
  const StoreFolder folder;
  const int status = in_own_mounts([&] {
    const auto at = folder.path() / "store";
    std::filesystem::create_directory(at);
    if (mount("none", at.c_str(), "tmpfs", 0, "size=12m") != 0) return 77;
    Notes notes;
    StoreOptions options = folder.options();
    options.note = notes.taker();
    options.queue_rows = 20'000;
    const auto store = opened(options);
    std::uint64_t acknowledged = 0;
    bool failing = false;
    std::vector<FlowRow> rows;
    for (std::uint32_t seed = 0; seed < 200 && !failing; seed++) {
      rows = made_flows(seed, 10'000, noon(), noon() + 1h);
      put_all(*store, rows);
      failing = !store->flush();
      if (!failing) acknowledged += packets_of(rows);
    }
    if (!failing) return std::fprintf(stderr, "the disk never filled\n"), 1;
    if (store->status().writing || store->status().why_not.empty()) return 2;
    if (packets_in(*store) != acknowledged) return std::fprintf(stderr, "%s\n", notes.text().c_str()), 3;
    // More than can wait is counted, each row once.
    put_all(*store, made_flows(999, 15'000, noon(), noon() + 1h));
    if (store->status().unwritten != 5'000) return 4;
    if (mount("none", at.c_str(), "tmpfs", MS_REMOUNT, "size=200m") != 0) return 77;
    for (int tries = 0; tries < 100 && !store->flush(); tries++) std::this_thread::sleep_for(200ms);
    if (!store->flush()) return std::fprintf(stderr, "%s\n", notes.text().c_str()), 5;
    std::uint64_t waited = packets_of(rows);
    const auto late = made_flows(999, 15'000, noon(), noon() + 1h);
    for (std::size_t i = 0; i < 10'000; i++) waited += late[i].packets;
    if (packets_in(*store) != acknowledged + waited) return 6;
    if (notes.text().find("rows are written again") == std::string::npos) return 7;
    return 0;
  });
  if (status == 77) GTEST_SKIP() << "needs root's mounts";
  EXPECT_EQ(status, 0);
}

TEST(Damage, AFolderThatCannotBeWrittenIsReadAndSaysSo) {
  const StoreFolder folder;
  const auto rows = made_flows(1, 1000, noon(), noon() + 1h);
  {
    const auto store = opened(folder.options());
    put_all(*store, rows);
    ASSERT_TRUE(store->flush());
  }
  const int status = in_own_mounts([&] {
    const auto at = folder.path() / "store";
    if (mount(at.c_str(), at.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
        mount("none", at.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0)
      return 77;
    Notes notes;
    StoreOptions options = folder.options();
    options.note = notes.taker();
    const auto store = opened(options);
    put_all(*store, made_flows(2, 100, noon(), noon() + 1h));
    if (store->flush()) return 1;
    if (packets_in(*store) != packets_of(rows)) return 2;
    if (store->status().writing) return 3;
    if (notes.text().find("can't be written") == std::string::npos) return 4;
    return 0;
  });
  if (status == 77) GTEST_SKIP() << "needs root's mounts";
  EXPECT_EQ(status, 0);
}

}  // namespace vedette::tests
