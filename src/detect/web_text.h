// A request's texts as an application reads them: percent-encoding undone (twice, for applications that do it
// twice, RFC 3986 §2.1), letters small, blanks single. Patterns of attacks look at this, so that encodings,
// upper case and SQL's comments hide nothing.
#pragma once

#include <string>
#include <string_view>

namespace vedette {

// "%27%20OR" gives "' or"; in a query "+" is a blank too. "%u0027" and overlong UTF-8 of "/", "\" and "."
// (CVE-2000-0884) give what they stand for.
[[nodiscard]] std::string web_text(std::string_view raw, bool query);

// SQL's comments, which keep words apart, as blanks: "union/**/select" gives "union select".
[[nodiscard]] std::string without_comments(std::string_view text);

// What Log4j makes of lookups that hide letters ("${lower:j}", "${::-n}", "${env:X:-d}"), innermost first.
[[nodiscard]] std::string without_lookups(std::string_view text);

}  // namespace vedette
