#include "agent/pipeline/minimise.h"

#include <algorithm>
#include <set>

#include "tools/base/text.h"
#include "tools/pyast/document.h"
#include "tools/pyast/names.h"

namespace adapt::pipeline {
namespace {

// A part is dropped or kept whole: one option, or the hunks inside one function.
struct Part {
  std::string name;                   // for progress
  std::optional<std::string> option;  // its id
  std::string file;
  std::string function;
  std::vector<edit::TextEdit> hunks;
};

Result<std::string> function_at(const edit::Sources& originals, const edit::TextEdit& hunk) {
  const auto text = originals.find(hunk.file);
  if (text == originals.end()) return std::string();
  ADAPT_TRY(const auto document, pyast::Document::parse(text->second));
  const std::string& source = document->source();
  const auto is_blank = [](char c) { return c == ' ' || c == '\n'; };
  std::uint32_t at = hunk.span.begin;
  if (hunk.span.begin == hunk.span.end) {
    // New lines belong where the code above them belongs, unless they start at the margin.
    const std::size_t first = hunk.text.find_first_not_of('\n');
    if (first == std::string::npos || hunk.text[first] != ' ') return std::string();
    while (at > 0 && is_blank(source[at - 1])) --at;
    at -= at > 0 ? 1 : 0;
  } else {  // the hunk spans whole lines: look at its first byte that is code
    while (at < hunk.span.end && is_blank(source[at])) ++at;
  }
  const std::uint32_t end = std::min<std::uint32_t>(at + 1, static_cast<std::uint32_t>(source.size()));
  return pyast::NameTable::enclosing_qualname(document->smallest_enclosing({std::min(at, end), end}));
}

Result<std::vector<Part>> parts_of(const domain::Candidate& candidate, const edit::Sources& originals) {
  std::vector<Part> parts;
  for (const client::Option& option : candidate.options)
    parts.push_back(Part{"option " + option.id, option.id, "", "", {}});
  edit::Sources replaced;  // the search has read more modules than the candidate touches
  for (const auto& [module, text] : candidate.overlay) replaced.emplace(module, originals.at(module));
  const edit::EditSet hunks = edit::difference(replaced, candidate.overlay);
  for (const edit::TextEdit& hunk : hunks.edits()) {
    ADAPT_TRY(const std::string function, function_at(originals, hunk));
    const auto same = std::find_if(parts.begin(), parts.end(), [&](const Part& part) {
      return !part.option && part.file == hunk.file && part.function == function;
    });
    if (same != parts.end()) {
      same->hunks.push_back(hunk);
      continue;
    }
    parts.push_back(Part{"change in " + hunk.file + (function.empty() ? "" : "." + function),
                         std::nullopt,
                         hunk.file,
                         function,
                         {hunk}});
  }
  return parts;
}

// Sites of repairs in functions that are no longer changed are gone; so is a repair without a site or option left.
std::vector<domain::Repair> repairs_left(const domain::Candidate& candidate, const std::vector<Part>& kept) {
  std::vector<domain::Repair> left;
  for (domain::Repair repair : candidate.repairs) {
    const bool is_option = std::any_of(candidate.options.begin(), candidate.options.end(),
                                       [&](const client::Option& option) { return option.id == repair.id; });
    if (is_option) {
      const bool is_kept =
          std::any_of(kept.begin(), kept.end(), [&](const Part& part) { return part.option == repair.id; });
      if (is_kept) left.push_back(std::move(repair));
      continue;
    }
    std::erase_if(repair.sites, [&](const domain::RepairSite& site) {
      return std::none_of(kept.begin(), kept.end(), [&](const Part& part) {
        return !part.option && part.file == site.module && part.function == site.function;
      });
    });
    if (!repair.sites.empty()) left.push_back(std::move(repair));
  }
  return left;
}

// The candidate made of `kept` alone; an error when the hunks that are left do not make valid sources.
Result<domain::Candidate> assemble(const domain::Candidate& whole, const edit::Sources& originals,
                                   const std::vector<Part>& kept) {
  domain::Candidate out;
  edit::EditSet edits;
  std::set<std::string> options;
  for (const Part& part : kept) {
    if (part.option) options.insert(*part.option);
    for (const edit::TextEdit& hunk : part.hunks) ADAPT_TRY_VOID(edits.add(hunk));
  }
  for (const client::Option& option : whole.options)
    if (options.contains(option.id)) out.options.push_back(option);
  ADAPT_TRY(out.overlay, edit::apply(edits, originals));
  out.repairs = repairs_left(whole, kept);
  return out;
}

// Names that the text reads and nothing in it binds.
Result<std::set<std::string>> unbound_names(const std::string& module, const std::string& text) {
  ADAPT_TRY(const auto document, pyast::Document::parse(text));
  const pyast::NameTable table(*document, module);
  std::set<std::string> names = pyast::NameTable::free_names(document->root());
  std::erase_if(names, [&](const std::string& name) { return table.is_bound(name, document->root()); });
  return names;
}

// A helper is gone that something still reads: it would fail where it is read, which no evaluation need show.
Result<bool> misses_a_name(const domain::Candidate& smaller, const domain::Candidate& whole,
                           const edit::Sources& originals) {
  for (const auto& [module, text] : smaller.overlay) {
    ADAPT_TRY(const std::set<std::string> unbound, unbound_names(module, text));
    const auto before = whole.overlay.find(module);
    ADAPT_TRY(const std::set<std::string> known,
              unbound_names(module, before != whole.overlay.end() ? before->second : originals.at(module)));
    if (!std::includes(known.begin(), known.end(), unbound.begin(), unbound.end())) return true;
  }
  return false;
}

// New imports and definitions that nothing uses: what is left behaves as the unmodified model, which fails.
Result<bool> only_defines(const std::vector<Part>& parts) {
  for (const Part& part : parts) {
    if (part.option || !part.function.empty()) return false;
    for (const edit::TextEdit& hunk : part.hunks) {
      if (hunk.span.begin != hunk.span.end) return false;
      ADAPT_TRY(const auto added, pyast::Document::parse(hunk.text));
      for (const pyast::Node statement : added->root().named_children()) {
        const std::string_view kind = statement.kind();
        if (kind != "function_definition" && kind != "class_definition" && !contains(kind, "import")) return false;
      }
    }
  }
  return true;
}

}  // namespace

Result<Minimised> minimise(const domain::Candidate& candidate, const edit::Sources& originals, Evaluator& evaluator,
                           const MinimiseLimits& limits) {
  Minimised result{candidate, true, 0};
  ADAPT_TRY(std::vector<Part> kept, parts_of(candidate, originals));
  // Round and round, until every part that is left was found needed beside exactly the others that are left: a helper
  // goes once its last user is gone.
  std::size_t i = 0;
  for (std::size_t needed = 0; needed < kept.size() && kept.size() > 1;) {
    i %= kept.size();
    if (result.attempts >= limits.attempts || (limits.out_of_time && limits.out_of_time())) {
      result.complete = false;
      return result;
    }
    std::vector<Part> without = kept;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
    Result<domain::Candidate> smaller = assemble(candidate, originals, without);
    bool superfluous = false;
    bool hopeless = !smaller;  // these hunks only make sense together
    if (!hopeless) {
      ADAPT_TRY(hopeless, only_defines(without));
    }
    if (!hopeless) {
      ADAPT_TRY(hopeless, misses_a_name(*smaller, result.candidate, originals));
    }
    if (!hopeless) {
      ++result.attempts;
      ADAPT_TRY(const Evaluation evaluation, evaluator.evaluate(*smaller, "without the " + kept[i].name));
      superfluous = !evaluation.failure;
    }
    if (!superfluous) {
      ++needed;
      ++i;
      continue;
    }
    needed = 0;
    kept = std::move(without);
    result.candidate = std::move(*smaller);
  }
  return result;
}

}  // namespace adapt::pipeline
