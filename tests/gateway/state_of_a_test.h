// A state folder of a test's own, gone at its end.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "gateway/secret.h"
#include "gateway/state_folder.h"

namespace vedette::tests {

class StateOfATest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(begin_secrets());
    std::string name = (std::filesystem::temp_directory_path() / "vedette-gateway-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(path_); }

  [[nodiscard]] StateFolder open() const {
    auto folder = StateFolder::open(path_ / "state");
    EXPECT_TRUE(folder) << folder.error().text();
    return std::move(*folder);
  }

  std::filesystem::path path_;
};

}  // namespace vedette::tests
