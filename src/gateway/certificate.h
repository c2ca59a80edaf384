// The certificate by which the gateway is known: the user's own, or one that it signs itself at its first
// start.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "gateway/state_folder.h"

namespace vedette {

struct Certificate {
  std::string chain;        // PEM, ours first
  std::string key;          // PEM
  std::string fingerprint;  // SHA-256 of ours in DER, "AB:CD:…"
  bool is_our_own = false;  // signed by itself
};

// That of two files in PEM. Unusable where they are none, don't belong together, or the certificate is over.
[[nodiscard]] Result<Certificate> read_certificate(const std::string& chain_file,
                                                   const std::string& key_file);

// The one in `folder`; made (ECDSA P-256, two years) where there is none, or it ends within 30 days. `names`:
// host names and addresses that it is for.
[[nodiscard]] Result<Certificate> own_certificate(const StateFolder& folder,
                                                  const std::vector<std::string>& names);

}  // namespace vedette
