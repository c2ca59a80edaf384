#include "cli/block_command.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <map>

#include "base/human_text.h"
#include "cli/api_client.h"
#include "cli/json_members.h"
#include "cli/record_output.h"
#include "cli/time_left.h"

namespace vedette {

namespace {

constexpr const char* kPath = "/v1/blocks";

std::uint64_t number(std::string_view text) {
  return std::strtoull(std::string(text).c_str(), nullptr, 10);
}

std::string bytes_shown(std::string_view text) {
  return bytes_text(number(text));
}

std::string observe_shown(std::string_view text) {
  return text == "true" ? "observe" : "";
}

constexpr Column kColumns[] = {
    {.member = "kind", .title = "LIST", .width = 5},
    {.member = "prefix", .title = "PREFIX", .width = 24},
    {.member = "expires_ns", .title = "ENDS IN", .width = 12, .show = time_left},
    {.member = "packets", .title = "PACKETS", .width = 12, .right = true},
    {.member = "bytes", .title = "BYTES", .width = 9, .right = true, .show = bytes_shown},
    {.member = "observe", .title = "MODE", .width = 7, .show = observe_shown},
    {.member = "since_ns"},
    {.member = "feeds", .title = "FEEDS", .width = 12},
    {.member = "reason", .title = "REASON", .width = 6},
};

// The address from which the session comes in which the command runs; empty where it is none of SSH's.
std::string operator_address() {
  const char* connection = std::getenv("SSH_CONNECTION");
  const std::string text = connection ? connection : "";
  const std::string address = text.substr(0, text.find(' '));
  return address.substr(0, address.find('%'));
}

int run_put(const BlockRequest& request, const std::string& kind) {
  const auto flag = [](bool given) { return std::string(given ? "true" : ""); };
  const auto answer =
      ApiClient(request.socket)
          .send("POST", ApiClient::target(kPath, {{"prefix", request.prefix},
                                                  {"kind", kind},
                                                  {"ttl", request.ttl ? std::to_string(request.ttl) : ""},
                                                  {"reason", request.reason},
                                                  {"observe", flag(request.observe)},
                                                  {"force", flag(request.force)},
                                                  {"operator", operator_address()}}));
  return answer ? 0 : complain(answer.error());
}

int run_erase(const BlockRequest& request, const std::string& kind) {
  const auto answer =
      ApiClient(request.socket)
          .send("DELETE", ApiClient::target(kPath, {{"prefix", request.prefix}, {"kind", kind}}));
  return answer ? 0 : complain(answer.error());
}

int run_blocks(const BlocksRequest& request) {
  RecordOutput output(stdout, *output_format(request.answer.format), kColumns);
  const ApiClient client(request.answer.socket);
  std::string cursor;
  do {
    const auto answer = client.get(ApiClient::target(kPath, {{"limit", "10000"},
                                                             {"cursor", cursor},
                                                             {"feeds", request.feeds ? "true" : ""},
                                                             {"holds", request.holds}}));
    if (!answer) return complain(answer.error());
    if (!request.answer.quiet)
      for_each_element(json_member(*answer, "blocks"), [&](std::string_view one) { output.add(one); });
    cursor = json_member(*answer, "next_cursor");
    std::erase(cursor, '"');
  } while (!cursor.empty());
  if (request.answer.quiet) return 0;
  const auto told = output.flush();
  return told ? 0 : complain(told.error());
}

void add_prefix(CLI::App& command, BlockRequest& request) {
  command.add_option("prefix", request.prefix, "Address or network: 192.0.2.7, 192.0.2.0/24, 2001:db8::/32")
      ->required()
      ->type_name("PREFIX");
  add_socket_option(command, request.socket);
}

void add_entry_options(CLI::App& command, BlockRequest& request) {
  add_prefix(command, request);
  command.add_option("--ttl", request.ttl, "How long: 90s, 10m, 2h, 7d (default: without an end)")
      ->transform(CLI::AsNumberWithUnit(
          std::map<std::string, std::uint64_t>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}},
          CLI::AsNumberWithUnit::CASE_SENSITIVE, "DURATION"))
      ->check(CLI::PositiveNumber);
  command.add_option("--reason", request.reason, "Why, for whoever reads the list")->type_name("TEXT");
}

}  // namespace

void add_block_commands(CLI::App& app, BlockRequest& block, BlockRequest& allow, BlockRequest& unblock,
                        BlocksRequest& blocks, int& status) {
  CLI::App* command = app.add_subcommand("block", "Drop all that comes from an address or network");
  add_entry_options(*command, block);
  command->add_flag("--observe", block.observe, "Count what would be dropped, and let it pass");
  command->add_flag("--force", block.force,
                    "Also where this host itself, its gateway, its resolver or an SSH session is cut off");
  command->callback([&block, &status] { status = run_put(block, "block"); });

  command = app.add_subcommand("allow", "Let an address or network pass, whatever blocks hold it");
  add_entry_options(*command, allow);
  command->add_flag("--remove", allow.remove, "Take the entry away again");
  command->callback(
      [&allow, &status] { status = allow.remove ? run_erase(allow, "allow") : run_put(allow, "allow"); });

  command = app.add_subcommand("unblock", "Take a block away again");
  add_prefix(*command, unblock);
  command->callback([&unblock, &status] { status = run_erase(unblock, "block"); });

  command = app.add_subcommand("blocks", "List who is blocked and allowed, how long, and what it has hit");
  command->add_option("holds", blocks.holds, "Only what holds this address or network, feeds' entries too")
      ->type_name("ADDRESS");
  command->add_flag("--feeds", blocks.feeds, "What feeds block, instead of what was listed by hand");
  add_answer_options(*command, blocks.answer);
  command->callback([&blocks, &status] { status = run_blocks(blocks); });
}

}  // namespace vedette
