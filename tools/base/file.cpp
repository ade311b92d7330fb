#include "tools/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "tools/base/unique_fd.h"

namespace adapt {
namespace fs = std::filesystem;
namespace {

tl::unexpected<Error> io_error(std::string_view what, const fs::path& path, int code) {
  return fail(ErrorKind::io, "cannot {} {}: {}", what, path.string(), std::strerror(code));
}

Result<void> write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      return io_error("write", path, errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const fs::path& path, std::uint64_t limit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return io_error("open", path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return io_error("stat", path, errno);
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::io, "{} is not a regular file", path.string());
  if (static_cast<std::uint64_t>(info.st_size) > limit)
    return fail(ErrorKind::io, "{} has {} bytes; at most {} are read", path.string(), info.st_size, limit);
  std::string out(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t have = 0;
  while (have < out.size()) {
    const ssize_t got = ::read(fd.get(), out.data() + have, out.size() - have);
    if (got == 0) break;
    if (got < 0) {
      if (errno == EINTR) continue;
      return io_error("read", path, errno);
    }
    have += static_cast<std::size_t>(got);
  }
  out.resize(have);
  return out;
}

Result<void> write_file_atomic(const fs::path& path, std::string_view bytes) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::string temp = (folder / fmt::format(".{}.XXXXXX", path.filename().string())).string();
  UniqueFd fd(::mkostemp(temp.data(), O_CLOEXEC));
  if (!fd) return io_error("create a file in", folder, errno);
  const auto give_up = [&](tl::unexpected<Error> error) {
    ::unlink(temp.c_str());
    return error;
  };
  if (auto written = write_all(fd.get(), bytes, path); !written) return give_up(tl::unexpected<Error>(written.error()));
  if (::fchmod(fd.get(), 0644) != 0) return give_up(io_error("set the mode of", path, errno));
  if (::fsync(fd.get()) != 0) return give_up(io_error("sync", path, errno));
  if (::rename(temp.c_str(), path.c_str()) != 0) return give_up(io_error("rename to", path, errno));
  const UniqueFd dir(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir || ::fsync(dir.get()) != 0) return io_error("sync the folder of", path, errno);
  return {};
}

Result<void> make_directories(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) return fail(ErrorKind::io, "cannot create the folder {}: {}", path.string(), code.message());
  return {};
}

Result<TempDir> TempDir::create(std::string_view prefix) {
  const char* base = std::getenv("TMPDIR");
  std::string pattern =
      (fs::path(base != nullptr && *base != '\0' ? base : "/tmp") / (std::string(prefix) + "XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr) return io_error("create a temporary folder at", pattern, errno);
  return TempDir(fs::path(pattern));
}

TempDir::~TempDir() {
  if (path_.empty()) return;
  std::error_code ignored;  // a destructor has nobody to tell
  fs::remove_all(path_, ignored);
}

}  // namespace adapt
