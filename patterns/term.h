// A Python source in the normal form that patterns are compared in: comments, commas, redundant parentheses and type
// annotations of parameters are gone, quotes and numbers are spelled one way, imported names carry what they denote,
// and the arguments of calls with a known signature carry their parameter's name. Every term still knows its node in
// the source.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "patterns/index/words.h"
#include "patterns/isomorphisms.h"
#include "tools/pyast/document.h"
#include "tools/pyast/names.h"

namespace adapt::patterns {

using TermId = std::uint32_t;
inline constexpr TermId kNoTerm = ~TermId{0};

struct Term {
  std::string_view kind;  // tree-sitter's, or "argument", "tuple"
  std::string_view text;  // of a leaf; of an argument its label, or ""
  std::string_view
      name;  // normal dotted name of an identifier or attribute that an import or the table explains, or ""
  pyast::Node node;
  TermId parent = kNoTerm;
  std::uint32_t first = 0, count = 0;  // children, see TermTree::children
  std::uint64_t hash = 0;              // equal for equal terms
  TermId annotation = kNoTerm;         // of a parameter or function: its type, which is no child and not in the hash
  bool in_annotation = false;
  bool positional = false;  // an argument written without a keyword

  pyast::Span span() const { return node.span(); }
};

// The hash of a term of this shape; a dotted name is its name, whatever it is made of.
std::uint64_t term_hash(std::string_view kind, std::string_view text, std::string_view name,
                        std::span<const std::uint64_t> children);

// A call, as hashes: x.f(a) and torch.f(x, a) are one, and the order of named arguments does not count.
struct CallShape {
  std::uint64_t callee = 0;
  std::string_view method;     // the `f` of `x.f(...)`, "" for other callees
  std::uint64_t receiver = 0;  // of a method
  struct Argument {
    std::string_view label;
    std::uint64_t hash = 0;  // of the argument, label included
  };
  std::vector<Argument> arguments;
};
std::uint64_t call_hash(CallShape call, const Isomorphisms& isomorphisms);

class TermTree {
 public:
  // Deeper code is one opaque leaf: it bounds the stack on hostile input, and no person writes such code.
  static constexpr unsigned kMaxDepth = 600;

  struct Options {
    const pyast::NameTable* names = nullptr;  // none: heads mean what the table says
    // Identifiers that stand for any number of arguments: positions after one are unknown, so they get no label.
    std::function<bool(std::string_view)> is_sequence;
    // Words that stand for any word: a dotted name that holds one is no name but a chain.
    std::function<bool(std::string_view)> is_hole;
  };
  TermTree(const pyast::Document& document, const Isomorphisms& isomorphisms, Options options);
  TermTree(const TermTree&) = delete;
  TermTree& operator=(const TermTree&) = delete;

  const Term& at(TermId id) const { return terms_[id]; }
  std::size_t size() const { return terms_.size(); }
  TermId root() const { return 0; }
  std::span<const TermId> children(TermId id) const { return {links_.data() + terms_[id].first, terms_[id].count}; }
  std::span<const TermId> of_kind(std::string_view kind) const;  // in source order
  // The hash that the term would have if these terms below it had those hashes.
  std::uint64_t hash_with(TermId id, const std::map<TermId, std::uint64_t>& replaced) const;
  // Identifiers and labels that are this word, and terms whose name ends in it; in source order. Others may be among
  // them.
  std::vector<TermId> with_word(std::string_view word) const;
  std::size_t count_of_word(std::string_view word) const;
  const pyast::Document& document() const { return document_; }
  const Isomorphisms& isomorphisms() const { return isomorphisms_; }

 private:
  struct WordPlace {
    std::uint32_t hash;
    TermId term;
    auto operator<=>(const WordPlace&) const = default;
  };
  TermId build(pyast::Node node, TermId parent, unsigned depth);
  void build_annotation(TermId owner, pyast::Node type, unsigned depth);
  void build_call(TermId id, pyast::Node node, unsigned depth);
  void build_string(TermId id, pyast::Node node, unsigned depth);
  void build_children(TermId id, pyast::Node node, unsigned depth);
  void set_children(TermId id, const std::vector<TermId>& children);
  void finish(TermId id);
  void list_words();
  std::span<const WordPlace> places_of(std::string_view word) const;
  std::string_view name_of(pyast::Node node) const;
  std::string_view keep(std::string text);

  const pyast::Document& document_;
  const Isomorphisms& isomorphisms_;
  Options options_;
  std::vector<Term> terms_;
  std::vector<TermId> links_;
  bool in_annotation_ = false;
  mutable std::deque<std::string> kept_;
  std::unordered_map<std::string_view, std::vector<TermId>> by_kind_;
  std::vector<WordPlace> places_;  // sorted
};

}  // namespace adapt::patterns
