#include "tests/agreement/ethernet_captures.h"

#include <array>
#include <fstream>

#include "source/capture_file.h"

namespace vedette::tests {

std::vector<std::filesystem::path> capture_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::ifstream manifest(folder / "MANIFEST.tsv");
  std::string line;
  std::getline(manifest, line);  // the columns' names
  while (std::getline(manifest, line)) files.push_back(folder / line.substr(0, line.find('\t')));
  return files;
}

std::size_t for_each_ethernet_frame(const std::filesystem::path& file,
                                    const std::function<void(std::span<const std::uint8_t>)>& take) {
  auto capture = CaptureFile::open(file.string());
  if (!capture) return 0;
  std::size_t frames = 0;
  std::array<RawPacket, 32> packets;
  for (;;) {
    const auto read = capture->next(packets);
    if (!read || *read == 0) return frames;
    for (const RawPacket& packet : std::span(packets).first(*read)) {
      if (packet.link != LinkType::kEthernet || packet.bytes.empty()) continue;
      frames++;
      take(packet.bytes);
    }
  }
}

}  // namespace vedette::tests
