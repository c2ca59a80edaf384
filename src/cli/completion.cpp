#include "cli/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/command.h"

namespace vedette {

namespace {

struct Word {
  std::string text, meaning;
  std::vector<std::string> values;  // that an option takes, where they are few
  bool takes_value = false;
};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// Values out of what CLI11 says of an option: of its check "{table,json,csv}", or of its type "text|json".
std::vector<std::string> listed_values(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t begin = type.find('{'), end = type.find('}');
  if (begin != std::string::npos && end != std::string::npos)
    return split(type.substr(begin + 1, end - begin - 1), ',');
  if (type.find('|') != std::string::npos) return split(type, '|');
  return {};
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// A word once, with all its values.
void add_word(std::vector<Word>& words, Word word) {
  const auto known = std::ranges::find(words, word.text, &Word::text);
  if (known == words.end()) return words.push_back(std::move(word));
  for (std::string& value : word.values)
    if (std::ranges::find(known->values, value) == known->values.end())
      known->values.push_back(std::move(value));
}

std::vector<Word> own_options_of(const CLI::App& command) {
  std::vector<Word> words;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_group().empty()) continue;  // taken, not offered
    const bool takes_value = option->get_items_expected_min() > 0;
    for (const std::string& name : option->get_snames())
      add_word(words, {"-" + name, option->get_description(), listed_values(*option), takes_value});
    for (const std::string& name : option->get_lnames())
      add_word(words, {"--" + name, option->get_description(), listed_values(*option), takes_value});
  }
  return words;
}

// With those of the commands below it.
std::vector<Word> options_of(const CLI::App& command) {
  std::vector<Word> words = own_options_of(command);
  for (const CLI::App* below : commands_of(command))
    for (Word& word : own_options_of(*below)) add_word(words, std::move(word));
  return words;
}

// What stands first behind a command that isn't an option: those below it, or a shell.
std::string first_words(const CLI::App& command) {
  if (command.get_name() == "completion") return "bash zsh fish";
  std::string names;
  for (const CLI::App* below : commands_of(command)) names += (names.empty() ? "" : " ") + below->get_name();
  return names;
}

// In single quotes, for any shell.
std::string in_quotes(const std::string& text) {
  std::string safe;
  for (const char letter : text) {
    if (letter == '\'')
      safe += "'\\''";
    else
      safe += letter;
  }
  return "'" + safe + "'";
}

std::string joined(const std::vector<Word>& words) {
  std::string line;
  for (const Word& word : words) line += (line.empty() ? "" : " ") + word.text;
  return line;
}

std::string command_names(const CLI::App& app) {
  std::string names;
  for (const CLI::App* command : commands_of(app)) names += (names.empty() ? "" : " ") + command->get_name();
  return names;
}

std::string values_case(const std::vector<Word>& words) {
  std::string text;
  for (const Word& word : words)
    if (!word.values.empty())
      text += fmt::format("    {}) COMPREPLY=($(compgen -W {} -- \"$word\")); return ;;\n", word.text,
                          in_quotes(fmt::format("{}", fmt::join(word.values, " "))));
  return text;
}

std::string bash_script(const CLI::App& app) {
  std::string script = fmt::format(
      "# bash completion for vedette: source it, or put it into "
      "/usr/share/bash-completion/completions/vedette\n"
      "_vedette() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command= at\n"
      "  COMPREPLY=()\n"
      "  for ((at = 1; at < COMP_CWORD; at++)); do\n"
      "    case \" {0} \" in *\" ${{COMP_WORDS[at]}} \"*) command=${{COMP_WORDS[at]}}; break ;; esac\n"
      "  done\n"
      "  local words\n"
      "  case \"$command\" in\n",
      command_names(app));
  for (const CLI::App* command : commands_of(app)) {
    const std::vector<Word> words = options_of(*command);
    script += fmt::format("  {})\n    words={}\n", command->get_name(), in_quotes(joined(words)));
    if (const std::string first = first_words(*command); !first.empty())
      script += fmt::format("    words=\"$words {}\"\n", first);
    const std::string values = values_case(words);
    if (!values.empty()) script += "    case \"$before\" in\n" + values + "    esac\n";
    script += "    ;;\n";
  }
  script += fmt::format("  *) words={} ;;\n  esac\n",
                        in_quotes(command_names(app) + " " + joined(own_options_of(app))));
  script +=
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$word\"))\n"
      "}\n"
      "complete -o filenames -F _vedette vedette\n";
  return script;
}

// Brackets and colons mean something inside a zsh _arguments specification.
std::string zsh_meaning(const std::string& meaning) {
  std::string safe;
  for (const char letter : meaning) {
    if (letter == '[' || letter == ']' || letter == ':') safe += '\\';
    safe += letter;
  }
  return safe;
}

std::string zsh_script(const CLI::App& app) {
  std::string script = "#compdef vedette\n_vedette() {\n  local -a commands\n  commands=(\n";
  for (const CLI::App* command : commands_of(app))
    script += "    " + in_quotes(command->get_name() + ":" + zsh_meaning(command->get_description())) + "\n";
  script +=
      "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
      "  case $words[2] in\n";
  for (const CLI::App* command : commands_of(app)) {
    script += fmt::format("  {})\n    shift words; (( CURRENT-- ))\n    _arguments", command->get_name());
    for (const Word& word : options_of(*command)) {
      std::string argument = fmt::format("{}[{}]", word.text, zsh_meaning(word.meaning));
      if (!word.values.empty())
        argument += fmt::format(":value:({})", fmt::join(word.values, " "));
      else if (word.takes_value)
        argument += ":value: ";
      script += " \\\n      " + in_quotes(argument);
    }
    if (const std::string first = first_words(*command); !first.empty())
      script += fmt::format(" \\\n      '1:what:({})'", first);
    script += " \\\n      '*:file:_files' ;;\n";
  }
  // zsh runs a file of its completions' folder as the function itself; `source` has it registered.
  return script +
         "  esac\n}\nif [ \"$funcstack[1]\" = _vedette ]; then _vedette \"$@\"; else compdef _vedette "
         "vedette; fi\n";
}

std::string fish_script(const CLI::App& app) {
  std::string script = "# fish completion for vedette\n";
  for (const CLI::App* command : commands_of(app))
    script += fmt::format("complete -c vedette -n __fish_use_subcommand -f -a {} -d {}\n",
                          command->get_name(), in_quotes(command->get_description()));
  for (const CLI::App* command : commands_of(app)) {
    const std::string seen = in_quotes("__fish_seen_subcommand_from " + command->get_name());
    for (const Word& word : options_of(*command)) {
      const bool is_long = word.text.starts_with("--");
      script += fmt::format("complete -c vedette -n {} -{} {} -d {}", seen, is_long ? "l" : "s",
                            word.text.substr(is_long ? 2 : 1), in_quotes(word.meaning));
      if (word.takes_value) script += " -r";
      if (!word.values.empty())
        script += " -f -a " + in_quotes(fmt::format("{}", fmt::join(word.values, " ")));
      script += "\n";
    }
    if (const std::string first = first_words(*command); !first.empty())
      script += fmt::format("complete -c vedette -n {} -f -a '{}'\n", seen, first);
  }
  return script;
}

}  // namespace

Result<std::string> completion_script(const CLI::App& app, std::string_view shell) {
  if (shell == "bash") return bash_script(app);
  if (shell == "zsh") return zsh_script(app);
  if (shell == "fish") return fish_script(app);
  return unusable("completion", fmt::format("expected bash, zsh or fish, found {}", shell));
}

void add_completion_command(CLI::App& app, std::string& shell, int& status) {
  CLI::App* command = app.add_subcommand("completion", "Print a shell's completion script");
  command->add_option("SHELL", shell, "bash, zsh or fish")->required();
  command->callback([&app, &shell, &status] {
    const auto script = completion_script(app, shell);
    status = script ? print(*script) : complain(script.error());
  });
}

}  // namespace vedette
