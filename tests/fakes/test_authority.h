// A certificate authority made for one test, in which nobody else can believe.
#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace adapt::fakes {

struct OpensslDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
};
template <class T>
using Openssl = std::unique_ptr<T, OpensslDeleter>;

class TestAuthority {
 public:
  TestAuthority();

  std::string certificate_pem() const;  // what a client has to trust
  // What a server needs that answers for `name`: "IP:127.0.0.1", "DNS:example.test".
  Openssl<SSL_CTX> server_context(const std::string& name) const;

 private:
  Openssl<EVP_PKEY> key_;
  Openssl<X509> certificate_;
};

}  // namespace adapt::fakes
