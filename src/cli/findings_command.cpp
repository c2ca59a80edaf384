#include "cli/findings_command.h"

#include "cli/api_client.h"
#include "cli/paged_answer.h"
#include "cli/read_columns.h"

namespace vedette {

int run_findings(const FindingsRequest& request) {
  const auto target = [&](const std::string& cursor) {
    return ApiClient::target("/v1/findings",
                             {{"cursor", cursor}, {"kind", request.kind}, {"severity", request.severity}});
  };
  return tell_pages({.target = target,
                     .list = "findings",
                     .columns = finding_columns(),
                     .follow = request.follow,
                     .answer = request.answer});
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
