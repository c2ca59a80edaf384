// A query as JSON: POST /v1/query's body, as the OpenAPI document describes it.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "store/query.h"

namespace vedette {

// `now`: since the epoch, for "last" and where no end is given. Unusable where it is no query: `where` is
// then the place in the JSON as a pointer (RFC 6901, "/where/0/op"), empty for the whole of it.
[[nodiscard]] Result<Query> parse_query(std::string_view json, Nanoseconds now);

// "90s", "5m", "1h", "7d", "2w".
[[nodiscard]] std::optional<Nanoseconds> span_of(std::string_view text);

}  // namespace vedette
