#include "act/logins.h"

#include <netinet/in.h>
#include <utmp.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>

namespace vedette {

namespace {

// IPv4 fills the first word alone (utmp(5)), or is mapped (RFC 4291 §2.5.5.2).
std::optional<Prefix> recorded_address(const utmp& entry) {
  vdt_address address{};
  static_assert(sizeof entry.ut_addr_v6 == sizeof address);
  std::memcpy(&address, entry.ut_addr_v6, sizeof address);
  const bool rest = address.words[1] != 0 || address.halves[1] != 0;
  if (!rest && address.words[0] == 0) return {};
  if (!rest) return prefix_of(address, 4, 32);
  if (address.halves[0] != 0 || address.words[2] != htonl(0xffff)) return prefix_of(address, 6, 128);
  vdt_address mapped{};
  mapped.words[0] = address.words[3];
  return prefix_of(mapped, 4, 32);
}

// Not by getutent(3), whose place in the file is the whole process'.
void add_recorded(const std::filesystem::path& path, std::vector<Prefix>& all) {
  std::ifstream file(path, std::ios::binary);
  for (utmp entry{}; file.read(reinterpret_cast<char*>(&entry), sizeof entry);)
    if (entry.ut_type == USER_PROCESS)
      if (const auto address = recorded_address(entry)) all.push_back(*address);
}

// A session's file has a value a line, "REMOTE_HOST=192.0.2.7"; whoever logged out may leave programs behind
// that keep it, "STATE=closing".
std::optional<Prefix> remote_of_session(const std::filesystem::path& path) {
  std::ifstream file(path);
  bool remote = false;
  std::string host;
  for (std::string line; std::getline(file, line);) {
    if (line == "STATE=closing") return {};
    if (line == "REMOTE=1") remote = true;
    if (line.starts_with("REMOTE_HOST=")) host = line.substr(line.find('=') + 1);
  }
  if (!remote) return {};
  const auto address = parse_prefix(host.substr(0, host.find('%')));
  if (!address || address->length != Prefix::longest(address->ip_version)) return {};
  return *address;
}

void add_sessions(const std::filesystem::path& folder, std::vector<Prefix>& all) {
  std::error_code none;
  for (auto at = std::filesystem::directory_iterator(folder, none);
       !none && at != std::filesystem::directory_iterator(); at.increment(none)) {
    // Beside the files lie pipes by which logind learns that a session ends.
    if (!at->is_regular_file(none)) continue;
    if (const auto address = remote_of_session(at->path())) all.push_back(*address);
  }
}

}  // namespace

bool records_logins(const LoginRecords& records) {
  std::error_code none;
  return std::filesystem::exists(records.utmp, none) ||
         (std::filesystem::exists(records.sessions, none) && std::filesystem::exists(records.booted, none));
}

std::vector<Prefix> logged_in_from(const LoginRecords& records) {
  std::vector<Prefix> all;
  add_recorded(records.utmp, all);
  add_sessions(records.sessions, all);
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

}  // namespace vedette
