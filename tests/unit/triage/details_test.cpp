#include "agent/triage/details.h"

#include <gtest/gtest.h>

namespace adapt::triage {
namespace {

TEST(Details, ReadEveryAmountOfAnAllocation) {
  EXPECT_EQ(
      memory_of(
          "E  Out of Memory: Not enough space to allocate 135790592 B DRAM buffer across 12 banks, where each bank "
          "needs to store 11317248 B, but bank size is only 1073741792 B (allocated: 1055220960 B, free: 18520832 B, "
          "largest free block: 9253856 B)"),
      (Memory{.buffer = "DRAM",
              .requested = 135790592,
              .banks = 12,
              .per_bank = 11317248,
              .bank_size = 1073741792,
              .allocated = 1055220960,
              .free = 18520832,
              .largest_free = 9253856}));
  EXPECT_EQ(memory_of("Not enough space to allocate 4096 B L1_SMALL buffer across 64 ban"),
            (Memory{.buffer = "L1_SMALL", .requested = 4096, .banks = 64}));
}

TEST(Details, ReadCircularBuffersTooLargeOrInTheWay) {
  EXPECT_EQ(
      memory_of(
          "Statically allocated circular buffers on core range [(x=0,y=0) - (x=7,y=7)] grow to 2003264 B which is "
          "beyond max L1 size of 1499136 B"),
      (Memory{.buffer = "circular buffers", .requested = 2003264, .limit = 1499136}));
  EXPECT_EQ(
      memory_of(
          "Statically allocated circular buffers in program 37 clash with L1 buffers on core range [(x=0,y=0)]. L1 "
          "buffer allocated at 253952 and static circular buffer region ends at 1347456"),
      (Memory{.buffer = "circular buffers", .buffer_at = 253952, .region_ends_at = 1347456}));
}

TEST(Details, OfOtherLinesOrNumbersThatAreNoneAreNothing) {
  EXPECT_EQ(memory_of("nothing of that"), std::nullopt);
  EXPECT_EQ(memory_of("circular buffers"), std::nullopt);
  EXPECT_EQ(memory_of("Not enough space to allocate 99999999999999999999999 B DRAM buffer"),
            (Memory{.buffer = "DRAM"}));
}

TEST(Details, NameTheOperation) {
  EXPECT_EQ(op_of("loc(\"scatter.42\"): error: failed to legalize operation 'stablehlo.scatter'"), "stablehlo.scatter");
  EXPECT_EQ(op_of("error: 'ttnn.pad' op Output tensor shape"), "ttnn.pad");
  EXPECT_EQ(op_of("Unhandled FakeTensor Device Propagation for aten.add.Tensor, found two"), "aten.add.Tensor");
  EXPECT_EQ(op_of("alias annotations: prims::view_of."), "prims.view_of");
  EXPECT_EQ(op_of("TT_FATAL @ /src/ttnn/cpp/ttnn/operations/conv/conv2d/conv2d.cpp:12: x"), "ttnn.conv2d");
  EXPECT_EQ(op_of("\"nms_kernel\" not implemented for 'BFloat16'"), "nms_kernel");
  EXPECT_EQ(op_of("loc(\"reduce-window.7\"): error: x"), "reduce");
  EXPECT_EQ(op_of("wrote model_ttnn.mlir, ttnn and stablehlo."), "");
}

TEST(Details, FindTheLocationWithItsParentheses) {
  EXPECT_EQ(loc_of("x loc(\"a)b\"(\"/p/m.py\":12:3)): error"), "loc(\"a)b\"(\"/p/m.py\":12:3))");
  EXPECT_EQ(loc_of("loc(\"never closed"), "");
  EXPECT_EQ(loc_of("alloc(3)"), "loc(3)");
}

TEST(Details, FindFileAndLineOfEitherSpelling) {
  EXPECT_EQ(place_of("  File \"/m/model.py\", line 31, in forward"), (Place{"/m/model.py", 31}));
  EXPECT_EQ(place_of("third_party/m/model.py:55: in forward"), (Place{"third_party/m/model.py", 55}));
  EXPECT_EQ(place_of("model.py: no number"), std::nullopt);
  EXPECT_EQ(place_of("File \"cut"), std::nullopt);
  EXPECT_TRUE(is_library("/v/lib/python3.12/site-packages/torch/nn/module.py"));
  EXPECT_FALSE(is_library("third_party/m/model.py"));
}

}  // namespace
}  // namespace adapt::triage
