// The questions to the history that analyses rest on: asked of the store as POST /v1/query would ask them, so
// that who doubts a result gets the same rows.
#pragma once

#include <string>

#include "analyse/amount_text.h"
#include "analyse/query_behind.h"
#include "base/error.h"
#include "base/json_writer.h"
#include "store/store.h"

namespace vedette {

// As POST /v1/query takes it.
void write_question(JsonWriter& json, const QueryBehind& question);

// Unusable where the question is none: `where` is then the place in its JSON (RFC 6901), as of parse_query().
// Otherwise as Store::answer(); busy where there are more rows than kMostAnswerRows.
[[nodiscard]] Result<QueryAnswer> ask(Store& store, const QueryBehind& question);

// Values of an answer: what a dimension was, as a sentence names it ("no process" where the fact is absent),
// and an amount, 0 where there was nothing to measure.
[[nodiscard]] std::string name_of(const AnswerColumn& column, const AnswerValue& value);
[[nodiscard]] double amount_of(const AnswerValue& value);

// Of the dimensions of a row together: "192.0.2.7, 443". They stand from column `first` on.
[[nodiscard]] std::string name_of_row(const QueryAnswer& answer, const std::vector<AnswerValue>& row,
                                      std::size_t first, std::size_t dimensions);

// What a measure counts, of its name: "bytes", "distinct:dst_port".
[[nodiscard]] Unit unit_of(std::string_view measure);

// Unusable where a measure's parts don't add up to the whole: means, least and greatest values.
[[nodiscard]] Result<void> must_add_up(std::string_view measure);

}  // namespace vedette
