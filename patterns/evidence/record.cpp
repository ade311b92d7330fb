#include "patterns/evidence/record.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <iterator>

#include "tools/base/text.h"

namespace adapt::evidence {
namespace {

constexpr Outcome kOutcomes[] = {Outcome::pass,    Outcome::advanced,    Outcome::same,     Outcome::worse,
                                 Outcome::numeric, Outcome::apply_error, Outcome::reviewed, Outcome::unneeded};

template <class T>
bool read_number(std::string_view cell, T& out, T least, T most) {
  T value{};
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size() || !(value >= least && value <= most)) return false;
  out = value;
  return true;
}

bool read_optional(std::string_view cell, std::optional<double>& out, double least, double most) {
  if (cell.empty()) return true;
  double value = 0;
  if (!read_number(cell, value, least, most)) return false;
  out = value;
  return true;
}

std::string write_optional(const std::optional<double>& value) {
  return value && !std::isnan(*value) ? fmt::format("{}", *value) : std::string();
}

// "2026-01-31T12:00:00Z"
bool is_time(std::string_view cell) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:ddZ";
  return std::ranges::equal(cell, kShape, [](char c, char s) { return s == 'd' ? c >= '0' && c <= '9' : c == s; });
}

bool is_id(std::string_view cell) {
  return !cell.empty() && cell.size() <= 200 && cell.front() != '/' && !contains(cell, "..") && !contains(cell, " ");
}

// Columns that hold a text need no check: the line is UTF-8 without control characters.
template <std::string Record::*Member>
std::string write_text(const Record& record) {
  return kept_text(record.*Member);
}
template <std::string Record::*Member>
bool read_text(std::string_view cell, Record& record) {
  record.*Member = kept_text(cell);
  return cell.size() <= kMaxText;
}

struct Column {
  std::string_view name;
  std::string (*write)(const Record&);
  bool (*read)(std::string_view, Record&);
};

template <std::string Record::*Member>
constexpr Column text_column(std::string_view name) {
  return {name, write_text<Member>, read_text<Member>};
}

constexpr double kInfinite = HUGE_VAL;

constexpr Column kColumns[] = {
    {"time", write_text<&Record::time>,
     [](std::string_view cell, Record& r) { return is_time(cell) && read_text<&Record::time>(cell, r); }},
    {"pattern", write_text<&Record::pattern>,
     [](std::string_view cell, Record& r) { return is_id(cell) && read_text<&Record::pattern>(cell, r); }},
    {"revision", [](const Record& r) { return std::to_string(r.revision); },
     [](std::string_view cell, Record& r) { return read_number(cell, r.revision, 1, 1'000'000); }},
    {"sites", [](const Record& r) { return std::to_string(r.sites); },
     [](std::string_view cell, Record& r) {
       return read_number(cell, r.sites, std::int64_t{0}, std::int64_t{1'000'000'000});
     }},
    text_column<&Record::model>("model"),
    text_column<&Record::source>("source"),
    text_column<&Record::backend>("backend"),
    text_column<&Record::version>("version"),
    text_column<&Record::packages>("packages"),
    text_column<&Record::before>("before"),
    text_column<&Record::after>("after"),
    {"outcome", [](const Record& r) { return std::string(to_string(r.outcome)); },
     [](std::string_view cell, Record& r) {
       const auto outcome = parse_outcome(cell);
       if (outcome) r.outcome = *outcome;
       return outcome.has_value();
     }},
    {"pcc", [](const Record& r) { return write_optional(r.pcc); },
     [](std::string_view cell, Record& r) { return read_optional(cell, r.pcc, -1.0001, 1.0001); }},
    {"max_error", [](const Record& r) { return write_optional(r.max_error); },
     [](std::string_view cell, Record& r) { return read_optional(cell, r.max_error, 0.0, kInfinite); }},
    {"seconds", [](const Record& r) { return fmt::format("{:.2f}", r.seconds); },
     [](std::string_view cell, Record& r) { return read_number(cell, r.seconds, 0.0, 1e8); }},
    text_column<&Record::who>("who"),
    text_column<&Record::run>("run"),
};

std::string header() {
  std::string out;
  for (const Column& column : kColumns) out.append(out.empty() ? "" : "\t").append(column.name);
  return out;
}

}  // namespace

const std::string kHeader = header();

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass: return "pass";
    case Outcome::advanced: return "advanced";
    case Outcome::same: return "same";
    case Outcome::worse: return "worse";
    case Outcome::numeric: return "numeric";
    case Outcome::apply_error: return "apply-error";
    case Outcome::reviewed: return "reviewed";
    case Outcome::unneeded: return "unneeded";
  }
  return "same";
}

std::optional<Outcome> parse_outcome(std::string_view word) {
  const auto* const found = std::ranges::find(kOutcomes, word, [](Outcome o) { return to_string(o); });
  return found == std::end(kOutcomes) ? std::nullopt : std::optional(*found);
}

std::string identity(const Record& record) {
  return join({kept_text(record.pattern), std::to_string(record.revision), kept_text(record.run),
               std::string(to_string(record.outcome)), kept_text(record.before), kept_text(record.who)},
              "\t");
}

std::string encode(const Record& record) {
  std::string out;
  for (const Column& column : kColumns) {
    if (&column != kColumns) out += '\t';
    out += column.write(record);
  }
  return out;
}

Result<Record> decode(std::string_view line) {
  if (!is_utf8(line)) return fail(ErrorKind::parse, "the line is not UTF-8");
  const std::vector<std::string_view> cells = split(line, '\t');
  if (cells.size() < std::size(kColumns))
    return fail(ErrorKind::parse, "{} columns, {} are needed", cells.size(), std::size(kColumns));
  Record out;
  for (std::size_t i = 0; i < std::size(kColumns); ++i)
    if (!kColumns[i].read(cells[i], out))
      return fail(ErrorKind::parse, "'{}' cannot be a value of '{}'", cells[i].substr(0, 60), kColumns[i].name);
  return out;
}

std::string kept_text(std::string_view text) {
  std::string out(text.substr(0, kMaxText));
  while (!out.empty() && !is_utf8(out)) out.pop_back();  // cut inside a character
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  return out;
}

std::string utc_text(std::int64_t utc_ms) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(utc_ms / 1000)));
}

}  // namespace adapt::evidence
