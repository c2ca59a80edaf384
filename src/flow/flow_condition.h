// A filter over flows as a condition in another language, for engines that hold flows and can't run libpcap's
// program: where flow_filter.h says whether one flow matches, this says which of a table's do.
//
// The program is run once over each frame that a flow can be (src/flow/flow_frame.h: IPv4, IPv6, tagged or
// not), with the flow's own fields unknown: what doesn't hang on them is settled here, and of each comparison
// that does, both ways are taken.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "flow/flow_filter.h"

namespace vedette {

// Words of 32 bits of the flow's addresses, the last of which is all of an IPv4 one; and its other fields.
enum class FlowPart : std::uint8_t {
  kSrc0,
  kSrc1,
  kSrc2,
  kSrc3,
  kDst0,
  kDst1,
  kDst2,
  kDst3,
  kSrcPort,
  kDstPort,
  kProtocol,
  kVlan,  // the outermost tag alone: of a second one nothing is known
  kIpVersion,
};

// How the other language says it. Numbers are signed ones of 64 bits.
struct ConditionLanguage {
  // An expression that is never absent: 0 where the fact is.
  std::string (*part)(FlowPart part) = nullptr;
  const char* bit_and = "";  // "({} & {})"
  const char* bit_or = "";
  const char* quotient = "";  // of whole numbers, downwards
};

// "1 = 1" where every flow matches. Unusable where the filter calculates in a way that is not known here, or
// would become too long.
[[nodiscard]] Result<std::string> flow_condition(const FlowFilter& filter, const ConditionLanguage& language);

}  // namespace vedette
