#include "serve/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace vedette {

Result<void> only_parameters(const Request& request, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : request.parameters) {
    if (std::ranges::find(known, name) != known.end()) {
      if (request.parameters.count(name) == 1) continue;
      return unusable(fmt::format("parameter \"{}\"", name),
                      fmt::format("expected once, found {} times", request.parameters.count(name)));
    }
    std::string names;
    for (const std::string_view one : known) names += fmt::format("{}{}", names.empty() ? "" : ", ", one);
    return unusable(fmt::format("parameter \"{}\"", name), fmt::format("{} doesn't take it", request.path),
                    names.empty() ? "it takes none" : "it takes " + names);
  }
  return {};
}

std::string text_parameter(const Request& request, const std::string& name, std::string otherwise) {
  const auto found = request.parameters.find(name);
  return found == request.parameters.end() ? std::move(otherwise) : found->second;
}

Result<bool> flag_parameter(const Request& request, const std::string& name) {
  const std::string text = text_parameter(request, name, "false");
  if (text == "true" || text == "false") return text == "true";
  return unusable(name, "expected true or false, found " + text);
}

Result<std::uint64_t> number_parameter(const Request& request, const std::string& name,
                                       std::uint64_t otherwise, std::uint64_t lowest, std::uint64_t highest) {
  const auto found = request.parameters.find(name);
  if (found == request.parameters.end()) return otherwise;
  const std::string& text = found->second;
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number < lowest || number > highest)
    return unusable(
        fmt::format("parameter \"{}\"", name),
        fmt::format("expected a whole number from {} to {}, found \"{}\"", lowest, highest, text));
  return number;
}

}  // namespace vedette
