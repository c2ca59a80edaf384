#include "policy/service_names.h"

#include <charconv>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace vedette {

namespace {

using Ports = std::map<std::string, std::uint16_t, std::less<>>;

// "ssh  22/tcp  alias...  # comment"
void add_line(Ports& ports, const std::string& line) {
  std::istringstream words(line.substr(0, line.find('#')));
  std::string name, port;
  if (!(words >> name >> port)) return;
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end == port.data() + port.size() || *end != '/') return;
  do ports.try_emplace(name, number);
  while (words >> name);
}

const Ports& ports() {
  static const Ports all = [] {
    Ports read;
    std::ifstream file("/etc/services");
    for (std::string line; std::getline(file, line);) add_line(read, line);
    return read;
  }();
  return all;
}

}  // namespace

std::optional<std::uint16_t> service_port(std::string_view name) {
  const auto found = ports().find(name);
  if (found == ports().end()) return {};
  return found->second;
}

const std::vector<std::string_view>& service_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const auto& [name, port] : ports()) all.push_back(name);
    return all;
  }();
  return names;
}

}  // namespace vedette
