// Google's generateContent.
#include <cctype>

#include "agent/llm/wire/collect.h"
#include "agent/llm/wire/encoding.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

// The server's documented word for calls that it has not signed: it refuses a history with unsigned ones.
constexpr std::string_view kForeignSignature = "skip_thought_signature_validator";

class GeminiReducer final : public CommonReducer {
 public:
  explicit GeminiReducer(const Target& target) : CommonReducer(target, DialectName::gemini) {}

 protected:
  void take_event(std::string_view type, const OrderedJson& event) override;
  void take_body(const OrderedJson& body) override;
  std::vector<Piece> pieces() override;
  OrderedJson raw_of(const std::vector<Piece>& kept) const override;

 private:
  void take_part(const OrderedJson& part);
  void take_usage(const OrderedJson& usage);

  std::vector<OrderedJson> parts_;
};

bool is_plain(const OrderedJson& part, bool thought) {
  for (const auto& [key, value] : part.items())
    if (key != "text" && key != "thought") return false;
  return member(part, "text").is_string() && (member(part, "thought") == OrderedJson(true)) == thought;
}

void GeminiReducer::take_event(std::string_view /*type*/, const OrderedJson& event) {
  if (turn().request_id.empty()) turn().request_id = text_member(event, "responseId");
  if (turn().model.empty()) turn().model = text_member(event, "modelVersion");
  take_usage(member(event, "usageMetadata"));
  const std::string blocked = text_member(member(event, "promptFeedback"), "blockReason");
  if (!blocked.empty()) {
    refuse();
    stop(blocked);
  }
  const OrderedJson& candidates = member(event, "candidates");
  if (candidates.is_array() && !candidates.empty()) {
    const OrderedJson& candidate = candidates.front();
    const OrderedJson& parts = member(member(candidate, "content"), "parts");
    if (parts.is_array())
      for (const OrderedJson& part : parts) take_part(part);
    bound(parts_.size());
    const std::string word = text_member(candidate, "finishReason");
    const std::string why = text_member(candidate, "finishMessage");
    if (!word.empty()) stop(word);
    if (!why.empty()) note(why.substr(0, 200));
  }
  if (!turn().native_stop.empty() && !member(event, "usageMetadata").is_null()) finish();
}

void GeminiReducer::take_body(const OrderedJson& body) {
  if (!body.is_array()) return take_event("", body);
  for (const OrderedJson& chunk : body) take_event("", chunk);  // a stream that was not asked for as events
}

// Plain pieces of one text are joined; a signed part stays as it is.
void GeminiReducer::take_part(const OrderedJson& part) {
  if (!part.is_object()) return;
  const std::string text = text_member(part, "text");
  const OrderedJson& call = member(part, "functionCall");
  said(text.size() + (call.is_object() ? dump_line(call).size() : 0));
  const bool thought = member(part, "thought") == OrderedJson(true);
  if (!parts_.empty() && is_plain(part, thought) && is_plain(parts_.back(), thought))
    parts_.back()["text"].get_ref<std::string&>() += text;
  else
    parts_.push_back(part);
}

void GeminiReducer::take_usage(const OrderedJson& given) {
  if (!given.is_object()) return;
  const auto count = [&](std::string_view key) { return count_member(given, key).value_or(0); };
  Usage& out = usage();
  out.cache_read = count("cachedContentTokenCount");
  out.fresh = std::max<std::int64_t>(0, count("promptTokenCount") - out.cache_read) + count("toolUsePromptTokenCount");
  out.reasoning = count("thoughtsTokenCount");
  out.output = count("candidatesTokenCount") + out.reasoning;
}

std::vector<Piece> GeminiReducer::pieces() {
  std::vector<Piece> out;
  for (const OrderedJson& part : parts_) {
    Piece piece{part, std::nullopt};
    const OrderedJson& function = member(part, "functionCall");
    const std::string text = text_member(part, "text");
    if (function.is_object()) {
      const OrderedJson& arguments = member(function, "args");
      ToolCall call{text_member(function, "id"), text_member(function, "name"),
                    arguments.is_null() ? "" : dump_line(arguments)};
      if (const OrderedJson& signature = member(part, "thoughtSignature"); !signature.is_null())
        call.extra["thoughtSignature"] = signature;
      piece.part = std::move(call);
    } else if (member(part, "thought") == OrderedJson(true)) {
      piece.part = Reasoning{part};
    } else if (!text.empty()) {
      piece.part = Text{text};
    }
    out.push_back(std::move(piece));
  }
  return out;
}

OrderedJson GeminiReducer::raw_of(const std::vector<Piece>& kept) const {
  OrderedJson parts = OrderedJson::array();
  for (const Piece& piece : kept) parts.push_back(piece.raw);
  return {{"role", "model"}, {"parts", std::move(parts)}};
}

OrderedJson turn_json(const AssistantTurn& turn, const Target& target) {
  OrderedJson out = turn.raw;
  if (!is_own(turn, target, DialectName::gemini)) {
    out = {{"role", "model"}, {"parts", OrderedJson::array()}};
    bool is_first = true;
    for (const Part& part : turn.parts) {
      const auto* text = std::get_if<Text>(&part);
      if (text != nullptr && !text->text.empty()) out["parts"].push_back({{"text", text->text}});
      const auto* call = std::get_if<ToolCall>(&part);
      if (call == nullptr) continue;
      out["parts"].push_back(
          {{"functionCall", {{"name", call->name}, {"args", sent_arguments_object(call->arguments)}}}});
      if (is_first) out["parts"].back()["thoughtSignature"] = kForeignSignature;
      is_first = false;
    }
  }
  if (member(out, "parts").empty()) out["parts"] = OrderedJson::array({{{"text", said_text("")}}});
  return out;
}

// The server's own ids of a turn's calls; "" where it gave none.
std::vector<std::string> server_ids(const AssistantTurn& turn) {
  std::vector<std::string> out;
  for (const OrderedJson& part : member(turn.raw, "parts"))
    if (part.contains("functionCall")) out.push_back(text_member(part["functionCall"], "id"));
  return out;
}

OrderedJson results_json(const ToolResults& results, const AssistantTurn& turn, const Target& target) {
  std::vector<std::string> ids;
  if (is_own(turn, target, DialectName::gemini)) ids = server_ids(turn);
  ids.resize(results.results.size());
  OrderedJson parts = OrderedJson::array();
  for (std::size_t i = 0; i < results.results.size(); ++i) {
    const ToolResult& result = results.results[i];
    OrderedJson response = {{"name", result.name}};
    if (!ids[i].empty()) response["id"] = ids[i];
    response["response"][result.is_error ? "error" : "output"] = result.text;
    parts.push_back({{"functionResponse", std::move(response)}});
  }
  return {{"role", "user"}, {"parts", std::move(parts)}};
}

OrderedJson contents_json(const Request& request, const Target& target) {
  OrderedJson out = OrderedJson::array();
  walk(
      request,
      [&](const UserText& user, std::size_t) {
        out.push_back({{"role", "user"}, {"parts", OrderedJson::array({{{"text", said_text(user.text)}}})}});
      },
      [&](const AssistantTurn& turn, std::size_t) { out.push_back(turn_json(turn, target)); },
      [&](const ToolResults& results, const AssistantTurn& turn, std::size_t) {
        out.push_back(results_json(results, turn, target));
      });
  return out;
}

OrderedJson tools_json(const Request& request) {
  OrderedJson functions = OrderedJson::array();
  for (const ToolSpec& tool : request.tools)
    functions.push_back(
        {{"name", tool.name}, {"description", tool.description}, {"parametersJsonSchema", tool.parameters}});
  return OrderedJson::array({{{"functionDeclarations", std::move(functions)}}});
}

std::string path_of(const Target& target) {
  std::string name;
  for (const char c : target.model) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) != 0 || contains("._~-", std::string_view(&c, 1));
    name += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return fmt::format("/models/{}:{}", name,
                     target.profile.stream ? "streamGenerateContent?alt=sse" : "generateContent");
}

class GeminiDialect final : public Dialect {
 public:
  DialectName name() const override { return DialectName::gemini; }

  Encoded encode(const Request& request, const Target& target) const override {
    ADAPT_CHECK(complaint_about(request).empty(), "a conversation that servers refuse");
    Wishes wishes = wishes_of(request, target.profile);
    OrderedJson body = {{"generationConfig", {{"maxOutputTokens", wishes.output_cap}}}};
    OrderedJson& config = body["generationConfig"];
    if (!wishes.effort.empty()) config["thinkingConfig"] = {{"thinkingLevel", wishes.effort}};
    if (!wishes.format.is_null()) {
      config["responseMimeType"] = "application/json";
      config["responseJsonSchema"] = wishes.format;
    }
    if (!request.system.empty())
      body["systemInstruction"] = {{"parts", OrderedJson::array({{{"text", request.system}}})}};
    if (!request.tools.empty()) body["tools"] = tools_json(request);
    if (wishes.none || wishes.forced)
      body["toolConfig"]["functionCallingConfig"]["mode"] = wishes.none ? "NONE" : "ANY";
    body["contents"] = contents_json(request, target);  // last, so that a longer conversation keeps the bytes before
    return {path_of(target), dump_line(body), std::move(wishes.dropped)};
  }

  Headers headers(const Target& target) const override { return common_headers(target); }

  std::unique_ptr<Reducer> reducer(const Target& target) const override {
    return std::make_unique<GeminiReducer>(target);
  }

  Answer whole(std::string_view body, const Target& target) const override {
    GeminiReducer reducer(target);
    return reduce_whole(reducer, body);
  }
};

}  // namespace

const Dialect& gemini_dialect() {
  static const GeminiDialect one;
  return one;
}

}  // namespace adapt::llm
