// Of a URL's text (RFC 3986) the little that is asked of it here.
#pragma once

#include <string>
#include <string_view>

namespace vedette {

// Whether it begins as one of http or https does.
[[nodiscard]] bool is_http_url(std::string_view text);
// "http://evil.example:8080/a" gives "evil.example", "ftp://[2001:db8::1]/" "2001:db8::1"; empty where the
// text has no "://".
[[nodiscard]] std::string_view host_of_url(std::string_view url);
// As it may be shown: without the user and password before "@".
[[nodiscard]] std::string shown_url(std::string_view url);

}  // namespace vedette
