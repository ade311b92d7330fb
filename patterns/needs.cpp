#include "patterns/needs.h"

#include <algorithm>

#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

std::set<std::string> identifiers_in(const pyast::Document& document, pyast::Node node) {
  std::set<std::string> out;
  for (const pyast::Node identifier : document.nodes_of_kind("identifier", node)) out.emplace(identifier.text());
  return out;
}

pyast::Node outermost_function(pyast::Node node) {
  pyast::Node found;
  for (; node; node = node.parent())
    if (node.kind() == "function_definition") found = node;
  return found;
}

}  // namespace

Needs::Needs(const Pattern& pattern, const Edit& edit, const Parsed& source, const SourceFile& file, pyast::Node where)
    : pattern_(pattern), source_(source), file_(file), where_(where) {
  choose_fresh(edit);
  check_reads(edit);
}

std::string Needs::free_variant(const std::string& name, const std::set<std::string>& taken) const {
  std::string candidate = name;
  for (int i = 1; taken.contains(candidate) || source_.names->is_bound(candidate, where_); ++i)
    candidate = fmt::format("{}_{}", name, i);
  return candidate;
}

void Needs::choose_fresh(const Edit& edit) {
  if (edit.fresh.empty()) return;
  const pyast::Document& document = *source_.document;
  const pyast::Node function = outermost_function(where_);
  std::set<std::string> taken = identifiers_in(document, function ? function : document.root());
  for (const std::string& name : edit.fresh) {
    const std::string chosen = free_variant(name, taken);
    taken.insert(chosen);
    if (chosen != name) renamed_[name] = chosen;
  }
}

void Needs::check_reads(const Edit& edit) {
  std::set<std::string> own(edit.fresh.begin(), edit.fresh.end());
  for (const Hunk& hunk : edit.hunks)
    for (const pyast::Span word : hunk.text.words) {
      std::string text = hunk.text.code.encoded.text.substr(word.begin, word.end - word.begin);
      if (!hunk.text.reads.contains(text)) own.insert(std::move(text));  // bound by the new code itself
    }
  for (const Hunk& hunk : edit.hunks)
    for (const std::string& name : hunk.text.reads) {
      if (own.contains(name) || use_helper(name)) continue;
      if (const auto ensured = pattern_.ensure.find(name); ensured != pattern_.ensure.end()) {
        use_import(name, ensured->second);
        continue;
      }
      if (edit.old_words.contains(name)) continue;
      if (!source_.names->is_bound(name, where_) && problem_.empty())
        problem_ = fmt::format("the new code reads '{}', which is not bound here", name);
    }
}

bool Needs::use_helper(const std::string& name) {
  const auto helper =
      std::find_if(pattern_.helpers.begin(), pattern_.helpers.end(), [&](const Helper& h) { return h.name == name; });
  if (helper == pattern_.helpers.end()) return false;
  const pyast::Node wanted = helper->text.code.document->root().named_children().front();
  const pyast::Node module = source_.document->root();
  for (const pyast::Node item : module.named_children())
    if (item.kind() == "function_definition" && item.subtree_hash() == wanted.subtree_hash())
      return true;  // it is there already
  const std::string chosen = free_variant(name, identifiers_in(*source_.document, module));
  if (chosen != name) renamed_[name] = chosen;
  Fill how;
  how.spell = [this](const Template::Name& used) { return spell(used); };
  how.renamed = renamed_;
  std::string text = fill(helper->text, how);
  if (chosen != name) {
    const auto at = static_cast<std::size_t>(wanted.child_by_field("name").span().begin);
    text = text.substr(0, at) + chosen +
           text.substr(at + name.size());  // the name stands before anything that is spelled anew
  }
  helpers_[chosen] = std::move(text);
  for (const std::string& read : helper->text.reads) {  // what the helper itself needs beside it
    if (read == name || use_helper(read)) continue;
    if (const auto ensured = pattern_.ensure.find(read); ensured != pattern_.ensure.end())
      use_import(read, ensured->second);
  }
  return true;
}

void Needs::use_import(const std::string& name, std::string statement) {
  if (source_.names->is_bound(name, source_.document->root())) {
    // Bound at module level: by the import we want, or by something else that only the checks can tell apart.
    return;
  }
  imports_[name] = std::move(statement);
}

std::string Needs::spell(const Template::Name& name) {
  std::string written = name.head + name.dotted.substr(pattern_.isomorphisms->imports().at(name.head).size());
  const std::string& target = pattern_.isomorphisms->imports().at(name.head);
  if (source_.names->spelling(target, where_) == name.head) return written;
  if (auto other = source_.names->spelling(name.dotted, where_)) return *other;
  if (!source_.names->is_bound(name.head, where_)) {
    imports_[name.head] = pattern_.isomorphisms->import_statement(name.head);
    return written;
  }
  if (problem_.empty())
    problem_ = fmt::format("'{}' cannot be written here: '{}' means something else", name.dotted, name.head);
  return written;
}

std::vector<edit::TextEdit> Needs::insertions() {
  std::vector<edit::TextEdit> out;
  if (imports_.empty() && helpers_.empty()) return out;
  const std::uint32_t at = source_.names->import_insertion_point();
  const std::string& text = source_.document->source();
  const bool at_line_start = at == 0 || text[at - 1] == '\n';
  const auto insert = [&](std::string lines) {  // `lines` ends in a line end
    if (!at_line_start) {
      lines.pop_back();
      lines.insert(0, "\n");
    }
    out.push_back({file_.file, {at, at}, std::move(lines)});
  };
  for (const auto& [name, statement] : imports_) insert(statement + "\n");
  const bool first = at == 0 && imports_.empty();
  const bool crowded = at_line_start && at < text.size() && text[at] != '\n' && text[at] != '\r';
  for (const auto& [name, helper] : helpers_) {
    const bool leads = first && name == helpers_.begin()->first, ends = crowded && name == helpers_.rbegin()->first;
    insert((leads ? "" : "\n\n") + helper + (helper.ends_with('\n') ? "" : "\n") + (ends ? "\n\n" : ""));
  }
  return out;
}

}  // namespace adapt::patterns
