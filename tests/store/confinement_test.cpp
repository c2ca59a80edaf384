// What SQL could do to this machine if somebody's text ever came to be some: nothing outside of the store's
// folder, and no way to change that.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>

#include "store/duckdb_database.h"
#include "tests/store/made_rows.h"

namespace vedette::tests {

namespace {

class Confinement : public testing::Test {
 protected:
  Confinement() {
    std::filesystem::create_directories(inside_);
    std::ofstream(outside("there.csv")) << "secret\n1\n";
    database_ =
        DuckdbDatabase::open(library_, {.folder = inside_, .memory_bytes = 1 << 28, .threads = 2}).value();
    connection_ = std::make_unique<DuckdbConnection>(database_->connect().value());
  }

  [[nodiscard]] std::string inside(std::string_view name) const { return (inside_ / name).native(); }
  [[nodiscard]] std::string outside(std::string_view name) const { return (folder_.path() / name).native(); }

  // `why` is in what it says.
  void expect_refused(const std::string& sql, std::string_view why) {
    const auto done = connection_->run(sql);
    ASSERT_FALSE(done) << sql;
    EXPECT_NE(done.error().text().find(why), std::string::npos) << sql << ": " << done.error().text();
  }

  const StoreFolder folder_;
  const std::filesystem::path inside_ = folder_.path() / "store";
  const DuckdbLibrary library_ = DuckdbLibrary::load(VEDETTE_DUCKDB).value();
  std::unique_ptr<DuckdbDatabase> database_;
  std::unique_ptr<DuckdbConnection> connection_;
};

}  // namespace

TEST_F(Confinement, WritesInItsFolderAndReadsThere) {
  const std::string file = inside("some.csv");
  ASSERT_TRUE(connection_->run(fmt::format("COPY (SELECT 42 AS number) TO '{}'", file)));
  EXPECT_EQ(connection_->number(fmt::format("SELECT number FROM read_csv('{}')", file)).value(), 42U);
  EXPECT_TRUE(connection_->run(fmt::format("ATTACH '{}' AS other", inside("other.duckdb"))));
}

TEST_F(Confinement, WritesNothingElsewhere) {
  for (const std::string& file :
       {outside("gone.csv"), inside("../gone.csv"), inside("x/../../gone.csv"), inside("") + "../gone.csv",
        folder_.path().native() + "/store-2/gone.csv"}) {
    expect_refused(fmt::format("COPY (SELECT 42) TO '{}'", file), "Permission Error");
    expect_refused(fmt::format("COPY (SELECT 42) TO '{}' (FORMAT parquet)", file), "Permission Error");
    expect_refused(fmt::format("ATTACH '{}' AS other", file), "Permission Error");
  }
  expect_refused(fmt::format("EXPORT DATABASE '{}'", outside("all")), "Permission Error");
  std::size_t there = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    there += entry.path() != inside_ && entry.path() != outside("there.csv");
  EXPECT_EQ(there, 0U);
}

// It is no setting, and taken; the writing isn't.
TEST_F(Confinement, LogsNothingElsewhere) {
  for (const std::string& log : {inside("log"), outside("log")}) {
    ASSERT_TRUE(connection_->run(fmt::format("CALL enable_logging('QueryLog', storage_path = '{}')", log)));
    (void)connection_->run("SELECT 42");
    (void)connection_->run("CALL disable_logging()");
    EXPECT_EQ(std::filesystem::exists(log), log == inside("log"));
  }
}

TEST_F(Confinement, ReadsNothingElsewhere) {
  for (const std::string& file : {std::string("/etc/passwd"), std::string("/proc/self/environ"),
                                  std::string("/dev/stdin"), outside("there.csv"), inside("../there.csv")})
    for (const char* function : {"read_csv", "read_text", "read_blob", "read_parquet", "glob"})
      expect_refused(fmt::format("SELECT * FROM {}('{}')", function, file), "Permission Error");
  expect_refused(fmt::format("FROM '{}'", outside("there.csv")), "Permission Error");
  std::filesystem::create_symlink("/etc/passwd", inside("link"));
  expect_refused(fmt::format("SELECT * FROM read_text('{}')", inside("link")), "Permission Error");
  ASSERT_TRUE(connection_->run("CREATE TEMP TABLE taken (line VARCHAR)"));
  expect_refused("COPY taken FROM '/etc/passwd'", "Permission Error");
  expect_refused(fmt::format("IMPORT DATABASE '{}'", folder_.path().native()), "Permission Error");
}

TEST_F(Confinement, TakesNoExtension) {
  expect_refused("INSTALL httpfs", "Permission Error");
  expect_refused("FORCE INSTALL httpfs FROM 'http://127.0.0.1:1/'", "Permission Error");
  expect_refused("LOAD httpfs", "Permission Error");
  expect_refused(fmt::format("LOAD '{}'", inside("some.duckdb_extension")), "Permission Error");
  // For which DuckDB would fetch one by itself.
  expect_refused("SELECT * FROM read_csv('http://127.0.0.1:1/some.csv')", "Permission Error");
  expect_refused("COPY (SELECT 42) TO 's3://some/thing.csv'", "Permission Error");
}

TEST_F(Confinement, CannotBeUndone) {
  for (const char* setting :
       {"enable_external_access = true", "allowed_directories = ['/']", "allowed_paths = ['/etc/passwd']",
        "lock_configuration = false", "autoinstall_known_extensions = true",
        "autoload_known_extensions = true", "allow_unsigned_extensions = true",
        "extension_directory = '/tmp'", "temp_directory = '/tmp'", "memory_limit = '1TB'", "threads = 64",
        "home_directory = '/root'", "profiling_output = '/tmp/profile'", "log_query_path = '/tmp/log'"})
    for (const char* scope : {"", "GLOBAL ", "SESSION "})
      expect_refused(fmt::format("SET {}{}", scope, setting), "locked");
  for (const char* sql :
       {"RESET enable_external_access", "RESET GLOBAL allowed_directories", "RESET lock_configuration",
        "PRAGMA enable_external_access = true", "PRAGMA profiling_output = '/tmp/profile'"})
    EXPECT_FALSE(connection_->run(sql)) << sql;
  // Nor by another connection, to which all of this holds too.
  auto other = database_->connect().value();
  EXPECT_FALSE(other.run("SET enable_external_access = true"));
  EXPECT_FALSE(other.run("SELECT * FROM read_text('/etc/passwd')"));
  expect_refused("SELECT * FROM read_text('/etc/passwd')", "Permission Error");
  EXPECT_EQ(connection_
                ->number("SELECT count(*) FROM duckdb_settings() WHERE value = 'true' AND name IN "
                         "('enable_external_access', 'autoinstall_known_extensions', "
                         "'autoload_known_extensions', 'allow_unsigned_extensions')")
                .value(),
            0U);
}

}  // namespace vedette::tests
