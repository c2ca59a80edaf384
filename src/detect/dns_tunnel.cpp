#include "detect/dns_tunnel.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "decode/handshake_facts.h"
#include "decode/text.h"
#include "detect/dns_zones.h"
#include "detect/flow_finding.h"
#include "detect/name_shape.h"
#include "detect/quoted_text.h"

namespace vedette {

namespace {

constexpr Nanoseconds kForgotten = std::chrono::hours(24);  // Paxson's day

// Long names: an UUID, the longest thing that services put into a name by design, has 36 letters, and one
// host asks for few of them under one domain.
constexpr std::uint64_t kLeastUnique = 8;
constexpr double kLeastBelow = 30;     // letters, mean
constexpr double kLeastLabel = 24;     // letters of the longest label, mean
constexpr double kLeastEntropy = 3.2;  // bits a letter, mean: words have less at that length, hexadecimal 3.5
constexpr double kLeastFresh = 0.5;    // unique names for each query: resolvers ask again
// Shorter ones by types with room for answers: what an idle tunnel asks.
constexpr std::uint64_t kLeastOfRoom = 12;
constexpr double kLeastPolled = 12;  // letters, mean
constexpr double kLeastPolledEntropy = 2.8;
constexpr std::uint64_t kLeastNull = 6;    // queries of the type that nobody else uses (RFC 1035 §3.3.10)
constexpr double kMostInformation = 4096;  // bytes a day (Paxson et al.)
constexpr std::uint64_t kMuch = 30;        // unique names: a tunnel in use
// One name that can't be a host's: so many letters in one label, others than hosts' names have among them.
constexpr std::size_t kLeastEncoded = 40;
constexpr double kLeastEncodedEntropy = 4.5;  // base64's: its 64 letters give no more than 6

bool has_room(std::string_view type) {
  constexpr std::string_view kTypes[] = {"TXT", "CNAME", "MX", "KEY", "SPF"};
  return std::ranges::find(kTypes, type) != std::end(kTypes);
}

// NULL and what IANA leaves to private use (iodine's 65399).
bool is_null(std::string_view type) {
  return type == "NULL" || type == "TYPE10" || type.starts_with("TYPE65");
}

// "_dmarc", "selector._domainkey", "_ldap._tcp.dc": services' names (RFC 8552).
bool is_service(std::string_view below) {
  return below.starts_with('_') || below.find("._") != std::string_view::npos;
}

double mean(double sum, std::uint64_t count) {
  return count ? sum / static_cast<double>(count) : 0;
}

}  // namespace

void DnsTunnel::take(const HandshakeView& handshake) {
  if (handshake.handshake.app != "dns") return;
  const std::string_view name = text_of_fact(handshake.handshake, "query");
  const auto [below, registered] = dns_parts(name);
  if (below.empty() || is_service(below) || is_zone_of_data(name)) return;

  const Flow& flow = handshake.flow;
  std::string key(reinterpret_cast<const char*>(flow.key.src.bytes), sizeof(flow.key.src.bytes));
  key += upper_case(registered);
  Names& names = domains_.at(key);
  if (names.queries && handshake.time - names.last > kForgotten) names = {};
  add(names, name, below, handshake);
  judge(handshake, registered, names);
  judge_one(handshake, name, below);
}

void DnsTunnel::add(Names& names, std::string_view name, std::string_view below,
                    const HandshakeView& handshake) {
  const std::string_view type = text_of_fact(handshake.handshake, "type");
  if (names.queries == 0) names.first = handshake.time;
  names.last = std::max(names.last, handshake.time);
  names.queries++;
  if (is_null(type))
    names.null++;
  else if (has_room(type))
    names.of_room++;
  if (const HandshakeFact* answers = fact_of(handshake.handshake, "answers"))
    for (const std::string& answer : answers->list) names.answer_bytes += answer.size();

  const std::size_t bit = std::hash<std::string_view>{}(name) % names.seen.size();
  if (names.seen.test(bit)) return;
  names.seen.set(bit);
  const std::string bytes = label_bytes(below);
  const double entropy = letter_entropy(bytes);
  names.unique++;
  names.below_bytes += bytes.size();
  names.longest += longest_label(below);
  names.entropy += entropy;
  names.information += entropy * static_cast<double>(bytes.size()) / 8;
}

void DnsTunnel::judge(const HandshakeView& handshake, std::string_view registered, const Names& names) const {
  const double below = mean(static_cast<double>(names.below_bytes), names.unique);
  const double label = mean(static_cast<double>(names.longest), names.unique);
  const double entropy = mean(names.entropy, names.unique);
  const bool fresh = mean(static_cast<double>(names.unique), names.queries) >= kLeastFresh;
  const bool long_names = names.unique >= kLeastUnique && below >= kLeastBelow && label >= kLeastLabel &&
                          entropy >= kLeastEntropy && fresh;
  const bool polled = names.of_room >= kLeastOfRoom && names.of_room * 2 >= names.queries &&
                      names.unique >= kLeastOfRoom && below >= kLeastPolled &&
                      entropy >= kLeastPolledEntropy && fresh;
  const bool null = names.null >= kLeastNull && names.unique >= kLeastNull;
  const bool much = names.information >= kMostInformation && below >= kLeastPolled;
  if (!long_names && !polled && !null && !much) return;

  const bool sure = long_names || null || (polled && much);
  Finding finding =
      finding_about(handshake.flow, "dns_tunnel", FindingKind::kDnsTunnel,
                    sure && names.unique >= kMuch ? Severity::kHigh
                                                  : (sure || polled ? Severity::kMedium : Severity::kLow));
  finding.slow = true;
  finding.first = names.first;
  finding.packets = std::max(finding.packets, names.queries);
  const bool by_information = !long_names && !polled && !null;
  finding.score = by_information ? names.information : static_cast<double>(names.unique);
  finding.threshold = by_information ? kMostInformation
                      : null         ? kLeastNull
                      : polled       ? kLeastOfRoom
                                     : kLeastUnique;
  finding.why = fmt::format(
      "{} asked for {} different names under {}: {:.0f} letters of {:.1f} bits each, longest label {:.0f}, "
      "{} of "
      "{} queries by NULL, TXT, CNAME, MX or KEY; {:.0f} bytes went up so, {} bytes of answers came down",
      prefix_text(host(handshake.flow.key.src, handshake.flow.key.ip_version)), names.unique,
      in_quotes(registered), below, entropy, label, names.of_room + names.null, names.queries,
      names.information, names.answer_bytes);
  raise(std::move(finding));
}

void DnsTunnel::judge_one(const HandshakeView& handshake, std::string_view name,
                          std::string_view below) const {
  while (!below.empty()) {
    const std::string label = label_bytes(take_until(below, '.'));
    if (label.size() < kLeastEncoded) continue;
    const bool foreign = label.find_first_of("=+/*") != std::string::npos;
    const bool both_cases = upper_case(label) != label && std::ranges::any_of(label, [](char letter) {
                              return letter >= 'A' && letter <= 'Z';
                            });
    if (!foreign || !both_cases || letter_entropy(label) < kLeastEncodedEntropy) continue;
    Finding finding =
        finding_about(handshake.flow, "dns_encoded_name", FindingKind::kDnsTunnel, Severity::kLow);
    finding.score = static_cast<double>(label.size());
    finding.threshold = static_cast<double>(kLeastEncoded);
    finding.why = fmt::format("{} asked for a name that can't be a host's and holds encoded data: {}",
                              prefix_text(host(handshake.flow.key.src, handshake.flow.key.ip_version)),
                              in_quotes(name, 120));
    raise(std::move(finding));
    return;
  }
}

std::size_t DnsTunnel::memory() const {
  constexpr std::size_t kKey = std::size_t{2} * 64;  // bytes of a key's text, twice
  return domains_.memory() + domains_.size() * kKey;
}

}  // namespace vedette
