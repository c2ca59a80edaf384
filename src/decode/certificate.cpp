#include "decode/certificate.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <string_view>
#include <utility>

#include "base/address.h"
#include "decode/digest.h"

namespace vedette {

namespace {

template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T* owned) const {
    kFree(owned);
  }
};
void free_text(char* text) {
  OPENSSL_free(text);
}

using X509Owner = std::unique_ptr<X509, Freed<X509_free>>;
using BioOwner = std::unique_ptr<BIO, Freed<BIO_free>>;
using NumberOwner = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using TextOwner = std::unique_ptr<char, Freed<free_text>>;
using NamesOwner = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

std::string name_text(const X509_NAME* name) {
  const BioOwner out(BIO_new(BIO_s_mem()));
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

std::string serial_text(const ASN1_INTEGER* serial) {
  const NumberOwner number(ASN1_INTEGER_to_BN(serial, nullptr));
  if (!number) return {};
  const TextOwner text(BN_bn2hex(number.get()));
  return text ? std::string(text.get()) : std::string();
}

std::optional<Nanoseconds> time_of(const ASN1_TIME* time) {
  std::tm broken{};
  if (ASN1_TIME_to_tm(time, &broken) != 1) return {};
  const std::chrono::seconds seconds(timegm(&broken));
  if (seconds > std::chrono::duration_cast<std::chrono::seconds>(Nanoseconds::max()) ||
      seconds < std::chrono::duration_cast<std::chrono::seconds>(Nanoseconds::min()))
    return {};
  return Nanoseconds(seconds);
}

std::span<const std::uint8_t> bytes_of(const ASN1_STRING* text) {
  return {ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string address_of(std::span<const std::uint8_t> bytes) {
  vdt_address address{};
  if (bytes.size() != 4 && bytes.size() != sizeof(address)) return {};
  std::ranges::copy(bytes, address.bytes);
  return address_text(address, bytes.size() == 4 ? 4 : 6);
}

// Empty where it is of a kind that isn't told.
std::string general_name(const GENERAL_NAME* name) {
  int type = 0;
  const void* const value = GENERAL_NAME_get0_value(name, &type);
  if (value == nullptr) return {};
  const auto* const string = static_cast<const ASN1_STRING*>(value);
  if (type == GEN_IPADD) return address_of(bytes_of(string));
  if (type != GEN_DNS && type != GEN_EMAIL && type != GEN_URI) return {};
  const auto bytes = bytes_of(string);
  return {bytes.begin(), bytes.end()};
}

std::vector<std::string> alternative_names(const X509* certificate) {
  const NamesOwner names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> list;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); i++)
    if (auto text = general_name(sk_GENERAL_NAME_value(names.get(), i)); !text.empty())
      list.push_back(std::move(text));
  return list;
}

std::optional<Certificate> parse(std::span<const std::uint8_t> der) {
  const unsigned char* at = der.data();
  const X509Owner parsed(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!parsed || at != der.data() + der.size()) return {};
  Certificate certificate;
  certificate.subject = name_text(X509_get_subject_name(parsed.get()));
  certificate.issuer = name_text(X509_get_issuer_name(parsed.get()));
  certificate.serial = serial_text(X509_get0_serialNumber(parsed.get()));
  const std::string_view all(reinterpret_cast<const char*>(der.data()), der.size());
  certificate.sha1 = sha1_hex(all);
  certificate.sha256 = sha256_hex(all);
  certificate.not_before = time_of(X509_get0_notBefore(parsed.get()));
  certificate.not_after = time_of(X509_get0_notAfter(parsed.get()));
  certificate.alternative_names = alternative_names(parsed.get());
  return certificate;
}

}  // namespace

std::optional<Certificate> parse_certificate(std::span<const std::uint8_t> der) {
  // What the library has to say about a bad one is queued, and would grow without end.
  ERR_set_mark();
  auto certificate = parse(der);
  ERR_pop_to_mark();
  return certificate;
}

void add_certificate(Handshake& handshake, Certificate certificate) {
  handshake.add_known("cert_subject", certificate.subject);
  handshake.add_known("cert_issuer", certificate.issuer);
  handshake.add("cert_serial", std::move(certificate.serial));
  if (certificate.not_before) handshake.add("cert_not_before_ns", certificate.not_before->count());
  if (certificate.not_after) handshake.add("cert_not_after_ns", certificate.not_after->count());
  if (!certificate.alternative_names.empty())
    handshake.add("cert_sans", std::move(certificate.alternative_names));
  handshake.add("cert_sha1", std::move(certificate.sha1));
  handshake.add("cert_sha256", std::move(certificate.sha256));
}

}  // namespace vedette
