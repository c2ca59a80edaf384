// Messages of SMB 1 ([MS-CIFS] §2.2.3, [MS-SMB]) and SMB 2 and 3 ([MS-SMB2] §2.2) out of the NetBIOS session
// service's frames (RFC 1002 §4.3), which port 445 has as well: what a negotiation says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vedette {

// Takes whole frames off a direction's head.
class SmbFrames {
 public:
  enum class State : std::uint8_t {
    kMessage,  // an SMB message
    kMore,     // the bytes end before the next message does, and may be one
    kForeign,  // no frame of this service, or one that holds no SMB
  };

  explicit SmbFrames(std::span<const std::uint8_t> head) : head_(head) {}

  // The next SMB message; session requests, their answers and keep-alives are passed over.
  State next(std::span<const std::uint8_t>& message);

  // After kMore: from how many bytes of the head on there is more to say, and whether what is there begins a
  // message of SMB beyond doubt.
  [[nodiscard]] std::size_t need() const { return need_; }
  [[nodiscard]] bool smb_begins() const { return smb_begins_; }

 private:
  std::span<const std::uint8_t> head_;
  std::size_t at_ = 0, need_ = 0;
  bool smb_begins_ = false;
};

struct SmbMessage {
  enum class Kind : std::uint8_t {
    kSmb1Offer,
    kSmb1Choice,
    kSmb2Offer,
    kSmb2Choice,
    kSmb1Other,  // no negotiation
    kSmb2Other,  // of SMB 2 or 3
    kSmb3Other,  // encrypted or compressed
  };
  Kind kind = Kind::kSmb1Other;
  bool from_server = false;
  std::vector<std::string> dialects;          // kSmb1Offer
  std::uint16_t dialect_index = 0;            // kSmb1Choice; 0xffff = none
  std::vector<std::uint16_t> revisions;       // kSmb2Offer, kSmb2Choice (one)
  std::optional<bool> signing_required = {};  // of a choice
};

// SMB 2.???: the server answers a negotiation of SMB 1 and wants one of SMB 2 ([MS-SMB2] §2.2.4).
inline constexpr std::uint16_t kSmb2Wildcard = 0x02ff;

[[nodiscard]] SmbMessage parse_smb(std::span<const std::uint8_t> message);

// "2.0.2", "2.1", "3.0", "3.0.2", "3.1.1"; any other as "0x1234".
[[nodiscard]] std::string smb_revision_name(std::uint16_t revision);

}  // namespace vedette
