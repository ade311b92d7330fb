#include "agent/domain/forge_folder.h"

#include <algorithm>
#include <array>

#include "tools/base/text.h"

namespace adapt::domain {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kLoader = "loader.py";
constexpr std::string_view kFramework = "pytorch";  // the one of a checkout's frameworks that gives torch modules
constexpr std::size_t kShown = 6;
constexpr std::size_t kLooked = 2000;  // entries of a folder

constexpr std::array<std::string_view, 3> kRequirements = {"requirements.txt", "requirements.nodeps.txt",
                                                           "requirements.nodeps.nobuildisolation.txt"};

bool is_file(const fs::path& path) {
  std::error_code code;
  return fs::is_regular_file(path, code);
}

// "masked_lm, question_answering": folders below that hold a loader.
std::vector<std::string> models_below(const fs::path& folder) {
  std::vector<std::string> found;
  std::error_code code;
  std::size_t looked = 0;
  for (fs::directory_iterator it(folder, code), end; !code && it != end && looked < kLooked; it.increment(code)) {
    looked += 1;
    if (is_file(it->path() / kFramework / kLoader)) found.push_back(it->path().filename().string());
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

Result<fs::path> find_forge_folder(std::string_view text) {
  std::error_code code;
  const fs::path path = fs::canonical(fs::path(text), code);
  if (code) return fail(ErrorKind::usage, "no such file or folder: {}", text);
  if (is_file(path)) {
    if (path.filename() == kLoader) return path.parent_path();
    return fail(ErrorKind::usage, "{} is not a loader; name a loader.py, or the folder that holds it", path.string());
  }
  for (const fs::path& candidate : {path, path / kFramework})
    if (is_file(candidate / kLoader)) return candidate;
  std::vector<std::string> below = models_below(path);
  if (below.empty())
    return fail(ErrorKind::usage, "no loader.py in {} nor in a folder {} of it", path.string(), kFramework);
  const std::size_t count = below.size();
  if (count == 1) return path / below.front() / kFramework;
  below.resize(std::min(count, kShown));
  return fail(ErrorKind::usage, "{} holds {} models ({}{}); name one, e.g. forge:{}", path.string(), count,
              join(below, ", "), count > kShown ? ", ..." : "", (path / below.front()).string());
}

std::string forge_model_name(const fs::path& folder) {
  fs::path at = folder.filename() == kFramework ? folder.parent_path() : folder;
  std::string name = at.filename().string();
  // The packages of a model, up to the root of its checkout, which holds the contract.
  for (at = at.parent_path(); at.has_relative_path() && is_file(at / "__init__.py") && !is_file(at / "base.py");
       at = at.parent_path())
    name = at.filename().string() + "-" + name;
  return name;
}

std::vector<fs::path> forge_requirement_files(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const std::string_view name : kRequirements)
    if (is_file(folder / name)) found.push_back(folder / name);
  return found;
}

}  // namespace adapt::domain
