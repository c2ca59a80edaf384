// What connections speak, as policies name it: an application that the sensor tells, and of its versions one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace vedette {

struct AppMatch {
  std::string app;      // of known_apps()
  std::string version;  // as handshakes tell it, or of HTTP a request's method; empty: any
  bool operator==(const AppMatch&) const = default;
};

// Applications that the decoders tell, in their order of letters.
[[nodiscard]] const std::vector<std::string_view>& known_apps();
// All versions that an application has; empty where others than these may come.
[[nodiscard]] std::vector<std::string_view> known_versions(std::string_view app);

// "ssh", "ssh 2.0", "http GET", "TLS 1.2"; unusable with the near words that it knows. `where` is left empty.
[[nodiscard]] Result<AppMatch> read_app(std::string_view text);
// Of one of known_apps(); as a version that stands alone beside its application.
[[nodiscard]] Result<AppMatch> read_app_version(std::string_view app, std::string_view version);
// What read_app() takes back to the same.
[[nodiscard]] std::string app_word(const AppMatch& match);

// Whether the version is a method of HTTP's requests.
[[nodiscard]] bool is_method(const AppMatch& match);

// Bits by enum vdt_payload_class: the first payloads that are this for certain. Others only decoders tell.
[[nodiscard]] std::uint64_t classes_of_app(const AppMatch& match);

}  // namespace vedette
