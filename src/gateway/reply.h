// What the gateway answers by itself.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace vedette {

struct Reply {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields = {};  // others of the head
  bool ends_connection = false;
};

// A problem object (RFC 9457). `title`: the same for the same type of problem; `instance`: the request's
// path.
[[nodiscard]] Reply problem_reply(unsigned status, std::string_view title, std::string_view detail,
                                  std::string_view instance);

// An Error as a problem: unusable input is the client's (400), a lack of room passes (503), the rest is ours
// (500).
[[nodiscard]] Reply error_reply(const Error& error, std::string_view instance);

}  // namespace vedette
