// Indicators out of a text file, one a line, whatever feed it is of: an address or network, a domain, a URL
// (its host counts), a JA3, JA3S or HASSH (MD5), a JA4, a certificate's SHA-1 or SHA-256; the first that
// stands in the line. So it reads plain lists, Spamhaus' DROP ("192.0.2.0/24 ; SBL1"), hosts files ("0.0.0.0
// evil.example"), and the CSV of abuse.ch (Feodo Tracker, SSLBL, URLhaus) as they are. "#" at a line's
// beginning and ";" in it begin a comment. JSON is none of this.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "detect/indicator_table.h"

namespace vedette {

struct IndicatorsRead {
  std::size_t added = 0;
  std::size_t without = 0;        // lines that are no comment and hold none
  std::size_t first_without = 0;  // the first of them, from 1; 0 = none
};

// Adds those of a file under its path. Unusable where it can't be read or holds none at all.
[[nodiscard]] Result<IndicatorsRead> add_indicators(const std::string& path, IndicatorTable& table);

// The same of a text.
[[nodiscard]] IndicatorsRead add_indicators(std::string_view text, std::uint16_t feed, IndicatorTable& table);

}  // namespace vedette
