#include "decode/certificate.h"

#include <gtest/gtest.h>

#include <openssl/err.h>

#include <map>

#include "decoding.h"
#include "openssl_certificate.h"

namespace vedette {
namespace {

using namespace tests;

TEST(Certificate, TellsWhomItNamesAndWhoSignedIt) {
  auto certificate = parse_certificate(kCertificate);
  ASSERT_TRUE(certificate);
  Handshake handshake;
  add_certificate(handshake, std::move(*certificate));
  // The end of the year 9999 is no number of nanoseconds since the epoch that 64 bits hold.
  const std::map<std::string_view, std::string> expected = {
      {"cert_subject", std::string(kCertificateSubject)},
      {"cert_issuer", std::string(kCertificateSubject)},
      {"cert_serial", std::string(kCertificateSerial)},
      {"cert_not_before_ns", "1767225600000000000"},
      {"cert_sans",
       "vedette.example *.vedette.example 192.0.2.1 2001:db8::1 a@vedette.example https://vedette.example/"},
      {"cert_sha1", std::string(kCertificateSha1)},
      {"cert_sha256", std::string(kCertificateSha256)}};
  EXPECT_EQ(facts(handshake), expected);
}

TEST(Certificate, IsNothingThatWasCutOrHasMoreBehindIt) {
  for (std::size_t size = 0; size < std::size(kCertificate); size++)
    EXPECT_FALSE(parse_certificate(std::span(kCertificate).first(size))) << size;
  EXPECT_FALSE(parse_certificate(Bytes(std::begin(kCertificate), std::end(kCertificate)) + Bytes{0}));
}

TEST(Certificate, LeavesNoErrorsInTheLibrary) {
  ERR_clear_error();
  for (std::size_t at = 0; at < std::size(kCertificate); at++) {
    Bytes damaged(std::begin(kCertificate), std::end(kCertificate));
    damaged[at] ^= 0xff;
    static_cast<void>(parse_certificate(damaged));
    ASSERT_EQ(ERR_peek_error(), 0U) << at;
  }
}

}  // namespace
}  // namespace vedette
