#include "cli/read_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/command.h"
#include "cli/read_progress.h"
#include "cli/reading.h"

namespace vedette {

namespace {

void note(const Error& error) {
  fmt::print(stderr, "vedette: {}\n", error.text());
}

// False where no more packets are wanted.
Result<bool> read_packets_of(PacketReader& reader, const std::string& path, bool quiet, Reading& reading) {
  ReadProgress progress(path, quiet);
  for (;;) {
    const auto packets = reader.next();
    if (!packets) return std::unexpected(packets.error());
    if (packets->empty()) return true;
    progress.reached(reader.file(), packets->size());
    if (!reading.add(*packets)) return false;
  }
}

Result<bool> read_file(const std::string& path, const ReadRequest& request, Reading& reading,
                       bool& any_opened) {
  auto reader = PacketReader::open(path, {.filter = request.filter});
  if (!reader) return std::unexpected(reader.error());
  any_opened = true;
  auto goes_on = read_packets_of(*reader, path, request.quiet, reading);
  reading.end_file();
  return goes_on;
}

}  // namespace

int run_read(const ReadRequest& request) {
  auto reading = make_reading(request);
  if (!reading) {
    note(reading.error());
    return reading.error().exit_status();
  }
  if (const auto filter = PacketFilter::compile(request.filter); !filter) {
    note(filter.error());
    return filter.error().exit_status();
  }
  int status = 0;
  bool any_opened = false;
  for (const std::string& path : request.files) {
    const auto goes_on = read_file(path, request, **reading, any_opened);
    if (!goes_on) {
      note(goes_on.error());
      status = std::max(status, goes_on.error().exit_status());
    } else if (!*goes_on) {
      break;
    }
  }
  if (!any_opened) return status;
  if (const auto told = (*reading)->finish(); !told) {
    note(told.error());
    return std::max(status, told.error().exit_status());
  }
  return status;
}

void add_read_command(CLI::App& app, ReadRequest& request, int& status) {
  CLI::App* read = app.add_subcommand("read", "Tell what capture files hold");
  read->add_option("FILE", request.files, "pcap or pcapng, plain, .gz or .zst; - is standard input")
      ->required();
  read->add_option("--show", request.show, "what of them")
      ->check(one_of({"summary", "packets", "flows", "handshakes", "findings"}))
      ->capture_default_str();
  read->add_option("--format", request.format, "table, json (an object a line) or csv")
      ->check(one_of({"table", "json", "csv"}))
      ->capture_default_str();
  read->add_option("--filter", request.filter, "only packets that match, see pcap-filter(7)");
  read->add_option("--limit", request.limit, "tell at most so many packets, flows, handshakes or findings")
      ->check(whole_number());
  read->add_option("--sort", request.sort, "sort flows by a field; -FIELD: largest first");
  read->add_flag("--apps", request.apps, "flows tell which protocol they speak; takes half as long again");
  read->add_option("--geoip", request.places,
                   "a MaxMind database of countries or autonomous systems, for flows")
      ->type_name("MMDB");
  read->add_option("--feed", request.feeds,
                   "a file of hostile addresses, domains and fingerprints, for findings")
      ->type_name("FILE");
  read->add_option("--outdated", request.outdated, "a file with rules for what is outdated, asked first");
  read->add_flag("--quiet", request.quiet, "no progress on standard error");
  read->callback([&request, &status] { status = run_read(request); });
}

}  // namespace vedette
