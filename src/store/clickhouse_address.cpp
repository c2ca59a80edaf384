#include "store/clickhouse_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/url.h"

namespace vedette {

namespace {

bool is_identifier(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::ranges::all_of(text,
                             [](unsigned char letter) { return std::isalnum(letter) != 0 || letter == '_'; });
}

}  // namespace

Result<ClickhouseAddress> parse_clickhouse_url(std::string_view text) {
  if (!is_http_url(text)) return unusable(std::string(text), "expected http://[USER@]HOST[:PORT][/DATABASE]");
  ClickhouseAddress address;
  const std::string_view scheme = text.substr(0, text.find("://") + 3);
  std::string_view rest = text.substr(scheme.size());
  const std::size_t slash = rest.find('/');
  std::string_view host = rest.substr(0, slash);
  std::string_view database = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
  if (database.ends_with('/')) database.remove_suffix(1);
  if (const std::size_t at = host.rfind('@'); at != std::string_view::npos) {
    address.user = host.substr(0, at);
    host.remove_prefix(at + 1);
    if (address.user.contains(':'))
      return unusable(shown_url(text), "holds a password, which every process could read",
                      "write it into a file: --store-password");
  }
  if (host.empty()) return unusable(std::string(text), "names no host");
  address.database = database.empty() ? "vedette" : database;
  if (!is_identifier(address.database))
    return unusable(
        shown_url(text),
        fmt::format("expected a database's name of letters, digits and _, found \"{}\"", database));
  const bool has_port = host.rfind(':') != std::string_view::npos && !host.ends_with(']');
  address.url = fmt::format("{}{}{}", scheme, host,
                            has_port                      ? ""
                            : scheme.starts_with("https") ? ":8443"
                                                          : ":8123");
  return address;
}

}  // namespace vedette
