// libcurl, loaded when it is first needed: the command line and a sensor that asks no URL begin without it
// and the libraries that it brings (docs/decisions/fetching.md).
#pragma once

#include <curl/curl.h>

#include "base/error.h"

namespace vedette {

// What is called of it, by the names of its manual without "curl_". Any thread.
struct CurlLibrary {
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_easy_reset) easy_reset = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_perform) easy_perform = nullptr;
  decltype(&curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&curl_easy_header) easy_header = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;

  // Stays loaded until the process ends. Failed where it isn't installed, or is older than 7.87.
  [[nodiscard]] static Result<CurlLibrary> load();
};

}  // namespace vedette
