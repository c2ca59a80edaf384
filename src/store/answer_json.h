// An answer's forms for programs: the API's JSON, and CSV.
#pragma once

#include <string>

#include "store/query.h"

namespace vedette {

// One object, as the OpenAPI document describes it.
[[nodiscard]] std::string answer_json(const QueryAnswer& answer);

// A heading and a line a row (RFC 4180, lines ended by a line feed).
[[nodiscard]] std::string answer_csv(const QueryAnswer& answer);

}  // namespace vedette
