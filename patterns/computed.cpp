#include "patterns/computed.h"

#include <algorithm>
#include <map>

#include "patterns/fstring.h"
#include "patterns/tensor_at_hand.h"

namespace adapt::patterns {
namespace {

using How = Computation::How;

const Capture* capture_of(const std::string& name, const std::vector<Variable>& variables, const Captures& captures) {
  for (std::size_t i = 0; i < variables.size() && i < captures.size(); ++i)
    if (variables[i].name == name && captures[i]) return &*captures[i];
  return nullptr;
}

// The place is where the variables stand.
std::optional<ComputedCode> at_hand(const Captures& captures) {
  const TermTree* tree = nullptr;
  std::vector<TermId> code;
  for (const auto& capture : captures) {
    if (!capture || capture->terms.empty() || (tree != nullptr && capture->tree != tree)) continue;
    tree = capture->tree;
    code.insert(code.end(), capture->terms.begin(), capture->terms.end());
  }
  std::sort(code.begin(), code.end());
  const auto found = tree == nullptr ? std::nullopt : tensor_at_hand(*tree, code);
  if (!found) return std::nullopt;
  const Term& term = tree->at(*found);
  if (term.kind == "identifier") return ComputedCode{{std::string(term.text)}};
  return ComputedCode{{"", tree, *found}};
}

std::string placeholder(std::size_t index) { return "_p" + std::to_string(index) + "_"; }

}  // namespace

std::optional<std::string> changed_word(const Computation& computation, std::string_view word) {
  const std::string& text = computation.text;
  switch (computation.how) {
    case How::add_prefix: return text + std::string(word);
    case How::add_suffix: return std::string(word) + text;
    case How::drop_prefix:
      if (!word.starts_with(text) || word.size() == text.size()) return std::nullopt;
      return std::string(word.substr(text.size()));
    case How::drop_suffix:
      if (!word.ends_with(text) || word.size() == text.size()) return std::nullopt;
      return std::string(word.substr(0, word.size() - text.size()));
    default: return std::nullopt;
  }
}

std::optional<ComputedCode> compute(const Variable& variable, const std::vector<Variable>& variables,
                                    const Captures& captures) {
  const Computation& computation = *variable.computed;
  if (computation.how == How::tensor_at_hand) return at_hand(captures);
  const Capture* first = capture_of(computation.of.front(), variables, captures);
  if (first == nullptr || first->terms.size() != 1) return std::nullopt;
  const Term& term = first->tree->at(first->terms.front());
  if (computation.how == How::format_fstring || computation.how == How::percent_fstring) {
    const Capture* second = capture_of(computation.of.back(), variables, captures);
    if (second == nullptr) return std::nullopt;
    return computation.how == How::format_fstring ? format_fstring(*first->tree, first->terms.front(), *second)
                                                  : percent_fstring(*first->tree, first->terms.front(), *second);
  }
  if (term.kind != "identifier" && term.kind != "label") return std::nullopt;
  auto word = changed_word(computation, term.node.text());
  if (!word) return std::nullopt;
  return ComputedCode{{std::move(*word)}};
}

std::optional<std::string> as_word(const ComputedCode& code) {
  if (code.size() != 1 || !code.front().is_text()) return std::nullopt;
  return code.front().text;
}

std::uint64_t hash_of(const ComputedCode& code, const Isomorphisms& isomorphisms) {
  if (const auto word = as_word(code)) return term_hash("identifier", *word, "", {});
  if (code.size() == 1) return code.front().tree->at(code.front().term).hash;
  std::string text;
  for (std::size_t i = 0; i < code.size(); ++i) text += code[i].is_text() ? code[i].text : placeholder(i);
  const auto document = pyast::Document::parse(text);
  if (!document || (*document)->error_count() > 0) return 0;
  const TermTree tree(**document, isomorphisms, {});
  std::map<TermId, std::uint64_t> replaced;
  TermId string = kNoTerm;
  for (TermId id = static_cast<TermId>(tree.size()); id-- > 0;) {  // from the leaves up: ids are in pre-order
    const Term& term = tree.at(id);
    if (term.kind == "string") string = id;
    if (term.kind == "identifier")
      for (std::size_t i = 0; i < code.size(); ++i)
        if (!code[i].is_text() && term.text == placeholder(i)) replaced[id] = code[i].tree->at(code[i].term).hash;
    const auto children = tree.children(id);
    if (std::any_of(children.begin(), children.end(), [&](TermId child) { return replaced.contains(child); }))
      replaced[id] = tree.hash_with(id, replaced);
  }
  if (string == kNoTerm) return 0;
  const auto found = replaced.find(string);
  return found == replaced.end() ? tree.at(string).hash : found->second;
}

}  // namespace adapt::patterns
