// Stored flows one by one: what a filter finds, against the filter itself over the same rows; orders, pages,
// and flows of several rows.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "flow/flow_filter.h"
#include "flow/flow_order.h"
#include "packet/names.h"
#include "packet/spoken.h"
#include "store/wide_address.h"
#include "tests/store/asked_queries.h"
#include "tests/store/made_rows.h"

namespace vedette::tests {

namespace {

using namespace std::chrono_literals;

FlowSearch everything() {
  FlowSearch search;
  search.begin = noon() - 20h;
  search.end = noon() + 1s;
  search.limit = 10'000;
  return search;
}

std::uint64_t number_in(const std::vector<AnswerValue>& row, std::string_view name) {
  const auto columns = found_columns();
  const auto at = std::ranges::find(columns, name, &FoundColumn::name) - columns.begin();
  const auto* number = std::get_if<std::uint64_t>(&row[static_cast<std::size_t>(at)]);
  return number ? *number : 0;
}

std::string text_in(const std::vector<AnswerValue>& row, std::string_view name) {
  const auto columns = found_columns();
  const auto at = std::ranges::find(columns, name, &FoundColumn::name) - columns.begin();
  const auto* text = std::get_if<std::string>(&row[static_cast<std::size_t>(at)]);
  return text ? *text : "";
}

std::string ends_of(const std::vector<AnswerValue>& row) {
  return fmt::format("{} {} > {} {} {} vlan {}", text_in(row, "src_ip"), number_in(row, "src_port"),
                     text_in(row, "dst_ip"), number_in(row, "dst_port"), text_in(row, "protocol"),
                     number_in(row, "vlan"));
}

std::string ends_of(const FlowRow& row) {
  return fmt::format("{} {} > {} {} {} vlan {}", wide_address_text(wide_address(row.src, row.ip_version)),
                     row.src_port, wide_address_text(wide_address(row.dst, row.ip_version)), row.dst_port,
                     std::string_view(protocol_text(row.protocol)), row.vlan);
}

Flow flow_of(const FlowRow& row) {
  Flow flow;
  flow.key.src = row.src;
  flow.key.dst = row.dst;
  flow.key.src_port = row.src_port;
  flow.key.dst_port = row.dst_port;
  flow.key.protocol = row.protocol;
  flow.key.ip_version = row.ip_version;
  flow.key.vlan[0] = row.vlan;
  return flow;
}

class FlowSearches : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new StoreFolder;
    store_ = opened(folder_->options()).release();
    rows_ = new std::vector(made_flows(3, 4000, noon() - 20h, noon()));
    put_all(*store_, *rows_);
    const auto flushed = store_->flush();
    ASSERT_TRUE(flushed) << flushed.error().text();
  }
  static void TearDownTestSuite() {
    delete store_;
    delete rows_;
    delete folder_;
  }

  static FoundFlows found(const FlowSearch& search) {
    auto flows = store_->find_flows(search);
    if (!flows) ADD_FAILURE() << search.filter << ": " << flows.error().text();
    return flows.value_or(FoundFlows());
  }

  static std::string refused(const FlowSearch& search) {
    const auto flows = store_->find_flows(search);
    return flows ? "" : flows.error().text();
  }

  static StoreFolder* folder_;
  static DuckdbStore* store_;
  static std::vector<FlowRow>* rows_;
};

StoreFolder* FlowSearches::folder_ = nullptr;
DuckdbStore* FlowSearches::store_ = nullptr;
std::vector<FlowRow>* FlowSearches::rows_ = nullptr;

// A TCP flow of five minutes: a row a minute, the last one with what is told once.
std::vector<FlowRow> long_flow(Nanoseconds begin) {
  std::vector<FlowRow> rows;
  for (unsigned minute = 1; minute <= 5; minute++) {
    FlowRow row;
    row.ip_version = 4;
    row.src.bytes[0] = 192, row.src.bytes[2] = 2, row.src.bytes[3] = 1;
    row.dst.bytes[0] = 198, row.dst.bytes[1] = 51, row.dst.bytes[2] = 100, row.dst.bytes[3] = 7;
    row.src_port = 50'000;
    row.dst_port = 443;
    row.has_ports = true;
    row.protocol = 6;
    row.first = begin;
    row.time = begin + std::chrono::minutes(minute) + Nanoseconds(minute * 137);
    row.packets = 10, row.bytes = 1000 * minute, row.reply_packets = 5, row.reply_bytes = 50;
    row.retransmits = 1;
    row.begins = minute == 1;
    row.ends = minute == 5;
    row.state = static_cast<std::uint8_t>(row.ends ? FlowState::kClosed : FlowState::kEstablished);
    if (minute > 1) row.spoken = spoken_number("tls", "1.3", "");
    if (row.ends) row.handshake_rtt_us = 1234;
    row.interface = {'e', 't', 'h', '0'};
    row.texts = std::make_unique<FlowTexts>();
    row.texts->process = "nginx";
    row.pid = 77;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

TEST_F(FlowSearches, FindWhatTheFilterMatches) {
  std::size_t found_some = 0;
  for (const std::string& text : searched_filters()) {
    const auto filter = FlowFilter::compile(text);
    ASSERT_TRUE(filter) << text << ": " << filter.error().text();
    std::set<std::string> expected, got;
    std::uint64_t expected_bytes = 0, bytes = 0;
    for (const FlowRow& row : *rows_) {
      if (!filter->matches(flow_of(row))) continue;
      expected.insert(ends_of(row));
      expected_bytes += row.bytes;
    }
    FlowSearch search = everything();
    search.filter = text;
    const FoundFlows flows = found(search);
    for (const auto& row : flows.rows) {
      got.insert(ends_of(row));
      bytes += number_in(row, "bytes");
    }
    EXPECT_EQ(got, expected) << text;
    EXPECT_EQ(bytes, expected_bytes) << text;
    EXPECT_EQ(flows.total, flows.rows.size()) << text;
    if (!got.empty() && got.size() < 2000) found_some++;
  }
  EXPECT_GT(found_some, 20U);
}

TEST_F(FlowSearches, PagesAreThePiecesOfTheWholeInEveryOrder) {
  for (const std::string_view key : FlowOrder::sort_keys()) {
    if (key.ends_with("_length")) continue;
    FlowSearch search = everything();
    search.filter = "ip6 and tcp port 443";
    search.sort = (key.size() % 2 == 0 ? "-" : "") + std::string(key);
    const FoundFlows whole = found(search);
    ASSERT_GT(whole.rows.size(), 50U);
    std::vector<std::vector<AnswerValue>> pieces;
    search.limit = whole.rows.size() / 2 + 1;
    while (search.skip < whole.total) {
      const FoundFlows page = found(search);
      ASSERT_FALSE(page.rows.empty());
      pieces.insert(pieces.end(), page.rows.begin(), page.rows.end());
      search.skip += page.rows.size();
    }
    EXPECT_TRUE(pieces == whole.rows) << search.sort;
  }
}

TEST_F(FlowSearches, TheLargestComeFirst) {
  const auto column = [](const FlowSearch& search, std::string_view name) {
    std::vector<std::uint64_t> all;
    for (const auto& row : found(search).rows) all.push_back(number_in(row, name));
    return all;
  };
  FlowSearch search = everything();
  for (const char* name : {"bytes", "last_ns", "handshake_rtt_us", "dst_port"}) {
    search.sort = fmt::format("-{}", name);
    EXPECT_TRUE(std::ranges::is_sorted(column(search, name), std::greater())) << name;
    search.sort = name;
    EXPECT_TRUE(std::ranges::is_sorted(column(search, name))) << name;
  }
}

TEST_F(FlowSearches, NothingIsFoundOutsideTheSpan) {
  FlowSearch search = everything();
  search.begin = noon() - 2h;
  search.end = noon() - 1h;
  std::uint64_t bytes = 0, expected = 0;
  for (const auto& row : found(search).rows) bytes += number_in(row, "bytes");
  for (const FlowRow& row : *rows_)
    if (row.time >= search.begin && row.time < search.end) expected += row.bytes;
  EXPECT_EQ(bytes, expected);
  EXPECT_GT(expected, 0U);
  search.begin = noon() + 48h;
  search.end = noon() + 49h;
  EXPECT_EQ(found(search).total, 0U);
}

TEST_F(FlowSearches, SayWhatCannotBeAsked) {
  FlowSearch search = everything();
  search.sort = "-max_length";
  EXPECT_EQ(refused(search), "sort: max_length isn't stored: history can't be sorted by it");
  search.sort = "bites";
  EXPECT_NE(refused(search).find("expected a flow's field"), std::string::npos);
  search = everything();
  search.filter = "tcp prot 80";
  EXPECT_NE(refused(search).find("filter"), std::string::npos);
  search.filter = "ip[ip[9]] = 3";
  EXPECT_EQ(refused(search), "filter: history can't be asked this: it reads where another value says");
  search.filter = "ip[9] * ip[15] = 30";
  EXPECT_EQ(refused(search), "filter: history can't be asked this: it calculates with what it reads");
}

TEST(LongFlows, AreOneFlowOfWhatTheirRowsInTheSpanSay) {
  const StoreFolder folder;
  const auto store = opened(folder.options());
  // Over midnight: in two files.
  const Nanoseconds begin = noon() + 12h - 150s;
  put_all(*store, long_flow(begin));
  put_all(*store, long_flow(begin + 1h));  // another one of the same ports
  ASSERT_TRUE(store->flush());
  FlowSearch search;
  search.begin = begin;
  search.end = begin + 30min;
  const auto whole = store->find_flows(search);
  ASSERT_TRUE(whole) << whole.error().text();
  ASSERT_EQ(whole->rows.size(), 1U);
  EXPECT_EQ(whole->total, 1U);
  const auto& row = whole->rows[0];
  EXPECT_LT(number_in(row, "first_ns") - static_cast<std::uint64_t>(begin.count()), 1000U);
  EXPECT_EQ(
      found_flow_json(row),
      fmt::format(R"({{"first_ns":{},"last_ns":{},"src_ip":"192.0.2.1","src_port":50000,)"
                  R"("dst_ip":"198.51.100.7","dst_port":443,"protocol":"tcp","ip_version":4,)"
                  R"("interface":"eth0","sensor":"{}","packets":50,"bytes":15000,"reply_packets":25,)"
                  R"("reply_bytes":250,"state":"closed","handshake_rtt_us":1234,"retransmits":5,)"
                  R"("reply_retransmits":0,"out_of_order":0,"zero_windows":0,"resets":0,"app":"tls",)"
                  R"("app_version":"1.3","process":{{"pid":77,"name":"nginx"}}}})",
                  number_in(row, "first_ns"), (begin + 5min + 685ns).count(), sensor_of(folder.options())));
  search.begin = begin + 150s;
  const auto later = store->find_flows(search);
  ASSERT_TRUE(later);
  ASSERT_EQ(later->rows.size(), 1U);
  EXPECT_EQ(number_in(later->rows[0], "bytes"), 12'000U);
  search.end = begin + 2h;
  EXPECT_EQ(store->find_flows(search)->total, 2U);
}

}  // namespace vedette::tests
