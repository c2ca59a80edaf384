// What went wrong in normal life: a file that can't be read, a filter that doesn't compile, a missing
// privilege. An Error is a value that travels up by Result; whoever reports it prints text() on standard
// error and ends with exit_status(). What can't happen is asserted instead.
#pragma once

#include <expected>
#include <string>
#include <utility>

#if defined(__clang_major__) && __clang_major__ < 16
#include "base/expected_for_old_clang.h"
#endif

namespace vedette {

enum class ErrorKind {
  kFailed,    // while working: exit status 1
  kBusy,      // for lack of room, so that it may succeed later: exit status 1
  kUnusable,  // wrong usage or unreadable input: exit status 2
};

struct Error {
  ErrorKind kind = ErrorKind::kFailed;
  std::string where;  // "trace.pcap: offset 1,024", "--filter: column 5"; empty where nothing more is known
  std::string what;   // lower case, no full stop: what was expected and what was found
  std::string hint;   // what the user can do; may be empty

  // "where: what (hint)".
  [[nodiscard]] std::string text() const {
    std::string line = where.empty() ? what : where + ": " + what;
    if (!hint.empty()) line += " (" + hint + ")";
    return line;
  }

  [[nodiscard]] int exit_status() const { return kind == ErrorKind::kUnusable ? 2 : 1; }
};

#if defined(__clang_major__) && __clang_major__ < 16
template <typename T>
using Result = Expected<T, Error>;
#else
template <typename T>
using Result = std::expected<T, Error>;
#endif

[[nodiscard]] inline std::unexpected<Error> failed(std::string where, std::string what,
                                                   std::string hint = {}) {
  return std::unexpected(Error{ErrorKind::kFailed, std::move(where), std::move(what), std::move(hint)});
}

[[nodiscard]] inline std::unexpected<Error> unusable(std::string where, std::string what,
                                                     std::string hint = {}) {
  return std::unexpected(Error{ErrorKind::kUnusable, std::move(where), std::move(what), std::move(hint)});
}

[[nodiscard]] inline std::unexpected<Error> busy(std::string where, std::string what, std::string hint = {}) {
  return std::unexpected(Error{ErrorKind::kBusy, std::move(where), std::move(what), std::move(hint)});
}

}  // namespace vedette
