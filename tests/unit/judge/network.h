// A small residual transformer in plain C++, run in several arithmetics: the truth in double, honest single precision
// in several orders and formulas, and dishonest versions. It stands in for a model; the arithmetic is real.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

namespace adapt::judge::testing {

struct Sizes {
  std::size_t rows = 8, width = 32, hidden = 64, blocks = 4, classes = 8;
};

struct Block {
  std::vector<double> query, key, value, out, norm, up, up_bias, down;
};
struct Weights {
  Sizes sizes;
  std::vector<Block> blocks;
  std::vector<double> head;
};

using Values = std::vector<double>;

enum class Sum { forward, backward, pairwise, blocked, fused, in_double, compensated };
enum class Gelu { exact, polynomial, tanh_form, relu };
enum class Arithmetic { fp64, fp32, fp16, bf16 };

// How the network is computed. Defaults are what eager does; `honest` changes keep the function.
struct Run {
  Arithmetic arithmetic = Arithmetic::fp32;
  Sum sum = Sum::forward;
  Gelu gelu = Gelu::exact;
  bool norm_from_squares = false;  // variance as mean of squares minus squared mean
  bool softmax_by_exp2 = false;
  bool softmax_without_shift = false;
  bool multiply_by_reciprocal = false;
  bool scale_folded_in_query = false;
  bool keys_backwards = false;  // attention sums over keys from the last one
  // Dishonest ones.
  int skipped_block = -1;
  int skipped_attention = -1;
  int repeated_block = -1;
  int low_precision_block = -1;  // this block in bf16
  bool ignore_mask = false;
  bool quantised_weights = false;  // eight-bit weights
};

struct NetworkOutputs {
  Values logits;  // rows x classes
  Values hidden;  // rows x width
};

Weights make_weights(std::uint64_t seed, Sizes sizes = {}, double strength = 1.0);
Values make_input(std::uint64_t seed, Sizes sizes = {});
// `kept`: how many rows the mask keeps; the others are not attended to.
NetworkOutputs run(const Weights& weights, const Values& input, std::size_t kept, const Run& how);

}  // namespace adapt::judge::testing
