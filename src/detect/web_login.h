// Log-ins by a form of a web page, and how its server answers them. A page that shows the form again answers
// 200 to a wrong password; others redirect to it, and elsewhere once it was right.
#pragma once

#include <cstdint>
#include <optional>

#include "decode/handshake.h"

namespace vedette {

struct WebLogin {
  enum class Answer : std::uint8_t {
    kRefused,  // by its status, or by a redirect to a log-in
    kPage,     // a page: the form again, or what is behind it
    kTaken,    // a redirect elsewhere
  };
  Answer answer = Answer::kPage;
  std::int64_t status = 0;
  std::int64_t length = -1;  // bytes of the answer; -1 = it isn't told

  // Whether both say the same, but for the name that a page repeats: so one of them isn't the page behind it.
  [[nodiscard]] bool is_like(const WebLogin& other) const;
};

// Of a transaction of HTTP: a POST whose form has a password, or whose path is that of a log-in. Nothing
// where it is none, or where its answer says nothing: 401 is counted by itself (detect/brute_force.h), what
// isn't there (404) refuses nobody, and what is no page (JSON with 200) is what a program asks for again and
// again.
[[nodiscard]] std::optional<WebLogin> web_login(const Handshake& handshake);

}  // namespace vedette
