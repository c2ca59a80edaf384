// Completion scripts for shells, made from the commands and options themselves, so that they can't go stale.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

#include "base/error.h"

namespace vedette {

// `shell`: bash, zsh or fish; another is unusable.
[[nodiscard]] Result<std::string> completion_script(const CLI::App& app, std::string_view shell);

// Declares `vedette completion SHELL`; its exit status goes to `status` when it was called.
void add_completion_command(CLI::App& app, std::string& shell, int& status);

}  // namespace vedette
