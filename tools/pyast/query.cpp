#include "tools/pyast/query.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <unordered_map>

#include "tools/pyast/grammar.h"
#include "tools/pyast/query_predicate.h"
#include "tools/pyast/syntax_tree.h"

namespace adapt::pyast {
namespace {

struct QueryDeleter {
  void operator()(TSQuery* query) const noexcept { ts_query_delete(query); }
};
struct CursorDeleter {
  void operator()(TSQueryCursor* cursor) const noexcept { ts_query_cursor_delete(cursor); }
};
using QueryPtr = std::unique_ptr<TSQuery, QueryDeleter>;

constexpr std::uint32_t kMaxUnfinished = 20'000;  // partial matches in flight

std::string_view reason(TSQueryError error) {
  switch (error) {
    case TSQueryErrorNone: return "no error";
    case TSQueryErrorSyntax: return "syntax error";
    case TSQueryErrorNodeType: return "unknown node kind";
    case TSQueryErrorField: return "unknown field";
    case TSQueryErrorCapture: return "unknown capture";
    case TSQueryErrorStructure: return "a structure that cannot occur";
    case TSQueryErrorLanguage: return "unusable grammar";
  }
  return "error";
}

std::string capture_name(const TSQuery& query, std::uint32_t id) {
  std::uint32_t size = 0;
  const char* name = ts_query_capture_name_for_id(&query, id, &size);
  return {name, size};
}

std::string string_value(const TSQuery& query, std::uint32_t id) {
  std::uint32_t size = 0;
  const char* value = ts_query_string_value_for_id(&query, id, &size);
  return {value, size};
}

// tree-sitter hands the predicates of a pattern over as one flat list: name, arguments, end, name, ...
Result<std::vector<Predicate>> predicates_of(const TSQuery& query, std::uint32_t pattern) {
  std::uint32_t count = 0;
  const TSQueryPredicateStep* steps = ts_query_predicates_for_pattern(&query, pattern, &count);
  std::vector<Predicate> out;
  std::vector<PredicateArgument> words;
  for (std::uint32_t i = 0; i < count; ++i) {
    const TSQueryPredicateStep& step = steps[i];
    if (step.type == TSQueryPredicateStepTypeCapture) {
      words.push_back({true, step.value_id, capture_name(query, step.value_id)});
    } else if (step.type == TSQueryPredicateStepTypeString) {
      words.push_back({false, 0, string_value(query, step.value_id)});
    } else {
      if (words.empty() || words.front().is_capture) return fail(ErrorKind::parse, "a predicate without a name");
      ADAPT_TRY(Predicate predicate, Predicate::compile(words.front().text, std::span(words).subspan(1)));
      out.push_back(std::move(predicate));
      words.clear();
    }
  }
  return out;
}

// Finds the Document's node for a node of a second tree of the same source.
class NodeIndex {
 public:
  explicit NodeIndex(const TSTree& tree) {
    const FlatTree flat = flatten(tree);
    for (std::uint32_t i = 0; i < flat.nodes.size(); ++i) by_id_.emplace(flat.tree_ids[i], i);
  }
  Node find(const Document& document, TSNode node) const {
    const auto found = by_id_.find(node.id);
    return found == by_id_.end() ? Node() : document.at(found->second);
  }

 private:
  std::unordered_map<const void*, std::uint32_t> by_id_;
};

}  // namespace

struct Query::Compiled {
  QueryPtr query;
  std::vector<std::string> captures;               // by number
  std::vector<std::vector<Predicate>> predicates;  // by pattern

  bool accepts(const QueryMatch& match, const std::vector<std::uint32_t>& numbers) const {
    CaptureTexts texts(captures.size());
    for (std::size_t i = 0; i < match.captures.size(); ++i) texts[numbers[i]].push_back(match.captures[i].node.text());
    const std::vector<Predicate>& asked = predicates[match.pattern];
    return std::all_of(asked.begin(), asked.end(), [&](const Predicate& predicate) { return predicate.holds(texts); });
  }
};

Result<Query> Query::compile(std::string_view text) {
  ADAPT_TRY(const TSLanguage* grammar, python_grammar());
  std::uint32_t offset = 0;
  TSQueryError error = TSQueryErrorNone;
  auto compiled = std::make_shared<Compiled>();
  compiled->query.reset(ts_query_new(grammar, text.data(), static_cast<std::uint32_t>(text.size()), &offset, &error));
  if (!compiled->query) {
    const std::string_view before = text.substr(0, offset);
    return fail(ErrorKind::parse, "query, line {}, byte {}: {} at '{:.40}'",
                1 + std::count(before.begin(), before.end(), '\n'), offset, reason(error), text.substr(offset));
  }
  const TSQuery& query = *compiled->query;
  for (std::uint32_t i = 0; i < ts_query_capture_count(&query); ++i)
    compiled->captures.push_back(capture_name(query, i));
  for (std::uint32_t i = 0; i < ts_query_pattern_count(&query); ++i) {
    ADAPT_TRY(auto predicates, predicates_of(query, i));
    compiled->predicates.push_back(std::move(predicates));
  }
  return Query(std::move(compiled));
}

Result<std::vector<QueryMatch>> Query::run(const Document& document, Node within) const {
  ADAPT_TRY(const TreePtr tree, parse_tree(document.source()));
  const NodeIndex nodes(*tree);
  const std::unique_ptr<TSQueryCursor, CursorDeleter> cursor(ts_query_cursor_new());
  ts_query_cursor_set_match_limit(cursor.get(), kMaxUnfinished);
  if (within) ts_query_cursor_set_byte_range(cursor.get(), within.span().begin, std::max(within.span().end, 1U));
  ts_query_cursor_exec(cursor.get(), compiled_->query.get(), ts_tree_root_node(tree.get()));

  std::vector<QueryMatch> out;
  TSQueryMatch found;
  while (ts_query_cursor_next_match(cursor.get(), &found)) {
    QueryMatch match{found.pattern_index, {}};
    std::vector<std::uint32_t> numbers;
    bool usable = true;
    for (std::uint16_t i = 0; i < found.capture_count; ++i) {
      const TSQueryCapture& capture = found.captures[i];
      const Node node = nodes.find(document, capture.node);
      usable = usable && node && (!within || within.span().contains(node.span()));
      match.captures.push_back({compiled_->captures[capture.index], node});
      numbers.push_back(capture.index);
    }
    if (!usable || !compiled_->accepts(match, numbers)) continue;
    if (out.size() == kMaxMatches) return fail(ErrorKind::parse, "a query has more than {} matches", kMaxMatches);
    out.push_back(std::move(match));
  }
  if (ts_query_cursor_did_exceed_match_limit(cursor.get()))
    return fail(ErrorKind::parse, "a query keeps more than {} unfinished matches; make it more specific",
                kMaxUnfinished);
  return out;
}

}  // namespace adapt::pyast
