// A request as the routes see it, and the ways in which its parameters can be wrong.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <string>
#include <string_view>

#include "act/audit_trail.h"
#include "base/error.h"

namespace vedette {

struct Request {
  std::string method;
  std::string path;
  std::multimap<std::string, std::string> parameters;  // of the query, decoded
  std::string last_event_id;                           // header; empty where there is none
  std::string accept = {};                             // likewise
  std::string body = {};
  Actor by = {.kind = ActorKind::kOperator};  // who asks
};

// Unusable where the query names a parameter that is not in `known`, or one of them twice.
[[nodiscard]] Result<void> only_parameters(const Request& request,
                                           std::initializer_list<std::string_view> known);

// A parameter's text, or `otherwise` where it isn't given.
[[nodiscard]] std::string text_parameter(const Request& request, const std::string& name,
                                         std::string otherwise = {});

// "true" or "false"; false where it isn't given.
[[nodiscard]] Result<bool> flag_parameter(const Request& request, const std::string& name);

// A whole number between the bounds, both inclusive; `otherwise` where it isn't given.
[[nodiscard]] Result<std::uint64_t> number_parameter(
    const Request& request, const std::string& name, std::uint64_t otherwise, std::uint64_t lowest = 0,
    std::uint64_t highest = std::numeric_limits<std::uint64_t>::max());

}  // namespace vedette
