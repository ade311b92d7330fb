#include "agent/llm/batch.h"

#include <algorithm>
#include <array>
#include <set>

#include "agent/llm/batch_answers.h"
#include "tools/base/hash.h"

namespace adapt::llm {
namespace {

constexpr std::size_t kTagDigits = 12;
constexpr int kMaxPages = 50;
// Pauses before a batch is looked for whose creation broke off: services list what they have just taken a little late.
constexpr std::array<std::int64_t, 3> kLooksMs = {2'000, 10'000, 30'000};
// A batch that no list shows after this time never arrived.
constexpr std::int64_t kUnclearMs = 600'000;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

Result<void> check_items(const std::vector<BatchItem>& items, const BatchLimits& limits) {
  if (items.empty()) return fail(ErrorKind::usage, "a batch without questions");
  if (items.size() > limits.items)
    return fail(ErrorKind::usage, "a batch of {} questions; the service takes {}: make several", items.size(),
                limits.items);
  std::set<std::string_view> ids;
  for (const BatchItem& item : items) {
    if (item.id.empty() || item.id.size() > kMaxQuestionId || !std::ranges::all_of(item.id, is_plain))
      return fail(ErrorKind::usage, "'{}' cannot name a question: at most {} letters, digits, '_' and '-'",
                  item.id.substr(0, 100), kMaxQuestionId);
    if (!ids.insert(item.id).second) return fail(ErrorKind::usage, "two questions of a batch are called '{}'", item.id);
    if (const std::string complaint = complaint_about(item.request); !complaint.empty())
      return fail(ErrorKind::usage, "question '{}': {}", item.id, complaint);
  }
  return {};
}

const BatchService* service_of(const Profile& profile) {
  for (const auto& [form, service] :
       {std::pair(BatchForm::openai, &openai_batches()), std::pair(BatchForm::anthropic, &anthropic_batches())})
    if (profile.batch == form && service->speaks(profile.dialect)) return service;
  return nullptr;
}

std::optional<BatchView> view_of(const BatchService& service, std::string_view body) {
  const Result<OrderedJson> json = parse_lenient_ordered(body);
  return json ? service.read(*json) : std::nullopt;
}

CallError no_batch() { return unanswered(CallErrorKind::server, "", "an answer that is no batch"); }

std::string id_of(const Reservation& batch) {
  ADAPT_CHECK(batch.batch && !batch.batch->id.empty(), "a batch that was not taken by its service");
  return batch.batch->id;
}

}  // namespace

std::string_view to_string(BatchState state) {
  switch (state) {
    case BatchState::in_progress: return "in_progress";
    case BatchState::ended: return "ended";
    case BatchState::failed: return "failed";
    case BatchState::expired: return "expired";
    case BatchState::cancelled: return "cancelled";
  }
  return "";
}

bool is_plain_id(std::string_view id) { return !id.empty() && id.size() <= 128 && std::ranges::all_of(id, is_plain); }

CallError unanswered(CallErrorKind kind, std::string code, std::string message) {
  CallError error;
  error.kind = kind;
  error.code = std::move(code);
  error.message = std::move(message);
  return error;
}

// The questions in the endpoint's form.
struct BatchClient::Asked {
  std::vector<std::string> bodies;
  std::vector<CallSize> sizes;
  std::string path;
  std::string hash;
};

BatchClient::BatchClient(Endpoint endpoint, KeySource key, const Line& line, const BatchClocks& clocks,
                         std::uint64_t seed, const BatchService& service)
    : endpoint_(std::move(endpoint)),
      line_(line),
      service_(&service),
      rng_(seed),
      calls_(endpoint_, std::move(key), line, clocks, seed) {}

Result<BatchClient> BatchClient::open(Endpoint endpoint, KeySource key, const Line& line, const BatchClocks& clocks,
                                      std::uint64_t seed) {
  const BatchService* service = service_of(endpoint.profile);
  if (service == nullptr) return fail(ErrorKind::usage, "{} takes no batches", endpoint.text);
  endpoint.profile.stream = false;
  return BatchClient(std::move(endpoint), std::move(key), line, clocks, seed, *service);
}

BatchLimits BatchClient::limits() const { return service_->limits(); }

Target BatchClient::target() const { return {endpoint_.profile, endpoint_.model, endpoint_.account}; }

Result<BatchClient::Asked> BatchClient::encode(const std::vector<BatchItem>& items) const {
  ADAPT_TRY_VOID(check_items(items, service_->limits()));
  Asked out;
  std::string hashes;
  std::size_t bytes = 0;
  for (const BatchItem& item : items) {
    const Request request = prepared(item.request, endpoint_.profile);
    Encoded encoded = dialect(endpoint_.profile.dialect).encode(request, target());
    bytes += encoded.body.size();
    if (bytes > service_->limits().bytes) break;  // payload() says so
    out.sizes.push_back({estimate_tokens(encoded.body) + 1, request.max_output_tokens});
    hashes += fmt::format("{} {}\n", item.id, sha256_hex(encoded.body));
    out.path = std::move(encoded.path);
    out.bodies.push_back(std::move(encoded.body));
  }
  out.hash = sha256_hex(fmt::format("{}\n{}\n{}", endpoint_.base_url, out.path, hashes));
  return out;
}

// Takes the bodies out of `asked`: they may be large.
Result<std::string> BatchClient::payload(const std::vector<BatchItem>& items, Asked& asked,
                                         const std::string& tag) const {
  const BatchService::Frame frame = service_->frame();
  const std::size_t limit = service_->limits().bytes;
  std::string out(frame.open);
  for (std::size_t i = 0; i < asked.bodies.size(); ++i) {
    if (i > 0) out += frame.between;
    out += service_->question(tag + "_" + items[i].id, asked.path, std::exchange(asked.bodies[i], {}));
    if (out.size() > limit) break;
  }
  out += frame.close;
  if (asked.bodies.size() < items.size() || out.size() > limit)
    return fail(ErrorKind::usage, "a batch of more than {} bytes, which is what the service takes: make several",
                limit);
  if (line_.redactor.finds_known(out))
    return fail(ErrorKind::bug, "a secret was about to be sent to {}", endpoint_.text);
  return out;
}

Replied<Reservation> BatchClient::submit(const std::vector<BatchItem>& items) {
  ADAPT_TRY(Asked asked, encode(items));
  ADAPT_TRY(auto open, known(asked.hash));
  if (open) return *std::move(open);
  BatchMark mark;
  mark.asked = asked.hash;
  mark.items = static_cast<std::int64_t>(items.size());
  mark.utc_ms = line_.clock.utc_ms();
  mark.tag = sha256_hex(fmt::format("{} {} {}", asked.hash, mark.utc_ms, rng_())).substr(0, kTagDigits);
  ADAPT_TRY(std::string text, payload(items, asked, mark.tag));
  ADAPT_TRY_VOID(calls_.read_key());
  ADAPT_TRY(const Reservation batch,
            line_.ledger.reserve(endpoint_.model, asked.sizes, endpoint_.profile.batch_percent, std::move(mark)));
  return send(batch, std::move(text), asked.path);
}

// The open batch with these questions, if there is one, or why that cannot be said. Nothing: they may be sent.
Result<std::optional<std::variant<Reservation, CallError>>> BatchClient::known(const std::string& asked) {
  using Known = std::optional<std::variant<Reservation, CallError>>;
  for (const Reservation& batch : line_.ledger.open_batches()) {
    if (batch.batch->asked != asked) continue;
    if (!batch.batch->id.empty()) return Known(batch);
    ADAPT_TRY(const auto found, find(*batch.batch));
    if (const auto* error = std::get_if<CallError>(&found)) return Known(*error);
    const auto& ids = std::get<std::vector<std::string>>(found);
    if (ids.size() == 1) {
      ADAPT_TRY(Reservation named, line_.ledger.named(batch, ids.front()));
      return Known(std::move(named));
    }
    const std::int64_t age = line_.clock.utc_ms() - batch.batch->utc_ms;
    if (ids.empty() && age >= kUnclearMs) {
      ADAPT_TRY_VOID(line_.ledger.settle_waste(batch, endpoint_.model, {}, "absent"));
      continue;
    }
    CallError error = unanswered(CallErrorKind::conflict, "",
                                 fmt::format("a batch with these questions may have been taken; {} could be it",
                                             ids.empty() ? "none so far" : fmt::format("{} batches", ids.size())));
    if (ids.empty()) error.wait_ms = kUnclearMs - age;
    return Known(std::move(error));
  }
  return Known();
}

Replied<Reservation> BatchClient::send(const Reservation& batch, std::string payload, const std::string& path) {
  const std::string tag = batch.batch->tag;
  const BatchCall carrier = service_->carrier(std::move(payload), tag);
  std::optional<BatchCall> creation = service_->creation("", path, tag);
  if (creation) {
    const Result<Reply> uploaded = calls_.ask(carrier, Repeat::freely);
    if (!uploaded) {
      ADAPT_TRY_VOID(line_.ledger.settle_waste(batch, endpoint_.model, {}, "unsent"));
      return tl::unexpected<Error>(uploaded.error());
    }
    if (uploaded->error) return refused(batch, *uploaded->error);
    const Result<OrderedJson> json = parse_lenient_ordered(uploaded->body);
    const std::string file = json ? text_member(*json, "id") : "";
    if (!is_plain_id(file)) return refused(batch, unanswered(CallErrorKind::server, "", "an upload without an id"));
    creation = service_->creation(file, path, tag);
  }
  ADAPT_TRY(const Reply made, calls_.ask(creation ? *creation : carrier, Repeat::when_refused));
  if (made.error) return made.is_unclear ? unclear(batch, *made.error) : refused(batch, *made.error);
  const std::optional<BatchView> view = view_of(*service_, made.body);
  if (!view || line_.redactor.finds_known(view->id)) return unclear(batch, no_batch());
  ADAPT_TRY(Reservation named, line_.ledger.named(batch, view->id));
  return named;
}

Replied<Reservation> BatchClient::refused(const Reservation& batch, CallError error) {
  ADAPT_TRY_VOID(line_.ledger.settle_waste(batch, endpoint_.model, {}, std::string(to_string(error.kind))));
  return error;
}

// The answer to the creation was lost: it is looked for, and never sent again here.
Replied<Reservation> BatchClient::unclear(const Reservation& batch, CallError error) {
  for (const std::int64_t pause : kLooksMs) {
    if (!line_.pause.sleep(pause)) return fail(ErrorKind::interrupted, "interrupted");
    ADAPT_TRY(const auto found, find(*batch.batch));
    const auto* ids = std::get_if<std::vector<std::string>>(&found);
    if (ids == nullptr || ids->size() > 1) break;
    if (ids->empty()) continue;
    ADAPT_TRY(Reservation named, line_.ledger.named(batch, ids->front()));
    return named;
  }
  error.message += "; whether the service has taken the batch is not known yet";
  error.wait_ms = kUnclearMs;
  return error;
}

// Ids of recent batches that may be this one, but for those that are known to be others.
Replied<std::vector<std::string>> BatchClient::find(const BatchMark& mark) {
  std::set<std::string> others;
  for (const Reservation& batch : line_.ledger.open_batches()) others.insert(batch.batch->id);
  std::vector<std::string> ids;
  std::string after;
  for (int page = 0; page < kMaxPages; ++page) {
    ADAPT_TRY(const Reply reply, calls_.ask({.path = service_->listing(after)}, Repeat::freely));
    if (reply.error) return *reply.error;
    const Result<OrderedJson> json = parse_lenient_ordered(reply.body);
    const OrderedJson list = json ? *json : OrderedJson();
    const OrderedJson& data = member(list, "data");
    if (!data.is_array()) return unanswered(CallErrorKind::server, "", "an answer that is no list of batches");
    bool is_recent = false;
    for (const OrderedJson& entry : data) {
      const std::optional<BatchView> view = service_->read(entry);
      if (!view) continue;
      after = view->id;
      is_recent = is_recent || view->created_ms >= mark.utc_ms - 3'600'000;
      if (!others.contains(view->id) && service_->may_be(*view, mark)) ids.push_back(view->id);
    }
    const OrderedJson& more = member(list, "has_more");
    if (!is_recent || !more.is_boolean() || !more.get<bool>()) return ids;
  }
  return unanswered(CallErrorKind::server, "", fmt::format("more than {} pages of recent batches", kMaxPages));
}

Replied<BatchStatus> BatchClient::status(const Reservation& batch) {
  ADAPT_TRY(const Reply reply, calls_.ask({.path = service_->path(id_of(batch))}, Repeat::freely));
  if (reply.error) return *reply.error;
  const std::optional<BatchView> view = view_of(*service_, reply.body);
  if (!view) return no_batch();
  return view->status;
}

Replied<BatchStatus> BatchClient::cancel(const Reservation& batch) {
  const BatchCall call{.method = "POST", .path = service_->path(id_of(batch)) + "/cancel"};
  ADAPT_TRY(const Reply reply, calls_.ask(call, Repeat::freely));
  if (reply.error) return *reply.error;
  const std::optional<BatchView> view = view_of(*service_, reply.body);
  if (!view) return no_batch();
  return view->status;
}

Replied<Settlement> BatchClient::answers(const Reservation& batch, const std::vector<BatchItem>& items,
                                         const Take& take) {
  const std::string id = id_of(batch);
  ADAPT_TRY(const Asked asked, encode(items));
  if (asked.sizes.size() != items.size() || batch.batch->items != static_cast<std::int64_t>(items.size()))
    return fail(ErrorKind::usage, "batch {} has {} questions, not {}", id, batch.batch->items, items.size());
  ADAPT_TRY(const Reply reply, calls_.ask({.path = service_->path(id)}, Repeat::freely));
  if (reply.error) return *reply.error;
  const std::optional<BatchView> view = view_of(*service_, reply.body);
  if (!view) return no_batch();
  if (view->status.state == BatchState::in_progress)
    return unanswered(CallErrorKind::loading, view->status.native, "the batch has not ended yet");

  const Target target = this->target();
  AnswerTaker taker(*service_, target, line_.ledger, line_.redactor, batch.batch->tag, take);
  for (std::size_t i = 0; i < items.size(); ++i) taker.expect(items[i], asked.sizes[i]);
  // Once more when fewer came than the service has counted: a download that broke between two lines looks whole.
  const std::int64_t counted = view->status.counts.answered + view->status.counts.failed;
  for (int pass = 0; pass < 2 && (pass == 0 || taker.taken() < counted); ++pass) {
    taker.begin_pass();
    for (const std::string& path : view->answers) {
      const BatchCalls::Listener listener = taker.listener();
      ADAPT_TRY(const Reply downloaded, calls_.ask({.path = path}, Repeat::freely, &listener));
      if (downloaded.error) return *downloaded.error;
    }
  }
  ADAPT_TRY_VOID(taker.finish(*view));
  return taker.settlement(batch, endpoint_.profile.batch_percent, view->status.state);
}

Result<void> BatchClient::abandon(const Reservation& batch) { return line_.ledger.settle_lost(batch); }

}  // namespace adapt::llm
