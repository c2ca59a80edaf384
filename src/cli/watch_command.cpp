#include "cli/watch_command.h"

#include <fmt/ranges.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cli/command.h"
#include "cli/event_stream.h"
#include "cli/interruption.h"
#include "cli/json_members.h"
#include "cli/packet_lines.h"
#include "cli/read_columns.h"
#include "watch/classic_filter.h"

namespace vedette {

namespace {

// What comes of the stream's events. Lives during run_watch() alone.
class Watching {
 public:
  Watching(OutputFormat format, std::uint64_t count, bool color) : count_(count), lines_(color) {
    if (format == OutputFormat::kTable)
      lines_.append_heading(table_);
    else
      records_.emplace(stdout, format, packet_columns());
  }

  // False once the count is reached.
  bool take(const ServerEvent& event) {
    if (event.name == "lost") {
      lost_ += packets_in(event.data);
      return true;
    }
    if (event.name != "packet") return true;
    if (records_)
      records_->add(event.data);
    else
      lines_.append(table_, event.data);
    told_++;
    return told_ != count_;
  }

  // Fails where standard output takes no more.
  Result<void> flush() {
    if (records_) return records_->flush();
    const bool written = std::fwrite(table_.data(), 1, table_.size(), stdout) == table_.size();
    table_.clear();
    if (std::fflush(stdout) == 0 && written) return {};
    return failed("standard output", std::string("can't be written: ") + std::strerror(errno));
  }

  [[nodiscard]] std::uint64_t told() const { return told_; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  static std::uint64_t packets_in(std::string_view object) {
    const std::string_view digits = json_member(object, "packets");
    std::uint64_t packets = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), packets);
    return packets;
  }

  std::uint64_t count_;
  PacketLines lines_;
  fmt::memory_buffer table_;
  std::optional<RecordOutput> records_;
  std::uint64_t told_ = 0;
  std::uint64_t lost_ = 0;
};

bool wants_color(const WatchRequest& request) {
  return !request.no_color && std::getenv("NO_COLOR") == nullptr && isatty(STDOUT_FILENO) == 1;
}

}  // namespace

void add_watch_command(CLI::App& app, WatchRequest& request, int& status) {
  CLI::App* watch = app.add_subcommand("watch", "Print a line a packet, live; the filter runs in the kernel");
  watch->add_option("--filter,FILTER", request.filter, "pcap-filter(7): 'tcp port 443 and host 192.0.2.7'");
  watch->add_option("-c,--count,--limit", request.count, "End after so many packets")->check(whole_number());
  watch->add_option("--format", request.format, "table, json or csv")
      ->check(one_of({"table", "json", "csv"}));
  watch->add_option("--socket", request.socket, "The sensor's socket")->envname("VEDETTE_SOCKET");
  watch->add_flag("--no-color", request.no_color, "No colours on a terminal");
  watch->add_flag("--quiet", request.quiet, "No summary at the end");
  watch->callback([&request, &status] { status = run_watch(request); });
}

int run_watch(const WatchRequest& request) {
  const std::string filter = fmt::format("{}", fmt::join(request.filter, " "));
  if (const Result<ClassicProgram> checked = compile_filter(filter); !checked)
    return complain(checked.error());
  catch_interruption();
  Watching watching(output_format(request.format).value_or(OutputFormat::kTable), request.count,
                    wants_color(request));
  EventStream events;
  Result<void> written;
  const std::string count = request.count == 0 ? "" : std::to_string(request.count);
  const Result<void> streamed =
      ApiClient(request.socket)
          .stream(
              ApiClient::target("/v1/packets", {{"filter", filter}, {"count", count}}),
              [&](std::string_view bytes) {
                const bool more =
                    events.feed(bytes, [&](const ServerEvent& event) { return watching.take(event); });
                written = watching.flush();
                return written && more;
              },
              [] { return false; });
  if (!streamed) return complain(streamed.error());
  if (!written) return complain(written.error());
  if (!request.quiet) fmt::print(stderr, "{} packets told, {} lost\n", watching.told(), watching.lost());
  return 0;
}

}  // namespace vedette
