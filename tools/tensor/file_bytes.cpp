#include "tools/tensor/file_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace adapt::tensor {

Result<FileBytes> FileBytes::open(const std::filesystem::path& path, std::uint64_t max_bytes) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a fifo must not block us
  if (!fd) return fail(ErrorKind::io, "cannot open {}: {}", path.string(), std::strerror(errno));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0)
    return fail(ErrorKind::io, "cannot stat {}: {}", path.string(), std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::io, "{} is not a regular file", path.string());
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > max_bytes)
    return fail(ErrorKind::parse, "{} has {} bytes; at most {} are read", path.string(), size, max_bytes);
  return FileBytes(std::move(fd), size, path.string());
}

Result<void> FileBytes::read(std::uint64_t offset, std::span<std::byte> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t got = ::pread(fd_.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorKind::io, "cannot read {}: {}", name_, std::strerror(errno));
    if (got == 0) return fail(ErrorKind::parse, "{} ends at byte {}", name_, offset + done);
    done += static_cast<std::size_t>(got);
  }
  return {};
}

Result<std::string> FileBytes::text(std::uint64_t offset, std::size_t length) const {
  std::string out(length, '\0');
  ADAPT_TRY_VOID(read(offset, std::as_writable_bytes(std::span(out))));
  return out;
}

}  // namespace adapt::tensor
