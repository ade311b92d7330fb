#include "agent/domain/run_result.h"

namespace adapt::domain {
namespace {

template <class T>
OrderedJson or_null(const std::optional<T>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

OrderedJson repair_json(const Repair& repair) {
  OrderedJson sites = OrderedJson::array();
  for (const RepairSite& site : repair.sites)
    sites.push_back(OrderedJson{{"file", site.file}, {"line", site.line}, {"function", site.function}});
  return OrderedJson{{"kind", to_string(repair.kind)}, {"id", repair.id}, {"does", repair.does}, {"sites", sites}};
}

// A cost that is not known is null, never zero.
OrderedJson spend_json(const LlmUse& use) {
  OrderedJson out{{"llm", use.endpoint.empty() ? OrderedJson(nullptr) : OrderedJson(use.endpoint)},
                  {"stopped", use.stopped.empty() ? OrderedJson(nullptr) : OrderedJson(use.stopped)},
                  {"llm_calls", use.calls},
                  {"turns", use.turns},
                  {"input_tokens", use.input_tokens},
                  {"cached_tokens", use.cached_tokens},
                  {"output_tokens", use.output_tokens},
                  {"usd", static_cast<double>(use.nano_usd) * 1e-9},
                  {"unpriced_tokens", use.unpriced_tokens},
                  {"estimated", use.estimated}};
  if (use.unpriced_tokens > 0 && use.nano_usd == 0) out["usd"] = nullptr;
  return out;
}

}  // namespace

OrderedJson failure_summary(const client::Failure& failure) {
  OrderedJson out{{"stage", client::to_string(failure.stage)},
                  {"class", client::to_string(failure.failure_class)},
                  {"fingerprint", failure.fingerprint},
                  {"op", or_null(failure.op)},
                  {"file", or_null(failure.file)},
                  {"line", or_null(failure.line)},
                  {"function", or_null(failure.function)},
                  {"source", or_null(failure.source)},
                  {"message", failure.message}};
  if (failure.finding) out["finding"] = OrderedJson(client::encode(*failure.finding));
  return out;
}

OrderedJson to_json(const RunResult& result) {
  OrderedJson repairs = OrderedJson::array();
  for (const Repair& repair : result.repairs) repairs.push_back(repair_json(repair));
  OrderedJson out = {{"run", result.run},
                     {"model", result.model},
                     {"backend", result.backend},
                     {"outcome", to_string(result.outcome)},
                     {"level", to_string(result.level)},
                     {"reason", result.reason},
                     {"failure", nullptr},
                     {"blocker", nullptr},
                     {"repairs", repairs},
                     {"concessions", result.concessions},
                     {"metrics", result.metrics},
                     {"placement", result.placement},
                     {"attempts", result.attempts},
                     {"wall_s", result.wall_s},
                     {"out", result.out},
                     {"spend", spend_json(result.llm)}};
  if (result.failure) out["failure"] = failure_summary(*result.failure);
  if (result.blocker) out["blocker"] = failure_summary(*result.blocker);
  return out;
}

}  // namespace adapt::domain
