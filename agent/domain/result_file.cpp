#include "agent/domain/result_file.h"

#include <cmath>

#include "tools/base/file.h"
#include "tools/base/json.h"

namespace adapt::domain {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 20U;
constexpr std::size_t kMaxRepairs = 500;
constexpr double kNanoUsd = 1e9;

std::optional<std::string> text_or_none(const Json& object, std::string_view key) {
  const Json& value = member_or_null(object, key);
  return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
}

Result<std::optional<client::Failure>> read_failure(const Json& value, std::string_view where) {
  if (value.is_null()) return std::optional<client::Failure>();
  client::Failure out;
  ADAPT_TRY(const std::string stage, read_string(value, "stage", where));
  ADAPT_TRY(const std::string failure_class, read_string(value, "class", where));
  const auto known_stage = client::parse_stage(stage);
  const auto known_class = client::parse_failure_class(failure_class);
  if (!known_stage || !known_class) return fail(ErrorKind::parse, "{}: unknown stage or class", where);
  out.stage = *known_stage;
  out.failure_class = *known_class;
  ADAPT_TRY(out.message, read_string(value, "message", where));
  out.fingerprint = string_or(value, "fingerprint", "");
  out.op = text_or_none(value, "op");
  out.file = text_or_none(value, "file");
  out.function = text_or_none(value, "function");
  out.source = text_or_none(value, "source");
  if (const std::int64_t line = int_or(value, "line", -1); line >= 0) out.line = line;
  return std::optional(out);
}

Result<Repair> read_repair(const Json& value) {
  Repair out;
  ADAPT_TRY(const std::string kind, read_string(value, "kind", "repair"));
  const auto known = parse_repair_kind(kind);
  if (!known) return fail(ErrorKind::parse, "repair.kind: unknown kind '{}'", kind);
  out.kind = *known;
  ADAPT_TRY(out.id, read_string(value, "id", "repair"));
  out.does = string_or(value, "does", "");
  for (const Json& site : member_or_null(value, "sites"))
    out.sites.push_back({.module = "",
                         .file = string_or(site, "file", ""),
                         .line = int_or(site, "line", 0),
                         .function = string_or(site, "function", "")});
  return out;
}

LlmUse read_spend(const Json& value) {
  LlmUse out;
  out.endpoint = string_or(value, "llm", "");
  out.stopped = string_or(value, "stopped", "");
  out.calls = int_or(value, "llm_calls", 0);
  out.turns = int_or(value, "turns", 0);
  out.input_tokens = int_or(value, "input_tokens", 0);
  out.output_tokens = int_or(value, "output_tokens", 0);
  out.cached_tokens = int_or(value, "cached_tokens", 0);
  out.unpriced_tokens = int_or(value, "unpriced_tokens", 0);
  out.estimated = bool_or(value, "estimated", false);
  const double usd = number_or(value, "usd", 0);
  if (std::isfinite(usd) && usd >= 0 && usd < 1e9) out.nano_usd = std::llround(usd * kNanoUsd);
  return out;
}

}  // namespace

Result<RunResult> read_result(const std::filesystem::path& file) {
  ADAPT_TRY(const std::string text, read_file(file, kMaxBytes));
  ADAPT_TRY(const Json value, parse_json(text));
  RunResult out;
  ADAPT_TRY(out.run, read_string(value, "run", "result"));
  ADAPT_TRY(out.model, read_string(value, "model", "result"));
  ADAPT_TRY(out.backend, read_string(value, "backend", "result"));
  ADAPT_TRY(const std::string outcome, read_string(value, "outcome", "result"));
  ADAPT_TRY(const std::string level, read_string(value, "level", "result"));
  const auto known_outcome = parse_outcome(outcome);
  const auto known_level = parse_level(level);
  if (!known_outcome || !known_level)
    return fail(ErrorKind::parse, "{}: unknown outcome or level: {}, {}", file.string(), outcome, level);
  out.outcome = *known_outcome;
  out.level = *known_level;
  out.reason = string_or(value, "reason", "");
  ADAPT_TRY(out.failure, read_failure(member_or_null(value, "failure"), "failure"));
  ADAPT_TRY(out.blocker, read_failure(member_or_null(value, "blocker"), "blocker"));
  for (const Json& repair : member_or_null(value, "repairs")) {
    if (out.repairs.size() == kMaxRepairs) break;
    ADAPT_TRY(Repair read, read_repair(repair));
    out.repairs.push_back(std::move(read));
  }
  out.concessions = strings_or_empty(value, "concessions");
  for (const auto& [name, metric] : member_or_null(value, "metrics").items()) out.metrics[name] = OrderedJson(metric);
  out.placement = strings_or_empty(value, "placement");
  out.attempts = int_or(value, "attempts", 0);
  out.wall_s = number_or(value, "wall_s", 0);
  out.llm = read_spend(member_or_null(value, "spend"));
  out.out = file.parent_path().string();  // where it lies now
  return out;
}

}  // namespace adapt::domain
