#include "store/duckdb_parquet.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <system_error>

#include "store/embedded_store.h"
#include "store/query_sql.h"

namespace vedette {

namespace {

constexpr std::size_t kChunkRows = 2048;
// A row's place in the answer, of no field's name: DuckDB keeps a table's rows in whatever order its threads
// come to them.
constexpr std::string_view kPlace = "\"#\"";

duckdb_type type_of(AnswerKind kind) {
  switch (kind) {
    case AnswerKind::kInteger:
      return DUCKDB_TYPE_UBIGINT;
    case AnswerKind::kReal:
      return DUCKDB_TYPE_DOUBLE;
    case AnswerKind::kFlag:
      return DUCKDB_TYPE_BOOLEAN;
    case AnswerKind::kText:
      break;
  }
  return DUCKDB_TYPE_VARCHAR;
}

std::string_view type_name(AnswerKind kind) {
  switch (kind) {
    case AnswerKind::kInteger:
      return "UBIGINT";
    case AnswerKind::kReal:
      return "DOUBLE";
    case AnswerKind::kFlag:
      return "BOOLEAN";
    case AnswerKind::kText:
      break;
  }
  return "VARCHAR";
}

// A name as SQL takes any.
std::string sql_name(std::string_view name) {
  std::string text = "\"";
  for (const char letter : name) text += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return text + "\"";
}

// A table in memory that goes with this value, filled by chunks.
class TemporaryTable {
 public:
  TemporaryTable(DuckdbConnection& connection, const QueryAnswer& answer)
      : connection_(connection), library_(connection.library()), answer_(answer) {}
  TemporaryTable(const TemporaryTable&) = delete;
  TemporaryTable& operator=(const TemporaryTable&) = delete;
  ~TemporaryTable() {
    if (chunk_) library_.destroy_data_chunk(&chunk_);
    if (appender_) library_.appender_destroy(&appender_);
    (void)connection_.run("DROP TABLE IF EXISTS temp.answer");
  }

  [[nodiscard]] Result<void> fill() {
    std::string columns = fmt::format("{} UBIGINT", kPlace);
    std::vector<duckdb_logical_type> types{library_.create_logical_type(DUCKDB_TYPE_UBIGINT)};
    for (const AnswerColumn& column : answer_.columns) {
      columns += fmt::format(", {} {}", sql_name(column.name), type_name(column.kind));
      types.push_back(library_.create_logical_type(type_of(column.kind)));
    }
    chunk_ = library_.create_data_chunk(types.data(), types.size());
    for (duckdb_logical_type& type : types) library_.destroy_logical_type(&type);
    if (auto made = connection_.run(fmt::format("CREATE OR REPLACE TEMP TABLE answer ({})", columns)); !made)
      return made;
    if (library_.appender_create_ext(connection_.handle(), "temp", "main", "answer", &appender_) !=
        DuckDBSuccess)
      return failure();
    for (std::size_t first = 0; first < answer_.rows.size(); first += kChunkRows)
      if (auto added = add(first, std::min(kChunkRows, answer_.rows.size() - first)); !added) return added;
    if (library_.appender_close(appender_) != DuckDBSuccess) return failure();
    return {};
  }

 private:
  [[nodiscard]] Result<void> add(std::size_t first, std::size_t rows) {
    library_.data_chunk_reset(chunk_);
    duckdb_vector places = library_.data_chunk_get_vector(chunk_, 0);
    for (std::size_t i = 0; i < rows; i++) put(places, i, AnswerValue(std::uint64_t{first + i}));
    for (std::size_t column = 0; column < answer_.columns.size(); column++) {
      duckdb_vector vector = library_.data_chunk_get_vector(chunk_, column + 1);
      library_.vector_ensure_validity_writable(vector);
      std::uint64_t* valid = library_.vector_get_validity(vector);
      for (std::size_t i = 0; i < rows; i++)
        if (!put(vector, i, answer_.rows[first + i][column])) valid[i / 64] &= ~(1ULL << (i % 64));
    }
    library_.data_chunk_set_size(chunk_, rows);
    if (library_.append_data_chunk(appender_, chunk_) != DuckDBSuccess) return failure();
    return {};
  }

  bool put(duckdb_vector vector, std::size_t row, const AnswerValue& value) {
    void* data = library_.vector_get_data(vector);
    if (const auto* number = std::get_if<std::uint64_t>(&value))
      static_cast<std::uint64_t*>(data)[row] = *number;
    else if (const auto* real = std::get_if<double>(&value))
      static_cast<double*>(data)[row] = *real;
    else if (const auto* flag = std::get_if<bool>(&value))
      static_cast<bool*>(data)[row] = *flag;
    else if (const auto* text = std::get_if<std::string>(&value))
      library_.vector_assign_string_element_len(vector, row, text->data(), text->size());
    else
      return false;
    return true;
  }

  [[nodiscard]] std::unexpected<Error> failure() {
    const char* why = appender_ ? library_.appender_error(appender_) : nullptr;
    return connection_.fail(why ? why : "the answer can't be written");
  }

  DuckdbConnection& connection_;
  const DuckdbLibrary& library_;
  const QueryAnswer& answer_;
  duckdb_appender appender_ = nullptr;
  duckdb_data_chunk chunk_ = nullptr;
};

}  // namespace

Result<std::string> parquet_of(DuckdbConnection& connection, const std::filesystem::path& folder,
                               const QueryAnswer& answer) {
  static std::atomic<std::uint64_t> number = 0;
  const std::filesystem::path file = folder / fmt::format("export-{}-{}.parquet", getpid(), ++number);
  TemporaryTable table(connection, answer);
  if (auto filled = table.fill(); !filled) return std::unexpected(filled.error());
  const auto copied =
      connection.run(fmt::format("COPY (SELECT * EXCLUDE ({0}) FROM temp.answer ORDER BY {0}) TO {1} (FORMAT "
                                 "parquet, COMPRESSION zstd)",
                                 kPlace, sql_text(file.native())));
  std::ifstream in(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  std::error_code none;
  std::filesystem::remove(file, none);
  if (!copied) return std::unexpected(copied.error());
  return bytes;
}

Result<std::string> parquet_file(const StoreOptions& options, const QueryAnswer& answer) {
  const auto library = DuckdbLibrary::load(options.library);
  if (!library) return std::unexpected(library.error());
  auto database = DuckdbDatabase::open(
      *library, {.folder = options.folder, .memory_bytes = options.memory_bytes, .threads = options.threads});
  if (!database) return std::unexpected(database.error());
  auto connection = (*database)->connect();
  if (!connection) return std::unexpected(connection.error());
  return parquet_of(*connection, options.folder, answer);
}

}  // namespace vedette
