// Which attack a web request is, by what its path, query and fields hold once they are decoded (OWASP Core
// Rule Set, families 913, 930 to 933, 941, 942 and 944, of which the patterns here are those that a sound
// request doesn't hold).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vedette {

struct WebRequest {
  std::string path;    // decoded (detect/web_text.h), without the query
  std::string query;   // decoded; what stands behind "?"
  std::string fields;  // decoded as a path is, each on its own line: user agent, referer, host, an odd one
};

enum class WebAttack : std::uint8_t {
  kNone,
  kSqlInjection,
  kCrossSiteScripting,
  kPathTraversal,
  kSensitiveFile,
  kCommandInjection,
  kCodeInjection,  // PHP, OGNL, template and class-loader expressions
  kServerSideRequest,
  kLog4Shell,   // CVE-2021-44228
  kShellshock,  // CVE-2014-6271
};

struct WebAttackFound {
  WebAttack attack = WebAttack::kNone;
  std::string_view pattern;  // what was found: "union select"
};

// The gravest that it holds.
[[nodiscard]] WebAttackFound web_attack_in(const WebRequest& request);

// The name of a tool that looks for weak spots, by a user agent in small letters; empty where it is none.
[[nodiscard]] std::string_view web_scanner(std::string_view user_agent);

}  // namespace vedette
