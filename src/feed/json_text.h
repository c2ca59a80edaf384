// What the readers of JSON feeds ask of simdjson's elements.
#pragma once

#include <simdjson.h>

#include <string_view>

namespace vedette {

// Empty where there is no such text.
inline std::string_view json_text(const simdjson::dom::element& object, std::string_view member) {
  std::string_view text;
  if (object[member].get(text) != simdjson::SUCCESS) return {};
  return text;
}

}  // namespace vedette
