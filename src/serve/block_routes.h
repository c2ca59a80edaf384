// The block-list and the allow-list in the API: GET, POST, DELETE /v1/blocks.
#pragma once

#include "serve/routes.h"

namespace vedette {

// GET, HEAD: the entries; POST: adds or changes one; DELETE: takes one away.
[[nodiscard]] Answer answer_blocks(const RouteContext& context, const Request& request);

}  // namespace vedette
