#include "cli/findings_command.h"

#include <chrono>
#include <optional>
#include <thread>

#include "cli/api_client.h"
#include "cli/interruption.h"
#include "cli/json_members.h"
#include "cli/read_columns.h"
#include "cli/record_output.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

constexpr auto kAskEvery = 250ms;  // what a finding may be told late

Result<void> tell_findings(const FindingsRequest& request) {
  const ApiClient api(request.answer.socket);
  std::optional<RecordOutput> output;  // begins with the first answer: an error has no heading
  std::string cursor;
  while (!interrupted()) {
    const auto page = api.get(ApiClient::target(
        "/v1/findings", {{"cursor", cursor}, {"kind", request.kind}, {"severity", request.severity}}));
    if (!page) return std::unexpected(page.error());
    if (request.answer.quiet) return {};
    if (!output) output.emplace(stdout, *output_format(request.answer.format), finding_columns());
    for_each_element(json_member(*page, "findings"), [&](std::string_view finding) { output->add(finding); });
    cursor = json_member_text(*page, "last");
    const bool more = !json_member(*page, "next_cursor").empty();
    if (more) continue;
    if (!request.follow || output->broken()) return output->flush();
    if (auto told = output->flush(); !told) return told;
    std::this_thread::sleep_for(kAskEvery);
  }
  return output ? output->flush() : Result<void>{};
}

}  // namespace

int run_findings(const FindingsRequest& request) {
  if (request.follow) catch_interruption();
  const auto told = tell_findings(request);
  return told ? 0 : complain(told.error());
}

void add_findings_command(CLI::App& app, FindingsRequest& request, int& status) {
  CLI::App* command =
      app.add_subcommand("findings", "Tell what the detectors raised, and what was done about it");
  command->add_flag("--follow", request.follow, "Go on with what is raised from now on");
  command->add_option("--kind", request.kind, "Of this kind alone: port_scan, syn_flood, ...");
  command->add_option("--severity", request.severity, "Of this severity or above")
      ->check(one_of({"info", "low", "medium", "high", "critical"}));
  add_answer_options(*command, request.answer);
  command->callback([&request, &status] { status = run_findings(request); });
}

}  // namespace vedette
