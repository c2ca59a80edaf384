// Field sections of one direction of an HTTP/2 connection (RFC 7541), by libnghttp2. Bounded whatever the
// other end says: so many bytes of table, so many bytes of fields a section and in all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

struct nghttp2_hd_inflater;

namespace vedette {

struct HpackField {
  std::string name, value;
};

class HpackDecoder {
 public:
  HpackDecoder();

  // All sections of the direction, in order. Nothing where one is broken: none is known after it.
  [[nodiscard]] std::optional<std::vector<HpackField>> decode(std::span<const std::uint8_t> section);

 private:
  struct Delete {
    void operator()(nghttp2_hd_inflater* inflater) const;
  };
  std::unique_ptr<nghttp2_hd_inflater, Delete> inflater_;
  std::size_t field_bytes_ = 0;  // of all sections so far
};

}  // namespace vedette
