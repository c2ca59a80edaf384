// What servers of several releases are told at a start and each minute: the tables, their age, and what is
// over it.
#include "store/clickhouse_layout.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <thread>

#include "store/clickhouse_store.h"
#include "tests/store/clickhouse_servers.h"
#include "tests/store/made_rows.h"

namespace vedette::tests {

namespace {

using namespace std::chrono_literals;

// Says that it is of a release, and takes whatever it is told.
class SaidServer {
 public:
  // `answer`: to a statement; empty: "0".
  SaidServer(std::string version, std::function<std::string(const std::string&)> answer)
      : version_(std::move(version)), answer_(std::move(answer)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(listener_, 8) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
      throw std::runtime_error("the server can't listen");
    url_ = fmt::format("http://127.0.0.1:{}/vedette", ntohs(address.sin_port));
    serving_ = std::thread([this] {
      for (int client = -1; (client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; close(client))
        serve(client);
    });
  }
  SaidServer(const SaidServer&) = delete;
  SaidServer& operator=(const SaidServer&) = delete;
  ~SaidServer() {
    shutdown(listener_, SHUT_RDWR);
    serving_.join();
    close(listener_);
  }

  [[nodiscard]] std::unique_ptr<ClickhouseServer> client() const {
    return ClickhouseServer::open(parse_clickhouse_url(url_).value()).value();
  }
  // Those that begin so, in their order.
  [[nodiscard]] std::vector<std::string> told(std::string_view begin) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> some;
    std::ranges::copy_if(told_, std::back_inserter(some),
                         [&](const std::string& one) { return one.starts_with(begin); });
    return some;
  }

 private:
  // One request a connection.
  void serve(int client) {
    std::string text;
    std::size_t head = std::string::npos, size = 0;
    for (std::array<char, 65536> piece{}; head == std::string::npos || text.size() < head + 4 + size;) {
      const ssize_t got = recv(client, piece.data(), piece.size(), 0);
      if (got <= 0) return;
      text.append(piece.data(), static_cast<std::size_t>(got));
      head = text.find("\r\n\r\n");
      const std::size_t length = text.find("Content-Length: ");
      if (length < head) size = std::stoul(text.substr(length + 16));
    }
    const std::string statement = text.substr(head + 4);
    std::string answer = statement.starts_with("SELECT version()") ? version_ : answer_(statement);
    if (answer.empty()) answer = "0";
    {
      const std::lock_guard lock(mutex_);
      told_.push_back(statement);
    }
    const std::string reply = fmt::format(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}", answer.size(), answer);
    (void)send(client, reply.data(), reply.size(), MSG_NOSIGNAL);
  }

  const std::string version_;
  const std::function<std::string(const std::string&)> answer_;
  const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string url_;
  std::mutex mutex_;
  std::vector<std::string> told_;
  std::thread serving_;
};

// To what is asked of a server whose tables are as today's.
std::string has_all(const std::string& statement) {
  return statement.starts_with("SELECT count()") ? "1" : "";
}

}  // namespace

TEST(ClickhouseLayout, OfANewerServerIsMadeAndKeptAsItIs) {
  SaidServer server("23.8.2.7\n", has_all);
  const auto layout = prepare_server(*server.client(), {});
  ASSERT_TRUE(layout) << layout.error().text();
  EXPECT_FALSE(layout->replicated);
  EXPECT_EQ(server.told("CREATE "), create_statements(*layout));
  EXPECT_EQ(server.told("ALTER "), std::vector<std::string>());
  EXPECT_EQ(server.told("SELECT count() FROM system.tables WHERE database = 'vedette' AND name = 'flows'"),
            (std::vector<std::string>{
                "SELECT count() FROM system.tables WHERE database = 'vedette' AND name = 'flows' AND "
                "position(engine_full, 'TTL toDateTime(intDiv(time_ns, 1000000000)) + toIntervalDay(7)') > 0 "
                "FORMAT TabSeparated"}));
}

TEST(ClickhouseLayout, GivesTablesTheDaysThatTheyAreToBeKeptNow) {
  SaidServer server("19.6.1", [](const std::string& statement) {
    return statement.contains("engine_full") && !statement.contains("'findings'") ? "0" : has_all(statement);
  });
  StoreOptions options;
  options.days = 3;
  const auto layout = prepare_server(*server.client(), options);
  ASSERT_TRUE(layout) << layout.error().text();
  std::vector<std::string> expected;
  for (const AgingTable& table : aging_tables(*layout))
    if (table.name != "findings")
      expected.push_back(fmt::format("ALTER TABLE vedette.{} MODIFY {}", table.name, time_to_live(table)));
  EXPECT_EQ(server.told("ALTER "), expected);
  EXPECT_EQ(
      expected[0],
      "ALTER TABLE vedette.flows MODIFY TTL toDateTime(intDiv(time_ns, 1000000000)) + toIntervalDay(3)");
}

TEST(ClickhouseLayout, AsksNoAgeOfAServerThatKnowsNone) {
  SaidServer server("19.5.3", has_all);
  ASSERT_TRUE(prepare_server(*server.client(), {}));
  for (const std::string& statement : server.told("")) EXPECT_FALSE(statement.contains("TTL")) << statement;
}

TEST(ClickhouseLayout, OfAServerThatIsTooOldIsNone) {
  SaidServer server("18.15.9", has_all);
  const auto layout = prepare_server(*server.client(), {});
  ASSERT_FALSE(layout);
  EXPECT_TRUE(layout.error().text().contains("expected ClickHouse 18.16 or later, found 18.15"))
      << layout.error().text();
  EXPECT_EQ(server.told("CREATE "), std::vector<std::string>());
}

// Of partitions, none whose last row isn't over its table's days.
TEST(ClickhouseLayout, DropsThePartitionsThatAreOver) {
  constexpr std::int64_t kToday = 20'000, kThisMonth = kToday / 30;
  SaidServer server("18.16.1", [&](const std::string& statement) {
    std::string lines;
    if (!statement.starts_with("SELECT DISTINCT table, partition")) return lines;
    for (const std::int64_t day : {kToday - 9, kToday - 8, kToday - 7, kToday})
      lines += fmt::format("flows\t{}\n", day);
    for (const std::int64_t month : {kThisMonth - 29, kThisMonth - 1})
      lines += fmt::format("findings\t{}\n", month);
    return lines + "abandoned\ttuple()\nsomebody_elses\t1\n";
  });
  const ClickhouseLayout layout{.database = "vedette",
                                .cluster = "",
                                .replicated = false,
                                .version = {.major = 18, .minor = 16},
                                .raw_days = 7,
                                .minute_days = 35,
                                .hour_days = 800};
  const auto notes = drop_outlived(*server.client(), layout, std::chrono::days(kToday) + 1h);
  ASSERT_TRUE(notes) << notes.error().text();
  EXPECT_EQ(server.told("ALTER "),
            (std::vector<std::string>{
                fmt::format("ALTER TABLE vedette.flows DROP PARTITION {}", kToday - 9),
                fmt::format("ALTER TABLE vedette.flows DROP PARTITION {}", kToday - 8),
                fmt::format("ALTER TABLE vedette.findings DROP PARTITION {}", kThisMonth - 29)}));
  EXPECT_EQ(notes->size(), 3U);
}

TEST(ClickhouseLayout, TellsWhatEachTableTakesUpOfOneReplicaOfEachShard) {
  SaidServer server("23.8.2.7", [](const std::string& statement) {
    return statement.starts_with("SELECT table, sum(bytes_on_disk)")
               ? "abandoned\t120\t0\nfindings\t7\t666\nhour_flows_by_app\t900\t665\nminute_flows_by_"
                 "app\t70\t19999\n"
               : "";
  });
  const ClickhouseLayout layout{.database = "vedette",
                                .cluster = "pair",
                                .replicated = true,
                                .version = {.major = 23, .minor = 8},
                                .raw_days = 7,
                                .minute_days = 35,
                                .hour_days = 800};
  const auto tables = table_sizes(*server.client(), layout);
  ASSERT_TRUE(tables) << tables.error().text();
  ASSERT_EQ(tables->size(), 4U);
  EXPECT_EQ((*tables)[0].name, "abandoned");
  EXPECT_EQ((*tables)[0].bytes, 120U);
  EXPECT_FALSE((*tables)[0].oldest);
  EXPECT_EQ((*tables)[0].days, 0U);
  EXPECT_EQ((*tables)[1].oldest, std::chrono::days(666 * 30));
  EXPECT_EQ((*tables)[2].days, 800U);
  EXPECT_EQ((*tables)[3].oldest, std::chrono::days(19'999));
  EXPECT_EQ((*tables)[3].days, 35U);
  const auto asked = server.told("SELECT table, sum(bytes_on_disk)");
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_TRUE(asked[0].contains("FROM cluster('pair', system, parts) WHERE database = 'vedette' AND active"))
      << asked[0];
}

TEST(ClickhouseLayout, OfARealServerGoesByItsAge) {
  if (const auto missing = missing_clickhouse()) GTEST_SKIP() << *missing;
  const StoreFolder folder;
  ClickhouseProcess process(folder.path() / "server", {});
  process.start();
  StoreOptions options = folder.options();
  options.servers = {process.url()};
  options.days = options.minute_days = options.hour_days = 36'500;  // the rows are old
  const auto store = ClickhouseStore::open(options).value();
  put_all(*store, made_flows(1, 2000, noon() - std::chrono::days(9), noon()));
  ASSERT_TRUE(store->flush());
  ASSERT_TRUE(store->tidy());
  const auto server = ClickhouseServer::open(parse_clickhouse_url(process.url()).value()).value();
  ClickhouseLayout layout = prepare_server(*server, options).value();
  const StoreStatus status = store->status();
  EXPECT_EQ(status.accepted, 2000U);
  EXPECT_TRUE(status.last_write);
  const auto flows = std::ranges::find(status.tables, "flows", &StoredTable::name);
  ASSERT_NE(flows, status.tables.end());
  EXPECT_EQ(flows->oldest, noon() - std::chrono::days(9) - 12h);
  EXPECT_EQ(flows->days, 36'500U);
  std::uint64_t bytes = 0;
  for (const StoredTable& table : status.tables) bytes += table.bytes;
  // Parts are merged meanwhile, which takes some of their room away.
  const std::uint64_t all = std::stoull(
      process.ask("SELECT sum(bytes_on_disk) FROM system.parts WHERE database = 'vedette' AND active"));
  EXPECT_GT(flows->bytes, 2000U);
  EXPECT_GT(bytes, all / 2);
  EXPECT_LT(bytes, all * 2);
  layout.raw_days = 2, layout.minute_days = 5, layout.hour_days = 800;
  const auto days_of = [&](const std::string& table) {
    return process.ask(
        fmt::format("SELECT toString(groupArray(d)) FROM (SELECT DISTINCT {} - intDiv(time_ns, "
                    "86400000000000) AS d FROM vedette.{} ORDER BY d)",
                    20'000, table));
  };
  EXPECT_EQ(days_of("flows"), "[0,1,2,3,4,5,6,7,8,9]");
  const std::string hours = days_of("hour_flows_by_app");
  // Nothing yet: no partition is wholly over it.
  ASSERT_TRUE(drop_outlived(*server, layout, noon() - std::chrono::days(7)));
  EXPECT_EQ(days_of("flows"), "[0,1,2,3,4,5,6,7,8,9]");
  const auto notes = drop_outlived(*server, layout, noon());
  ASSERT_TRUE(notes) << notes.error().text();
  EXPECT_FALSE(notes->empty());
  EXPECT_EQ(days_of("flows"), "[0,1,2]");
  EXPECT_EQ(days_of("minute_flows_by_app"), "[0,1,2,3,4,5]");
  EXPECT_EQ(days_of("hour_flows_by_app"), hours);
  EXPECT_EQ(process.ask("SELECT count() > 0 FROM vedette.progress"), "1");
}

}  // namespace vedette::tests
