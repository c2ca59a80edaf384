#include "cli/capture_command.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file_descriptor.h"
#include "base/human_text.h"
#include "cli/block_cutter.h"
#include "cli/command.h"
#include "cli/interruption.h"
#include "watch/classic_filter.h"

namespace vedette {

namespace {

constexpr int kFileMode = 0600;  // packets are nobody else's business

std::string number_text(std::uint64_t number) {
  return number == 0 ? "" : std::to_string(number);
}

// Where the file's bytes go. What the file held before goes with the first of them: where nothing comes,
// because no sensor answers, it stays. Lives during run_capture() alone.
class CaptureOutput {
 public:
  static Result<CaptureOutput> open(const std::string& file) {
    if (file == "-") {
      if (isatty(STDOUT_FILENO) == 1)
        return unusable("standard output", "a file or a pipe expected, a terminal found", "-w FILE");
      return CaptureOutput(FileDescriptor(dup(STDOUT_FILENO)), "standard output");
    }
    FileDescriptor made(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
    const bool is_new = static_cast<bool>(made);
    if (!is_new) made = FileDescriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kFileMode));
    if (!made) return unusable(file, std::string("can't be written: ") + std::strerror(errno));
    CaptureOutput output(std::move(made), file);
    output.is_new_ = is_new;
    return output;
  }

  [[nodiscard]] Result<void> write(std::string_view bytes) {
    if (!begun_ && !bytes.empty() && ftruncate(descriptor_.get(), 0) != 0 &&
        errno != EINVAL)  // a pipe, a device
      return failed(name_, std::string("can't be emptied: ") + std::strerror(errno));
    begun_ = begun_ || !bytes.empty();
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failed(name_, std::string("can't be written: ") + std::strerror(errno));
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  // Where nothing came: leaves no empty file behind that was not there.
  void give_up() const {
    if (is_new_ && !begun_) unlink(name_.c_str());
  }

 private:
  CaptureOutput(FileDescriptor descriptor, std::string name)
      : descriptor_(std::move(descriptor)), name_(std::move(name)) {}

  FileDescriptor descriptor_;
  std::string name_;
  bool is_new_ = false;
  bool begun_ = false;
};

}  // namespace

void add_capture_command(CLI::App& app, CaptureRequest& request, int& status) {
  CLI::App* capture = app.add_subcommand("capture", "Write live packets into a pcapng file");
  capture->add_option("-w,--write", request.file, "The file; - is standard output")->required();
  capture->add_option("FILTER", request.filter, "pcap-filter(7): 'udp port 53'");
  capture->add_option("-c,--count", request.count, "End after so many packets")->check(whole_number());
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
