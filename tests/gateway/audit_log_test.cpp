#include "gateway/audit_log.h"

#include <fstream>

#include "tests/gateway/state_of_a_test.h"

namespace vedette {
namespace {

using Audit = tests::StateOfATest;

const Asked kBy{.caller = Caller{CallerKind::kKey, "0123456789abcdef", {Scope::kBlock}, {}, {}},
                .client = "192.0.2.1"};

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST_F(Audit, TellsWhoAskedFromWhere) {
  const StateFolder folder = open();
  AuditLog audit(folder, {});
  audit.record("asked", kBy, [](JsonWriter& json) { json.field("path", "/v1/blocks"); });
  audit.record("sign_in_refused", {.caller = {}, .client = "192.0.2.2"});
  const auto lines = lines_of(folder.file(AuditLog::kFile));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[0].starts_with("{\"seq\":1,\"time_ns\":"));
  EXPECT_TRUE(lines[0].ends_with(
      R"("what":"asked","key":"0123456789abcdef","client_ip":"192.0.2.1","path":"/v1/blocks"})"));
  EXPECT_TRUE(lines[1].ends_with(R"("what":"sign_in_refused","client_ip":"192.0.2.2"})"));
  EXPECT_EQ(audit.page(10, 0).events, lines);
  EXPECT_EQ(audit.page(10, 1).events.size(), 1U);
  EXPECT_TRUE(audit.page(1, 0).more);
}

TEST_F(Audit, GoesOnWhereItWasAndCutsWhatACrashLeft) {
  const StateFolder folder = open();
  AuditLog(folder, {}).record("first", kBy);
  std::ofstream(folder.file(AuditLog::kFile), std::ios::app) << "{\"seq\":2,\"half";
  AuditLog audit(folder, {});
  audit.record("second", kBy);
  const auto lines = lines_of(folder.file(AuditLog::kFile));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[1].starts_with("{\"seq\":2,"));
  EXPECT_EQ(audit.page(10, 0).events.size(), 2U);
}

TEST_F(Audit, IsPutAsideWhenItHasGrown) {
  const StateFolder folder = open();
  AuditLog audit(folder, {.file_bytes = 1000, .files = 3});
  for (unsigned at = 0; at < 100; at++) audit.record("asked", kBy);
  EXPECT_LE(std::filesystem::file_size(folder.file("audit.ndjson")), 1000U);
  EXPECT_TRUE(std::filesystem::exists(folder.file("audit.ndjson.2")));
  EXPECT_FALSE(std::filesystem::exists(folder.file("audit.ndjson.3")));
  EXPECT_EQ(audit.page(1000, 0).events.size(), 100U);
}

}  // namespace
}  // namespace vedette
