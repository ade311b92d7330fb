#include "patterns/computation.h"

#include <algorithm>
#include <cctype>
#include <iterator>

#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

using How = Computation::How;

struct Function {
  std::string_view word;
  How how;
  std::size_t variables;  // that it is computed of, its first arguments
  bool takes_text;        // as its last argument

  std::size_t arguments() const { return variables + (takes_text ? 1 : 0); }
};
constexpr Function kFunctions[] = {
    {"add-prefix", How::add_prefix, 1, true},          {"add-suffix", How::add_suffix, 1, true},
    {"drop-prefix", How::drop_prefix, 1, true},        {"drop-suffix", How::drop_suffix, 1, true},
    {"format-fstring", How::format_fstring, 2, false}, {"percent-fstring", How::percent_fstring, 2, false},
    {"tensor-at-hand", How::tensor_at_hand, 0, false},
};

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  });
}

Result<std::string> variable_name(std::string_view text) {
  if (!text.starts_with('$') || !is_word(text.substr(1)))
    return fail(ErrorKind::parse, "expected a metavariable such as '$NAME', got '{}'", text);
  return std::string(text.substr(1));
}

}  // namespace

Result<Computation> parse_computation(std::string_view text) {
  text = trim(text);
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')'))
    return fail(ErrorKind::parse, "expected 'FUNCTION($VARIABLE, ...)', got '{}'", text);
  const std::string_view word = trim(text.substr(0, open));
  const auto* const function =
      std::find_if(std::begin(kFunctions), std::end(kFunctions), [&](const Function& f) { return f.word == word; });
  if (function == std::end(kFunctions)) {
    std::vector<std::string> known;
    for (const Function& f : kFunctions) known.emplace_back(f.word);
    return fail(ErrorKind::parse, "unknown function '{}'{}", word, did_you_mean(word, known));
  }
  const std::string_view inside = trim(text.substr(open + 1, text.size() - open - 2));
  const auto arguments = inside.empty() ? std::vector<std::string_view>() : split(inside, ',');
  if (arguments.size() != function->arguments())
    return fail(ErrorKind::parse, "{} takes {} arguments, got {}", word, function->arguments(), arguments.size());
  Computation out;
  out.how = function->how;
  for (std::size_t i = 0; i < function->variables; ++i) {
    ADAPT_TRY(out.of.emplace_back(), variable_name(trim(arguments[i])));
  }
  if (!function->takes_text) return out;
  const std::string_view last = trim(arguments.back());
  if (!is_word(last)) return fail(ErrorKind::parse, "{} takes letters, digits and '_', got '{}'", word, last);
  out.text = std::string(last);
  return out;
}

std::string to_string(const Computation& computation) {
  const auto* const function = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                            [&](const Function& f) { return f.how == computation.how; });
  std::string out = std::string(function->word) + "(";
  for (std::size_t i = 0; i < computation.of.size(); ++i) out += (i > 0 ? ", $" : "$") + computation.of[i];
  return out + (function->takes_text ? ", " + computation.text : "") + ")";
}

}  // namespace adapt::patterns
