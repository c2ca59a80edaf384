// The feeds in the API: GET /v1/feeds.
#pragma once

#include "serve/routes.h"

namespace vedette {

// What each feed has, when it was read, and what it has hit.
[[nodiscard]] Answer answer_feeds(const RouteContext& context, const Request& request);

}  // namespace vedette
