// How exact a candidate must be. One table, one row a precision; everything else in this folder reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "tools/tensor/array.h"

namespace adapt::judge {

// What a backend claims to compute in. An engine that asks for anything but fp32 records a concession.
enum class Precision : std::uint8_t { fp64, fp32, fp32_relaxed, fp16, bf16 };

std::string_view to_string(Precision precision);  // "fp64", "fp32", "fp32-relaxed", "fp16", "bf16"
std::optional<Precision> parse_precision(std::string_view text);

// All limits are relative errors (norm of the difference divided by norm of the truth) unless said otherwise.
struct Limits {
  Precision precision = Precision::fp32;
  double unit = 0;            // unit roundoff: half the distance from 1 to the next value
  double error_ratio = 0;     // R: error against fp64, in units of the error of an honest run
  double floor_units = 0;     // an honest error below this many units counts as this many: nobody is asked for luck
  double without_golden = 0;  // the limit where there is no fp64 run to compare with
  double cap = 0;             // above this nothing passes, however uncertain the reference is
  double correlation = 0;     // least Pearson correlation
  double top1 = 0;            // least agreement of the largest entry, near-ties not counted
};

const Limits& limits(Precision precision);

// The precision that a floating dtype has by itself; fp32 for integers, which are compared exactly anyway.
Precision native_precision(tensor::DType dtype);

struct Policy {
  Precision precision = Precision::fp32;
  int least_draws = 2;  // held-out draws without which nothing passes
};

}  // namespace adapt::judge
