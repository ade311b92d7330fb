#include "tools/pyast/query_predicate.h"

#include <regex.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace adapt::pyast {
namespace {

constexpr std::size_t kMaxExpression = 512;  // bytes

// What the C library would misread in silence (\d is a "d" to it) or could take exponential room for.
Result<void> check_expression(const std::string& expression) {
  if (expression.size() > kMaxExpression)
    return fail(ErrorKind::parse, "a regular expression has {} bytes; at most {} are taken", expression.size(),
                kMaxExpression);
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '\0') return fail(ErrorKind::parse, "a regular expression holds a zero byte");
    if (c == '{') return fail(ErrorKind::parse, "regular expression '{}': counted repetition is not taken", expression);
    if (c != '\\') continue;
    const char escaped = ++i < expression.size() ? expression[i] : '\0';
    const bool known = std::string_view("wWsSbB").find(escaped) != std::string_view::npos;
    if (escaped == '\0' || (std::isalnum(static_cast<unsigned char>(escaped)) != 0 && !known))
      return fail(ErrorKind::parse, "regular expression '{}': unknown escape at byte {}", expression, i - 1);
  }
  return {};
}

}  // namespace

struct TextSearch::Expression {
  regex_t compiled{};
  bool usable = false;
  Expression() = default;
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;
  ~Expression() {
    if (usable) regfree(&compiled);
  }
};

Result<TextSearch> TextSearch::compile(const std::string& expression) {
  ADAPT_TRY_VOID(check_expression(expression));
  auto made = std::make_shared<Expression>();
  if (const int code = regcomp(&made->compiled, expression.c_str(), REG_EXTENDED | REG_NOSUB); code != 0) {
    std::array<char, 128> reason{};
    regerror(code, &made->compiled, reason.data(), reason.size());
    return fail(ErrorKind::parse, "regular expression '{}': {}", expression, reason.data());
  }
  made->usable = true;
  TextSearch out;
  out.expression_ = std::move(made);
  return out;
}

bool TextSearch::found_in(std::string_view text) const {
  regmatch_t range{};
  range.rm_eo = static_cast<regoff_t>(text.size());
  return regexec(&expression_->compiled, text.data(), 1, &range, REG_STARTEND) == 0;
}

Result<Predicate> Predicate::compile(std::string_view name, std::span<const PredicateArgument> arguments) {
  struct Known {
    std::string_view name;
    Kind kind;
    bool negated;
  };
  static constexpr std::array<Known, 5> kKnown = {{{"eq?", Kind::equal, false},
                                                   {"not-eq?", Kind::equal, true},
                                                   {"any-of?", Kind::any_of, false},
                                                   {"match?", Kind::search, false},
                                                   {"not-match?", Kind::search, true}}};
  const auto known = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& row) { return row.name == name; });
  if (known == kKnown.end())
    return fail(ErrorKind::parse, "predicate #{} is not known; there are #eq? #not-eq? #any-of? #match? #not-match?",
                name);
  if (arguments.empty() || !arguments[0].is_capture)
    return fail(ErrorKind::parse, "the first argument of #{} is not a capture", name);
  const auto objects = arguments.subspan(1);
  const bool may_be_captures = known->kind == Kind::equal;
  if (!may_be_captures && std::any_of(objects.begin(), objects.end(), [](const auto& o) { return o.is_capture; }))
    return fail(ErrorKind::parse, "#{} compares with strings, not with captures", name);
  if (objects.empty() || (known->kind != Kind::any_of && objects.size() != 1))
    return fail(ErrorKind::parse, "#{} has {} arguments after its capture", name, objects.size());
  Predicate out;
  out.kind_ = known->kind;
  out.negated_ = known->negated;
  out.subject_ = arguments[0].capture;
  out.objects_.assign(objects.begin(), objects.end());
  if (known->kind == Kind::search) {
    ADAPT_TRY(out.search_, TextSearch::compile(objects[0].text));
  }
  return out;
}

bool Predicate::holds(const CaptureTexts& captures) const {
  const std::vector<std::string_view>& subjects = captures[subject_];
  const PredicateArgument& object = objects_.front();
  if (kind_ == Kind::equal && object.is_capture) {  // node by node; an optional capture that is absent equals nothing
    const std::vector<std::string_view>& others = captures[object.capture];
    const std::size_t shared = std::min(subjects.size(), others.size());
    for (std::size_t i = 0; i < shared; ++i)
      if ((subjects[i] == others[i]) == negated_) return false;
    return negated_ || subjects.size() == others.size();
  }
  return std::all_of(subjects.begin(), subjects.end(), [&](std::string_view text) {
    if (kind_ == Kind::search) return search_.found_in(text) != negated_;
    const bool equal = std::any_of(objects_.begin(), objects_.end(),
                                   [&](const PredicateArgument& argument) { return argument.text == text; });
    return equal != negated_;
  });
}

}  // namespace adapt::pyast
