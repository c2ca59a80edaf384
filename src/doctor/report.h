// Facts as `vedette doctor` prints them: a table for people, NDJSON and CSV for scripts.
#pragma once

#include <fmt/format.h>

#include <span>

#include "base/json_writer.h"
#include "doctor/fact.h"

namespace vedette {

// A line a fact, grouped by area, states in colour where `color` is set; hints on a line of their own.
void append_facts_table(fmt::memory_buffer& out, std::span<const Fact> facts, bool color);

// An object: area, name, state, detail, and hint where there is one.
void write_fact(JsonWriter& json, const Fact& fact);

// One such object a line.
void append_facts_json(fmt::memory_buffer& out, std::span<const Fact> facts);

// A heading, then a row a fact with the same five columns (RFC 4180).
void append_facts_csv(fmt::memory_buffer& out, std::span<const Fact> facts);

}  // namespace vedette
