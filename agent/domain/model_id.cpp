#include "agent/domain/model_id.h"

#include <array>
#include <cctype>
#include <filesystem>
#include <vector>

#include "tools/base/text.h"

namespace adapt::domain {
namespace fs = std::filesystem;
namespace {

struct Scheme {
  std::string_view prefix;
  bool readable;
  std::string_view instead;  // what to type where this version cannot read the source
};

constexpr std::array kSchemes = {
    Scheme{"transformers", true, ""},
    Scheme{"hf", false, "download the repository and give its folder"},
    Scheme{"diffusers", false, "write a Python file with load_model() and load_inputs()"},
    Scheme{"timm", false, "write a Python file with load_model() and load_inputs()"},
    Scheme{"forge", false, "write a Python file with load_model() and load_inputs()"},
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

}  // namespace

std::string_view to_string(ModelKind kind) {
  switch (kind) {
    case ModelKind::transformers: return "transformers";
    case ModelKind::folder: return "folder";
    case ModelKind::file: return "file";
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
  return factory ? name + ":" + *factory : name;
}

std::string ModelId::slug() const {
  const std::string base = kind == ModelKind::transformers ? name : fs::path(name).stem().string();
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
