#include <gtest/gtest.h>

#include "tools/toolbox/quote.h"

namespace adapt::toolbox {
namespace {

struct Advised {
  const char* name;
  const char* text;
  const char* left;
};

TEST(BadAdvice, IsRemovedWithTheCodeThatItIntroduces) {
  const Advised cases[] = {
      {"suppress",
       "Unsupported: no rule for x\n\nYou can suppress this exception and fall back to eager by setting:\n"
       "    import torch._dynamo\n    torch._dynamo.config.suppress_errors = True\n\nat model.py line 3\n",
       "Unsupported: no rule for x\n\n[advice removed]\nat model.py line 3\n"},
      {"one sentence of several", "It failed. Consider wrapping f with torch._dynamo.disable. The op is aten.x.",
       "It failed. [advice removed] The op is aten.x."},
      {"environment", "error: bad\nSet TORCH_COMPILE_DISABLE=1 to run without the compiler\nop: y\n",
       "error: bad\n[advice removed]\nop: y\n"},
      {"wrapped over lines",
       "bad\nPlease decorate the function with `torch.compiler.disable` and\n"
       "  `torch._dynamo.config` will be left alone.\nline 2\n",
       "bad\n[advice removed]\nline 2\n"},
      {"two in a row", "Hint: use torch.compiler.disable.\nHint: try running it in eager mode.\nop: y",
       "[advice removed]\nop: y"},
      {"at the end", "no\nYou can fallback to CPU with PYTORCH_ENABLE_MPS_FALLBACK=1", "no\n[advice removed]"},
      {"backend", "use torch.compile(m, backend=\"eager\") instead", "[advice removed]"},
  };
  for (const Advised& c : cases) EXPECT_EQ(without_bad_advice(c.text), c.left) << c.name;
}

TEST(BadAdvice, WhatIsNoAdviceStays) {
  const char* const texts[] = {
      "",
      "\n\n",
      "aten.cumsum.default is not supported by the backend.",
      "Set TORCHDYNAMO_VERBOSE=1 for the internal stack trace.",
      "W0101 falling back to eager for this frame",
      "Graph break: f is decorated by torch.compiler.disable. Hint: Remove the `torch.compiler.disable` call.",
      "File \"a.py\", line 3, in forward\n    if torch.compiler.is_compiling():\n        return x\n",
      "Could not guard on data-dependent expression u0 > 0.\n  Hint: use torch._check(u0 > 0).\n",
      "call to f in skipfiles list",
  };
  for (const char* text : texts) EXPECT_EQ(without_bad_advice(text), text);
}

}  // namespace
}  // namespace adapt::toolbox
