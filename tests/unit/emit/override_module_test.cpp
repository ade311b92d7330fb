#include "agent/emit/override_module.h"

#include "agent/emit/python_literal.h"
#include "tests/unit/emit/scratch_python.h"
#include "tools/base/text.h"

namespace adapt::emit {
namespace {

constexpr const char* kBefore = "def g():\n    return 1\n\ndef h():\n    return 1\n";
constexpr const char* kAfter = "import math\n\ndef g():\n    return 2\n\ndef h():\n    return 2\n";

TEST(Override, reaches_names_imported_by_value_and_tables) {
  const ScratchPython python;
  const std::string before = "def g(x):\n    return x\ndef w(x):\n    return x\n";
  const std::string after =
      "import functools\ndef g(x):\n    return x + 1\n@functools.lru_cache\ndef w(x):\n    return x + 1\n";
  python.write("mod.py", before);
  python.write(
      "user.py",
      "from mod import g as mine, w\nTABLE = {'g': mine}\ndef use():\n    return mine(1), TABLE['g'](1), w(1)\n");
  python.write_override("fix", "mod", before, after);
  EXPECT_EQ(python.run("import user, fix\nwith fix.applied():\n    assert user.use() == (2, 2, 2)\nassert user.use() "
                       "== (1, 1, 1)\n"),
            "");
}

TEST(Override, refuses_an_installed_source_that_differs_before_anything_changes) {
  const ScratchPython python;
  python.write("mod.py", "def g():\n    return 1\n\ndef h():\n    return 100\n");
  python.write_override("fix", "mod", kBefore, kAfter);
  EXPECT_EQ(
      python.run("import mod, fix\n"
                 "code = mod.g.__code__\n"
                 "try:\n    fix.apply()\nexcept fix.OverrideError as error:\n    assert 'mod.h' in str(error), error\n"
                 "else:\n    raise SystemExit('applied')\n"
                 "assert mod.g.__code__ is code and mod.h() == 100 and not hasattr(mod, 'math')\n"
                 "fix.undo()\nassert mod.g() == 1\n"),
      "");
}

TEST(Override, accepts_a_source_that_differs_elsewhere_or_in_its_line_ends) {
  const ScratchPython python;
  python.write("mod.py",
               "# -*- new header -*-\r\n\r\ndef g():   \r\n    return 1\r\n\r\nX = 1\r\ndef h():\r\n    return 1\r\n");
  python.write_override("fix", "mod", kBefore, kAfter);
  EXPECT_EQ(python.run("import mod, fix\nwith fix.applied():\n    assert mod.g() == 2\nassert mod.g() == 1\n"), "");
}

TEST(Override, is_rolled_back_when_a_later_change_fails) {
  const ScratchPython python;
  const std::string before = "def g():\n    return 1\n";
  python.write("mod.py", before);
  python.write_override("fix", "mod", before, "def g():\n    return 2\n\nLOST = undefined_name\n");
  EXPECT_EQ(python.run("import mod, fix\n"
                       "try:\n    fix.apply()\nexcept NameError:\n    pass\nelse:\n    raise SystemExit('applied')\n"
                       "assert mod.g() == 1 and not hasattr(mod, 'LOST')\n"),
            "");
}

TEST(Override, refuses_to_add_a_function_that_a_newer_version_has) {
  const ScratchPython python;
  const std::string before = "def g():\n    return 1\n";
  python.write("mod.py", before + "\ndef helper():\n    return 7\n");
  python.write_override("fix", "mod", before, "def helper():\n    return 2\n\ndef g():\n    return helper()\n");
  EXPECT_EQ(python.run("import mod, fix\n"
                       "try:\n    fix.apply()\nexcept fix.OverrideError as error:\n    assert 'helper' in str(error)\n"
                       "else:\n    raise SystemExit('applied')\n"
                       "assert mod.g() == 1 and mod.helper() == 7\n"),
            "");
}

TEST(Override, two_in_one_process_may_be_taken_back_in_any_order) {
  const ScratchPython python;
  python.write("mod.py", kBefore);
  python.write_override("one", "mod", kBefore,
                        "import math\ndef g():\n    return math.floor(2.5)\n\ndef h():\n    return 1\n");
  python.write_override("two", "mod", kBefore,
                        "import json\ndef g():\n    return 1\n\ndef h():\n    return json.loads('3')\n");
  EXPECT_EQ(python.run("import mod, one, two\n"
                       "one.apply(); two.apply()\nassert (mod.g(), mod.h()) == (2, 3)\n"
                       "one.undo()\nassert (mod.g(), mod.h()) == (1, 3)\n"
                       "two.undo()\nassert (mod.g(), mod.h()) == (1, 1)\n"
                       "assert not hasattr(mod, 'math') and not hasattr(mod, 'json')\n"),
            "");
}

TEST(Override, two_of_one_function_do_not_stack_silently) {
  const ScratchPython python;
  python.write("mod.py", kBefore);
  python.write_override("one", "mod", kBefore, "def g():\n    return 2\n\ndef h():\n    return 1\n");
  python.write_override("two", "mod", kBefore, "def g():\n    return 3\n\ndef h():\n    return 3\n");
  EXPECT_EQ(
      python.run(
          "import mod, one, two\n"
          "one.apply()\n"
          "try:\n    two.apply()\nexcept two.OverrideError as error:\n    assert 'another override' in str(error)\n"
          "else:\n    raise SystemExit('stacked')\n"
          "assert (mod.g(), mod.h()) == (2, 1)\none.undo()\nassert mod.g() == 1\n"
          "with two.applied():\n    assert mod.g() == 3\nassert mod.g() == 1\n"),
      "");
}

struct Refused {
  const char* what;
  const char* before;
  const char* after;
};

TEST(Override, says_which_changes_it_cannot_carry) {
  const Refused refused[] = {
      {"g is removed", "def g():\n    pass\n", "x = 1\n"},
      {"B.f is removed", "class B:\n    def f(self):\n        pass\n    x = 1\n", "class B:\n    x = 1\n"},
      {"bases or decorators of B", "class A: pass\nclass B(A):\n    x = 1\n", "class A: pass\nclass B:\n    x = 1\n"},
      {"bases or decorators of B", "def d(c): return c\nclass B:\n    x = 1\n",
       "def d(c): return c\n@d\nclass B:\n    x = 1\n"},
      {"in the body of B", "class B:\n    x = 1\n", "class B:\n    x = 1\n    y = 2\n"},
      {"goes away", "class B:\n    x = 1\n    y = 2\n", "class B:\n    x = 1\n"},
      {"goes away", "X = 1\nY = 2\n", "X = 1\n"},
      {"goes away", "register(1)\ndef g(): return 1\n", "def g(): return 2\n"},
      {"statement 'register(a=1)'", "def g(): return 1\n", "def g(): return 2\nregister(a=1)\n"},
      {"statement 'if x == 1:", "x = 1\n", "x = 1\nif x == 1:\n    y = 2\n"},
      {"defined more than once",
       "class B:\n    @property\n    def p(self): return 1\n    @p.setter\n    def p(self, v): pass\n",
       "class B:\n    @property\n    def p(self): return 2\n    @p.setter\n    def p(self, v): pass\n"},
      {"nested class", "class B:\n    x = 1\n", "class B:\n    x = 1\n    class C:\n        pass\n"},
      {"nothing to override", "def g(): return 1\n", "def g(): return 1\n"},
      {"nothing to override", "def g(): return 1\n", "# a comment = 1\n\ndef g(): return 1\n"},
  };
  for (const Refused& c : refused) {
    SCOPED_TRACE(c.after);
    const auto module = override_module({"m", "b", {}, ""}, {{"mod", "mod.py", c.before, c.after}});
    ASSERT_FALSE(module);
    EXPECT_NE(module.error().message.find(c.what), std::string::npos) << module.error().message;
  }
}

TEST(Override, shows_model_repairs_and_diff_in_its_docstring) {
  const ScratchPython python;
  const auto text =
      override_module({"transformers:X", "back\\end", {"pattern a: does '''this'''"}, "-a\n+b\\n \"quoted\"\n"},
                      {{"mod", "mod.py", kBefore, kAfter}});
  ASSERT_TRUE(text) << text.error().message;
  python.write("fix.py", *text);
  const std::string doc = python.run("import fix\nprint(fix.__doc__)\n");
  for (const char* part : {"transformers:X", "back\\end", "does '''this'''", "    +b\\n \"quoted\""})
    EXPECT_NE(doc.find(part), std::string::npos) << doc;
}

const std::string kTexts[] = {
    "",
    "plain",
    "with \"double\"",
    "with 'single'",
    "both ' and \"",
    "'''",
    "\"\"\"",
    "ends in '",
    "ends in \"",
    "back\\slash\\n",
    "ends in \\",
    "two\nlines",
    "tab\there",
    "carriage\r\nreturn",
    "é ← 漢",
    "'starts",
    "\n",
    "''' and \\ '''",
    "{braces} %s \\N{DASH}",
    "a\rb",
    std::string("nul\0byte", 8),
};

TEST(PythonText, literals_read_back_as_what_they_were) {
  const ScratchPython python;
  std::string script = "import ast, json\nwant = json.load(open('want.json', encoding='utf-8'))\n";
  script +=
      "for i, text in enumerate(open('got.txt', encoding='utf-8', newline='').read().split('\\n%%\\n')[:-1]):\n"
      "    assert ast.literal_eval(text) == want[i], (i, text, want[i])\n";
  Json want = Json::array();
  std::string got;
  for (const std::string& text : kTexts) {
    want.push_back(text);
    got += python_string(text) + "\n%%\n";
  }
  const Json value = {{"a", nullptr},
                      {"b", {true, false, 1, -2.5, 1e30}},
                      {"c", {{"é\"\\\n\x7f", "x'y\r\t\x01"}}},
                      {"d", Json::array()}};
  want.push_back(value);
  got += python_literal(value) + "\n%%\n";
  python.write("want.json", dump(want));
  python.write("got.txt", got);
  EXPECT_EQ(python.run(script), "");
  EXPECT_EQ(python_literal(Json(std::numeric_limits<double>::infinity())), "float(\"inf\")");
}

TEST(PythonText, what_the_guard_hashes_is_the_same_on_both_sides) {
  const std::string sources[] = {
      "    def f(self):\n        return 1   \n",
      "\tdef f(self):\n\t\treturn 'é'\t# é\ta\n",
      "def f():\n    x = '''\n  a\nb'''\n\n    return x",
      "        @d(\n          1)\n        def f(): pass  # x\n\n\n",
      "def f():\r\n    return 1\r\n",
      "def f():\n    return '\xc2\xa0'\xc2\xa0\n",
      "def f():\n    pass \x0c\n",
  };
  const ScratchPython python;
  python.write("mod.py", kBefore);
  python.write_override("fix", "mod", kBefore, kAfter);
  Json pairs = Json::array();
  for (const std::string& source : sources) pairs.push_back({source, normalised_source(source)});
  python.write("pairs.json", dump(pairs));
  EXPECT_EQ(
      python.run(
          "import fix, json\n"
          "for text, want in json.load(open('pairs.json', encoding='utf-8')):\n"
          "    assert fix.normalised(text.replace('\\r\\n', '\\n')) == want, (text, want, fix.normalised(text))\n"),
      "");
}

TEST(Override, stands_in_for_absent_packages_while_it_is_applied) {
  const ScratchPython python;
  const std::string before = "from adapt_absent.deep import f, g\n\ndef h():\n    return 1\n";
  python.write("mod.py", before);
  OverrideHeader header{.model = "model", .backend = "backend", .repairs = {"pattern test: stubs"}, .diff = ""};
  header.stubs = Json::parse(R"([{"module": "adapt_absent.deep", "functions": ["f", "g"], "spec": false}])");
  const auto alone = override_module(header, {});
  const auto both = override_module(header, {{"mod", "mod.py", before, replace_all(before, "return 1", "return 2")}});
  ASSERT_TRUE(alone && both);
  python.write("alone.py", *alone);
  python.write("both.py", *both);
  EXPECT_EQ(python.run(R"(
import importlib.util, sys
import alone, both
finders = list(sys.meta_path)
try:
    import mod
except ModuleNotFoundError:
    pass
else:
    raise SystemExit("imported")
with alone.applied(), alone.applied():
    import mod
    assert importlib.util.find_spec("adapt_absent") is None
    try:
        mod.f(1)
    except alone.StubCalled as error:
        assert "adapt_absent.deep.f is not available on this backend" in str(error), error
    else:
        raise SystemExit("called")
assert finders == sys.meta_path and not [name for name in sys.modules if "adapt_absent" in name]
del sys.modules["mod"]
with both.applied():  # it imports what it changes itself
    import mod
    assert mod.h() == 2
assert mod.h() == 1 and finders == sys.meta_path
)"),
            "");
  // What is there needs no stub, and then nothing is changed.
  python.write("adapt_absent.py", "");
  EXPECT_EQ(python.run(R"(
import sys, both
finders = list(sys.meta_path)
try:
    both.apply()
except both.StubRefused as error:
    assert "'adapt_absent' is installed" in str(error), error
else:
    raise SystemExit("applied")
assert finders == sys.meta_path and "mod" not in sys.modules
)"),
            "");
}

}  // namespace
}  // namespace adapt::emit
