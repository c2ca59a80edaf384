// Contact with what feeds say is hostile: an address ("blocklist_hit"), a domain in DNS, TLS, QUIC or HTTP
// ("malicious_domain"), a fingerprint of TLS, SSH or a certificate ("malicious_fingerprint"). A conversation
// is graver than an attempt; a question for a name is less than the contact itself; fingerprints of clients
// are shared with honest programs, certificates aren't; so are hosts of which a feed has a URL.
#pragma once

#include <memory>

#include "detect/detector.h"
#include "detect/indicator_table.h"

namespace vedette {

class FeedHits final : public Detector {
 public:
  using Detector::take;
  // `indicators` outlives this; between two calls it may become another table, or null: there are no feeds.
  FeedHits(Raise raise, const std::shared_ptr<const IndicatorTable>& indicators)
      : Detector(std::move(raise)), indicators_(indicators) {}

  void take(const FlowStep& step) override;
  void take(const HandshakeView& handshake) override;
  void end(const FlowView& flow) override;

 private:
  void tell_address(const Flow& flow, bool converses) const;
  void tell_domain(const HandshakeView& handshake, std::string_view fact, Severity severity) const;
  void tell_fingerprint(const HandshakeView& handshake, std::string_view fact, Severity severity) const;

  const std::shared_ptr<const IndicatorTable>& indicators_;
};

}  // namespace vedette
