#include "serve/capture_body.h"

#include <map>
#include <optional>
#include <vector>

#include "base/version.h"
#include "packet/names.h"
#include "source/pcapng_blocks.h"

namespace vedette {

namespace {

using namespace std::chrono_literals;

class CaptureBody : public BodyReader {
 public:
  CaptureBody(std::unique_ptr<PacketStream> stream, std::uint32_t snaplen)
      : stream_(std::move(stream)), snaplen_(snaplen) {
    append_section(blocks_, this_machine(kVersion));
  }

  std::optional<std::string> read() override {
    if (blocks_.empty()) {
      if (over_) return std::nullopt;
      std::vector<StreamedPacket> packets;
      over_ = !stream_->next(packets, 1s);
      for (const StreamedPacket& packet : packets) append(packet);
      append_losses();
    }
    std::string text(blocks_.begin(), blocks_.end());
    blocks_.clear();
    return text;
  }

 private:
  // Losses are not told by interface: the first one's statistics stand for all. Where every packet was lost
  // so far there is none yet.
  void append_losses() {
    const std::uint64_t lost = stream_->lost();
    if (lost == lost_told_ || interfaces_.empty()) return;
    append_statistics(blocks_, {.interface = 0, .time = last_, .lost = lost});
    lost_told_ = lost;
  }

  void append(const StreamedPacket& packet) {
    const auto [interface, added] =
        interfaces_.emplace(packet.ifindex, static_cast<std::uint32_t>(interfaces_.size()));
    if (added)
      append_interface(blocks_, {.name = packet.interface_name,
                                 .link = LinkType::kEthernet,
                                 .snap_length = snaplen_,
                                 .filter = {}});
    last_ = packet.time;
    append_packet(blocks_, {.interface = interface->second,
                            .time = packet.time,
                            .bytes = packet.bytes,
                            .wire_length = packet.length,
                            .direction = packet.direction,
                            .comment = verdict_name(packet.verdict)});
  }

  std::unique_ptr<PacketStream> stream_;
  std::uint32_t snaplen_;
  std::map<std::uint32_t, std::uint32_t> interfaces_;  // ifindex to the file's number
  BlockBytes blocks_;
  Nanoseconds last_{};  // the last packet's time
  std::uint64_t lost_told_ = 0;
  bool over_ = false;
};

}  // namespace

std::unique_ptr<BodyReader> make_capture_body(std::unique_ptr<PacketStream> stream, std::uint32_t snaplen) {
  return std::make_unique<CaptureBody>(std::move(stream), snaplen);
}

}  // namespace vedette
