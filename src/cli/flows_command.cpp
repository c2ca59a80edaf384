#include "cli/flows_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/api_client.h"
#include "cli/json_members.h"
#include "cli/read_columns.h"
#include "cli/record_output.h"

namespace vedette {

namespace {

constexpr std::uint64_t kPageFlows = 1000;

// Page by page, so that neither side holds a million rows at once.
Result<void> tell_flows(const FlowsRequest& request) {
  const ApiClient api(request.answer.socket);
  std::optional<RecordOutput> output;  // begins with the first answer: an error has no heading
  std::string cursor;
  for (std::uint64_t told = 0;;) {
    const std::uint64_t wanted = request.limit == 0 ? kPageFlows : std::min(kPageFlows, request.limit - told);
    const auto page = api.get(ApiClient::target("/v1/flows", {{"limit", fmt::to_string(wanted)},
                                                              {"cursor", cursor},
                                                              {"sort", request.sort},
                                                              {"filter", request.filter}}));
    if (!page) return std::unexpected(page.error());
    if (request.answer.quiet) return {};
    if (!output) output.emplace(stdout, *output_format(request.answer.format), flow_columns());
    for_each_element(json_member(*page, "flows"), [&](std::string_view flow) {
      output->add(flow);
      told++;
    });
    cursor = json_member_text(*page, "next_cursor");
    const bool enough = request.limit != 0 && told >= request.limit;
    if (cursor.empty() || enough || output->broken()) return output->flush();
  }
}

}  // namespace

int run_flows(const FlowsRequest& request) {
  const auto told = tell_flows(request);
  return told ? 0 : complain(told.error());
}

void add_flows_command(CLI::App& app, FlowsRequest& request, int& status) {
  CLI::App* command = app.add_subcommand("flows", "Tell the flows that the sensor holds");
  command->add_option("--filter", request.filter, "Only flows that match, see pcap-filter(7)");
  command->add_option("--limit", request.limit, "At most so many flows")->check(whole_number());
  command->add_option("--sort", request.sort, "By a field; -FIELD: largest first")->capture_default_str();
  add_answer_options(*command, request.answer);
  command->callback([&request, &status] { status = run_flows(request); });
}

}  // namespace vedette
