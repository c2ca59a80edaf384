#include "cli/handshakes_command.h"

#include <fmt/ranges.h>

#include <charconv>
#include <cstdio>

#include "cli/command.h"
#include "cli/event_stream.h"
#include "cli/interruption.h"
#include "cli/json_members.h"
#include "cli/read_columns.h"

namespace vedette {

namespace {

std::uint64_t handshakes_in(std::string_view object) {
  const std::string_view digits = json_member(object, "handshakes");
  std::uint64_t handshakes = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), handshakes);
  return handshakes;
}

}  // namespace

void add_handshakes_command(CLI::App& app, HandshakesRequest& request, int& status) {
  CLI::App* handshakes =
      app.add_subcommand("handshakes", "Print what live flows' first bytes say: protocol, version, names");
  handshakes->add_option("--filter,FILTER", request.filter, "pcap-filter(7) over flows: 'dst port 443'");
  handshakes->add_option("-c,--count,--limit", request.count, "End after so many handshakes")
      ->check(whole_number());
  handshakes->add_option("--format", request.format, "table, json or csv")
      ->check(one_of({"table", "json", "csv"}));
  handshakes->add_option("--socket", request.socket, "The sensor's socket")->envname("VEDETTE_SOCKET");
  handshakes->add_flag("--quiet", request.quiet, "No summary at the end");
  handshakes->callback([&request, &status] { status = run_handshakes(request); });
}

int run_handshakes(const HandshakesRequest& request) {
  const std::string filter = fmt::format("{}", fmt::join(request.filter, " "));
  const std::string count = request.count == 0 ? "" : std::to_string(request.count);
  catch_interruption();
  RecordOutput output(stdout, output_format(request.format).value_or(OutputFormat::kTable),
                      handshake_columns());
  std::uint64_t told = 0;
  std::uint64_t lost = 0;
  const auto take = [&](const ServerEvent& event) {
    if (event.name == "lost") lost += handshakes_in(event.data);
    if (event.name != "handshake") return true;
    output.add(event.data);
    return ++told != request.count;
  };
  EventStream events;
  Result<void> written = output.flush();  // a table's heading
  const Result<void> streamed =
      ApiClient(request.socket)
          .stream(
              ApiClient::target("/v1/handshakes", {{"filter", filter}, {"count", count}}),
              [&](std::string_view bytes) {
                const bool more = events.feed(bytes, take);
                written = output.flush();
                return written && more;
              },
              [] { return false; });
  if (!streamed) return complain(streamed.error());
  if (!written) return complain(written.error());
  if (!request.quiet) fmt::print(stderr, "{} handshakes told, {} lost\n", told, lost);
  return 0;
}

}  // namespace vedette
