// For tests of what tracepoints tell about two joined namespaces.
#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "kernel/kernel_btf.h"
#include "tests/health/joined_namespaces.h"
#include "tests/requirements.h"

namespace vedette::tests {

class TracingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    VEDETTE_REQUIRE(kTracing);
    VEDETTE_REQUIRE(kNetworkNamespaces);
    for (const char* program : {"ip", "ss", "tc", "ping", "nc", "iperf3", "python3"})
      VEDETTE_REQUIRE_PROGRAM(program);
    namespaces_.emplace();
    auto btf = KernelBtf::load();
    ASSERT_TRUE(btf) << btf.error().text();
    btf_.emplace(std::move(*btf));
  }

  std::optional<JoinedNamespaces> namespaces_;
  std::optional<KernelBtf> btf_;
};

}  // namespace vedette::tests
