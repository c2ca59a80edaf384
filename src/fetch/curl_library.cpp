#include "fetch/curl_library.h"

#include <dlfcn.h>

namespace vedette {

namespace {

constexpr const char* kName = "libcurl.so.4";

template <typename Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

}  // namespace

Result<CurlLibrary> CurlLibrary::load() {
  void* library = dlopen(kName, RTLD_NOW | RTLD_NODELETE);
  if (!library)
    return failed(kName, "can't be loaded, and is needed for http:// and https://", "install libcurl4");
  CurlLibrary curl;
  const bool whole = find(library, "curl_global_init", curl.global_init) &&
                     find(library, "curl_easy_init", curl.easy_init) &&
                     find(library, "curl_easy_cleanup", curl.easy_cleanup) &&
                     find(library, "curl_easy_reset", curl.easy_reset) &&
                     find(library, "curl_easy_setopt", curl.easy_setopt) &&
                     find(library, "curl_easy_perform", curl.easy_perform) &&
                     find(library, "curl_easy_getinfo", curl.easy_getinfo) &&
                     find(library, "curl_easy_header", curl.easy_header) &&
                     find(library, "curl_easy_strerror", curl.easy_strerror) &&
                     find(library, "curl_slist_append", curl.slist_append) &&
                     find(library, "curl_slist_free_all", curl.slist_free_all);
  if (!whole) return failed(kName, "expected version 7.87 or later, found an older one");
  // Safe from several threads since 7.84, and counted.
  if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return failed(kName, "can't be initialised");
  return curl;
}

}  // namespace vedette
