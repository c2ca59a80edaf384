// What is known of a flow's ends beyond their addresses, by whatever tables there are.
#pragma once

#include "base/json_writer.h"
#include "flow/flow.h"
#include "geo/geo_database.h"
#include "names/name_table.h"

namespace vedette {

// Null for what there is none of. Both outlive the use.
struct FlowEnds {
  const NameTable* names = nullptr;
  const GeoDatabases* places = nullptr;
};

// Writes src_name, dst_name, src_country, dst_country, src_asn and dst_asn, those that are known, into an
// open object. Names are those of the flow's begin.
void write_known_ends(JsonWriter& json, const Flow& flow, const FlowEnds& ends);

}  // namespace vedette
