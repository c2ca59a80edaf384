// A history of planted facts, and what GET /v1/analysis/KIND says of it.
#pragma once

#include <gtest/gtest.h>
#include <simdjson.h>

#include "serve/event_feed.h"
#include "serve/routes.h"
#include "tests/inquire/planted.h"
#include "tests/serve/file_backend.h"
#include "tests/store/made_rows.h"

namespace vedette::tests {

using Parameters = std::multimap<std::string, std::string>;

class HistoryBackend : public FileBackend {
 public:
  using FileBackend::FileBackend;
  [[nodiscard]] Store* store() override { return kept.get(); }
  std::unique_ptr<DuckdbStore> kept;
};

class Analysis : public ::testing::Test {
 protected:
  Analysis() {
    write_made_capture(capture_folder_.file("made.pcapng"));
    backend_ = std::make_unique<HistoryBackend>(capture_folder_.file("made.pcapng"), Pace::kOnce);
    backend_->kept = opened(folder_.options());
  }

  Store& store() { return *backend_->kept; }

  // Written and rolled up, as a sensor's history is.
  void settle() {
    ASSERT_TRUE(store().flush());
    ASSERT_TRUE(backend_->kept->tidy());
  }

  Answer get(const std::string& kind, Parameters parameters) {
    return answer({*backend_, feeds_}, {.method = "GET",
                                        .path = "/v1/analysis/" + kind,
                                        .parameters = std::move(parameters),
                                        .last_event_id = {}});
  }

  simdjson::dom::element asked(const std::string& kind, Parameters parameters, Nanoseconds end) {
    parameters.emplace("to_ns", std::to_string(end.count()));
    return parsed(get(kind, std::move(parameters)));
  }

  simdjson::dom::element parsed(const Answer& answer) {
    if (const auto* problem = std::get_if<Problem>(&answer))
      throw std::runtime_error(std::to_string(problem->status) + " " + problem->detail);
    return parser_.parse(std::get<Document>(answer).body);
  }

  // The rows that a question behind a result has, asked as anybody may.
  simdjson::dom::array rows_of(simdjson::dom::element question) {
    const Answer told = answer({*backend_, feeds_}, {.method = "POST",
                                                     .path = "/v1/query",
                                                     .parameters = {},
                                                     .last_event_id = {},
                                                     .accept = {},
                                                     .body = simdjson::minify(question)});
    if (const auto* problem = std::get_if<Problem>(&told)) throw std::runtime_error(problem->detail);
    return behind_.parse(std::get<Document>(told).body)["rows"];
  }

  std::string problem(const std::string& kind, Parameters parameters) {
    const Answer told = get(kind, std::move(parameters));
    const auto* problem = std::get_if<Problem>(&told);
    return problem ? std::to_string(problem->status) + " " + problem->detail : "no problem";
  }

  TemporaryFolder capture_folder_;
  StoreFolder folder_;
  std::unique_ptr<HistoryBackend> backend_;
  ParkedFeeds feeds_;
  simdjson::dom::parser parser_, behind_;
};

inline std::string text(simdjson::dom::element element) {
  return std::string(std::string_view(element));
}

}  // namespace vedette::tests
