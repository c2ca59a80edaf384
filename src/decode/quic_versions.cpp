#include "decode/quic_versions.h"

#include <fmt/format.h>

namespace vedette {

namespace {

constexpr std::uint32_t kVersion1 = 0x00000001;
constexpr std::uint32_t kVersion2 = 0x6b3343cf;
// draft-ietf-quic-v2-00, and -01 to -07.
constexpr std::uint32_t kVersion2FirstDraft = 0xff020000;
constexpr std::uint32_t kVersion2Draft = 0x709a50c4;
constexpr std::uint32_t kDrafts = 0xff000000;
constexpr std::uint32_t kOldestDraft = 22;  // the first with today's long header
constexpr std::uint32_t kNewestDraft = 34;
constexpr std::uint32_t kMeta = 0xfaceb000;
constexpr std::uint32_t kPicoquic = 0x50435130;  // "PCQ0"

// The drafts changed their salt now and then; each stands for those up to the next.
constexpr QuicKeying kDraft22{{0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
                               0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a},
                              "quic "};
constexpr QuicKeying kDraft23{{0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
                               0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02},
                              "quic "};
constexpr QuicKeying kDraft29{{0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
                               0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99},
                              "quic "};
constexpr QuicKeying kV1{{0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                          0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
                         "quic "};
constexpr QuicKeying kV2Draft{{0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d,
                               0x62, 0xca, 0x57, 0x04, 0x06, 0xea, 0x7a, 0xe3, 0xe5, 0xd3},
                              "quicv2 "};
constexpr QuicKeying kV2{{0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
                          0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
                         "quicv2 "};
constexpr QuicKeying kQ050{{0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94,
                            0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45},
                           "quic "};
constexpr QuicKeying kT050{{0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
                            0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10},
                           "quic "};
constexpr QuicKeying kT051{{0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50,
                            0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d},
                           "quic "};
constexpr QuicKeying kPicoquicTest{{0x30, 0x67, 0x16, 0xd7, 0x63, 0x75, 0xd5, 0x55, 0x4b, 0x2f,
                                    0x60, 0x5e, 0xef, 0x78, 0xd8, 0x33, 0x3d, 0xc1, 0xca, 0x36},
                                   "quic "};

// The number in "Q046" or "T051"; 0 in anything else. Google used 01 to 51.
std::uint32_t google_number(std::uint32_t version, char letter) {
  constexpr std::uint32_t kNewest = 59;
  const std::uint32_t tens = (version >> 8 & 0xff) - '0', ones = (version & 0xff) - '0';
  if (version >> 24 != static_cast<std::uint8_t>(letter) || (version >> 16 & 0xff) != '0') return 0;
  return tens > 9 || ones > 9 || 10 * tens + ones > kNewest ? 0 : 10 * tens + ones;
}

void take_draft(std::uint32_t draft, QuicVersion& version) {
  version.known = draft >= kOldestDraft && draft <= kNewestDraft;
  version.fixed_parameters = draft <= 26;
  version.keyings = {draft <= 22 ? &kDraft22 : draft <= 28 ? &kDraft23 : draft <= 32 ? &kDraft29 : &kV1};
}

void take_google(std::uint32_t number, QuicVersion& version) {
  constexpr std::uint32_t kLastPublicHeader = 43, kLastNibbles = 48, kProtected = 50;
  version.known = true;
  version.google_messages = true;
  version.google_frames = true;
  if (number <= kLastPublicHeader) version.layout = QuicLayout::kPublicHeader;
  if (number > kLastPublicHeader && number <= kLastNibbles) version.layout = QuicLayout::kNibbles;
  if (number == kProtected) version.keyings = {&kQ050};
}

// Google's with TLS.
void take_google_tls(std::uint32_t number, QuicVersion& version) {
  version.known = true;
  version.google_frames = true;
  version.fixed_parameters = number <= 50;
  if (number == 50) version.keyings = {&kT050};
  if (number == 51) version.keyings = {&kT051};
}

// mvfst kept the salts of drafts 22 and 23; 0xfaceb003 and 0xfaceb004 are other names of version 1.
void take_meta(std::uint32_t number, QuicVersion& version) {
  version.known = true;
  version.fixed_parameters = number == 1;
  version.keyings = {number == 1 ? &kDraft22 : number == 3 || number == 4 ? &kV1 : &kDraft23};
}

}  // namespace

QuicVersion quic_version(std::uint32_t number) {
  QuicVersion version{.number = number, .keyings = {&kV1, &kDraft29}};
  if (number == kVersion1) {
    version.known = true;
    version.keyings = {&kV1};
  } else if (number == kVersion2 || number == kVersion2Draft || number == kVersion2FirstDraft) {
    version.known = true;
    // The first draft was version 1 with other keys.
    version.rotated_types = number != kVersion2FirstDraft;
    version.keyings = {number == kVersion2 ? &kV2 : &kV2Draft};
  } else if ((number & 0xffffff00) == kDrafts) {
    take_draft(number & 0xff, version);
  } else if ((number & 0xffffff00) == kMeta) {
    take_meta(number & 0xff, version);
  } else if (const std::uint32_t google = google_number(number, 'Q'); google != 0) {
    version.keyings = {};
    take_google(google, version);
  } else if (const std::uint32_t google_tls = google_number(number, 'T'); google_tls >= 48) {
    version.keyings = {};
    take_google_tls(google_tls, version);
  } else if ((number & ~1U) == kPicoquic) {
    version.known = true;
    version.keyings = {&kPicoquicTest};
  }
  return version;
}

std::string quic_version_name(std::uint32_t number) {
  if (number == kVersion1) return "v1";
  if (number == kVersion2) return "v2";
  if (number == kVersion2FirstDraft) return "v2-draft-00";
  if (number == kVersion2Draft) return "v2-draft";
  if ((number & 0xffffff00) == kDrafts) return fmt::format("draft-{:02}", number & 0xff);
  if (number == kMeta + 1) return "mvfst-22";
  if (number == kMeta + 2) return "mvfst-27";
  if (number == kMeta + 0x0e) return "mvfst-exp";
  if ((number & 0xffffff00) == kMeta) return fmt::format("mvfst-{:08x}", number);
  if (const std::uint32_t google = google_number(number, 'Q'); google != 0)
    return fmt::format("Q{:03}", google);
  if (const std::uint32_t google = google_number(number, 'T'); google >= 48)
    return fmt::format("T{:03}", google);
  if ((number & ~1U) == kPicoquic) return fmt::format("picoquic-{}", number & 1);
  return fmt::format("0x{:08x}", number);
}

}  // namespace vedette
