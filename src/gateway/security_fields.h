// The fields by which every answer tells browsers to trust it with nothing that it doesn't need.
#pragma once

#include <boost/beast/http/fields.hpp>
#include <string_view>

namespace vedette {

// For the web UI: its own scripts, styles, images and requests, and no other origin's.
inline constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
// For what is no page: nothing at all.
inline constexpr std::string_view kDataPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";

// Replaces those that are there. `strict_transport`: only where the certificate is the user's own: a browser
// that once heard it lets nobody go past a warning of a self-signed one.
void set_security_fields(boost::beast::http::fields& fields, std::string_view content_policy,
                         bool strict_transport);

}  // namespace vedette
