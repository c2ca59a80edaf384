// What tests of the packet programs begin with.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "tests/agreement/kernel_path.h"
#include "tests/requirements.h"

namespace vedette::tests {

// The programs, loaded anew for each test.
class KernelPathTest : public ::testing::Test {
 protected:
  explicit KernelPathTest(std::uint32_t flow_slots = 1U << 16) : flow_slots_(flow_slots) {}

  void SetUp() override {
    VEDETTE_REQUIRE(kBpf);
    auto kernel = KernelPath::open(flow_slots_);
    ASSERT_TRUE(kernel) << kernel.error().text();
    kernel_ = std::move(*kernel);
  }

  std::unique_ptr<KernelPath> kernel_;

 private:
  std::uint32_t flow_slots_;
};

}  // namespace vedette::tests
