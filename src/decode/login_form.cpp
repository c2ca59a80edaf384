#include "decode/login_form.h"

#include <algorithm>
#include <string>

#include "decode/text.h"
#include "decode/text_message.h"

namespace vedette {

namespace {

// A word of a field's name, in capitals.
bool means_password(std::string_view word) {
  constexpr std::string_view kWords[] = {"PASS", "PW", "PSW", "PASSWORT", "KENNWORT"};
  constexpr std::string_view kEnds[] = {"PASSWORD", "PASSWD", "PWD"};  // of "userpassword", "loginpwd"
  return std::ranges::find(kWords, word) != std::end(kWords) ||
         std::ranges::any_of(kEnds, [&](std::string_view end) { return word.ends_with(end); });
}

// Words are parted by whatever isn't a letter; what is percent-encoded isn't ("user%5Bpassword%5D").
bool names_password(std::string_view name) {
  constexpr std::size_t kLongestName = 128;
  std::string word;
  name = name.substr(0, kLongestName);
  for (std::size_t i = 0; i < name.size(); i++) {
    const char letter = upper_case(name[i]);
    if (letter >= 'A' && letter <= 'Z') {
      word += letter;
      continue;
    }
    if (means_password(word)) return true;
    word.clear();
    if (letter == '%') i += 2;
  }
  return means_password(word);
}

}  // namespace

bool posts_form(std::string_view method, std::string_view content_type) {
  return method == "POST" && begins_with_in_any_case(content_type, "application/x-www-form-urlencoded");
}

bool has_password_field(std::span<const std::uint8_t> body) {
  std::string_view rest = text_of(body);
  while (!rest.empty()) {
    std::string_view field = take_until(rest, '&');
    if (names_password(take_until(field, '='))) return true;
  }
  return false;
}

}  // namespace vedette
