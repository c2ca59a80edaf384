// Sends UDP packets of ever new flows as raw frames, each flow's 5-tuple another's never: what fills a
// sensor's tables. The flow's number, scrambled, gives its addresses and ports, so that any part of the
// numbers can be sent at any time, and answered from the other end.
//
//   send_flows INTERFACE DESTINATION_MAC FIRST COUNT PACKETS_A_SECOND [back]
//
// One packet of each flow FIRST … FIRST + COUNT - 1; `back`: as the responder sends it. Prints how many
// packets the interface took.
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kLength = 60;  // the smallest frame, without FCS
constexpr std::uint64_t kFlows = std::uint64_t{1} << 40;

using Frame = std::array<std::uint8_t, kLength>;

// A bijection over 40 bits: odd factors and shifts to the right lose nothing.
std::uint64_t scrambled(std::uint64_t number) {
  number = number * 0x9e3779b97f4a7c15 % kFlows;
  number ^= number >> 23;
  number = number * 0xd6e8feb86659fd93 % kFlows;
  return number ^ number >> 19;
}

void put16(std::uint8_t* at, std::uint64_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}

// 10.x.x.x:p → 198.18.0.1:9, or back.
void write_flow(Frame& frame, std::uint64_t number, bool back) {
  const std::uint64_t bits = scrambled(number);
  std::uint8_t* client = &frame[back ? 30 : 26];
  client[0] = 10;
  client[1] = static_cast<std::uint8_t>(bits >> 16);
  put16(client + 2, bits);
  std::uint8_t* server = &frame[back ? 26 : 30];
  server[0] = 198;
  server[1] = 18;
  put16(server + 2, 1);
  put16(&frame[back ? 36 : 34], bits >> 24);
  put16(&frame[back ? 34 : 36], 9);
}

Frame blank_frame(const char* destination) {
  Frame frame{};
  std::array<unsigned, 6> mac{};
  if (std::sscanf(destination, "%x:%x:%x:%x:%x:%x", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) !=
      6) {
    std::fprintf(stderr, "send_flows: %s is no MAC address\n", destination);
    std::exit(2);
  }
  for (std::size_t i = 0; i < mac.size(); i++) frame[i] = static_cast<std::uint8_t>(mac[i]);
  frame[6] = 2;
  put16(&frame[12], ETHERTYPE_IP);
  frame[14] = 0x45;
  put16(&frame[16], kLength - 14);
  frame[22] = 64;  // TTL
  frame[23] = 17;  // UDP
  put16(&frame[38], kLength - 34);
  return frame;
}

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "send_flows: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

int open_socket(const char* interface) {
  const int sender = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (sender < 0) give_up("packet socket");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface));
  if (address.sll_ifindex == 0 || bind(sender, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
    give_up(interface);
  return sender;
}

// All of them, however often the interface's queue is full.
void send_all(int sender, std::array<mmsghdr, kBatch>& messages, std::size_t count) {
  for (std::size_t sent = 0; sent < count;) {
    const int taken = sendmmsg(sender, &messages[sent], static_cast<unsigned>(count - sent), 0);
    if (taken > 0) {
      sent += static_cast<std::size_t>(taken);
    } else if (errno == ENOBUFS || errno == EAGAIN) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    } else {
      give_up("sendmmsg");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr, "send_flows INTERFACE DESTINATION_MAC FIRST COUNT PACKETS_A_SECOND [back]\n");
    return 2;
  }
  const std::uint64_t first = std::strtoull(argv[3], nullptr, 10);
  const std::uint64_t count = std::strtoull(argv[4], nullptr, 10);
  const double rate = std::strtod(argv[5], nullptr);
  const bool back = argc > 6 && std::string_view(argv[6]) == "back";
  const int sender = open_socket(argv[1]);

  std::array<Frame, kBatch> frames;
  frames.fill(blank_frame(argv[2]));
  std::array<iovec, kBatch> buffers{};
  std::array<mmsghdr, kBatch> messages{};
  for (std::size_t i = 0; i < kBatch; i++) {
    buffers[i] = {frames[i].data(), kLength};
    messages[i].msg_hdr.msg_iov = &buffers[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }

  const auto begun = std::chrono::steady_clock::now();
  for (std::uint64_t done = 0; done < count;) {
    const std::size_t few = static_cast<std::size_t>(count - done < kBatch ? count - done : kBatch);
    for (std::size_t i = 0; i < few; i++) write_flow(frames[i], first + done + i, back);
    send_all(sender, messages, few);
    done += few;
    std::this_thread::sleep_until(begun +
                                  std::chrono::duration_cast<std::chrono::nanoseconds>(
                                      std::chrono::duration<double>(static_cast<double>(done) / rate)));
  }
  close(sender);
  std::printf("%llu\n", static_cast<unsigned long long>(count));
}
