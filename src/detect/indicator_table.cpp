#include "detect/indicator_table.h"

#include "flow/key_fold.h"

namespace vedette {

namespace {

std::string small(std::string_view text) {
  std::string out(text);
  for (char& letter : out)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return out;
}

}  // namespace

std::size_t IndicatorTable::AddressHash::operator()(const vdt_address& address) const {
  return detail::mix(address.halves[0] ^ 0x9e3779b97f4a7c15, address.halves[1] ^ 0xd1b54a32d192ed03);
}

bool IndicatorTable::SameAddress::operator()(const vdt_address& one, const vdt_address& other) const {
  return one.halves[0] == other.halves[0] && one.halves[1] == other.halves[1];
}

std::uint32_t IndicatorTable::add_feed(std::string name) {
  feeds_.push_back(std::move(name));
  return static_cast<std::uint32_t>(feeds_.size() - 1);
}

void IndicatorTable::add(const Prefix& prefix, std::uint32_t feed) {
  (prefix.ip_version == 4 ? ipv4_ : ipv6_)[prefix.length].emplace(prefix.address, feed);
}

void IndicatorTable::add_domain(std::string_view domain, std::uint32_t feed) {
  if (domain.ends_with('.')) domain.remove_suffix(1);
  if (!domain.empty()) domains_.emplace(small(domain), feed);
}

void IndicatorTable::add_fingerprint(std::string_view fingerprint, std::uint32_t feed) {
  fingerprints_.emplace(small(fingerprint), feed);
}

std::optional<IndicatorHit> IndicatorTable::find(const vdt_address& address, std::uint8_t ip_version) const {
  for (const auto& [length, networks] : ip_version == 4 ? ipv4_ : ipv6_) {
    const Prefix prefix = prefix_of(address, ip_version, length);
    const auto found = networks.find(prefix.address);
    if (found != networks.end()) return IndicatorHit{feeds_[found->second], prefix_text(prefix)};
  }
  return {};
}

std::optional<IndicatorHit> IndicatorTable::find_domain(std::string_view domain) const {
  if (domains_.empty()) return {};
  if (domain.ends_with('.')) domain.remove_suffix(1);
  const std::string whole = small(domain);
  std::string_view rest = whole;
  while (!rest.empty()) {
    const auto found = domains_.find(std::string(rest));
    if (found != domains_.end()) return IndicatorHit{feeds_[found->second], found->first};
    const std::size_t dot = rest.find('.');
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  return {};
}

std::optional<IndicatorHit> IndicatorTable::find_fingerprint(std::string_view fingerprint) const {
  if (fingerprints_.empty() || fingerprint.empty()) return {};
  const auto found = fingerprints_.find(small(fingerprint));
  if (found == fingerprints_.end()) return {};
  return IndicatorHit{feeds_[found->second], found->first};
}

std::size_t IndicatorTable::size() const {
  std::size_t count = domains_.size() + fingerprints_.size();
  for (const auto* lengths : {&ipv4_, &ipv6_})
    for (const auto& [length, networks] : *lengths) count += networks.size();
  return count;
}

}  // namespace vedette
