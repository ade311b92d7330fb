#include "agent/triage/triage.h"

#include <algorithm>

#include "tools/base/text.h"

namespace adapt::triage {
namespace {

constexpr std::size_t kLastFailures = 8;

// Code that a traceback shows: it may name any failure without that having happened.
bool is_source(std::string_view line) {
  if (line.empty() || (line.front() != ' ' && line.front() != '\t')) return false;
  const std::string_view code = trim(line);
  for (const std::string_view begin :
       {"raise ", "if ",  "elif ", "else:",   "return ", "def ",    "class ", "#",       "logger.", "log.", "print(",
        "with ",  "for ", "try:",  "except ", "assert ", "import ", "from ",  "pytest.", "self.",   "@"})
    if (code.starts_with(begin)) return true;
  return code.ends_with(":") || code.ends_with("(") || code.ends_with(",");
}

std::string around(std::string_view line, std::size_t begin) {
  constexpr std::size_t kBefore = 300;
  const std::size_t from = line.size() <= Triage::kMaxKept || begin <= kBefore ? 0 : begin - kBefore;
  return std::string(trim(line.substr(from, Triage::kMaxKept)));
}

}  // namespace

Triage::Triage(const Tables& tables, const Weights& weights, const SignatureIndex& index)
    : tables_(tables), weights_(weights), finder_(index), cutter_([this](const Line& line) { take(line); }) {}

void Triage::take(const Line& line) {
  finder_.find(line.text, matches_);
  if (matches_.empty() && line.number > kShortLog) return;
  bool is_wanted = false;
  bool fails = false;
  std::size_t begin = line.text.size();
  for (const Match& match : matches_) {
    const Signature& signature = tables_.signatures[match.signature];
    switch (signature.role) {
      case Role::frame: note_place(line); break;
      case Role::pass: note_summary(line); break;
      case Role::marker: seen_.marker = signature.bringup; break;
      case Role::fail: fails = true; break;
      case Role::noise: break;
      case Role::cause:
      case Role::hint:
      case Role::symptom:
      case Role::wrapper:
        is_wanted = is_wanted || ++seen_.counts[match.signature] <= kSameKept;
        begin = std::min<std::size_t>(begin, match.begin);
    }
  }
  const bool is_bare = line.number <= kShortLog && !trim(line.text).empty();
  if (!is_wanted && !is_bare && !fails) return;

  KeptLine kept{.number = line.number, .offset = line.offset, .text = around(line.text, begin)};
  kept.is_source = is_source(line.text);
  for (const Match& match : matches_) kept.signatures.push_back(match.signature);
  if (own_place_ && line.number - own_place_line_ <= kNearPlace)
    kept.place = own_place_;
  else if (place_ && line.number - place_line_ <= kNearPlace)
    kept.place = place_;
  if (is_wanted) return seen_.lines.push_back(std::move(kept));
  if (is_bare && bare_.size() < kShortLog) return bare_.push_back(std::move(kept));
  last_failures_.push_back(std::move(kept));
  if (last_failures_.size() > kLastFailures) last_failures_.pop_front();
}

void Triage::note_place(const Line& line) {
  const auto place = place_of(line.text.substr(0, kMaxKept));
  if (!place) return;
  place_ = place;
  place_line_ = line.number;
  if (is_library(place->file)) return;
  own_place_ = place;
  own_place_line_ = line.number;
}

// "== 3 passed in 2 s ==", unless it also counts failures.
void Triage::note_summary(const Line& line) {
  const bool is_summary = std::ranges::any_of(matches_, [&](const Match& match) {
    const Signature& signature = tables_.signatures[match.signature];
    return signature.role == Role::pass && signature.strength >= 3;
  });
  const bool fails = std::ranges::any_of(
      matches_, [&](const Match& match) { return tables_.signatures[match.signature].role == Role::fail; });
  if (is_summary)
    seen_.passed_line = fails ? 0 : line.number;
  else if (!fails && seen_.passed_line == 0)
    seen_.passed_weakly = true;
}

Observations Triage::observe() {
  cutter_.finish();
  seen_.read_lines = cutter_.lines();
  seen_.read_bytes = cutter_.bytes();
  if (seen_.read_lines <= kShortLog)
    for (KeptLine& line : bare_) seen_.lines.push_back(std::move(line));
  for (KeptLine& line : last_failures_) seen_.lines.push_back(std::move(line));
  std::ranges::stable_sort(seen_.lines, {}, &KeptLine::number);
  return std::move(seen_);
}

Diagnosis Triage::finish() { return judge(observe(), tables_, weights_); }

}  // namespace adapt::triage
