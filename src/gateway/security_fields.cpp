#include "gateway/security_fields.h"

#include <array>
#include <utility>

namespace vedette {

namespace {

constexpr std::array<std::pair<const char*, const char*>, 6> kFields{{
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
}};

}  // namespace

void set_security_fields(boost::beast::http::fields& fields, std::string_view content_policy,
                         bool strict_transport) {
  for (const auto& [name, value] : kFields) fields.set(name, value);
  fields.set("Content-Security-Policy",
             boost::beast::string_view(content_policy.data(), content_policy.size()));
  if (strict_transport) fields.set("Strict-Transport-Security", "max-age=31536000");
}

}  // namespace vedette
