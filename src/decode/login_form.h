// What a browser posts from a page's form (WHATWG URL Standard, "application/x-www-form-urlencoded"), as far
// as it tells a log-in. No value is looked at.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vedette {

// Of a request's method and Content-Type.
[[nodiscard]] bool posts_form(std::string_view method, std::string_view content_type);

// Whether a field's name says that it holds a password: "pwd", "user[password]", "j_password".
[[nodiscard]] bool has_password_field(std::span<const std::uint8_t> body);

}  // namespace vedette
