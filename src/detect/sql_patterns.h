// SQL where a value is expected (OWASP Core Rule Set 942): comparisons of two literals behind AND or OR,
// UNION SELECT, statements behind a semicolon, functions that wait, read files or list a database's tables,
// and a quote with a comment that hides the rest of the statement.
#pragma once

#include <string_view>

namespace vedette {

// What of it the text holds, which is decoded and in small letters (detect/web_text.h); empty where none.
[[nodiscard]] std::string_view sql_injection_in(std::string_view text);

}  // namespace vedette
