// The gateway as a process: listens, becomes its user, serves until a signal.
#pragma once

#include "gateway/gateway_options.h"

namespace vedette {

// Returns the exit status; what went wrong has been logged. Where it can be reached, its certificate's
// fingerprint and how the first password is set are printed on standard output, which is then closed. Call it
// from a process with one thread.
[[nodiscard]] int run_gateway(const GatewayOptions& options);

}  // namespace vedette
