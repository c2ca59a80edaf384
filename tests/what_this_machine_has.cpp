// Says a line per requirement of tests/requirements.h: "yes", or why not. Ends with 0 where eBPF programs
// and namespaces can be had, so that a skipped test is a failure; with 1 where not.
#include <cstdio>
#include <utility>

#include "tests/requirements.h"

int main() {
  using vedette::tests::Requirement;
  bool able = true;
  for (const auto& [requirement, name] :
       {std::pair{Requirement::kRoot, "root"}, std::pair{Requirement::kBpf, "eBPF"},
        std::pair{Requirement::kTracing, "tracepoints"},
        std::pair{Requirement::kNetworkNamespaces, "network namespaces"},
        std::pair{Requirement::kCgroup2, "cgroup2"}}) {
    const auto missing = vedette::tests::missing_requirement(requirement);
    std::printf("%-19s %s\n", name, missing ? missing->c_str() : "yes");
    if (missing && (requirement == Requirement::kBpf || requirement == Requirement::kNetworkNamespaces))
      able = false;
  }
  return able ? 0 : 1;
}
