#include "cli/command_line.h"

#include <string>

#include "base/version.h"
#include "cli/command.h"
#include "cli/completion.h"

namespace vedette {

namespace {

constexpr const char* kIntroduction =
    "Tells every packet that comes into this host: who sent it, to where, in which\n"
    "protocol and version; live from the kernel by eBPF, or from capture files.";

constexpr const char* kExamples =
    "Examples:\n"
    "  vedette top                                  the live view\n"
    "  vedette flows --sort -retransmits --limit 10 connections that suffer most\n"
    "  vedette read trace.pcapng --show flows       the same facts from a file\n\n"
    "vedette COMMAND --help tells a command's options.\n"
    "Exit status: 0 done, 1 failed while working, 2 wrong usage or unreadable input.";

}  // namespace

CommandLine::CommandLine() : app_(kIntroduction, "vedette") {
  app_.set_version_flag("--version", "vedette " + std::string(kVersion), "Tell the version and end");
  app_.set_help_flag("-h,--help", "Tell how to use it and end");
  app_.require_subcommand(1);
  app_.footer(kExamples);
  app_.get_formatter()->column_width(32);
  add_top_command(app_, top_, status_);
  add_read_command(app_, read_, status_);
  add_flows_command(app_, flows_, status_);
  add_stats_command(app_, stats_, status_);
  add_up_command(app_, up_, status_);
  add_handshakes_command(app_, handshakes_, status_);
  add_interfaces_command(app_, interfaces_, status_);
  add_watch_command(app_, watch_, status_);
  add_capture_command(app_, capture_, status_);
  add_findings_command(app_, findings_, status_);
  add_query_command(app_, query_, status_);
  add_analyse_command(app_, analyse_, status_);
  add_evidence_command(app_, evidence_, status_);
  add_feeds_command(app_, feeds_, status_);
  add_hooks_command(app_, hooks_, status_);
  add_audit_command(app_, audit_, status_);
  add_block_commands(app_, block_, allow_, unblock_, blocks_, status_);
  add_policy_command(app_, policy_, status_);
  add_replay_command(app_, replay_, status_);
  add_guard_commands(app_, syn_proxy_, solicited_only_, status_);
  add_doctor_command(app_, doctor_, status_);
  add_completion_command(app_, shell_, status_);
  take_common_flags(app_, ignored_);
}

int CommandLine::run(int argc, const char* const* argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app_.exit(asked);
  } catch (const CLI::ParseError& error) {
    return complain(wrong_usage(error));
  }
  return status_;
}

Error CommandLine::wrong_usage(const CLI::ParseError& error) const {
  const auto commands = app_.get_subcommands();
  const auto strange = app_.remaining();
  Error told{ErrorKind::kUnusable, {}, error.what(), "vedette --help lists the commands"};
  if (!commands.empty())
    told.hint = "vedette " + commands.front()->get_name() + " --help lists the options";
  else if (!strange.empty())
    told.what = "there is no command " + strange.front();
  return told;
}

}  // namespace vedette
