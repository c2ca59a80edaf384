// Blocks of rows in files: what was written is there in its order after a restart, what was changed is
// noticed.
#include "store/spool.h"

#include <gtest/gtest.h>

#include <zlib.h>

#include <cstring>
#include <fstream>

#include "store/clickhouse_address.h"
#include "store/row_binary.h"
#include "tests/store/made_rows.h"

namespace vedette::tests {

namespace {

SpooledRows some_rows(const std::string& text) {
  return {.source = QuerySource::kFlows,
          .rows = {text, text + "\n", std::string("\0\xff", 2)},
          .first = noon(),
          .last = noon() + Nanoseconds(5)};
}

std::filesystem::path only_block(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".block") return entry.path();
  return {};
}

}  // namespace

TEST(Spool, GivesBlocksInTheirOrderAndKnowsWhichMayHaveBeenSent) {
  const StoreFolder folder;
  SpooledBlock second;
  {
    Spool spool(folder.path() / "spool", 1 << 20);
    ASSERT_TRUE(spool.open());
    EXPECT_FALSE(spool.front());
    for (const char* text : {"first", "second", "third"}) ASSERT_TRUE(spool.put(some_rows(text)));
    const auto front = spool.front();
    ASSERT_TRUE(front);
    EXPECT_FALSE(front->sent);
    const auto rows = spool.read(front->block);
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->rows, some_rows("first").rows);
    EXPECT_EQ(rows->first, noon());
    EXPECT_EQ(rows->last, noon() + Nanoseconds(5));
    EXPECT_EQ(spool.settled(), front->block.seq - 1);
    spool.remove(front->block);
    second = spool.front()->block;
    EXPECT_EQ(spool.settled(), second.seq - 1);
    spool.begin_attempt(second);
    EXPECT_TRUE(spool.front()->sent);
    const auto renumbered = spool.renumber(second);
    ASSERT_TRUE(renumbered);
    EXPECT_NE(renumbered->block, second.block);
    EXPECT_EQ(renumbered->seq, second.seq);
    second = *renumbered;
  }
  Spool spool(folder.path() / "spool", 1 << 20);
  ASSERT_TRUE(spool.open());
  EXPECT_EQ(spool.stream(), second.stream);
  EXPECT_EQ(spool.counts().rows, 6U);
  ASSERT_TRUE(spool.front());
  EXPECT_EQ(spool.front()->block, second);
  EXPECT_TRUE(spool.front()->sent) << "by the process before, for all that is known";
  EXPECT_EQ(spool.read(second).value().rows, some_rows("second").rows);
  ASSERT_TRUE(spool.put(some_rows("fourth")));
  spool.remove(second);
  EXPECT_EQ(spool.read(spool.front()->block).value().rows, some_rows("third").rows);
  spool.remove(spool.front()->block);
  EXPECT_GT(spool.front()->block.seq, second.seq + 1) << "no number comes twice";
}

// As an older sensor wrote it, whose rows had fewer columns.
TEST(Spool, TellsHowManyColumnsItsRowsWereWrittenWith) {
  const StoreFolder folder;
  Spool spool(folder.path() / "spool", 1 << 20);
  ASSERT_TRUE(spool.open());
  ASSERT_TRUE(spool.put(some_rows("rows")));
  const std::size_t known = binary_columns(QuerySource::kFlows).size();
  EXPECT_EQ(spool.read(spool.front()->block).value().columns, known);
  const std::filesystem::path file = only_block(folder.path() / "spool");
  const auto with_columns = [&](std::size_t columns) {
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    constexpr std::size_t kCrcAt = 28, kBodyAt = 32;
    text[kBodyAt] = static_cast<char>(columns);
    const auto* body = reinterpret_cast<const unsigned char*>(text.data()) + kBodyAt;
    const auto crc = static_cast<std::uint32_t>(crc32_z(0, body, text.size() - kBodyAt));
    std::memcpy(text.data() + kCrcAt, &crc, sizeof crc);
    std::ofstream(file, std::ios::binary) << text;
    return spool.read(spool.front()->block);
  };
  const auto older = with_columns(known - 1);
  ASSERT_TRUE(older) << older.error().text();
  EXPECT_EQ(older->columns, known - 1);
  EXPECT_EQ(older->rows, some_rows("rows").rows);
  const auto newer = with_columns(known + 1);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().kind, ErrorKind::kUnusable);
}

TEST(Spool, NoticesEachChangedByteAndAFileThatEndsEarly) {
  const StoreFolder folder;
  Spool spool(folder.path() / "spool", 1 << 20);
  ASSERT_TRUE(spool.open());
  ASSERT_TRUE(spool.put(some_rows("rows")));
  const std::filesystem::path file = only_block(folder.path() / "spool");
  std::ifstream in(file, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const SpooledBlock block = spool.front()->block;
  for (std::size_t at = 0; at < whole.size(); at++) {
    // Its times are not the rows'.
    if (at >= 8 && at < 24) continue;
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    std::ofstream(file, std::ios::binary) << changed;
    const auto rows = spool.read(block);
    ASSERT_FALSE(rows) << at;
    EXPECT_EQ(rows.error().kind, ErrorKind::kUnusable) << at;
  }
  for (std::size_t size = 0; size < whole.size(); size++) {
    std::ofstream(file, std::ios::binary) << whole.substr(0, size);
    EXPECT_FALSE(spool.read(block)) << size;
  }
  spool.set_aside(block);
  EXPECT_FALSE(spool.front());
  EXPECT_EQ(spool.counts().rows_set_aside, 3U);
}

TEST(Spool, TakesNoMoreThanThereIsRoomFor) {
  const StoreFolder folder;
  Spool spool(folder.path() / "spool", 300);
  ASSERT_TRUE(spool.open());
  ASSERT_TRUE(spool.put(some_rows(std::string(60, 'x'))));
  EXPECT_FALSE(spool.put(some_rows(std::string(60, 'x'))));
  spool.remove(spool.front()->block);
  EXPECT_TRUE(spool.put(some_rows(std::string(60, 'x'))));
}

TEST(Spool, RemembersRollUpsAndBeginsAnewWhereItCant) {
  const StoreFolder folder;
  RollUpState state;
  state.upto[1][0] = 7;
  state.building = RollUpUnderWay{.block = 99, .upto = 12, .level = 1, .source = 0, .summed = true};
  std::uint64_t stream = 0;
  {
    Spool spool(folder.path() / "spool", 1 << 20);
    ASSERT_TRUE(spool.open());
    ASSERT_TRUE(spool.keep(state));
    stream = spool.stream();
  }
  {
    Spool spool(folder.path() / "spool", 1 << 20);
    ASSERT_TRUE(spool.open());
    EXPECT_EQ(spool.stream(), stream);
    EXPECT_EQ(spool.roll_ups().upto, state.upto);
    ASSERT_TRUE(spool.roll_ups().building);
    EXPECT_EQ(spool.roll_ups().building->block, 99U);
    EXPECT_TRUE(spool.roll_ups().building->summed);
  }
  std::ofstream(folder.path() / "spool" / "state", std::ios::app) << "x";
  Spool spool(folder.path() / "spool", 1 << 20);
  ASSERT_TRUE(spool.open());
  EXPECT_NE(spool.stream(), stream);
  EXPECT_EQ(spool.roll_ups().upto[1][0], 0U);
}

TEST(ClickhouseAddress, IsReadFromItsUrl) {
  const auto whole = parse_clickhouse_url("https://me@[2001:db8::1]:9443/my_flows");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->url, "https://[2001:db8::1]:9443");
  EXPECT_EQ(whole->user, "me");
  EXPECT_EQ(whole->database, "my_flows");
  EXPECT_EQ(parse_clickhouse_url("http://db1").value().shown(), "http://db1:8123/vedette");
  EXPECT_EQ(parse_clickhouse_url("https://[::1]/x/").value().shown(), "https://[::1]:8443/x");
  for (const char* wrong : {"db1:8123", "ftp://db1/", "http://", "http://db1/a/b", "http://db1/a;b",
                            "http://db1/1a", "http://me:secret@db1/"})
    EXPECT_FALSE(parse_clickhouse_url(wrong)) << wrong;
  EXPECT_EQ(parse_clickhouse_url("http://me:secret@db1/").error().text().find("secret"), std::string::npos);
}

}  // namespace vedette::tests
