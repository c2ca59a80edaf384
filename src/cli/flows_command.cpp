#include "cli/flows_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "cli/api_client.h"
#include "cli/json_members.h"
#include "cli/query_command.h"
#include "cli/read_columns.h"
#include "cli/record_output.h"

namespace vedette {

namespace {

constexpr std::uint64_t kPageFlows = 1000;
// Each page is searched anew.
constexpr std::uint64_t kStoredPageFlows = 10'000;
constexpr std::chrono::minutes kPatience{2};

// A time as the API takes it; empty where none is given.
Result<std::string> moment(const std::string& option, const std::string& text) {
  if (text.empty()) return std::string();
  const auto time = moment_of(option, text);
  if (!time) return std::unexpected(time.error());
  return fmt::to_string(time->count());
}

// Page by page, so that neither side holds a million rows at once.
Result<void> tell_flows(const FlowsRequest& request) {
  const bool stored = !request.last.empty() || !request.from.empty() || !request.to.empty();
  const auto from = moment("--from", request.from);
  if (!from) return std::unexpected(from.error());
  const auto to = moment("--to", request.to);
  if (!to) return std::unexpected(to.error());
  const std::uint64_t most = stored ? kStoredPageFlows : kPageFlows;
  const ApiClient api =
      stored ? ApiClient(request.answer.socket, kPatience) : ApiClient(request.answer.socket);
  std::optional<RecordOutput> output;  // begins with the first answer: an error has no heading
  std::string cursor;
  for (std::uint64_t told = 0;;) {
    const std::uint64_t wanted = request.limit == 0 ? most : std::min(most, request.limit - told);
    const auto page = api.get(ApiClient::target("/v1/flows", {{"limit", fmt::to_string(wanted)},
                                                              {"cursor", cursor},
                                                              {"sort", request.sort},
                                                              {"filter", request.filter},
                                                              {"last", request.last},
                                                              {"from_ns", *from},
                                                              {"to_ns", *to}}));
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
  CLI::App* command = app.add_subcommand(
      "flows", "Tell the flows that the sensor holds, or of a span of time those that are stored");
  command->add_option("--filter", request.filter, "Only flows that match, see pcap-filter(7)");
  command->add_option("--limit", request.limit, "At most so many flows")->check(whole_number());
  command->add_option("--sort", request.sort, "By a field; -FIELD: largest first")->capture_default_str();
  command->add_option("--last", request.last, "Of history, the span that ends now: 90s, 5m, 1h, 7d, 2w")
      ->type_name("SPAN");
  command->add_option("--from", request.from, "Of history, the span's begin, local: \"2026-11-27 14:00\"")
      ->type_name("TIME");
  command->add_option("--to", request.to, "Its end (default: now)")->type_name("TIME");
  add_answer_options(*command, request.answer);
  command->callback([&request, &status] { status = run_flows(request); });
}

}  // namespace vedette
