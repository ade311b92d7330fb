// What a reviewer reads, as a value that knows neither Markdown nor HTML. Texts come from models, logs and language
// models: every renderer escapes all of them.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace adapt::review {

struct Span {
  std::string text;
  bool code = false;
  bool operator==(const Span&) const = default;
};

// One paragraph, item or cell.
class Line {
 public:
  Line() = default;
  Line(const std::string& text) { *this << text; }  // NOLINT(google-explicit-constructor): a text is a line
  Line(const char* text) { *this << text; }         // NOLINT(google-explicit-constructor)

  Line& operator<<(std::string_view text) {
    if (!text.empty()) spans_.push_back({std::string(text), false});
    return *this;
  }
  Line& code(std::string_view text) {
    spans_.push_back({std::string(text), true});
    return *this;
  }

  const std::vector<Span>& spans() const { return spans_; }
  bool operator==(const Line&) const = default;

 private:
  std::vector<Span> spans_;
};

struct Paragraph {
  Line line;
};

struct List {
  std::vector<Line> items;
};

struct Table {
  std::vector<std::string> head;
  std::vector<std::vector<Line>> rows;
};

struct Code {
  std::string language;  // "", "python", "sh"
  std::string text;
};

struct Diff {
  std::string text;  // unified
};

using Block = std::variant<Paragraph, List, Table, Code, Diff>;

struct Section {
  std::string heading;
  std::vector<Block> blocks;
};

struct Document {
  std::string title;
  std::string verdict;  // "adapted", "not adapted": for the eye
  std::vector<Section> sections;
};

}  // namespace adapt::review
