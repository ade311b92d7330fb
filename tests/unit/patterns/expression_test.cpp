#include "tests/unit/patterns/pattern_text.h"

namespace adapt::patterns {
namespace {

const char* const kCumsum =
    "[edit e]\n- torch.cumsum($X, dim=$D)\n+ scan($X, $D)\n[helper scan]\ndef scan(x, d):\n    return x\n";
const char* const kHelper = "\n\ndef scan(x, d):\n    return x\n";

std::string with_helper(const std::string& before, const std::string& after) { return before + kHelper + after; }

TEST(Expression, FindsEverySpellingOfOneCall) {
  const auto pattern = pattern_of(kCumsum);
  ASSERT_TRUE(pattern) << pattern.error().message;
  for (const char* call : {"torch.cumsum(a, dim=1)", "torch.cumsum(a, 1)", "torch.cumsum(input=a, dim=1)",
                           "a.cumsum(1)", "a.cumsum(dim=1)", "torch.cumsum(dim=1, input=a)", "torch.cumsum((a), (1),)",
                           "t.cumsum(a, 1)", "cs(a, 1)", "torch.cumsum(\n    a,  # the input\n    dim=1,\n)"}) {
    const std::string imports = "import torch\nimport torch as t\nfrom torch import cumsum as cs\n";
    const Applied got = applied(*pattern, imports + "y = " + call + "\n");
    const std::string comment = std::string(call).find('#') == std::string::npos ? "" : "# the input\n";
    EXPECT_EQ(got.text, with_helper(imports, "\n\n" + comment + "y = scan(a, 1)\n")) << call;
  }
}

TEST(Expression, LeavesLookAlikesAlone) {
  const auto pattern = pattern_of(kCumsum);
  ASSERT_TRUE(pattern) << pattern.error().message;
  for (const char* source :
       {"import torch\ny = torch.cumprod(a, dim=1)\n", "y = cumsum(a, dim=1)\n", "y = 'torch.cumsum(a, dim=1)'\n",
        "# torch.cumsum(a, dim=1)\n", "import torch\ny = torch.cumsum(a, dim=1, dtype=d)\n",
        "import torch\ny = torch.cumsum(*a)\n", "import numpy as torch\ny = torch.cumsum(a, dim=1)\n",
        "def f(torch):\n    return torch.cumsum(a, dim=1)\n"}) {
    EXPECT_EQ(applied(*pattern, source).text, source);
  }
}

const Case kExpressions[] = {
    {"captured code is pasted as written", "[edit e]\n- f($X)\n+ g($X)\n", "y = f( a+b [ 0 ] )\ndef g(x): pass\n",
     "y = g(a+b [ 0 ])\ndef g(x): pass\n"},
    {"parentheses where precedence needs them", "[edit e]\n- f($X)\n+ $X.sum() ** 2\n", "y = -f(a + b) * f(c)\n",
     "y = -(a + b).sum() ** 2 * c.sum() ** 2\n"},
    {"the new code itself is put in parentheses", "[edit e]\n- f($X)\n+ $X + 1\n",
     "y = f(a) * 2\nz = f(a)\nw = g(f(a))\nv = f(a).x\n", "y = (a + 1) * 2\nz = a + 1\nw = g(a + 1)\nv = (a + 1).x\n"},
    {"the source's own parentheses are kept", "[edit e]\n- f($X)\n+ $X + 1\n", "y = (f(a)) * 2\n", "y = (a + 1) * 2\n"},
    {"conditional, lambda and tuple", "[edit e]\n- f($X)\n+ [$X]\n", "y = f(a if b else c)\nz = f(lambda: 1)\n",
     "y = [a if b else c]\nz = [lambda: 1]\n"},
    {"a captured walrus", "[edit e]\n- f($X)\n+ not $X\n", "y = f((a := 1))\n", "y = not (a := 1)\n"},
    {"an integer before a dot", "[edit e]\n- f($X)\n+ $X.real\n", "y = f(1)\n", "y = (1).real\n"},
    {"not of a comparison needs none, of an or does", "[edit e]\n- f($X)\n+ not $X\n", "y = f(a == b)\nz = f(a or b)\n",
     "y = not a == b\nz = not (a or b)\n"},
    {"the right side of a subtraction", "[edit e]\n- f($X, $Y)\n+ $X - $Y\n", "y = f(a - b, c - d)\n",
     "y = a - b - (c - d)\n"},
    {"powers", "[edit e]\n- f($X, $Y)\n+ $X ** $Y\n", "y = f(-a, -b)\nz = f(a ** b, c ** d)\n",
     "y = (-a) ** -b\nz = (a ** b) ** c ** d\n"},
    {"repeated variables must agree", "[edit e]\n- $X - $X\n+ 0 * $X\n",
     "y = a.b - a . b\nz = a - b\nw = f(x)[0] - f( x )[0]\n", "y = 0 * a.b\nz = a - b\nw = 0 * f(x)[0]\n"},
    {"args* takes what is left, verbatim", "[vars]\nA: args*\n[edit e]\n- f($X, $A)\n+ g($X, $A)\n",
     "def g(*a, **k): ...\ny = f(1)\ny = f(1, 2, *r, k=3, **m)\ny = f(\n    1,\n    2,  # two\n    k=3,\n)\n",
     "def g(*a, **k): ...\ny = g(1)\ny = g(1, 2, *r, k=3, **m)\ny = g(1, 2,  # two\n    k=3)\n"},
    {"keyword order does not count, the rest goes along", "[vars]\nA: args*\n[edit e]\n- f($A, k=$K)\n+ g($A, kk=$K)\n",
     "def g(*a, **k): ...\ny = f(k=1, j=2)\ny = f(0, k=1)\ny = f(j=2)\n",
     "def g(*a, **k): ...\ny = g(j=2, kk=1)\ny = g(0, kk=1)\ny = f(j=2)\n"},
    {"quotes and numbers have one spelling", "[edit e]\n- f(\"it's\", 1000, 1.0)\n+ 1\n",
     "y = f('it\\'s', 1_000, 1.)\ny = f(u\"it's\", 0x3E8, 1e0)\ny = f(r\"it's\", 1000, 1.0)\n",
     "y = 1\ny = 1\ny = f(r\"it's\", 1000, 1.0)\n"},
    {"minus infinity", "[edit e]\n- $S.masked_fill($M, float(\"-inf\"))\n+ $S.masked_fill($M, -1e4)\n",
     "import math, torch\nimport numpy as np\ny = s.masked_fill(m, float('-inf'))\ny = s.masked_fill(m, "
     "-float('inf'))\n"
     "y = s.masked_fill(m, -math.inf)\ny = s.masked_fill(m, value=-np.inf)\ny = torch.masked_fill(s, m, -torch.inf)\ny "
     "= s.masked_fill(m, 0.0)\n",
     "import math, torch\nimport numpy as np\ny = s.masked_fill(m, -1e4)\ny = s.masked_fill(m, -1e4)\n"
     "y = s.masked_fill(m, -1e4)\ny = s.masked_fill(m, -1e4)\ny = s.masked_fill(m, -1e4)\ny = s.masked_fill(m, 0.0)\n"},
    {"size and shape", "[edit e]\n- g($X.shape[0])\n+ h\n[imports]\nensure from a import h\n",
     "import b\ny = g(x.size(0)) + g(x.size(dim=0)) + g(x.shape[0])\n", "import b\nfrom a import h\ny = h + h + h\n"},
    {"functions with many names", "[edit e]\n- F.softmax($X, dim=-1)\n+ F.log_softmax($X, dim=-1)\n",
     "from torch import nn\nimport torch.nn.functional as F\ny = nn.functional.softmax(x, -1) + x.softmax(-1) + "
     "F.softmax(dim=-1, input=x)\n",
     "from torch import nn\nimport torch.nn.functional as F\ny = F.log_softmax(x, dim=-1) + F.log_softmax(x, dim=-1) + "
     "F.log_softmax(x, dim=-1)\n"},
    {"operator variables", "[vars]\nO: op in {<, <=}\n[edit e]\n- $A.item() $O $B\n+ $A $O $B\n",
     "y = a.item() < 3\nz = a.item() <= 3\nw = a.item() > 3\n", "y = a < 3\nz = a <= 3\nw = a.item() > 3\n"},
    {"name, int and str variables", "[vars]\nN: name\nI: int\nS: str\n[edit e]\n- f($N, $I, $S)\n+ ($N, $I, $S)\n",
     "y = f(a, -1, 'x')\ny = f(a.b, 1, 'x')\ny = f(a, b, 'x')\n",
     "y = (a, -1, 'x')\ny = f(a.b, 1, 'x')\ny = f(a, b, 'x')\n"},
    {"constraints",
     "[vars]\nX: expr simple; not text ~ ^self\\.\nY: expr not pure\nZ: expr in {a, b.c}\nK: expr kind = "
     "call|subscript\n[edit e]\n- f($X, $Y, $Z, $K)\n+ 1\n",
     "y = f(x.y, g(), a, h[0])\ny = f(self.y, g(), a, h[0])\ny = f(x(), g(), a, h[0])\ny = f(x, g, a, h[0])\ny = f(x, "
     "g(), c, h[0])\ny = f(x, g(), b.c, h)\n",
     "y = 1\ny = f(self.y, g(), a, h[0])\ny = f(x(), g(), a, h[0])\ny = f(x, g, a, h[0])\ny = f(x, g(), c, h[0])\ny = "
     "f(x, g(), b.c, h)\n"},
    {"nested matches are one site", "[edit e]\n- f($X)\n+ g($X)\n[imports]\nensure import g\n",
     "import b\ny = f(f(f(x)) + 1)\n", "import b\nimport g\ny = g(g(g(x)) + 1)\n"},
    {"a multi-line capture outside brackets", "[edit e]\n- f($X)\n+ $X\n", "y = f(\n    a +\n    b\n)\n",
     "y = (a +\n    b)\n"},
    {"a multi-line capture is indented relatively", "[edit e]\n- f($X)\n+ g($X)\n[imports]\nensure import g\n",
     "import b\nif a:\n    y = f(\n        h(\n            1,\n        )\n    )\n",
     "import b\nimport g\nif a:\n    y = g(h(\n        1,\n    ))\n"},
    {"a bare name finds the imported thing", "[edit e]\n- check($X)\n+ $X\n",
     "from a.b import check as c\nfrom a import b\ny = c(1) + b.check(2)\nself.check(3)\n",
     "from a.b import check as c\nfrom a import b\ny = 1 + 2\nself.check(3)\n"},
    {"inside comprehensions, subscripts and defaults", "[edit e]\n- f($X)\n+ $X\n",
     "y = [f(i) for i in x if f(i)]\nz = a[f(1):f(2)]\ndef g(a=f(3)): pass\n",
     "y = [i for i in x if i]\nz = a[1:2]\ndef g(a=3): pass\n"},
    {"slices differ by where the colon is", "[edit e]\n- $X[1:]\n+ $X.tail\n", "y = a[1:] + a[:1] + a[1:2] + a[1]\n",
     "y = a.tail + a[:1] + a[1:2] + a[1]\n"},
    {"f-strings: code inside is code", "[edit e]\n- f($X)\n+ $X\n", "y = f'{f(a)} f(a)'\n", "y = f'{a} f(a)'\n"},
    {"anonymous variables", "[edit e]\n- f($_, $_)\n+ 1\n", "y = f(a, b) + f(a)\n", "y = 1 + f(a)\n"},
};

TEST(Expression, Cases) {
  for (const Case& c : kExpressions) run(c);
}

TEST(Expression, AddsTheImportThatNewCodeNeeds) {
  run({"import", "[edit e]\n- f($X)\n+ torch.abs($X)\n",
       "\"\"\"Doc.\"\"\"\nfrom __future__ import annotations\nimport os\n\ny = f(1)\nz = f(2)\n",
       "\"\"\"Doc.\"\"\"\nfrom __future__ import annotations\nimport os\nimport torch\n\ny = torch.abs(1)\nz = "
       "torch.abs(2)\n"});
  run({"spelled as the file does", "[edit e]\n- f($X)\n+ torch.nn.functional.gelu($X)\n",
       "from torch import nn\ny = f(1)\n", "from torch import nn\ny = nn.functional.gelu(1)\n"});
}

TEST(Expression, AddsTheImportsAndHelpersThatAHelperNeeds) {
  const auto pattern = pattern_of(
      "[edit e]\n- f($X)\n+ first($X)\n[imports]\nensure import math\nensure import json\n"
      "[helper first]\ndef first(x):\n    return second(x, first)\n[helper second]\ndef second(x, again):\n    return "
      "math.floor(x)\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  EXPECT_EQ(applied(*pattern, "y = f(1)\n").text,
            "import math\n\n\ndef first(x):\n    return second(x, first)\n\n\ndef second(x, again):\n    return "
            "math.floor(x)\n\n\ny = first(1)\n");
}

TEST(Expression, ImportsANameThatTheOldCodeSpeltOtherwise) {
  const auto pattern = pattern_of(
      "[imports]\nensure from functools import partial\n[edit e]\n- partial(f, $X)\n+ partial(g, $X)\n[helper g]\n"
      "def g(x):\n    return x\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  const std::string helper = "\n\ndef g(x):\n    return x\n";
  EXPECT_EQ(applied(*pattern, "import functools\n\n\ny = functools.partial(f, 1)\n").text,
            "import functools\nfrom functools import partial\n" + helper + "\n\ny = partial(g, 1)\n");
  EXPECT_EQ(applied(*pattern, "from functools import partial\n\n\ny = partial(f, 1)\n").text,
            "from functools import partial\n" + helper + "\n\ny = partial(g, 1)\n");
}

TEST(Expression, SetsHelpersApartFromWhatIsAroundThem) {
  const auto pattern = pattern_of("[edit e]\n- f($X)\n+ first($X)\n[helper first]\ndef first(x):\n    return x\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  EXPECT_EQ(applied(*pattern, "def g(x):\n    return f(x)\n").text,
            "def first(x):\n    return x\n\n\ndef g(x):\n    return first(x)\n");
  EXPECT_EQ(applied(*pattern, "import a\n\n\ndef g(x):\n    return f(x)\n").text,
            "import a\n\n\ndef first(x):\n    return x\n\n\ndef g(x):\n    return first(x)\n");
}

TEST(Expression, RefusesNewCodeWithUnboundNames) {
  const auto pattern = pattern_of("[edit e]\n- f($X)\n+ missing($X)\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  const Applied got = applied(*pattern, "y = f(1)\n");
  EXPECT_EQ(got.sites, 0U);
  ASSERT_EQ(got.refused.size(), 1U);
  EXPECT_EQ(got.refused[0].reason, "the new code reads 'missing', which is not bound here");
  EXPECT_EQ(applied(*pattern, "from a import missing\ny = f(1)\n").text, "from a import missing\ny = missing(1)\n");
}

TEST(Expression, RefusesAResultThatWouldChangeAgain) {
  const auto pattern = pattern_of("[edit e]\n- f($X)\n+ max(f(0), $X)\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  const Applied got = applied(*pattern, "y = f(a)\n");
  EXPECT_EQ(got.text, "y = f(a)\n");
  ASSERT_EQ(got.refused.size(), 1U);
  EXPECT_EQ(got.refused[0].reason, "a second application would change the new code again");

  // Whoever only wants to know what would be tried need not have that looked at.
  const SourceFile file{"m", "m.py", "y = f(a)\n", "model"};
  const auto tried = propose(*pattern, {}, std::span(&file, 1), {.ignore_frames = true, .examined = false});
  ASSERT_TRUE(tried && *tried);
  EXPECT_EQ((*tried)->edits.edits(), (std::vector<edit::TextEdit>{{"m.py", {4, 8}, "max(f(0), a)"}}));
}

TEST(Expression, RefusesAPositionalArgumentBehindAKeyword) {
  const auto pattern = pattern_of("[vars]\nA: args*\n[edit e]\n- f($X, $A)\n+ h(k=$X, $A)\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  const Applied got = applied(*pattern, "def h(*a, **k): ...\ny = f(1, 2)\nz = f(1, j=2)\n");
  EXPECT_EQ(got.text, "def h(*a, **k): ...\ny = f(1, 2)\nz = h(k=1, j=2)\n");
  ASSERT_EQ(got.refused.size(), 1U);
}

}  // namespace
}  // namespace adapt::patterns
