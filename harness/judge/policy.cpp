#include "harness/judge/policy.h"

#include <array>

namespace adapt::judge {
namespace {

// unit: by definition of the format. floor_units: a sum of a few dozen terms is off by a few units, and the honest run
// may be luckier than another honest order of the same sum.
//
// fp32: other orders of summation and polynomial exp, tanh or erf stay below about 30 times eager's error; computing in
//   bf16 or fp16 inside starts at several hundred. 64 lies between. The cap is where "the same function" stops being a
//   claim that numbers can carry.
// fp32-relaxed: 14 significant bits of unit roundoff are what shading languages promise for their built-in functions.
// fp16, bf16: the honest error is estimated as the fp32 error scaled by the ratio of units, which holds to a factor of
//   about two; dropping one weak block of a deep residual network shows as 10 times the honest error, so the ratio has
//   to stay well below that.
// fp64: there is no better truth to compare with; the limit allows another order of summation in deep networks.
constexpr std::array<Limits, 5> kLimits = {{
    {.precision = Precision::fp64,
     .unit = 0x1p-53,
     .error_ratio = 64,
     .floor_units = 4,
     .without_golden = 1e-10,
     .cap = 1e-7,
     .correlation = 0.999999,
     .top1 = 1.0},
    {.precision = Precision::fp32,
     .unit = 0x1p-24,
     .error_ratio = 64,
     .floor_units = 4,
     .without_golden = 1e-5,
     .cap = 1e-3,
     .correlation = 0.99999,
     .top1 = 1.0},
    {.precision = Precision::fp32_relaxed,
     .unit = 0x1p-14,
     .error_ratio = 4,
     .floor_units = 4,
     .without_golden = 1e-3,
     .cap = 1e-2,
     .correlation = 0.9995,
     .top1 = 0.99},
    {.precision = Precision::fp16,
     .unit = 0x1p-11,
     .error_ratio = 5,
     .floor_units = 2,
     .without_golden = 4e-3,
     .cap = 2e-2,
     .correlation = 0.999,
     .top1 = 0.98},
    {.precision = Precision::bf16,
     .unit = 0x1p-8,
     .error_ratio = 5,
     .floor_units = 1,
     .without_golden = 2e-2,
     .cap = 6e-2,
     .correlation = 0.99,
     .top1 = 0.95},
}};

struct Name {
  Precision precision;
  std::string_view text;
};
constexpr std::array<Name, 5> kNames = {{{Precision::fp64, "fp64"},
                                         {Precision::fp32, "fp32"},
                                         {Precision::fp32_relaxed, "fp32-relaxed"},
                                         {Precision::fp16, "fp16"},
                                         {Precision::bf16, "bf16"}}};

}  // namespace

std::string_view to_string(Precision precision) {
  for (const Name& name : kNames) {
    if (name.precision == precision) return name.text;
  }
  return "fp32";
}

std::optional<Precision> parse_precision(std::string_view text) {
  for (const Name& name : kNames) {
    if (name.text == text) return name.precision;
  }
  return std::nullopt;
}

const Limits& limits(Precision precision) {
  for (const Limits& row : kLimits) {
    if (row.precision == precision) return row;
  }
  return kLimits[1];
}

Precision native_precision(tensor::DType dtype) {
  switch (dtype) {
    case tensor::DType::f64: return Precision::fp64;
    case tensor::DType::f16: return Precision::fp16;
    case tensor::DType::bf16: return Precision::bf16;
    default: return Precision::fp32;
  }
}

}  // namespace adapt::judge
