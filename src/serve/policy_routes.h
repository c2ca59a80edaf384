// The policy in the API: /v1/policy and what is below it.
#pragma once

#include "serve/routes.h"

namespace vedette {

// GET, HEAD: the policy in force, and what its rules have decided on; PUT: another one, the request's body.
[[nodiscard]] Answer answer_policy(const RouteContext& context, const Request& request);

// GET, HEAD: the policy that only counts, and what its rules would have dropped; PUT: another one, the
// request's body; DELETE: none.
[[nodiscard]] Answer answer_shadow(const RouteContext& context, const Request& request);

// POST, without a body; of check, a policy's.
[[nodiscard]] Answer confirm_policy(const RouteContext& context, const Request& request);
[[nodiscard]] Answer roll_back_policy(const RouteContext& context, const Request& request);
[[nodiscard]] Answer check_policy(const RouteContext& context, const Request& request);

}  // namespace vedette
