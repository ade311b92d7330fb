#include "tools/base/hash.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "tools/base/unique_fd.h"

namespace adapt {
namespace {

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) {
    ADAPT_CHECK(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1,
                "sha256 is missing");
  }
  void update(const void* data, std::size_t size) {
    ADAPT_CHECK(EVP_DigestUpdate(context_.get(), data, size) == 1, "sha256 update failed");
  }
  std::string hex() {
    std::array<unsigned char, 32> digest{};
    ADAPT_CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1, "sha256 final failed");
    std::string out;
    out.reserve(2 * digest.size());
    for (const unsigned char byte : digest) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    }
    return out;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, ContextDeleter> context_;
};

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes.data(), bytes.size());
  return hash.hex();
}

Result<std::string> sha256_file(const std::filesystem::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail(ErrorKind::io, "cannot open {}: {}", path.string(), std::strerror(errno));
  Sha256 hash;
  std::vector<char> buffer(std::size_t{1} << 20U);
  while (true) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got == 0) return hash.hex();
    if (got < 0) {
      if (errno == EINTR) continue;
      return fail(ErrorKind::io, "cannot read {}: {}", path.string(), std::strerror(errno));
    }
    hash.update(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace adapt
