#include "agent/forge/discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "agent/forge/static_python.h"
#include "tools/base/text.h"

namespace adapt::forge {
namespace {

namespace fs = std::filesystem;
using Kind = StaticValue::Kind;

constexpr std::string_view kLoaderFile = "loader.py";
constexpr std::string_view kLoaderClass = "ModelLoader";
constexpr std::string_view kPrefillClass = "ForgePrefillModel";
// Folders above the framework's that tt-xla leaves out, for PyTorch.
constexpr std::string_view kExcludedModels[] = {"suryaocr"};

struct Folders {
  std::vector<std::string> loaders, others;
  std::vector<Finding> findings;
};

std::optional<Framework> framework_of(const fs::path& folder) {
  if (folder.filename() == "pytorch") return Framework::torch;
  if (folder.filename() == "jax") return Framework::jax;
  return std::nullopt;
}

bool is_excluded(const fs::path& folder) {
  const std::string model = folder.parent_path().filename().string();
  return framework_of(folder) == Framework::torch &&
         std::ranges::find(kExcludedModels, model) != std::end(kExcludedModels);
}

Folders walk(const fs::path& root) {
  Folders out;
  std::error_code code;
  std::size_t seen = 0;
  fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, code), end;
  const auto stop = [&](std::string message) {
    out.findings.push_back({.fault = Fault::not_read, .file = root.string(), .message = std::move(message)});
  };
  if (code) stop(code.message());
  for (; at != end; at.increment(code)) {
    if (code) {
      stop(code.message());
      break;
    }
    if (++seen > kMostFolders * 10) {
      stop("too many files; what follows was not looked at");
      break;
    }
    std::error_code ignored;
    if (at->is_directory(ignored) && (at.depth() >= kMostFolderDepth || at->path().filename() == ".git"))
      at.disable_recursion_pending();
    if (at->path().filename() != kLoaderFile || !at->is_regular_file(ignored)) continue;
    const fs::path folder = at->path().parent_path();
    const std::string shown = fs::relative(folder, root, ignored).generic_string();
    if (is_utf8(shown)) (framework_of(folder) && !is_excluded(folder) ? out.loaders : out.others).push_back(shown);
  }
  std::ranges::sort(out.loaders);
  std::ranges::sort(out.others);
  return out;
}

std::string pretrained_of(const StaticValue& config) {
  if (!config.is(Kind::call)) return {};
  const auto found = config.names.find("pretrained_model_name");
  return found != config.names.end() && found->second->is(Kind::text) ? found->second->text : std::string();
}

// Fills `out`, or says in a finding why not.
std::optional<Finding> variants_of(const StaticValue& loader_class, std::vector<Variant>& out,
                                   const std::string& file) {
  const auto problem = [&](const StaticValue& value, std::string message) {
    return Finding{.fault = Fault::loader_not_read,
                   .file = value.file.empty() ? file : value.file,
                   .place = {value.line > 0 ? value.line : loader_class.line,
                             value.line > 0 || loader_class.line > 0 ? std::size_t{1} : 0},
                   .message = std::move(message)};
  };
  const StaticPtr variants = attribute_of(loader_class, "_VARIANTS");
  if (!variants) return problem(loader_class, fmt::format("{} comes from no ForgeModel", loader_class.name));
  if (variants->is(Kind::none)) return std::nullopt;
  if (!variants->is(Kind::dict))
    return problem(*variants, fmt::format("the variants of {} are not known without running it: {}", loader_class.name,
                                          variants->text.empty() ? "no dictionary" : variants->text));
  for (const auto& [key, config] : variants->pairs) {
    if (!key->is(Kind::member) && !key->is(Kind::text))
      return problem(loader_class, fmt::format("a variant of {} is no name", loader_class.name));
    out.push_back({printed(*key), pretrained_of(*config)});
  }
  return std::nullopt;
}

void add_class(const StaticValue& loader_class, std::vector<Variant>& out, Loader& loader) {
  std::vector<Variant> found;
  if (auto problem = variants_of(loader_class, found, loader.path + "/" + std::string(kLoaderFile))) {
    loader.read = false;
    loader.problem = std::move(*problem);
    return;
  }
  if (found.empty()) found.push_back({});
  for (Variant& variant : found)
    if (std::ranges::find(out, variant.name, &Variant::name) == out.end()) out.push_back(std::move(variant));
}

void read_classes(const StaticValue& module, const std::string& file, Loader& loader) {
  const auto main = module.names.find(kLoaderClass);
  if (main == module.names.end() || !main->second->is(Kind::class_)) {
    const bool lost = main != module.names.end() && main->second->is(Kind::unknown);
    loader.read = false;
    loader.problem = {
        .fault = Fault::loader_not_read,
        .file = file,
        .place = {lost ? main->second->line : 0, lost ? std::size_t{1} : 0},
        .message = fmt::format("no class {}{}", kLoaderClass, lost ? " that can be read: " + main->second->text : "")};
    return;
  }
  const StaticValue& main_class = *main->second;
  if (loader.framework == Framework::torch) {
    if (descends_from(main_class, kPrefillClass)) {
      add_class(main_class, loader.prefill, loader);
    } else {
      add_class(main_class, loader.variants, loader);
      const StaticPtr decode = attribute_of(main_class, "load_inputs_decode");
      loader.decodes = decode && !decode->is(Kind::unknown);
    }
    for (const auto& [name, value] : module.names)  // classes of this file only, as tt-xla has it
      if (value->is(Kind::class_) && value->file == file && value != main->second &&
          descends_from(*value, kPrefillClass))
        add_class(*value, loader.prefill, loader);
  } else {
    add_class(main_class, loader.variants, loader);
  }
}

Loader read_loader(StaticModules& modules, const fs::path& root, const std::string& path) {
  Loader out{.path = path, .framework = framework_of(path).value_or(Framework::torch)};
  out.requirements = read_requirements(root / path, path);
  const std::string file = path + "/" + std::string(kLoaderFile);
  const StaticPtr module = modules.module(file);
  if (module->is(Kind::module)) {
    read_classes(*module, file, out);
  } else {
    out.read = false;
    out.problem = {.fault = Fault::loader_not_read,
                   .file = file,
                   .place = {module->line, module->line > 0 ? std::size_t{1} : 0},
                   .message = module->text};
  }
  return out;
}

}  // namespace

const Loader* Catalogue::find(std::string_view path) const {
  const auto found = std::ranges::lower_bound(loaders, path, {}, &Loader::path);
  return found != loaders.end() && found->path == path ? &*found : nullptr;
}

Result<Catalogue> discover(const fs::path& root) {
  std::error_code ignored;
  if (!fs::is_directory(root, ignored)) return fail(ErrorKind::usage, "'{}' is no folder", root.string());
  Folders folders = walk(root);
  if (folders.loaders.empty())
    return fail(ErrorKind::usage,
                "'{}' holds no pytorch/loader.py and no jax/loader.py; is it a checkout of tt-forge-models?",
                root.string());
  Catalogue out{
      .root = root, .loaders = {}, .others = std::move(folders.others), .findings = std::move(folders.findings)};
  StaticModules modules(root);
  for (const std::string& path : folders.loaders) out.loaders.push_back(read_loader(modules, root, path));
  return out;
}

Loader read_loader(const fs::path& root, const std::string& path) {
  StaticModules modules(root);
  return read_loader(modules, root, path);
}

}  // namespace adapt::forge
