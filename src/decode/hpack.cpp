#include "decode/hpack.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>

namespace vedette {

namespace {

constexpr std::uint32_t kMostTable = 64 * 1024;                  // bytes; browsers ask for as much
constexpr std::uint32_t kDefaultTable = 4096;                    // RFC 9113 §6.5.2
constexpr std::size_t kMostFieldBytes = std::size_t{64} * 1024;  // of a section

std::string text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

void HpackDecoder::Delete::operator()(nghttp2_hd_inflater* inflater) const {
  nghttp2_hd_inflate_del(inflater);
}

HpackDecoder::HpackDecoder() {
  nghttp2_hd_inflater* inflater = nullptr;
  if (nghttp2_hd_inflate_new(&inflater) == 0) inflater_.reset(inflater);
}

void HpackDecoder::allow_table(std::uint32_t bytes) {
  // A smaller one is the encoder's to announce in its next section (RFC 7541 §4.2).
  const std::uint32_t most = std::clamp(bytes, kDefaultTable, kMostTable);
  if (inflater_ && nghttp2_hd_inflate_change_table_size(inflater_.get(), most) != 0) inflater_.reset();
}

std::optional<std::vector<HpackField>> HpackDecoder::decode(std::span<const std::uint8_t> section) {
  if (!inflater_) return {};
  std::vector<HpackField> fields;
  std::size_t total = 0;
  for (;;) {
    nghttp2_nv field{};
    int flags = 0;
    const auto used =
        nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags, section.data(), section.size(), 1);
    if (used < 0) break;
    section = section.subspan(static_cast<std::size_t>(used));
    if (flags & NGHTTP2_HD_INFLATE_EMIT) {
      total += field.namelen + field.valuelen;
      if (total > kMostFieldBytes) break;
      fields.push_back({text(field.name, field.namelen), text(field.value, field.valuelen)});
    }
    if (flags & NGHTTP2_HD_INFLATE_FINAL) {
      nghttp2_hd_inflate_end_headers(inflater_.get());
      return fields;
    }
    if (used == 0 && !(flags & NGHTTP2_HD_INFLATE_EMIT)) break;
  }
  inflater_.reset();
  return {};
}

}  // namespace vedette
