#include "harness/judge/errors.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace adapt::judge {
namespace {

// A row or column this much smaller than the middle one is rounding residue of something larger, not a signal.
constexpr double kResidue = 1e-3;

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double median_of_nonzero(std::span<const double> values) {
  std::vector<double> sizes;
  sizes.reserve(values.size());
  for (const double value : values) {
    if (value != 0) sizes.push_back(std::abs(value));
  }
  return median(std::move(sizes));
}

struct Sums {
  std::vector<double> rows, columns;  // sums of squares
};

template <class Function>
Sums sum_squares(Grid grid, Function&& value_at) {
  Sums sums{std::vector<double>(as_index(grid.rows)), std::vector<double>(as_index(grid.columns))};
  std::size_t index = 0;
  for (std::size_t row = 0; row < sums.rows.size(); ++row) {
    for (double& column : sums.columns) {
      const double value = value_at(index++);
      sums.rows[row] += value * value;
      column += value * value;
    }
  }
  return sums;
}

void raise_to_residue(std::vector<double>& scales) {
  const double least = kResidue * median_of_nonzero(scales);
  for (double& scale : scales) scale = std::max(scale, least);
}

// 0 / 0 is no error; something / 0 is as wrong as can be said.
double ratio(double error, double scale) {
  if (error == 0) return 0;
  return scale > 0 ? error / scale : std::numeric_limits<double>::infinity();
}

}  // namespace

Grid grid_of(std::span<const std::int64_t> shape) {
  Grid grid;
  for (const std::int64_t size : shape) grid.rows *= size;
  if (shape.empty()) return grid;
  grid.columns = shape.back();
  grid.rows = grid.columns == 0 ? 0 : grid.rows / grid.columns;
  return grid;
}

double root_mean_square(std::span<const double> values) {
  if (values.empty()) return 0;
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum / static_cast<double>(values.size()));
}

double correlation(std::span<const double> a, std::span<const double> b) {
  const auto count = static_cast<double>(a.size());
  double mean_a = 0;
  double mean_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    mean_a += a[i] / count;
    mean_b += b[i] / count;
  }
  double aa = 0;
  double bb = 0;
  double ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
    ab += (a[i] - mean_a) * (b[i] - mean_b);
  }
  if (aa <= 0 || bb <= 0) return std::numeric_limits<double>::quiet_NaN();
  return ab / std::sqrt(aa) / std::sqrt(bb);
}

Scale scale_of(std::span<const double> truth, Grid grid) {
  Scale scale;
  scale.all = root_mean_square(truth);
  scale.element = median_of_nonzero(truth);
  Sums sums = sum_squares(grid, [&](std::size_t i) { return truth[i]; });
  for (double& row : sums.rows) row = std::sqrt(row / static_cast<double>(grid.columns));
  for (double& column : sums.columns) column = std::sqrt(column / static_cast<double>(grid.rows));
  raise_to_residue(sums.rows);
  raise_to_residue(sums.columns);
  scale.rows = std::move(sums.rows);
  scale.columns = std::move(sums.columns);
  return scale;
}

ErrorProfile error_profile(std::span<const double> values, std::span<const double> truth, const Scale& scale,
                           Grid grid) {
  ErrorProfile profile;
  if (truth.empty()) return profile;
  double squares = 0;
  double balanced = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double error = std::abs(values[i] - truth[i]);
    const double weighted = ratio(error, std::max(std::abs(truth[i]), scale.element));
    squares += error * error;
    balanced += weighted * weighted;
    profile.element = std::max(profile.element, weighted);
  }
  const auto count = static_cast<double>(truth.size());
  profile.relative = ratio(std::sqrt(squares / count), scale.all);
  profile.balanced = std::sqrt(balanced / count);
  const Sums sums = sum_squares(grid, [&](std::size_t i) { return values[i] - truth[i]; });
  for (std::size_t row = 0; row < sums.rows.size(); ++row) {
    const double error = std::sqrt(sums.rows[row] / static_cast<double>(grid.columns));
    profile.row = std::max(profile.row, ratio(error, scale.rows[row]));
  }
  for (std::size_t column = 0; column < sums.columns.size(); ++column) {
    const double error = std::sqrt(sums.columns[column] / static_cast<double>(grid.rows));
    profile.column = std::max(profile.column, ratio(error, scale.columns[column]));
  }
  return profile;
}

ErrorProfile nearer(const ErrorProfile& a, const ErrorProfile& b) {
  return {std::min(a.relative, b.relative), std::min(a.balanced, b.balanced), std::min(a.row, b.row),
          std::min(a.column, b.column), std::min(a.element, b.element)};
}

Top1 top1_agreement(std::span<const double> values, std::span<const double> truth, Grid grid, double margin,
                    double typical) {
  Top1 top;
  if (grid.rows == 0) return top;
  const std::size_t columns = as_index(grid.columns);
  for (std::size_t row = 0; row < as_index(grid.rows); ++row) {
    const auto mine = values.subspan(row * columns, columns);
    const auto right = truth.subspan(row * columns, columns);
    const auto pick = static_cast<std::size_t>(std::max_element(mine.begin(), mine.end()) - mine.begin());
    const auto best = static_cast<std::size_t>(std::max_element(right.begin(), right.end()) - right.begin());
    const double allowed = margin * std::max(std::abs(right[best]), typical);
    top.agreement += pick == best ? 1 : 0;
    top.tied += right[best] - right[pick] <= allowed ? 1 : 0;
  }
  top.agreement /= static_cast<double>(grid.rows);
  top.tied /= static_cast<double>(grid.rows);
  return top;
}

}  // namespace adapt::judge
