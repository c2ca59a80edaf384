#include "policy/policy_flaw.h"

#include <fmt/format.h>

#include <cassert>

namespace vedette {

namespace {

Error error_of(const PolicyFlaw& flaw, std::string_view file) {
  std::string where(file);
  if (flaw.line != 0) where += fmt::format(": line {}, column {}", flaw.line, flaw.column);
  return {ErrorKind::kUnusable, std::move(where), flaw.what, flaw.hint};
}

}  // namespace

std::string flaw_text(const PolicyFlaw& flaw, std::string_view file) {
  return error_of(flaw, file).text();
}

Error flaws_error(const std::vector<PolicyFlaw>& flaws, std::string_view file) {
  assert(!flaws.empty());
  if (flaws.size() == 1) return error_of(flaws.front(), file);
  std::string all;
  for (const PolicyFlaw& flaw : flaws) all += (all.empty() ? "" : "\n") + flaw_text(flaw, file);
  return {ErrorKind::kUnusable, {}, std::move(all), {}};
}

}  // namespace vedette
