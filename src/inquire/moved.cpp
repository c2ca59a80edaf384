#include "inquire/moved.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "inquire/question.h"

namespace vedette {

namespace {

constexpr std::size_t kMostValues = 100'000;

QueryBehind question_of(const MoversRequest& request, Nanoseconds earlier) {
  QueryBehind question;
  question.from = request.from;
  question.measures = {request.measure};
  question.by = request.by;
  question.from_ns = (request.begin - earlier).count();
  question.to_ns = (request.end - earlier).count();
  question.top = kMostValues;
  return question;
}

Result<MoversWindow> window_of(Store& store, const QueryBehind& question) {
  const auto answer = ask(store, question);
  if (!answer) return std::unexpected(answer.error());
  if (answer->rows.size() >= kMostValues)
    return busy("history", fmt::format("there are more than {} values to compare", kMostValues),
                "ask for a shorter span, or for other dimensions");
  MoversWindow window;
  // As asked: where the history begins within it, there was nothing before.
  window.length = Nanoseconds(question.to_ns - question.from_ns);
  for (const auto& row : answer->rows) {
    const double amount = amount_of(row.back());
    if (amount > 0) window.amounts[name_of_row(*answer, row, 0, question.by.size())] += amount;
  }
  return window;
}

}  // namespace

Result<Movers> moved(Store& store, const MoversRequest& request) {
  if (auto adds = must_add_up(request.measure); !adds) return std::unexpected(adds.error());
  if (request.by.empty()) return unusable("/by", "expected at least one dimension, found none");
  const QueryBehind before = question_of(request, request.ago), after = question_of(request, {});
  const auto was = window_of(store, before);
  if (!was) return std::unexpected(was.error());
  const auto is = window_of(store, after);
  if (!is) return std::unexpected(is.error());
  Movers movers =
      movers_between(*was, *is, unit_of(request.measure),
                     fmt::format("{} by {}", request.measure, fmt::join(request.by, ", ")), request.most);
  movers.query_before = before;
  movers.query_after = after;
  return movers;
}

}  // namespace vedette
