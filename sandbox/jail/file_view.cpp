// The file view is built in an order that makes it hold without remounting anything later:
//   1. detached copies of what stays writable (folders, device nodes), taken while they still are
//   2. the whole tree read-only, without device nodes and set-user-id programs
//   3. fresh file systems on top: private memory, hidden places, /dev, /proc
//   4. the copies of step 1 moved to their places
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "sandbox/jail/steps.h"
#include "tools/base/unique_fd.h"

namespace adapt::jail {
namespace fs = std::filesystem;
namespace {

constexpr const char* kHarmlessDevices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};

struct Detached {
  std::string path;  // where it came from and goes to
  UniqueFd tree{};
  bool folder = false;
};

Result<Detached> detach(const std::string& path) {
  std::error_code code;
  // A path through a link would be looked up again after the tree has changed.
  const fs::path real = fs::canonical(path, code);
  if (code) return fail(ErrorKind::sandbox, "{}: {}", path, code.message());
  Detached out{.path = real.string(), .folder = fs::is_directory(real, code)};
  const unsigned recursive = out.folder ? AT_RECURSIVE : 0U;
  out.tree.reset(::open_tree(AT_FDCWD, real.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive));
  if (!out.tree) return system_error(fmt::format("open_tree({})", path));
  return out;
}

Result<void> attach(const Detached& what) {
  if (::move_mount(what.tree.get(), "", AT_FDCWD, what.path.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0)
    return system_error(fmt::format("move_mount({})", what.path));
  return {};
}

Result<void> set_attributes(int folder, const char* path, unsigned flags, std::uint64_t attributes) {
  mount_attr change{};
  change.attr_set = attributes;
  if (::mount_setattr(folder, path, flags, &change, sizeof change) != 0)
    return system_error(fmt::format("mount_setattr({})", *path == '\0' ? "writable" : path));
  return {};
}

Result<void> mount_memory(const std::string& path, unsigned long flags, const char* data) {
  if (::mount("tmpfs", path.c_str(), "tmpfs", MS_NOSUID | MS_NODEV | flags, data) != 0)
    return system_error(fmt::format("mount(tmpfs on {})", path));
  return {};
}

Result<void> hide(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (S_ISLNK(info.st_mode)) return {};  // what it points to is hidden under its own name
  if (S_ISDIR(info.st_mode)) return mount_memory(path, MS_RDONLY, "size=4k,mode=755");
  if (::mount("/dev/null", path.c_str(), nullptr, MS_BIND, nullptr) != 0)
    return system_error(fmt::format("mount(/dev/null on {})", path));
  return {};
}

Result<void> make_parents(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path.parent_path(), code);
  if (code) return fail(ErrorKind::sandbox, "mkdir {}: {}", path.parent_path().string(), code.message());
  return {};
}

// A /dev that holds the harmless nodes, the wanted ones and a /dev/shm; the disks and consoles of the machine are gone.
Result<void> build_dev(const std::vector<Detached>& nodes) {
  ADAPT_TRY_VOID(mount_memory("/dev", 0, "size=64k,mode=755"));
  for (const Detached& node : nodes) {
    ADAPT_TRY_VOID(make_parents(node.path));
    if (node.folder) {
      if (::mkdir(node.path.c_str(), 0755) != 0) return system_error("mkdir " + node.path);
    } else {
      const UniqueFd file(::open(node.path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
      if (!file) return system_error("open " + node.path);
    }
    ADAPT_TRY_VOID(attach(node));
  }
  const std::pair<const char*, const char*> links[] = {{"/proc/self/fd", "/dev/fd"},
                                                       {"/proc/self/fd/0", "/dev/stdin"},
                                                       {"/proc/self/fd/1", "/dev/stdout"},
                                                       {"/proc/self/fd/2", "/dev/stderr"}};
  for (const auto& [target, link] : links)
    if (::symlink(target, link) != 0) return system_error(link);
  if (::mkdir("/dev/shm", 01777) != 0) return system_error("mkdir /dev/shm");
  ADAPT_TRY_VOID(mount_memory("/dev/shm", 0, "size=50%,mode=1777"));
  return set_attributes(AT_FDCWD, "/dev", 0, MOUNT_ATTR_RDONLY);
}

// Read-only, because the owner of /proc/sys (root, also without capabilities) could write there. Where the kernel
// refuses a new /proc (some containers mask theirs), an empty folder is used: never the processes outside.
Result<void> replace_proc() {
  constexpr unsigned long kFlags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (::mount("proc", "/proc", "proc", kFlags, nullptr) == 0) return {};
  return mount_memory("/proc", MS_RDONLY, "size=4k,mode=555");
}

Result<void> wall_off(const Options& options) {
  std::vector<std::string> paths = options.writable;
  if (!options.scratch.empty()) paths.push_back(options.scratch);
  std::vector<Detached> writable;
  for (const std::string& path : paths) {
    ADAPT_TRY(Detached tree, detach(path));
    ADAPT_TRY_VOID(
        set_attributes(tree.tree.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
    writable.push_back(std::move(tree));
  }
  std::vector<Detached> nodes;
  for (const char* path : kHarmlessDevices)
    if (auto node = detach(path)) nodes.push_back(std::move(*node));  // a container may lack some
  for (const std::string& path : options.devices) {
    ADAPT_TRY(Detached node, detach(path));
    nodes.push_back(std::move(node));
  }
  ADAPT_TRY_VOID(set_attributes(AT_FDCWD, "/", AT_RECURSIVE, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  for (const std::string& path : options.tmpfs) ADAPT_TRY_VOID(mount_memory(path, 0, "size=50%,mode=1777"));
  for (const std::string& path : options.hidden) ADAPT_TRY_VOID(hide(path));
  ADAPT_TRY_VOID(build_dev(nodes));
  for (const Detached& folder : writable) ADAPT_TRY_VOID(attach(folder));
  return {};
}

}  // namespace

Result<void> build_file_view(const Options& options, bool private_processes) {
  // From here on no mount of ours shows outside, and none from outside appears here.
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return system_error("mount(/, private)");
  if (options.read_only) ADAPT_TRY_VOID(wall_off(options));
  if (private_processes) return replace_proc();
  return {};
}

}  // namespace adapt::jail
