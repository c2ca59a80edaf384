// pcap-filter(7) over the packets of files: compiled by libpcap for each link type that appears, run by its
// interpreter. Live filters run in the kernel instead (src/watch).
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/error.h"
#include "source/capture_format.h"

namespace vedette {

// One thread at a time.
class PacketFilter {
 public:
  // Takes every packet.
  PacketFilter() = default;
  // Fails (unusable) with libpcap's words where `text` is no filter for Ethernet, the link type that every
  // filter can be said for. An empty text takes every packet.
  [[nodiscard]] static Result<PacketFilter> compile(std::string text);

  // Fails (unusable) where the filter has no meaning for the packet's link type.
  [[nodiscard]] Result<bool> matches(const RawPacket& packet);

  [[nodiscard]] bool takes_all() const { return text_.empty(); }

 private:
  class Program;
  struct Free {
    void operator()(Program* program) const;
  };
  using ProgramPointer = std::unique_ptr<Program, Free>;

  [[nodiscard]] static Result<ProgramPointer> compile_for(const std::string& text, LinkType link);
  [[nodiscard]] Result<Program*> program_for(LinkType link);

  std::string text_;
  std::map<LinkType, ProgramPointer> programs_;
};

}  // namespace vedette
