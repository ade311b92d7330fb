// What a fuzz target claims of an input: where it does not hold, the process ends, which is how a fuzzer finds out.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace adapt {

inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "differ: %s\n", what);
  std::abort();
}

}  // namespace adapt
