#include "agent/llm/wire/text_marks.h"

#include <algorithm>
#include <cctype>

#include "agent/llm/wire/ordered.h"
#include "agent/llm/wire/text_protocol.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

bool is_fence(std::string_view line) { return trim(line).starts_with("```"); }

// What a field of the tool may be: "string" where its schema does not say.
std::string type_of(const Json& schema) {
  const Json& type = member_or_null(schema, "type");
  if (type.is_string()) return type.get<std::string>();
  for (const std::string& word : strings_or_empty(schema, "type"))
    if (word != "null") return word;
  return "string";
}

OrderedJson typed(const std::string& text, const std::string& type) {
  if (type == "string") return text;
  const Result<OrderedJson> json = parse_lenient_ordered(trim(text));
  if (!json) return text;
  const bool fits = (type == "integer" && json->is_number_integer()) || (type == "number" && json->is_number()) ||
                    (type == "boolean" && json->is_boolean()) || (type == "array" && json->is_array()) ||
                    (type == "object" && json->is_object()) || json->is_null();
  return fits ? *json : OrderedJson(text);
}

// One call, read line by line.
class CallText {
 public:
  CallText(std::string_view name, const std::vector<ToolSpec>& tools) : name_(name) {
    for (const ToolSpec& tool : tools)
      if (tool.name == name) properties_ = &member_or_null(tool.parameters, "properties");
  }

  bool has_field(std::string_view name) const {
    return properties_ != nullptr && properties_->is_object() && properties_->contains(std::string(name));
  }

  void take(std::string_view line) {
    all_.append(line).append("\n");
    const std::optional<Mark> mark = mark_of(line);
    if (mark) {
      close_field();
      field_ = mark->name;
      value_ = mark->value;
      is_block_ = mark->value.empty();
      lines_ = 0;
    } else if (is_block_) {
      if (line.starts_with(":::")) line.remove_prefix(1);
      value_.append(lines_++ > 0 ? "\n" : "").append(line);
    } else if (field_.empty()) {
      body_.append(line).append("\n");  // perhaps the JSON form
    } else if (!trim(line).empty() && !is_fence(line)) {
      makes_sense_ = false;
    }
  }

  ToolCall finish() {
    close_field();
    ToolCall call{"", std::string(name_), ""};
    const std::string_view body = trim(body_);
    if (!body.empty() && !is_fence(body)) {
      const std::optional<std::string> json = json_form(body);
      makes_sense_ = makes_sense_ && json && fields_.empty();
      if (makes_sense_) call.arguments = *json;
    } else {
      call.arguments = dump_line(fields_);
    }
    if (!makes_sense_) call.arguments = all_;
    return call;
  }

 private:
  static std::optional<std::string> json_form(std::string_view body) {
    const Result<OrderedJson> json = parse_lenient_ordered(body);
    return json && json->is_object() ? std::optional(dump_line(*json)) : std::nullopt;
  }

  void close_field() {
    if (field_.empty()) return;
    const std::string type = has_field(field_) ? type_of(properties_->at(field_)) : "string";
    OrderedJson value = typed(value_, type);
    const bool known = fields_.contains(field_);
    if (type == "array" && !value.is_null()) {
      OrderedJson& list = fields_[field_];
      if (!known) list = OrderedJson::array();
      if (value.is_array())
        list.insert(list.end(), value.begin(), value.end());
      else
        list.push_back(std::move(value));
    } else {
      makes_sense_ = makes_sense_ && !known;
      fields_[field_] = std::move(value);
    }
    field_.clear();
    is_block_ = false;
  }

  std::string_view name_;
  const Json* properties_ = nullptr;
  OrderedJson fields_ = OrderedJson::object();
  std::string field_, value_;
  std::string body_;  // lines before the first field
  std::string all_;   // for the model to see again, when they make no sense
  std::size_t lines_ = 0;
  bool is_block_ = false;
  bool makes_sense_ = true;
};

// Lines of a text, with a look at whether a fence directly holds a call.
class TextReader {
 public:
  TextReader(std::string_view text, const std::vector<ToolSpec>& tools) : lines_(split(text, '\n')), tools_(tools) {
    if (lines_.back().empty()) lines_.pop_back();
    for (std::string_view& line : lines_)
      if (line.ends_with('\r')) line.remove_suffix(1);
  }

  std::vector<Part> read(bool cut) {
    while (at_ < lines_.size()) {
      const std::size_t fence = is_fence(lines_[at_]) ? 1 : 0;
      const std::size_t call_at = fence > 0 ? next_text_line(at_ + 1) : at_;
      if (!in_fence_ && begins_call(call_at)) {
        at_ = call_at;
        read_calls(fence > 0, cut);
        continue;
      }
      if (fence > 0) in_fence_ = !in_fence_;
      text_.append(lines_[at_]).append(at_ + 1 < lines_.size() ? "\n" : "");
      ++at_;
    }
    flush_text();
    return std::move(parts_);
  }

 private:
  bool begins_call(std::size_t at) const {
    const std::optional<Mark> mark = at < lines_.size() ? mark_of(lines_[at]) : std::nullopt;
    return mark && mark->name == "tool" && !mark->value.empty();
  }

  std::size_t next_text_line(std::size_t at) const {
    while (at < lines_.size() && trim(lines_[at]).empty()) ++at;
    return at;
  }

  // Where a call in a fence ends at the latest: at the last fence of the text, when no `::end` follows.
  std::size_t end_of_open_call(std::size_t at) const {
    std::size_t fence = lines_.size();
    for (std::size_t i = at + 1; i < lines_.size(); ++i) {
      const std::optional<Mark> mark = mark_of(lines_[i]);
      if (begins_call(i) || (mark && mark->name == "end" && mark->value.empty())) return lines_.size();
      if (is_fence(lines_[i])) fence = i;
    }
    return fence;
  }

  // The call at the present line, and those that follow it in the same fence.
  void read_calls(bool fenced, bool cut) {
    flush_text();
    while (begins_call(at_)) {
      CallText call(mark_of(lines_[at_])->value, tools_);
      const std::size_t last = fenced ? end_of_open_call(at_) : lines_.size();
      bool closed = false;
      for (++at_; at_ < last && !closed && !begins_call(at_); ++at_) {
        const std::optional<Mark> mark = mark_of(lines_[at_]);
        closed = mark && mark->name == "end" && (mark->value.empty() || !call.has_field("end"));
        if (!closed) call.take(lines_[at_]);
      }
      const bool is_last = at_ >= last;
      if (closed || !(cut && is_last)) parts_.emplace_back(call.finish());
      if (fenced && begins_call(next_text_line(at_))) at_ = next_text_line(at_);
    }
    const std::size_t next = next_text_line(at_);
    if (fenced && next < lines_.size() && is_fence(lines_[next])) at_ = next + 1;
  }

  void flush_text() {
    const std::string_view rest = trim(text_);
    if (!rest.empty()) parts_.emplace_back(Text{std::string(rest)});
    text_.clear();
  }

  std::vector<std::string_view> lines_;
  const std::vector<ToolSpec>& tools_;
  std::vector<Part> parts_;
  std::string text_;
  std::size_t at_ = 0;
  bool in_fence_ = false;
};

}  // namespace

bool is_field_name(std::string_view name) {
  const auto is_letter = [](char c) { return c == '_' || std::isalpha(static_cast<unsigned char>(c)) != 0; };
  const auto is_more = [&](char c) {
    return is_letter(c) || c == '.' || c == '-' || std::isdigit(static_cast<unsigned char>(c)) != 0;
  };
  return !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), is_more);
}

std::optional<Mark> mark_of(std::string_view line) {
  if (!line.starts_with("::") || line.starts_with(":::")) return std::nullopt;
  const std::string_view rest = trim(line.substr(2));
  const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
  const Mark mark{rest.substr(0, end), trim(rest.substr(end))};
  return is_field_name(mark.name) ? std::optional(mark) : std::nullopt;
}

std::vector<Part> calls_in_text(std::string_view text, const std::vector<ToolSpec>& tools, bool cut) {
  return TextReader(text, tools).read(cut);
}

}  // namespace adapt::llm
