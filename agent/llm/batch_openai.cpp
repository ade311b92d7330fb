// A file of questions is uploaded, a batch is made of it, and files of answers come of that.
#include "agent/llm/batch_service.h"
#include "tools/base/hash.h"

namespace adapt::llm {
namespace {

constexpr std::string_view kTagName = "adapt_batch";

BatchState state_of(std::string_view word) {
  if (word == "completed") return BatchState::ended;
  if (word == "failed") return BatchState::failed;
  if (word == "expired") return BatchState::expired;
  if (word == "cancelled") return BatchState::cancelled;
  return BatchState::in_progress;  // validating, in_progress, finalizing, cancelling
}

// The first of the errors for which the whole batch was refused.
CallError failure_of(const OrderedJson& errors) {
  const OrderedJson& list = member(errors, "data");
  const OrderedJson first = list.is_array() && !list.empty() ? list.front() : OrderedJson::object();
  const std::string message = text_member(first, "message");
  const OrderedJson body = {{"error",
                             {{"code", text_member(first, "code")},
                              {"message", message.empty() ? "the service refused the batch" : message}}}};
  return classify(400, {}, dump_line(body));
}

std::optional<CallError> error_of_line(const OrderedJson& line) {
  const OrderedJson& error = member(line, "error");
  if (!error.is_object()) return std::nullopt;
  const std::string code = text_member(error, "code");
  if (code == "batch_expired") return unanswered(CallErrorKind::silent, code, text_member(error, "message"));
  if (code == "batch_cancelled") return unanswered(CallErrorKind::cancelled, code, text_member(error, "message"));
  return classify(200, {}, dump_line({{"error", error}}));
}

class OpenaiBatches final : public BatchService {
 public:
  BatchLimits limits() const override { return {50'000, 200'000'000}; }
  bool speaks(DialectName dialect) const override {
    return dialect == DialectName::chat || dialect == DialectName::responses;
  }

  Frame frame() const override { return {"", "\n", "\n"}; }

  std::string question(std::string_view id, const std::string& path, const std::string& body) const override {
    return fmt::format(R"({{"custom_id":"{}","method":"POST","url":"/v1{}","body":{}}})", id, path, body);
  }

  BatchCall carrier(std::string payload, const std::string& tag) const override {
    // Text that holds its own hash does not exist, so the boundary is nowhere in it.
    const std::string boundary = "adapt-" + sha256_hex(payload).substr(0, 40);
    const std::string begin = fmt::format(
        "--{0}\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
        "--{0}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{1}.jsonl\"\r\n"
        "content-type: application/jsonl\r\n\r\n",
        boundary, tag);
    payload.insert(0, begin);
    payload += fmt::format("\r\n--{}--\r\n", boundary);
    return {"POST", "/files", std::move(payload), "multipart/form-data; boundary=" + boundary};
  }

  std::optional<BatchCall> creation(const std::string& file, const std::string& path,
                                    const std::string& tag) const override {
    const OrderedJson body = {{"input_file_id", file},
                              {"endpoint", "/v1" + path},
                              {"completion_window", "24h"},
                              {"metadata", {{kTagName, tag}}}};
    return BatchCall{"POST", "/batches", dump_line(body)};
  }

  std::string path(std::string_view id) const override { return fmt::format("/batches/{}", id); }
  std::string listing(std::string_view after) const override {
    return after.empty() ? "/batches?limit=100" : fmt::format("/batches?limit=100&after={}", after);
  }

  std::optional<BatchView> read(const OrderedJson& object) const override {
    BatchView view;
    view.id = text_member(object, "id");
    view.status.native = text_member(object, "status").substr(0, kMaxWord);
    if (!is_plain_id(view.id) || view.status.native.empty()) return std::nullopt;
    view.status.state = state_of(view.status.native);
    const OrderedJson& counts = member(object, "request_counts");
    view.status.counts = {count_member(counts, "total").value_or(0), count_member(counts, "completed").value_or(0),
                          count_member(counts, "failed").value_or(0)};
    view.created_ms = count_member(object, "created_at").value_or(0) * 1000;
    view.tag = text_member(member(object, "metadata"), kTagName);
    for (const std::string_view key : {"output_file_id", "error_file_id"})
      if (const std::string file = text_member(object, key); is_plain_id(file))
        view.answers.push_back(fmt::format("/files/{}/content", file));
    if (view.status.state == BatchState::failed) view.failure = failure_of(member(object, "errors"));
    return view;
  }

  std::optional<AnswerLine> read_answer(const OrderedJson& line) const override {
    AnswerLine out{text_member(line, "custom_id"), {}};
    if (out.id.empty()) return std::nullopt;
    if (std::optional<CallError> error = error_of_line(line)) {
      out.answer = *std::move(error);
      return out;
    }
    const OrderedJson& response = member(line, "response");
    const OrderedJson& body = member(response, "body");
    const auto status = static_cast<int>(count_member(response, "status_code").value_or(200));
    if (status >= 200 && status < 300 && body.is_object()) {
      out.answer = dump_line(body);
      return out;
    }
    CallError error = classify(status, {}, body.is_null() ? "" : dump_line(body));
    if (error.request_id.empty()) error.request_id = text_member(response, "request_id");
    out.answer = std::move(error);
    return out;
  }

  bool may_be(const BatchView& view, const BatchMark& mark) const override { return view.tag == mark.tag; }
};

}  // namespace

const BatchService& openai_batches() {
  static const OpenaiBatches one;
  return one;
}

}  // namespace adapt::llm
