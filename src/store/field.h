// What can be asked of the store: the fields of its three sources by the names of the contract, how each is
// stored, and what a query may do with it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vedette {

enum class QuerySource : std::uint8_t { kFlows, kFindings, kInterfaces };

// "flows", "findings", "interfaces".
[[nodiscard]] std::string_view query_source_name(QuerySource source);
[[nodiscard]] std::optional<QuerySource> query_source_named(std::string_view name);

enum class FieldKind : std::uint8_t {
  kAddress,  // two columns of 64 bits (store/address_columns.h); IPv4 as ::ffff:a.b.c.d
  kNumber,
  kReal,
  kText,
  kNamed,  // a small number that stands for a name: protocol, state, ...
  kFlag,
};

enum FieldUse : std::uint8_t {
  kBy = 1,       // dimension, and what is counted by distinct:
  kWhere = 2,    // may be filtered by
  kSum = 4,      // measure: its sum
  kSampled = 8,  // measure by mean:, min:, max:
};

// The numbers that have a name, both ways.
struct FieldNames {
  std::string (*name)(std::uint64_t number) = nullptr;  // empty where it has none
  std::uint64_t most = 0;                               // the last that may have one
};

struct Field {
  std::string_view name;
  FieldKind kind = FieldKind::kNumber;
  std::uint8_t use = 0;         // FieldUse
  std::string_view column;      // of the stored tables; the same in all of them that have it
  std::string_view other = {};  // a second column: either may match ("ip": source or destination)
  std::string_view unit = {};   // "bytes", "packets", "us"
  FieldNames names = {};        // of kNamed
};

// Whose row it is: a column of a cluster's tables, of the embedded engine's the same in all rows.
inline constexpr std::string_view kSensorColumn = "sensor";

// In the order in which documentation lists them.
[[nodiscard]] std::span<const Field> fields(QuerySource source);
[[nodiscard]] const Field* field_named(QuerySource source, std::string_view name);

// Of a kNamed field; nothing where no number has that name.
[[nodiscard]] std::optional<std::uint64_t> number_of_name(const Field& field, std::string_view name);

}  // namespace vedette
