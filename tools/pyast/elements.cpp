#include "tools/pyast/elements.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace adapt::pyast {
namespace {

constexpr std::size_t kMaxNesting = 200;  // elements are walked by recursion

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0; }
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

// A bracket that is being read; the lowest one is the statement itself.
struct Open {
  char closing = '\0';
  bool is_field = false;  // of an f-string: what looks like a comma may be its format
  bool is_scope = false;  // `for` or `lambda` right in it: its commas may part a target or parameters
  std::vector<Element> elements;
};

class ElementReader {
 public:
  ElementReader(std::string_view source, Span statement, std::span<const Span> texts)
      : source_(source), end_(statement.end), at_(statement.begin) {
    text_ = std::lower_bound(texts.begin(), texts.end(), statement.begin,
                             [](Span text, std::uint32_t begin) { return text.end < begin; });
    texts_end_ = texts.end();
    open_.emplace_back();
    start_element();
  }

  std::optional<Element> run() {
    for (skip_texts(); at_ < end_; skip_texts())
      if (!step()) return std::nullopt;
    if (open_.size() != 1) return std::nullopt;
    element().span.end = end_;
    return std::move(element());
  }

 private:
  Element& element() { return open_.back().elements.back(); }

  void start_element() {
    Element& fresh = open_.back().elements.emplace_back();
    fresh.span = {at_, at_};
  }

  void skip_texts() {
    for (; text_ != texts_end_ && text_->begin <= at_; ++text_)  // the next may be empty
      if (text_->end >= at_) after_text_ = at_ = text_->end;
  }

  bool step() {
    const char c = source_[at_];
    if (is_letter(c)) {
      read_word();
      return true;
    }
    if (c == '(' || c == '[' || c == '{') return open(c);
    if (c == ')' || c == ']' || c == '}') return close(c);
    ++at_;
    if (c == ',' && open_.size() > 1) {
      element().span.end = at_;
      start_element();
    }
    return true;
  }

  void read_word() {
    const std::size_t begin = at_;
    while (at_ < end_ && is_word(source_[at_])) ++at_;
    const std::string_view word = source_.substr(begin, at_ - begin);
    if (word == "for" || word == "lambda") open_.back().is_scope = element().has_scope = true;
  }

  bool open(char c) {
    if (open_.size() > kMaxNesting) return false;
    const bool is_field = c == '{' && after_text_ == at_;
    ++at_;
    open_.push_back({c == '(' ? ')' : c == '[' ? ']' : '}', is_field, false, {}});
    start_element();
    return true;
  }

  bool close(char c) {
    if (open_.back().closing != c) return false;
    element().span.end = at_++;
    Open closed = std::move(open_.back());
    open_.pop_back();
    Element& around = element();
    if (closed.elements.size() > 1 && !closed.is_field && !closed.is_scope) {
      around.brackets.push_back({std::move(closed.elements)});
      return true;
    }
    // Grouping, or nothing that can be cut: part of what is around it.
    for (Element& inner : closed.elements) {
      around.has_scope = around.has_scope || inner.has_scope;
      std::move(inner.brackets.begin(), inner.brackets.end(), std::back_inserter(around.brackets));
    }
    return true;
  }

  std::string_view source_;
  std::uint32_t end_, at_;
  std::span<const Span>::iterator text_, texts_end_;
  std::uint32_t after_text_ = kNoNode;  // where the last text ended
  std::vector<Open> open_;
};

}  // namespace

std::optional<Element> split_elements(std::string_view source, Span statement, std::span<const Span> texts) {
  return ElementReader(source, statement, texts).run();
}

}  // namespace adapt::pyast
