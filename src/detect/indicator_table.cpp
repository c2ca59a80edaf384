#include "detect/indicator_table.h"

#include "base/prefix.h"

namespace vedette {

namespace {

std::string small(std::string_view text) {
  std::string out(text);
  for (char& letter : out)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return out;
}

std::string_view without_last_dot(std::string_view domain) {
  if (domain.ends_with('.')) domain.remove_suffix(1);
  return domain;
}

}  // namespace

std::uint16_t IndicatorTable::add_feed(std::string name) {
  feeds_.push_back(std::move(name));
  return static_cast<std::uint16_t>(feeds_.size() - 1);
}

void IndicatorTable::add_domain(std::string_view domain, std::uint16_t feed) {
  domain = without_last_dot(domain);
  if (!domain.empty()) domains_.add(small(domain), feed);
}

void IndicatorTable::add_url_host(std::string_view host, std::uint16_t feed) {
  if (const auto address = parse_prefix(host))
    url_addresses_.add(*address, feed);
  else if (host = without_last_dot(host); !host.empty())
    url_hosts_.add(small(host), feed);
}

void IndicatorTable::add_fingerprint(std::string_view fingerprint, std::uint16_t feed) {
  fingerprints_.add(small(fingerprint), feed);
}

void IndicatorTable::sort() {
  networks_.sort();
  url_addresses_.sort();
}

std::optional<IndicatorHit> IndicatorTable::find(const vdt_address& address, std::uint8_t ip_version) const {
  if (const auto found = networks_.find(address, ip_version))
    return IndicatorHit{feeds_[found->owner], prefix_text(found->network)};
  if (const auto found = url_addresses_.find(address, ip_version))
    return IndicatorHit{feeds_[found->owner], prefix_text(found->network), true};
  return {};
}

std::optional<IndicatorHit> IndicatorTable::find_domain(std::string_view domain) const {
  const std::string whole = small(without_last_dot(domain));
  std::string_view rest = whole;
  while (!rest.empty()) {
    if (const auto found = domains_.find(rest)) return hit(*found, false);
    const std::size_t dot = rest.find('.');
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (const auto found = url_hosts_.find(whole)) return hit(*found, true);
  return {};
}

std::optional<IndicatorHit> IndicatorTable::find_fingerprint(std::string_view fingerprint) const {
  if (fingerprints_.size() == 0 || fingerprint.empty()) return {};
  const auto found = fingerprints_.find(small(fingerprint));
  if (!found) return {};
  return hit(*found, false);
}

std::size_t IndicatorTable::size() const {
  return networks_.size() + url_addresses_.size() + domains_.size() + url_hosts_.size() +
         fingerprints_.size();
}

}  // namespace vedette
