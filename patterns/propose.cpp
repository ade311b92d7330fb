#include "patterns/propose.h"

#include <algorithm>
#include <map>

#include "patterns/candidates.h"
#include "patterns/chain.h"
#include "patterns/examine.h"

namespace adapt::patterns {
namespace {

// The match of the edit that others are chained to.
struct Anchor {
  const Edit* edit = nullptr;
  const Match* match = nullptr;
  std::size_t file = 0;
};

class Proposer {
 public:
  Proposer(const Pattern& pattern, const Signature& signature, Corpus& corpus, const ProposeOptions& options)
      : pattern_(pattern),
        signature_(options.ignore_frames ? nullptr : &signature),
        corpus_(corpus),
        facts_(options.facts),
        asked_(options.asked),
        examined_(options.examined) {}

  Result<std::optional<Proposal>> run(std::vector<Refusal>* refused) {
    ADAPT_TRY_VOID(add_sites());
    if (examined_) ADAPT_TRY_VOID(drop_bad_sites());
    if (refused != nullptr) *refused = refused_;
    if (sites_.empty()) return std::optional<Proposal>{};
    Proposal out;
    out.pattern = pattern_.id;
    out.revision = pattern_.revision;
    out.risk = std::string(to_string(pattern_.risk));
    out.assumptions = pattern_.assumptions;
    out.refused = std::move(refused_);
    for (Site& site : sites_) {
      ADAPT_TRY_VOID(out.edits.merge(site.edits));
      out.sites.push_back(std::move(site));
    }
    return std::optional<Proposal>(std::move(out));
  }

 private:
  void refuse(const Site& site, std::string reason) {
    refused_.push_back({site.edit, site.file, site.line, std::move(reason)});
  }

  Result<std::vector<Candidate>> candidates(std::vector<const Edit*> edits, std::size_t file, MatchOptions match,
                                            bool root) {
    std::erase_if(edits, [&](const Edit* edit) { return !corpus_.may_contain(file, edit->before.filter); });
    if (edits.empty()) return std::vector<Candidate>{};
    ADAPT_TRY(const Parsed* parsed, corpus_.parsed(file));
    match.oracle = oracle_for(corpus_.file(file).file);
    Search search{&pattern_, std::move(edits), parsed,   &corpus_.file(file), signature_,
                  root,      std::move(match), &refused_};
    auto found = find_candidates(search);
    if (!found) return fail(found.error(), fmt::format("pattern {} in {}", pattern_.id, corpus_.file(file).file));
    return found;
  }

  Oracle oracle_for(const std::string& file) const {
    const auto told = facts_ == nullptr ? FactsByFile::const_iterator{} : facts_->find(file);
    return {facts_ == nullptr || told == facts_->end() ? nullptr : &told->second,
            asked_ == nullptr ? nullptr : &(*asked_)[file]};
  }

  // Of edits that stand for themselves, all at once: one may paste code that another rewrites.
  Result<void> add_sites() {
    std::vector<const Edit*> edits;
    for (const Edit& edit : pattern_.edits)
      if (edit.after.empty()) edits.push_back(&edit);
    for (std::size_t file = 0; file < corpus_.size(); ++file) {
      ADAPT_TRY(const auto found, candidates(edits, file, {}, true));
      for (const Candidate& candidate : found) ADAPT_TRY_VOID(add_site(file, candidate));
    }
    return {};
  }

  Result<void> add_site(std::size_t file, const Candidate& candidate) {
    const Edit& edit = *candidate.edit;
    Site site{pattern_.id, edit.id, corpus_.file(file).file, "", 0, {}};
    const pyast::Document& document = candidate.match.tree->document();
    site.line = document.position(candidate.match.span().begin).line;
    site.function = pyast::NameTable::enclosing_qualname(candidate.match.tree->at(candidate.match.roots.front()).node);
    for (const edit::TextEdit& e : candidate.edits)
      if (auto added = site.edits.add(e); !added) {
        refuse(site, added.error().message);
        return {};
      }
    ADAPT_TRY(const bool complete, add_chained(site, {&edit, &candidate.match, file}));
    if (!complete) return {};
    if (auto merged = all_.merge(site.edits); !merged) {
      refuse(site, merged.error().message);
      return {};
    }
    sites_.push_back(std::move(site));
    return {};
  }

  // False when the pattern wants all of its edits and one has no place.
  Result<bool> add_chained(Site& site, const Anchor& anchor) {
    for (const Edit& edit : pattern_.edits) {
      if (edit.after != anchor.edit->id) continue;
      bool any = false;
      for (std::size_t file = 0; file < corpus_.size(); ++file) {
        if (edit.scope != ChainScope::package && file != anchor.file) continue;
        ADAPT_TRY(const auto found,
                  candidates({&edit}, file, chained_options(edit, *anchor.edit, *anchor.match), false));
        for (const Candidate& candidate : found) {
          edit::EditSet extended = site.edits;
          bool fits = true;
          for (const edit::TextEdit& e : candidate.edits) fits = fits && extended.add(e).has_value();
          if (!fits) continue;
          any = true;
          site.edits = std::move(extended);
          ADAPT_TRY(const bool complete, add_chained(site, {&edit, &candidate.match, file}));
          if (!complete) return false;
        }
      }
      if (!any && pattern_.require_all) {
        refuse(site, fmt::format("edit '{}' has no place, and the pattern needs all of its edits", edit.id));
        return false;
      }
    }
    return true;
  }

  // Sites whose result does not parse or would change again are refused; the rest is looked at anew.
  Result<void> drop_bad_sites() {
    while (!sites_.empty()) {
      ADAPT_TRY(const auto problems, examine(pattern_, sites_, corpus_));
      if (problems.empty()) return {};
      for (auto problem = problems.rbegin(); problem != problems.rend(); ++problem) {  // by index, from behind
        refuse(sites_[problem->first], problem->second);
        sites_.erase(sites_.begin() + static_cast<std::ptrdiff_t>(problem->first));
      }
    }
    return {};
  }

  const Pattern& pattern_;
  const Signature* signature_;
  Corpus& corpus_;
  const FactsByFile* facts_;
  LinesByFile* asked_;
  bool examined_;
  std::vector<Site> sites_;
  std::vector<Refusal> refused_;
  edit::EditSet all_;
};

}  // namespace

Result<std::optional<Proposal>> propose(const Pattern& pattern, const Signature& signature, Corpus& corpus,
                                        const ProposeOptions& options) {
  return Proposer(pattern, signature, corpus, options).run(options.refused);
}

Result<std::optional<Proposal>> propose(const Pattern& pattern, const Signature& signature,
                                        std::span<const SourceFile> sources, const ProposeOptions& options) {
  Corpus corpus(sources, pattern.isomorphisms);
  return propose(pattern, signature, corpus, options);
}

}  // namespace adapt::patterns
