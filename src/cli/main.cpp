// vedette: the command line.
#include <csignal>

#include "cli/command_line.h"

int main(int argc, char** argv) {
  // A reader that has gone is told as a full disk is.
  std::signal(SIGPIPE, SIG_IGN);
  return vedette::CommandLine().run(argc, argv);
}
