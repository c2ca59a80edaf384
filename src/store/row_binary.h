// Rows as ClickHouse's RowBinary: values one behind the other, integers little-endian, a text behind its
// length (LEB128), an address as 16 bytes, what may be absent behind a byte that says so.
// https://clickhouse.com/docs/en/interfaces/formats#rowbinary
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "store/query.h"
#include "store/row_batch.h"

namespace vedette {

// What stands before each row's own columns: by which a block is known, and whose it is.
struct BlockMark {
  std::string sensor;        // the host's name
  std::uint64_t stream = 0;  // of one sensor's one spool
  std::uint64_t seq = 0;     // within its stream, growing
  std::uint64_t block = 0;   // of one attempt to send it
};

struct BinaryColumn {
  std::string name;  // an address's is the field's
  std::string type;  // "UInt16", "FixedString(16)"
  bool nullable = false;
};

// Of a source's rows in the order in which they are written, without the mark's.
[[nodiscard]] const std::vector<BinaryColumn>& binary_columns(QuerySource source);
// The mark's.
[[nodiscard]] const std::vector<BinaryColumn>& mark_columns();

// Each row without its mark, and where each ends: the mark is put before them when they are sent.
[[nodiscard]] std::string binary_row(const FlowRow& row);
[[nodiscard]] std::string binary_row(const InterfaceRow& row);
[[nodiscard]] std::string binary_row(const FindingRow& row);
[[nodiscard]] std::string binary_mark(const BlockMark& mark);

// Rows of an answer, whose columns are all Nullable: UInt64, Float64, String, FixedString(16).
enum class BinaryType : std::uint8_t { kNumber, kReal, kText, kAddress };
class BinaryReader {
 public:
  explicit BinaryReader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool done() const { return bytes_.empty(); }
  using Value = std::variant<std::monostate, std::uint64_t, double, std::string_view, unsigned __int128>;
  // The next value; unusable where the bytes end within it.
  [[nodiscard]] Result<Value> next(BinaryType type);

 private:
  [[nodiscard]] bool take(void* to, std::size_t size);

  std::string_view bytes_;
};

}  // namespace vedette
