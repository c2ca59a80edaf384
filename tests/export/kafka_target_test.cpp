#include "export/kafka_target.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace vedette {
namespace {

std::string said(std::string_view text) {
  const auto target = parse_kafka_target(text, "--export");
  if (!target) return target.error().text();
  std::string all = fmt::format("{} {}", target->brokers, target->topic);
  for (const auto& [name, value] : target->properties) all += fmt::format(" {}={}", name, value);
  return all;
}

// A file with that text, for as long as this is there.
struct PropertiesFile {
  explicit PropertiesFile(std::string_view text) {
    std::string folder = std::filesystem::temp_directory_path() / "vedette-kafka-XXXXXX";
    path = std::filesystem::path(mkdtemp(folder.data())) / "kafka.properties";
    std::ofstream(path) << text;
  }
  PropertiesFile(const PropertiesFile&) = delete;
  PropertiesFile& operator=(const PropertiesFile&) = delete;
  ~PropertiesFile() { std::filesystem::remove_all(path.parent_path()); }

  std::filesystem::path path;
};

TEST(KafkaTarget, IsBrokersAndATopic) {
  EXPECT_EQ(said("kafka://broker.example/flows"), "broker.example flows");
  EXPECT_EQ(said("kafka://a:9092,[2001:db8::1]:9093/net.flows_1-a"),
            "a:9092,[2001:db8::1]:9093 net.flows_1-a");
}

TEST(KafkaTarget, ReadsPropertiesFromAFile) {
  const PropertiesFile file("# ours\n\nsecurity.protocol = SASL_SSL\r\nsasl.password=a=b #c\n");
  EXPECT_EQ(said(fmt::format("kafka://a/b,properties={}", file.path.native())),
            "a b security.protocol=SASL_SSL sasl.password=a=b #c");
}

TEST(KafkaTarget, SaysWhatIsWrongAndNoPassword) {
  for (const std::string_view text : {"", "kafka", "kafka://", "kafka:///flows", "kafka://a", "kafka://a,/b",
                                      "kafka://u:p@a/b", "kafka://a/b,properties="})
    EXPECT_EQ(
        said(text),
        "--export: expected kafka://HOST[:PORT][,HOST[:PORT]…]/TOPIC, with ,properties=FILE behind it or "
        "not");
  EXPECT_EQ(
      said("kafka://a/b/c"),
      "--export: expected a topic of at most 249 letters, digits, \".\", \"_\" and \"-\", found \"b/c\"");
  EXPECT_EQ(
      said("kafka://a/.."),
      "--export: expected a topic of at most 249 letters, digits, \".\", \"_\" and \"-\", found \"..\"");
  EXPECT_EQ(said("kafka://a/b,properties=/nowhere/at/all"),
            "--export: /nowhere/at/all can't be read: No such file or directory");
  const PropertiesFile file("client.id=a\nsecret\n");
  EXPECT_EQ(said(fmt::format("kafka://a/b,properties={}", file.path.native())),
            fmt::format("--export: {}:2: expected NAME=VALUE", file.path.native()));
}

}  // namespace
}  // namespace vedette
