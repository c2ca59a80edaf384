// Where in a pcap filter the trouble is. libpcap says what it doesn't like and not where; as it is asked for
// pieces of the filter, the place comes out: behind the last piece that is a filter of its own.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace vedette {

struct RefusedFilter {
  std::string where;        // what the error's own `where` begins with: "--filter"
  std::string_view filter;  // that doesn't compile
  std::string_view said;    // by libpcap
  std::string_view hint;    // where to read about filters
  // Whether a text is a filter. Asked for pieces: some nine times a word at most.
  std::function<bool(const std::string&)> compiles;
};

// "--filter: column 5: syntax error at "prot 80" (see pcap-filter(7))"; columns are bytes and count from 1.
[[nodiscard]] std::unexpected<Error> filter_error(const RefusedFilter& found);

}  // namespace vedette
