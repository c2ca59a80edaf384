// Any bytes as a policy's file: what has no flaws must be read as the same policy when it is written again,
// and can be explained.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/policy_explain.h"
#include "policy/policy_file.h"
#include "policy/policy_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const vedette::ReadPolicy read = vedette::parse_policy({reinterpret_cast<const char*>(data), size});
  if (read.flaws.size() > vedette::kFlawsTold) std::abort();
  if (!read.flaws.empty()) return 0;
  const vedette::ReadPolicy again = vedette::parse_policy(vedette::policy_text(read.policy));
  if (!again.flaws.empty() || !(again.policy == read.policy)) std::abort();
  if (vedette::explain(read.policy, {}).sentences.size() < read.policy.rules.size()) std::abort();
  return 0;
}
