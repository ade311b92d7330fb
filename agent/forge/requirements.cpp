#include "agent/forge/requirements.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::forge {
namespace {

namespace fs = std::filesystem;

// In the order of installation; tt-xla looks at the others only where the first one is.
struct KnownFile {
  std::string_view name;
  bool has_requirements;  // else names of Debian packages, or of packages to remove
};
constexpr KnownFile kFiles[] = {
    {"requirements.txt", true},
    {"system-requirements.txt", false},
    {"uninstall_first.txt", false},
    {"requirements.nodeps.txt", true},
    {"requirements.nodeps.nobuildisolation.txt", true},
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// Letters, digits, and between them . _ -
std::size_t end_of_name(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && (is_letter(text[end]) || contains("._-", text.substr(end, 1)))) ++end;
  while (end > 0 && !is_letter(text[end - 1])) --end;
  return !text.empty() && is_letter(text.front()) ? end : 0;
}

// Lower case, runs of . _ - as one dash: how indices compare names.
std::string normalised(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (is_letter(c)) {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    } else if (out.empty() || out.back() != '-') {
      out += '-';
    }
  }
  return out;
}

bool is_address(std::string_view text) {
  return contains(text, "://") || text.starts_with("./") || text.starts_with("../") || text.starts_with("/");
}

// One clause: "==4.57.1", ">=2", "==0.10.*".
bool is_version_clause(std::string_view text) {
  text = trim(text);
  for (const std::string_view sign : {"===", "==", "~=", "!=", "<=", ">=", "<", ">"}) {
    if (!text.starts_with(sign)) continue;
    const std::string_view version = trim(text.substr(sign.size()));
    return !version.empty() && std::ranges::all_of(version, [](char c) {
      return is_letter(c) || contains(".*+!-_", {&c, 1});
    });
  }
  return false;
}

// What is wrong behind the name, or nothing.
std::string fault_behind_name(std::string_view rest) {
  rest = trim(rest);
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) return "extras that nothing closes";
    rest = trim(rest.substr(close + 1));
  }
  if (rest.starts_with('@')) return is_address(trim(rest.substr(1))) ? "" : "'@' without an address";
  rest = trim(rest.substr(0, rest.find(';')));  // a marker
  if (rest.starts_with('(') && rest.ends_with(')')) rest = rest.substr(1, rest.size() - 2);
  if (rest.empty()) return {};
  for (const std::string_view clause : split(rest, ','))
    if (!is_version_clause(clause)) return fmt::format("'{}' is no version", trim(clause));
  return {};
}

std::string fault_of(std::string_view text, Requirement& out) {
  if (text.front() == '-') {
    out.option = true;
    return {};
  }
  const std::size_t name = end_of_name(text);
  const bool named_address = name > 0 && trim(text.substr(name)).starts_with('@');
  if (is_address(text) && !named_address) return {};
  if (name == 0) return "it begins with no name";
  out.name = normalised(text.substr(0, name));
  return fault_behind_name(text.substr(name));
}

std::string_view without_comment(std::string_view line) {
  if (trim(line).starts_with('#')) return {};
  for (std::size_t i = 1; i < line.size(); ++i)
    if (line[i] == '#' && (line[i - 1] == ' ' || line[i - 1] == '\t')) return trim(line.substr(0, i));
  return trim(line);
}

}  // namespace

RequirementFile parse_requirements(std::string_view text, std::string name, const std::string& file,
                                   std::vector<Finding>& findings) {
  RequirementFile out{.name = std::move(name)};
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::size_t number = 0, first = 0;
  std::string joined;
  for (const std::string_view raw : split_lines(text)) {
    ++number;
    std::string_view line = raw.ends_with('\r') ? raw.substr(0, raw.size() - 1) : raw;
    if (joined.empty()) first = number;
    if (line.ends_with('\\') && !trim(line).starts_with('#')) {
      joined += line.substr(0, line.size() - 1);
      continue;
    }
    joined += line;
    const std::string whole(without_comment(joined));
    joined.clear();
    if (whole.empty()) continue;
    Requirement one{.text = whole, .name = {}, .line = first};
    if (const std::string fault = fault_of(whole, one); !fault.empty())
      findings.push_back({.fault = Fault::bad_requirement,
                          .file = file,
                          .place = {first, 1},
                          .message = fmt::format("'{}': {}", whole.substr(0, 120), fault)});
    out.requirements.push_back(std::move(one));
  }
  if (!joined.empty())
    findings.push_back({.fault = Fault::bad_requirement,
                        .file = file,
                        .place = {first, 1},
                        .message = "the last line goes on, and ends"});
  return out;
}

Requirements read_requirements(const fs::path& folder, const std::string& shown) {
  Requirements out;
  std::error_code ignored;
  const bool used = fs::is_regular_file(folder / kFiles[0].name, ignored);
  for (const KnownFile& known : kFiles) {
    const fs::path path = folder / known.name;
    const std::string file = fmt::format("{}/{}", shown, known.name);
    if (!fs::is_regular_file(path, ignored)) continue;
    const auto add = [&](std::string message) {
      out.findings.push_back({.fault = Fault::bad_requirement, .file = file, .message = std::move(message)});
    };
    if (!used) add(fmt::format("without a {} beside it nothing of it is installed", kFiles[0].name));
    const auto text = read_file(path, kMostRequirementBytes);
    if (!text || !is_utf8(*text) || contains(*text, std::string_view("\0", 1))) {
      add(text ? "bytes that are no text" : text.error().message);
      continue;
    }
    std::vector<Finding> faults;
    out.files.push_back(parse_requirements(*text, std::string(known.name), file, faults));
    if (known.has_requirements) out.findings.insert(out.findings.end(), faults.begin(), faults.end());
  }
  return out;
}

}  // namespace adapt::forge
