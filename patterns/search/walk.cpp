#include "patterns/search/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <set>
#include <utility>

namespace adapt::search {
namespace {

using Identity = std::pair<std::uint64_t, std::uint64_t>;  // device, inode

struct FolderCloser {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

index::FileStamp stamp_from(const struct stat& info) {
  const auto nanoseconds = [](const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  };
  return {static_cast<std::uint64_t>(info.st_size), nanoseconds(info.st_mtim), nanoseconds(info.st_ctim),
          static_cast<std::uint64_t>(info.st_ino), static_cast<std::uint64_t>(info.st_dev)};
}

class Walker {
 public:
  explicit Walker(const std::string& root) : root_(root) {}

  Listing run() {
    folders_.emplace_back();
    // Real folders first: what a link leads to is listed where it lies, and only else by the link.
    while (!folders_.empty() || !links_.empty()) {
      if (folders_.empty()) {
        std::sort(links_.begin(), links_.end());
        folders_.push_back(std::move(links_.front()));
        links_.pop_front();
      }
      const std::string folder = std::move(folders_.front());
      folders_.pop_front();
      enter(folder);
      if (out_.files.size() + linked_.size() > kMaxFiles) {
        out_.skipped.push_back({root_, fmt::format("more than {} files; the rest is not searched", kMaxFiles)});
        break;
      }
    }
    add_linked_files();
    const auto by_path = [](const auto& a, const auto& b) { return a.path < b.path; };
    std::sort(out_.files.begin(), out_.files.end(), by_path);
    std::sort(out_.skipped.begin(), out_.skipped.end(), by_path);
    return std::move(out_);
  }

 private:
  std::string absolute(const std::string& path) const { return path.empty() ? root_ : root_ + "/" + path; }
  void skip(const std::string& path, int code) { out_.skipped.push_back({absolute(path), std::strerror(code)}); }

  void enter(const std::string& path) {
    const int fd = ::open(absolute(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    struct stat info {};
    if (fd < 0 || ::fstat(fd, &info) != 0) {
      skip(path, errno);
      if (fd >= 0) ::close(fd);
      return;
    }
    const std::unique_ptr<DIR, FolderCloser> folder(::fdopendir(fd));
    if (!folder) {
      ::close(fd);
      return skip(path, ENOMEM);
    }
    if (!entered_.emplace(info.st_dev, info.st_ino).second) return;  // by another link, or in a circle
    while (const dirent* entry = ::readdir(folder.get())) {
      const std::string_view name = entry->d_name;
      if (name.starts_with('.') || name == "__pycache__") continue;
      visit(fd, path.empty() ? std::string(name) : path + "/" + std::string(name), *entry);
    }
  }

  void visit(int folder, const std::string& path, const dirent& entry) {
    const bool python = path.ends_with(".py");
    if (entry.d_type == DT_DIR) return folders_.push_back(path);
    if (entry.d_type != DT_LNK && entry.d_type != DT_UNKNOWN && !python) return;
    struct stat info {};
    if (::fstatat(folder, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) return skip(path, errno);
    const bool linked = S_ISLNK(info.st_mode);
    if (linked && ::fstatat(folder, entry.d_name, &info, 0) != 0) {
      if (python) skip(path, errno);
      return;
    }
    if (S_ISDIR(info.st_mode)) return (linked ? links_ : folders_).push_back(path);
    if (!python) return;
    if (!S_ISREG(info.st_mode)) return out_.skipped.push_back({absolute(path), "not a regular file"});
    (linked ? linked_ : out_.files).push_back({path, stamp_from(info)});
  }

  void add_linked_files() {
    std::set<Identity> known;
    for (const ListedFile& file : out_.files) known.emplace(file.stamp.device, file.stamp.inode);
    std::sort(linked_.begin(), linked_.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    for (ListedFile& file : linked_)
      if (known.emplace(file.stamp.device, file.stamp.inode).second) out_.files.push_back(std::move(file));
  }

  const std::string& root_;
  std::deque<std::string> folders_, links_;
  std::vector<ListedFile> linked_;
  std::set<Identity> entered_;
  Listing out_;
};

}  // namespace

Listing list_sources(const std::string& folder) { return Walker(folder).run(); }

Result<index::FileStamp> stamp_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail(ErrorKind::io, "cannot read {}: {}", path, std::strerror(errno));
  return stamp_from(info);
}

}  // namespace adapt::search
