// Weighs what was observed. Each line speaks for categories: by its signatures, then by its words. A category is worth
// its strongest line, a little more for each other one, and less for each cause that stands before it: a failure that
// follows an earlier one is mostly its consequence.
#include <algorithm>
#include <cmath>
#include <set>

#include "agent/triage/triage.h"
#include "agent/triage/words.h"
#include "tools/base/text.h"

namespace adapt::triage {
namespace {

constexpr double kLeast = 1.0;           // what a category must be worth to be named
constexpr double kMostOfWords = 4.0;     // of one line, either way
constexpr double kLeastOfWords = 1.5;    // where nothing else speaks: below it, words are chance
constexpr double kWordsOfLongLog = 0.5;  // lines without signature say less where there are many lines
constexpr double kNoise = 0.3, kFrame = 0.2;
constexpr double kMereHint = 0.1;   // of a hint on a line that tells of no failure
constexpr double kAlso = 0.15;      // share of a further signature for the same category on the line
constexpr double kConfirmed = 0.3;  // for each further line, by the logarithm of their number
constexpr double kLater = 1.0, kMostLater = 2.0;
constexpr double kIsCause = 4.0;  // what makes a line push later ones back
constexpr double kBringupOfCategory = 3.0;
constexpr double kAfterSuccess = 6.0;  // what a line must be worth to count behind a session's good summary
constexpr std::size_t kMostEvidence = 5;

struct Spoken {
  std::vector<double> categories, bringups;
  std::vector<bool> by_cause;  // whether a cause stands behind it
  double discount = 1;
};

double discount_of(const KeptLine& line, const Tables& tables) {
  double out = line.is_source ? kNoise : 1;
  for (const std::size_t index : line.signatures) {
    const Role role = tables.signatures[index].role;
    if (role == Role::frame) out = std::min(out, kFrame);
    if (role == Role::noise) out = std::min(out, kNoise);
  }
  return out;
}

bool tells_of_failure(const KeptLine& line, const Tables& tables) {
  return line.text.starts_with("E ") || std::ranges::any_of(line.signatures, [&](std::size_t index) {
           return tables.signatures[index].role == Role::fail;
         });
}

Spoken listen(const KeptLine& line, std::uint64_t lines, const Tables& tables, const Weights& weights) {
  const bool is_long = lines > Triage::kShortLog;
  const double of_hint = lines <= Triage::kSummary || tells_of_failure(line, tables) ? 1 : kMereHint;
  const std::size_t count = tables.categories.size();
  Spoken out{std::vector<double>(count), std::vector<double>(kBringups), std::vector<bool>(count),
             discount_of(line, tables)};
  std::vector<double> best(count), all(count);
  for (const std::size_t index : line.signatures) {
    const Signature& signature = tables.signatures[index];
    if (!signature.category) continue;
    const std::size_t category = *signature.category;
    const double strength = signature.strength * (signature.role == Role::hint ? of_hint : 1);
    best[category] = std::max(best[category], strength);
    all[category] += strength;
    const bool is_cause = signature.role == Role::cause || signature.role == Role::hint;
    out.by_cause[category] = out.by_cause[category] || is_cause;
  }
  std::vector<double> learned(count);
  weights.add(words_of(line.text), learned, out.bringups);
  // Where a signature is sure, words learned from a few hundred reasons would only blur it.
  const bool is_sure = std::ranges::any_of(best, [](double strength) { return strength >= kIsCause; });
  const double share = is_sure ? 0 : is_long ? kWordsOfLongLog : 1;
  for (std::size_t i = 0; i < count; ++i) {
    double words = share * std::clamp(learned[i], -kMostOfWords, kMostOfWords);
    if (best[i] == 0 && words < kLeastOfWords) words = 0;
    out.categories[i] = out.discount * (best[i] + kAlso * std::min(all[i] - best[i], 2 * best[i]) + words);
  }
  return out;
}

struct Standing {
  double worth = 0;
  std::size_t line = 0;  // index of the strongest
};

class Judge {
 public:
  Judge(const Observations& seen, const Tables& tables, const Weights& weights)
      : seen_(seen), tables_(tables), standings_(tables.categories.size()) {
    for (const KeptLine& line : seen.lines) spoken_.push_back(listen(line, seen.read_lines, tables, weights));
    for (std::size_t category = 0; category < standings_.size(); ++category) weigh(category);
    push_back_later_ones();
  }

  Prior prior() const {
    Prior out;
    for (std::size_t i = 0; i < standings_.size(); ++i)
      if (standings_[i].worth > 0) out.categories[tables_.categories[i].name] = standings_[i].worth;
    const Diagnosis diagnosis = decide();
    if (!diagnosis.category.empty()) out.bringups[std::string(to_string(diagnosis.bringup))] = kBringupOfCategory;
    return out;
  }

  Diagnosis decide() const {
    Diagnosis out;
    out.lines = seen_.read_lines;
    out.bytes = seen_.read_bytes;
    std::vector<std::size_t> order(standings_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order,
                             [&](std::size_t a, std::size_t b) { return standings_[a].worth > standings_[b].worth; });
    const std::size_t first = order[0];
    if (standings_[first].worth < kLeast || succeeded(standings_[first])) {
      const bool passed = seen_.passed_line > 0 || (seen_.passed_weakly && standings_[first].worth < kLeast);
      out.bringup = passed ? Bringup::passed : Bringup::unknown;
      out.confidence = seen_.passed_line > 0 ? 1 : 0;
      return out;
    }
    name(first, out);
    const double sum = share_sum();
    out.confidence = std::exp(standings_[first].worth) / sum;
    if (const Standing& second = standings_[order[1]]; second.worth >= kLeast) {
      out.runner_up = tables_.categories[order[1]].name;
      out.runner_up_confidence = std::exp(second.worth) / sum;
    }
    return out;
  }

 private:
  void weigh(std::size_t category) {
    Standing& standing = standings_[category];
    std::size_t others = 0;
    for (std::size_t i = 0; i < spoken_.size(); ++i) {
      const double worth = spoken_[i].categories[category];
      if (worth >= kLeast) ++others;
      if (worth > standing.worth) standing = {worth, i};
    }
    if (others > 1) standing.worth += kConfirmed * std::log2(static_cast<double>(others)) / 2;
  }

  void push_back_later_ones() {
    std::vector<Standing> before = standings_;
    for (std::size_t category = 0; category < standings_.size(); ++category) {
      if (before[category].worth < kLeast) continue;
      double penalty = 0;
      for (std::size_t other = 0; other < standings_.size(); ++other) {
        const Standing& earlier = before[other];
        if (other == category || earlier.worth < kIsCause) continue;
        if (!spoken_[earlier.line].by_cause[other]) continue;
        if (seen_.lines[earlier.line].number < seen_.lines[before[category].line].number) penalty += kLater;
      }
      standings_[category].worth -= std::min(penalty, kMostLater);
    }
  }

  bool succeeded(const Standing& first) const {
    if (seen_.passed_line == 0) return false;
    return seen_.lines[first.line].number < seen_.passed_line || first.worth < kAfterSuccess;
  }

  double share_sum() const {
    double sum = std::exp(kLeast);  // something that no category is
    for (const Standing& standing : standings_)
      if (standing.worth > 0) sum += std::exp(standing.worth);
    return sum;
  }

  // The signature that speaks loudest for the category on a line; null where only words do.
  const Signature* signature_of(const KeptLine& line, std::size_t category) const {
    const Signature* out = nullptr;
    for (const std::size_t index : line.signatures) {
      const Signature& signature = tables_.signatures[index];
      if (signature.category == category && (out == nullptr || signature.strength > out->strength)) out = &signature;
    }
    return out;
  }

  void name(std::size_t index, Diagnosis& out) const {
    const Category& category = tables_.categories[index];
    const KeptLine& line = seen_.lines[standings_[index].line];
    const Signature* signature = signature_of(line, index);
    out.category = category.name;
    out.says = category.says;
    out.component = signature != nullptr && !signature->component.empty() ? signature->component : category.component;
    out.bringup = bringup_of(category, signature, standings_[index].line);
    out.stage = stage_of(category, out.bringup);
    if (seen_.marker && is_failure(out.bringup)) out.bringup = *seen_.marker;
    add_evidence(index, out);
    add_details(index, line, out);
    add_repairs(category, signature, out);
  }

  static bool is_failure(Bringup bringup) {
    return bringup == Bringup::failed_fe_compilation || bringup == Bringup::failed_ttmlir_compilation ||
           bringup == Bringup::failed_runtime;
  }

  Bringup bringup_of(const Category& category, const Signature* signature, std::size_t line) const {
    const Bringup before = signature != nullptr && signature->bringup ? *signature->bringup : category.bringup;
    if (before == Bringup::unknown) return before;
    std::vector<double> worth = spoken_[line].bringups;
    worth[static_cast<std::size_t>(before)] += kBringupOfCategory;
    return static_cast<Bringup>(std::ranges::max_element(worth) - worth.begin());
  }

  static client::Stage stage_of(const Category& category, Bringup bringup) {
    if (bringup == category.bringup) return category.stage;
    switch (bringup) {
      case Bringup::failed_fe_compilation: return client::Stage::capture;
      case Bringup::failed_ttmlir_compilation: return client::Stage::compile;
      case Bringup::incorrect_result: return client::Stage::compare;
      default: return client::Stage::run;
    }
  }

  // The strongest lines for the category, then what else was strong, such as the wrapper that Python saw.
  void add_evidence(std::size_t category, Diagnosis& out) const {
    std::vector<std::pair<double, std::size_t>> lines;
    for (std::size_t i = 0; i < spoken_.size(); ++i)
      if (spoken_[i].categories[category] >= kLeast) lines.emplace_back(-spoken_[i].categories[category], i);
    std::ranges::stable_sort(lines);
    std::set<std::string_view> texts;
    for (const auto& [worth, i] : lines) {
      const KeptLine& line = seen_.lines[i];
      if (out.evidence.size() >= kMostEvidence || !texts.insert(line.text).second) continue;
      const Signature* signature = signature_of(line, category);
      out.evidence.push_back({line.number, line.offset, line.text, signature == nullptr ? "" : signature->says});
    }
  }

  void add_details(std::size_t category, const KeptLine& strongest, Diagnosis& out) const {
    for (const Evidence& evidence : out.evidence) {
      if (out.op.empty()) out.op = op_of(evidence.text);
      if (out.loc.empty()) out.loc = loc_of(evidence.text);
      if (!out.memory) out.memory = memory_of(evidence.text);
    }
    static_cast<void>(category);
    out.place = strongest.place;
  }

  void add_repairs(const Category& category, const Signature* signature, Diagnosis& out) const {
    std::vector<std::string> ids;
    const auto add = [&](const std::string& id) {
      if (std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
    };
    if (signature != nullptr) std::ranges::for_each(signature->repairs, add);
    const std::string last = out.op.substr(out.op.rfind('.') == std::string::npos ? 0 : out.op.rfind('.') + 1);
    for (const Repair& repair : tables_.repairs) {
      const bool answers = std::ranges::any_of(repair.ops, [&](const std::string& op) {
        return op == last || out.op.find("." + op + ".") != std::string::npos;
      });
      if (answers) add(repair.id);
    }
    std::ranges::for_each(category.repairs, add);
    for (const std::string& id : ids) {
      const Repair& repair = *tables_.repair(id);
      out.repairs.push_back({id, repair.what, repair.patterns});
    }
  }

  const Observations& seen_;
  const Tables& tables_;
  std::vector<Spoken> spoken_;
  std::vector<Standing> standings_;
};

}  // namespace

Prior prior_of(const Observations& seen, const Tables& tables) { return Judge(seen, tables, Weights()).prior(); }

Diagnosis judge(const Observations& seen, const Tables& tables, const Weights& weights) {
  return Judge(seen, tables, weights).decide();
}

}  // namespace adapt::triage
