// A member that is a list of texts, left out where there is none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"

namespace vedette {

inline void write_list(JsonWriter& json, std::string_view name, const std::vector<std::string>& list) {
  if (list.empty()) return;
  json.key(name);
  json.begin_array();
  for (const std::string& one : list) json.value(std::string_view(one));
  json.end_array();
}

}  // namespace vedette
