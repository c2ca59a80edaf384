#include "store/duckdb_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace vedette {

namespace {

constexpr const char* kName = "libduckdb.so";

// Where `make` and the Debian package put it, as seen from bin or sbin.
std::string beside_this_program() {
  std::error_code none;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", none);
  if (none) return {};
  const auto library = program.parent_path().parent_path() / "lib" / "vedette" / kName;
  return std::filesystem::exists(library, none) ? library.native() : std::string();
}

template <typename Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

}  // namespace

Result<DuckdbLibrary> DuckdbLibrary::load(const std::string& path) {
  std::string file = path.empty() ? beside_this_program() : path;
  if (file.empty()) file = kName;
  void* loaded = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!loaded) {
    const char* why = dlerror();
    return failed("store", fmt::format("DuckDB can't be loaded: {}", why ? why : file),
                  "see docs/decisions/store.md");
  }
  DuckdbLibrary library;
#define VEDETTE_DUCKDB_FIND(name)                   \
  if (!find(loaded, "duckdb_" #name, library.name)) \
    return failed(file, "expected DuckDB 1.4 or later, found one without duckdb_" #name);
  VEDETTE_DUCKDB_FUNCTIONS(VEDETTE_DUCKDB_FIND)
#undef VEDETTE_DUCKDB_FIND
  (void)find(loaded, "duckdb_je_mallctl", library.allocator_control_);
  return library;
}

void DuckdbLibrary::release_memory() const {
  // jemalloc(3): of all arenas.
  if (allocator_control_) (void)allocator_control_("arena.4096.purge", nullptr, nullptr, nullptr, 0);
}

}  // namespace vedette
