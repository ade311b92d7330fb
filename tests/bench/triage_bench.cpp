// Reads one failure a line from stdin and prints one JSON object a line. `features`: what the learner is to see of it,
// without any learned weight. `judge [weights.tsv]`: the diagnosis, with the weights given or the built-in ones. `words
// weights.tsv`: the same without a single signature. `log FILE`: reads a file, to be timed.
#include <fmt/format.h>

#include <iostream>
#include <string>
#include <vector>

#include "agent/triage/log_file.h"
#include "agent/triage/triage.h"
#include "agent/triage/words.h"
#include "tools/base/file.h"

namespace {

using namespace adapt;

OrderedJson features(const std::string& text, const triage::Weights& none) {
  triage::Triage plain(triage::built_in_tables(), none, triage::built_in_index());
  plain.feed(text);
  const triage::Observations seen = plain.observe();
  const triage::Prior prior = triage::prior_of(seen, triage::built_in_tables());
  return {{"words", triage::words_of(text)}, {"categories", prior.categories}, {"bringups", prior.bringups}};
}

OrderedJson judged(const std::string& text, const triage::Tables& tables, const triage::SignatureIndex& index,
                   const triage::Weights& weights) {
  triage::Triage reader(tables, weights, index);
  reader.feed(text);
  const triage::Diagnosis diagnosis = reader.finish();
  return {{"category", diagnosis.category},
          {"bringup_status", to_string(diagnosis.bringup)},
          {"confidence", diagnosis.confidence}};
}

int log(const std::string& path) {
  const CancelToken cancel;
  const auto diagnosis = triage::diagnose_file(path, false, cancel);
  if (!diagnosis) return fmt::print(stderr, "{}\n", diagnosis.error().message), 2;
  fmt::print("{}\n", dump_line(triage::to_json(*diagnosis)));
  return 0;
}

int run(const std::vector<std::string>& arguments) {
  const std::string mode = arguments.empty() ? "" : arguments[0];
  const bool takes_file = mode == "judge" || mode == "words" || mode == "log";
  if ((mode != "features" && !takes_file) || arguments.size() > (takes_file ? 2U : 1U)) {
    fmt::print(stderr, "usage: bench_triage features | judge [weights.tsv] | words weights.tsv | log FILE\n");
    return 2;
  }
  if (mode == "log") return log(arguments.size() == 2 ? arguments[1] : "");
  triage::Tables tables = triage::built_in_tables();
  if (mode == "words") tables.signatures.clear();
  const triage::SignatureIndex index(tables);
  Result<triage::Weights> weights = triage::built_in_weights();
  if (arguments.size() == 2) {
    const auto text = read_file(arguments[1]);
    if (!text) return fmt::print(stderr, "{}\n", text.error().message), 2;
    weights = triage::Weights::parse(*text, tables);
  }
  if (!weights) return fmt::print(stderr, "{}\n", weights.error().message), 2;
  for (std::string line; std::getline(std::cin, line);) {
    const OrderedJson said =
        mode == "features" ? features(line, triage::Weights()) : judged(line, tables, index, *weights);
    fmt::print("{}\n", dump_line(said));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return run({argv + 1, argv + argc}); }
