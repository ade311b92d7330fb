#include "agent/review/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "agent/events/journal.h"
#include "harness/judge/judge.h"
#include "tools/base/hash.h"

namespace adapt::review {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxDraws = 256;

// The files that finished steps left, by path below the run folder, with the hash of the last step that wrote them.
std::map<std::string, std::string> recorded_files(const std::vector<events::Event>& log) {
  std::map<std::string, std::string> out;
  for (const events::Event& event : log) {
    if (event.type != events::kStepFinished) continue;
    for (const Json& file : member_or_null(event.data, "files"))
      out[string_or(file, "path", "")] = string_or(file, "sha256", "");
  }
  return out;
}

// The last reference that was drawn for a verdict: of the candidate that the verdict is about.
const Json* last_held_out(const std::vector<events::Event>& log) {
  const Json* found = nullptr;
  for (const events::Event& event : log) {
    if (event.type != events::kStepFinished || !string_or(event.data, "key", "").starts_with("reference:")) continue;
    const Json& files = member_or_null(event.data, "files");
    if (files.is_array() && !files.empty() && string_or(files.front(), "path", "").starts_with("verify/"))
      found = &event.data;
  }
  return found;
}

std::string first_inputs(const std::map<std::string, std::string>& files) {
  for (const auto& [path, hash] : files)
    if (path.starts_with("baseline/") && path.ends_with(".inputs.safetensors")) return path;
  return {};
}

void take_worst(judge::LeafMetrics& into, const judge::LeafMetrics& leaf) {
  const auto larger = [](double& a, double b) {
    if (std::isnan(a) || b > a) a = b;
  };
  const auto smaller = [](double& a, double b) {
    if (std::isnan(a) || b < a) a = b;
  };
  larger(into.relative_l2, leaf.relative_l2);
  larger(into.max_abs, leaf.max_abs);
  larger(into.error_ratio, leaf.error_ratio);
  smaller(into.pcc, leaf.pcc);
  smaller(into.top1, leaf.top1);
  into.mismatches = std::max(into.mismatches, leaf.mismatches);
  into.verdict = judge::worse(into.verdict, leaf.verdict);
}

class Reader {
 public:
  Reader(fs::path run_folder, const std::vector<events::Event>& log)
      : root_(std::move(run_folder)), files_(recorded_files(log)), held_out_(last_held_out(log)) {}

  Figures read(const std::string& backend) {
    if (held_out_ == nullptr) return std::move(out_);
    const Json& draws = member_or_null(member_or_null(member_or_null(*held_out_, "result"), "result"), "draws");
    const std::string first = string_or(held_out_->at("files").front(), "path", "");
    folder_ = fs::path(first).parent_path().parent_path().string();  // verify/<candidate>
    for (const Json& draw : draws) {
      if (labels_.size() == kMaxDraws) break;
      labels_.push_back(fmt::format("{}-{}", string_or(draw, "variant", ""), int_or(draw, "seed", 0)));
      out_.draws.push_back(fmt::format("{}, seed {}", string_or(draw, "variant", ""), int_or(draw, "seed", 0)));
    }
    out_.verdict = judge::Verdict::passed;
    judge_side(backend, "outputs");
    judge_side("adapted model, eager", "eager");
    if (out_.outputs.empty()) out_.verdict = judge::Verdict::inconclusive;
    return std::move(out_);
  }

 private:
  // The file when it is there and is what was recorded.
  std::optional<fs::path> intact(const std::string& path) {
    const auto at = files_.find(path);
    if (at == files_.end()) return std::nullopt;
    const Result<std::string> hash = sha256_file(root_ / path);
    if (hash && *hash == at->second) return root_ / path;
    out_.reasons.push_back(hash ? fmt::format("{} is not the file that was recorded", path)
                                : fmt::format("{} is no longer there", path));
    return std::nullopt;
  }

  void judge_side(const std::string& of, std::string_view side) {
    judge::Evidence evidence;
    if (const std::string baseline = first_inputs(files_); !baseline.empty())
      evidence.baseline_inputs = intact(baseline);
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      const std::string stem = fmt::format("{}/reference/{}", folder_, labels_[i]);
      const std::string candidate = fmt::format("{}/{}/{}.safetensors", folder_, side, labels_[i]);
      if (!files_.contains(candidate)) continue;
      const auto inputs = intact(stem + ".inputs.safetensors"), reference = intact(stem + ".fp32.safetensors"),
                 answer = intact(candidate);
      if (!inputs || !reference || !answer) return;
      std::optional<fs::path> golden;
      if (files_.contains(stem + ".fp64.safetensors")) golden = intact(stem + ".fp64.safetensors");
      evidence.draws.push_back({out_.draws[i], *inputs, *reference, golden, *answer});
    }
    if (evidence.draws.empty()) return;
    const Result<judge::Judgement> judgement = judge::judge_outputs(evidence);
    if (!judgement) return out_.reasons.push_back(judgement.error().message);
    out_.verdict = judge::worse(out_.verdict, judgement->verdict);
    out_.reasons.insert(out_.reasons.end(), judgement->reasons.begin(), judgement->reasons.end());
    add(of, *judgement);
  }

  void add(const std::string& of, const judge::Judgement& judgement) {
    for (const judge::DrawMetrics& draw : judgement.draws)
      for (const judge::LeafMetrics& leaf : draw.leaves) {
        auto row = std::ranges::find_if(
            out_.outputs, [&](const OutputFigures& one) { return one.of == of && one.worst.leaf == leaf.leaf; });
        if (row == out_.outputs.end()) row = out_.outputs.insert(row, OutputFigures{of, leaf});
        take_worst(row->worst, leaf);
        row->draws += 1;
        row->exact += leaf.exact ? 1 : 0;
      }
  }

  fs::path root_;
  std::map<std::string, std::string> files_;
  const Json* held_out_;
  std::string folder_;
  std::vector<std::string> labels_;  // stems of the draws' files
  Figures out_;
};

}  // namespace

std::vector<Bar> bars() {
  const judge::Limits& limits = judge::limits(judge::Policy{}.precision);
  return {{"relative L2 error",
           fmt::format("at most {:g}, and {:g} times that of an honest float32 run", limits.cap, limits.error_ratio)},
          {"correlation (PCC)", fmt::format("at least {:g}", limits.correlation)},
          {"agreement of the largest entry", fmt::format("at least {:g}", limits.top1)},
          {"integers and booleans", "equal"}};
}

Figures read_figures(const fs::path& run_folder, const std::vector<events::Event>& log, const std::string& backend) {
  return Reader(run_folder, log).read(backend);
}

}  // namespace adapt::review
