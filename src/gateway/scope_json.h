// Scopes in JSON: an array of their names.
#pragma once

#include <simdjson.h>

#include "base/error.h"
#include "base/json_writer.h"
#include "gateway/scope.h"

namespace vedette {

// The member "scopes" of the object that is being written.
void write_scopes(JsonWriter& json, const ScopeSet& scopes);

// Unusable where it isn't an array of scopes' names.
[[nodiscard]] Result<ScopeSet> read_scopes(simdjson::simdjson_result<simdjson::dom::element> json);

}  // namespace vedette
