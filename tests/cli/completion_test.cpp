#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "cli/command_line.h"
#include "cli/completion.h"

namespace vedette {
namespace {

// What bash offers behind `words`, the last of which is being typed.
std::string offered_by_bash(const std::string& words) {
  const CommandLine command_line;
  const auto script = completion_script(command_line.app(), "bash");
  const std::string path = testing::TempDir() + "vedette_completion." + std::to_string(getpid());
  std::ofstream(path) << *script;
  const std::string command = "bash -c 'source " + path + "; COMP_WORDS=(" + words +
                              "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _vedette; echo ${COMPREPLY[*]}'";
  std::FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> line{};
  std::string offered;
  while (pipe != nullptr && std::fgets(line.data(), line.size(), pipe) != nullptr) offered += line.data();
  if (pipe != nullptr) pclose(pipe);
  std::filesystem::remove(path);
  return offered;
}

TEST(Completion, OffersCommandsInBash) {
  EXPECT_EQ(offered_by_bash("vedette fl"), "flows\n");
}

TEST(Completion, OffersACommandsOptionsInBash) {
  EXPECT_EQ(offered_by_bash("vedette flows --so"), "--sort --socket\n");
}

TEST(Completion, OffersAnOptionsValuesInBash) {
  EXPECT_EQ(offered_by_bash("vedette flows --format \"\""), "table json csv\n");
  EXPECT_EQ(offered_by_bash("vedette read --show \"\""), "summary packets flows handshakes findings\n");
}

TEST(Completion, OffersTheValuesOfAnOptionThatBecomeNumbersInBash) {
  EXPECT_EQ(offered_by_bash("vedette up --mode x"), "xdp-native xdp-generic\n");
}

TEST(Completion, NamesEveryCommandAndOptionForEveryShell) {
  const CommandLine command_line;
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = completion_script(command_line.app(), shell);
    ASSERT_TRUE(script);
    for (const CLI::App* command : command_line.app().get_subcommands([](const CLI::App*) { return true; })) {
      EXPECT_NE(script->find(command->get_name()), std::string::npos) << shell;
      for (const CLI::Option* option : command->get_options())
        for (const std::string& name : option->get_lnames())
          EXPECT_NE(script->find(name), std::string::npos)
              << shell << " " << command->get_name() << " --" << name;
    }
  }
}

TEST(Completion, NamesTheShellsItKnowsToOthers) {
  const CommandLine command_line;
  const auto script = completion_script(command_line.app(), "tcsh");
  ASSERT_FALSE(script);
  EXPECT_EQ(script.error().exit_status(), 2);
}

}  // namespace
}  // namespace vedette
