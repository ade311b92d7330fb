#include "agent/prompting/prompts.h"

#include <algorithm>
#include <array>
#include <utility>

#include "prompt_texts.h"
#include "tools/base/hash.h"
#include "tools/base/json.h"

namespace adapt::prompting {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kTexts = {{
    {"system", texts::k_system},
    {"task", texts::k_task},
    {"continue", texts::k_continue},
    {"branch", texts::k_branch},
    {"no_call", texts::k_no_call},
    {"cut_short", texts::k_cut_short},
    {"refused", texts::k_refused},
    {"checked", texts::k_checked},
}};

std::vector<Prompt> read_manifest() {
  static const Result<Json> manifest = parse_json(texts::k_manifest);
  ADAPT_CHECK(manifest.has_value(), "prompts/manifest.json is malformed");
  std::vector<Prompt> out;
  for (const Json& entry : manifest->at("prompts")) {
    const auto& id = entry.at("id").get_ref<const std::string&>();
    const auto* const text = std::ranges::find(kTexts, id, [](const auto& known) { return known.first; });
    ADAPT_CHECK(text != kTexts.end(), "prompts/manifest.json names a prompt without a text");
    out.push_back(
        {id, entry.at("purpose").get_ref<const std::string&>(), text->second, strings_or_empty(entry, "variables")});
  }
  ADAPT_CHECK(out.size() == kTexts.size(), "a prompt is missing in prompts/manifest.json");
  return out;
}

}  // namespace

const std::vector<Prompt>& prompts() {
  static const std::vector<Prompt> all = read_manifest();
  return all;
}

std::string render(std::string_view id, const Variables& variables) {
  const auto prompt = std::ranges::find(prompts(), id, &Prompt::id);
  ADAPT_CHECK(prompt != prompts().end(), "an unknown prompt");
  ADAPT_CHECK(variables.size() == prompt->variables.size(), "variables that the prompt does not have");
  std::string out;
  std::string_view rest = prompt->text;
  for (std::size_t open = rest.find("{{"); open != std::string_view::npos; open = rest.find("{{")) {
    const std::size_t close = rest.find("}}", open);
    ADAPT_CHECK(close != std::string_view::npos, "a prompt with an open {{");
    const auto value = variables.find(std::string(rest.substr(open + 2, close - open - 2)));
    ADAPT_CHECK(value != variables.end(), "a variable of a prompt without a value");
    out.append(rest.substr(0, open));
    out += value->second.empty() ? "(nothing)" : value->second;
    rest.remove_prefix(close + 2);
  }
  return out.append(rest);
}

const std::string& prompts_hash() {
  static const std::string hash = [] {
    std::string all;
    for (const Prompt& prompt : prompts()) all += fmt::format("{}\n{}\n", prompt.id, prompt.text);
    return sha256_hex(all);
  }();
  return hash;
}

}  // namespace adapt::prompting
