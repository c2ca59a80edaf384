// The question to the history that a result of an analysis rests on, in the terms of POST /v1/query: who
// doubts the result asks it again.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace vedette {

struct QueryBehind {
  struct Condition {
    std::string field;
    std::string op;                                  // "=", "!=", "<", "<=", ">", ">="
    std::variant<std::uint64_t, std::string> value;  // an address, a network or a name is text
  };

  std::string from;                   // "flows", "findings", "interfaces"
  std::vector<std::string> measures;  // "bytes", "mean:handshake_rtt_us"
  std::vector<std::string> by;        // the dimensions; empty: one sum
  std::vector<Condition> where;
  std::int64_t from_ns = 0;    // since the epoch
  std::int64_t to_ns = 0;      // the first moment that isn't asked for
  std::int64_t bucket_ns = 0;  // whole seconds; 0: one row for the whole time
  std::size_t top = 0;         // rows, by the first measure; 0: all
};

}  // namespace vedette
