// The questions are in the request that makes the batch, and the answers are one file, in any order.
#include "agent/llm/batch_service.h"
#include "agent/llm/wire/waits.h"

namespace adapt::llm {
namespace {

// How far the service's clock and ours may be apart, and how long it may take to have seen a large request.
constexpr std::int64_t kBeforeMs = 600'000;
constexpr std::int64_t kAfterMs = 3'600'000;

class AnthropicBatches final : public BatchService {
 public:
  BatchLimits limits() const override { return {100'000, 256'000'000}; }
  bool speaks(DialectName dialect) const override { return dialect == DialectName::messages; }

  Frame frame() const override { return {R"({"requests":[)", ",", "]}"}; }

  std::string question(std::string_view id, const std::string& /*path*/, const std::string& body) const override {
    return fmt::format(R"({{"custom_id":"{}","params":{}}})", id, body);
  }

  BatchCall carrier(std::string payload, const std::string& /*tag*/) const override {
    return {"POST", "/messages/batches", std::move(payload)};
  }
  std::optional<BatchCall> creation(const std::string& /*file*/, const std::string& /*path*/,
                                    const std::string& /*tag*/) const override {
    return std::nullopt;
  }

  std::string path(std::string_view id) const override { return fmt::format("/messages/batches/{}", id); }
  std::string listing(std::string_view after) const override {
    return after.empty() ? "/messages/batches?limit=100"
                         : fmt::format("/messages/batches?limit=100&after_id={}", after);
  }

  std::optional<BatchView> read(const OrderedJson& object) const override {
    BatchView view;
    view.id = text_member(object, "id");
    view.status.native = text_member(object, "processing_status").substr(0, kMaxWord);
    if (!is_plain_id(view.id) || view.status.native.empty()) return std::nullopt;
    const OrderedJson& counts = member(object, "request_counts");
    const auto count = [&](std::string_view key) { return count_member(counts, key).value_or(0); };
    const std::int64_t expired = count("expired");
    const std::int64_t cancelled = count("canceled");
    view.status.counts.answered = count("succeeded");
    view.status.counts.failed = count("errored") + expired + cancelled;
    view.status.counts.total = count("processing") + view.status.counts.answered + view.status.counts.failed;
    view.created_ms = parse_time_ms(text_member(object, "created_at")).value_or(0);
    if (view.status.native != "ended") return view;
    view.status.state = cancelled > 0 ? BatchState::cancelled : expired > 0 ? BatchState::expired : BatchState::ended;
    // Not `results_url`: the key goes to no address but the endpoint's own.
    view.answers = {path(view.id) + "/results"};
    return view;
  }

  std::optional<AnswerLine> read_answer(const OrderedJson& line) const override {
    AnswerLine out{text_member(line, "custom_id"), {}};
    const OrderedJson& result = member(line, "result");
    const std::string type = text_member(result, "type");
    if (out.id.empty() || type.empty()) return std::nullopt;
    if (type == "succeeded")
      out.answer = dump_line(member(result, "message"));
    else if (type == "canceled")
      out.answer = unanswered(CallErrorKind::cancelled, type, "the batch was cancelled before its turn came");
    else if (type == "expired")
      out.answer = unanswered(CallErrorKind::silent, type, "the batch's time was up before its turn came");
    else
      out.answer = classify(200, {}, dump_line(member(result, "error")));
    return out;
  }

  // The service keeps no word of ours beside a batch: its size and hour have to do. Its questions' ids tell for sure,
  // when the answers come.
  bool may_be(const BatchView& view, const BatchMark& mark) const override {
    return view.status.counts.total == mark.items && view.created_ms >= mark.utc_ms - kBeforeMs &&
           view.created_ms <= mark.utc_ms + kAfterMs;
  }
};

}  // namespace

const BatchService& anthropic_batches() {
  static const AnthropicBatches one;
  return one;
}

}  // namespace adapt::llm
