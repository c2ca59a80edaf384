#include "decode/http2_frames.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "decode/byte_reader.h"

namespace vedette {

namespace {

constexpr std::size_t kFrameHeader = 9;
constexpr std::size_t kSetting = 6;
constexpr std::size_t kPriority = 5;
constexpr std::size_t kMostSection = std::size_t{16} * 1024;  // bytes of its fragments together

enum FrameType : std::uint8_t { kData = 0, kHeaders = 1, kSettings = 4, kPushPromise = 5, kContinuation = 9 };
enum Flag : std::uint8_t {
  kAck = 0x1,
  kEndStream = 0x1,
  kEndHeaders = 0x4,
  kPadded = 0x8,
  kPriorityFlag = 0x20
};

struct Frame {
  std::uint8_t type = 0, flags = 0;
  std::uint32_t stream = 0;
  std::span<const std::uint8_t> payload;
  std::size_t begin = 0, end = 0;  // in the direction
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

// What a frame carries, without what DATA, HEADERS and PUSH_PROMISE put around it.
std::optional<std::span<const std::uint8_t>> content_of(const Frame& frame) {
  ByteReader reader(frame.payload);
  const std::size_t padding = (frame.flags & kPadded) ? reader.u8() : 0;
  if (frame.type == kHeaders && (frame.flags & kPriorityFlag)) reader.take(kPriority);
  if (frame.type == kPushPromise) reader.u32();  // the promised stream
  if (reader.failed() || padding > reader.left()) return {};
  return reader.take(reader.left() - padding);
}

class Reader {
 public:
  explicit Reader(Http2Frames& read) : read_(read) {}

  // False where the connection is broken.
  bool take(const Frame& frame) {
    if (open_ != (frame.type == kContinuation)) return false;
    switch (frame.type) {
      case kSettings:
        return is_settings(frame);
      case kData:
        return take_data(frame);
      case kHeaders:
      case kPushPromise:
        return begin_section(frame);
      case kContinuation:
        return frame.stream == section_.stream && take_fragment(frame.payload, frame);
      default:
        return true;
    }
  }

 private:
  bool take_data(const Frame& frame) {
    const auto content = content_of(frame);
    if (frame.stream == 0 || !content) return false;
    if (read_.ended.contains(frame.stream)) return true;
    Http2Body& body = read_.bodies[frame.stream];
    body.bytes.insert(body.bytes.end(), content->begin(), content->end());
    body.end = frame.end;
    if (frame.flags & kEndStream) read_.ended.emplace(frame.stream, frame.end);
    return true;
  }

  bool begin_section(const Frame& frame) {
    const auto fragment = content_of(frame);
    if (frame.stream == 0 || !fragment) return false;
    section_ = {
        .stream = frame.stream, .promised = frame.type == kPushPromise, .begin = frame.begin, .fields = {}};
    ends_stream_ = frame.type == kHeaders && (frame.flags & kEndStream);
    fragments_.clear();
    return take_fragment(*fragment, frame);
  }

  bool take_fragment(std::span<const std::uint8_t> fragment, const Frame& frame) {
    if (fragments_.size() + fragment.size() > kMostSection) return false;
    fragments_.insert(fragments_.end(), fragment.begin(), fragment.end());
    open_ = !(frame.flags & kEndHeaders);
    if (open_) return true;
    auto fields = hpack_.decode(fragments_);
    if (!fields) return false;
    section_.fields = std::move(*fields);
    if (ends_stream_) read_.ended.emplace(section_.stream, frame.end);
    read_.sections.push_back(std::exchange(section_, {}));
    return true;
  }

  Http2Frames& read_;
  HpackDecoder hpack_;
  Http2Section section_;
  std::vector<std::uint8_t> fragments_;
  bool ends_stream_ = false;
  bool open_ = false;  // its CONTINUATION frames follow
};

}  // namespace

const std::string* Http2Section::field(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &HpackField::name);
  return found == fields.end() ? nullptr : &found->value;
}

Http2Frames read_http2_frames(std::span<const std::uint8_t> frames) {
  Http2Frames read;
  Reader reader(read);
  std::size_t begin = 0;
  for (bool first = true;; first = false) {
    ByteReader header(frames.subspan(begin));
    const std::size_t length = header.u24();
    Frame frame{.type = header.u8(), .flags = header.u8(), .stream = 0, .payload = {}, .begin = begin};
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
    frame.end = end;
    read.count++;
    read.broken = !reader.take(frame);
    if (first) read.settings_first = !read.broken;
    if (read.broken) return read;
    begin = end;
  }
}

}  // namespace vedette
