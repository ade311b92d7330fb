#include "agent/triage/details.h"

#include <algorithm>
#include <charconv>

namespace adapt::triage {
namespace {

constexpr std::size_t kMaxName = 120, kMaxLoc = 400, kMaxFile = 400;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool in_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; }

// The number that stands where `mark` ends.
std::optional<std::int64_t> number_after(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(at + mark.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(" :="), rest.size()));
  if (rest.starts_with("only ")) rest.remove_prefix(5);
  std::int64_t out = 0;
  const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), out);
  return code == std::errc() ? std::optional(out) : std::nullopt;
}

// The word before `mark`, where it is one of the kinds of buffer.
std::string kind_before(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  std::size_t begin = at;
  while (begin > 0 && in_name(text[begin - 1])) --begin;
  return std::string(text.substr(begin, std::min(at - begin, kMaxName)));
}

std::string_view name_at(std::string_view line, std::size_t begin) {
  std::size_t end = begin;
  while (end < line.size() && end - begin < kMaxName && (in_name(line[end]) || line[end] == '.' || line[end] == ':'))
    ++end;
  std::string_view name = line.substr(begin, end - begin);
  while (!name.empty() && (name.back() == '.' || name.back() == ':')) name.remove_suffix(1);
  return name;
}

// "x::y" reads "x.y", so that one operation has one name.
std::string dotted(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == ':') {
      if (!out.empty() && out.back() != '.') out += '.';
    } else {
      out += name[i];
    }
  }
  return out;
}

constexpr std::string_view kDialects[] = {"stablehlo", "ttir",    "ttnn", "sdy",  "aten", "prims", "ttcore",
                                          "ttkernel",  "ttmetal", "d2m",  "chlo", "mhlo", "func",  "torchvision"};

std::string op_of_dialect(std::string_view line) {
  std::string best;
  std::size_t best_at = line.size();
  for (const std::string_view dialect : kDialects) {
    for (std::size_t at = line.find(dialect); at < best_at; at = line.find(dialect, at + 1)) {
      const std::size_t end = at + dialect.size();
      const bool begins = at == 0 || (!in_name(line[at - 1]) && line[at - 1] != '/' && line[at - 1] != '.');
      const bool dot = end < line.size() && line[end] == '.';
      const bool colons = line.substr(end).starts_with("::");
      if (!begins || (!dot && !colons)) continue;
      const std::string_view name = name_at(line, at);
      if (name.size() <= dialect.size() + 1 || name.ends_with(".mlir") || name.ends_with(".py") ||
          name.ends_with(".cpp"))
        continue;
      best = dotted(name);
      best_at = at;
      break;
    }
  }
  return best;
}

// Of a path of the sources: .../ttnn/operations/conv/conv2d/conv2d.cpp
std::string op_of_path(std::string_view line) {
  constexpr std::string_view kMark = "ttnn/operations/";
  const std::size_t at = line.find(kMark);
  if (at == std::string_view::npos) return {};
  std::string_view rest = line.substr(at + kMark.size());
  rest = rest.substr(0, rest.find_first_of(" :\t"));
  const std::size_t family = rest.find('/');
  if (family == std::string_view::npos) return {};
  rest.remove_prefix(family + 1);
  const std::size_t end = rest.find('/');
  return end == std::string_view::npos || end > kMaxName ? std::string() : "ttnn." + std::string(rest.substr(0, end));
}

// 'deformable_im2col' not implemented for ...; "nms_kernel" not implemented for ...
std::string op_not_implemented(std::string_view line) {
  const std::size_t at = line.find(" not implemented for");
  if (at == std::string_view::npos || at < 2) return {};
  const char quote = line[at - 1];
  if (quote != '\'' && quote != '"') return {};
  const std::size_t begin = line.rfind(quote, at - 2);
  if (begin == std::string_view::npos || at - begin > kMaxName) return {};
  return std::string(line.substr(begin + 1, at - begin - 2));
}

// loc("scatter.42"): what XLA called it.
std::string op_of_loc(std::string_view line) {
  const std::size_t at = line.find("loc(");
  if (at == std::string_view::npos || at + 5 >= line.size()) return {};
  if (line[at + 4] != '"' && line[at + 4] != '\'') return {};
  const std::string_view name = name_at(line, at + 5);
  if (name.find('/') != std::string_view::npos) return {};
  return std::string(name.substr(0, name.find('.')));
}

}  // namespace

std::optional<Memory> memory_of(std::string_view line) {
  Memory out;
  if (const std::size_t at = line.find("ot enough space to allocate"); at != std::string_view::npos) {
    line.remove_prefix(at);
    out.requested = number_after(line, "allocate");
    out.buffer = kind_before(line, " buffer");
    out.banks = number_after(line, "across");
    out.per_bank = number_after(line, "needs to store");
    out.bank_size = number_after(line, "bank size is");
    out.allocated = number_after(line, "allocated:");
    out.free = number_after(line, " free:");
    out.largest_free = number_after(line, "largest free block:");
    return out;
  }
  const std::size_t at = line.find("ircular buffers");
  if (at == std::string_view::npos) return std::nullopt;
  line.remove_prefix(at);
  out.buffer = "circular buffers";
  out.requested = number_after(line, "grow to");
  out.limit = number_after(line, "max L1 size of");
  out.buffer_at = number_after(line, "buffer allocated at");
  out.region_ends_at = number_after(line, "region ends at");
  if (!out.requested && !out.limit && !out.buffer_at) return std::nullopt;
  return out;
}

std::string op_of(std::string_view line) {
  for (const auto& finder : {op_of_dialect, op_not_implemented, op_of_path, op_of_loc})
    if (std::string op = finder(line); !op.empty()) return op;
  return {};
}

std::string loc_of(std::string_view line) {
  const std::size_t at = line.find("loc(");
  if (at == std::string_view::npos) return {};
  int depth = 0;
  char quote = '\0';
  for (std::size_t i = at + 3; i < line.size() && i - at < kMaxLoc; ++i) {
    const char c = line[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && --depth == 0) {
      return std::string(line.substr(at, i + 1 - at));
    }
  }
  return {};
}

std::optional<Place> place_of(std::string_view line) {
  Place out;
  std::string_view number;
  if (const std::size_t at = line.find("File \""); at != std::string_view::npos) {
    const std::size_t begin = at + 6;
    const std::size_t end = line.find("\", line ", begin);
    if (end == std::string_view::npos || end - begin > kMaxFile) return std::nullopt;
    out.file = line.substr(begin, end - begin);
    number = line.substr(end + 8);
  } else {
    const std::size_t mark = line.find(".py:");
    if (mark == std::string_view::npos) return std::nullopt;
    std::size_t begin = mark;
    while (begin > 0 && mark - begin < kMaxFile &&
           std::string_view(" \t\"'()[]<>").find(line[begin - 1]) == std::string_view::npos)
      --begin;
    out.file = line.substr(begin, mark + 3 - begin);
    number = line.substr(mark + 4);
  }
  const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), out.line);
  if (code != std::errc() || out.line <= 0) return std::nullopt;
  return out;
}

bool is_library(std::string_view file) {
  for (const std::string_view part : {"site-packages/", "dist-packages/", "lib/python", "<frozen", "torch/",
                                      "tests/infra/", "tests/runner/", "_pytest/", "pluggy/", "infra/"})
    if (file.find(part) != std::string_view::npos) return true;
  return false;
}

}  // namespace adapt::triage
