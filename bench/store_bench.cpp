// What history costs: flows inserted into the store and into SQLite, the same queries asked of both, and what
// they take of disk and memory. Prints a JSON object a measurement.
//
// store_bench FOLDER [FLOWS] [ROUNDS] [URL [PASSWORD]]   FOLDER has room for 3 GB; 10,000,000 flows and 7
// rounds by default. With the URL of an empty ClickHouse database, and the file of its password, it is that
// engine that is measured, and nothing else.
#include <fmt/format.h>
#include <sys/resource.h>
#ifdef VEDETTE_SQLITE
#include <sqlite3.h>
#endif

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "packet/client_fingerprint.h"
#include "packet/spoken.h"
#include "store/clickhouse_store.h"
#include "store/duckdb_store.h"
#include "store/query_json.h"

namespace {

using namespace vedette;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// All of them lie within six hours that end here, in the middle of a minute.
constexpr Nanoseconds kEnd = std::chrono::days(20'000) + 18h + 20min + 17s;
constexpr auto kSpan = 6h;

// Flows as a busy host's: some hundred thousand clients of which few send most, a dozen services, sizes over
// five decades. The same for every contender.
class Flows {
 public:
  explicit Flows(std::size_t count) : count_(count) {
    for (const auto& [app, version] :
         {std::pair{"tls", "1.3"}, std::pair{"tls", "1.2"}, std::pair{"http", "HTTP/1.1"},
          std::pair{"quic", "v1"}, std::pair{"dns", ""}, std::pair{"ssh", "2.0"}, std::pair{"", ""}})
      spoken_.push_back(spoken_number(app, version, ""));
    for (unsigned i = 0; i < kClients; i++)
      fingerprints_.push_back(client_fingerprint_number(fmt::format("t13d1516h2_{:012x}_{:012x}", i, i * i)));
    for (std::size_t i = 0; i < kSteps; i++) {
      const double part = (static_cast<double>(i) + 0.5) / kSteps;
      clients_[i] = static_cast<std::uint32_t>(std::pow(part, 4) * 200'000);
      ages_[i] = Nanoseconds(static_cast<std::int64_t>(std::exp(part * 8 + 14)));
      sizes_[i] = 1 + static_cast<std::uint64_t>(std::exp(part * 6));
    }
  }

  FlowRow next() {
    FlowRow row;
    const double in_all = static_cast<double>(number_++) / static_cast<double>(count_);
    const std::uint32_t client = clients_[below(kSteps)];
    put_address(row.src, 0x0b000000 + client * 2'654'435'761U % 0x3fffffff);
    put_address(row.dst, 0xc0a80000 + below(250));
    row.time =
        kEnd - kSpan +
        Nanoseconds(static_cast<std::int64_t>(in_all * static_cast<double>(Nanoseconds(kSpan).count()))) +
        Nanoseconds(below(1'000'000'000));
    if (row.time >= kEnd) row.time = kEnd - 1ns;
    row.first = row.time - ages_[below(kSteps)];
    row.packets = sizes_[below(kSteps)];
    row.bytes = row.packets * (60 + below(1000));
    row.reply_packets = row.packets - below(2);
    row.reply_bytes = row.reply_packets * (60 + below(1400));
    row.retransmits = below(20) == 0 ? below(9) : 0;
    row.protocol = below(4) == 0 ? 17 : 6;
    row.has_ports = true;
    row.src_port = static_cast<std::uint16_t>(32'768 + below(28'000));
    const std::uint32_t service = below(100);
    row.dst_port = service < 70   ? 443
                   : service < 80 ? 53
                   : service < 88 ? 80
                   : service < 92 ? 22
                                  : static_cast<std::uint16_t>(below(65'536));
    row.handshake_rtt_us = row.protocol == 6 ? 200 + below(80'000) : 0;
    const std::size_t what = std::min<std::size_t>(below(12), spoken_.size() - 1);
    row.spoken = spoken_[what];
    if (what == kTls13 || what == kTls12 || what == kQuic) row.fingerprint = fingerprints_[client % kClients];
    row.state = row.protocol == 6 ? 6 : 1;
    std::strcpy(row.interface.data(), "eth0");
    return row;
  }

 private:
  static constexpr std::size_t kTls13 = 0, kTls12 = 1, kQuic = 3;
  static constexpr unsigned kClients = 300;  // kinds of them
  static constexpr std::size_t kSteps = 65'536;

  std::uint32_t below(std::uint32_t most) { return static_cast<std::uint32_t>(random_() % most); }
  static void put_address(vdt_address& address, std::uint32_t number) {
    address.words[0] = __builtin_bswap32(number);
  }

  std::size_t count_;
  std::size_t number_ = 0;
  std::mt19937_64 random_{42};
  // Making a row counts among what inserting it takes: so these are looked up, not computed.
  std::array<std::uint32_t, kSteps> clients_{};
  std::array<Nanoseconds, kSteps> ages_{};
  std::array<std::uint64_t, kSteps> sizes_{};
  std::vector<std::uint16_t> spoken_;
  std::vector<std::uint32_t> fingerprints_;
};

struct Asked {
  const char* name;
  std::int64_t hours;
  const char* query;  // the store's, without its span
  const char* sql;    // SQLite's, with %lld for the span's begin
};

constexpr Asked kAsked[] = {
    {"top-10 sources by bytes, 1 h", 1, R"("by":["src_ip"],"measures":["bytes"],"top":10)",
     "SELECT src_ip, sum(bytes) AS b FROM flows WHERE time_ns >= %lld GROUP BY src_ip ORDER BY b DESC LIMIT "
     "10"},
    {"top-10 sources by bytes, 6 h", 6, R"("by":["src_ip"],"measures":["bytes"],"top":10)",
     "SELECT src_ip, sum(bytes) AS b FROM flows WHERE time_ns >= %lld GROUP BY src_ip ORDER BY b DESC LIMIT "
     "10"},
    {"bytes by the minute, 1 h", 1, R"("measures":["bytes"],"bucket":"1m")",
     "SELECT time_ns / 60000000000, sum(bytes) FROM flows WHERE time_ns >= %lld GROUP BY 1 ORDER BY 1"},
    {"flows and bytes by destination port, 1 h", 1,
     R"("by":["dst_port"],"measures":["bytes","flows"],"top":10)",
     "SELECT dst_port, sum(bytes) AS b, count(*) FROM flows WHERE time_ns >= %lld GROUP BY 1 ORDER BY b DESC "
     "LIMIT 10"},
    {"distinct ports by source, 1 h", 1, R"("by":["src_ip"],"measures":["distinct:dst_port"],"top":10)",
     "SELECT src_ip, count(DISTINCT dst_port) AS b FROM flows WHERE time_ns >= %lld GROUP BY 1 ORDER BY b "
     "DESC LIMIT 10"},
};

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

// CPU-seconds of one run of what was timed last.
double cpu_of_one = 0;

std::string quartiles(std::vector<double> figures) {
  std::ranges::sort(figures);
  return fmt::format(R"("median_s":{:.4f},"low_s":{:.4f},"high_s":{:.4f},"cpu_s":{:.4f},"runs":{})",
                     figures[figures.size() / 2], figures[figures.size() / 4],
                     figures[figures.size() * 3 / 4], cpu_of_one, figures.size());
}

std::uint64_t folder_bytes(const std::filesystem::path& folder, const std::string& prefix) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().native().starts_with(prefix)) bytes += entry.file_size();
  return bytes;
}

// KiB of /proc/self/status.
std::uint64_t memory_kib(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return std::strtoull(line.c_str() + name.size() + 1, nullptr, 10);
  return 0;
}

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void fail(const Error& error) {
  fmt::print(stderr, "store_bench: {}\n", error.text());
  std::exit(1);
}

std::vector<double> timed(std::size_t rounds, const std::function<void()>& ask) {
  std::vector<double> figures;
  const double cpu = cpu_seconds();
  for (std::size_t round = 0; round < rounds; round++) {
    const auto began = Clock::now();
    ask();
    figures.push_back(seconds_since(began));
  }
  cpu_of_one = (cpu_seconds() - cpu) / static_cast<double>(rounds);
  return figures;
}

// Puts flows, rolls them up and asks; `name` is the contender's.
template <typename Engine>
void bench_engine(Engine& store, const char* name, std::size_t count, std::size_t rounds) {
  Flows flows(count);
  constexpr std::size_t kAtOnce = 16'384;
  std::vector<FlowRow> rows;
  const auto began = Clock::now();
  const double cpu = cpu_seconds();
  for (std::size_t put = 0; put < count;) {
    rows.clear();
    for (; rows.size() < kAtOnce && put < count; put++) rows.push_back(flows.next());
    while (store.status().waiting > 5 * kAtOnce) std::this_thread::sleep_for(1ms);
    for (FlowRow& row : rows) store.put(std::move(row));
  }
  if (auto flushed = store.flush(); !flushed) fail(flushed.error());
  const double inserting = seconds_since(began);
  const StoreStatus status = store.status();
  say(fmt::format(
      R"({{"what":"insert","contender":"{}","rows":{},"lost":{},"seconds":{:.2f},"cpu_s":{:.2f}}})", name,
      status.rows, status.queue_full + status.unwritten, inserting, cpu_seconds() - cpu));
  const auto rolling = Clock::now();
  const double cpu_before_rolling = cpu_seconds();
  if (auto tidied = store.tidy(); !tidied) fail(tidied.error());
  say(fmt::format(R"({{"what":"roll_up","contender":"{}","seconds":{:.2f},"cpu_s":{:.2f}}})", name,
                  seconds_since(rolling), cpu_seconds() - cpu_before_rolling));
  for (const bool rolled : {true, false})
    for (const Asked& one : kAsked) {
      // What only the rows know keeps the roll-ups out.
      const char* raw = R"(,"where":[{"field":"src_port","op":"!=","value":1}])";
      const auto query = parse_query(
          fmt::format(R"({{{},"from_ns":{},"to_ns":{}{}}})", one.query,
                      (kEnd - std::chrono::hours(one.hours)).count(), kEnd.count(), rolled ? "" : raw),
          kEnd);
      if (!query) fail(query.error());
      std::string level;
      const auto figures = timed(rounds, [&] {
        const auto answer = store.answer(*query);
        if (!answer) fail(answer.error());
        level = store_level_name(answer->level);
      });
      say(fmt::format(R"({{"what":"query","contender":"{}{}","query":"{}","level":"{}",{}}})", name,
                      rolled ? "" : ", rows alone", one.name, level, quartiles(figures)));
    }
}

void bench_store(const std::filesystem::path& folder, std::size_t count, std::size_t rounds) {
  StoreOptions options;
  options.folder = folder / "store";
  options.library = VEDETTE_DUCKDB;
  options.most_bytes = std::uint64_t{64} << 30;
  const std::uint64_t before = memory_kib("VmRSS");
  auto opened = DuckdbStore::open(options);
  if (!opened) fail(opened.error());
  std::unique_ptr<DuckdbStore> store = std::move(*opened);
  bench_engine(*store, "vedette", count, rounds);
  const StoreStatus status = store->status();
  say(fmt::format(
      R"({{"what":"memory","contender":"vedette","limit_kib":{},"rss_kib":{},"most_kib":{},"before_kib":{}}})",
      options.memory_bytes >> 10, memory_kib("VmRSS"), memory_kib("VmHWM"), before));
  store.reset();
  say(fmt::format(
      R"({{"what":"disk","contender":"vedette","rows":{},"raw_bytes":{},"minute_bytes":{},"hour_bytes":{}}})",
      count, folder_bytes(folder / "store", "raw"), folder_bytes(folder / "store", "minute"),
      folder_bytes(folder / "store", "hour")));
}

// `password`: of the user that the URL names, in a file; null where it has none.
void bench_clickhouse(const std::filesystem::path& folder, const std::string& url, const char* password,
                      std::size_t count, std::size_t rounds) {
  StoreOptions options;
  options.folder = folder / "spool";
  options.servers = {url};
  if (password != nullptr) {
    std::ifstream file(password);
    std::getline(file, options.password);
  }
  auto store = ClickhouseStore::open(options);
  if (!store) fail(store.error());
  bench_engine(**store, "clickhouse", count, rounds);
}

#ifdef VEDETTE_SQLITE

void must(int result, sqlite3* database) {
  if (result != SQLITE_OK && result != SQLITE_DONE && result != SQLITE_ROW) {
    fmt::print(stderr, "store_bench: SQLite: {}\n", sqlite3_errmsg(database));
    std::exit(1);
  }
}

void bench_sqlite(const std::filesystem::path& folder, std::size_t count, std::size_t rounds) {
  sqlite3* database = nullptr;
  must(sqlite3_open((folder / "flows.sqlite").c_str(), &database), database);
  const auto run = [&](const char* sql) {
    must(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), database);
  };
  run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -262144;");
  run("CREATE TABLE flows (time_ns INTEGER, first_ns INTEGER, src_ip INTEGER, dst_ip INTEGER, src_port "
      "INTEGER, dst_port INTEGER, "
      "protocol INTEGER, interface TEXT, state INTEGER, app TEXT, app_version TEXT, fingerprint TEXT, bytes "
      "INTEGER, packets "
      "INTEGER, "
      "reply_bytes INTEGER, reply_packets INTEGER, retransmits INTEGER, handshake_rtt_us INTEGER)");
  sqlite3_stmt* insert = nullptr;
  must(sqlite3_prepare_v2(database, "INSERT INTO flows VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", -1,
                          &insert, nullptr),
       database);
  Flows flows(count);
  const auto began = Clock::now();
  const double cpu = cpu_seconds();
  std::vector<FlowRow> rows;
  for (std::size_t put = 0; put < count;) {
    rows.clear();
    for (; rows.size() < 16'384 && put < count; put++) rows.push_back(flows.next());
    run("BEGIN");
    for (const FlowRow& row : rows) {
      int at = 0;
      const auto number = [&](std::int64_t value) { sqlite3_bind_int64(insert, ++at, value); };
      const auto text = [&](std::string_view value) {
        sqlite3_bind_text(insert, ++at, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
      };
      number(row.time.count()), number(row.first.count()), number(row.src.words[0]), number(row.dst.words[0]);
      number(row.src_port), number(row.dst_port), number(row.protocol), text(row.interface.data()),
          number(row.state);
      text(spoken(row.spoken).app), text(spoken(row.spoken).app_version);
      const std::string fingerprint = client_fingerprint(row.fingerprint);
      text(fingerprint), number(static_cast<std::int64_t>(row.bytes));
      number(static_cast<std::int64_t>(row.packets)), number(static_cast<std::int64_t>(row.reply_bytes));
      number(static_cast<std::int64_t>(row.reply_packets)), number(row.retransmits),
          number(row.handshake_rtt_us);
      must(sqlite3_step(insert), database);
      sqlite3_reset(insert);
    }
    run("COMMIT");
  }
  say(fmt::format(
      R"({{"what":"insert","contender":"SQLite","rows":{},"lost":0,"seconds":{:.2f},"cpu_s":{:.2f}}})", count,
      seconds_since(began), cpu_seconds() - cpu));
  sqlite3_finalize(insert);
  for (const Asked& one : kAsked) {
    std::string sql = one.sql;
    sql.replace(sql.find("%lld"), 4, std::to_string((kEnd - std::chrono::hours(one.hours)).count()));
    sqlite3_stmt* query = nullptr;
    must(sqlite3_prepare_v2(database, sql.c_str(), -1, &query, nullptr), database);
    // A run takes seconds.
    const auto figures = timed(std::min<std::size_t>(rounds, 3), [&] {
      int step = sqlite3_step(query);
      while (step == SQLITE_ROW) step = sqlite3_step(query);
      must(step, database);
      sqlite3_reset(query);
    });
    sqlite3_finalize(query);
    say(fmt::format(R"({{"what":"query","contender":"SQLite","query":"{}",{}}})", one.name,
                    quartiles(figures)));
  }
  sqlite3_close(database);
  say(fmt::format(R"({{"what":"disk","contender":"SQLite","rows":{},"raw_bytes":{}}})", count,
                  folder_bytes(folder, "flows.sqlite")));
}

#endif

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: store_bench FOLDER [FLOWS] [ROUNDS] [URL [PASSWORD]]\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const std::size_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000'000;
  const std::size_t rounds = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 7;
  if (argc > 4) {
    bench_clickhouse(folder, argv[4], argc > 5 ? argv[5] : nullptr, count, rounds);
    return 0;
  }
  bench_store(folder, count, rounds);
#ifdef VEDETTE_SQLITE
  bench_sqlite(folder, count, rounds);
#endif
  return 0;
}
