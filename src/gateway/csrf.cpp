#include "gateway/csrf.h"

#include <fmt/format.h>

#include "gateway/secret.h"

namespace vedette {

namespace {

// Fetch metadata of W3C: "none" is what the user typed himself, which is no page's.
bool is_ours(std::string_view fetch_site) {
  return fetch_site.empty() || fetch_site == "same-origin" || fetch_site == "none";
}

}  // namespace

std::optional<std::string> csrf_flaw(const RequestHead& head, const std::optional<Caller>& caller) {
  if (head.method == "GET" || head.method == "HEAD") return std::nullopt;
  if (caller && caller->kind == CallerKind::kKey) return std::nullopt;
  if (!is_ours(head.fetch_site)) return "another site's page asks";
  if (!head.origin.empty() && head.origin != "https://" + head.host)
    return fmt::format("expected origin https://{}, found {}", head.host, head.origin);
  if (!caller) return std::nullopt;
  if (head.csrf.empty()) return "expected the field X-Vedette-CSRF, found none";
  if (!same_secret(head.csrf, caller->csrf)) return "the field X-Vedette-CSRF is not this session's";
  return std::nullopt;
}

}  // namespace vedette
