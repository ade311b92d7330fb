#include "agent/domain/model_id.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <vector>

#include "agent/domain/forge_folder.h"
#include "tools/base/text.h"

namespace adapt::domain {
namespace fs = std::filesystem;
namespace {

struct Scheme {
  std::string_view prefix;
  bool readable;
  std::string_view instead;  // what to type where this version cannot read the source
};

constexpr std::string_view kForge = "forge:";
constexpr std::size_t kLongestVariant = 200;  // bytes

constexpr std::array kSchemes = {
    Scheme{"transformers", true, ""},
    Scheme{"hf", false, "download the repository and give its folder"},
    Scheme{"diffusers", false, "write a Python file with load_model() and load_inputs()"},
    Scheme{"timm", false, "write a Python file with load_model() and load_inputs()"},
    Scheme{"forge", true, ""},
};

std::vector<std::string> scheme_names() {
  std::vector<std::string> names;
  for (const Scheme& scheme : kSchemes) names.emplace_back(scheme.prefix);
  return names;
}

Result<fs::path> existing(std::string_view text) {
  std::error_code code;
  fs::path path = fs::canonical(fs::path(text), code);
  if (code) return fail(ErrorKind::usage, "no such file or folder: {}", text);
  return path;
}

bool looks_like_identifier(std::string_view text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text.front())) != 0) return false;
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') return false;
  return true;
}

bool is_printable(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0; });
}

Result<ModelId> python_file(std::string_view text, ModelSize size) {
  std::string_view path_text = text;
  std::optional<std::string> factory;
  if (const std::size_t colon = text.rfind(".py:"); colon != std::string_view::npos) {
    path_text = text.substr(0, colon + 3);
    factory = std::string(text.substr(colon + 4));
    if (!looks_like_identifier(*factory))
      return fail(ErrorKind::usage, "'{}' is not the name of a factory in {}", *factory, path_text);
  }
  ADAPT_TRY(const fs::path path, existing(path_text));
  if (!fs::is_regular_file(path)) return fail(ErrorKind::usage, "{} is not a file", path.string());
  return ModelId{ModelKind::file, path.string(), std::move(factory), size};
}

Result<ModelId> with_scheme(std::string_view prefix, std::string_view rest, ModelSize size) {
  for (const Scheme& scheme : kSchemes) {
    if (scheme.prefix != prefix) continue;
    if (!scheme.readable)
      return fail(ErrorKind::usage, "models written '{}:...' are not read by this version; {}", prefix, scheme.instead);
    if (!looks_like_identifier(rest))
      return fail(ErrorKind::usage, "'{}' is not a class name; write transformers:<Class>, e.g. transformers:BertModel",
                  rest);
    return ModelId{ModelKind::transformers, std::string(rest), std::nullopt, size};
  }
  return fail(ErrorKind::usage, "unknown model source '{}:'{}", prefix, did_you_mean(prefix, scheme_names()));
}

// The variant follows the last colon whose left side is there: both a path and a variant may hold one.
Result<ModelId> forge_loader(std::string_view rest, ModelSize size) {
  std::error_code code;
  std::string_view folder = rest;
  while (!folder.empty() && !fs::exists(fs::path(folder), code)) {
    const std::size_t colon = folder.rfind(':');
    if (colon == std::string_view::npos) break;
    folder = folder.substr(0, colon);
  }
  ADAPT_TRY(const fs::path place, find_forge_folder(folder.empty() ? rest : folder));
  if (folder.size() == rest.size()) return ModelId{ModelKind::forge, place.string(), std::nullopt, size};
  const std::string_view variant = rest.substr(folder.size() + 1);
  if (variant.empty() || variant.size() > kLongestVariant || !is_printable(variant))
    return fail(ErrorKind::usage, "'{}' is not the name of a variant of {}", variant.substr(0, kLongestVariant),
                folder);
  return ModelId{ModelKind::forge, place.string(), std::string(variant), size};
}

}  // namespace

std::string_view to_string(ModelKind kind) {
  switch (kind) {
    case ModelKind::transformers: return "transformers";
    case ModelKind::folder: return "folder";
    case ModelKind::file: return "file";
    case ModelKind::forge: return "forge";
  }
  return "file";
}

std::string_view to_string(ModelSize size) {
  switch (size) {
    case ModelSize::tiny: return "tiny";
    case ModelSize::base: return "base";
    case ModelSize::full: return "full";
  }
  return "tiny";
}

Result<ModelSize> parse_model_size(std::string_view text) {
  for (const ModelSize size : {ModelSize::tiny, ModelSize::base, ModelSize::full})
    if (text == to_string(size)) return size;
  return fail(ErrorKind::usage, "unknown size '{}'{}", text, did_you_mean(text, {"tiny", "base", "full"}));
}

std::string ModelId::text() const {
  if (kind == ModelKind::transformers) return "transformers:" + name;
  if (kind == ModelKind::forge) return fmt::format("{}{}{}", kForge, name, factory ? ":" + *factory : "");
  return factory ? name + ":" + *factory : name;
}

std::string ModelId::slug() const {
  std::string base = kind == ModelKind::transformers ? name : fs::path(name).stem().string();
  if (kind == ModelKind::forge) base = forge_model_name(name) + (factory ? "-" + *factory : "");
  std::string out;
  for (const char c : base) out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '-';
  if (out.size() > 48) out.resize(48);
  return out.empty() ? "model" : out;
}

client::Model ModelId::to_wire(std::int64_t seed) const {
  return {std::string(to_string(kind)), name, std::string(to_string(size)), factory, seed};
}

Result<ModelId> parse_model_id(std::string_view text, ModelSize size) {
  if (text.empty())
    return fail(ErrorKind::usage, "the model is empty; write transformers:<Class>, a folder or a Python file");
  if (text.find('\0') != std::string_view::npos) return fail(ErrorKind::usage, "the model holds a NUL byte");
  if (text.starts_with(kForge)) return forge_loader(text.substr(kForge.size()), size);
  if (text.ends_with(".py") || contains(text, ".py:")) return python_file(text, size);
  std::error_code code;
  if (fs::is_directory(fs::path(text), code)) {
    ADAPT_TRY(const fs::path path, existing(text));
    return ModelId{ModelKind::folder, path.string(), std::nullopt, size};
  }
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos)
    return with_scheme(text.substr(0, colon), text.substr(colon + 1), size);
  if (contains(text, "/"))
    return fail(ErrorKind::usage,
                "no such folder: {}; a Hugging Face repository has to be downloaded first, then give its folder", text);
  return fail(ErrorKind::usage,
              "cannot tell what '{}' is; write transformers:{} for a class, or the path of a folder or Python file",
              text, text);
}

}  // namespace adapt::domain
