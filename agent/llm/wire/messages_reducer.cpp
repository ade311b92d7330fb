#include "agent/llm/wire/messages_reducer.h"

#include "agent/llm/wire/encoding.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

// The member that each kind of delta appends to.
constexpr struct {
  std::string_view delta, block, member;
} kAppended[] = {
    {"text_delta", "text", "text"},
    {"thinking_delta", "thinking", "thinking"},
    {"signature_delta", "thinking", "signature"},
};

}  // namespace

void MessagesReducer::take_event(std::string_view type, const OrderedJson& event) {
  const std::int64_t index = count_member(event, "index").value_or(0);
  if (type == "message_start") {
    take_shell(member(event, "message"));
  } else if (type == "content_block_start") {
    blocks_[index].json = member(event, "content_block");
    const std::string kind = text_member(blocks_[index].json, "type");
    said(kind == "tool_use" ? text_member(blocks_[index].json, "name").size() : 0);
    bound(blocks_.size());
  } else if (type == "content_block_delta") {
    take_delta(index, member(event, "delta"));
  } else if (type == "message_delta") {
    take_usage(member(event, "usage"));
    const std::string word = text_member(member(event, "delta"), "stop_reason");
    if (!word.empty()) stop(word);
    const std::string category = text_member(member(member(event, "delta"), "stop_details"), "category");
    if (!category.empty()) note("refused as " + category);
  } else if (type == "message_stop") {
    finish();
  }  // pings, stops of blocks, and what a later version may add
}

void MessagesReducer::take_shell(const OrderedJson& message) {
  turn().request_id = text_member(message, "id");
  turn().model = text_member(message, "model");
  take_usage(member(message, "usage"));
}

void MessagesReducer::take_delta(std::int64_t index, const OrderedJson& delta) {
  const std::string kind = text_member(delta, "type");
  if (kind == "input_json_delta") {
    const std::string piece = text_member(delta, "partial_json");
    blocks_[index].input += piece;
    if (!piece.empty()) said(piece.size());
  }
  if (kind == "citations_delta" && blocks_[index].json.is_object()) {
    OrderedJson& list = blocks_[index].json["citations"];
    if (!list.is_array()) list = OrderedJson::array();
    list.push_back(member(delta, "citation"));
  }
  for (const auto& row : kAppended) {
    if (kind != row.delta) continue;
    OrderedJson& block = blocks_[index].json;
    if (!block.is_object()) block = {{"type", row.block}};
    const std::string piece = text_member(delta, row.member);
    OrderedJson& text = block[std::string(row.member)];
    if (!text.is_string()) text = "";
    text.get_ref<std::string&>() += piece;
    if (!piece.empty()) said(row.delta == "signature_delta" ? 0 : piece.size());
  }
  bound(blocks_.size());
}

// The counts are cumulative: later ones replace earlier ones.
void MessagesReducer::take_usage(const OrderedJson& given) {
  if (!given.is_object()) return;
  Usage& out = usage();
  const auto set = [](std::int64_t& field, const OrderedJson& object, std::string_view key) {
    field = count_member(object, key).value_or(field);
  };
  set(out.fresh, given, "input_tokens");
  set(out.cache_read, given, "cache_read_input_tokens");
  // The end of a stream tells the sum alone, or nothing: how it is split stands in the beginning.
  if (const auto written = count_member(given, "cache_creation_input_tokens"))
    out.cache_write = std::max<std::int64_t>(0, *written - out.cache_write_1h);
  const OrderedJson& by_life = member(given, "cache_creation");
  set(out.cache_write, by_life, "ephemeral_5m_input_tokens");
  set(out.cache_write_1h, by_life, "ephemeral_1h_input_tokens");
  set(out.output, given, "output_tokens");
  set(out.reasoning, member(given, "output_tokens_details"), "thinking_tokens");
}

void MessagesReducer::take_body(const OrderedJson& body) {
  take_shell(body);
  const OrderedJson& content = member(body, "content");
  if (content.is_array())
    for (const OrderedJson& block : content) {
      blocks_[static_cast<std::int64_t>(blocks_.size())].json = block;
      said(dump_line(block).size());
    }
  bound(blocks_.size());
  const std::string word = text_member(body, "stop_reason");
  if (!word.empty()) stop(word);
}

std::vector<Piece> MessagesReducer::pieces() {
  std::vector<Piece> out;
  for (const auto& [index, block] : blocks_) {
    const std::string type = text_member(block.json, "type");
    Piece piece{block.json, std::nullopt};
    if (type == "text") {
      const std::string text = text_member(block.json, "text");
      if (trim(text).empty()) continue;  // it says nothing, and comes back as a refused request
      piece.part = Text{text};
    } else if (type == "thinking" || type == "redacted_thinking") {
      piece.part = Reasoning{block.json};
    } else if (type == "tool_use") {
      const OrderedJson& input = member(block.json, "input");
      ToolCall call{text_member(block.json, "id"), text_member(block.json, "name"), block.input};
      if (call.arguments.empty() && input.is_object()) call.arguments = dump_line(input);
      piece.part = std::move(call);
    } else if (type.empty()) {
      continue;
    }
    out.push_back(std::move(piece));
  }
  return out;
}

OrderedJson MessagesReducer::raw_of(const std::vector<Piece>& kept) const {
  OrderedJson out = OrderedJson::array();
  for (const Piece& piece : kept) {
    out.push_back(piece.raw);
    const auto* call = piece.part ? std::get_if<ToolCall>(&*piece.part) : nullptr;
    if (call == nullptr) continue;
    out.back()["id"] = call->id;
    out.back()["input"] = sent_arguments_object(call->arguments);
  }
  return out;
}

}  // namespace adapt::llm
