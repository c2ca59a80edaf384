// A finding as the contract's "A finding" says: what `vedette read --show findings` and GET /v1/findings
// write.
#pragma once

#include "base/json_writer.h"
#include "detect/finding.h"

namespace vedette {

// Appends one object as the writer's next value. A source that is more than one address is `src_prefix`.
void write_finding(JsonWriter& json, const Finding& finding);

}  // namespace vedette
