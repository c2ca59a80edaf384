// The least that a reader of capture files does: libpcap's loop over FILE, and nothing with what it gives.
#include <pcap/pcap.h>

#include <array>
#include <cstdint>
#include <cstdio>

int main(int argc, char** argv) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  pcap_t* capture = argc == 2 ? pcap_open_offline(argv[1], error.data()) : nullptr;
  if (capture == nullptr) {
    std::fprintf(stderr, "libpcap_loop: %s\n", argc == 2 ? error.data() : "usage: libpcap_loop FILE");
    return 2;
  }
  std::uint64_t packets = 0;
  pcap_loop(
      capture, -1,
      [](u_char* count, const pcap_pkthdr*, const u_char*) { ++*reinterpret_cast<std::uint64_t*>(count); },
      reinterpret_cast<u_char*>(&packets));
  pcap_close(capture);
  std::printf("%llu\n", static_cast<unsigned long long>(packets));
  return 0;
}
