#include "patterns/check.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "patterns/pattern.h"
#include "patterns/samples.h"
#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

const std::map<std::string, std::string, std::less<>>& dtypes() {
  static const std::map<std::string, std::string, std::less<>> table = {
      {"f16", "float16"}, {"bf16", "bfloat16"}, {"f32", "float32"},   {"f64", "float64"},
      {"i8", "int8"},     {"i16", "int16"},     {"i32", "int32"},     {"i64", "int64"},
      {"u8", "uint8"},    {"bool", "bool"},     {"c64", "complex64"}, {"c128", "complex128"}};
  return table;
}

struct FillRow {
  Filling fill;
  const char* word;
  int numbers;  // that follow; -1: any number
  bool of_booleans, of_integers, of_floats;
};

constexpr FillRow kFills[] = {
    {Filling::normal, "normal", 0, false, false, true},    {Filling::uniform, "uniform", 2, false, false, true},
    {Filling::integers, "integers", 2, false, true, true}, {Filling::values, "values", -1, true, true, true},
    {Filling::range, "range", 0, false, true, true},       {Filling::distinct, "distinct", 0, false, true, true},
    {Filling::some, "some", 0, true, false, false},        {Filling::mixed, "mixed", 0, true, false, false},
    {Filling::all, "all", 0, true, false, false},          {Filling::none, "none", 0, true, false, false},
};

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number out{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || digit(c); });
}

// Words of a line, where commas are blanks.
std::vector<std::string> numbers_in(std::string_view text) {
  return words_of(replace_all(std::string(text), ",", " "));
}

class CheckReader {
 public:
  CheckReader(const Section& section, std::string_view file) : section_(section), file_(file) {}

  Result<Check> read() {
    check_.name = join(section_.words, " ");
    check_.line = section_.line;
    std::vector<Line> code;
    bool in_code = false;
    for (const Line& line : section_.lines) {
      if (in_code) {
        code.push_back(line);
      } else if (line.text.starts_with("---")) {
        if (trim(line.text.substr(3)) != "code")
          return complain(line.number, "expected '--- code', got '{}'", trim(line.text));
        in_code = true;
      } else if (!is_comment(line.text)) {
        ADAPT_TRY_VOID(read_line(line));
      }
    }
    check_.code = code_of(code);
    if (trim(check_.code).empty()) return complain(section_.line, "check '{}' has no '--- code' block", check_.name);
    if (!contains("\n" + check_.code, "\ndef run("))
      return complain(section_.line, "the code of check '{}' defines no 'def run(...)'", check_.name);
    if (!compared_ && check_.raises.empty() && check_.refuses.empty())
      return complain(section_.line, "check '{}' says neither 'compare' nor 'raises' nor 'refuses'", check_.name);
    if (!check_.raises.empty() && !check_.refuses.empty())
      return complain(section_.line, "check '{}' says both 'raises' and 'refuses'", check_.name);
    return sized();
  }

 private:
  template <class... Args>
  tl::unexpected<Error> complain(std::uint32_t line, fmt::format_string<Args...> format, Args&&... args) const {
    return fail(ErrorKind::parse, "{}:{}: {}", file_, line, fmt::format(format, std::forward<Args>(args)...));
  }

  Result<void> read_line(const Line& line) {
    static const std::vector<std::string> keys = {"input", "size", "compare", "raises", "refuses", "sample"};
    const auto [key, value] = key_value(line.text);
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      return complain(line.number, "unknown key '{}'{}", key, did_you_mean(key, keys));
    if (value.empty()) return complain(line.number, "'{}' needs a value", key);
    if (key == "size") return read_size(line.number, value);
    if (key == "compare") return read_compare(line.number, value);
    if (key == "raises") check_.raises = std::string(value);
    if (key == "refuses") check_.refuses = std::string(value);
    if (key == "sample") check_.sample = std::string(value);
    if (key == "input")
      for (const std::string_view item : split(value, ';'))
        if (!trim(item).empty()) ADAPT_TRY_VOID(read_input(line.number, trim(item)));
    return {};
  }

  Result<void> read_size(std::uint32_t line, std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string name(trim(text.substr(0, std::min(colon, text.size()))));
    if (colon == std::string_view::npos || !is_name(name))
      return complain(line, "expected 'size NAME: NUMBER, ...', got '{}'", text);
    std::vector<std::int64_t> values;
    for (const std::string& word : numbers_in(text.substr(colon + 1))) {
      const auto value = number<std::int64_t>(word);
      if (!value || *value < 0) return complain(line, "'{}' is not a size", word);
      values.push_back(*value);
    }
    if (values.empty()) return complain(line, "size '{}' has no values", name);
    if (!check_.sizes.emplace(name, std::move(values)).second) return complain(line, "size '{}' is given twice", name);
    return {};
  }

  Result<void> read_compare(std::uint32_t line, std::string_view text) {
    if (compared_) return complain(line, "'compare' is given twice");
    compared_ = true;
    if (text == "exact") return {};
    check_.exact = false;
    for (const std::string& word : words_of(text)) {
      const std::size_t equals = std::min(word.find('='), word.size());
      const std::string key = word.substr(0, equals);
      const auto value = number<double>(std::string_view(word).substr(std::min(equals + 1, word.size())));
      if ((key != "rtol" && key != "atol") || !value || !(*value >= 0))
        return complain(line, "expected 'exact' or 'rtol=NUMBER atol=NUMBER', got '{}'", word);
      (key == "rtol" ? check_.rtol : check_.atol) = *value;
    }
    return {};
  }

  // "x: f32[B, 6] normal with nan"
  Result<void> read_input(std::uint32_t line, std::string_view text) {
    const std::size_t colon = text.find(':'), open = text.find('['), close = text.find(']');
    if (colon == std::string_view::npos || open == std::string_view::npos || close == std::string_view::npos ||
        colon > open || open > close)
      return complain(line, "expected 'NAME: DTYPE[SIZE, ...] FILL', got '{}'", text);
    CheckInput input;
    input.name = std::string(trim(text.substr(0, colon)));
    if (!is_name(input.name)) return complain(line, "'{}' is not a name", input.name);
    for (const CheckInput& other : check_.inputs)
      if (other.name == input.name) return complain(line, "input '{}' is given twice", input.name);
    const std::string_view dtype = trim(text.substr(colon + 1, open - colon - 1));
    auto spelled = dtype_named(dtype);
    if (!spelled) return complain(line, "{}", spelled.error().message);
    input.dtype = std::move(*spelled);
    for (const std::string& word : numbers_in(text.substr(open + 1, close - open - 1))) {
      const auto size = number<std::int64_t>(word);
      if (!(size && *size >= 0) && !is_name(word)) return complain(line, "'{}' is not a size", word);
      input.shape.push_back(word);
    }
    ADAPT_TRY_VOID(read_fill(line, input, words_of(text.substr(close + 1))));
    lines_.push_back(line);
    check_.inputs.push_back(std::move(input));
    return {};
  }

  Result<void> read_fill(std::uint32_t line, CheckInput& input, std::vector<std::string> words) const {
    const bool boolean = input.dtype == "bool";
    const bool integer = input.dtype.find("int") != std::string::npos;
    if (const auto with = std::find(words.begin(), words.end(), "with"); with != words.end()) {
      for (auto word = with + 1; word != words.end(); ++word) {
        if ((*word != "nan" && *word != "inf") || boolean || integer)
          return complain(line, "'with {}' does not fit {}; floating inputs may be 'with nan', 'with inf'", *word,
                          input.dtype);
        (*word == "nan" ? input.nan : input.inf) = true;
      }
      words.erase(with, words.end());
    }
    if (words.empty() && !boolean && !integer) words = {"normal"};
    if (words.empty()) return complain(line, "input '{}' does not say how it is filled", input.name);
    std::vector<std::string> known;
    const FillRow* row = nullptr;
    for (const FillRow& candidate : kFills) {
      if (!(boolean ? candidate.of_booleans : integer ? candidate.of_integers : candidate.of_floats)) continue;
      known.emplace_back(candidate.word);
      if (candidate.word == words.front()) row = &candidate;
    }
    if (row == nullptr)
      return complain(line, "'{}' does not fill {}; known are {}", words.front(), input.dtype, join(known, ", "));
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
      const auto value = number<double>(*word);
      if (!value) return complain(line, "'{}' is not a number", *word);
      input.values.push_back(*value);
    }
    if (row->numbers >= 0 && input.values.size() != static_cast<std::size_t>(row->numbers))
      return complain(line, "'{}' is followed by {} numbers, not {}", row->word, row->numbers, input.values.size());
    input.fill = row->fill;
    if (row->numbers == 2) {
      input.low = input.values[0];
      input.high = input.values[1];
      input.values.clear();
      if (!(input.low < input.high)) return complain(line, "there is nothing between {} and {}", input.low, input.high);
    }
    return {};
  }

  // Names of sizes are known only once all lines are read.
  Result<Check> sized() {
    std::set<std::string> used;
    for (std::size_t i = 0; i < check_.inputs.size(); ++i) {
      std::int64_t count = 1;
      bool fixed = true;
      for (const std::string& size : check_.inputs[i].shape) {
        const auto value = number<std::int64_t>(size);
        fixed = fixed && value;
        count *= value.value_or(1);
        if (value) continue;
        used.insert(size);
        if (!check_.sizes.contains(size)) return complain(lines_[i], "no 'size {}: ...' line gives its values", size);
      }
      if (check_.inputs[i].fill != Filling::values) continue;
      if (!fixed || static_cast<std::size_t>(count) != check_.inputs[i].values.size())
        return complain(lines_[i], "{} values do not fill the shape of input '{}'", check_.inputs[i].values.size(),
                        check_.inputs[i].name);
    }
    for (const auto& [name, values] : check_.sizes)
      if (!used.contains(name)) return complain(section_.line, "size '{}' is in the shape of no input", name);
    return std::move(check_);
  }

  const Section& section_;
  std::string_view file_;
  Check check_;
  std::vector<std::uint32_t> lines_;  // of the inputs
  bool compared_ = false;
};

}  // namespace

std::string_view to_string(Filling fill) {
  for (const FillRow& row : kFills)
    if (row.fill == fill) return row.word;
  return "normal";
}

Result<std::string> dtype_named(std::string_view word) {
  const auto spelled = dtypes().find(word);
  if (spelled != dtypes().end()) return spelled->second;
  std::vector<std::string> known;
  for (const auto& [name, full] : dtypes()) known.push_back(name);
  return fail(ErrorKind::parse, "unknown dtype '{}'; known are {}", word, join(known, ", "));
}

Result<Check> parse_check(const Section& section, std::string_view name) { return CheckReader(section, name).read(); }

Result<CheckModules> modules_of(const Pattern& pattern, const Check& check) {
  CheckModules out;
  std::string module = "sample";
  if (!check.sample.empty()) {
    const auto sample = std::find_if(pattern.samples.begin(), pattern.samples.end(),
                                     [&](const Sample& s) { return s.name == check.sample; });
    ADAPT_CHECK(sample != pattern.samples.end(), "the reader of the pattern has looked for the sample");
    out.before = sample->before + "\n\n";
    module = sample->module;
  }
  out.before += check.code;
  ADAPT_TRY(AppliedText after, apply_to_text(pattern, module, out.before));
  out.after = std::move(after.text);
  if (out.after == out.before)
    return fail(ErrorKind::usage, "the pattern does not change the code of check '{}'{}", check.name, after.refused);
  return out;
}

}  // namespace adapt::patterns
