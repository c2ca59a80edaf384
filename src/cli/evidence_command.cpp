#include "cli/evidence_command.h"

#include "cli/capture_output.h"
#include "cli/command.h"

namespace vedette {

namespace {

// An id as findings have it: what isn't one is told before a sensor is asked.
std::string why_no_id(const std::string& text) {
  if (text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos) return {};
  return "a finding's id of sixteen hexadecimal digits expected, found " + text;
}

}  // namespace

int run_evidence(const EvidenceRequest& request) {
  Result<CaptureOutput> output = CaptureOutput::open(request.file);
  if (!output) return complain(output.error());
  const auto evidence =
      ApiClient(request.socket).get(ApiClient::target("/v1/findings/" + request.id + "/evidence", {}));
  if (!evidence) {
    output->give_up();
    return complain(evidence.error());
  }
  const Result<void> written = output->write(*evidence);
  return written ? 0 : complain(written.error());
}

void add_evidence_command(CLI::App& app, EvidenceRequest& request, int& status) {
  CLI::App* command =
      app.add_subcommand("evidence", "Write the packets that prove a finding into a pcapng file");
  command->add_option("ID", request.id, "The finding's id")->required()->check(CLI::Validator(why_no_id, ""));
  command->add_option("-w,--write", request.file, "The file; - is standard output")->required();
  command->add_option("--socket", request.socket, "The sensor's socket")->envname("VEDETTE_SOCKET");
  command->callback([&request, &status] { status = run_evidence(request); });
}

}  // namespace vedette
