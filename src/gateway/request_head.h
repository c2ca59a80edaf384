// A request's head, as far as the gateway looks at it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vedette {

struct RequestHead {
  std::string method;
  std::string path;   // as it came: nothing is decoded
  std::string query;  // without "?"
  bool http_1_0 = false;
  bool keeps_alive = true;
  bool awaits_continue = false;  // "Expect: 100-continue"
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  // Fields; empty where they aren't there.
  std::string host;
  std::string authorization;
  std::string cookie;
  std::string csrf;  // X-Vedette-CSRF
  std::string origin;
  std::string fetch_site;  // Sec-Fetch-Site
  std::string content_type;
  std::string accept;
  std::string accept_encoding;
  std::string if_none_match;
  std::string last_event_id;
};

// What is wrong with a head: the status of the answer, and what was expected and found.
struct HeadFlaw {
  unsigned status;
  std::string detail;
};

}  // namespace vedette
