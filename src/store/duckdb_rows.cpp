#include "store/duckdb_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "store/cube.h"
#include "store/row_columns.h"

namespace vedette {

namespace {

constexpr std::size_t kChunkRows = 2048;  // STANDARD_VECTOR_SIZE

duckdb_type type_named(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, duckdb_type>, 8> kTypes{{
      {"BIGINT", DUCKDB_TYPE_BIGINT},
      {"UBIGINT", DUCKDB_TYPE_UBIGINT},
      {"USMALLINT", DUCKDB_TYPE_USMALLINT},
      {"UTINYINT", DUCKDB_TYPE_UTINYINT},
      {"UINTEGER", DUCKDB_TYPE_UINTEGER},
      {"VARCHAR", DUCKDB_TYPE_VARCHAR},
      {"BOOLEAN", DUCKDB_TYPE_BOOLEAN},
      {"DOUBLE", DUCKDB_TYPE_DOUBLE},
  }};
  return std::ranges::find(kTypes, name, &std::pair<std::string_view, duckdb_type>::first)->second;
}

// One table's appender and the chunk of columns that is filled for it.
class Appender {
 public:
  explicit Appender(DuckdbConnection& connection) : connection_(connection), library_(connection.library()) {}
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;
  ~Appender() {
    if (chunk_) library_.destroy_data_chunk(&chunk_);
    if (appender_) library_.appender_destroy(&appender_);
  }

  [[nodiscard]] Result<void> open(const std::string& schema, QuerySource source) {
    if (library_.appender_create_ext(connection_.handle(), schema.c_str(), nullptr,
                                     std::string(raw_table(source)).c_str(), &appender_) != DuckDBSuccess)
      return failure();
    std::vector<duckdb_logical_type> types;
    for (const StoredColumn& column : raw_columns(source))
      types.push_back(library_.create_logical_type(type_named(column.type)));
    chunk_ = library_.create_data_chunk(types.data(), types.size());
    for (duckdb_logical_type& type : types) library_.destroy_logical_type(&type);
    return {};
  }

  void begin(std::size_t rows) {
    library_.data_chunk_reset(chunk_);
    rows_ = rows;
    column_ = 0;
  }

  // Fill the next column; `of(i)` is row i's value.
  template <typename T, typename Of>
  void values(const Of& of) {
    T* data = static_cast<T*>(library_.vector_get_data(next()));
    for (std::size_t i = 0; i < rows_; i++) data[i] = static_cast<T>(of(i));
  }
  // The same where 0 is unknown.
  template <typename T, typename Of>
  void known(const Of& of) {
    values_if<T>(of, [&](std::size_t i) { return of(i) != 0; });
  }
  template <typename T, typename Of, typename If>
  void values_if(const Of& of, const If& is) {
    duckdb_vector vector = next();
    T* data = static_cast<T*>(library_.vector_get_data(vector));
    std::uint64_t* valid = validity(vector);
    for (std::size_t i = 0; i < rows_; i++)
      if (is(i))
        data[i] = static_cast<T>(of(i));
      else
        clear(valid, i);
  }
  template <typename Of>
  void texts(const Of& of) {
    duckdb_vector vector = next();
    std::uint64_t* valid = validity(vector);
    for (std::size_t i = 0; i < rows_; i++)
      if (const auto text = of(i); !text.empty())
        library_.vector_assign_string_element_len(vector, i, text.data(), text.size());
      else
        clear(valid, i);
  }
  // Two columns.
  template <typename Of>
  void addresses(const Of& of) {
    addresses_if(of, [](std::size_t) { return true; });
  }
  template <typename Of, typename If>
  void addresses_if(const Of& of, const If& is) {
    values_if<std::uint64_t>([&](std::size_t i) { return of(i) >> 64; }, is);
    values_if<std::uint64_t>([&](std::size_t i) { return of(i); }, is);
  }

  [[nodiscard]] Result<void> end() {
    library_.data_chunk_set_size(chunk_, rows_);
    if (library_.append_data_chunk(appender_, chunk_) != DuckDBSuccess) return failure();
    return {};
  }

  [[nodiscard]] Result<void> close() {
    if (library_.appender_close(appender_) != DuckDBSuccess) return failure();
    return {};
  }

 private:
  static void clear(std::uint64_t* valid, std::size_t row) { valid[row / 64] &= ~(1ULL << (row % 64)); }
  duckdb_vector next() { return library_.data_chunk_get_vector(chunk_, column_++); }
  std::uint64_t* validity(duckdb_vector vector) {
    library_.vector_ensure_validity_writable(vector);
    return library_.vector_get_validity(vector);
  }
  [[nodiscard]] std::unexpected<Error> failure() {
    const char* why = appender_ ? library_.appender_error(appender_) : nullptr;
    return connection_.fail(why ? why : "rows can't be appended");
  }

  DuckdbConnection& connection_;
  const DuckdbLibrary& library_;
  duckdb_appender appender_ = nullptr;
  duckdb_data_chunk chunk_ = nullptr;
  std::size_t rows_ = 0;
  std::size_t column_ = 0;
};

template <typename Row>
Result<void> append(DuckdbConnection& connection, const std::string& schema, QuerySource source,
                    std::span<const Row* const> rows) {
  if (rows.empty()) return {};
  Appender appender(connection);
  if (auto opened = appender.open(schema, source); !opened) return opened;
  for (; !rows.empty(); rows = rows.subspan(std::min(rows.size(), kChunkRows))) {
    row_columns::fill(appender, rows.first(std::min(rows.size(), kChunkRows)));
    if (auto appended = appender.end(); !appended) return appended;
  }
  return appender.close();
}

template <typename Row>
std::vector<const Row*> pointers(const std::vector<Row>& rows) {
  std::vector<const Row*> all;
  all.reserve(rows.size());
  for (const Row& row : rows) all.push_back(&row);
  return all;
}

}  // namespace

Result<void> append_rows(DuckdbConnection& connection, const std::string& schema, const RowBatch& batch) {
  std::vector<const FlowRow*> flows = pointers(batch.flows);
  std::stable_partition(flows.begin(), flows.end(), [](const FlowRow* row) { return row->ip_version == 4; });
  if (auto done = append<FlowRow>(connection, schema, QuerySource::kFlows, flows); !done) return done;
  if (auto done =
          append<InterfaceRow>(connection, schema, QuerySource::kInterfaces, pointers(batch.interfaces));
      !done)
    return done;
  return append<FindingRow>(connection, schema, QuerySource::kFindings, pointers(batch.findings));
}

}  // namespace vedette
