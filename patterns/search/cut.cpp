#include "patterns/search/cut.h"

#include <algorithm>
#include <span>
#include <utility>

namespace adapt::search {
namespace {

using pyast::Bracket;
using pyast::Element;

// Levels count the brackets around an element.
struct Placed {
  std::uint32_t offset = 0;
  std::uint32_t level = 0;  // the deepest at which an element holds all of the match
};
using Hits = std::span<const Placed>;  // by offset

Hits within(pyast::Span span, Hits hits) {
  const auto before = [](const Placed& hit, std::uint32_t offset) { return hit.offset < offset; };
  const auto begin = std::lower_bound(hits.begin(), hits.end(), span.begin, before);
  return {begin, std::lower_bound(begin, hits.end(), span.end, before)};
}

// The first of these, in order, that ends behind the offset.
template <class Part, class EndOf>
const Part* first_behind(const std::vector<Part>& parts, std::uint32_t offset, EndOf end_of) {
  const auto found =
      std::partition_point(parts.begin(), parts.end(), [&](const Part& part) { return end_of(part) <= offset; });
  return found == parts.end() ? nullptr : &*found;
}

std::uint32_t level_of(std::uint32_t offset, const Element* element) {
  for (std::uint32_t level = 0;; ++level) {
    const Bracket* around = first_behind(element->brackets, offset,
                                         [](const Bracket& bracket) { return bracket.elements.back().span.end; });
    if (around == nullptr || offset < around->elements.front().span.begin) return level;
    element = first_behind(around->elements, offset, [](const Element& inner) { return inner.span.end; });
  }
}

class Cut {
 public:
  void add(const Element& element, std::uint32_t level, Hits hits) {
    const bool is_seen = element.has_scope || element.brackets.empty() ||
                         std::any_of(hits.begin(), hits.end(), [&](const Placed& hit) { return hit.level <= level; });
    if (is_seen) return copy(element.span.begin, element.span.end);
    std::uint32_t at = element.span.begin;
    for (const Bracket& bracket : element.brackets) {
      copy(at, bracket.elements.front().span.begin);
      add_elements(bracket, level + 1, hits);
      at = bracket.elements.back().span.end;
    }
    copy(at, element.span.end);
  }

  std::vector<Fragment> take() { return std::move(out_); }

 private:
  void add_elements(const Bracket& bracket, std::uint32_t level, Hits hits) {
    const Element* last = nullptr;
    for (const Element& element : bracket.elements) {
      const Hits inner = within(element.span, hits);
      if (inner.empty()) continue;
      add(element, level, inner);
      last = &element;
    }
    // With a comma it is not mere grouping, whatever is left of it.
    if (last == nullptr)
      out_.back().then = "0,";
    else if (last == &bracket.elements.back())
      out_.back().then = ",";
  }

  void copy(std::uint32_t begin, std::uint32_t end) { out_.push_back({{begin, end}, {}}); }

  std::vector<Fragment> out_;
};

}  // namespace

std::vector<Fragment> cut_at_elements(const Element& statement, std::vector<Hit> hits) {
  std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.offset < b.offset; });
  std::vector<Placed> placed;
  for (const Hit& hit : hits) {
    const std::uint32_t level = level_of(hit.offset, &statement);
    placed.push_back({hit.offset, level - std::min(level, hit.brackets)});
  }
  Cut cut;
  cut.add(statement, 0, placed);
  return cut.take();
}

}  // namespace adapt::search
