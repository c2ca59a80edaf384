#include "decode/tls_within.h"

#include "decode/dtls.h"
#include "decode/tls.h"

namespace vedette {

bool tell_tls_within(const Heads& heads, const DerivedBytes& carried, CarriedBy by, Handshakes& handshakes) {
  Heads inner{.bytes = {}, .arrivals = {}, .ended = heads.ended, .ports = heads.ports, .now = heads.now};
  for (std::size_t i = 0; i < 2; i++) {
    inner.bytes[i] = carried.bytes[i];
    inner.arrivals[i] = carried.arrivals[i];
  }
  const Decode decode = by == CarriedBy::kStream ? decode_tls : decode_dtls;
  const Verdict verdict = decode(inner, handshakes).verdict;
  return verdict == Verdict::kDone || verdict == Verdict::kNotMine;
}

}  // namespace vedette
