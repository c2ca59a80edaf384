#include "cli/paged_answer.h"

#include <chrono>
#include <optional>
#include <thread>

#include "cli/api_client.h"
#include "cli/interruption.h"
#include "cli/json_members.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr auto kAskEvery = 250ms;  // what something may be told late

Result<void> tell(const PagedQuestion& question) {
  const ApiClient api(question.answer.socket);
  std::optional<RecordOutput> output;  // begins with the first answer: an error has no heading
  std::string cursor;
  while (!interrupted()) {
    const auto page = api.get(question.target(cursor));
    if (!page) return std::unexpected(page.error());
    if (question.answer.quiet) return {};
    if (!output) output.emplace(stdout, *output_format(question.answer.format), question.columns);
    for_each_element(json_member(*page, question.list), [&](std::string_view one) { output->add(one); });
    cursor = json_member_text(*page, "last");
    const bool more = !json_member(*page, "next_cursor").empty();
    if (more) continue;
    if (!question.follow || output->broken()) return output->flush();
    if (auto told = output->flush(); !told) return told;
    std::this_thread::sleep_for(kAskEvery);
  }
  return output ? output->flush() : Result<void>{};
}

}  // namespace

int tell_pages(const PagedQuestion& question) {
  if (question.follow) catch_interruption();
  const auto told = tell(question);
  return told ? 0 : complain(told.error());
}

}  // namespace vedette
