#include <array>
#include <cmath>

#include "harness/judge/verdict.h"

namespace adapt::judge {
namespace {

struct NumberField {
  const char* key;
  double LeafMetrics::*field;
};
constexpr std::array<NumberField, 10> kNumbers = {{{"relative_l2", &LeafMetrics::relative_l2},
                                                   {"balanced_l2", &LeafMetrics::balanced_l2},
                                                   {"worst_row", &LeafMetrics::worst_row},
                                                   {"worst_column", &LeafMetrics::worst_column},
                                                   {"max_scaled", &LeafMetrics::max_scaled},
                                                   {"max_abs", &LeafMetrics::max_abs},
                                                   {"pcc", &LeafMetrics::pcc},
                                                   {"top1", &LeafMetrics::top1},
                                                   {"error_ratio", &LeafMetrics::error_ratio},
                                                   {"honest_relative", &LeafMetrics::honest_relative}}};

struct CountField {
  const char* key;
  std::int64_t LeafMetrics::*field;
};
constexpr std::array<CountField, 4> kCounts = {{{"elements", &LeafMetrics::elements},
                                                {"mismatches", &LeafMetrics::mismatches},
                                                {"non_finite_reference", &LeafMetrics::non_finite_reference},
                                                {"non_finite_candidate", &LeafMetrics::non_finite_candidate}}};

// As on the wire: a number that JSON cannot hold is its name.
Json number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

Result<Verdict> read_verdict(const Json& object, std::string_view where) {
  ADAPT_TRY(const std::string text, read_string(object, "verdict", where));
  for (const Verdict verdict : {Verdict::passed, Verdict::inconclusive, Verdict::diverged}) {
    if (text == to_string(verdict)) return verdict;
  }
  return fail(ErrorKind::parse, "{}.verdict is '{}', not a verdict", where, text);
}

Json leaf_to_json(const LeafMetrics& leaf) {
  Json json{{"leaf", leaf.leaf},
            {"kind", leaf.kind},
            {"dtype", leaf.dtype},
            {"exact", leaf.exact},
            {"verdict", to_string(leaf.verdict)}};
  for (const NumberField& row : kNumbers) json[row.key] = number(leaf.*(row.field));
  for (const CountField& row : kCounts) json[row.key] = leaf.*(row.field);
  return json;
}

Result<LeafMetrics> leaf_from_json(const Json& json) {
  constexpr std::string_view kWhere = "judgement.draws.leaves";
  LeafMetrics leaf;
  ADAPT_TRY(leaf.leaf, read_string(json, "leaf", kWhere));
  ADAPT_TRY(leaf.kind, read_string(json, "kind", kWhere));
  ADAPT_TRY(leaf.dtype, read_string(json, "dtype", kWhere));
  ADAPT_TRY(leaf.exact, read_bool(json, "exact", kWhere));
  ADAPT_TRY(leaf.verdict, read_verdict(json, kWhere));
  for (const NumberField& row : kNumbers) {
    ADAPT_TRY(leaf.*(row.field), read_number(json, row.key, kWhere));
  }
  for (const CountField& row : kCounts) {
    ADAPT_TRY(leaf.*(row.field), read_int(json, row.key, kWhere));
  }
  return leaf;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed: return "passed";
    case Verdict::inconclusive: return "inconclusive";
    case Verdict::diverged: return "diverged";
  }
  return "inconclusive";
}

void Judgement::add(Verdict part, std::string reason) {
  verdict = worse(verdict, part);
  reasons.push_back(std::move(reason));
}

Json to_json(const Judgement& judgement) {
  Json json{{"verdict", to_string(judgement.verdict)},
            {"draws", Json::array()},
            {"variation", Json::array()},
            {"reasons", judgement.reasons},
            {"notes", judgement.notes}};
  for (const DrawMetrics& draw : judgement.draws) {
    Json leaves = Json::array();
    for (const LeafMetrics& leaf : draw.leaves) leaves.push_back(leaf_to_json(leaf));
    json["draws"].push_back({{"label", draw.label}, {"leaves", std::move(leaves)}});
  }
  for (const VariationMetrics& row : judgement.variation) {
    json["variation"].push_back({{"leaf", row.leaf},
                                 {"signal", number(row.signal)},
                                 {"error", number(row.error)},
                                 {"verdict", to_string(row.verdict)}});
  }
  return json;
}

Result<Judgement> judgement_from_json(const Json& value) {
  Judgement judgement;
  ADAPT_TRY(judgement.verdict, read_verdict(value, "judgement"));
  ADAPT_TRY(const Json* draws, read_array(value, "draws", "judgement"));
  for (const Json& draw : *draws) {
    DrawMetrics metrics;
    ADAPT_TRY(metrics.label, read_string(draw, "label", "judgement.draws"));
    ADAPT_TRY(const Json* leaves, read_array(draw, "leaves", "judgement.draws"));
    for (const Json& leaf : *leaves) {
      ADAPT_TRY(LeafMetrics parsed, leaf_from_json(leaf));
      metrics.leaves.push_back(std::move(parsed));
    }
    judgement.draws.push_back(std::move(metrics));
  }
  ADAPT_TRY(const Json* variation, read_array(value, "variation", "judgement"));
  for (const Json& row : *variation) {
    VariationMetrics metrics;
    ADAPT_TRY(metrics.leaf, read_string(row, "leaf", "judgement.variation"));
    ADAPT_TRY(metrics.signal, read_number(row, "signal", "judgement.variation"));
    ADAPT_TRY(metrics.error, read_number(row, "error", "judgement.variation"));
    ADAPT_TRY(metrics.verdict, read_verdict(row, "judgement.variation"));
    judgement.variation.push_back(std::move(metrics));
  }
  judgement.reasons = strings_or_empty(value, "reasons");
  judgement.notes = strings_or_empty(value, "notes");
  return judgement;
}

}  // namespace adapt::judge
