#include "cli/capture_command.h"

#include <fmt/ranges.h>
#include <unistd.h>

#include "base/human_text.h"
#include "cli/block_cutter.h"
#include "cli/capture_output.h"
#include "cli/command.h"
#include "cli/interruption.h"
#include "watch/classic_filter.h"

namespace vedette {

namespace {

std::string number_text(std::uint64_t number) {
  return number == 0 ? "" : std::to_string(number);
}

}  // namespace

void add_capture_command(CLI::App& app, CaptureRequest& request, int& status) {
  CLI::App* capture = app.add_subcommand("capture", "Write live packets into a pcapng file");
  capture->add_option("-w,--write", request.file, "The file; - is standard output")->required();
  capture->add_option("--filter,FILTER", request.filter, "pcap-filter(7): 'udp port 53'");
  capture->add_option("-c,--count,--limit", request.count, "End after so many packets")
      ->check(whole_number());
  capture->add_option("-s,--snaplen", request.snaplen, "Bytes to keep of each packet")
      ->check(CLI::Range(1, 65535));
  capture->add_option("--socket", request.socket, "The sensor's socket")->envname("VEDETTE_SOCKET");
  capture->add_flag("--quiet", request.quiet, "Neither progress nor summary");
  capture->callback([&request, &status] { status = run_capture(request); });
}

int run_capture(const CaptureRequest& request) {
  const std::string filter = fmt::format("{}", fmt::join(request.filter, " "));
  if (const Result<ClassicProgram> checked = compile_filter(filter); !checked)
    return complain(checked.error());
  Result<CaptureOutput> output = CaptureOutput::open(request.file);
  if (!output) return complain(output.error());
  catch_interruption();
  const bool progress = !request.quiet && isatty(STDERR_FILENO) == 1;
  BlockCutter blocks;
  Result<void> kept;
  const std::string target = ApiClient::target(
      "/v1/capture",
      {{"filter", filter}, {"count", number_text(request.count)}, {"snaplen", number_text(request.snaplen)}});
  const Result<void> streamed =
      ApiClient(request.socket)
          .stream(
              target,
              [&](std::string_view bytes) {
                kept = blocks.take(bytes);
                if (kept) kept = output->write(blocks.whole());
                blocks.written();
                if (progress)
                  fmt::print(stderr, "\r{} packets, {} ", blocks.packets(), bytes_text(blocks.bytes()));
                return kept.has_value();
              },
              [&] { return request.count != 0 && blocks.packets() >= request.count; });
  if (progress) fmt::print(stderr, "\r\x1b[K");
  output->give_up();
  if (!streamed) return complain(streamed.error());
  if (!kept) return complain(kept.error());
  if (!request.quiet)
    fmt::print(stderr, "{} packets captured, {}, {} lost\n", blocks.packets(), bytes_text(blocks.bytes()),
               blocks.lost());
  return 0;
}

}  // namespace vedette
