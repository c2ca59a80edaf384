// Which part of a DNS name somebody registered, and under which zones names carry data by design.
#pragma once

#include <string_view>

namespace vedette {

// A name's two parts: "www.a" and "example.co.uk" of "www.a.example.co.uk". `below` is empty where the name
// is the registered one itself.
struct DnsParts {
  std::string_view below;
  std::string_view registered;
};

// The last two labels, or three behind a country's second level ("co.uk", "com.br": at most three letters, or
// one of the words that registries use, before two letters); a list of all public suffixes (publicsuffix.org)
// would tell more, and changes weekly. Both empty where the name has one label. A dot at its end is ignored.
[[nodiscard]] DnsParts dns_parts(std::string_view name);

// Reverse zones, lists of addresses and of files' hashes, service discovery: their names hold numbers and
// hashes as their service has it, many and each once. `name` may be of any case.
[[nodiscard]] bool is_zone_of_data(std::string_view name);

}  // namespace vedette
