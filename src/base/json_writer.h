// Writes JSON text straight into a buffer: NDJSON rows and API answers, in the order of the calls, so that
// an absent fact is a call that isn't made. Not for reading; not thread-safe.
//
//   JsonWriter json(out);
//   json.begin_object();
//   json.field("packets", 3);
//   json.field("src_ip", [&](auto& text) { append_address(text, address, 4); });
//   json.end_object();
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace vedette {

class JsonWriter {
 public:
  // `out` must outlive the writer; it is appended to.
  explicit JsonWriter(fmt::memory_buffer& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  // The next value's name. Inlined, as most names are literals: their few bytes are then moved, not copied by
  // a call.
  [[gnu::always_inline]] void key(std::string_view name) {
    const std::size_t comma = !first_ && !after_key_ ? 1 : 0;
    char* to = extend(comma + name.size() + 3);
    *to = ',';
    to += comma;
    *to++ = '"';
    std::memcpy(to, name.data(), name.size());
    to += name.size();
    *to++ = '"';
    *to = ':';
    first_ = false;
    after_key_ = true;
  }

  // Any bytes: what isn't UTF-8 becomes U+FFFD, control characters are escaped (RFC 8259 §7).
  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool truth);
  void value(double number);
  template <std::integral T>
  void value(T number) {
    separate();
    const fmt::format_int digits(number);
    append({digits.data(), digits.size()});
  }
  // Text that `write` appends to the buffer itself and that needs no escaping: addresses, digits, names
  // from our own tables.
  template <std::invocable<fmt::memory_buffer&> Write>
  void value(Write&& write) {
    separate();
    out_.push_back('"');
    write(out_);
    out_.push_back('"');
  }
  // JSON that is already written.
  void raw(std::string_view json);

  template <typename T>
  [[gnu::always_inline]] void field(std::string_view name, T&& content) {
    key(name);
    value(std::forward<T>(content));
  }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate() {
    if (!first_ && !after_key_) out_.push_back(',');
    first_ = false;
    after_key_ = false;
  }
  void append(std::string_view text) { std::memcpy(extend(text.size()), text.data(), text.size()); }
  // Room for so many bytes more, to be written at once: a call of the formatter's for each piece took twice
  // as long.
  char* extend(std::size_t size) {
    const std::size_t at = out_.size();
    out_.resize(at + size);
    return out_.data() + at;
  }

  fmt::memory_buffer& out_;
  bool first_ = true;  // nothing stands in the current object or array yet
  bool after_key_ = false;
};

}  // namespace vedette
