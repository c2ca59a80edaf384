#include "serve/query_routes.h"

#include <chrono>

#include "store/answer_json.h"
#include "store/query_json.h"

namespace vedette {

namespace {

enum class Form { kJson, kCsv, kParquet };

Result<Form> form_of(const Request& request) {
  const std::string name = text_parameter(request, "format", "json");
  if (name == "json") return Form::kJson;
  if (name == "csv") return Form::kCsv;
  if (name == "parquet") return Form::kParquet;
  return unusable("parameter \"format\"", "expected json, csv or parquet, found " + name);
}

Problem unusable_query(const Error& error) {
  Problem problem =
      problem_of(Error{error.kind, error.where.empty() ? "query" : error.where, error.what, error.hint});
  problem.title = "unusable query";
  problem.places.push_back({.pointer = "#" + error.where, .detail = error.what, .hint = error.hint});
  return problem;
}

}  // namespace

Problem no_history() {
  return {503, "no history", "the sensor keeps none: it was started without a store, see vedetted(8)", {}};
}

Answer answer_history(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {"format"}); !known) return problem_of(known.error());
  const auto form = form_of(request);
  if (!form) return problem_of(form.error());
  const auto query = parse_query(request.body, std::chrono::system_clock::now().time_since_epoch());
  if (!query) return unusable_query(query.error());
  Store* store = context.backend.store();
  if (store == nullptr) return no_history();
  const auto answer = store->answer(*query);
  if (!answer) return problem_of(answer.error());
  if (*form == Form::kJson) return Document{"application/json", answer_json(*answer)};
  if (*form == Form::kCsv) return Document{"text/csv", answer_csv(*answer)};
  auto parquet = store->parquet(*answer);
  if (!parquet) return problem_of(parquet.error());
  return Document{"application/vnd.apache.parquet", std::move(*parquet)};
}

}  // namespace vedette
