#include <gtest/gtest.h>

#include <vector>

#include "cli/json_members.h"

namespace vedette {
namespace {

TEST(JsonMembers, GoThroughAnArrayOfObjects) {
  std::vector<std::string> values;
  for_each_element(R"([{"a":"],"},2,"x\"y"])", [&](std::string_view value) { values.emplace_back(value); });
  EXPECT_EQ(values, (std::vector<std::string>{R"({"a":"],"})", "2", R"("x\"y")"}));
}

TEST(JsonMembers, TellAStringForPeopleOrExactly) {
  const std::string_view object = R"({"a":"one\u000atwo\u0009\"three\" \\"})";
  EXPECT_EQ(json_member_text(object, "a"), R"(one two "three" \)");
  EXPECT_EQ(json_member_exact(object, "a"), "one\ntwo\t\"three\" \\");
  EXPECT_EQ(json_member_exact(object, "b"), "");
}

TEST(JsonMembers, FindNothingInWhatIsNoArray) {
  for (const std::string_view json : {"", "{}", "[]", "7"})
    for_each_element(json, [&](std::string_view value) { FAIL() << json << " gave " << value; });
}

TEST(JsonMembers, GoThroughAnObject) {
  std::vector<std::string> all;
  for_each_member(R"({"a":1,"b":{"c":2}})", [&](std::string_view name, std::string_view value) {
    all.push_back(std::string(name) + "=" + std::string(value));
  });
  EXPECT_EQ(all, (std::vector<std::string>{"a=1", R"(b={"c":2})"}));
}

}  // namespace
}  // namespace vedette
