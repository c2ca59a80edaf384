// What it costs detectors to ask a million networks and a million names of feeds, beside the maps that first
// come to mind: ns a question, bytes an entry.
#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <map>
#include <random>
#include <unordered_map>

#include "detect/name_index.h"
#include "detect/network_index.h"

namespace vedette {
namespace {

constexpr std::size_t kEntries = 1'000'000;
constexpr std::size_t kQuestions = 1'000'000;

struct Hash {
  std::size_t operator()(const vdt_address& address) const {
    return std::hash<std::uint64_t>()(address.halves[0] * 0x9e3779b97f4a7c15 ^ address.halves[1]);
  }
};
struct Same {
  bool operator()(const vdt_address& one, const vdt_address& other) const {
    return one.halves[0] == other.halves[0] && one.halves[1] == other.halves[1];
  }
};

// Of each length a map, asked from the longest on.
struct NetworkMaps {
  std::map<std::uint8_t, std::unordered_map<vdt_address, std::uint16_t, Hash, Same>, std::greater<>>
      by_length;

  void add(const Prefix& prefix, std::uint16_t owner) {
    by_length[prefix.length].emplace(prefix.address, owner);
  }
  void sort() {}
  [[nodiscard]] bool find(const vdt_address& address, std::uint8_t ip_version) const {
    for (const auto& [length, networks] : by_length)
      if (networks.contains(prefix_of(address, ip_version, length).address)) return true;
    return false;
  }
};

struct NameMap {
  std::unordered_map<std::string, std::uint16_t> names;

  void add(std::string_view name, std::uint16_t owner) { names.emplace(name, owner); }
  [[nodiscard]] bool find(std::string_view name) const { return names.contains(std::string(name)); }
};

std::size_t in_use() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

double nanoseconds(auto&& ask, const auto& questions) {
  std::size_t found = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (const auto& question : questions) found += static_cast<bool>(ask(question));
  const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - begun;
  // What is found is used, so that asking isn't left out.
  return found > questions.size() ? 0 : time.count() / static_cast<double>(questions.size());
}

vdt_address address_of(std::uint32_t number) {
  vdt_address address{};
  for (int at = 0; at < 4; at++) address.bytes[at] = static_cast<std::uint8_t>(number >> (24 - 8 * at));
  return address;
}

template <typename Index>
void ask_networks(std::string_view name) {
  std::mt19937 random(1);
  constexpr std::uint8_t kLengths[] = {32, 32, 32, 32, 32, 32, 32, 30, 29, 28, 24, 24, 23, 22, 20, 16};
  const std::size_t before = in_use();
  Index index;
  std::vector<vdt_address> clean, listed;
  clean.reserve(kQuestions);
  listed.reserve(kQuestions);
  const std::size_t questions = in_use() - before;
  for (std::size_t entry = 0; entry < kEntries; entry++) {
    // A /16 here and there only: else all addresses were listed.
    std::uint8_t length = kLengths[random() % std::size(kLengths)];
    if (length < 24 && random() % 1000 != 0) length = 24;
    const vdt_address address = address_of(static_cast<std::uint32_t>(random()));
    index.add(prefix_of(address, 4, length), 1);
    listed.push_back(address);
  }
  index.sort();
  const double bytes = static_cast<double>(in_use() - before - questions) / kEntries;
  for (std::size_t at = 0; at < kQuestions; at++)
    clean.push_back(address_of(static_cast<std::uint32_t>(random())));
  const auto ask = [&](const vdt_address& address) { return index.find(address, 4); };
  fmt::print("{:24} {:6.0f} ns a random address {:6.0f} ns a listed one {:6.1f} bytes a network\n", name,
             nanoseconds(ask, clean), nanoseconds(ask, listed), bytes);
}

template <typename Index>
void ask_names(std::string_view name) {
  std::mt19937_64 random(2);
  const auto any = [&] { return fmt::format("{:x}.example.net", random() >> 16); };
  std::vector<std::string> clean, listed;
  for (std::size_t at = 0; at < kEntries; at++) listed.push_back(any());
  for (std::size_t at = 0; at < kQuestions; at++) clean.push_back(any());
  const std::size_t before = in_use();
  Index index;
  for (const std::string& one : listed) index.add(one, 1);
  const double bytes = static_cast<double>(in_use() - before) / kEntries;
  const auto ask = [&](const std::string& one) { return index.find(one); };
  fmt::print("{:24} {:6.0f} ns a random name    {:6.0f} ns a listed one {:6.1f} bytes a name of 24\n", name,
             nanoseconds(ask, clean), nanoseconds(ask, listed), bytes);
}

}  // namespace
}  // namespace vedette

int main() {
  vedette::ask_networks<vedette::NetworkIndex>("networks, sorted");
  vedette::ask_networks<vedette::NetworkMaps>("a map of each length");
  vedette::ask_names<vedette::NameIndex>("names in one text");
  vedette::ask_names<vedette::NameMap>("a map of strings");
  return 0;
}
