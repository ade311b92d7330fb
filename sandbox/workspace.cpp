#include "sandbox/workspace.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tools/base/file.h"
#include "tools/base/hash.h"
#include "tools/base/text.h"
#include "tools/base/unique_fd.h"

namespace adapt::sandbox {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSuffix = ".py";

bool is_identifier(std::string_view word) {
  const auto starts = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  // Non-ASCII bytes are letters to Python; separators and controls are ASCII.
  const auto continues = [&](char c) {
    return starts(c) || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
  };
  if (word.empty() || (!starts(word[0]) && static_cast<unsigned char>(word[0]) < 0x80)) return false;
  return std::all_of(word.begin(), word.end(), continues);
}

Result<void> check(const Sources& sources) {
  if (sources.size() > kMaxSources)
    return fail(ErrorKind::usage, "an overlay of {} modules; at most {} are allowed", sources.size(), kMaxSources);
  for (const auto& [module, text] : sources) {
    if (!is_module_name(module)) return fail(ErrorKind::usage, "'{}' is not a module name", module);
    if (text.size() > kMaxSourceBytes)
      return fail(ErrorKind::usage, "{} has {} bytes; at most {} are allowed", module, text.size(), kMaxSourceBytes);
  }
  return {};
}

Result<void> remove_tree(const fs::path& path) {
  std::error_code code;
  fs::remove_all(path, code);
  if (code) return fail(ErrorKind::io, "cannot remove {}: {}", path.string(), code.message());
  return {};
}

Result<void> sync_folder(const fs::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0)
    return fail(ErrorKind::io, "cannot sync {}: {}", path.string(), std::strerror(errno));
  return {};
}

}  // namespace

bool is_module_name(std::string_view name) {
  if (name.empty() || name.size() > 200) return false;
  const std::vector<std::string_view> words = split(name, '.');
  return std::all_of(words.begin(), words.end(), is_identifier);
}

std::string content_hash(const Sources& sources) {
  std::string all;
  for (const auto& [module, text] : sources) all += fmt::format("{}\n{}\n", module, sha256_hex(text));
  return sha256_hex(all);
}

Result<Workspace> Workspace::open(const fs::path& root) {
  ADAPT_TRY_VOID(make_directories(root));
  return Workspace(fs::absolute(root));
}

Result<fs::path> Workspace::write(const Sources& sources) const {
  ADAPT_TRY_VOID(check(sources));
  const fs::path folder = root_ / content_hash(sources).substr(0, 32);
  if (const auto there = read_overlay(folder); there && *there == sources) return folder;
  ADAPT_TRY_VOID(remove_tree(folder));  // somebody changed it
  std::string pattern = (root_ / ".new-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    return fail(ErrorKind::io, "cannot create a folder in {}: {}", root_.string(), std::strerror(errno));
  const fs::path fresh = pattern;
  for (const auto& [module, text] : sources)
    ADAPT_TRY_VOID(write_file_atomic(fresh / (module + std::string(kSuffix)), text));
  ADAPT_TRY_VOID(sync_folder(fresh));
  if (::rename(fresh.c_str(), folder.c_str()) != 0)
    return fail(ErrorKind::io, "cannot rename to {}: {}", folder.string(), std::strerror(errno));
  ADAPT_TRY_VOID(sync_folder(root_));
  return folder;
}

Result<void> Workspace::reset() const {
  ADAPT_TRY_VOID(remove_tree(root_));
  return make_directories(root_);
}

Result<std::vector<std::string>> overlay_modules(const fs::path& folder) {
  std::vector<std::string> out;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    const std::string name = it->path().filename().string();
    const std::string module = name.ends_with(kSuffix) ? name.substr(0, name.size() - kSuffix.size()) : "";
    if (!is_module_name(module) || it->symlink_status().type() != fs::file_type::regular)
      return fail(ErrorKind::io, "{} does not belong in an overlay", it->path().string());
    if (out.size() == kMaxSources) return fail(ErrorKind::io, "{} holds over {} modules", folder.string(), kMaxSources);
    out.push_back(module);
  }
  if (code) return fail(ErrorKind::io, "cannot read the folder {}: {}", folder.string(), code.message());
  std::sort(out.begin(), out.end());
  return out;
}

Result<Sources> read_overlay(const fs::path& folder) {
  ADAPT_TRY(const std::vector<std::string> modules, overlay_modules(folder));
  Sources out;
  for (const std::string& module : modules) {
    ADAPT_TRY(out[module], read_file(folder / (module + std::string(kSuffix)), kMaxSourceBytes));
  }
  return out;
}

}  // namespace adapt::sandbox
