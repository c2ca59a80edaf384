#include "base/url.h"

#include <algorithm>

namespace vedette {

namespace {

constexpr std::string_view kMark = "://";

// What stands between "://" and the path: "user:password@host:port".
std::string_view authority_of(std::string_view url) {
  const std::size_t mark = url.find(kMark);
  if (mark == std::string_view::npos) return {};
  url.remove_prefix(mark + kMark.size());
  return url.substr(0, url.find_first_of("/?#"));
}

}  // namespace

bool is_http_url(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

std::string_view host_of_url(std::string_view url) {
  std::string_view host = authority_of(url);
  if (const std::size_t user = host.rfind('@'); user != std::string_view::npos) host.remove_prefix(user + 1);
  if (host.starts_with('[')) return host.substr(1, std::min(host.find(']'), host.size()) - 1);
  return host.substr(0, host.find(':'));
}

std::string shown_url(std::string_view url) {
  const std::string_view authority = authority_of(url);
  const std::size_t user = authority.rfind('@');
  std::string shown(url);
  if (user != std::string_view::npos) shown.erase(url.find(kMark) + kMark.size(), user + 1);
  return shown;
}

}  // namespace vedette
