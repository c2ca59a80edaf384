#include "export/kafka_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::string_view kScheme = "kafka://", kProperties = ",properties=";
constexpr std::string_view kForm =
    "expected kafka://HOST[:PORT][,HOST[:PORT]…]/TOPIC, with ,properties=FILE behind it or not";

// Kafka's own rule for a topic's name (org.apache.kafka.common.internals.Topic).
bool is_topic(std::string_view name) {
  constexpr std::size_t kMostBytes = 249;
  return !name.empty() && name.size() <= kMostBytes && name != "." && name != ".." &&
         std::ranges::all_of(name, [](unsigned char c) {
           return (std::isalnum(c) != 0 && c < 0x80) || c == '.' || c == '_' || c == '-';
         });
}

Result<void> read_properties(KafkaTarget& target, const std::string& path, const std::string& where) {
  std::ifstream file(path);
  if (!file) return unusable(where, fmt::format("{} can't be read: {}", path, std::strerror(errno)));
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    const std::string_view said = trimmed(line);
    if (said.empty() || said.starts_with('#')) continue;
    const std::size_t equals = said.find('=');
    const std::string_view name = trimmed(said.substr(0, equals));
    // The line itself may hold a password.
    if (equals == std::string_view::npos || name.empty())
      return unusable(where, fmt::format("{}:{}: expected NAME=VALUE", path, number));
    target.properties.emplace_back(name, trimmed(said.substr(equals + 1)));
  }
  if (file.bad()) return unusable(where, fmt::format("{} can't be read: {}", path, std::strerror(errno)));
  return {};
}

}  // namespace

bool is_kafka_url(std::string_view text) {
  return text.starts_with(kScheme);
}

Result<KafkaTarget> parse_kafka_target(std::string_view text, const std::string& where) {
  KafkaTarget target;
  std::string properties;
  if (const std::size_t comma = text.rfind(kProperties); comma != std::string_view::npos) {
    properties = text.substr(comma + kProperties.size());
    text = text.substr(0, comma);
    if (properties.empty()) return unusable(where, std::string(kForm));
  }
  const std::size_t slash = is_kafka_url(text) ? text.find('/', kScheme.size()) : std::string_view::npos;
  if (slash == std::string_view::npos) return unusable(where, std::string(kForm));
  target.brokers = text.substr(kScheme.size(), slash - kScheme.size());
  target.topic = text.substr(slash + 1);
  if (target.brokers.empty() || target.brokers.starts_with(',') || target.brokers.ends_with(',') ||
      target.brokers.find_first_of(" @") != std::string::npos)
    return unusable(where, std::string(kForm));
  if (!is_topic(target.topic))
    return unusable(where, fmt::format("expected a topic of at most 249 letters, digits, \".\", \"_\" and "
                                       "\"-\", found \"{}\"",
                                       target.topic));
  if (!properties.empty())
    if (auto read = read_properties(target, properties, where); !read) return std::unexpected(read.error());
  return target;
}

}  // namespace vedette
