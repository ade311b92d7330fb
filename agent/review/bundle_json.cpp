#include <cmath>

#include "agent/review/bundle.h"
#include "agent/review/page.h"

namespace adapt::review {
namespace {

OrderedJson finite(double value) { return std::isfinite(value) ? OrderedJson(value) : OrderedJson(nullptr); }

OrderedJson others_json(const std::vector<OtherModel>& models) {
  OrderedJson out = OrderedJson::array();
  for (const OtherModel& one : models) out.push_back(OrderedJson{{"model", one.model}, {"backend", one.backend}});
  return out;
}

OrderedJson figures_json(const Figures& figures) {
  OrderedJson outputs = OrderedJson::array();
  for (const OutputFigures& row : figures.outputs)
    outputs.push_back(OrderedJson{{"of", row.of},
                                  {"output", row.worst.leaf},
                                  {"draws", row.draws},
                                  {"same_bytes", row.exact},
                                  {"relative_l2", finite(row.worst.relative_l2)},
                                  {"pcc", finite(row.worst.pcc)},
                                  {"max_abs", finite(row.worst.max_abs)},
                                  {"error_ratio", finite(row.worst.error_ratio)},
                                  {"verdict", judge::to_string(row.worst.verdict)}});
  OrderedJson held_to = OrderedJson::object();
  for (const Bar& bar : bars()) held_to[bar.metric] = bar.limit;
  return OrderedJson{{"outputs", outputs},
                     {"held_to", held_to},
                     {"draws", figures.draws},
                     {"reasons", figures.reasons},
                     {"verdict", judge::to_string(figures.verdict)}};
}

std::vector<std::string> texts(const std::vector<Line>& lines) {
  std::vector<std::string> out;
  for (const Line& line : lines) {
    std::string& text = out.emplace_back();
    for (const Span& span : line.spans()) text += span.text;
  }
  return out;
}

}  // namespace

OrderedJson to_json(const ReviewBundle& bundle) {
  OrderedJson stages = OrderedJson::array();
  for (const StageRow& row : bundle.stages)
    stages.push_back(OrderedJson{{"stage", row.stage}, {"before", row.before}, {"after", row.after}});
  return OrderedJson{{"title", title_of(bundle)},
                     {"result", domain::to_json(bundle.result)},
                     {"cause", texts({cause_of(bundle)}).front()},
                     {"stages", stages},
                     {"figures", figures_json(bundle.figures)},
                     {"not_checked", texts(not_checked(bundle))},
                     {"belongs", OrderedJson{{"layer", to_string(bundle.belongs.layer)},
                                             {"why", bundle.belongs.why},
                                             {"file_issue", bundle.belongs.file_issue}}},
                     {"same_failure", others_json(bundle.same_failure)},
                     {"repaired_too", others_json(bundle.repaired_too)},
                     {"disclosure", disclosure(bundle)},
                     {"command", command_of(bundle)},
                     {"packages", bundle.packages},
                     {"backend_version", bundle.backend_version},
                     {"hashes", bundle.hashes},
                     {"tests", bundle.tests}};
}

}  // namespace adapt::review
