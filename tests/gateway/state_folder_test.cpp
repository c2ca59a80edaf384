#include "gateway/state_folder.h"

#include <sys/stat.h>

#include <fstream>

#include "tests/gateway/state_of_a_test.h"

namespace vedette {
namespace {

using StateFolders = tests::StateOfATest;

TEST_F(StateFolders, KeepsFilesForTheirUserAlone) {
  const StateFolder folder = open();
  ASSERT_TRUE(folder.write("a", "first"));
  ASSERT_TRUE(folder.write("a", "second"));
  EXPECT_EQ(*folder.read("a"), "second");
  struct stat facts {};
  ASSERT_EQ(stat(folder.file("a").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  EXPECT_EQ(*folder.read("b"), std::nullopt);
}

TEST_F(StateFolders, AreOneGatewaysAtATime) {
  const StateFolder folder = open();
  EXPECT_FALSE(StateFolder::open(path_ / "state"));
}

TEST_F(StateFolders, ThatOthersMayReadAreRefused) {
  { const StateFolder folder = open(); }
  std::filesystem::permissions(path_ / "state", std::filesystem::perms(0755));
  const auto refused = StateFolder::open(path_ / "state");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("for its user alone, found mode 755"), std::string::npos)
      << refused.error().text();
}

TEST_F(StateFolders, FollowNoLinks) {
  const StateFolder folder = open();
  std::ofstream(path_ / "elsewhere") << "of others";
  std::filesystem::create_symlink(path_ / "elsewhere", folder.file("a"));
  EXPECT_FALSE(folder.read("a"));
  ASSERT_TRUE(folder.write("a", "ours"));
  std::ifstream elsewhere(path_ / "elsewhere");
  std::string text;
  std::getline(elsewhere, text);
  EXPECT_EQ(text, "of others");
}

}  // namespace
}  // namespace vedette
