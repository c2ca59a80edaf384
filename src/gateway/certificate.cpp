#include "gateway/certificate.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

namespace vedette {

namespace {

constexpr const char* kChainFile = "certificate.pem";
constexpr const char* kKeyFile = "certificate-key.pem";
constexpr long kDay = 24L * 60 * 60;
constexpr long kValid = 730 * kDay;  // browsers take up to 825 days
constexpr long kRenewed = 30 * kDay;

template <auto free_it>
struct Free {
  template <typename T>
  void operator()(T* one) const {
    free_it(one);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using X509Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Bytes = std::unique_ptr<BIO, Free<BIO_free_all>>;

Bytes reading(const std::string& text) {
  return Bytes(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string written(BIO* bytes) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bytes, &data);
  return {data, static_cast<std::size_t>(size)};
}

X509Certificate first_of(const std::string& chain) {
  return X509Certificate(PEM_read_bio_X509(reading(chain).get(), nullptr, nullptr, nullptr));
}

// Nobody is asked for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

Key key_of(const std::string& text) {
  return Key(PEM_read_bio_PrivateKey(reading(text).get(), nullptr, no_passphrase, nullptr));
}

std::string fingerprint_of(const X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(&certificate, EVP_sha256(), digest.data(), &size);
  std::string text;
  for (unsigned at = 0; at < size; at++) text += fmt::format("{}{:02X}", at == 0 ? "" : ":", digest[at]);
  return text;
}

// True where it goes on for so many seconds from now.
bool is_good_for(const X509& certificate, long seconds) {
  std::time_t then = std::time(nullptr) + seconds;
  return X509_cmp_time(X509_get0_notAfter(&certificate), &then) > 0;
}

Result<std::string> text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return unusable(file, fmt::format("can't be read: {}", std::strerror(errno)));
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return unusable(file, "can't be read");
  return std::move(text).str();
}

bool add_extension(X509* certificate, int which, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, which, value.c_str());
  if (!extension) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) {
    boost::system::error_code is_no_address;
    boost::asio::ip::make_address(name, is_no_address);
    all += fmt::format("{}{}:{}", all.empty() ? "" : ",", is_no_address ? "DNS" : "IP", name);
  }
  return all;
}

bool fill(X509* certificate, EVP_PKEY* key, const std::vector<std::string>& names) {
  std::array<unsigned char, 16> serial{};
  if (RAND_bytes(serial.data(), static_cast<int>(serial.size())) != 1) return false;
  serial[0] &= 0x7fU;  // positive
  std::unique_ptr<BIGNUM, Free<BN_free>> number(
      BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
  X509_NAME* name = X509_get_subject_name(certificate);
  constexpr long kHour = 60L * 60;  // clocks of others may be behind
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) &&
         X509_set_version(certificate, X509_VERSION_3) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -kHour) &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), kValid) &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>("Vedette gateway"), -1, -1,
                                    0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
         add_extension(certificate, NID_subject_alt_name, alternative_names(names)) &&
         X509_sign(certificate, key, EVP_sha256()) != 0;
}

Result<Certificate> make_certificate(const std::vector<std::string>& names) {
  const Key key(EVP_EC_gen("P-256"));
  const X509Certificate certificate(X509_new());
  if (!key || !certificate || !fill(certificate.get(), key.get(), names))
    return failed("certificate", "can't be made");
  const Bytes chain(BIO_new(BIO_s_mem()));
  const Bytes secret(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(chain.get(), certificate.get()) != 1 ||
      PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return failed("certificate", "can't be written as PEM");
  return Certificate{written(chain.get()), written(secret.get()), fingerprint_of(*certificate), true};
}

}  // namespace

Result<Certificate> read_certificate(const std::string& chain_file, const std::string& key_file) {
  auto chain = text_of(chain_file);
  if (!chain) return std::unexpected(chain.error());
  auto secret = text_of(key_file);
  if (!secret) return std::unexpected(secret.error());
  const X509Certificate certificate = first_of(*chain);
  if (!certificate) return unusable(chain_file, "expected a certificate in PEM, found none");
  const Key key = key_of(*secret);
  if (!key) return unusable(key_file, "expected a private key in PEM without a passphrase, found none");
  if (X509_check_private_key(certificate.get(), key.get()) != 1)
    return unusable(key_file, fmt::format("is not the key of the certificate in {}", chain_file));
  if (!is_good_for(*certificate, 0)) return unusable(chain_file, "the certificate is over");
  return Certificate{std::move(*chain), std::move(*secret), fingerprint_of(*certificate), false};
}

Result<Certificate> own_certificate(const StateFolder& folder, const std::vector<std::string>& names) {
  auto chain = folder.read(kChainFile);
  if (!chain) return std::unexpected(chain.error());
  auto secret = folder.read(kKeyFile);
  if (!secret) return std::unexpected(secret.error());
  if (*chain && *secret) {
    const X509Certificate certificate = first_of(**chain);
    const Key key = key_of(**secret);
    const bool belong = certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1;
    if (belong && is_good_for(*certificate, kRenewed))
      return Certificate{**chain, **secret, fingerprint_of(*certificate), true};
  }
  auto made = make_certificate(names);
  if (!made) return made;
  // A crash between the two leaves a pair that doesn't belong together, which is made anew.
  if (auto kept = folder.write(kKeyFile, made->key); !kept) return std::unexpected(kept.error());
  if (auto kept = folder.write(kChainFile, made->chain); !kept) return std::unexpected(kept.error());
  return made;
}

}  // namespace vedette
