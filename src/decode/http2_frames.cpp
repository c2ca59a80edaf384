#include "decode/http2_frames.h"

#include <algorithm>

#include "decode/byte_reader.h"

namespace vedette {

namespace {

constexpr std::size_t kFrameHeader = 9;
constexpr std::size_t kSetting = 6;
constexpr std::size_t kPriority = 5;
constexpr std::size_t kMostSection = std::size_t{16} * 1024;  // bytes of its fragments together

enum FrameType : std::uint8_t { kHeaders = 1, kSettings = 4, kPushPromise = 5, kContinuation = 9 };
enum Flag : std::uint8_t { kAck = 0x1, kEndHeaders = 0x4, kPadded = 0x8, kPriorityFlag = 0x20 };

struct Frame {
  std::uint8_t type = 0, flags = 0;
  std::uint32_t stream = 0;
  std::span<const std::uint8_t> payload;
};

bool is_settings(const Frame& frame) {
  return frame.type == kSettings && frame.stream == 0 && frame.payload.size() % kSetting == 0 &&
         (!(frame.flags & kAck) || frame.payload.empty());
}

// As a first frame: nobody sends more settings than its length's lowest byte can say, so that most other
// protocols are known by a byte.
bool is_too_long(std::span<const std::uint8_t> frame) {
  return std::ranges::any_of(frame.first(std::min<std::size_t>(frame.size(), 2)),
                             [](std::uint8_t byte) { return byte != 0; });
}

std::optional<std::uint32_t> table_size(const Frame& settings) {
  constexpr std::uint16_t kHeaderTableSize = 1;
  std::optional<std::uint32_t> size;
  for (ByteReader reader(settings.payload); !reader.empty();) {
    const std::uint16_t name = reader.u16();
    const std::uint32_t value = reader.u32();
    if (name == kHeaderTableSize) size = value;
  }
  return size;
}

// A field section's fragment without what HEADERS and PUSH_PROMISE put around it.
std::optional<std::span<const std::uint8_t>> fragment_of(const Frame& frame) {
  ByteReader reader(frame.payload);
  const std::size_t padding = (frame.flags & kPadded) ? reader.u8() : 0;
  if (frame.type == kHeaders && (frame.flags & kPriorityFlag)) reader.take(kPriority);
  if (frame.type == kPushPromise) reader.u32();  // the promised stream
  if (reader.failed() || padding > reader.left()) return {};
  return reader.take(reader.left() - padding);
}

class Reader {
 public:
  explicit Reader(std::optional<std::uint32_t> table) {
    if (table) hpack_.allow_table(*table);
  }

  // False where the connection is broken.
  bool take(const Frame& frame, Http2Frames& read) {
    if (open_ != (frame.type == kContinuation)) return false;
    if (frame.type == kSettings) {
      if (!is_settings(frame)) return false;
      if (const auto size = table_size(frame)) read.table = size;
      return true;
    }
    if (frame.type != kHeaders && frame.type != kPushPromise && frame.type != kContinuation) return true;
    if (frame.stream == 0) return false;
    std::optional<std::span<const std::uint8_t>> fragment = frame.payload;
    if (frame.type != kContinuation) {
      fragment = fragment_of(frame);
      section_ = {.stream = frame.stream, .promised = frame.type == kPushPromise, .fields = {}};
      fragments_.clear();
    }
    if (!fragment || frame.stream != section_.stream || fragments_.size() + fragment->size() > kMostSection)
      return false;
    fragments_.insert(fragments_.end(), fragment->begin(), fragment->end());
    open_ = !(frame.flags & kEndHeaders);
    if (open_) return true;
    auto fields = hpack_.decode(fragments_);
    if (!fields) return false;
    section_.fields = std::move(*fields);
    read.sections.push_back(section_);
    return true;
  }

 private:
  HpackDecoder hpack_;
  Http2Section section_;
  std::vector<std::uint8_t> fragments_;
  bool open_ = false;  // its CONTINUATION frames follow
};

}  // namespace

const std::string* Http2Section::field(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &HpackField::name);
  return found == fields.end() ? nullptr : &found->value;
}

Http2Frames read_http2_frames(std::span<const std::uint8_t> frames, std::optional<std::uint32_t> table,
                              const std::function<bool(const Http2Section&)>& enough) {
  Http2Frames read;
  Reader reader(table);
  std::size_t begin = 0;
  for (bool first = true;; first = false) {
    ByteReader header(frames.subspan(begin));
    const std::size_t length = header.u24();
    Frame frame{.type = header.u8(), .flags = header.u8(), .stream = 0, .payload = {}};
    frame.stream = header.u32() & 0x7fffffff;
    if (first && is_too_long(frames)) {
      read.broken = true;
      return read;
    }
    if (header.failed()) {
      read.need = begin + kFrameHeader;
      return read;
    }
    if (first &&
        (frame.type != kSettings || frame.stream != 0 || (frame.flags & kAck) || length % kSetting != 0)) {
      read.broken = true;
      return read;
    }
    const std::size_t end = begin + kFrameHeader + length;
    if (end > frames.size()) {
      read.need = end;
      return read;
    }
    frame.payload = header.take(length);
    const std::size_t sections = read.sections.size();
    read.broken = !reader.take(frame, read);
    if (first) read.settings_first = !read.broken;
    if (read.broken || (read.sections.size() > sections && enough(read.sections.back()))) return read;
    begin = end;
  }
}

}  // namespace vedette
