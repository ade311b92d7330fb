#include "tools/pyast/names.h"

#include <gtest/gtest.h>

#include "tests/unit/pyast/outline.h"

namespace adapt::pyast {
namespace {

// `source` asks about each call of `ask(...)` in it: what its only argument denotes, "" for nothing.
std::vector<std::string> answers(const std::string& source, bool is_package = false) {
  const auto document = parsed(source);
  EXPECT_EQ(document->error_count(), 0U) << source;
  const NameTable names(*document, "pkg.sub.mod", is_package);
  std::vector<std::string> out;
  for (const Node call : document->nodes_of_kind("call")) {
    if (call.child_by_field("function").text() != "ask") continue;
    out.push_back(names.resolve(call.child_by_field("arguments").named_children().at(0)).value_or(""));
  }
  return out;
}

using Answers = std::vector<std::string>;

struct ResolveCase {
  const char* name;
  const char* source;
  Answers expected;
};
const ResolveCase kResolveCases[] = {
    {"plain import", "import torch\nask(torch.nn.functional.softmax)", {"torch.nn.functional.softmax"}},
    {"dotted import binds its head", "import a.b.c\nask(a.x)\nask(a.b.c.d)\nask(b)", {"a.x", "a.b.c.d", ""}},
    {"renamed import", "import torch.nn.functional as F\nask(F.softmax)", {"torch.nn.functional.softmax"}},
    {"from import", "from torch.nn import functional\nask(functional.gelu)", {"torch.nn.functional.gelu"}},
    {"from import, renamed",
     "from torch import (nn as N, Tensor,)\nask(N.Linear)\nask(Tensor)",
     {"torch.nn.Linear", "torch.Tensor"}},
    {"relative, one dot", "from .a import x\nask(x.y)", {"pkg.sub.a.x.y"}},
    {"relative, bare dot", "from . import a\nask(a)", {"pkg.sub.a"}},
    {"relative, two dots", "from ..a.b import x as z\nask(z)", {"pkg.a.b.x"}},
    {"relative, three dots reach no package", "from ... import a\nask(a)", {""}},
    {"relative, far too many dots", "from ......a import x\nask(x)", {""}},
    {"star import binds nothing known",
     "from torch import *\nimport numpy as np\nask(zeros)\nask(np.abs)",
     {"", "numpy.abs"}},
    {"parenthesised chain", "import a\nask((a.b).c)", {"a.b.c"}},
    {"chain over lines", "import a\nask(a\n  .b\n  .c)", {"a.b.c"}},
    {"call in the chain", "import a\nask(a.b().c)", {""}},
    {"subscript in the chain", "import a\nask(a[0].c)", {""}},
    {"unknown head", "ask(x.y)", {""}},
    {"builtins are not resolved", "ask(len)", {""}},
    {"self is a local", "import torch\nclass A:\n  def f(self):\n    ask(self.torch)", {""}},
    {"module definitions",
     "def f(): pass\nclass C: pass\nX = 1\nask(f)\nask(C.g)\nask(X)",
     {"pkg.sub.mod.f", "pkg.sub.mod.C.g", "pkg.sub.mod.X"}},
    {"seen from a function", "import a\ndef f():\n  ask(a.b)\n  def g():\n    ask(a.c)", {"a.b", "a.c"}},
    {"parameter shadows", "import a\ndef f(a):\n  ask(a.b)\nask(a.b)", {"", "a.b"}},
    {"star parameters shadow", "import a, b\ndef f(*a, **b):\n  ask(a.x)\n  ask(b.x)", {"", ""}},
    {"typed and default parameters shadow", "import a, b\ndef f(a: int, b: int = 2):\n  ask(a)\n  ask(b)", {"", ""}},
    {"defaults are read outside", "import a\ndef f(a=ask(a.b)):\n  pass", {"a.b"}},
    {"lambda parameter shadows", "import a\ng = lambda a: ask(a.b)\nh = lambda x: ask(a.b)", {"", "a.b"}},
    {"local assignment shadows in all of its function", "import a\ndef f():\n  ask(a)\n  a = 1\nask(a)", {"", "a"}},
    {"module assignment shadows", "import a as F\nF = g()\nask(F.x)", {""}},
    {"loop target", "import a\ndef f():\n  for i, (a, *j) in z:\n    ask(a)", {""}},
    {"with target", "import a\ndef f():\n  with o() as a:\n    ask(a)", {""}},
    {"except target", "import a\ndef f():\n  try: pass\n  except E as a:\n    ask(a)", {""}},
    {"walrus", "import a\ndef f():\n  if (a := 1): ask(a)", {""}},
    {"walrus in a comprehension binds outside", "import a\ndef f():\n  [a := i for i in x]\n  ask(a)", {""}},
    {"augmented assignment", "import a\ndef f():\n  a += 1\n  ask(a)", {""}},
    {"annotation without a value", "import a\ndef f():\n  a: int\n  ask(a)", {""}},
    {"deleted", "import a\ndef f():\n  del a\n  ask(a)", {""}},
    {"match captures",
     "import a, b, c\ndef f(v):\n  match v:\n    case [a, *b]: pass\n    case {'k': 1, **c}: ask(a)\n  ask(b)\n  "
     "ask(c)",
     {"", "", ""}},
    {"match values are read",
     "import a\ndef f(v):\n  match v:\n    case a.b: ask(a.b)\n    case a.C(x=y): ask(y)",
     {"a.b", ""}},
    {"comprehension target", "import a\n[ask(a) for a in z]\nask(a)", {"", "a"}},
    {"first iterable is read outside", "import a\n[x for a in ask(a.b)]", {"a.b"}},
    {"second iterable is read inside", "import a\n[x for a in z for y in ask(a.b)]", {""}},
    {"attribute assignment binds nothing", "import a\na.b = 1\nask(a.b)", {"a.b"}},
    {"keyword argument binds nothing", "import a\nf(a=1)\nask(a.b)", {"a.b"}},
    {"class scope is not seen in methods",
     "class C:\n  import a\n  ask(a.b)\n  def f(self):\n    ask(a.b)",
     {"a.b", ""}},
    {"class scope is not seen in its comprehensions",
     "import a\nclass C:\n  a = 1\n  x = [ask(a.b) for i in y]",
     {"a.b"}},
    {"class attribute does not shadow in methods",
     "import a\nclass C:\n  a = 1\n  def f(self):\n    ask(a.b)",
     {"a.b"}},
    {"class bases are read outside", "import a\nclass C(ask(a.B)):\n  a = 1", {"a.B"}},
    {"import in a function",
     "def f():\n  import a as b\n  ask(b.c)\n  def g():\n    ask(b.c)\nask(b.c)",
     {"a.c", "a.c", ""}},
    {"global assignment counts for the module", "import a\ndef f():\n  global a\n  a = 1\nask(a)", {""}},
    {"global import", "def f():\n  global a\n  import a\nask(a.b)", {"a.b"}},
    {"global skips the enclosing function",
     "import a\ndef f():\n  a = 1\n  def g():\n    global a\n    ask(a.b)",
     {"a.b"}},
    {"nonlocal", "def f():\n  import a\n  def g():\n    nonlocal a\n    a = 1\n  ask(a)", {""}},
    {"conditional import", "if x:\n  import a\nask(a.b)", {"a.b"}},
    {"import in try, None in except", "try:\n  import a\nexcept ImportError:\n  a = None\nask(a.b)", {"a.b"}},
    {"None before", "a = None\nif x:\n  import a\nask(a.b)", {"a.b"}},
    {"fallback function", "if x:\n  from m import f\nelse:\n  def f(): pass\nask(f)", {"m.f"}},
    {"two sources: the first is preferred",
     "try:\n  from a import f\nexcept ImportError:\n  from b import f\nask(f)",
     {"a.f"}},
    {"assigned after the try", "try:\n  import a\nexcept ImportError:\n  pass\na = wrap(a)\nask(a)", {""}},
    {"assigned in the else of a try",
     "try:\n  import a\nexcept ImportError:\n  pass\nelse:\n  a = wrap(a)\nask(a)",
     {""}},
    {"rebound in the same branch", "if x:\n  import a\n  a = wrap(a)\nask(a)", {""}},
    {"two different imports", "from a import f\nfrom b import f\nask(f)", {""}},
    {"the same import twice", "import a\nimport a.b\nask(a.b)", {"a.b"}},
    {"future import", "from __future__ import annotations\nask(annotations)", {"__future__.annotations"}},
    {"type parameter", "import T\ndef f[T](x):\n  ask(T)", {""}},
    {"annotation",
     "import torch\ndef f(x: ask(torch.Tensor)) -> ask(torch.Size): pass",
     {"torch.Tensor", "torch.Size"}},
    {"decorator", "import torch\n@ask(torch.no_grad)\ndef torch_(): pass", {"torch.no_grad"}},
    {"CRLF", "import a\r\ndef f():\r\n  ask(a.b)\r\n", {"a.b"}},
    {"f-string", "import a\nx = f'{ask(a.b)!r}'", {"a.b"}},
};

TEST(NameTable, ResolvesWhereTheNameStands) {
  for (const ResolveCase& c : kResolveCases) EXPECT_EQ(answers(c.source), c.expected) << c.name;
}

TEST(NameTable, RelativeImportsOfAPackageStartAtThePackage) {
  EXPECT_EQ(answers("from . import a\nask(a)", true), Answers{"pkg.sub.mod.a"});
  EXPECT_EQ(answers("from .. import a\nask(a)", true), Answers{"pkg.sub.a"});
}

TEST(NameTable, ALabelDenotesNothing) {
  const auto document = parsed("import a\na.a(a=1)\n");
  const NameTable names(*document, "m");
  const Node attribute = document->nodes_of_kind("attribute").at(0);
  EXPECT_EQ(names.resolve(attribute), "a.a");
  EXPECT_EQ(names.resolve(attribute.child_by_field("attribute")), std::nullopt);
  EXPECT_EQ(names.resolve(document->nodes_of_kind("keyword_argument").at(0).child_by_field("name")), std::nullopt);
  EXPECT_EQ(names.resolve(Node()), std::nullopt);
}

TEST(NameTable, ListsModuleImports) {
  const auto document = parsed("import torch.nn.functional as F\nfrom . import x\nimport y\ny = 2\n");
  const NameTable names(*document, "pkg.mod");
  EXPECT_EQ(names.imports(), (std::map<std::string, std::string>{{"F", "torch.nn.functional"}, {"x", "pkg.x"}}));
}

TEST(NameTable, SpellsADottedNameTheShortWay) {
  const auto document = parsed(
      "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
      "def f(F):\n  here = 1\ndef g():\n  from torch.nn.functional import softmax\n  there = 1\n");
  const NameTable names(*document, "m");
  const Node top = document->root();
  const Node in_f = node_with_text(*document, "identifier", "here");
  const Node in_g = node_with_text(*document, "identifier", "there");
  EXPECT_EQ(names.spelling("torch.nn.functional.softmax", top), "F.softmax");
  EXPECT_EQ(names.spelling("torch.nn.functional.softmax", in_f), "nn.functional.softmax");
  EXPECT_EQ(names.spelling("torch.nn.functional.softmax", in_g), "softmax");
  EXPECT_EQ(names.spelling("torch.nn.functional", top), "F");
  EXPECT_EQ(names.spelling("torch.zeros", top), "torch.zeros");
  EXPECT_EQ(names.spelling("torchvision.ops", top), std::nullopt);
  EXPECT_EQ(names.spelling("m.g", in_f), "g");
}

struct FreeCase {
  const char* source;
  std::set<std::string> expected;
};
const FreeCase kFreeCases[] = {
    {"a + b.c(d, k=e)", {"a", "b", "d", "e"}},
    {"lambda x, y=z: x + y + w", {"z", "w"}},
    {"[x * s for x in xs if x > t]", {"s", "xs", "t"}},
    {"{k: v for k, v in d.items()}", {"d"}},
    {"[y for x in xs for y in x]", {"xs"}},
    {"(n := f(x)) + n", {"f", "x"}},
    {"x = y\nz = x", {"y"}},
    {"x += y", {"x", "y"}},
    {"def f(a, b=c):\n  return a + g", {"c", "g"}},
    {"for i in xs:\n  print(i, j)", {"xs", "print", "j"}},
    {"f'{a:{w}} {b!r}'", {"a", "w", "b"}},
    {"import a\na.b(c)", {"c"}},
    {"x[i].y = z", {"x", "i", "z"}},
    {"class C(B):\n  k = v\n  def m(self):\n    return k", {"B", "v", "k"}},
    {"def f[T](x: T) -> U: pass", {"U"}},
    {"'a' 'b'", {}},
};

TEST(NameTable, FreeNamesAreReadAndNotBound) {
  for (const FreeCase& c : kFreeCases)
    EXPECT_EQ(NameTable::free_names(parsed(c.source)->root()), c.expected) << c.source;
}

TEST(NameTable, FreeNamesOfAPartLookAtThatPartOnly) {
  const auto document = parsed("x = 1\ny = x + z\n");
  EXPECT_EQ(NameTable::free_names(document->nodes_of_kind("binary_operator").at(0)), (std::set<std::string>{"x", "z"}));
}

TEST(NameTable, KnowsWhatIsBound) {
  const auto document = parsed("import a\ndef f(p):\n  q = 1\n  def g():\n    here\n");
  const NameTable names(*document, "m");
  const Node here = node_with_text(*document, "identifier", "here");
  for (const char* bound : {"a", "f", "p", "q", "g", "len", "True", "__name__"})
    EXPECT_TRUE(names.is_bound(bound, here)) << bound;
  for (const char* unbound : {"here", "b", "torch"}) EXPECT_FALSE(names.is_bound(unbound, here)) << unbound;
  EXPECT_FALSE(names.is_bound("p", document->root()));
}

TEST(NameTable, QualifiedNamesAreThoseOfPython) {
  const auto document = parsed(
      "top1\nclass A:\n  attr\n  def m(self):\n    in_m\n    def inner():\n      in_inner\n    class B:\n      def "
      "k(self):\n"
      "        in_k\n@deco\ndef f():\n  return [in_f for x in y]\n");
  const auto qualname = [&](const char* text) {
    return NameTable::enclosing_qualname(node_with_text(*document, "identifier", text));
  };
  EXPECT_EQ(qualname("top1"), "");
  EXPECT_EQ(qualname("attr"), "");
  EXPECT_EQ(qualname("in_m"), "A.m");
  EXPECT_EQ(qualname("in_inner"), "A.m.<locals>.inner");
  EXPECT_EQ(qualname("in_k"), "A.m.<locals>.B.k");
  EXPECT_EQ(qualname("in_f"), "f");
  EXPECT_EQ(qualname("deco"), "f");
  EXPECT_EQ(NameTable::enclosing_qualname(document->nodes_of_kind("decorated_definition").at(0)), "f");
}

struct InsertionCase {
  const char* name;
  const char* source;  // "^" marks the place
};
const InsertionCase kInsertionCases[] = {
    {"empty file", "^"},
    {"no imports", "^x = 1\n"},
    {"comments that open the file", "#!/usr/bin/env python\n# licence\n^\nx = 1\n"},
    {"byte order mark", "\xef\xbb\xbf# licence\n^x = 1\n"},
    {"docstring", "\"\"\"Doc.\n\nmore\n\"\"\"\n^x = 1\n"},
    {"future import", "'doc'\nfrom __future__ import annotations\n^x = 1\n"},
    {"after the last import", "import a\n\nfrom b import (\n    c,\n    d,\n)\n^\nx = 1\n"},
    {"conditional import between",
     "import a\ntry:\n  import b\nexcept ImportError:\n  b = None\nimport c  # late\n^def f(): pass\n"},
    {"import below the definitions", "import a\n^class C: pass\nimport b\n"},
    {"statement on the same line", "import a; x = (\n  1,\n)\n^y = 2\n"},
    {"CRLF", "import a\r\n^x = 1\r\n"},
    {"no final newline", "import a^"},
};

TEST(NameTable, FindsThePlaceForAnImport) {
  for (const InsertionCase& c : kInsertionCases) {
    std::string source = c.source;
    const std::size_t mark = source.find('^');
    source.erase(mark, 1);
    const auto document = parsed(source);
    EXPECT_EQ(NameTable(*document, "m").import_insertion_point(), mark) << c.name;
  }
}

TEST(NameTable, BrokenSourcesAreHarmless) {
  for (const char* source :
       {"import", "from . import", "import a as", "from import x", "def f(", "class", "lambda", "global", "[x for",
        "match x:\n case", "with a as", "import a.", "from .a.", "type X", "del", "def f[", "\xff\xfe"}) {
    const auto document = parsed(source);
    ASSERT_TRUE(document);
    const NameTable names(*document, "m");
    for (std::uint32_t i = 0; i < document->node_count(); ++i) {
      const Node node = document->at(i);
      names.resolve(node);
      names.spelling("a.b", node);
      NameTable::free_names(node);
      NameTable::enclosing_qualname(node);
      names.is_bound("x", node);
    }
    EXPECT_LE(names.import_insertion_point(), document->source().size());
  }
}

}  // namespace
}  // namespace adapt::pyast
