#include "patterns/version.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

constexpr std::size_t kMaxText = 200;  // bytes of a version: longer ones are nobody's

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// Reads a version from left to right; what it cannot take stays.
class VersionReader {
 public:
  explicit VersionReader(std::string text) : text_(std::move(text)), rest_(text_) {}

  std::optional<Version> read() {
    take("v");
    if (!read_release()) return std::nullopt;
    Version& v = version_;
    if (auto letter = pre_letter()) v.pre = Version::Pre{*letter, number_behind().value_or(0)};
    if (rest_.starts_with('-') && rest_.size() > 1 && is_digit(rest_[1])) {
      rest_.remove_prefix(1);
      v.post = number();
    } else if (word({"post", "rev", "r"})) {
      v.post = number_behind().value_or(0);
    }
    if (word({"dev"})) v.dev = number_behind().value_or(0);
    if (take("+") && !read_local()) return std::nullopt;
    if (!rest_.empty() || too_large_) return std::nullopt;
    return std::move(version_);
  }

 private:
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  std::optional<std::uint64_t> number() {
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (code == std::errc::invalid_argument) return std::nullopt;
    too_large_ = too_large_ || code != std::errc{};
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  // ".1", "-1", "_1" or "1" behind a word; a separator may also end the text.
  std::optional<std::uint64_t> number_behind() {
    const bool parted =
        !rest_.empty() && contains(".-_", rest_.substr(0, 1)) && (rest_.size() == 1 || is_digit(rest_[1]));
    if (parted) rest_.remove_prefix(1);
    return number();
  }

  // One of the words, with or without a separator before it.
  bool word(std::initializer_list<std::string_view> words) {
    const std::size_t separator = !rest_.empty() && contains(".-_", rest_.substr(0, 1)) ? 1 : 0;
    for (const std::string_view each : words) {
      if (!rest_.substr(separator).starts_with(each)) continue;
      rest_.remove_prefix(separator + each.size());
      return true;
    }
    return false;
  }

  std::optional<char> pre_letter() {
    if (word({"alpha", "a"})) return 'a';
    if (word({"beta", "b"})) return 'b';
    if (word({"preview", "pre", "rc", "c"})) return 'r';
    return std::nullopt;
  }

  bool read_release() {
    auto first = number();
    if (!first) return false;
    if (take("!")) {
      version_.epoch = *first;
      first = number();
      if (!first) return false;
    }
    version_.release.push_back(*first);
    while (rest_.size() > 1 && rest_[0] == '.' && is_digit(rest_[1])) {
      rest_.remove_prefix(1);
      version_.release.push_back(*number());
    }
    version_.written = version_.release.size();
    while (version_.release.size() > 1 && version_.release.back() == 0) version_.release.pop_back();
    return true;
  }

  bool read_local() {
    do {
      const auto end = static_cast<std::size_t>(
          std::find_if(rest_.begin(), rest_.end(), [](char c) { return !is_digit(c) && !is_letter(c); }) -
          rest_.begin());
      const std::string_view part = rest_.substr(0, end);
      if (part.empty()) return false;
      if (std::all_of(part.begin(), part.end(), is_digit)) {
        version_.local.emplace_back(*number());
      } else {
        version_.local.emplace_back(std::string(part));
        rest_.remove_prefix(end);
      }
    } while (take(".") || take("-") || take("_"));
    return true;
  }

  std::string text_;
  std::string_view rest_;
  Version version_;
  bool too_large_ = false;
};

Version without_local(Version version) {
  version.local.clear();
  return version;
}

// 1.4.2 has the prefix 1.4, and so has 1.4rc1.
bool has_prefix(const Version& version, const Version& prefix, std::size_t length) {
  if (version.epoch != prefix.epoch) return false;
  const auto at = [](const Version& v, std::size_t i) { return i < v.release.size() ? v.release[i] : 0; };
  for (std::size_t i = 0; i < length; ++i)
    if (at(version, i) != at(prefix, i)) return false;
  return true;
}

bool same_release(const Version& a, const Version& b) { return a.epoch == b.epoch && a.release == b.release; }

struct OpWord {
  std::string_view word;
  Requirement::Op op;
};
constexpr OpWord kOps[] = {{">=", Requirement::Op::at_least},   {"<=", Requirement::Op::at_most},
                           {"==", Requirement::Op::equal},      {"!=", Requirement::Op::unequal},
                           {"~=", Requirement::Op::compatible}, {">", Requirement::Op::more},
                           {"<", Requirement::Op::less}};

std::string normal_name(std::string_view name) {
  std::string out = lower(name);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '_' || c == '.'; }, '-');
  return out;
}

Result<Requirement::Condition> parse_condition(std::string_view text, std::string_view whole) {
  const auto row =
      std::find_if(std::begin(kOps), std::end(kOps), [&](const OpWord& w) { return text.starts_with(w.word); });
  if (row == std::end(kOps))
    return fail(ErrorKind::parse, "'{}' in '{}' is no condition; write '>=2.0', and also <=, <, >, ==, != or ~=", text,
                whole);
  Requirement::Condition condition{row->op, {}, false};
  std::string_view number = trim(text.substr(row->word.size()));
  const bool may_end_open = row->op == Requirement::Op::equal || row->op == Requirement::Op::unequal;
  if (may_end_open && number.ends_with(".*")) {
    condition.any_behind = true;
    number.remove_suffix(2);
  }
  auto version = parse_version(number);
  if (!version) return fail(ErrorKind::parse, "'{}' in '{}' is no version", number, whole);
  if (condition.any_behind && (version->pre || version->post || version->dev || !version->local.empty()))
    return fail(ErrorKind::parse, "'.*' in '{}' stands behind a release", whole);
  if (row->op == Requirement::Op::compatible && version->written < 2)
    return fail(ErrorKind::parse, "'~=' in '{}' needs two numbers, as in '~=2.1'", whole);
  if (!version->local.empty() && !may_end_open)
    return fail(ErrorKind::parse, "'{}' in '{}': only == and != compare what stands behind '+'", number, whole);
  condition.version = std::move(*version);
  return condition;
}

}  // namespace

std::strong_ordering Version::operator<=>(const Version& other) const {
  // A dev release alone comes before all pre-releases; no pre-release comes behind them.
  const auto pre_rank = [](const Version& v) {
    if (v.pre) return std::tuple(1, *v.pre);
    return std::tuple(!v.post && v.dev ? 0 : 2, Pre{});
  };
  const auto key = [&](const Version& v) {
    return std::tuple(v.epoch, v.release, pre_rank(v),
                      v.post ? std::tuple(1, *v.post) : std::tuple(0, std::uint64_t{0}),
                      v.dev ? std::tuple(0, *v.dev) : std::tuple(1, std::uint64_t{0}));
  };
  if (const auto order = key(*this) <=> key(other); order != std::strong_ordering::equal) return order;
  return std::lexicographical_compare_three_way(local.begin(), local.end(), other.local.begin(), other.local.end());
}

std::optional<Version> parse_version(std::string_view text) {
  text = trim(text);
  if (text.empty() || text.size() > kMaxText) return std::nullopt;
  return VersionReader(lower(text)).read();
}

bool Requirement::Condition::holds(const Version& installed) const {
  const Version open = without_local(installed);
  switch (op) {
    case Op::at_least: return open >= version;
    case Op::at_most: return open <= version;
    case Op::equal:
    case Op::unequal: {
      const bool same = any_behind ? has_prefix(installed, version, version.written)
                                   : (version.local.empty() ? open : installed) == version;
      return same == (op == Op::equal);
    }
    case Op::compatible: return open >= version && has_prefix(installed, version, version.written - 1);
    case Op::more:
      if (!(installed > version)) return false;
      // 1.7.post1 is 1.7 with a better text, and 1.7+local is 1.7.
      if (!version.post && installed.post && same_release(installed, version) && installed.pre == version.pre)
        return false;
      return installed.local.empty() || open != version;
    case Op::less:
      if (!(installed < version)) return false;
      return version.pre || version.dev || !(installed.pre || installed.dev) || !same_release(installed, version);
  }
  return false;
}

bool Requirement::holds(const Version& installed) const {
  return std::all_of(conditions.begin(), conditions.end(), [&](const Condition& c) { return c.holds(installed); });
}

Result<Requirement> parse_requirement(std::string_view text) {
  text = trim(text);
  const std::size_t end = std::min(text.find_first_of("<>=!~"), text.size());
  const std::string_view name = trim(text.substr(0, end));
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return is_digit(c) || is_letter(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
  });
  if (!plain) return fail(ErrorKind::parse, "expected 'PACKAGE>=VERSION', got '{}'", text);
  Requirement requirement{std::string(text), normal_name(name), {}};
  if (end < text.size())
    for (const std::string_view part : split(text.substr(end), ',')) {
      ADAPT_TRY(requirement.conditions.emplace_back(), parse_condition(trim(part), text));
    }
  return requirement;
}

bool are_met(const std::vector<Requirement>& requirements, const Packages& packages) {
  if (packages.empty()) return true;
  return std::all_of(requirements.begin(), requirements.end(), [&](const Requirement& requirement) {
    const auto found = std::find_if(packages.begin(), packages.end(), [&](const auto& package) {
      return normal_name(package.first) == requirement.package;
    });
    if (found == packages.end()) return false;
    const auto installed = parse_version(found->second);
    return installed && requirement.holds(*installed);
  });
}

}  // namespace adapt::patterns
