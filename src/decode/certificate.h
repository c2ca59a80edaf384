// An X.509 certificate (RFC 5280) as facts: whom it names, who signed it, and for how long. Parsed by
// OpenSSL's libcrypto; nothing of it is verified.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/units.h"
#include "decode/handshake.h"

namespace vedette {

struct Certificate {
  std::string subject;  // RFC 4514: "CN=example.org,O=Example", UTF-8
  std::string issuer;
  std::string serial;        // upper-case hex, "-" before a negative one
  std::string sha1, sha256;  // of the DER, lower-case hex
  // Since the epoch; none where it can't be read or lies beyond the year 2262, as RFC 5280 §4.1.2.5's
  // 99991231235959Z for "never" does.
  std::optional<Nanoseconds> not_before, not_after;
  std::vector<std::string> alternative_names;  // RFC 5280 §4.2.1.6: DNS names, addresses, mail, URIs
};

// `der`: the certificate and nothing else. None where it is none.
[[nodiscard]] std::optional<Certificate> parse_certificate(std::span<const std::uint8_t> der);

// Adds cert_subject, cert_issuer, cert_serial, cert_not_before_ns, cert_not_after_ns, cert_sans, cert_sha1
// and cert_sha256; not what is empty.
void add_certificate(Handshake& handshake, Certificate certificate);

}  // namespace vedette
