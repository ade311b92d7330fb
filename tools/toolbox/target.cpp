#include "tools/toolbox/target.h"

#include <algorithm>

#include "tools/base/text.h"
#include "tools/toolbox/answer.h"
#include "tools/toolbox/similarity.h"

namespace adapt::toolbox {
namespace {

constexpr std::size_t kNearest = 3;

// Whether `whole` ends in the dotted words of `words`.
bool ends_in_words(std::string_view whole, std::string_view words, char separator) {
  return whole.ends_with(words) &&
         (whole.size() == words.size() || whole[whole.size() - words.size() - 1] == separator);
}

bool means(const Symbol& symbol, std::string_view name) {
  if (symbol.name == name || symbol.plain == name) return true;
  if (!contains(symbol.name, ".<locals>")) return false;
  return replace_all(symbol.name, ".<locals>", "") == name || replace_all(symbol.plain, ".<locals>", "") == name;
}

class Finder {
 public:
  Finder(Session& session, const std::vector<Source>& sources) : session_(session), sources_(sources) {}

  // From what leaves no doubt to what is merely short.
  Result<std::vector<Target>> find(std::string_view name) {
    if (name.empty()) return std::move(found_);
    if (const std::size_t colon = name.find(':'); colon != std::string_view::npos) {
      const std::string_view symbol = name.substr(colon + 1);
      for (const Source* source : called(name.substr(0, colon))) ADAPT_TRY_VOID(take(*source, symbol));
      return std::move(found_);
    }
    if (const Source* source = find_source(sources_, name)) {
      ADAPT_TRY_VOID(take(*source, ""));
      return std::move(found_);
    }
    for (const Source& source : sources_) {
      const auto taken = take(source, name);
      if (!taken && !is_unreadable(taken.error())) return tl::unexpected<Error>(taken.error());
    }
    if (found_.empty())
      for (const Source* source : called(name)) ADAPT_TRY_VOID(take(*source, ""));
    // The dots of the module and of the class look alike.
    for (std::size_t dot = name.rfind('.'); found_.empty() && dot != std::string_view::npos && dot > 0;
         dot = name.rfind('.', dot - 1))
      if (const Source* source = find_source(sources_, name.substr(0, dot)))
        ADAPT_TRY_VOID(take(*source, name.substr(dot + 1)));
    return std::move(found_);
  }

 private:
  std::vector<const Source*> called(std::string_view name) const {
    if (const Source* exact = find_source(sources_, name)) return {exact};
    std::vector<const Source*> out;
    for (const Source& source : sources_)
      if (!name.empty() && (ends_in_words(source.module, name, '.') || ends_in_words(source.file, name, '/')))
        out.push_back(&source);
    return out;
  }

  Result<void> take(const Source& source, std::string_view symbol_name) {
    ADAPT_TRY(const auto module, session_.module(source));
    if (symbol_name.empty()) found_.push_back({module, nullptr});
    for (const Symbol& symbol : module->symbols)
      if (!symbol_name.empty() && means(symbol, symbol_name)) found_.push_back({module, &symbol});
    return {};
  }

  Session& session_;
  const std::vector<Source>& sources_;
  std::vector<Target> found_;
};

// Every name there is, as they are asked for.
Result<std::vector<std::string>> all_names(Session& session, const std::vector<Source>& sources) {
  std::vector<std::string> out;
  for (const Source& source : sources) {
    out.push_back(source.module);
    const auto module = session.module(source);
    if (!module && !is_unreadable(module.error())) return tl::unexpected<Error>(module.error());
    if (!module) continue;
    for (const Symbol& symbol : (*module)->symbols) out.push_back(source.module + ":" + symbol.name);
  }
  return out;
}

std::vector<std::string> nearest_names(std::string_view name, const std::vector<std::string>& names) {
  const bool has_module = contains(name, ":");
  std::vector<std::string_view> compared;
  for (const std::string& full : names) {
    const std::size_t colon = full.find(':');
    compared.push_back(has_module || colon == std::string::npos ? full : std::string_view(full).substr(colon + 1));
  }
  std::vector<std::string> out;
  for (const std::size_t i : most_alike(name, compared, kNearest)) out.push_back(names[i]);
  return out;
}

}  // namespace

std::string Target::name() const {
  return symbol == nullptr ? module->source.module : module->source.module + ":" + symbol->name;
}

pyast::Node Target::node() const { return symbol == nullptr ? module->document->root() : symbol->whole; }

pyast::Span Target::lines() const {
  const pyast::Span span = node().span();
  const auto indentation = static_cast<std::uint32_t>(module->document->indentation_at(span.begin).size());
  const std::uint32_t line_start = span.begin - module->document->position(span.begin).column;
  return {line_start + indentation == span.begin ? line_start : span.begin, span.end};
}

const Source* find_source(const std::vector<Source>& sources, std::string_view module_or_file) {
  const auto found = std::find_if(sources.begin(), sources.end(), [&](const Source& source) {
    return source.module == module_or_file || source.file == module_or_file;
  });
  return found == sources.end() ? nullptr : &*found;
}

Result<std::vector<Target>> find_targets(Session& session, std::string_view name) {
  ADAPT_TRY(const std::vector<Source>* sources, session.sources());
  ADAPT_TRY(std::vector<Target> found, Finder(session, *sources).find(trim(name)));
  if (!found.empty()) return found;
  ADAPT_TRY(const std::vector<std::string> names, all_names(session, *sources));
  Answer answer;
  answer.say("'{}' names nothing among the sources that may be changed.", name);
  if (names.empty()) return std::move(answer.line("There are no such sources.")).complaint();
  answer.line("Nearest:");
  for (const std::string& near : nearest_names(name, names)) answer.say("  {}", near);
  return std::move(answer).complaint();
}

Result<Target> find_target(Session& session, std::string_view name) {
  ADAPT_TRY(std::vector<Target> found, find_targets(session, name));
  if (found.size() == 1) return std::move(found.front());
  Answer answer;
  answer.say("'{}' may mean any of {}; give one of these names:", name, found.size());
  for (std::size_t i = 0; i < found.size() && i < 20; ++i)
    answer.say("  {} at line {}", found[i].name(), found[i].node().start().line);
  return std::move(answer).complaint();
}

}  // namespace adapt::toolbox
