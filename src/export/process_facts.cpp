#include "export/process_facts.h"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace vedette {

namespace {

// proc(5)'s numbers of a field in /proc/self/stat.
constexpr std::size_t kUserTime = 14, kSystemTime = 15, kThreads = 20, kStart = 22, kVirtual = 23,
                      kResident = 24;

// Behind the program's name, which may hold anything: fields from the third on.
std::vector<std::uint64_t> stat_fields() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  std::vector<std::uint64_t> fields(3);  // so that a field's place is its number
  const std::size_t behind = line.rfind(')');
  std::string_view rest =
      behind == std::string::npos ? std::string_view() : std::string_view(line).substr(behind + 1);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t end = rest.find(' ');
    const std::string_view word = rest.substr(0, end);
    std::uint64_t number = 0;
    std::from_chars(word.data(), word.data() + word.size(), number);
    fields.push_back(number);
    rest.remove_prefix(word.size());
  }
  return fields;
}

// Of /proc/stat: when the machine started, in seconds since the epoch.
std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  std::string word;
  while (file >> word)
    if (double seconds = 0; word == "btime" && file >> seconds) return seconds;
  return std::nullopt;
}

}  // namespace

ProcessFacts this_process() {
  ProcessFacts facts;
  const std::vector<std::uint64_t> fields = stat_fields();
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (fields.size() > kResident) {
    facts.cpu_seconds = static_cast<double>(fields[kUserTime] + fields[kSystemTime]) / ticks;
    facts.threads = fields[kThreads];
    facts.virtual_bytes = fields[kVirtual];
    facts.resident_bytes = fields[kResident] * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    if (const auto boot = boot_time())
      facts.start_seconds = *boot + static_cast<double>(fields[kStart]) / ticks;
  }
  std::error_code failed;
  std::uint64_t open = 0;
  for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", failed);
       !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed))
    open++;
  if (!failed) facts.open_descriptors = open - 1;  // without the folder itself
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    facts.most_descriptors = limit.rlim_cur;
  return facts;
}

}  // namespace vedette
