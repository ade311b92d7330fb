#include "agent/llm/wire/error_body.h"

#include "agent/llm/wire/ordered.h"
#include "agent/llm/wire/waits.h"

namespace adapt::llm {
namespace {

constexpr std::size_t kMaxBody = std::size_t{1} << 20U;
constexpr int kMaxNesting = 2;  // an error that quotes another server's

// A string, or a number as text.
std::string word_member(const OrderedJson& object, std::string_view key) {
  const OrderedJson& value = member(object, key);
  return value.is_number_integer() ? dump_line(value) : text_member(object, key);
}

void read_object(const OrderedJson& error, ErrorBody& out, int nesting);

void read_text(const std::string& text, ErrorBody& out, int nesting) {
  const Result<OrderedJson> json = parse_lenient_ordered(text);
  if (json && json->is_object() && nesting < kMaxNesting) return read_object(*json, out, nesting + 1);
  if (out.message.empty()) out.message = text;
}

// Google's details: a reason, and how long to wait.
void read_details(const OrderedJson& details, ErrorBody& out) {
  if (details.is_object()) out.words.push_back(word_member(details, "error_code"));
  if (!details.is_array()) return;
  for (const OrderedJson& detail : details) {
    out.words.push_back(word_member(detail, "reason"));
    const std::string delay = text_member(detail, "retryDelay");
    if (!delay.empty()) out.wait_ms = parse_duration_ms(delay);
  }
}

void read_object(const OrderedJson& error, ErrorBody& out, int nesting) {
  if (!error.is_object()) return;
  if (out.request_id.empty()) out.request_id = text_member(error, "request_id");
  read_details(member(error, "details"), out);
  for (const std::string_view key : {"code", "type", "status"}) {
    std::string word = word_member(error, key);
    if (key == "code" && out.code.empty()) out.code = word;
    if (key == "type" && out.type.empty()) out.type = word;
    out.words.push_back(std::move(word));
  }
  const std::int64_t number = count_member(error, "code").value_or(0);
  if (out.status == 0 && number >= 400 && number < 600) out.status = static_cast<int>(number);
  const OrderedJson& inner = member(error, "error");
  if (inner.is_object()) {
    out.type.clear();  // "error", beside the object that says more
    read_object(inner, out, nesting);
  }
  if (inner.is_string()) read_text(inner.get<std::string>(), out, nesting);
  for (const std::string_view key : {"message", "detail"})
    if (const std::string text = text_member(error, key); !text.empty()) read_text(text, out, nesting);
  if (const OrderedJson& detail = member(error, "detail"); detail.is_array() && !detail.empty())
    read_text(text_member(detail.front(), "msg"), out, nesting);
  // A router's "provider returned error" says less than what the provider said.
  if (const std::string raw = text_member(member(error, "metadata"), "raw"); !raw.empty()) {
    ErrorBody upstream;
    read_text(raw, upstream, nesting + 1);
    out.message += ": " + upstream.message;
    out.words.insert(out.words.end(), upstream.words.begin(), upstream.words.end());
  }
}

}  // namespace

ErrorBody read_error_body(std::string_view body) {
  ErrorBody out;
  const Result<OrderedJson> json = parse_lenient_ordered(body.substr(0, kMaxBody));
  if (!json) return out;
  const OrderedJson& first = json->is_array() && !json->empty() ? json->front() : *json;
  read_object(first, out, 0);
  return out;
}

}  // namespace adapt::llm
