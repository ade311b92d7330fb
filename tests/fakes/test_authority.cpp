#include "tests/fakes/test_authority.h"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace adapt::fakes {
namespace {

void made(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "test authority: %s failed\n", what);
  std::abort();
}

Openssl<EVP_PKEY> new_key() {
  Openssl<EVP_PKEY> key(EVP_EC_gen("P-256"));
  made(key != nullptr, "making a key");
  return key;
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  made(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, "adding an extension");
  X509_EXTENSION_free(extension);
}

// Two authorities of one name would be taken for each other until a signature is checked.
std::string new_name() {
  static std::atomic<int> made = 0;
  return fmt::format("Authority {} of a test", ++made);
}

Openssl<X509> new_certificate(EVP_PKEY* key, const char* common_name, long serial) {
  constexpr long kHour = 3600;
  Openssl<X509> certificate(X509_new());
  X509* x = certificate.get();
  made(x != nullptr && X509_set_version(x, X509_VERSION_3) == 1, "making a certificate");
  ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
  X509_gmtime_adj(X509_getm_notBefore(x), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(x), 24 * kHour);
  X509_set_pubkey(x, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
  return certificate;
}

}  // namespace

TestAuthority::TestAuthority() : key_(new_key()), certificate_(new_certificate(key_.get(), new_name().c_str(), 1)) {
  X509* x = certificate_.get();
  X509_set_issuer_name(x, X509_get_subject_name(x));
  add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(x, x, NID_key_usage, "critical,keyCertSign");
  made(X509_sign(x, key_.get(), EVP_sha256()) > 0, "signing the authority");
}

std::string TestAuthority::certificate_pem() const {
  BIO* memory = BIO_new(BIO_s_mem());
  made(memory != nullptr && PEM_write_bio_X509(memory, certificate_.get()) == 1, "writing a certificate");
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(memory);
  return pem;
}

Openssl<SSL_CTX> TestAuthority::server_context(const std::string& name) const {
  const Openssl<EVP_PKEY> key = new_key();
  const Openssl<X509> certificate = new_certificate(key.get(), "Server of a test", 2);
  X509* x = certificate.get();
  X509_set_issuer_name(x, X509_get_subject_name(certificate_.get()));
  add_extension(x, certificate_.get(), NID_subject_alt_name, name);
  made(X509_sign(x, key_.get(), EVP_sha256()) > 0, "signing a server");

  Openssl<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
  made(context != nullptr && SSL_CTX_use_certificate(context.get(), x) == 1 &&
           SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1,
       "setting up TLS");
  return context;
}

}  // namespace adapt::fakes
