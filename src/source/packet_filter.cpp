#include "source/packet_filter.h"

#include <pcap/pcap.h>

#include <algorithm>

#include "packet/filter_error.h"

namespace vedette {

namespace {

// Where libpcap's own number on this system (DLT_) is not the one in files.
struct Renumbered {
  LinkType file;
  int system;
};
constexpr Renumbered kRenumbered[] = {
    {LinkType::kRaw, DLT_RAW},
    {LinkType::kDltRawOpenBsd, DLT_RAW},
    {LinkType::kAtmRfc1483, DLT_ATM_RFC1483},
};

int system_number(LinkType link) {
  const auto* found = std::ranges::find(kRenumbered, link, &Renumbered::file);
  return found != std::end(kRenumbered) ? found->system : static_cast<int>(link);
}

struct CloseHandle {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};

}  // namespace

class PacketFilter::Program {
 public:
  Program() = default;
  ~Program() { pcap_freecode(&code); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  bpf_program code{};
};

void PacketFilter::Free::operator()(Program* program) const {
  const std::unique_ptr<Program> freed(program);
}

Result<PacketFilter::ProgramPointer> PacketFilter::compile_for(const std::string& text, LinkType link) {
  const std::unique_ptr<pcap_t, CloseHandle> handle(pcap_open_dead(system_number(link), kLargestPacket));
  if (!handle) return failed("--filter", "no memory to compile it");
  auto program = std::make_unique<Program>();
  constexpr int kOptimised = 1;
  const auto compiles = [&](const std::string& piece, Program& into) {
    return pcap_compile(handle.get(), &into.code, piece.c_str(), kOptimised, PCAP_NETMASK_UNKNOWN) == 0;
  };
  if (!compiles(text, *program)) {
    const std::string said = pcap_geterr(handle.get());
    const bool usual = link == LinkType::kEthernet;
    return filter_error(
        {.where = usual ? "--filter" : fmt::format("--filter for link type {}", link_type_name(link)),
         .filter = text,
         .said = said,
         .hint = "see pcap-filter(7)",
         .compiles = [&](const std::string& piece) {
           Program tried;
           return compiles(piece, tried);
         }});
  }
  return ProgramPointer(program.release());
}

Result<PacketFilter> PacketFilter::compile(std::string text) {
  PacketFilter filter;
  filter.text_ = std::move(text);
  if (filter.takes_all()) return filter;
  auto program = compile_for(filter.text_, LinkType::kEthernet);
  if (!program) return std::unexpected(program.error());
  filter.programs_.emplace(LinkType::kEthernet, std::move(*program));
  return filter;
}

Result<PacketFilter::Program*> PacketFilter::program_for(LinkType link) {
  const auto known = programs_.find(link);
  if (known != programs_.end()) return known->second.get();
  auto program = compile_for(text_, link);
  if (!program) return std::unexpected(program.error());
  return programs_.emplace(link, std::move(*program)).first->second.get();
}

Result<bool> PacketFilter::matches(const RawPacket& packet) {
  if (takes_all()) return true;
  const auto program = program_for(packet.link);
  if (!program) return std::unexpected(program.error());
  pcap_pkthdr header{};
  header.caplen = static_cast<bpf_u_int32>(packet.bytes.size());
  header.len = packet.wire_length;
  return pcap_offline_filter(&(*program)->code, &header, packet.bytes.data()) != 0;
}

}  // namespace vedette
