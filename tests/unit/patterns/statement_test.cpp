#include "tests/unit/patterns/pattern_text.h"

namespace adapt::patterns {
namespace {

const char* const kDelete = "[vars]\nA: args*\n[edit e]\n- check($A)\n";

const Case kStatements[] = {
    {"deletion takes the line", kDelete, "a = 1\ncheck(a, 'x')\nb = 2\n", "a = 1\nb = 2\n"},
    {"deletion of several lines keeps comments", kDelete, "a = 1\ncheck(\n    a,  # one\n    'x',\n)  # two\nb = 2\n",
     "a = 1\n# one\n# two\nb = 2\n"},
    {"a block that becomes empty gets a pass", kDelete, "if a:\n    check(a)\nelse:\n    b()\n",
     "if a:\n    pass\nelse:\n    b()\n"},
    {"only the last of several becomes the pass", kDelete, "if a:\n    check(a)\n    check(b)\nc()\n",
     "if a:\n    pass\nc()\n"},
    {"a one-line block", kDelete, "if a: check(a)\n", "if a: pass\n"},
    {"beside a semicolon", kDelete, "a = 1; check(a); b = 2\n", "a = 1; pass; b = 2\n"},
    {"used as a value it is no statement", kDelete, "y = check(a)\nreturn check(b)\n", nullptr},
    {"without the comments", "[vars]\nA: args*\n[edit e drop-comments]\n- check($A)\n",
     "check(  # one\n    a)  # two\nb\n", "b\n"},
    {"an if that keeps its body", "[edit e]\n- if not $M.any():\n-     $$B\n+ $$B\n",
     "def f():\n    if not mask.any():\n        # why\n        mask = None  # gone\n        if a:\n            b = 1\n "
     "   return mask\n",
     "def f():\n    # why\n    mask = None  # gone\n    if a:\n        b = 1\n    return mask\n"},
    {"an if with an else is another thing", "[edit e]\n- if not $M.any():\n-     $$B\n+ $$B\n",
     "if not mask.any():\n    a = 1\nelse:\n    a = 2\n", nullptr},
    {"branch to where", "[vars]\nX: name\n[edit e]\n- if $C.item():\n-     $X = $V\n+ $X = torch.where($C, $V, $X)\n",
     "import torch\nif flag.any().item():\n    out = a + b\n",
     "import torch\nout = torch.where(flag.any(), a + b, out)\n"},
    {"what stands between stays byte for byte",
     "[edit e]\n- $L = $E.tolist()\n  $$_\n- $S = torch.split($X, $L)\n+ $S = torch.tensor_split($X, $E)\n",
     "import torch\ndef f():\n    n = lens.tolist()\n    a  =  1 # odd\n\n    # comment\n    b = 2\n    parts = "
     "torch.split(x, n)\n",
     "import torch\ndef f():\n    a  =  1 # odd\n\n    # comment\n    b = 2\n    parts = torch.tensor_split(x, "
     "lens)\n"},
    {"insertion behind a statement", "[edit e]\n  $X = start()\n+ $X = $X + 1\n  use($X)\n",
     "a = start()  # s\nuse(a)\n", "a = start()  # s\na = a + 1\nuse(a)\n"},
    {"insertion before a statement", "[edit e]\n+ a = 1\n  $X = start(a)\n@not function contains a = 1\n",
     "def f():\n    # first\n    x = start(a)  # s\n", "def f():\n    # first\n    a = 1\n    x = start(a)  # s\n"},
    {"insertion of a decorator",
     "[vars]\nP: args*\n[edit e]\n+ @torch.no_grad()\n  def forward($P):\n      $$_\n      return $_\n@in class "
     "Frozen\n@not class contains torch.no_grad()\n",
     "import torch\nclass Frozen:\n    def forward(self):\n        a()\n        return 1\nclass Plain:\n    def "
     "forward(self):\n        return 1\n",
     "import torch\nclass Frozen:\n    @torch.no_grad()\n    def forward(self):\n        a()\n        return 1\nclass "
     "Plain:\n    def forward(self):\n        return 1\n"},
    {"removal of a decorator",
     "[vars]\nP: args*\n[edit e]\n- @check_inputs\n  def forward($P):\n      $$_\n      return $_\n",
     "class A:\n    @check_inputs\n    @other\n    def no(self): ...\n\n    @check_inputs\n    def forward(self, x: "
     "int = 1) -> int:\n        \"\"\"Doc.\"\"\"\n        return x\n",
     "class A:\n    @check_inputs\n    @other\n    def no(self): ...\n\n    def forward(self, x: int = 1) -> int:\n    "
     "    \"\"\"Doc.\"\"\"\n        return x\n"},
    {"inside a loop, context kept",
     "[edit e]\n  for $I in $S:\n-     $X[$M] = $V\n+     $X = torch.where($M, $V, $X)\n",
     "import torch\nfor i in   s:\n\n    x[m] = v\n", "import torch\nfor i in   s:\n\n    x = torch.where(m, v, x)\n"},
    {"a whole function body",
     "[vars]\nP: args*\n[edit e]\n- def repeat($P):\n-     $$B\n-     return x.expand($S)\n+ def repeat($P):\n+     "
     "$$B\n+     return x.repeat($S)\n",
     "def repeat(x: T, n: int = 2) -> T:\n    # shape\n    b = 1\n    return x.expand(n)\n",
     "def repeat(x: T, n: int = 2):\n    # shape\n    b = 1\n    return x.repeat(n)\n"},
    {"only the header of a function in context",
     "[vars]\nP: args*\n[edit e]\n  def repeat($P):\n      $$_\n-     return x.expand($S)\n+     return x.repeat($S)\n",
     "def repeat(x: T, n: int = 2) -> T:\n    # shape\n    return x.expand(n)\n",
     "def repeat(x: T, n: int = 2) -> T:\n    # shape\n    return x.repeat(n)\n"},
    {"an augmented assignment", "[edit e]\n- $X[$M] *= $V\n+ $X = $X * $V\n",
     "def f():\n    x[m] *= (a,\n             b)\n", "def f():\n    x = x * (a,\n             b)\n"},
    {"tabs", "[edit e]\n- a($X)\n+ if $X:\n+     b($X)\n", "def b(x): pass\ndef f(x):\n\ta(x)\n",
     "def b(x): pass\ndef f(x):\n\tif x:\n\t    b(x)\n"},
    {"several statements for one share no line", "[edit e]\n- a($X)\n+ b = $X\n+ c = b\n", "x = 1; a(x)\n", nullptr},
    {"multi-line strings keep their bytes", "[edit e]\n- if True:\n-     $$B\n+ $$B\n",
     "if True:\n    a = '''x\n    y\n  z'''\n    b = 1\n", "a = '''x\n    y\n  z'''\nb = 1\n"},
    {"imports",
     "[vars]\nN: name\n[edit e]\n- from flash_attn import $N\n+ try:\n+     from flash_attn import $N\n+ except "
     "ImportError:\n+     $N = None\n@not in try\n",
     "from flash_attn import fast\nx = 1\n",
     "try:\n    from flash_attn import fast\nexcept ImportError:\n    fast = None\nx = 1\n"},
    {"fresh names are renamed where they clash", "[edit e]\n- $O = f($X)\n+ re = $X.real\n+ $O = re + re\n@fresh re\n",
     "def g(x, re):\n    y = f(x)\n    return y\n",
     "def g(x, re):\n    re_1 = x.real\n    y = re_1 + re_1\n    return y\n"},
    {"scope: def and class", "[edit e]\n- f($X)\n+ $X\n@in def forward|run.*\n@not in class Skip\n",
     "class A:\n    def forward(self): return f(1)\n    def other(self): return f(1)\nclass Skip:\n    def "
     "forward(self): return f(1)\n",
     "class A:\n    def forward(self): return 1\n    def other(self): return f(1)\nclass Skip:\n    def forward(self): "
     "return f(1)\n"},
    {"scope: loops and contents",
     "[edit e]\n- f($X)\n+ $X\n@not in loop\n@not contains bad($_)\n@function contains good($X)\n",
     "def a():\n    good(1)\n    f(1)\n    f(2)\n    for i in x: f(1)\ndef b():\n    f(1)\ndef c():\n    "
     "good(bad(1))\n    f(bad(1))\n",
     "def a():\n    good(1)\n    1\n    f(2)\n    for i in x: f(1)\ndef b():\n    f(1)\ndef c():\n    good(bad(1))\n   "
     " f(bad(1))\n"},
    {"scope: used after", "[vars]\nX: name\n[edit e]\n- $X = f()\n@not used-after X\n",
     "def a():\n    x = f()\n    y = f()\n    return x\n", "def a():\n    x = f()\n    return x\n"},
    {"scope: module", "[edit e]\n- f($X)\n+ $X\n@in module package\\..*\n", "y = f(1)\n", "y = 1\n"},
    {"scope: another module", "[edit e]\n- f($X)\n+ $X\n@in module other\\..*\n", "y = f(1)\n", nullptr},
};

TEST(Statement, Cases) {
  for (const Case& c : kStatements) run(c);
}

TEST(Statement, EachSiteMayBeAppliedAlone) {
  const auto pattern = pattern_of(kDelete);
  ASSERT_TRUE(pattern) << pattern.error().message;
  const std::string source = "if a:\n    check(1)\n    check(2)\n";
  const SourceFile file{"m", "m.py", source, "model"};
  const auto proposal = propose(*pattern, {}, std::span(&file, 1), {.ignore_frames = true});
  ASSERT_TRUE(proposal && *proposal);
  ASSERT_EQ((*proposal)->sites.size(), 2U);
  const auto first = edit::apply((*proposal)->sites[0].edits, {{"m.py", source}});
  const auto second = edit::apply((*proposal)->sites[1].edits, {{"m.py", source}});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->at("m.py"), "if a:\n    check(2)\n");
  EXPECT_EQ(second->at("m.py"), "if a:\n    check(1)\n    pass\n");
  EXPECT_EQ((*proposal)->sites[1].line, 3U);
}

}  // namespace
}  // namespace adapt::patterns
