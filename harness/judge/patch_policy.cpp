#include "harness/judge/patch_policy.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "harness/judge/patch_finder.h"
#include "harness/judge/patch_rules.h"
#include "tools/base/text.h"

namespace adapt::judge {
namespace {

struct Read {
  std::vector<Place> places;
  std::uint32_t syntax_errors = 0;
};

Result<Read> read_source(const Source& source) {
  auto document = pyast::Document::parse(source.text);
  if (!document) return fail(document.error(), source.file);
  PatchFinder finder(source, *document);
  return Read{finder.find(), (*document)->error_count()};
}

// Takes one equal element out of `old`; false when there is none.
template <class Equal>
bool take(std::vector<Place>& old, Equal&& equal) {
  const auto found = std::find_if(old.begin(), old.end(), equal);
  if (found == old.end()) return false;
  old.erase(found);
  return true;
}

bool same_construct(const Place& a, const Place& b) {
  return a.finding.rule == b.finding.rule && a.subject == b.subject && a.hash == b.hash;
}

// The same thing done in the same function, although the words around it changed.
bool same_role(const Place& was, const Place& is) {
  return was.finding.rule == is.finding.rule && was.subject == is.subject && was.scope == is.scope &&
         was.finding.file == is.finding.file && is.weight <= was.weight;
}

// Equal constructs first, over all files, because code moves; then equal roles.
std::vector<PolicyFinding> new_places(std::vector<Place> old, const std::vector<Place>& now) {
  std::vector<const Place*> left;
  for (const Place& place : now) {
    if (!take(old, [&](const Place& was) { return same_construct(was, place); })) left.push_back(&place);
  }
  std::vector<PolicyFinding> findings;
  for (const Place* place : left) {
    if (!take(old, [&](const Place& was) { return same_role(was, *place); })) findings.push_back(place->finding);
  }
  return findings;
}

std::string_view stem_of(std::string_view file) {
  const std::string_view name = file.substr(file.rfind('/') + 1);
  return name.substr(0, name.find('.'));
}

PolicyFinding about_file(const Rule& rule, const Source& source) {
  return {std::string(rule.id), rule.severity, source.file, 1, "", std::string(rule.reason)};
}

// A package may hold a module called like another package (transformers/utils/logging.py); only at the top of a path
// does the name decide what an import finds.
PolicyFinding check_new_file(const Source& source) {
  const bool at_top = source.module.find('.') == std::string::npos;
  const bool start_up = holds_word("sitecustomize usercustomize conftest", stem_of(source.file));
  if (start_up || !source.file.ends_with(".py") || (at_top && is_protected_package(stem_of(source.file)))) {
    return about_file(rules::kShadowFile, source);
  }
  return about_file(rules::kNewFile, source);
}

// Python takes an encoding from a comment in the first two lines; the text that was read here is UTF-8.
bool declares_other_encoding(std::string_view text) {
  const std::vector<std::string_view> lines = split_lines(text.substr(0, text.find('\n', text.find('\n') + 1)));
  return std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
    const bool declares = contains(line, "coding:") || contains(line, "coding=");
    return declares && trim(line).starts_with('#') && !contains(line, "utf-8") && !contains(line, "utf8");
  });
}

}  // namespace

std::string_view to_string(Severity severity) { return severity == Severity::refuse ? "refuse" : "concession"; }

Result<std::vector<PolicyFinding>> check_patch(std::span<const Source> before, std::span<const Source> after) {
  std::vector<Place> old;
  std::map<std::string, std::uint32_t> old_errors;
  for (const Source& source : before) {
    ADAPT_TRY(Read read, read_source(source));
    std::move(read.places.begin(), read.places.end(), std::back_inserter(old));
    old_errors[source.file] = read.syntax_errors;
  }
  std::vector<PolicyFinding> findings;
  std::vector<Place> now;
  for (const Source& source : after) {
    const auto known = old_errors.find(source.file);
    if (known == old_errors.end()) findings.push_back(check_new_file(source));
    ADAPT_TRY(Read read, read_source(source));
    if (read.syntax_errors > (known == old_errors.end() ? 0 : known->second)) {
      findings.push_back(about_file(rules::kSyntax, source));
    }
    if (declares_other_encoding(source.text)) findings.push_back(about_file(rules::kCoding, source));
    std::move(read.places.begin(), read.places.end(), std::back_inserter(now));
  }
  for (PolicyFinding& finding : new_places(std::move(old), now)) findings.push_back(std::move(finding));
  std::stable_sort(findings.begin(), findings.end(), [](const PolicyFinding& a, const PolicyFinding& b) {
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
  });
  return findings;
}

}  // namespace adapt::judge
