#include "patterns/isomorphisms.h"

#include <algorithm>

#include "patterns/pattern_term.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

// Parts of `text` between `separator`s, trimmed.
std::vector<std::string> parts(std::string_view text, std::string_view separator) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t at = text.find(separator);
    out.emplace_back(trim(text.substr(0, at)));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + separator.size());
  }
}

const Parameters* find(const std::map<std::string, Parameters, std::less<>>& table, std::string_view key) {
  const auto found = table.find(key);
  return found == table.end() ? nullptr : &found->second;
}

}  // namespace

Result<std::shared_ptr<const Isomorphisms>> Isomorphisms::load(const std::filesystem::path& file) {
  ADAPT_TRY(const std::string text, read_file(file, std::uint64_t{1} << 20U));
  return parse(text, file.string());
}

Result<std::shared_ptr<const Isomorphisms>> Isomorphisms::parse(std::string_view text, std::string_view file) {
  static const std::vector<std::string> sections = {"imports", "names", "signatures", "alike", "equal"};
  auto table = std::make_shared<Isomorphisms>();
  std::string section;
  std::size_t number = 0;
  for (const std::string_view raw : split_lines(text)) {
    ++number;
    const std::string_view line = trim(raw);
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '[' && line.back() == ']') {
      section = std::string(line.substr(1, line.size() - 2));
      if (std::find(sections.begin(), sections.end(), section) == sections.end())
        return fail(ErrorKind::parse, "{}:{}: unknown section '[{}]'{}", file, number, section,
                    did_you_mean(section, sections));
      continue;
    }
    if (auto read = table->read_line(section, line); !read)
      return fail(ErrorKind::parse, "{}:{}: {}", file, number, read.error().message);
  }
  // Members may use every import, name and signature, so they are compiled last.
  for (const auto& members : table->equal_texts_) {
    std::vector<PatternTerm> compiled;
    for (const std::string& member : members) {
      auto term = compile_member(member, *table);
      if (!term) return fail(term.error(), file);
      compiled.push_back(std::move(*term));
    }
    table->equal_.push_back(std::move(compiled));
  }
  return table;
}

Result<void> Isomorphisms::read_line(std::string_view section, std::string_view line) {
  if (section == "imports") {
    auto words = parts(line, " ");
    if (words.size() == 2 && words[0] == "import")
      imports_[words[1]] = words[1];
    else if (words.size() == 4 && words[0] == "import" && words[2] == "as")
      imports_[words[3]] = words[1];
    else
      return fail(ErrorKind::parse, "expected 'import X' or 'import X as Y', got '{}'", line);
  } else if (section == "names") {
    const auto names = parts(line, "=");
    if (names.size() < 2) return fail(ErrorKind::parse, "expected 'a.b = c.d', got '{}'", line);
    for (std::size_t i = 1; i < names.size(); ++i)
      if (!names_.emplace(names[i], names[0]).second)
        return fail(ErrorKind::parse, "'{}' has two normal names", names[i]);
  } else if (section == "signatures") {
    const bool is_method = line.starts_with("method ");
    const std::string_view rest = trim(is_method ? line.substr(7) : line);
    const std::size_t open = rest.find('(');
    if (open == std::string_view::npos || rest.back() != ')')
      return fail(ErrorKind::parse, "expected 'name(parameters)', got '{}'", line);
    const std::string dotted(trim(rest.substr(0, open)));
    Parameters parameters;
    for (std::string& parameter : parts(rest.substr(open + 1, rest.size() - open - 2), ",")) {
      if (parameter == "*") break;  // keyword-only ones follow
      parameters.push_back(std::move(parameter));
    }
    if (parameters.empty() || parameters.front().empty())
      return fail(ErrorKind::parse, "'{}' has no parameters", dotted);
    const std::string last = dotted.substr(dotted.rfind('.') + 1);
    const bool tensor_only = dotted.starts_with("torch.Tensor.");
    if (is_method || tensor_only) methods_[last] = Parameters(parameters.begin() + 1, parameters.end());
    if (is_method) method_functions_[last] = dotted;
    if (!tensor_only) functions_[dotted] = std::move(parameters);
  } else if (section == "alike") {
    auto words = parts(line, " ");
    if (words.size() < 2) return fail(ErrorKind::parse, "expected words such as 'zeros ones', got '{}'", line);
    std::sort(words.begin(), words.end());
    alike_.push_back(std::move(words));
  } else if (section == "equal") {
    auto members = parts(line, "<=>");
    if (members.size() < 2) return fail(ErrorKind::parse, "expected 'A <=> B', got '{}'", line);
    equal_texts_.push_back(std::move(members));
  } else {
    return fail(ErrorKind::parse, "'{}' stands before any section", line);
  }
  return {};
}

std::string Isomorphisms::import_statement(std::string_view head) const {
  const auto found = imports_.find(head);
  if (found == imports_.end()) return {};
  return found->second == head ? "import " + found->second : "import " + found->second + " as " + std::string(head);
}

bool Isomorphisms::is_known_package(std::string_view dotted) const {
  const std::string_view package = dotted.substr(0, dotted.find('.'));
  return std::any_of(imports_.begin(), imports_.end(), [&](const auto& import) {
    return std::string_view(import.second).substr(0, import.second.find('.')) == package;
  });
}

std::string Isomorphisms::spelling(std::string_view dotted) const {
  std::string_view best_head, best_target;
  for (const auto& [head, target] : imports_) {
    const bool fits = dotted == target || (dotted.starts_with(target) && dotted[target.size()] == '.');
    if (fits && target.size() > best_target.size()) best_head = head, best_target = target;
  }
  return best_head.empty() ? std::string(dotted) : std::string(best_head).append(dotted.substr(best_target.size()));
}

std::string_view Isomorphisms::normal(std::string_view dotted) const {
  const auto found = names_.find(dotted);
  return found == names_.end() ? dotted : std::string_view(found->second);
}

std::vector<std::string> Isomorphisms::spellings(std::string_view word) const {
  const auto last = [](std::string_view dotted) { return dotted.substr(dotted.rfind('.') + 1); };
  std::vector<std::string> out = {std::string(word)};
  for (const auto& [other, name] : names_)
    if (last(name) == word) out.emplace_back(last(other));
  for (const auto& [head, target] : imports_)
    if (last(normal(target)) == word) out.push_back(head);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

const Parameters* Isomorphisms::function(std::string_view dotted) const { return find(functions_, dotted); }
const Parameters* Isomorphisms::method(std::string_view name) const { return find(methods_, name); }

const std::string* Isomorphisms::function_of_method(std::string_view name) const {
  const auto found = method_functions_.find(name);
  return found == method_functions_.end() ? nullptr : &found->second;
}

bool Isomorphisms::has_method_form(std::string_view dotted) const {
  const auto found = method_functions_.find(dotted.substr(dotted.rfind('.') + 1));
  return found != method_functions_.end() && found->second == dotted;
}

}  // namespace adapt::patterns
