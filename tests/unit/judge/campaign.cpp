#include "tests/unit/judge/campaign.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/unit/judge/arrays.h"

namespace adapt::judge::testing {
namespace {

// An honest answer, altered afterwards.
Candidate altered(std::function<void(NetworkOutputs&, const Trial&, std::size_t)> alter) {
  return [alter = std::move(alter)](const Trial& trial, std::size_t index) {
    NetworkOutputs outputs = trial.draws[index].reference;
    alter(outputs, trial, index);
    return outputs;
  };
}

Candidate each_value(std::function<double(double)> change) {
  return altered([change = std::move(change)](NetworkOutputs& outputs, const Trial&, std::size_t) {
    for (Values* leaf : {&outputs.logits, &outputs.hidden}) {
      for (double& value : *leaf) value = change(value);
    }
  });
}

double size_of_values(const Values& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum / static_cast<double>(values.size()));
}

// Noise of `share` of the values' own size; 0.143 leaves a correlation of 0.99.
Candidate with_noise(double share) {
  return altered([share](NetworkOutputs& outputs, const Trial& trial, std::size_t index) {
    std::mt19937_64 random(trial.seed * 31 + index);
    for (Values* leaf : {&outputs.logits, &outputs.hidden}) {
      std::normal_distribution<double> normal(0, share * size_of_values(*leaf));
      for (double& value : *leaf) value += normal(random);
    }
  });
}

void zero_channel(Values& values, std::size_t columns, std::size_t channel) {
  for (std::size_t i = channel; i < values.size(); i += columns) values[i] = 0;
}

void mean_over_draws(NetworkOutputs& outputs, const Trial& trial, std::size_t) {
  std::fill(outputs.logits.begin(), outputs.logits.end(), 0);
  for (const Draw& draw : trial.draws) {
    for (std::size_t i = 0; i < outputs.logits.size(); ++i) {
      outputs.logits[i] += draw.reference.logits[i] / static_cast<double>(trial.draws.size());
    }
  }
}

std::vector<Draw> make_draws(const Weights& weights, std::uint64_t seed) {
  const Sizes& sizes = weights.sizes;
  std::vector<Draw> draws;
  for (std::uint64_t i = 0; i < 3; ++i) {
    Draw draw{seed * 100 + i, i == 1 ? sizes.rows * 3 / 4 : sizes.rows, {}, {}, {}};
    draw.input = make_input(draw.seed, sizes);
    draw.reference = run(weights, draw.input, draw.kept, {});
    draw.golden = run(weights, draw.input, draw.kept, {.arithmetic = Arithmetic::fp64});
    draws.push_back(std::move(draw));
  }
  return draws;
}

}  // namespace

Trial make_trial(std::uint64_t seed, Sizes sizes, double strength) {
  Trial trial{seed, make_weights(seed, sizes, strength), {}};
  trial.draws = make_draws(trial.weights, seed);
  return trial;
}

Candidate run_as(Run how) {
  return [how](const Trial& trial, std::size_t index) {
    const Draw& draw = trial.draws[index];
    return run(trial.weights, draw.input, draw.kept, how);
  };
}

const std::vector<Case>& honest_cases() {
  static const std::vector<Case> cases = {
      {"the same bytes", run_as({})},
      {"sums backwards", run_as({.sum = Sum::backward})},
      {"sums in pairs", run_as({.sum = Sum::pairwise})},
      {"sums in eight lanes", run_as({.sum = Sum::blocked})},
      {"fused multiply and add", run_as({.sum = Sum::fused})},
      {"sums in double", run_as({.sum = Sum::in_double})},
      {"compensated sums", run_as({.sum = Sum::compensated})},
      {"all in double", run_as({.arithmetic = Arithmetic::fp64})},
      {"polynomial erf", run_as({.gelu = Gelu::polynomial})},
      {"variance from squares", run_as({.norm_from_squares = true})},
      {"exp by exp2", run_as({.softmax_by_exp2 = true})},
      {"softmax without shift", run_as({.softmax_without_shift = true})},
      {"reciprocal instead of division", run_as({.multiply_by_reciprocal = true})},
      {"scale folded in the query", run_as({.scale_folded_in_query = true})},
      {"keys backwards", run_as({.keys_backwards = true})},
      {"lanes, exp2, reciprocal",
       run_as({.sum = Sum::blocked, .softmax_by_exp2 = true, .multiply_by_reciprocal = true})},
      {"fused, polynomial erf, squares",
       run_as({.sum = Sum::fused, .gelu = Gelu::polynomial, .norm_from_squares = true})},
      {"pairs, folded scale, keys backwards",
       run_as({.sum = Sum::pairwise, .scale_folded_in_query = true, .keys_backwards = true})},
      {"double sums, polynomial erf, exp2",
       run_as({.sum = Sum::in_double, .gelu = Gelu::polynomial, .softmax_by_exp2 = true})},
      {"backwards, squares, no shift",
       run_as({.sum = Sum::backward, .norm_from_squares = true, .softmax_without_shift = true})},
  };
  return cases;
}

const std::vector<Case>& dishonest_cases() {
  static const std::vector<Case> cases = {
      {"first block skipped", run_as({.skipped_block = 0})},
      {"last block skipped", run_as({.skipped_block = 3})},
      {"attention of one block skipped", run_as({.skipped_attention = 2})},
      {"one block twice", run_as({.repeated_block = 1})},
      {"mask ignored", run_as({.ignore_mask = true})},
      {"relu for gelu", run_as({.gelu = Gelu::relu})},
      {"tanh form of gelu", run_as({.gelu = Gelu::tanh_form})},
      {"eight-bit weights", run_as({.quantised_weights = true})},
      {"bf16 inside", run_as({.arithmetic = Arithmetic::bf16})},
      {"fp16 inside", run_as({.arithmetic = Arithmetic::fp16})},
      {"one block in bf16", run_as({.low_precision_block = 3})},
      {"scaled by 1.001", each_value([](double value) { return 1.001 * value; })},
      {"halved", each_value([](double value) { return 0.5 * value; })},
      {"sign flipped", each_value([](double value) { return -value; })},
      {"shifted by 0.01", each_value([](double value) { return value + 0.01; })},
      {"scaled and shifted", each_value([](double value) { return 3 * value + 50; })},
      {"zeros", each_value([](double) { return 0.0; })},
      {"noise at correlation 0.99", with_noise(0.143)},
      {"noise at a thousandth", with_noise(1e-3)},
      {"the first draw's answer", [](const Trial& trial, std::size_t) { return trial.draws[0].reference; }},
      {"the mean over draws", altered(mean_over_draws)},
      {"right on the first draw only",
       [](const Trial& trial, std::size_t index) {
         return index == 0 ? trial.draws[0].reference : trial.draws[1].reference;
       }},
      {"one channel zero", altered([](NetworkOutputs& outputs, const Trial& trial, std::size_t) {
         zero_channel(outputs.hidden, trial.weights.sizes.width, 5);
       })},
      {"last row zero", altered([](NetworkOutputs& outputs, const Trial& trial, std::size_t) {
         std::fill(outputs.hidden.end() - static_cast<std::ptrdiff_t>(trial.weights.sizes.width), outputs.hidden.end(),
                   0);
       })},
      {"one value wrong",
       altered([](NetworkOutputs& outputs, const Trial&, std::size_t) { outputs.logits[3] += 0.05; })},
      {"one NaN", altered([](NetworkOutputs& outputs, const Trial&, std::size_t) {
         outputs.hidden[7] = std::numeric_limits<double>::quiet_NaN();
       })},
      {"rows swapped", altered([](NetworkOutputs& outputs, const Trial& trial, std::size_t) {
         const auto width = static_cast<std::ptrdiff_t>(trial.weights.sizes.width);
         std::swap_ranges(outputs.hidden.begin(), outputs.hidden.begin() + width, outputs.hidden.begin() + width);
       })},
      {"square output transposed", altered([](NetworkOutputs& outputs, const Trial& trial, std::size_t) {
         const std::size_t size = trial.weights.sizes.classes;  // as many classes as rows
         for (std::size_t r = 0; r < size; ++r) {
           for (std::size_t c = 0; c < r; ++c) std::swap(outputs.logits[r * size + c], outputs.logits[c * size + r]);
         }
       })},
  };
  return cases;
}

Judgement judge_trial(const Trial& trial, const Candidate& candidate, const Policy& policy) {
  const auto rows = static_cast<std::int64_t>(trial.weights.sizes.rows);
  const auto width = static_cast<std::int64_t>(trial.weights.sizes.width);
  const auto classes = static_cast<std::int64_t>(trial.weights.sizes.classes);
  const auto outputs = [&](const NetworkOutputs& values, auto leaf) {
    return Outputs{
        "(logits, hidden)",
        {leaf("logits", Shape{rows, classes}, values.logits), leaf("hidden", Shape{rows, width}, values.hidden)}};
  };
  std::vector<DrawArrays> draws;
  for (std::size_t i = 0; i < trial.draws.size(); ++i) {
    const Draw& draw = trial.draws[i];
    draws.push_back({fmt::format("seed {}", draw.seed), fmt::format("{}", draw.seed),
                     outputs(draw.reference, float_leaf), outputs(draw.golden, double_leaf),
                     outputs(candidate(trial, i), float_leaf)});
  }
  return judge_arrays(draws, "baseline", policy);
}

}  // namespace adapt::judge::testing
