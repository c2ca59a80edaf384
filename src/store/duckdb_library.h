// DuckDB's library by its C API, loaded when a store is first opened: 60 MB that neither the command line nor
// a sensor without a store should begin with (docs/decisions/store.md).
#pragma once

#include <duckdb.h>

#include <cstddef>
#include <string>

#include "base/error.h"

namespace vedette {

// clang-format off
#define VEDETTE_DUCKDB_FUNCTIONS(call) \
  call(library_version) call(create_config) call(set_config) call(destroy_config) call(open_ext) call(close) \
  call(connect) call(disconnect) call(interrupt) call(query) call(destroy_result) call(result_error) \
  call(result_error_type) call(column_count) call(column_type) call(fetch_chunk) call(destroy_data_chunk) \
  call(data_chunk_get_size) call(data_chunk_get_vector) call(vector_get_data) call(vector_get_validity) \
  call(vector_ensure_validity_writable) call(vector_assign_string_element_len) call(create_data_chunk) \
  call(data_chunk_reset) call(data_chunk_set_size) call(create_logical_type) call(destroy_logical_type) \
  call(appender_create_ext) call(append_data_chunk) call(appender_close) call(appender_destroy) \
  call(appender_error) call(free)
// clang-format on

// What is called of it, by the names of its manual without "duckdb_". Any thread.
struct DuckdbLibrary {
// NOLINTNEXTLINE(bugprone-macro-parentheses): it declares a member of that name
#define VEDETTE_DUCKDB_MEMBER(name) decltype(&duckdb_##name) name = nullptr;
  VEDETTE_DUCKDB_FUNCTIONS(VEDETTE_DUCKDB_MEMBER)
#undef VEDETTE_DUCKDB_MEMBER

  // Stays loaded until the process ends. `path`: of the library; empty: ../lib/vedette beside this program's
  // folder, else where the dynamic loader finds libduckdb.so. Failed where there is none, or an older one.
  [[nodiscard]] static Result<DuckdbLibrary> load(const std::string& path);

  // Gives back to the system what the library's allocator keeps for later: some 100 MiB behind a batch of
  // rows, that no limit of DuckDB's counts. Nothing where it has none of its own (jemalloc).
  void release_memory() const;

 private:
  int (*allocator_control_)(const char*, void*, std::size_t*, void*, std::size_t) = nullptr;
};

}  // namespace vedette
