#include "patterns/fstring.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>

namespace adapt::patterns {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

struct Literal {
  std::string prefix, quote;  // `"`, `'` or three of them
  std::string_view content;
};

// Plain and raw strings only: bytes have no f-strings, and interpolations would be formatted twice.
std::optional<Literal> literal_of(pyast::Node node) {
  if (node.kind() != "string") return std::nullopt;
  const std::string_view text = node.text();
  const std::size_t begin = text.find_first_of("'\"");
  if (begin == std::string_view::npos) return std::nullopt;
  Literal out;
  for (const char c : text.substr(0, begin)) {
    const char low = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (low != 'r' && low != 'u') return std::nullopt;
    if (low == 'r') out.prefix.assign(1, 'r');
  }
  const bool triple = text.substr(begin).starts_with(std::string(3, text[begin])) && text.size() >= begin + 6;
  out.quote = std::string(triple ? 3 : 1, text[begin]);
  if (text.size() < begin + 2 * out.quote.size()) return std::nullopt;
  out.content = text.substr(begin + out.quote.size(), text.size() - begin - 2 * out.quote.size());
  return out;
}

class Builder {
 public:
  explicit Builder(const Literal& literal) : quote_(literal.quote.front()) {
    text("f");
    text(literal.prefix);
    text(literal.quote);
  }

  void text(std::string_view piece) {
    if (out_.empty() || !out_.back().is_text()) out_.emplace_back();
    out_.back().text.append(piece);
  }

  // False when the value cannot stand in an f-string.
  bool value(const TermTree& tree, TermId id, std::string_view behind, bool as_integer) {
    const pyast::Node node = tree.at(id).node;
    const std::string_view source = node.text();
    if (source.find_first_of("\n\\#") != std::string_view::npos) return false;
    const char other = quote_ == '"' ? '\'' : '"';
    const bool swap = source.find(quote_) != std::string_view::npos;
    if (swap && source.find(other) != std::string_view::npos) return false;
    const std::string_view kind = tree.at(id).kind;
    if (kind == "string" && tree.at(id).count > 0) return false;
    const bool wrap = kind == "lambda" || kind == "named_expression" || kind == "yield" ||
                      (kind == "tuple" && !source.starts_with('('));
    text(as_integer ? "{int(" : wrap ? "{(" : source.starts_with('{') ? "{ " : "{");
    out_.push_back({"", &tree, id, swap ? quote_ : char{0}});
    text(as_integer || wrap ? ")" : source.ends_with('}') ? " " : "");
    text(std::string(behind) + "}");
    return true;
  }

  ComputedCode finish(const Literal& literal) {
    text(literal.quote);
    return std::move(out_);
  }

 private:
  char quote_;
  ComputedCode out_;
};

// The arguments of a .format call, and how often each was used.
class Values {
 public:
  static std::optional<Values> of(const Capture& arguments) {
    Values out;
    out.tree_ = arguments.tree;
    for (const TermId id : arguments.terms) {
      const Term& term = arguments.tree->at(id);
      if (term.kind != "argument" || term.count != 1) return std::nullopt;
      const TermId value = arguments.tree->children(id).front();
      out.uses_[value] = 0;
      if (term.positional)
        out.positional_.push_back(value);
      else
        out.named_.emplace(term.text, value);
    }
    return out;
  }

  std::optional<TermId> take(std::string_view field) {
    if (field.empty() ? manual_ : automatic_ && is_digit(field.front())) return std::nullopt;
    std::optional<TermId> found;
    if (field.empty() || is_digit(field.front())) {
      (field.empty() ? automatic_ : manual_) = true;
      std::size_t index = next_;
      if (field.empty()) {
        ++next_;
      } else {
        if (field.size() > 3 || !std::all_of(field.begin(), field.end(), is_digit)) return std::nullopt;
        index = static_cast<std::size_t>(std::stoul(std::string(field)));
      }
      if (index < positional_.size()) found = positional_[index];
    } else if (const auto named = named_.find(field); named != named_.end()) {
      found = named->second;
    }
    if (found) ++uses_[*found];
    return found;
  }

  // Each once; more often only what costs nothing and cannot change between.
  bool all_used() const {
    return std::all_of(uses_.begin(), uses_.end(), [&](const auto& use) {
      return use.second == 1 || (use.second > 1 && tree_->at(use.first).kind == "identifier");
    });
  }

 private:
  const TermTree* tree_ = nullptr;
  std::vector<TermId> positional_;
  std::map<std::string, TermId, std::less<>> named_;
  std::map<TermId, int> uses_;
  std::size_t next_ = 0;
  bool automatic_ = false, manual_ = false;
};

// "name!r:spec" -> name and what stays behind the value; nothing for formats within formats.
struct Field {
  std::string_view name, behind;
};
std::optional<Field> field_of(std::string_view text) {
  if (text.find_first_of("{\\\n") != std::string_view::npos) return std::nullopt;
  const std::size_t end = std::min(text.find_first_of("!:"), text.size());
  const std::string_view name = text.substr(0, end);
  if (name.find_first_of(".[ ") != std::string_view::npos) return std::nullopt;
  return Field{name, text.substr(end)};
}

// One conversion of `%`.
struct Conversion {
  std::string flags, width, precision;
  char type = 0;
};
std::optional<Conversion> conversion_at(std::string_view text, std::size_t& at) {
  Conversion out;
  const auto take = [&](std::string& into, auto test) {
    while (at < text.size() && test(text[at])) into += text[at++];
  };
  take(out.flags, [](char c) { return std::string_view("-+ 0#").find(c) != std::string_view::npos; });
  take(out.width, is_digit);
  if (at < text.size() && text[at] == '.') {
    out.precision += text[at++];
    take(out.precision, is_digit);
  }
  if (at >= text.size()) return std::nullopt;
  out.type = text[at++];
  return out;
}

struct Placed {
  std::string behind;
  bool as_integer = false;  // `%d` cuts off what an f-string would refuse
};
std::optional<Placed> placed(const Conversion& conversion) {
  const bool left = conversion.flags.find('-') != std::string::npos;
  std::string flags = conversion.flags;
  std::erase(flags, '-');
  const bool plain = conversion.flags.empty() && conversion.width.empty() && conversion.precision.empty();
  const std::string aligned = (left ? "<" : "") + flags + conversion.width + conversion.precision;
  switch (conversion.type) {
    case 's':
    case 'r': {
      const std::string how = conversion.type == 'r' ? "!r" : "";
      if (plain) return Placed{how};
      if (!flags.empty()) return std::nullopt;
      const std::string side = conversion.width.empty() ? "" : left ? "<" : ">";
      return Placed{(how.empty() ? "!s" : how) + ":" + side + conversion.width + conversion.precision};
    }
    case 'd':
    case 'i':
      if (plain) return Placed{};
      if (!conversion.precision.empty()) return std::nullopt;
      return Placed{":" + aligned + "d", true};
    case 'f':
    case 'F':
    case 'e':
    case 'E':
    case 'g':
    case 'G':
    case 'x':
    case 'X':
    case 'o': return Placed{":" + aligned + conversion.type};
    default: return std::nullopt;
  }
}

std::vector<TermId> values_of_percent(const Capture& value) {
  const TermId id = value.terms.front();
  if (value.tree->at(id).kind != "tuple") return {id};
  const auto children = value.tree->children(id);
  return {children.begin(), children.end()};
}

}  // namespace

std::optional<ComputedCode> format_fstring(const TermTree& tree, TermId string, const Capture& arguments) {
  const auto literal = literal_of(tree.at(string).node);
  if (!literal || arguments.terms.empty()) return std::nullopt;
  auto values = Values::of(arguments);
  if (!values) return std::nullopt;
  Builder out(*literal);
  const std::string_view text = literal->content;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("{{") || rest.starts_with("}}")) {
      out.text(rest.substr(0, 2));
      at += 2;
    } else if (rest.front() == '}') {
      return std::nullopt;
    } else if (rest.front() == '{') {
      const std::size_t end = rest.find('}');
      if (end == std::string_view::npos) return std::nullopt;
      const auto field = field_of(rest.substr(1, end - 1));
      if (!field) return std::nullopt;
      const auto value = values->take(field->name);
      if (!value || !out.value(*arguments.tree, *value, field->behind, false)) return std::nullopt;
      at += end + 1;
    } else {
      out.text(rest.substr(0, 1));
      ++at;
    }
  }
  if (!values->all_used()) return std::nullopt;
  return out.finish(*literal);
}

std::optional<ComputedCode> percent_fstring(const TermTree& tree, TermId string, const Capture& value) {
  const auto literal = literal_of(tree.at(string).node);
  if (!literal || value.terms.size() != 1) return std::nullopt;
  const std::vector<TermId> values = values_of_percent(value);
  if (std::any_of(values.begin(), values.end(), [&](TermId id) {
        const std::string_view kind = value.tree->at(id).kind;
        return kind == "list_splat" || kind == "dictionary";
      }))
    return std::nullopt;
  Builder out(*literal);
  const std::string_view text = literal->content;
  std::size_t next = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at++];
    if (c == '{' || c == '}') {
      out.text(std::string(2, c));
    } else if (c != '%') {
      out.text(std::string_view(&c, 1));
    } else if (at < text.size() && text[at] == '%') {
      out.text("%");
      ++at;
    } else {
      const auto conversion = conversion_at(text, at);
      const auto how = conversion ? placed(*conversion) : std::nullopt;
      if (!how || next >= values.size() || !out.value(*value.tree, values[next], how->behind, how->as_integer))
        return std::nullopt;
      ++next;
    }
  }
  if (next == 0 || next != values.size()) return std::nullopt;
  return out.finish(*literal);
}

}  // namespace adapt::patterns
