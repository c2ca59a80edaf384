// What a query's answer must be, by loops over the rows: nothing of the store's but the row and the query.
#pragma once

#include <vector>

#include "store/query.h"
#include "store/row.h"

namespace vedette::tests {

[[nodiscard]] std::vector<std::vector<AnswerValue>> plain_answer(const Query& query,
                                                                 const std::vector<FlowRow>& rows);

}  // namespace vedette::tests
