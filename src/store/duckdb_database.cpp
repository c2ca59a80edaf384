#include "store/duckdb_database.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "store/query_sql.h"

namespace vedette {

namespace {

std::string_view text_of(const duckdb_string_t& text) {
  const std::uint32_t length = text.value.inlined.length;
  constexpr std::uint32_t kInlined = 12;
  return {length <= kInlined ? text.value.inlined.inlined : text.value.pointer.ptr, length};
}

unsigned __int128 wide(std::uint64_t upper, std::uint64_t lower) {
  return (static_cast<unsigned __int128>(upper) << 64) | lower;
}

template <typename T>
const T& at(const void* data, idx_t row) {
  return static_cast<const T*>(data)[row];
}

bool means_damage(std::string_view what) {
  constexpr std::array<std::string_view, 6> kSigns{
      "checksum", "Corrupt", "corrupt", "not a valid DuckDB", "Serialization Error", "serialization"};
  for (const std::string_view sign : kSigns)
    if (what.find(sign) != std::string_view::npos) return true;
  return false;
}

}  // namespace

DuckdbResult::Value DuckdbResult::value(duckdb_data_chunk chunk, std::size_t column, idx_t row) {
  duckdb_vector vector = library_->data_chunk_get_vector(chunk, column);
  if (const std::uint64_t* valid = library_->vector_get_validity(vector);
      valid != nullptr && ((valid[row / 64] >> (row % 64)) & 1) == 0)
    return {};
  const void* data = library_->vector_get_data(vector);
  switch (library_->column_type(&result_, column)) {
    case DUCKDB_TYPE_BOOLEAN:
      return {at<bool>(data, row)};
    case DUCKDB_TYPE_UTINYINT:
      return {std::uint64_t{at<std::uint8_t>(data, row)}};
    case DUCKDB_TYPE_USMALLINT:
      return {std::uint64_t{at<std::uint16_t>(data, row)}};
    case DUCKDB_TYPE_UINTEGER:
      return {std::uint64_t{at<std::uint32_t>(data, row)}};
    case DUCKDB_TYPE_UBIGINT:
      return {at<std::uint64_t>(data, row)};
    case DUCKDB_TYPE_INTEGER:
      return {std::int64_t{at<std::int32_t>(data, row)}};
    case DUCKDB_TYPE_BIGINT:
      return {at<std::int64_t>(data, row)};
    case DUCKDB_TYPE_DOUBLE:
      return {at<double>(data, row)};
    case DUCKDB_TYPE_UHUGEINT: {
      const auto& number = at<duckdb_uhugeint>(data, row);
      return {wide(number.upper, number.lower)};
    }
    case DUCKDB_TYPE_HUGEINT: {
      const auto& number = at<duckdb_hugeint>(data, row);
      return {wide(static_cast<std::uint64_t>(number.upper), number.lower)};
    }
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB:
      return {text_of(at<duckdb_string_t>(data, row))};
    default:
      return {};
  }
}

std::unexpected<Error> DuckdbConnection::fail(std::string what, bool fatal) {
  // The first line alone: what follows is the library's own stack.
  what = what.substr(0, what.find('\n'));
  failure_ = {.what = what,
              .fatal = fatal || what.find("has been invalidated") != std::string::npos,
              .damaged = means_damage(what)};
  return failed("store", std::move(what));
}

Result<DuckdbResult> DuckdbConnection::query(const std::string& sql) {
  duckdb_result result{};
  if (library_->query(connection_, sql.c_str(), &result) == DuckDBSuccess)
    return DuckdbResult(*library_, result);
  const char* why = library_->result_error(&result);
  const bool fatal = library_->result_error_type(&result) == DUCKDB_ERROR_FATAL;
  auto error = fail(why ? why : "a statement failed", fatal);
  library_->destroy_result(&result);
  return error;
}

Result<void> DuckdbConnection::run(const std::string& sql) {
  const auto done = query(sql);
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<std::optional<std::uint64_t>> DuckdbConnection::number(const std::string& sql) {
  auto result = query(sql);
  if (!result) return std::unexpected(result.error());
  std::optional<std::uint64_t> number;
  result->for_each([&](std::span<const DuckdbResult::Value> row) {
    if (const auto* one = std::get_if<std::int64_t>(&row[0].is)) number = static_cast<std::uint64_t>(*one);
    if (const auto* one = std::get_if<std::uint64_t>(&row[0].is)) number = *one;
  });
  return number;
}

Result<std::unique_ptr<DuckdbDatabase>> DuckdbDatabase::open(const DuckdbLibrary& library,
                                                             const DuckdbOptions& options) {
  duckdb_config config = nullptr;
  if (library.create_config(&config) != DuckDBSuccess) return failed("store", "DuckDB has no memory");
  const std::array<std::pair<const char*, std::string>, 8> settings{{
      {"memory_limit", fmt::format("{}B", options.memory_bytes)},
      {"threads", fmt::format("{}", options.threads)},
      {"temp_directory", (options.folder / "spill").native()},
      {"max_temp_directory_size", "1GB"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_unsigned_extensions", "false"},
      {"preserve_insertion_order", "false"},
  }};
  for (const auto& [name, value] : settings)
    if (library.set_config(config, name, value.c_str()) != DuckDBSuccess) {
      library.destroy_config(&config);
      return failed("store", fmt::format("DuckDB doesn't take the setting {}", name));
    }
  std::unique_ptr<DuckdbDatabase> database(new DuckdbDatabase(library));
  char* why = nullptr;
  const auto opened = library.open_ext(":memory:", &database->database_, config, &why);
  library.destroy_config(&config);
  if (opened != DuckDBSuccess) {
    auto error = failed("store", why ? why : "DuckDB can't be opened");
    library.free(why);
    return error;
  }
  auto connection = database->connect();
  if (!connection) return std::unexpected(connection.error());
  // Files of this folder and no others, and nothing of that can be changed again. Zstandard took a tenth of
  // an insert's time and saved nothing on disk; the log is emptied seldom, as each time the last rows are
  // compressed anew, and is read in a second at a start.
  const auto confined =
      connection->run(fmt::format("SET allowed_directories = [{}]; SET enable_external_access = false; SET "
                                  "checkpoint_threshold = '128MB'; SET disabled_compression_methods = "
                                  "'zstd'; SET lock_configuration = true;",
                                  sql_text(options.folder.native() + "/")));
  if (!confined) return std::unexpected(confined.error());
  return database;
}

Result<DuckdbConnection> DuckdbDatabase::connect() {
  duckdb_connection connection = nullptr;
  if (library_.connect(database_, &connection) != DuckDBSuccess)
    return failed("store", "DuckDB takes no more connections");
  return DuckdbConnection(library_, connection);
}

}  // namespace vedette
