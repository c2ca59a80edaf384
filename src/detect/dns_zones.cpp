#include "detect/dns_zones.h"

#include <algorithm>
#include <array>

#include "decode/text.h"

namespace vedette {

namespace {

// RFC 1035 §3.5, RFC 3596 §2.5, RFC 6762, RFC 6761, RFC 8375, Tor; and services that answer questions about
// addresses, names and files by DNS, as their operators document.
constexpr std::string_view kZones[] = {"in-addr.arpa",
                                       "ip6.arpa",
                                       "ip6.int",
                                       "local",
                                       "localhost",
                                       "invalid",
                                       "test",
                                       "home.arpa",
                                       "onion",
                                       "avqs.mcafee.com",
                                       "avts.mcafee.com",
                                       "gti.mcafee.com",
                                       "sophosxl.net",
                                       "e5.sk",
                                       "hashserver.cs.trendmicro.com",
                                       "icrc.trendmicro.com",
                                       "url.trendmicro.com",
                                       "spamhaus.org",
                                       "spamhaus.net",
                                       "surbl.org",
                                       "uribl.com",
                                       "dnsbl.sorbs.net",
                                       "bl.spamcop.net",
                                       "barracudacentral.org",
                                       "cymru.com",
                                       "abuseat.org",
                                       "mailspike.net",
                                       "dnswl.org",
                                       "senderscore.com",
                                       "habeas.com",
                                       "njabl.org",
                                       "returnpath.net",
                                       "mcafee.com",
                                       "bitdefender.net",
                                       "nel.goog",
                                       "opendns.com",
                                       "akamaihd.net",
                                       "metric.gstatic.com",
                                       "dnscrypt.info"};

bool is_below(std::string_view name, std::string_view zone) {
  if (name.size() < zone.size()) return false;
  if (!same_word(name.substr(name.size() - zone.size()), zone)) return false;
  return name.size() == zone.size() || name[name.size() - zone.size() - 1] == '.';
}

bool is_second_level(std::string_view label) {
  constexpr std::string_view kWords[] = {"info", "name", "asso",   "gouv",  "nhs",
                                         "ltd",  "plc",  "school", "police"};
  return label.size() <= 3 ||
         std::ranges::any_of(kWords, [&](std::string_view word) { return same_word(label, word); });
}

}  // namespace

DnsParts dns_parts(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  const std::size_t last = name.rfind('.');
  if (last == std::string_view::npos || last == 0) return {};
  const std::size_t second = name.rfind('.', last - 1);
  if (second == std::string_view::npos) return {{}, name};
  const bool country =
      name.size() - last - 1 == 2 && is_second_level(name.substr(second + 1, last - second - 1));
  std::size_t begin = second;
  if (country && second > 0) {
    begin = name.rfind('.', second - 1);
    if (begin == std::string_view::npos) return {{}, name};
  }
  return {name.substr(0, begin), name.substr(begin + 1)};
}

bool is_zone_of_data(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (std::ranges::any_of(kZones, [&](std::string_view zone) { return is_below(name, zone); })) return true;
  // "2.0.0.127.list.example": an address in reverse under somebody's list (RFC 5782), also of IPv6's nibbles.
  std::size_t labels = 0;
  std::string_view rest = name;
  while (!rest.empty()) {
    const std::string_view label = take_until(rest, '.');
    const bool number = !label.empty() && label.size() <= 3 && std::ranges::all_of(label, [](char letter) {
      return letter >= '0' && letter <= '9';
    });
    const bool nibble = label.size() == 1 && label[0] >= 'a' && label[0] <= 'f';
    if (!number && !nibble) break;
    labels++;
  }
  return labels >= 4;
}

}  // namespace vedette
