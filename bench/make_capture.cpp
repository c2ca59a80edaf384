// Writes a pcap file of TCP and UDP flows to measure readers with: the same bytes for the same arguments.
//   make_capture FILE [FLOWS [BYTES]]
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr std::size_t kHeaders = 54;  // Ethernet, IPv4, TCP

void put16(std::uint8_t* at, std::uint32_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}

void put32(std::uint8_t* at, std::uint32_t value) {
  put16(at, value >> 16);
  put16(at + 2, value);
}

// Marsaglia's xorshift (2003): deterministic, and the same everywhere.
std::uint32_t next(std::uint32_t& state) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

std::uint16_t header_checksum(const std::uint8_t* ip) {
  std::uint32_t sum = 0;
  for (int i = 0; i < 20; i += 2) sum += static_cast<std::uint32_t>(ip[i] << 8 | ip[i + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: make_capture FILE [FLOWS [BYTES]]\n", stderr);
    return 2;
  }
  const std::uint32_t flows =
      argc > 2 ? static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10)) : 100'000;
  const std::uint64_t wanted = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1'100'000'000;
  std::FILE* out = std::fopen(argv[1], "wb");
  if (out == nullptr) {
    std::perror(argv[1]);
    return 2;
  }
  const std::array<std::uint32_t, 6> file_header{0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
  std::uint64_t written = std::fwrite(file_header.data(), 1, sizeof(file_header), out);
  std::vector<std::uint32_t> sequence(std::max(1U, flows), 1);
  std::array<std::uint8_t, 1514> frame{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45};
  std::uint32_t random = 2463534242U;
  std::uint64_t time_us = 1'700'000'000'000'000;
  for (std::uint32_t turn = 0; written < wanted; ++turn, time_us += 3) {
    const std::uint32_t flow = turn < flows ? turn : next(random) % flows;
    const bool udp = flow % 4 == 3;
    // A third each: acknowledgements, middling, full segments.
    const std::uint32_t kind = next(random) % 3;
    const std::uint32_t payload = kind == 0 ? 6 : kind == 1 ? 200 + next(random) % 400 : 1400;
    const std::uint32_t length = static_cast<std::uint32_t>(kHeaders) + payload;
    put16(&frame[16], length - 14);
    frame[22] = 64;
    frame[23] = udp ? 17 : 6;
    put16(&frame[24], 0);
    put32(&frame[26], 0x0a000000U + (flow >> 4));
    put32(&frame[30], 0xc0000207U);
    put16(&frame[24], header_checksum(&frame[14]));
    put16(&frame[34], 32768 + (flow & 15));
    put16(&frame[36], udp ? 53000 : 8443);
    if (udp) {
      put16(&frame[38], length - 34);
      put16(&frame[40], 0);
    } else {
      put32(&frame[38], sequence[flow]);
      put32(&frame[42], 1);
      put16(&frame[46], turn < flows ? 0x5002 : 0x5018);
      put16(&frame[48], 512);
      sequence[flow] += payload + (turn < flows ? 1 : 0);
    }
    const std::array<std::uint32_t, 4> record{static_cast<std::uint32_t>(time_us / 1'000'000),
                                              static_cast<std::uint32_t>(time_us % 1'000'000), length,
                                              length};
    written += std::fwrite(record.data(), 1, sizeof(record), out);
    written += std::fwrite(frame.data(), 1, length, out);
  }
  return std::fclose(out) == 0 ? 0 : 1;
}
