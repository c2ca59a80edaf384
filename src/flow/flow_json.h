// A flow as the contract's "A flow" says: what `vedette read --show flows`, `vedette flows` and GET /v1/flows
// write. Absent facts are absent: no ports where the protocol has none or none was seen, TCP's facts on TCP
// alone, no round trip that was not measured.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "base/json_writer.h"
#include "flow/flow.h"
#include "flow/flow_ends.h"

namespace vedette {

// The members src_ip, src_port, dst_ip, dst_port and protocol.
void write_ends(JsonWriter& json, const Flow& flow);

// The members of a flow's object, which is open.
void write_flow_members(JsonWriter& json, const FlowView& view, const FlowEnds& ends);

// Appends one object as the writer's next value.
void write_flow(JsonWriter& json, const FlowView& view, const FlowEnds& ends = {});

// Appends one object and a line end: NDJSON.
void append_flow_line(fmt::memory_buffer& out, const FlowView& view);

// "closed", "idle", "evicted", "finished", "report".
[[nodiscard]] std::string_view flow_end_name(FlowEnd end);

}  // namespace vedette
