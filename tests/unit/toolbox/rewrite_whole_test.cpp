#include <gtest/gtest.h>

#include "tests/unit/toolbox/stand_in_bench.h"

namespace adapt::toolbox {
namespace {

struct WholeStep {
  const char* name;
  const char* symbol;
  const char* code;
  const char* before;
  const char* after;
};

TEST(RewriteWhole, ReplacesAFunctionOrClass) {
  const WholeStep steps[] = {
      {"a function", "f", "def f(a):\n    return a\n", "def f():\n    pass\n\n\nx = 1\n",
       "def f(a):\n    return a\n\n\nx = 1\n"},
      {"a method of one of two classes", "B.f", "def f(self):\n    return 2",
       "class A:\n    def f(self):\n        return 1\nclass B:\n    def f(self):\n        return 1\n",
       "class A:\n    def f(self):\n        return 1\nclass B:\n    def f(self):\n        return 2\n"},
      {"decorators stay", "A.f", "def f(self):\n    return 2",
       "class A:\n    @property\n    def f(self):\n        return 1\n",
       "class A:\n    @property\n    def f(self):\n        return 2\n"},
      {"decorators are replaced", "A.f", "@cached\ndef f(self):\n    return 2",
       "class A:\n    @property\n    @x\n    def f(self):\n        return 1\n",
       "class A:\n    @cached\n    def f(self):\n        return 2\n"},
      {"async", "f", "async def f():\n    await h()\n", "async def f():\n    await g()\n",
       "async def f():\n    await h()\n"},
      {"async becomes plain", "f", "def f():\n    g()\n", "async def f():\n    await g()\n", "def f():\n    g()\n"},
      {"nested", "f.<locals>.g", "def g():\n    return 2", "def f():\n    def g():\n        return 1\n    return g\n",
       "def f():\n    def g():\n        return 2\n    return g\n"},
      {"nested, as people write it", "f.g", "def g():\n    return 2",
       "def f():\n    def g():\n        return 1\n    return g\n",
       "def f():\n    def g():\n        return 2\n    return g\n"},
      {"indented as in the file", "A.f", "    def f(self):\n        if a:\n            b()\n",
       "class A:\n    def f(self):\n        pass\n", "class A:\n    def f(self):\n        if a:\n            b()\n"},
      {"indented but for its first line", "A.f", "def f(self):\n        if a:\n            b()\n",
       "class A:\n    def f(self):\n        pass\n", "class A:\n    def f(self):\n        if a:\n            b()\n"},
      {"a class", "A", "class A(B):\n    x = 1\n", "class A:\n    pass\ny = 1\n", "class A(B):\n    x = 1\ny = 1\n"},
      {"one of two definitions", "f#2", "def f():\n    return 3\n",
       "if a:\n    def f():\n        return 1\nelse:\n    def f():\n        return 2\n",
       "if a:\n    def f():\n        return 1\nelse:\n    def f():\n        return 3\n"},
      {"the last, without a line end", "f", "def f(): return 2", "x = 1\ndef f(): return 1",
       "x = 1\ndef f(): return 2"},
      {"a docstring keeps its lines", "A.f", "def f(self):\n    \"\"\"A.\n\n        B.\n    \"\"\"\n    return 2\n",
       "class A:\n    def f(self):\n        return 1\n",
       "class A:\n    def f(self):\n        \"\"\"A.\n\n        B.\n    \"\"\"\n        return 2\n"},
  };
  for (const WholeStep& step : steps) {
    SCOPED_TRACE(step.name);
    Bed bed(step.before);
    const Json asked = {{"symbol", step.symbol}, {"code", step.code}};
    EXPECT_EQ(bed.rewrite(asked), step.after);
    bed.in_place(asked);
  }
}

TEST(RewriteWhole, RefusesWhatIsNotTheFunction) {
  Bed bed("def f():\n    pass\nif a:\n    def g(): pass\nelse:\n    def g(): pass\nclass C: pass\n");
  const std::pair<Json, const char*> cases[] = {
      {{{"symbol", "f"}, {"code", "def g():\n    pass"}}, "code defines 'g' and pkg.m:f is 'f'"},
      {{{"symbol", "f"}, {"code", "import os\ndef f():\n    pass"}}, "must be the whole function and nothing else"},
      {{{"symbol", "f"}, {"code", "return 1"}}, "must be the whole function and nothing else"},
      {{{"symbol", "f"}, {"code", "class f: pass"}}, "must be the whole function and nothing else"},
      {{{"symbol", "C"}, {"code", "def C(): pass"}}, "must be the whole class and nothing else"},
      {{{"symbol", "pkg.m"}, {"code", "x = 1"}}, "pkg.m is a module"},
      {{{"symbol", "g"}, {"code", "def g(): return 1"}}, "  pkg.m:g#1 at line 4\n  pkg.m:g#2 at line 6\n"},
      {{{"symbol", "f"}, {"code", "def f():\n    return (1"}}, "syntax error"},
  };
  for (const auto& [asked, message] : cases) EXPECT_TRUE(says(bed.refused(asked), message)) << dump(asked);
}

TEST(RewriteWhole, NamesOfSeveralModulesAreToldApart) {
  Bed bed({source_of("def f(): pass\n", "a.x", "a/x.py"), source_of("def f(): pass\n", "b.x", "b/x.py")});
  const Json code = {{"code", "def f(): return 1"}};
  const auto asked = [&](const char* symbol) {
    Json out = code;
    out["symbol"] = symbol;
    return out;
  };
  for (const char* vague : {"f", "x:f"})
    EXPECT_TRUE(says(bed.refused(asked(vague)), "  a.x:f at line 1\n  b.x:f at line 1\n"));
  for (const char* sure : {"b.x:f", "b/x.py:f", "b.x.f"}) {
    bed.tools.restore({});
    bed.call("rewrite", asked(sure));
    EXPECT_EQ(bed.tools.draft().overlay, (edit::Sources{{"b.x", "def f(): return 1\n"}})) << sure;
  }
}

}  // namespace
}  // namespace adapt::toolbox
