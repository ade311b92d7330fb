// Each case is a module before and after a repair, and a script that uses it with and without the generated override.
#include "tests/unit/emit/scratch_python.h"

namespace adapt::emit {
namespace {

struct Case {
  const char* name;
  const char* before;
  const char* after;
  const char* script;  // `mod` is the module, `fix` the override
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Pitfall : public testing::TestWithParam<Case> {};

TEST_P(Pitfall, behaves_as_the_edited_source_and_is_taken_back) {
  const Case& c = GetParam();
  const ScratchPython python;
  python.write("mod.py", c.before);
  python.write_override("fix", "mod", c.before, c.after);
  EXPECT_EQ(python.run(std::string("import mod, fix\n") + c.script), "");
}

const Case kCases[] = {
    {"zero_argument_super",
     "class A:\n    def f(self):\n        return 1\n\nclass B(A):\n    def f(self):\n        return super().f() + 1\n",
     "class A:\n    def f(self):\n        return 1\n\nclass B(A):\n    def f(self):\n        return super().f() + 10\n",
     "with fix.applied():\n    assert mod.B().f() == 11\nassert mod.B().f() == 2\n"},
    {"super_appears_where_there_was_none",
     "class A:\n    def f(self):\n        return 1\n\nclass B(A):\n    def f(self):\n        return 5\n    g = f\n",
     "class A:\n    def f(self):\n        return 1\n\nclass B(A):\n    def f(self):\n        return super().f() + 10\n "
     "   g = f\n",
     "with fix.applied():\n    assert mod.B().f() == 11 and mod.B().g() == 11\nassert mod.B().f() == 5 and mod.B().g() "
     "== 5\n"},
    {"class_cell", "class B:\n    def f(self):\n        return 1\n",
     "class B:\n    def f(self):\n        return [lambda: __class__][0]()\n",
     "with fix.applied():\n    assert mod.B().f() is mod.B\nassert mod.B().f() == 1\n"},
    {"private_names",
     "class B:\n    def __init__(self):\n        self.__x = 3\n    def f(self):\n        return self.__x\n",
     "class B:\n    def __init__(self):\n        self.__x = 3\n    def f(self):\n        return self.__x * 2 + "
     "self.__y()\n"
     "    def __y(self):\n        return 1\n",
     "b = mod.B()\nwith fix.applied():\n    assert b.f() == 7\nassert b.f() == 3 and not hasattr(b, '_B__y')\n"},
    {"decorator_with_wraps",
     "import functools\ndef twice(f):\n    @functools.wraps(f)\n    def wrapper(*a):\n        return 2 * f(*a)\n    "
     "return wrapper\n"
     "class A:\n    def f(self):\n        return 1\nclass B(A):\n    @twice\n    def f(self):\n        return "
     "super().f()\n",
     "import functools\ndef twice(f):\n    @functools.wraps(f)\n    def wrapper(*a):\n        return 2 * f(*a)\n    "
     "return wrapper\n"
     "class A:\n    def f(self):\n        return 1\nclass B(A):\n    @twice\n    def f(self):\n        return "
     "super().f() + 4\n",
     "old = mod.B.f\nwith fix.applied():\n    assert mod.B().f() == 10 and mod.B.f is old\nassert mod.B().f() == 2 and "
     "mod.B.f is old\n"},
    {"decorator_without_wraps_held_in_a_table",
     "def twice(f):\n    def wrapper(*a):\n        return 2 * f(*a)\n    return wrapper\n"
     "@twice\ndef g():\n    return 1\nTABLE = {'g': g}\n",
     "def twice(f):\n    def wrapper(*a):\n        return 2 * f(*a)\n    return wrapper\n"
     "@twice\ndef g():\n    return 5\nTABLE = {'g': g}\n",
     "with fix.applied():\n    assert mod.TABLE['g']() == 10 and mod.g() == 10\nassert mod.TABLE['g']() == 2\n"},
    {"decorator_without_wraps_and_new_super",
     "def twice(f):\n    def wrapper(*a):\n        return 2 * f(*a)\n    return wrapper\n"
     "class A:\n    def f(self):\n        return 1\nclass B(A):\n    @twice\n    def f(self):\n        return 1\n",
     "def twice(f):\n    def wrapper(*a):\n        return 2 * f(*a)\n    return wrapper\n"
     "class A:\n    def f(self):\n        return 1\nclass B(A):\n    @twice\n    def f(self):\n        return "
     "super().f() + 4\n",
     "old = mod.B.f\nwith fix.applied():\n    assert mod.B().f() == 10\nassert mod.B().f() == 2 and mod.B.f is old\n"},
    {"another_decorator", "import functools\ndef g(x):\n    return x\n",
     "import functools\n@functools.lru_cache(maxsize=None)\ndef g(x):\n    return x + 1\n",
     "old = mod.g\nwith fix.applied():\n    assert mod.g(1) == 2 and mod.g.cache_info().misses == 1\nassert mod.g is "
     "old and mod.g(1) == 1\n"},
    {"static_class_and_property_methods",
     "class B:\n    n = 3\n    @staticmethod\n    def s(x):\n        return x\n    @classmethod\n    def c(cls):\n     "
     "   return cls.n\n"
     "    @property\n    def p(self):\n        return self.n\n",
     "class B:\n    n = 3\n    @staticmethod\n    def s(x):\n        return x + 1\n    @classmethod\n    def c(cls):\n "
     "       return cls.n + 1\n"
     "    @property\n    def p(self):\n        return self.n + 1\n",
     "class D(mod.B):\n    n = 10\nwith fix.applied():\n    assert (mod.B.s(1), D.c(), D().p) == (2, 11, 11)\n"
     "assert (mod.B.s(1), D.c(), D().p) == (1, 10, 10)\n"},
    {"defaults_that_name_the_class_body", "class B:\n    SIZE = 4\n    def f(self, n=SIZE):\n        return n\n",
     "class B:\n    SIZE = 4\n    def f(self, n=SIZE, k=SIZE + 1):\n        return n + k\n",
     "with fix.applied():\n    assert mod.B().f() == 9 and mod.B().f(k=0) == 4\nassert mod.B().f() == 4\n"},
    {"changed_keyword_defaults", "def g(x=1, *, y=2):\n    return x + y\n",
     "def g(x=10, *, y=20, z=30):\n    return x + y + z\n",
     "import inspect\nold = mod.g\nwith fix.applied():\n    assert old() == 60 and 'z' in "
     "inspect.signature(old).parameters\nassert old() == 3\n"},
    {"asynchronous_functions",
     "async def g():\n    return 1\nclass B:\n    async def f(self):\n        return await g()\n",
     "async def g():\n    return 2\nclass B:\n    async def f(self):\n        return await g() + 5\n",
     "import asyncio\nwith fix.applied():\n    assert asyncio.run(mod.B().f()) == 7\nassert asyncio.run(mod.B().f()) "
     "== 1\n"},
    {"nested_classes",
     "class A:\n    class B:\n        __k = 2\n        class C:\n            def f(self):\n                return 1\n  "
     "      def g(self):\n            return self.__k\n",
     "class A:\n    class B:\n        __k = 2\n        class C:\n            def f(self):\n                return "
     "__class__.__qualname__\n        def g(self):\n            return -self.__k\n",
     "with fix.applied():\n    assert mod.A.B.C().f() == 'A.B.C' and mod.A.B().g() == -2\nassert mod.A.B.C().f() == 1 "
     "and mod.A.B().g() == 2\n"},
    {"tabs", "class B:\n\tdef f(self):\n\t\tif self:\n\t\t\treturn 'é'\t# é\tnote\n",
     "class B:\n\tdef f(self):\n\t\tif self:\n\t\t\treturn 'é!'\t# é\tnote\n",
     "with fix.applied():\n    assert mod.B().f() == 'é!'\nassert mod.B().f() == 'é'\n"},
    {"strings_with_less_indentation",
     "class B:\n    def f(self):\n        text = '''\none\n  two   \n'''\n        return text\n",
     "class B:\n    def f(self):\n        text = '''\none\n  two   \n'''\n        return text + r'\\d'\n",
     "with fix.applied():\n    assert mod.B().f() == '\\none\\n  two   \\n\\\\d', mod.B().f()\nassert mod.B().f() == "
     "'\\none\\n  two   \\n'\n"},
    {"comments_at_the_end",
     "class B:\n    def f(self):\n        if self:\n            return 1  # one\n            # more\n        # end\n\n "
     "   # about g\n    def g(self):\n        pass\n        # last\n",
     "class B:\n    def f(self):\n        if self:\n            return 2  # two\n            # more\n        # end\n\n "
     "   # about g\n    def g(self):\n        return 3  # three\n        # last\n",
     "with fix.applied():\n    assert mod.B().f() == 2 and mod.B().g() == 3\nassert mod.B().f() == 1\n"},
    {"compound_statements_at_the_end",
     "def a():\n    try:\n        x = 1\n    except ValueError:\n        x = 2\n        # c\n    # d\ndef b(n):\n    "
     "for i in n:\n        pass\n    else:\n        y = [\n            1]  # e\ndef c(): return 1; # f\n",
     "def a():\n    try:\n        return 1\n    except ValueError:\n        x = 2\n        # c\n    # d\ndef b(n):\n   "
     " for i in n:\n        return 3\n    else:\n        y = [\n            1]  # e\ndef c(): return 2; # f\n",
     "with fix.applied():\n    assert (mod.a(), mod.b([1]), mod.c()) == (1, 3, 2)\nassert (mod.a(), mod.b([1]), "
     "mod.c()) == (None, None, 1)\n"},
    {"new_helpers_imports_constants_and_classes", "import os\nLIMIT = 1\ndef g(x):\n    return x\n",
     "import os\nimport math\nfrom math import pi as PI\nLIMIT = 2\ndef _helper(x):\n    return math.floor(PI) + "
     "x\nclass Box:\n    def get(self):\n        return LIMIT\n"
     "def g(x):\n    return _helper(x) + Box().get()\n",
     "with fix.applied():\n    assert mod.g(1) == 6 and mod._helper.__module__ == 'mod'\n    mod.CACHE = 1\n"
     "assert mod.g(1) == 1 and mod.LIMIT == 1 and mod.CACHE == 1\n"
     "assert not any(hasattr(mod, n) for n in ('math', 'PI', '_helper', 'Box'))\n"},
    {"new_methods", "class A:\n    def h(self):\n        return 1\nclass B(A):\n    def f(self):\n        return 1\n",
     "class A:\n    def h(self):\n        return 1\nclass B(A):\n    def f(self):\n        return self.h()\n    def "
     "h(self):\n        return super().h() + 6\n",
     "with fix.applied():\n    assert mod.B().f() == 7\nassert mod.B().f() == 1 and 'h' not in vars(mod.B)\n"},
    {"sources_that_tools_show", "class B:\n    def f(self):\n        return 1\n",
     "class B:\n    def f(self):\n        x = 2\n        raise ValueError(x)\n",
     "import inspect, linecache, traceback\nwith fix.applied():\n    linecache.checkcache()\n    assert 'raise "
     "ValueError(x)' in inspect.getsource(mod.B.f)\n"
     "    try:\n        mod.B().f()\n    except ValueError:\n        assert 'raise ValueError(x)' in "
     "traceback.format_exc()\nassert 'return 1' in inspect.getsource(mod.B.f)\n"},
    {"closures_inside_functions", "def make(n):\n    def add(x):\n        return x + n\n    return add\n",
     "def make(n):\n    k = n * 2\n    def add(x):\n        return x + n + k\n    return add\n",
     "with fix.applied():\n    assert mod.make(1)(0) == 3\nassert mod.make(1)(0) == 1\n"},
    {"identity_code_and_nesting", "def g():\n    return 1\n", "def g():\n    return 2\n",
     "old, code = mod.g, mod.g.__code__\nfix.undo()\nfix.apply(); fix.apply(); assert mod.g() == 2 and mod.g is old\n"
     "fix.undo(); assert mod.g() == 2\nfix.undo(); assert mod.g() == 1 and mod.g is old and mod.g.__code__ is "
     "code\nfix.undo()\n"
     "try:\n    with fix.applied():\n        raise KeyError\nexcept KeyError:\n    assert mod.g() == 1\nwith "
     "fix.applied():\n    assert mod.g() == 2\n"},
    {"pickling", "class B:\n    def f(self):\n        return 1\ndef g():\n    return 1\n",
     "class B:\n    def f(self):\n        return __class__.__name__\ndef h():\n    return 3\ndef g():\n    return 2\n",
     "import pickle\nwith fix.applied():\n    for f in (mod.g, mod.h, mod.B.f):\n        assert "
     "pickle.loads(pickle.dumps(f)) is f\n"},
};

INSTANTIATE_TEST_SUITE_P(Override, Pitfall, testing::ValuesIn(kCases),
                         [](const testing::TestParamInfo<Case>& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace adapt::emit
