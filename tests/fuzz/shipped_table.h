// What the fuzz targets share.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "patterns/isomorphisms.h"

namespace adapt::fuzz {

// A target without its table would run for its time and test nothing.
inline const std::shared_ptr<const patterns::Isomorphisms>& shipped_table() {
  static const auto table = [] {
    auto loaded = patterns::Isomorphisms::load(ADAPT_SOURCE_DIR "/patterns/isomorphisms.txt");
    if (!loaded) {
      std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
      std::abort();
    }
    return *loaded;
  }();
  return table;
}

}  // namespace adapt::fuzz
