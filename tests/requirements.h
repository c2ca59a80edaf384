// What a test needs of the machine beyond an ordinary process, found out by trying, not by asking for a
// version or a capability: eBPF, tracepoints, network namespaces, cgroups, a program, the captures. A test
// that lacks one is skipped with the reason printed; scripts/ci/judge_skips.py makes such a skip a failure
// on a machine that has eBPF. Tests that are not C++ end with status 77 after printing the reason.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace vedette::tests {

enum class Requirement {
  kRoot,               // effective user 0
  kBpf,                // an XDP program loads and runs by BPF_PROG_TEST_RUN, a ring buffer can be made
  kTracing,            // a raw tracepoint program loads and attaches
  kNetworkNamespaces,  // a namespace of one's own, and a veth pair with an XDP program in it
  kCgroup2,            // a cgroup2 hierarchy to which a program may be attached
};

// Why `requirement` is not met ("needs eBPF: BPF_PROG_LOAD: Operation not permitted"); nothing where it is.
// The attempt is made in a child process and leaves nothing behind. Any thread.
[[nodiscard]] std::optional<std::string> missing_requirement(Requirement requirement);

// The same for a program on the search path, whatever Debian package holds it.
[[nodiscard]] std::optional<std::string> missing_program(std::string_view name);

// The folder of unpacked captures (MANIFEST.tsv is in it): $VEDETTE_TESTDATA. Nothing where there is none; a
// test then skips with kNoCaptures, which is no failure anywhere.
[[nodiscard]] std::optional<std::filesystem::path> captures();

inline constexpr std::string_view kNoCaptures =
    "no captures: VEDETTE_TESTDATA names no folder with a MANIFEST.tsv";

}  // namespace vedette::tests

// At the start of a test or of SetUp(): skips it with the reason where the machine lacks what is named.
#define VEDETTE_REQUIRE(requirement)                                                           \
  do {                                                                                         \
    if (const auto vedette_missing =                                                           \
            ::vedette::tests::missing_requirement(::vedette::tests::Requirement::requirement)) \
      GTEST_SKIP() << *vedette_missing;                                                        \
  } while (false)

#define VEDETTE_REQUIRE_PROGRAM(name)                                         \
  do {                                                                        \
    if (const auto vedette_missing = ::vedette::tests::missing_program(name)) \
      GTEST_SKIP() << *vedette_missing;                                       \
  } while (false)
