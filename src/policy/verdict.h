// What a policy's rule or protocol has done with what it takes.
#pragma once

#include <cstdint>

namespace vedette {

// With a value beside it, where it has one.
enum class RuleVerdict : std::uint8_t {
  kPass,
  kDrop,
  kReject,    // by RST or ICMP; the value is enum vdt_reject
  kLimit,     // by Rule::rates; what is over them is dropped
  kMark,      // the value: the socket buffer's mark
  kDscp,      // the value: the DSCP that it goes on with, 0 … 63
  kRedirect,  // to Rule::interface
  kSample,    // one in the value is told to watchers as a sample; passes
};

}  // namespace vedette
