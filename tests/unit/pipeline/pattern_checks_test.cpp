#include "agent/pipeline/pattern_checks.h"

#include <gtest/gtest.h>

namespace adapt::pipeline {
namespace {

using patterns::Filling;

TEST(CheckDraws, AreThreeUsualOnesThenEachOtherSizeAndBothFullMasks) {
  patterns::Check check;
  check.inputs = {{.name = "x", .dtype = "float32", .shape = {"N", "3"}},
                  {.name = "m", .dtype = "bool", .shape = {"N"}, .fill = Filling::some},
                  {.name = "k", .dtype = "bool", .shape = {"2"}, .fill = Filling::mixed}};
  check.sizes = {{"N", {4, 1, 0}}};
  std::vector<std::string> got;
  for (const client::CheckDraw& draw : draws_of(check, "/f"))
    got.push_back(fmt::format("{} x[{}] m[{}] {} k {} {}", draw.seed, fmt::join(draw.inputs[0].shape, ","),
                              fmt::join(draw.inputs[1].shape, ","), draw.inputs[1].fill, draw.inputs[2].fill,
                              draw.after));
  EXPECT_EQ(
      got, (std::vector<std::string>{
               "1 x[4,3] m[4] some k mixed /f/1-after.safetensors", "2 x[4,3] m[4] some k mixed /f/2-after.safetensors",
               "3 x[4,3] m[4] some k mixed /f/3-after.safetensors", "4 x[1,3] m[1] some k mixed /f/4-after.safetensors",
               "5 x[0,3] m[0] some k mixed /f/5-after.safetensors", "6 x[4,3] m[4] all k mixed /f/6-after.safetensors",
               "7 x[4,3] m[4] none k mixed /f/7-after.safetensors"}));
}

}  // namespace
}  // namespace adapt::pipeline
