#include "gateway/caller.h"

#include <boost/beast/core/string.hpp>

namespace vedette {

namespace {

// The value of our cookie; empty where there is none, or several: then another host's page put one there.
std::string_view session_cookie(std::string_view cookies) {
  std::string_view found;
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    std::string_view one = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (!one.starts_with(kSessionCookie) || one.size() <= kSessionCookie.size() ||
        one[kSessionCookie.size()] != '=')
      continue;
    if (!found.empty()) return {};
    found = one.substr(kSessionCookie.size() + 1);
  }
  return found;
}

// The key of "Bearer KEY"; empty where it is none.
std::string_view bearer_key(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (authorization.size() <= kScheme.size() ||
      !boost::beast::iequals({authorization.data(), kScheme.size()}, {kScheme.data(), kScheme.size()}))
    return {};
  return authorization.substr(kScheme.size());
}

}  // namespace

std::string_view caller_kind_name(CallerKind kind) {
  return kind == CallerKind::kSession ? "session" : "key";
}

std::optional<Caller> Callers::find(const RequestHead& head, const Instant& now) {
  if (!head.authorization.empty()) {
    const auto key = keys_.find(bearer_key(head.authorization), now.wall);
    if (!key) return std::nullopt;
    return Caller{CallerKind::kKey, key->id, key->scopes, {}, {}};
  }
  const std::string_view cookie = session_cookie(head.cookie);
  if (cookie.empty()) return std::nullopt;
  const auto session = sessions_.use(cookie, now);
  if (!session) return std::nullopt;
  return Caller{CallerKind::kSession, session->id, ScopeSet::all(), session->csrf, session->expires};
}

bool Callers::goes_on(const Caller& caller, const Instant& now) const {
  return caller.kind == CallerKind::kSession ? sessions_.goes_on(caller.id, now)
                                             : keys_.goes_on(caller.id, now.wall);
}

}  // namespace vedette
