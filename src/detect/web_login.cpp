#include "detect/web_login.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "decode/handshake_facts.h"
#include "decode/text.h"

namespace vedette {

namespace {

// Names are this long at most where they are addresses of mail, twice in a page.
constexpr std::int64_t kAboutTheSame = 128;  // bytes

// Words of a path's part, without "-" and "_", in capitals: "wp-login.php", "sign_in", "j_security_check".
constexpr std::string_view kLoginWords[] = {"LOGIN", "LOGON", "SIGNIN", "JSECURITYCHECK", "XMLRPC"};
// Words that are a log-in's where nothing follows them.
constexpr std::string_view kLastWords[] = {"AUTH", "AUTHENTICATE", "SESSION", "SESSIONS", "TOKEN"};

std::string word_of(std::string_view part) {
  std::string word;
  for (const char letter : part.substr(0, part.find('.')))
    if (letter != '-' && letter != '_') word += upper_case(letter);
  return word;
}

// Of "/user/login?next=/" and "https://host/login".
bool names_login(std::string_view target) {
  if (const std::size_t scheme = target.find("://"); scheme < 8) {  // of "https", and none that is longer
    target.remove_prefix(scheme + 3);
    target.remove_prefix(std::min(target.find('/'), target.size()));
  }
  target = target.substr(0, target.find_first_of("?#;"));
  std::string word;
  while (!target.empty()) {
    word = word_of(take_until(target, '/'));
    for (const std::string_view login : kLoginWords)
      if (word.starts_with(login) || word.ends_with(login)) return true;
  }
  return std::ranges::find(kLastWords, word) != std::end(kLastWords);
}

bool is_page(std::string_view type) {
  constexpr std::string_view kPages[] = {"text/html", "application/xhtml", "text/xml"};
  return type.empty() ||
         std::ranges::any_of(kPages, [&](std::string_view page) { return type.starts_with(page); });
}

std::string_view without_query(std::string_view path) {
  return path.substr(0, path.find('?'));
}

std::optional<WebLogin::Answer> answer_of(std::int64_t status, const Handshake& handshake) {
  using enum WebLogin::Answer;
  // Bad Request (RFC 6749, 5.2: invalid_grant), Forbidden, Unprocessable Content: what frameworks refuse by.
  if (status == 400 || status == 403 || status == 422) return kRefused;
  if (status == 200 && is_page(text_of_fact(handshake, "content_type"))) return kPage;
  if (status != 301 && status != 302 && status != 303) return {};
  const std::string_view location = text_of_fact(handshake, "location");
  if (location.empty()) return {};
  const bool back =
      names_login(location) || without_query(location) == without_query(text_of_fact(handshake, "path"));
  return back ? kRefused : kTaken;
}

}  // namespace

bool WebLogin::is_like(const WebLogin& other) const {
  const bool both = length >= 0 && other.length >= 0;
  return answer == other.answer && status == other.status &&
         (both ? std::abs(length - other.length) <= kAboutTheSame : length == other.length);
}

std::optional<WebLogin> web_login(const Handshake& handshake) {
  if (handshake.app != "http" || text_of_fact(handshake, "method") != "POST") return {};
  if (!fact_of(handshake, "login_form") && !names_login(text_of_fact(handshake, "path"))) return {};
  const std::int64_t status = number_of_fact(handshake, "status").value_or(0);
  const auto answer = answer_of(status, handshake);
  if (!answer) return {};
  return WebLogin{.answer = *answer,
                  .status = status,
                  .length = number_of_fact(handshake, "content_length").value_or(-1)};
}

}  // namespace vedette
