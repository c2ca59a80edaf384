# DuckDB's C header and library: DUCKDB_ROOT first (a folder with include and lib, or all in one), then where
# scripts/fetch_duckdb.sh put it, then the system's. Gives DuckDB_FOUND, DuckDB_INCLUDE_DIR, DuckDB_LIBRARY.
set(hints ${DUCKDB_ROOT} $ENV{DUCKDB_ROOT} "${CMAKE_SOURCE_DIR}/build/duckdb")
find_path(DuckDB_INCLUDE_DIR duckdb.h HINTS ${hints} PATH_SUFFIXES include)
find_library(DuckDB_LIBRARY NAMES libduckdb.so duckdb HINTS ${hints} PATH_SUFFIXES lib)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(DuckDB REQUIRED_VARS DuckDB_LIBRARY DuckDB_INCLUDE_DIR)
mark_as_advanced(DuckDB_INCLUDE_DIR DuckDB_LIBRARY)
