#include "tests/watch/frames.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <memory>

#include "tests/requirements.h"

namespace vedette::tests {
namespace {

constexpr std::size_t kEthernetHeader = 14;
constexpr std::ptrdiff_t kTagOffset = 12;
constexpr std::ptrdiff_t kTagSize = 4;
constexpr std::size_t kLongest = 9000;  // beyond what the frames of the captures need

// Appends bytes; numbers in network order.
class Builder {
 public:
  Builder& bytes(std::initializer_list<int> values) {
    for (const int value : values) frame_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  Builder& u16(unsigned value) {
    return bytes({static_cast<int>(value >> 8 & 0xff), static_cast<int>(value & 0xff)});
  }
  Builder& u32(unsigned value) { return u16(value >> 16).u16(value & 0xffff); }
  Builder& fill(std::size_t count, int value) {
    frame_.insert(frame_.end(), count, static_cast<std::uint8_t>(value));
    return *this;
  }
  Builder& text(std::string_view content) {
    frame_.insert(frame_.end(), content.begin(), content.end());
    return *this;
  }

  Builder& ethernet(unsigned type, bool multicast = false) {
    return bytes({multicast ? 0x01 : 0x02, 0, 0x5e, 0, 0, 1, 2, 0, 0, 0, 0, 2}).u16(type);
  }
  // 10.1.2.3 → 192.0.2.7
  Builder& ipv4(int protocol, std::size_t payload, unsigned fragment = 0, std::size_t options = 0) {
    bytes({0x45 + static_cast<int>(options / 4), 0})
        .u16(static_cast<unsigned>(20 + options + payload))
        .u16(0x1234);
    u16(fragment).bytes({64, protocol, 0, 0}).bytes({10, 1, 2, 3, 192, 0, 2, 7});
    return fill(options, 1);
  }
  // 2001:db8::1 → 2001:db8::2
  Builder& ipv6(int next, std::size_t payload) {
    bytes({0x60, 0, 0, 0}).u16(static_cast<unsigned>(payload)).bytes({next, 64});
    return u16(0x2001).u16(0xdb8).fill(11, 0).bytes({1}).u16(0x2001).u16(0xdb8).fill(11, 0).bytes({2});
  }
  Builder& tcp(unsigned from, unsigned to, int flags, std::size_t options = 0) {
    u16(from).u16(to).u32(1000).u32(2000).bytes({static_cast<int>((20 + options) / 4) << 4, flags}).u16(512);
    return u16(0).u16(0).fill(options, 1);
  }
  Builder& udp(unsigned from, unsigned to, std::size_t payload) {
    return u16(from).u16(to).u16(static_cast<unsigned>(8 + payload)).u16(0);
  }
  [[nodiscard]] Frame done() const { return frame_; }

 private:
  Frame frame_;
};

}  // namespace

std::vector<Frame> made_frames() {
  std::vector<Frame> made;
  const auto add = [&](const Builder& builder) { made.push_back(builder.done()); };
  // Cut at each length from the bare Ethernet header on: every read finds a frame that ends inside it.
  const Frame request =
      Builder().ethernet(0x800).ipv4(6, 45).tcp(40000, 80, 0x18).text("GET / HTTP/1.1\r\nHost: a\r\n").done();
  for (std::size_t size = kEthernetHeader; size <= request.size(); ++size) {
    made.emplace_back(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(size));
  }
  for (const int flags : {0x02, 0x12, 0x10, 0x04, 0x11, 0x29, 0xc2}) {
    add(Builder().ethernet(0x800).ipv4(6, 20).tcp(80, 40000, flags));
    add(Builder().ethernet(0x86dd).ipv6(6, 20).tcp(443, 40000, flags));
  }
  add(Builder().ethernet(0x800).ipv4(6, 36, 0, 8).tcp(22, 1024, 0x18, 12).text("SSH-"));
  add(Builder().ethernet(0x800).ipv4(17, 20).udp(53, 5353, 12).fill(12, 7));
  add(Builder().ethernet(0x86dd).ipv6(17, 20).udp(5353, 53, 12).fill(12, 7));
  add(Builder().ethernet(0x800).ipv4(17, 1208).udp(443, 6081, 1200).fill(1200, 9));
  add(Builder().ethernet(0x800).ipv4(1, 8).bytes({8, 0, 0, 0, 0, 1, 0, 1}));
  add(Builder().ethernet(0x800).ipv4(1, 8).bytes({3, 1, 0, 0, 0, 0, 0, 0}));
  add(Builder().ethernet(0x86dd).ipv6(58, 8).bytes({128, 0, 0, 0, 0, 1, 0, 1}));
  add(Builder().ethernet(0x86dd).ipv6(44, 28).bytes({6, 0, 0, 1, 0, 0, 0, 9}).tcp(80, 9, 2));
  add(Builder().ethernet(0x800).ipv4(6, 20, 0x2000).tcp(80, 9, 2));
  add(Builder().ethernet(0x800).ipv4(17, 16, 0x2003).fill(16, 0x35));
  add(Builder().ethernet(0x800).ipv4(132, 12).u16(36412).u16(9899).fill(8, 0));
  add(Builder()
          .ethernet(0x806, true)
          .bytes({0, 1, 8, 0, 6, 4, 0, 1})
          .fill(6, 2)
          .bytes({10, 1, 2, 3})
          .fill(6, 0)
          .bytes({192, 0, 2, 7}));
  for (const unsigned tag : {0x8100U, 0x88a8U, 0x9100U}) {
    add(Builder().ethernet(tag).u16(100).u16(0x800).ipv4(6, 20).tcp(80, 40000, 2));
    add(Builder().ethernet(tag).u16(0x2064).u16(0x8100).u16(200).u16(0x86dd).ipv6(17, 8).udp(53, 53, 0));
  }
  add(Builder().ethernet(0x8847).u32(0x000640ff).u32(0x000c81ff).ipv4(6, 20).tcp(80, 40000, 2));
  add(Builder().ethernet(0x8864).bytes({0x11, 0}).u16(7).u16(42).u16(0x21).ipv4(6, 20).tcp(80, 40000, 2));
  add(Builder().ethernet(0x8863, true).bytes({0x11, 9}).u16(0).u16(0));
  add(Builder()
          .ethernet(0x800)
          .ipv4(17, 58)
          .udp(50000, 6081, 50)
          .bytes({0, 0, 0x65, 0x58})
          .u32(0xabcd00)
          .ethernet(0x800)
          .ipv4(1, 8)
          .fill(8, 0));
  add(Builder()
          .ethernet(0x800)
          .ipv4(17, 58)
          .udp(50000, 4789, 50)
          .bytes({8, 0, 0, 0})
          .u32(0xabcd00)
          .ethernet(0x800)
          .ipv4(1, 8)
          .fill(8, 0));
  add(Builder().ethernet(0x800).ipv4(47, 24).bytes({0, 0, 8, 0}).ipv4(1, 0));
  add(Builder().ethernet(38, true).bytes({0x42, 0x42, 3}).fill(35, 0));
  add(Builder().ethernet(0x800).fill(46, 0xff));
  add(Builder().ethernet(0x800).ipv4(6, 8020).tcp(80, 40000, 0x10).fill(kLongest - 1034, 0x47));
  return made;
}

std::vector<Frame> captured_frames(std::size_t per_file, std::size_t total) {
  std::vector<Frame> frames;
  const std::optional<std::filesystem::path> folder = captures();
  if (!folder) return frames;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*folder)) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".pcap" || extension == ".pcapng" || extension == ".trace")
      files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  const std::size_t stride = std::max<std::size_t>(1, files.size() * per_file / total);
  for (std::size_t at = 0; at < files.size(); at += stride) {
    char error[PCAP_ERRBUF_SIZE];
    const std::unique_ptr<pcap_t, decltype(&pcap_close)> file(pcap_open_offline(files[at].c_str(), error),
                                                              pcap_close);
    if (!file || pcap_datalink(file.get()) != DLT_EN10MB) continue;
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    for (std::size_t taken = 0; taken < per_file && pcap_next_ex(file.get(), &header, &bytes) == 1; ++taken) {
      if (header->caplen < kEthernetHeader || header->caplen > kLongest) continue;
      frames.emplace_back(bytes, bytes + header->caplen);
    }
  }
  return frames;
}

std::optional<TakenTag> tag_of(const Frame& frame) {
  if (frame.size() < kEthernetHeader + kTagSize) return std::nullopt;
  const auto u16 = [&](std::size_t at) { return static_cast<std::uint16_t>(frame[at] << 8 | frame[at + 1]); };
  const std::uint16_t protocol = u16(kTagOffset);
  if (protocol != 0x8100 && protocol != 0x88a8) return std::nullopt;
  return TakenTag{protocol, u16(kTagOffset + 2)};
}

Frame without_tag(const Frame& frame) {
  Frame rest = frame;
  rest.erase(rest.begin() + kTagOffset, rest.begin() + kTagOffset + kTagSize);
  return rest;
}

}  // namespace vedette::tests
