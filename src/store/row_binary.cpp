#include "store/row_binary.h"

#include <bit>
#include <cstring>

#include "store/cube.h"
#include "store/row_columns.h"

namespace vedette {

namespace {

static_assert(std::endian::native == std::endian::little);

void put_text(std::string& to, std::string_view text) {
  std::size_t length = text.size();
  for (; length >= 0x80; length >>= 7) to += static_cast<char>(length | 0x80);
  to += static_cast<char>(length);
  to += text;
}

template <typename T>
void put_number(std::string& to, T number) {
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put_address(std::string& to, unsigned __int128 address) {
  put_number(to, __builtin_bswap64(static_cast<std::uint64_t>(address >> 64)));
  put_number(to, __builtin_bswap64(static_cast<std::uint64_t>(address)));
}

// The one row that is told.
class OneRow {
 public:
  void begin(std::size_t) {}
  template <typename T, typename Of>
  void values(const Of& of) {
    put_number(bytes, static_cast<T>(of(0)));
  }
  template <typename T, typename Of>
  void known(const Of& of) {
    values_if<T>(of, [&](std::size_t i) { return of(i) != 0; });
  }
  template <typename T, typename Of, typename If>
  void values_if(const Of& of, const If& is) {
    if (there(is(0))) put_number(bytes, static_cast<T>(of(0)));
  }
  template <typename Of>
  void texts(const Of& of) {
    const auto text = of(0);
    if (there(!text.empty())) put_text(bytes, text);
  }
  template <typename Of>
  void addresses(const Of& of) {
    put_address(bytes, of(0));
  }
  template <typename Of, typename If>
  void addresses_if(const Of& of, const If& is) {
    if (there(is(0))) put_address(bytes, of(0));
  }

  std::string bytes;

 private:
  bool there(bool is) {
    bytes += is ? '\0' : '\1';
    return is;
  }
};

template <typename T>
constexpr std::string_view type_name() {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::uint8_t>) return "UInt8";
  if constexpr (std::is_same_v<T, std::uint16_t>) return "UInt16";
  if constexpr (std::is_same_v<T, std::uint32_t>) return "UInt32";
  if constexpr (std::is_same_v<T, std::int64_t>) return "Int64";
  if constexpr (std::is_same_v<T, double>) return "Float64";
}

// Takes down what is told of a row, rather than the row.
class Types {
 public:
  void begin(std::size_t) {}
  template <typename T, typename Of>
  void values(const Of&) {
    all.push_back({{}, std::string(type_name<T>()), false});
  }
  template <typename T, typename Of>
  void known(const Of&) {
    all.push_back({{}, std::string(type_name<T>()), true});
  }
  template <typename T, typename Of, typename If>
  void values_if(const Of&, const If&) {
    all.push_back({{}, std::string(type_name<T>()), true});
  }
  template <typename Of>
  void texts(const Of&) {
    all.push_back({{}, "String", true});
  }
  template <typename Of>
  void addresses(const Of&) {
    all.push_back({{}, "FixedString(16)", false});
  }
  template <typename Of, typename If>
  void addresses_if(const Of&, const If&) {
    all.push_back({{}, "FixedString(16)", true});
  }

  std::vector<BinaryColumn> all;
};

template <typename Row>
std::vector<BinaryColumn> columns_of(QuerySource source) {
  Types types;
  const Row none{};
  const Row* const rows[] = {&none};
  row_columns::fill(types, std::span<const Row* const>(rows));
  std::size_t i = 0;
  for (const StoredColumn& column : raw_columns(source)) {
    if (column.name.ends_with("_lo")) continue;
    types.all.at(i++).name = column.name.ends_with("_hi")
                                 ? std::string(column.name.substr(0, column.name.size() - 3)) + "_ip"
                                 : std::string(column.name);
  }
  return types.all;
}

template <typename Row>
std::string encoded(const Row& row) {
  OneRow one;
  const Row* const rows[] = {&row};
  row_columns::fill(one, std::span<const Row* const>(rows));
  return std::move(one.bytes);
}

}  // namespace

const std::vector<BinaryColumn>& binary_columns(QuerySource source) {
  static const std::vector<BinaryColumn> kFlows = columns_of<FlowRow>(QuerySource::kFlows);
  static const std::vector<BinaryColumn> kFindings = columns_of<FindingRow>(QuerySource::kFindings);
  static const std::vector<BinaryColumn> kInterfaces = columns_of<InterfaceRow>(QuerySource::kInterfaces);
  if (source == QuerySource::kFlows) return kFlows;
  return source == QuerySource::kFindings ? kFindings : kInterfaces;
}

const std::vector<BinaryColumn>& mark_columns() {
  static const std::vector<BinaryColumn> kMark{
      {"sensor", "String", false},
      {"stream", "UInt64", false},
      {"seq", "UInt64", false},
      {"block", "UInt64", false},
  };
  return kMark;
}

std::string binary_row(const FlowRow& row) {
  return encoded(row);
}
std::string binary_row(const InterfaceRow& row) {
  return encoded(row);
}
std::string binary_row(const FindingRow& row) {
  return encoded(row);
}

std::string binary_mark(const BlockMark& mark) {
  std::string bytes;
  put_text(bytes, mark.sensor);
  put_number(bytes, mark.stream);
  put_number(bytes, mark.seq);
  put_number(bytes, mark.block);
  return bytes;
}

bool BinaryReader::take(void* to, std::size_t size) {
  if (bytes_.size() < size) return false;
  std::memcpy(to, bytes_.data(), size);
  bytes_.remove_prefix(size);
  return true;
}

Result<BinaryReader::Value> BinaryReader::next(BinaryType type) {
  const auto cut = [] { return failed("the server's answer", "ends within a row"); };
  std::uint8_t absent = 0;
  if (!take(&absent, 1)) return cut();
  if (absent != 0) return Value();
  if (type == BinaryType::kText) {
    std::uint64_t length = 0;
    for (unsigned shift = 0;; shift += 7) {
      std::uint8_t seven = 0;
      if (shift > 56 || !take(&seven, 1)) return cut();
      length |= std::uint64_t{seven & 0x7fu} << shift;
      if ((seven & 0x80u) == 0) break;
    }
    if (length > bytes_.size()) return cut();
    const std::string_view text = bytes_.substr(0, length);
    bytes_.remove_prefix(length);
    return Value(text);
  }
  if (type == BinaryType::kAddress) {
    std::uint64_t halves[2] = {};
    if (!take(halves, sizeof halves)) return cut();
    return Value((static_cast<unsigned __int128>(__builtin_bswap64(halves[0])) << 64) |
                 __builtin_bswap64(halves[1]));
  }
  std::uint64_t number = 0;
  if (!take(&number, sizeof number)) return cut();
  if (type == BinaryType::kReal) return Value(std::bit_cast<double>(number));
  return Value(number);
}

}  // namespace vedette
