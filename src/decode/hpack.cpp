#include "decode/hpack.h"

#include <nghttp2/nghttp2.h>

namespace vedette {

namespace {

// Bytes: browsers ask for as much. The encoder announces what it uses of it (RFC 7541 §4.2), so that the
// receiver's SETTINGS_HEADER_TABLE_SIZE needs not be known.
constexpr std::uint32_t kMostTable = 64 * 1024;
constexpr std::size_t kMostFieldBytes = std::size_t{64} * 1024;      // of a section
constexpr std::size_t kMostAllFieldBytes = std::size_t{256} * 1024;  // of a direction's sections together

std::string text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

void HpackDecoder::Delete::operator()(nghttp2_hd_inflater* inflater) const {
  nghttp2_hd_inflate_del(inflater);
}

HpackDecoder::HpackDecoder() {
  nghttp2_hd_inflater* inflater = nullptr;
  if (nghttp2_hd_inflate_new(&inflater) != 0) return;
  inflater_.reset(inflater);
  if (nghttp2_hd_inflate_change_table_size(inflater, kMostTable) != 0) inflater_.reset();
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
      const std::size_t size = field.namelen + field.valuelen;
      total += size;
      field_bytes_ += size;
      if (total > kMostFieldBytes || field_bytes_ > kMostAllFieldBytes) break;
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
