#include "patterns/settled.h"

#include "tests/unit/patterns/pattern_text.h"

namespace adapt::patterns {
namespace {

TEST(Settled, CodeThatAnEditHasMadeIsNoPlaceForIt) {
  run({"wrapped call", "[edit a]\n- $X.squeeze(-1)\n+ $X.squeeze(-1).contiguous()\n",
       "a = x.squeeze(-1)\nb = y.squeeze(-1).contiguous()\n",
       "a = x.squeeze(-1).contiguous()\nb = y.squeeze(-1).contiguous()\n"});
  run({"inserted statement", "[edit a]\n  $H = $X.permute($$A)\n+ $H = $H.contiguous()\n[vars]\nA: args*\n",
       "def f(x, y):\n    h = x.permute(1, 0)\n    g = y.permute(1, 0)\n    g = g.contiguous()\n",
       "def f(x, y):\n    h = x.permute(1, 0)\n    h = h.contiguous()\n    g = y.permute(1, 0)\n    g = "
       "g.contiguous()\n"});
}

TEST(Settled, AnArgumentThatIsCastAlreadyIsNotCastAgain) {
  run({"cast", "[edit a]\n- torch.cumsum($X, $D)\n+ torch.cumsum($X.long(), $D)\n",
       "import torch\na = torch.cumsum(x, 0)\nb = torch.cumsum(y.long(), 0)\n",
       "import torch\na = torch.cumsum(x.long(), 0)\nb = torch.cumsum(y.long(), 0)\n"});
}

TEST(Settled, AnotherValueInTheNewCodeIsAnotherPlace) {
  run({"inner call of another", "[edit a]\n- abs($X)\n+ float(abs($X))\n", "a = float(abs(abs(1)))\n",
       "a = float(abs(float(abs(1))))\n"});
}

}  // namespace
}  // namespace adapt::patterns
