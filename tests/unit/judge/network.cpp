#include "tests/unit/judge/network.h"

#include <algorithm>
#include <cmath>

#include "tests/unit/judge/arrays.h"

namespace adapt::judge::testing {
namespace {

double round_to_fp16(double value) {
  if (value == 0) return 0;
  int exponent = 0;
  std::frexp(value, &exponent);
  const double step = std::ldexp(1.0, std::max(exponent - 11, -24));
  return std::nearbyint(value / step) * step;
}

// Rounds every result as the arithmetic would store it.
struct Rounder {
  Arithmetic arithmetic;
  double operator()(double value) const {
    switch (arithmetic) {
      case Arithmetic::fp64: return value;
      case Arithmetic::fp32: return static_cast<float>(value);
      case Arithmetic::fp16: return round_to_fp16(value);
      case Arithmetic::bf16: return round_to_bf16(value);
    }
    return value;
  }
};

// Low precision accumulates in single precision, as real hardware does.
Rounder accumulator(Rounder round) {
  return {round.arithmetic == Arithmetic::fp64 ? Arithmetic::fp64 : Arithmetic::fp32};
}

double sum_pairwise(const Values& terms, std::size_t begin, std::size_t end, Rounder round) {
  if (end - begin == 1) return terms[begin];
  const std::size_t middle = (begin + end) / 2;
  return round(sum_pairwise(terms, begin, middle, round) + sum_pairwise(terms, middle, end, round));
}

double sum_compensated(const Values& terms, Rounder round) {
  double sum = 0;
  double lost = 0;
  for (const double term : terms) {
    const double next = round(term - lost);
    const double total = round(sum + next);
    lost = round(round(total - sum) - next);
    sum = total;
  }
  return sum;
}

double dot(const double* a, const double* b, std::size_t count, std::size_t stride, Sum order, Rounder round) {
  const Rounder inner = accumulator(round);
  double sum = 0;
  if (order == Sum::fused || order == Sum::in_double) {
    for (std::size_t i = 0; i < count; ++i) {
      sum += a[i] * b[i * stride];
      if (order == Sum::fused) sum = inner(sum);
    }
    return round(sum);
  }
  Values terms(count);
  for (std::size_t i = 0; i < count; ++i) terms[i] = inner(a[i] * b[i * stride]);
  if (order == Sum::backward) std::reverse(terms.begin(), terms.end());
  if (order == Sum::pairwise) return round(sum_pairwise(terms, 0, count, inner));
  if (order == Sum::compensated) return round(sum_compensated(terms, inner));
  if (order == Sum::blocked) {
    std::array<double, 8> lanes{};
    for (std::size_t i = 0; i < count; ++i) lanes[i % 8] = inner(lanes[i % 8] + terms[i]);
    terms.assign(lanes.begin(), lanes.end());
  }
  for (const double term : terms) sum = inner(sum + term);
  return round(sum);
}

// a: rows x inner, b: inner x columns.
Values matmul(const Values& a, const Values& b, std::size_t rows, std::size_t inner, std::size_t columns,
              const Run& how, Rounder round) {
  Values result(rows * columns);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      result[r * columns + c] = dot(&a[r * inner], &b[c], inner, columns, how.sum, round);
    }
  }
  return result;
}

Values layer_norm(const Values& x, const Values& scale, std::size_t width, const Run& how, Rounder round) {
  Values result(x.size());
  const auto count = static_cast<double>(width);
  for (std::size_t begin = 0; begin < x.size(); begin += width) {
    double mean = 0;
    double square = 0;
    for (std::size_t i = 0; i < width; ++i) mean = round(mean + x[begin + i]);
    mean = round(mean / count);
    for (std::size_t i = 0; i < width; ++i) {
      const double value = how.norm_from_squares ? x[begin + i] : round(x[begin + i] - mean);
      square = round(square + round(value * value));
    }
    double variance = round(square / count);
    if (how.norm_from_squares) variance = round(variance - round(mean * mean));
    const double factor = round(1 / round(std::sqrt(round(variance + 1e-5))));
    for (std::size_t i = 0; i < width; ++i) {
      result[begin + i] = round(round(round(x[begin + i] - mean) * factor) * scale[i]);
    }
  }
  return result;
}

// A rational approximation with an absolute error of 1.5e-7, as compilers use for the error function.
double erf_polynomial(double x, Rounder round) {
  const double t = round(1 / round(1 + 0.3275911 * std::abs(x)));
  const double series =
      round(((((1.061405429 * t - 1.453152027) * t) + 1.421413741) * t - 0.284496736) * t + 0.254829592);
  const double result = round(1 - round(round(series * t) * round(std::exp(-x * x))));
  return x < 0 ? -result : result;
}

double gelu(double x, Gelu form, Rounder round) {
  switch (form) {
    case Gelu::exact: return round(round(0.5 * x) * round(1 + round(std::erf(round(x * 0.7071067811865476)))));
    case Gelu::polynomial:
      return round(round(0.5 * x) * round(1 + erf_polynomial(round(x * 0.7071067811865476), round)));
    case Gelu::tanh_form: return round(0.5 * x * (1 + std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))));
    case Gelu::relu: return std::max(x, 0.0);
  }
  return x;
}

Values softmax(const Values& scores, const Run& how, Rounder round) {
  const double shift = how.softmax_without_shift ? 0 : *std::max_element(scores.begin(), scores.end());
  Values result;
  double total = 0;
  for (const double score : scores) {
    const double x = round(score - shift);
    result.push_back(round(how.softmax_by_exp2 ? std::exp2(round(x * 1.4426950408889634)) : std::exp(x)));
    total = round(total + result.back());
  }
  const double reciprocal = round(1 / total);
  for (double& value : result) value = how.multiply_by_reciprocal ? round(value * reciprocal) : round(value / total);
  return result;
}

Values attention(const Values& x, const Block& block, const Sizes& sizes, std::size_t kept, const Run& how,
                 Rounder round) {
  const std::size_t width = sizes.width;
  const double scale = round(1 / std::sqrt(static_cast<double>(width)));
  Values query = matmul(x, block.query, sizes.rows, width, width, how, round);
  const Values key = matmul(x, block.key, sizes.rows, width, width, how, round);
  const Values value = matmul(x, block.value, sizes.rows, width, width, how, round);
  if (how.scale_folded_in_query) {
    for (double& q : query) q = round(q * scale);
  }
  const std::size_t keys = how.ignore_mask ? sizes.rows : kept;
  Values mixed(sizes.rows * width);
  for (std::size_t r = 0; r < sizes.rows; ++r) {
    Values scores;
    for (std::size_t k = 0; k < keys; ++k) {
      const double score = dot(&query[r * width], &key[k * width], width, 1, how.sum, round);
      scores.push_back(how.scale_folded_in_query ? score : round(score * scale));
    }
    const Values shares = softmax(scores, how, round);
    for (std::size_t i = 0; i < keys; ++i) {
      const std::size_t k = how.keys_backwards ? keys - 1 - i : i;
      for (std::size_t c = 0; c < width; ++c) {
        double& into = mixed[r * width + c];
        into = round(into + round(shares[k] * value[k * width + c]));
      }
    }
  }
  return matmul(mixed, block.out, sizes.rows, width, width, how, round);
}

void add(Values& x, const Values& y, Rounder round) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = round(x[i] + y[i]);
}

void apply_block(Values& x, const Block& block, const Sizes& sizes, std::size_t kept, const Run& how, int index) {
  const Rounder round{how.low_precision_block == index ? Arithmetic::bf16 : how.arithmetic};
  if (how.skipped_attention != index) {
    add(x, attention(layer_norm(x, block.norm, sizes.width, how, round), block, sizes, kept, how, round), round);
  }
  Values up = matmul(layer_norm(x, block.norm, sizes.width, how, round), block.up, sizes.rows, sizes.width,
                     sizes.hidden, how, round);
  for (std::size_t i = 0; i < up.size(); ++i) {
    up[i] = gelu(round(up[i] + block.up_bias[i % sizes.hidden]), how.gelu, round);
  }
  add(x, matmul(up, block.down, sizes.rows, sizes.hidden, sizes.width, how, round), round);
}

Values draw_normal(std::mt19937_64& random, std::size_t count, double deviation, double mean = 0) {
  std::normal_distribution<double> normal(mean, deviation);
  Values values(count);
  for (double& value : values) value = static_cast<float>(normal(random));  // weights are stored in single precision
  return values;
}

void quantise(Values& values) {
  double greatest = 0;
  for (const double value : values) greatest = std::max(greatest, std::abs(value));
  for (double& value : values) value = std::nearbyint(value / greatest * 127) * greatest / 127;
}

// Storing in low precision rounds the weights too.
Weights as_stored(Weights weights, const Run& how) {
  const Rounder round{how.arithmetic};
  for (Block& block : weights.blocks) {
    for (Values* part :
         {&block.query, &block.key, &block.value, &block.out, &block.norm, &block.up, &block.up_bias, &block.down}) {
      if (how.quantised_weights) quantise(*part);
      for (double& value : *part) value = round(value);
    }
  }
  for (double& value : weights.head) value = round(value);
  return weights;
}

}  // namespace

Weights make_weights(std::uint64_t seed, Sizes sizes, double strength) {
  std::mt19937_64 random(seed);
  const double inner = 1 / std::sqrt(static_cast<double>(sizes.width));
  const double outer = strength / std::sqrt(static_cast<double>(sizes.hidden));
  Weights weights{sizes, {}, {}};
  for (std::size_t i = 0; i < sizes.blocks; ++i) {
    const std::size_t square = sizes.width * sizes.width;
    weights.blocks.push_back(
        {draw_normal(random, square, inner), draw_normal(random, square, inner), draw_normal(random, square, inner),
         draw_normal(random, square, strength * inner), draw_normal(random, sizes.width, 0.1, 1.0),
         draw_normal(random, sizes.width * sizes.hidden, inner), draw_normal(random, sizes.hidden, 0.1),
         draw_normal(random, sizes.hidden * sizes.width, outer)});
  }
  weights.head = draw_normal(random, sizes.width * sizes.classes, inner);
  return weights;
}

Values make_input(std::uint64_t seed, Sizes sizes) {
  std::mt19937_64 random(seed * 7919 + 1);
  return draw_normal(random, sizes.rows * sizes.width, 1.0);
}

NetworkOutputs run(const Weights& given, const Values& input, std::size_t kept, const Run& how) {
  const Weights weights = as_stored(given, how);
  const Rounder round{how.arithmetic};
  const Sizes& sizes = weights.sizes;
  Values x = input;
  for (double& value : x) value = round(value);
  for (std::size_t i = 0; i < weights.blocks.size(); ++i) {
    const int index = static_cast<int>(i);
    if (how.skipped_block == index) continue;
    apply_block(x, weights.blocks[i], sizes, kept, how, index);
    if (how.repeated_block == index) apply_block(x, weights.blocks[i], sizes, kept, how, index);
  }
  const Values normed = layer_norm(x, Values(sizes.width, 1.0), sizes.width, how, round);
  return {matmul(normed, weights.head, sizes.rows, sizes.width, sizes.classes, how, round), x};
}

}  // namespace adapt::judge::testing
