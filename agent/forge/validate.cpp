#include "agent/forge/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <tuple>

#include "agent/forge/test_id.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::forge {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConfigFolder = "tests/runner/test_config";

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// As tt-xla looks for them.
std::vector<fs::path> config_files_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code code;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with("test_config_") && name.ends_with(".yaml") && is_utf8(name)) out.push_back(at->path());
  }
  std::ranges::sort(out);
  return out;
}

void add_folder(const fs::path& folder, ConfigPaths& out) {
  for (const Framework framework : {Framework::torch, Framework::jax, Framework::torch_llm})
    for (fs::path& file : config_files_in(folder / to_string(framework))) out.files.push_back(std::move(file));
  for (fs::path& file : config_files_in(folder)) out.files.push_back(std::move(file));
}

Result<void> add_path(const std::string& text, ConfigPaths& out) {
  const fs::path path(text);
  if (!is_folder(path)) {
    out.files.push_back(path);
    return {};
  }
  const std::size_t before = out.files.size();
  if (is_folder(path / kConfigFolder)) {
    add_folder(path / kConfigFolder, out);
    out.root = path;
    out.filechecks = path / "tests/filecheck";
    if (is_folder(path / "third_party/tt_forge_models")) out.models = path / "third_party/tt_forge_models";
  } else {
    add_folder(path, out);
  }
  if (out.files.size() == before)
    return fail(ErrorKind::usage, "'{}' holds no test_config_*.yaml; is it a checkout of tt-xla?", text);
  return {};
}

std::string shown(const fs::path& file, const fs::path& root) {
  const fs::path relative = root.empty() ? file : file.lexically_relative(root);
  return relative.empty() || relative.native().starts_with("..") ? file.generic_string() : relative.generic_string();
}

class Validator {
 public:
  Validator(const ConfigPaths& paths, const Catalogue* models) : paths_(paths), models_(models) {}

  Validation run() {
    for (const fs::path& path : paths_.files) read(path);
    for (const ConfigFile& file : out_.files)
      for (const PlacedEntry& placed : file.entries) check_entry(file, placed);
    for (const ConfigFile& file : out_.files)
      for (const Placeholder& placeholder : file.placeholders) check_placeholder(file, placeholder);
    if (models_ != nullptr) count_models();
    std::ranges::stable_sort(out_.findings, {},
                             [](const Finding& finding) { return std::tie(finding.file, finding.place); });
    return std::move(out_);
  }

 private:
  void add(Fault fault, const std::string& file, Place place, std::string message) {
    out_.findings.push_back({.fault = fault, .file = file, .place = place, .message = std::move(message)});
  }

  void read(const fs::path& path) {
    const std::string name = shown(path, paths_.root);
    std::error_code ignored;
    if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored))
      return add(Fault::not_read, name, {}, "no regular file");
    const auto text = read_file(path);
    if (!text) return add(Fault::not_read, name, {}, text.error().message);
    ConfigFile file = read_config(*text, name);
    out_.findings.insert(out_.findings.end(), file.findings.begin(), file.findings.end());
    out_.entries += file.entries.size();
    out_.placeholders += file.placeholders.size();
    out_.files.push_back(std::move(file));
  }

  void check_entry(const ConfigFile& file, const PlacedEntry& placed) {
    const std::string& text = placed.entry.id;
    const auto [first, is_new] = seen_.emplace(text, std::pair(&file, placed.place));
    if (!is_new && first->second.first != &file)
      add(Fault::same_test_twice, file.path, placed.place,
          fmt::format("'{}' stands in {}:{} too", text, first->second.first->path, first->second.second.line));
    check_filechecks(file, placed, placed.entry.settings);
    for (const auto& [arch, settings] : placed.entry.arch_overrides) check_filechecks(file, placed, settings);
    const auto id = parse_test_id(text);
    if (!id) return;  // told already
    check_file(file, placed, *id);
    if (models_ != nullptr) check_test(file, placed, *id);
  }

  void check_filechecks(const ConfigFile& file, const PlacedEntry& placed, const Settings& settings) {
    std::error_code ignored;
    if (paths_.filechecks.empty()) return;
    for (const std::string& pattern : settings.filechecks)
      if (!fs::exists(paths_.filechecks / pattern, ignored))
        add(Fault::missing_file, file.path, placed.place,
            fmt::format("entry '{}': no FileCheck pattern '{}'", placed.entry.id, pattern));
  }

  void check_file(const ConfigFile& file, const PlacedEntry& placed, const TestId& id) {
    const fs::path wanted(config_file_of(id)), is(file.path);
    const bool known_name = is.filename().string().starts_with("test_config_");
    const bool known_folder = parse_framework(is.parent_path().filename().string()).has_value();
    const bool other_folder = known_folder && is.parent_path().filename() != wanted.parent_path().filename();
    if (known_name && (is.filename() != wanted.filename() || other_folder))
      add(Fault::wrong_file, file.path, placed.place,
          fmt::format("'{}' belongs into {}/{}", placed.entry.id, wanted.parent_path().filename().string(),
                      wanted.filename().string()));
  }

  void check_test(const ConfigFile& file, const PlacedEntry& placed, const TestId& id) {
    const auto offered = offers(*models_, id);
    if (!offered) return;  // the loader has a finding of its own
    if (!*offered) {
      const auto near = nearest_test(*models_, id);
      return add(Fault::unknown_test, file.path, placed.place,
                 fmt::format("no loader offers '{}'{}", placed.entry.id,
                             near ? fmt::format("; did you mean '{}'?", *near) : ""));
    }
    listed_.insert(placed.entry.id);
    const std::string_view why = id.llm ? why_skipped(*id.llm, id.mode) : "";
    if (!why.empty())
      add(Fault::always_skipped, file.path, placed.place, fmt::format("'{}' never runs: {}", placed.entry.id, why));
  }

  void check_placeholder(const ConfigFile& file, const Placeholder& placeholder) {
    if (models_ == nullptr) return;
    for (const Loader& loader : models_->loaders)
      for (const std::vector<Variant>* variants : {&loader.variants, &loader.prefill})
        for (const Variant& variant : *variants)
          if (variant.pretrained == placeholder.name || variant.name == placeholder.name)
            return add(Fault::placeholder_has_loader, file.path, placeholder.place,
                       fmt::format("placeholder '{}' has a loader, {}{}{}", placeholder.name, loader.path,
                                   variant.name.empty() ? "" : ", variant ", variant.name));
  }

  void count_models() {
    out_.loaders = models_->loaders.size();
    out_.tests = validator_count(*models_);
    out_.unlisted = *out_.tests - std::min(*out_.tests, listed_.size());
    out_.unread_loaders = 0;
    for (const Finding& finding : models_->findings) out_.findings.push_back(finding);
    for (const Loader& loader : models_->loaders) {
      if (loader.read) continue;
      ++*out_.unread_loaders;
      out_.findings.push_back(loader.problem);
    }
  }

  const ConfigPaths& paths_;
  const Catalogue* models_;
  Validation out_;
  std::map<std::string, std::pair<const ConfigFile*, Place>> seen_;
  std::set<std::string> listed_;
};

}  // namespace

Result<ConfigPaths> find_config(const std::vector<std::string>& paths) {
  ConfigPaths out;
  for (const std::string& path : paths) ADAPT_TRY_VOID(add_path(path, out));
  return out;
}

Validation validate(const ConfigPaths& paths, const Catalogue* models) { return Validator(paths, models).run(); }

std::size_t Validation::count(Severity severity) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(findings, [&](const Finding& finding) { return finding.severity() == severity; }));
}

OrderedJson to_json(const Finding& finding) {
  const FaultRow& row = row_of(finding.fault);
  return {{"severity", to_string(row.severity)},
          {"code", row.code},
          {"file", finding.file},
          {"line", finding.place.line},
          {"column", finding.place.column},
          {"message", finding.message},
          {"tt_xla", row.theirs}};
}

OrderedJson to_json(const Validation& validation) {
  OrderedJson out = {{"files", validation.files.size()},
                     {"entries", validation.entries},
                     {"placeholders", validation.placeholders},
                     {"errors", validation.count(Severity::error)},
                     {"warnings", validation.count(Severity::warning)},
                     {"notes", validation.count(Severity::note)}};
  const auto optional = [](const std::optional<std::size_t>& value) {
    return value ? OrderedJson(*value) : OrderedJson();
  };
  out["loaders"] = optional(validation.loaders);
  out["unread_loaders"] = optional(validation.unread_loaders);
  out["tests"] = optional(validation.tests);
  out["unlisted"] = optional(validation.unlisted);
  out["findings"] = OrderedJson::array();
  for (const Finding& finding : validation.findings) out["findings"].push_back(to_json(finding));
  return out;
}

std::string to_text(const Validation& validation, bool notes) {
  std::string out;
  for (const Finding& finding : validation.findings)
    if (notes || finding.severity() != Severity::note) out += to_text(finding) + "\n";
  out += fmt::format("{} entries and {} placeholders in {} files: {} errors, {} warnings, {} notes{}\n",
                     validation.entries, validation.placeholders, validation.files.size(),
                     validation.count(Severity::error), validation.count(Severity::warning),
                     validation.count(Severity::note),
                     notes || validation.count(Severity::note) == 0 ? "" : " (--notes shows them)");
  if (validation.loaders)
    out += fmt::format("{} loaders ({} not read) make {} tests by the names of tt-xla's validator; {} have no entry\n",
                       *validation.loaders, *validation.unread_loaders, *validation.tests, *validation.unlisted);
  return out;
}

}  // namespace adapt::forge
