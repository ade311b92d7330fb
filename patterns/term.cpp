#include "patterns/term.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace adapt::patterns {
namespace {

constexpr std::string_view kDropped[] = {",", ";", "(", ")", "[", "]", "{", "}", "->", "comment", "line_continuation"};

bool is_dropped(std::string_view kind, std::string_view parent_kind) {
  if (kind == ":") return parent_kind != "slice";
  return std::find(std::begin(kDropped), std::end(kDropped), kind) != std::end(kDropped);
}

// (x) is x, `x: T` in a parameter list is x, a dotted name of one part is that part.
pyast::Node unwrap(pyast::Node node) {
  while (true) {
    const std::string_view kind = node.kind();
    if (kind != "parenthesized_expression" && kind != "typed_parameter" && kind != "dotted_name") return node;
    const auto children = node.named_children();
    if (children.empty() || (kind != "typed_parameter" && children.size() != 1)) return node;
    node = children.front();
  }
}

// The `T` of `x: T` in a parameter list, or an empty node.
pyast::Node annotation_of(pyast::Node node) {
  return node.kind() == "typed_parameter" || node.kind() == "typed_default_parameter" ? node.child_by_field("type")
                                                                                      : pyast::Node{};
}

// The `x` of `a.x`, `def x` or `class x`: a word that is no use of a name.
bool is_label(pyast::Node node) {
  if (node.kind() != "identifier") return false;
  const std::string_view field = node.field_name();
  if (field == "attribute") return node.parent().kind() == "attribute";
  return field == "name" && node.parent().kind().ends_with("_definition");
}

std::string_view normal_kind(std::string_view kind) {
  if (kind == "expression_list" || kind == "pattern_list" || kind == "tuple_pattern") return "tuple";
  if (kind == "typed_default_parameter") return "default_parameter";
  return kind;
}

// 1_000 is 1000, 1. is 1.0, 0XFF is 255.
std::string normal_number(std::string_view text, bool is_float) {
  std::string digits;
  for (const char c : text)
    if (c != '_') digits += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (digits.empty() || digits.back() == 'j') return digits;
  if (is_float) {
    const double value = std::strtod(digits.c_str(), nullptr);
    return std::isfinite(value) ? fmt::format("{}f", value) : digits;
  }
  int base = 10;
  std::string_view body = digits;
  if (body.starts_with("0x"))
    base = 16;
  else if (body.starts_with("0o"))
    base = 8;
  else if (body.starts_with("0b"))
    base = 2;
  if (base != 10) body.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value, base);
  return error == std::errc{} && end == body.data() + body.size() ? fmt::format("{}", value) : digits;
}

// Prefix letters in lower case without `u`, and the content with needless escapes of quotes removed.
std::string normal_prefix(std::string_view start) {
  std::string prefix;
  for (const char c : start) {
    const char low = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (low != '\'' && low != '"' && low != 'u') prefix += low;
  }
  std::sort(prefix.begin(), prefix.end());
  return prefix;
}

std::string normal_content(std::string_view content, bool raw) {
  if (raw) return std::string(content);
  std::string out;
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i] == '\\' && i + 1 < content.size()) {
      if (content[i + 1] == '"' || content[i + 1] == '\'') {
        out += content[++i];
        continue;
      }
      out += content[i++];
    }
    out += content[i];
  }
  return out;
}

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) {
  seed ^= value + 0x9e3779b97f4a7c15ULL + (seed << 12U) + (seed >> 4U);
  return seed * 0xff51afd7ed558ccdULL;
}

std::uint64_t hash_text(std::string_view text) { return std::hash<std::string_view>{}(text); }

}  // namespace

std::uint64_t term_hash(std::string_view kind, std::string_view text, std::string_view name,
                        std::span<const std::uint64_t> children) {
  if (!name.empty()) return mix(hash_text("name"), hash_text(name));  // F.softmax and nn.functional.softmax are equal
  // A definition's name and its uses are equal: a variable may stand for both.
  std::uint64_t hash = mix(hash_text(kind == "label" ? "identifier" : kind), hash_text(text));
  for (const std::uint64_t child : children) hash = mix(hash, child);
  return hash;
}

TermTree::TermTree(const pyast::Document& document, const Isomorphisms& isomorphisms, Options options)
    : document_(document), isomorphisms_(isomorphisms), options_(std::move(options)) {
  terms_.reserve(document.node_count() / 2 + 1);
  links_.reserve(document.node_count() / 2 + 1);
  build(document.root(), kNoTerm, 0);
  for (TermId id = 0; id < terms_.size(); ++id) by_kind_[terms_[id].kind].push_back(id);
  list_words();
}

void TermTree::list_words() {
  for (TermId id = 0; id < terms_.size(); ++id) {
    const Term& term = terms_[id];
    if (!term.name.empty()) places_.push_back({index::word_hash(term.name.substr(term.name.rfind('.') + 1)), id});
    if (term.kind == "identifier" || term.kind == "label") places_.push_back({index::word_hash(term.text), id});
  }
  std::sort(places_.begin(), places_.end());
  places_.erase(std::unique(places_.begin(), places_.end()), places_.end());
}

std::span<const TermTree::WordPlace> TermTree::places_of(std::string_view word) const {
  const auto hash = index::word_hash(word);
  const auto begin = std::lower_bound(places_.begin(), places_.end(), WordPlace{hash, 0});
  const auto end = std::upper_bound(begin, places_.end(), WordPlace{hash, kNoTerm});
  return {begin, end};
}

std::size_t TermTree::count_of_word(std::string_view word) const { return places_of(word).size(); }

std::vector<TermId> TermTree::with_word(std::string_view word) const {
  std::vector<TermId> out;
  for (const WordPlace& place : places_of(word)) out.push_back(place.term);
  return out;
}

std::span<const TermId> TermTree::of_kind(std::string_view kind) const {
  const auto found = by_kind_.find(kind);
  return found == by_kind_.end() ? std::span<const TermId>{} : std::span<const TermId>(found->second);
}

std::string_view TermTree::keep(std::string text) { return kept_.emplace_back(std::move(text)); }

void TermTree::set_children(TermId id, const std::vector<TermId>& children) {
  terms_[id].first = static_cast<std::uint32_t>(links_.size());
  terms_[id].count = static_cast<std::uint32_t>(children.size());
  links_.insert(links_.end(), children.begin(), children.end());
}

std::uint64_t call_hash(CallShape call, const Isomorphisms& isomorphisms) {
  if (!call.method.empty())
    if (const std::string* function = isomorphisms.function_of_method(call.method)) {
      const Parameters* parameters = isomorphisms.function(*function);
      const std::string_view label = parameters == nullptr ? std::string_view{} : parameters->front();
      call.callee = term_hash("", "", *function, {});
      const std::uint64_t receiver[] = {call.receiver};
      call.arguments.insert(call.arguments.begin(), {label, term_hash("argument", label, "", receiver)});
    }
  std::stable_sort(call.arguments.begin(), call.arguments.end(),
                   [](const auto& a, const auto& b) { return a.label < b.label; });
  std::vector<std::uint64_t> below = {call.callee};
  for (const CallShape::Argument& argument : call.arguments) below.push_back(argument.hash);
  return term_hash("call", "", "", below);
}

std::uint64_t TermTree::hash_with(TermId id, const std::map<TermId, std::uint64_t>& replaced) const {
  const auto hash = [&](TermId child) {
    const auto found = replaced.find(child);
    return found == replaced.end() ? at(child).hash : found->second;
  };
  const Term& term = at(id);
  if (term.kind == "call" && term.count > 0) {
    const TermId callee = children(id).front();
    CallShape call;
    call.callee = hash(callee);
    if (at(callee).kind == "attribute" && at(callee).name.empty() && at(callee).count > 0) {
      call.method = at(children(callee).back()).text;
      call.receiver = hash(children(callee).front());
    }
    for (const TermId child : children(id).subspan(1))
      call.arguments.push_back({at(child).kind == "argument" ? at(child).text : std::string_view{}, hash(child)});
    return call_hash(std::move(call), isomorphisms_);
  }
  // What other packages offer is known by its own name: where a file imports it from depends on where the file lies.
  if (!term.name.empty() && !isomorphisms_.is_known_package(term.name))
    return term_hash("identifier", term.name.substr(term.name.rfind('.') + 1), "", {});
  std::vector<std::uint64_t> below;
  for (const TermId child : children(id)) below.push_back(hash(child));
  return term_hash(term.kind, term.text, term.name, below);
}

void TermTree::finish(TermId id) { terms_[id].hash = hash_with(id, {}); }

TermId TermTree::build(pyast::Node outer, TermId parent, unsigned depth) {
  const pyast::Node node = unwrap(outer);
  const auto id = static_cast<TermId>(terms_.size());
  Term& term = terms_.emplace_back();
  term.kind = normal_kind(node.kind());
  term.node = node;
  term.parent = parent;
  term.in_annotation = in_annotation_;
  if (depth >= kMaxDepth) {
    term.kind = "opaque";
    term.text = node.text();
  } else if (term.kind == "call") {
    build_call(id, node, depth + 1);
  } else if (term.kind == "string") {
    build_string(id, node, depth + 1);
  } else if (term.kind == "integer" || term.kind == "float") {
    term.text = keep(normal_number(node.text(), term.kind == "float"));
  } else {
    if (is_label(node))
      term.kind = "label";
    else if (term.kind == "identifier" || term.kind == "attribute")
      term.name = name_of(node);
    build_children(id, node, depth + 1);
  }
  finish(id);
  if (const pyast::Node type = annotation_of(outer)) build_annotation(id, type, depth + 1);
  return id;
}

// A pattern without annotations finds annotated code, and one that is a name finds it in annotations too.
void TermTree::build_annotation(TermId owner, pyast::Node type, unsigned depth) {
  if (depth >= kMaxDepth) return;
  const bool around = std::exchange(in_annotation_, true);
  const TermId id = build(type, owner, depth);
  terms_[owner].annotation = id;
  in_annotation_ = around;
}

void TermTree::build_children(TermId id, pyast::Node node, unsigned depth) {
  const std::string_view kind = node.kind();
  if (!node.first_child()) {
    terms_[id].text = node.text();
    return;
  }
  const bool drops_annotation = kind == "function_definition" || kind == "typed_default_parameter";
  std::vector<TermId> children;
  for (pyast::Node child = node.first_child(); child; child = child.next_sibling()) {
    if (is_dropped(child.kind(), kind)) continue;
    if (drops_annotation && child.kind() == "type") {
      if (kind == "function_definition") build_annotation(id, child, depth);
      continue;
    }
    children.push_back(build(child, id, depth));
  }
  set_children(id, children);
}

void TermTree::build_string(TermId id, pyast::Node node, unsigned depth) {
  std::string prefix;
  std::vector<TermId> children;
  std::string content;
  bool interpolated = false;
  for (const pyast::Node child : node.children()) {
    if (child.kind() == "string_start") prefix = normal_prefix(child.text());
    if (child.kind() == "interpolation") interpolated = true;
  }
  const bool raw = prefix.find('r') != std::string::npos;
  for (const pyast::Node child : node.children()) {
    if (child.kind() == "string_content") {
      content += normal_content(child.text(), raw);
    } else if (child.kind() == "interpolation") {
      content += '\0';  // where the next child goes
      children.push_back(build(child, id, depth));
    }
  }
  if (!interpolated) std::erase(prefix, 'f');
  terms_[id].text = keep(prefix + ":" + content);
  set_children(id, children);
}

void TermTree::build_call(TermId id, pyast::Node node, unsigned depth) {
  const pyast::Node callee = node.child_by_field("function");
  const pyast::Node list = node.child_by_field("arguments");
  if (!callee || !list) return build_children(id, node, depth);
  std::vector<TermId> children = {build(callee, id, depth)};

  const Term& head = terms_[children.front()];
  const Parameters* parameters = nullptr;
  if (!head.name.empty())
    parameters = isomorphisms_.function(head.name);
  else if (head.kind == "attribute")
    parameters = isomorphisms_.method(head.node.child_by_field("attribute").text());

  std::size_t position = 0;
  bool known = parameters != nullptr;
  const std::vector<pyast::Node> arguments =
      list.kind() == "argument_list" ? list.named_children() : std::vector<pyast::Node>{list};
  for (const pyast::Node argument : arguments) {
    if (argument.kind() == "list_splat" || argument.kind() == "dictionary_splat") {
      known = false;
      children.push_back(build(argument, id, depth));
      continue;
    }
    const bool keyword = argument.kind() == "keyword_argument";
    const pyast::Node value = keyword ? argument.child_by_field("value") : argument;
    if (!value) continue;
    const auto wrapper = static_cast<TermId>(terms_.size());
    Term& term = terms_.emplace_back();
    term.kind = "argument";
    term.node = argument;
    term.parent = id;
    term.positional = !keyword;
    if (keyword) {
      term.text = argument.child_by_field("name").text();
    } else if (options_.is_sequence && options_.is_sequence(value.text())) {
      known = false;
    } else if (known && position < parameters->size()) {
      term.text = (*parameters)[position++];
    }
    set_children(wrapper, {build(value, wrapper, depth)});
    finish(wrapper);
    children.push_back(wrapper);
  }
  set_children(id, children);
}

// The normal dotted name of a use of an imported name; "" for anything local, and for names that are not uses
// (the `x` of `f(x=1)` or of `a.x`, parameters).
std::string_view TermTree::name_of(pyast::Node node) const {
  const pyast::Node parent = node.parent();
  const std::string_view field = node.field_name();
  if (parent && node.kind() == "identifier") {
    const std::string_view around = parent.kind();
    if (field == "name" && (around == "keyword_argument" || around == "default_parameter")) return {};
    if (around == "parameters" || around == "lambda_parameters" || around == "dotted_name") return {};
  }
  pyast::Node head = node;
  for (; head && head.kind() == "attribute"; head = head.child_by_field("object"))
    if (options_.is_hole && options_.is_hole(head.child_by_field("attribute").text())) return {};
  if (!head || head.kind() != "identifier") return {};

  std::string dotted;
  const std::string word(head.text());
  if (options_.names != nullptr && options_.names->imports().contains(word)) {
    auto resolved = options_.names->resolve(node);
    if (!resolved) return {};
    dotted = std::move(*resolved);
  } else {
    const auto known = isomorphisms_.imports().find(word);
    if (known == isomorphisms_.imports().end()) return {};
    if (options_.names != nullptr && options_.names->is_bound(word, head)) return {};
    dotted = known->second;
    std::vector<std::string_view> parts;  // from the outside in
    for (pyast::Node at = node; at.kind() == "attribute"; at = at.child_by_field("object"))
      parts.push_back(at.child_by_field("attribute").text());
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) dotted.append(".").append(*part);
  }
  const std::string_view normal = isomorphisms_.normal(dotted);
  if (normal != dotted) return normal;  // owned by the table
  return kept_.emplace_back(std::move(dotted));
}

}  // namespace adapt::patterns
