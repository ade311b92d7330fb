// The arithmetic of the judge: how far one vector is from another, seen in ways that hide different things.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace adapt::judge {

// Row-major values seen as rows x columns: the last dimension is the row. A scalar is one row of one.
struct Grid {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
};
inline std::size_t as_index(std::int64_t value) { return static_cast<std::size_t>(value); }
Grid grid_of(std::span<const std::int64_t> shape);

double root_mean_square(std::span<const double> values);  // 0 for no values
// Pearson correlation; NaN where either side is constant, which is never a score.
double correlation(std::span<const double> a, std::span<const double> b);

// What one element, row and column of the truth weighs. An error is divided by the element's own size, but never by
// less than the typical size, so that one huge value cannot make all the others free, and a value near zero is not
// judged by its own digits.
struct Scale {
  double all = 0;      // root mean square of everything
  double element = 0;  // median size of the elements that are not zero
  std::vector<double> rows, columns;
};
Scale scale_of(std::span<const double> truth, Grid grid);

// All relative; each catches what the others average away.
struct ErrorProfile {
  double relative = 0;  // norm of the difference / norm of the truth
  double balanced = 0;  // the same with every element divided by its own weight: outliers cannot dominate
  double row = 0;       // the worst row
  double column = 0;    // the worst column (channel)
  double element = 0;   // the worst element
};
ErrorProfile error_profile(std::span<const double> values, std::span<const double> truth, const Scale& scale,
                           Grid grid);
// The smaller of both in every view.
ErrorProfile nearer(const ErrorProfile& a, const ErrorProfile& b);

// Largest entry of each row: how often `values` picks the one that `truth` picks. A pick whose value in `truth` is
// within `margin` (relative to the larger of the row's largest size and `typical`) of the best is a tie and counts as
// agreement.
struct Top1 {
  double agreement = 0;  // as it stands
  double tied = 0;       // with ties counted as agreement
};
Top1 top1_agreement(std::span<const double> values, std::span<const double> truth, Grid grid, double margin,
                    double typical);

}  // namespace adapt::judge
