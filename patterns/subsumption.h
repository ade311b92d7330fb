// Whether a pattern adds anything to another one. A library full of near-duplicates ranks badly and reads worse.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "patterns/pattern.h"

namespace adapt::patterns {

// What the edits say, whatever they, their variables and their helpers are called, and however they are laid out: equal
// texts make equal changes. [when], samples and checks are not asked.
std::string normal_form(const Pattern& pattern);

// Whether `wide` holds wherever `narrow` does. Said only where it can be told: of an expression that is a plain word,
// whether `wide` finds it; of any other, whether `wide` has the same.
bool covers(const When& wide, const When& narrow);

// Code to compare patterns on, beside their samples.
struct Specimen {
  std::string module, text;
};

// Whether `general` can stand for `special`: it answers the same failures, and wherever `special` changes one of the
// specimens, one of its own samples, or its own old code with arbitrary names in it, it makes the same of it. False
// when `special` changes no specimen and no sample.
Result<bool> subsumes(const Pattern& general, const Pattern& special, std::span<const Specimen> specimens = {});

}  // namespace adapt::patterns
