#include "gateway/api_keys.h"

#include <fstream>
#include <sstream>

#include "tests/gateway/state_of_a_test.h"

namespace vedette {
namespace {

using namespace std::chrono_literals;
using Keys = tests::StateOfATest;

constexpr Nanoseconds kNow = 1'000s;

TEST_F(Keys, AreFoundByWhatWasShownOnce) {
  const StateFolder folder = open();
  const auto keys = std::move(*ApiKeys::load(folder));
  const auto made = keys->add("a program", {Scope::kRead, Scope::kBlock}, std::nullopt, kNow);
  ASSERT_TRUE(made);
  const auto found = keys->find(made->text, kNow + 1s);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "a program");
  EXPECT_EQ(found->scopes, (ScopeSet{Scope::kRead, Scope::kBlock}));
  for (const std::string& wrong :
       {made->text.substr(0, made->text.size() - 1), made->text + "A", std::string("vdt_"), std::string(),
        "vdt_" + made->key.id + "_" + std::string(43, 'A')})
    EXPECT_FALSE(keys->find(wrong, kNow)) << wrong;
}

TEST_F(Keys, AreOverAtTheirEnd) {
  const StateFolder folder = open();
  const auto keys = std::move(*ApiKeys::load(folder));
  const auto made = keys->add("for a minute", {Scope::kRead}, kNow + 60s, kNow);
  ASSERT_TRUE(made);
  EXPECT_TRUE(keys->find(made->text, kNow + 59s));
  EXPECT_FALSE(keys->find(made->text, kNow + 60s));
  EXPECT_FALSE(keys->goes_on(made->key.id, kNow + 60s));
}

TEST_F(Keys, OutliveTheGatewayWithoutTheirSecrets) {
  const StateFolder folder = open();
  const auto made = (*ApiKeys::load(folder))->add("kept \"so\"", {Scope::kAdmin}, kNow + 1h, kNow);
  ASSERT_TRUE(made);
  const auto keys = std::move(*ApiKeys::load(folder));
  const auto found = keys->find(made->text, kNow);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "kept \"so\"");
  EXPECT_EQ(found->expires, kNow + 1h);
  EXPECT_EQ(folder.read("keys.json")->value().find(made->text.substr(21)), std::string::npos);
}

TEST_F(Keys, AreGoneOnceDeleted) {
  const StateFolder folder = open();
  auto keys = std::move(*ApiKeys::load(folder));
  const auto made = keys->add("short", {Scope::kRead}, std::nullopt, kNow);
  EXPECT_EQ(*keys->remove("0000000000000000"), std::nullopt);
  EXPECT_EQ((*keys->remove(made->key.id))->name, "short");
  EXPECT_FALSE(keys->find(made->text, kNow));
  keys = std::move(*ApiKeys::load(folder));
  EXPECT_TRUE(keys->list().empty());
}

TEST_F(Keys, NeedANameAScopeAndAnEndToCome) {
  const StateFolder folder = open();
  const auto keys = std::move(*ApiKeys::load(folder));
  EXPECT_FALSE(keys->add("", {Scope::kRead}, std::nullopt, kNow));
  EXPECT_FALSE(keys->add(std::string(101, 'a'), {Scope::kRead}, std::nullopt, kNow));
  EXPECT_FALSE(keys->add("none", {}, std::nullopt, kNow));
  EXPECT_FALSE(keys->add("late", {Scope::kRead}, kNow, kNow));
}

TEST_F(Keys, ThatAreNotAsTheyWereWrittenStopTheGateway) {
  const StateFolder folder = open();
  for (const std::string bad : {"", "{", "[]", R"({"keys":[{"id":"x"}]})", R"({"keys":[1]})"}) {
    ASSERT_TRUE(folder.write("keys.json", bad));
    EXPECT_FALSE(ApiKeys::load(folder)) << bad;
  }
}

}  // namespace
}  // namespace vedette
