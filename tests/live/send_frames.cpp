// send_frames INTERFACE MAC PACKETS FLOWS [valid | PORT]: sends so many UDP frames of 60 bytes in so many
// flows, one after the other, as fast as the kernel can (made_frames.bpf.c), from 10.0.0.0/8 to 10.77.0.2.
// Their IPv4 checksum is wrong, so that no stack spends time on them, unless they are to be valid; with a
// port they are TCP's SYNs to that, and valid. Prints the packets as the program counted them, and the
// nanoseconds that it took; or "not applicable: …".
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <made_frames.bpf.h>
#include <net/if.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "kernel/bpf_object.h"
#include "tests/live/bpf/made_frames.h"

namespace vedette::tests {

namespace {

using Frame = std::array<std::uint8_t, FRAME_BYTES>;

constexpr std::size_t kEthernet = 14, kIp = 20;

bool parse_mac(const char* text, std::uint8_t* mac) {
  return std::sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3, mac + 4,
                     mac + 5) == 6;
}

Frame udp_frame(const std::uint8_t (&to)[6]) {
  Frame frame{};
  std::memcpy(frame.data(), to, sizeof(to));
  frame[6] = 2;  // from a locally administered address
  frame[12] = 0x08;
  const std::array<std::uint8_t, kIp> ip{
      0x45, 0, 0, frame.size() - kEthernet, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 0, 10, 77, 0, 2};
  std::memcpy(&frame[kEthernet], ip.data(), ip.size());
  frame[kEthernet + kIp + 3] = 9;  // the discard service
  frame[kEthernet + kIp + 5] = frame.size() - kEthernet - kIp;
  return frame;
}

// A SYN with the option of the segment size, 1460 bytes; sequence number, source and checksum are each
// frame's.
Frame syn_frame(const std::uint8_t (&to)[6], std::uint16_t port) {
  Frame frame = udp_frame(to);
  constexpr std::size_t kTcp = kEthernet + kIp;
  constexpr std::uint8_t kHeader = 24;
  frame[kEthernet + 3] = kIp + kHeader;
  frame[kEthernet + 9] = 6;
  frame[kTcp + 2] = static_cast<std::uint8_t>(port >> 8);
  frame[kTcp + 3] = static_cast<std::uint8_t>(port);
  const std::array<std::uint8_t, 12> rest{kHeader << 2, 0x02, 0xff, 0xff, 0, 0, 0, 0, 2, 4, 0x05, 0xb4};
  std::memcpy(&frame[kTcp + 12], rest.data(), rest.size());
  frame[kTcp + 5] = 0;
  return frame;
}

int complain(const std::string& what) {
  std::fprintf(stderr, "send_frames: %s\n", what.c_str());
  return 1;
}

int send(Frame& frame, std::uint32_t packets, const frame_plan& plan) {
  auto object = BpfObject::open("made_frames", objects::made_frames());
  if (!object) return complain(object.error().text());
  if (auto planned = object->set_read_only_data(std::as_bytes(std::span(&plan, 1))); !planned)
    return complain(planned.error().text());
  if (auto loaded = object->load(); !loaded) return complain(loaded.error().text());
  const auto program = object->program_fd("next_frame");
  const auto made = object->map_fd("made");
  if (!program || !made) return complain("made_frames.bpf.c has no such program or map");

  LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame.data(),
              .data_size_in = static_cast<std::uint32_t>(frame.size()), .repeat = static_cast<int>(packets),
              .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
  const auto begin = std::chrono::steady_clock::now();
  const int error = bpf_prog_test_run_opts(*program, &run);
  if (error == -EINVAL) {
    std::puts("not applicable: this kernel's BPF_PROG_TEST_RUN knows no live frames (since Linux 5.18)");
    return 0;
  }
  if (error != 0)
    return complain(std::string("BPF_PROG_TEST_RUN with live frames: ") + std::strerror(-error));
  const std::chrono::nanoseconds taken = std::chrono::steady_clock::now() - begin;

  const std::uint32_t only = 0;
  std::uint64_t count = 0;
  if (bpf_map_lookup_elem(*made, &only, &count) != 0) return complain("the count can't be read");
  std::printf("{\"packets\":%llu,\"ns\":%lld}\n", static_cast<unsigned long long>(count),
              static_cast<long long>(taken.count()));
  return 0;
}

}  // namespace

}  // namespace vedette::tests

int main(int argc, char** argv) {
  using namespace vedette::tests;
  std::uint8_t mac[6];
  const std::string_view kind = argc == 6 ? argv[5] : "";
  const auto port = static_cast<std::uint16_t>(std::strtoul(argc == 6 ? argv[5] : "", nullptr, 10));
  if (argc < 5 || argc > 6 || (argc == 6 && kind != "valid" && port == 0) || !parse_mac(argv[2], mac))
    return complain("usage: send_frames INTERFACE MAC PACKETS FLOWS [valid | PORT]");
  frame_plan plan{.ifindex = if_nametoindex(argv[1]),
                  .flows = static_cast<__u32>(std::strtoul(argv[4], nullptr, 10)),
                  .valid = kind == "valid" ? 1U : 0U,
                  .syn = port != 0 ? 1U : 0U,
                  .frame = {}};
  if (plan.ifindex == 0) return complain(std::string("no interface ") + argv[1]);
  Frame frame = port != 0 ? syn_frame(mac, port) : udp_frame(mac);
  std::memcpy(plan.frame, frame.data(), frame.size());
  return send(frame, static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10)), plan);
}
