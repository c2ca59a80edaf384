// What the API answers when it can't answer: a problem object (RFC 9457).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/policy_flaw.h"

namespace vedette {

// A flaw and where it is in the request's JSON.
struct PlacedFlaw {
  std::string pointer;  // RFC 6901 as a URI fragment: "#/where/0/op"
  std::string detail;
  std::string hint;  // may be empty
};

struct Problem {
  int status = 500;                     // HTTP's
  std::string_view title;               // the same for the same type of problem
  std::string detail;                   // what about this request
  std::string_view allow;               // of a 405: the methods that the path takes; else empty
  std::vector<PolicyFlaw> errors = {};  // of a policy: each of its flaws
  std::vector<PlacedFlaw> places = {};  // of a query: likewise
};

// An Error as a problem: unusable input is the client's (400), a lack of room passes (503), the rest is ours
// (500).
[[nodiscard]] Problem problem_of(const Error& error);

// The object, as application/problem+json; `instance` is the request's path.
[[nodiscard]] std::string problem_json(const Problem& problem, std::string_view instance);

}  // namespace vedette
