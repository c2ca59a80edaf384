// Millions of handshakes that never end, as fast as they can be made: the heads of flows stay within their
// bound, the process doesn't grow, and every flow that was given up is counted.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "handshake/handshake_tracker.h"
#include "packet/parse.h"
#include "tests/unit/decode/hello_builder.h"
#include "tests/unit/decode/openssl_hello.h"

namespace vedette::tests {
namespace {

constexpr std::uint32_t kFlows = VEDETTE_FLOOD_FLOWS;
constexpr std::size_t kMiB = std::size_t{1} << 20;

std::size_t resident() {
  std::size_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

class Flood {
 public:
  void run(std::uint32_t flows) {
    for (std::uint32_t i = 0; i < flows; i++) {
      open(sent_);
      say(sent_++);
    }
  }
  // Flows of which it is known what became of them.
  [[nodiscard]] std::uint64_t accounted() const {
    return tracker_.counters().given_up + tracker_.counters().settled + ended_ + tracker_.pending();
  }
  [[nodiscard]] std::size_t most_held() const { return most_held_; }
  [[nodiscard]] const HandshakeTracker& tracker() const { return tracker_; }

 private:
  // A SYN alone, half a ClientHello, a request whose header never ends.
  void say(std::uint32_t number) {
    static const Bytes hello(std::begin(kOpensslHello),
                             std::begin(kOpensslHello) + std::size(kOpensslHello) / 2);
    static const Bytes request = text("GET / HTTP/1.1\r\nHost: www.example.org\r\nX-Wait: ");
    if (number % 3 == 1) send(number, VDT_TCP_ACK | VDT_TCP_PSH, hello);
    if (number % 3 == 2) send(number, VDT_TCP_ACK | VDT_TCP_PSH, request);
  }
  void open(std::uint32_t number) { send(number, VDT_TCP_SYN, {}); }

  void send(std::uint32_t number, std::uint8_t flags, const Bytes& payload) {
    Bytes header = tcp(40000, 443, flags);
    header[7] = flags == VDT_TCP_SYN ? 1 : 2;  // the sequence number's last byte
    Bytes frame = ethernet(VDT_ETHER_IPV4, ipv4(VDT_IP_TCP, header + payload));
    const Bytes source = be32(0x0a000000 + number);
    std::ranges::copy(source, frame.begin() + 26);
    vdt_packet facts;
    parse_packet(LinkType::kEthernet, frame, static_cast<std::uint32_t>(frame.size()), facts);
    const Packet packet{
        .time = Nanoseconds(++now_), .interface_name = {}, .bytes = frame, .facts = &facts, .verdict = {}};
    tracker_.add(packet, table_.add_packet(packet));
    most_held_ = std::max(most_held_, tracker_.memory());
  }

  std::int64_t now_ = 0;
  std::uint32_t sent_ = 0;
  std::size_t most_held_ = 0;
  std::uint64_t ended_ = 0;  // while they were pending, for want of room in the flow table
  HandshakeTracker tracker_;
  FlowTable table_{{.max_flows = std::size_t{1} << 18}, [this](const FlowView& view) {
                     const std::size_t before = tracker_.pending();
                     tracker_.end(view.flow);
                     ended_ += before - tracker_.pending();
                   }};
};

TEST(HandshakeFlood, GrowsNothingPastItsBound) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "what is freed stays for a while, so that its use is noticed";
#endif
  Flood flood;
  flood.run(kFlows / 10);
  const std::size_t early = resident();
  flood.run(kFlows - kFlows / 10);
  EXPECT_LE(flood.most_held(), HandshakeOptions{}.all_bytes);
  EXPECT_GT(flood.most_held(), HandshakeOptions{}.all_bytes * 9 / 10);  // or the bound was never reached
  EXPECT_LT(resident(), early + 16 * kMiB);
  EXPECT_GT(flood.tracker().counters().given_up, 0U);
  EXPECT_EQ(flood.accounted(), kFlows);
}

}  // namespace
}  // namespace vedette::tests
