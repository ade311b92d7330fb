#include "patterns/computed.h"

#include "tests/unit/patterns/pattern_text.h"

namespace adapt::patterns {
namespace {

const char* const kFormat =
    "[vars]\nT: str\nA: args*\nF: str = format-fstring($T, $A)\n[edit e]\n- $T.format($A)\n+ $F\n";
const char* const kPercent = "[vars]\nT: str\nF: str = percent-fstring($T, $V)\n[edit e]\n- $T % $V\n+ $F\n";
const char* const kInPlace =
    "[vars]\nX: expr simple\nF: name text ~ [a-z]_$\nG: name = drop-suffix($F, _)\nA: args*\n"
    "[edit e]\n- $X.$F($A)\n+ $X = $X.$G($A)\n";

const char* const kDevice =
    "[vars]\nA: args*\nT: expr = tensor-at-hand()\n[edit e]\n- torch.arange($A)\n"
    "+ torch.arange($A, device=$T.device)\n";

const Case kComputed[] = {
    {"the tensor whose sizes are asked for", kDevice,
     "import torch\ndef f(y, x):\n    n = x.shape[1]\n    return y.sum() + torch.arange(n)\n",
     "import torch\ndef f(y, x):\n    n = x.shape[1]\n    return y.sum() + torch.arange(n, device=x.device)\n"},
    {"the tensor that the value meets", kDevice,
     "import torch\ndef f(n, y, x):\n    z = x.exp()\n    return torch.arange(n) < z[:, None]\n",
     "import torch\ndef f(n, y, x):\n    z = x.exp()\n    return torch.arange(n, device=z.device) < z[:, None]\n"},
    {"a parameter that is used as a tensor", kDevice,
     "import torch\ndef f(n, name, x):\n    print(name)\n    a = torch.arange(n)\n    return x.softmax(-1)\n",
     "import torch\ndef f(n, name, x):\n    print(name)\n    a = torch.arange(n, device=x.device)\n"
     "    return x.softmax(-1)\n"},
    {"a buffer", kDevice,
     "import torch\nclass A:\n    def __init__(self):\n        self.register_buffer('w', torch.ones(3))\n"
     "        self.n = torch.arange(3)\n    def forward(self, n):\n        return torch.outer(torch.arange(n), "
     "self.w)\n",
     "import torch\nclass A:\n    def __init__(self):\n        self.register_buffer('w', torch.ones(3))\n"
     "        self.n = torch.arange(3)\n    def forward(self, n):\n"
     "        return torch.outer(torch.arange(n, device=self.w.device), self.w)\n"},
    {"no tensor at hand", kDevice, "import torch\ndef f(n, rows):\n    return torch.arange(len(rows) + n)\n", nullptr},
    {"a device that is given already", kDevice,
     "import torch\ndef f(x):\n    return torch.arange(x.shape[0], device=x.device)\n", nullptr},
    {"values go into the string", kFormat, "a = '{} of {:.2f}'.format(x, y.z[0])\n", "a = f'{x} of {y.z[0]:.2f}'\n"},
    {"by number and by name", kFormat, "a = '{1} {0} {n!r}'.format(x, y, n=z)\n", "a = f'{y} {x} {z!r}'\n"},
    {"braces that are meant", kFormat, "a = '{{}} {}'.format(x)\n", "a = f'{{}} {x}'\n"},
    {"the other quotes inside", kFormat, "a = \"{}\".format(\", \".join(b))\n", "a = f\"{', '.join(b)}\"\n"},
    {"a dictionary does not double the braces", kFormat, "a = '{}'.format({1: 2})\n", "a = f'{ {1: 2} }'\n"},
    {"a lambda in parentheses", kFormat, "a = '{}'.format(lambda: 1)\n", "a = f'{(lambda: 1)}'\n"},
    {"too few values", kFormat, "a = '{} {}'.format(x)\n", nullptr},
    {"a value that is not used", kFormat, "a = '{}'.format(x, f())\n", nullptr},
    {"a call is not made twice", kFormat, "a = '{0} {0}'.format(f())\n", nullptr},
    {"values that are unpacked", kFormat, "a = '{}'.format(*x)\n", nullptr},
    {"formats that look into values", kFormat, "a = '{0.x} {1[0]}'.format(x, y)\n", nullptr},
    {"formats within formats", kFormat, "a = '{:{}}'.format(x, 3)\n", nullptr},
    {"both quotes taken", kFormat, "a = '{}'.format(\"'\" + '\"')\n", nullptr},
    {"a backslash in a value", kFormat, "a = '{}'.format('\\n'.join(x))\n", nullptr},
    {"a field that is not closed", kFormat, "a = '{'.format(x)\n", nullptr},
    {"bytes", kFormat, "a = b'{}'.format(x)\n", nullptr},
    {"conversions", kPercent, "a = '%s %d %r %.3f %5.1e' % (x, y, z, u, v)\n",
     "a = f'{x} {y} {z!r} {u:.3f} {v:5.1e}'\n"},
    {"alignment", kPercent, "a = '%5s|%-5s|%03d' % (x, y, z)\n", "a = f'{x!s:>5}|{y!s:<5}|{int(z):03d}'\n"},
    {"percent signs and braces", kPercent, "a = '{%d%%}' % x\n", "a = f'{{{x}%}}'\n"},
    {"one value", kPercent, "a = '%s' % x.y\n", "a = f'{x.y}'\n"},
    {"a number modulo", kPercent, "a = 7 % x\n", nullptr},
    {"a count from the values", kPercent, "a = '%*d' % (x, y)\n", nullptr},
    {"by key", kPercent, "a = '%(x)s' % y\n", nullptr},
    {"other counts", kPercent, "a = '%s %s' % (x,)\nb = '%s' % (x, y)\n", nullptr},
    {"nothing to fill in", kPercent, "a = 'x' % ()\n", nullptr},
    {"words lose their ending", kInPlace, "def f(x):\n    x.clamp_(min=0)\n", "def f(x):\n    x = x.clamp(min=0)\n"},
    {"words without it stay", kInPlace, "def f(x):\n    x.clamp(min=0)\n", nullptr},
    {"a site inside what another edit pastes",
     "[edit a]\n- np.clip($A, $B, $C)\n+ torch.clamp($A, $B, $C)\n[edit b]\n- np.floor($A)\n+ torch.floor($A)\n",
     "import numpy as np\nimport torch\na = np.clip(np.floor(np.clip(x, 0, y)), 0, z)\n",
     "import numpy as np\nimport torch\na = torch.clamp(torch.floor(torch.clamp(x, 0, y)), 0, z)\n"},
    {"the first edit keeps its place", "[edit a]\n- $X.f(0)\n+ $X.g()\n[edit b]\n- $X.f($Y)\n+ $X.h($Y)\n",
     "a = x.f(0)\nb = x.f(1)\n", "a = x.g()\nb = x.h(1)\n"},
    {"dotted names by their last word", "[vars]\nF: name in {sin, cos}\n[edit e]\n- np.$F($X)\n+ torch.$F($X)\n",
     "import numpy\nimport torch as t\na = numpy.sin(x)\nb = numpy.tan(x)\n",
     "import numpy\nimport torch as t\na = t.sin(x)\nb = numpy.tan(x)\n"},
    {"a value that a call made", "[vars]\nL: expr made-by {getLogger}\n[edit e]\n- $L.warn\n+ $L.warning\n",
     "import warnings\nfrom logging import getLogger\nlog = getLogger('x')\nlog.warn(1)\nwarnings.warn(2)\n"
     "def f(out):\n    out.warn(3)\n    own = getLogger('y')\n    own.warn(4)\n",
     "import warnings\nfrom logging import getLogger\nlog = getLogger('x')\nlog.warning(1)\nwarnings.warn(2)\n"
     "def f(out):\n    out.warn(3)\n    own = getLogger('y')\n    own.warning(4)\n"},
    {"a value that any method made", "[vars]\nL: expr made-by {getLogger}\n[edit e]\n- $L.warn\n+ $L.warning\n",
     "import logging\nclass A:\n    def __init__(self, ui):\n        self.log, self.ui = 1, ui\n"
     "        self.out = logging.getLogger('x')\n    def f(self):\n        self.out.warn(1)\n        self.ui.warn(2)\n",
     "import logging\nclass A:\n    def __init__(self, ui):\n        self.log, self.ui = 1, ui\n"
     "        self.out = logging.getLogger('x')\n    def f(self):\n        self.out.warning(1)\n        "
     "self.ui.warn(2)\n"},
    {"a value that a call takes next",
     "[vars]\nY: expr read-by {view}\n[edit e]\n- $Y = $X.t()\n+ $Y = $X.t().clone()\n",
     "def f(x):\n    a = x.t()\n    b = x.t()\n    c = x.t()\n    d = x.t()\n    g(d, a.view(-1))\n    b = b.sum()\n"
     "    c = torch.view(c, 1)\n    b.view(-1)\n    x.a = d.view\n",
     "def f(x):\n    a = x.t().clone()\n    b = x.t()\n    c = x.t().clone()\n    d = x.t()\n    g(d, a.view(-1))\n"
     "    b = b.sum()\n    c = torch.view(c, 1)\n    b.view(-1)\n    x.a = d.view\n"},
    {"code that forward leads to", "[edit e]\n- np.exp($X)\n+ torch.exp($X)\n@in traced\n",
     "import numpy as np\nimport torch\ndef g(x):\n    return np.exp(x)\ndef h(x):\n    return np.exp(x)\n"
     "class A:\n    def __init__(self):\n        self.x = h(np.exp(1))\n    def k(self, x):\n"
     "        return [g(v) for v in x]\n    def forward(self, x):\n        self.hook = lambda v: np.exp(v)\n"
     "        return self.k(x)\n",
     "import numpy as np\nimport torch\ndef g(x):\n    return torch.exp(x)\ndef h(x):\n    return np.exp(x)\n"
     "class A:\n    def __init__(self):\n        self.x = h(np.exp(1))\n    def k(self, x):\n"
     "        return [g(v) for v in x]\n    def forward(self, x):\n        self.hook = lambda v: torch.exp(v)\n"
     "        return self.k(x)\n"},
    {"functions that call each other end somewhere", "[edit e]\n- np.exp($X)\n+ torch.exp($X)\n@in traced\n",
     "import numpy as np\nimport torch\ndef f(x):\n    return g(x)\ndef g(x):\n    return f(np.exp(x))\n", nullptr},
    {"code of the host", "[edit e]\n- np.exp($X)\n+ torch.exp($X)\n@not in traced\n",
     "import numpy as np\nimport torch\ny = np.exp(1)\ndef forward(x):\n    return np.exp(x)\n",
     "import numpy as np\nimport torch\ny = torch.exp(1)\ndef forward(x):\n    return np.exp(x)\n"},
    {"numbers of a size", "[vars]\nN: expr number <= -1e4\n[edit e]\n- $X.masked_fill($M, $N)\n+ $X.fill($M)\n",
     "a = x.masked_fill(m, -1e9)\na = x.masked_fill(m, float('-inf'))\na = x.masked_fill(m, -10_000)\n"
     "a = x.masked_fill(m, -1)\na = x.masked_fill(m, low)\n",
     "a = x.fill(m)\na = x.fill(m)\na = x.fill(m)\na = x.masked_fill(m, -1)\na = x.masked_fill(m, low)\n"},
};

TEST(Computed, CodeFollowsFromWhatVariablesStandFor) {
  for (const Case& c : kComputed) run(c);
}

TEST(Computed, ComplaintsSayWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"F: name = drop-sufix($X, _)", "unknown function 'drop-sufix'; did you mean 'drop-suffix'?"},
      {"F: name = drop-suffix($X)", "drop-suffix takes 2 arguments, got 1"},
      {"F: expr = tensor-at-hand($X)", "tensor-at-hand takes 0 arguments, got 1"},
      {"F: name = drop-suffix(X, _)", "expected a metavariable such as '$NAME', got 'X'"},
      {"F: name = drop-suffix($X, a b)", "drop-suffix takes letters, digits and '_', got 'a b'"},
      {"F: name = drop-suffix", "expected 'FUNCTION($VARIABLE, ...)'"},
      {"F: name = drop-suffix($Q, _)", "$F is used in the new code but nothing in the old code binds it"},
      {"X: expr number < 3", "write 'number <= -1e4' or 'number >= 0.5'"},
      {"X: expr number <= many", "'many' is not a number"},
  };
  for (const auto& [declaration, complaint] : cases) {
    const auto pattern = pattern_of(std::string("[vars]\n") + declaration + "\n[edit e]\n- $X.run($Y)\n+ $X.$F($Y)\n");
    ASSERT_FALSE(pattern) << declaration;
    EXPECT_NE(pattern.error().message.find(complaint), std::string::npos) << pattern.error().message;
  }
  const auto old = pattern_of("[vars]\nF: name = add-suffix($X, _)\n[edit e]\n- $X.$F()\n+ $X.run()\n");
  ASSERT_FALSE(old);
  EXPECT_NE(old.error().message.find("$F is computed, so it cannot stand in the old code"), std::string::npos);
}

}  // namespace
}  // namespace adapt::patterns
