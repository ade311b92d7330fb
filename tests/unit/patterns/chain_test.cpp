#include "tests/unit/patterns/pattern_text.h"

namespace adapt::patterns {
namespace {

const char* const kTable =
    "[vars]\nT: expr simple\n[edit use]\n- apply($X, $T)\n+ rotate($X, $T)\n"
    "[edit table after use scope=class binds T=T]\n- $T = complex($A)\n+ $T = real($A)\n"
    "[imports]\nensure from m import rotate\nensure from m import real\n";

const char* const kSource =
    "import m\n"
    "class A:\n    def make(self):\n        self.t = complex(1)\n        self.u = complex(2)\n"
    "    def forward(self, x):\n        return apply(x, self.t)\n"
    "class B:\n    def make(self):\n        self.t = complex(3)\n";

TEST(Chain, CarriesBindingsIntoItsScope) {
  run({"class scope", kTable, kSource,
       "import m\nfrom m import rotate\nfrom m import real\n"
       "class A:\n    def make(self):\n        self.t = real(1)\n        self.u = complex(2)\n"
       "    def forward(self, x):\n        return rotate(x, self.t)\n"
       "class B:\n    def make(self):\n        self.t = complex(3)\n"});
}

TEST(Chain, IsOneSite) {
  const auto pattern = pattern_of(kTable);
  ASSERT_TRUE(pattern) << pattern.error().message;
  EXPECT_EQ(applied(*pattern, kSource).sites, 1U);
}

TEST(Chain, RequireAllRefusesHalfARepair) {
  const auto pattern = pattern_of(std::string(kTable) + "[check]\nrequire all\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  const Applied got = applied(*pattern, "class A:\n    def forward(self, x):\n        return apply(x, self.t)\n");
  EXPECT_EQ(got.sites, 0U);
  ASSERT_EQ(got.refused.size(), 1U);
  EXPECT_EQ(got.refused[0].reason, "edit 'table' has no place, and the pattern needs all of its edits");
}

TEST(Chain, ReachesOtherFilesOfThePackage) {
  const auto pattern = pattern_of(
      "[vars]\nF: name\n[edit use]\n- $F(x).old\n+ $F(x).new\n[edit def after use scope=package binds F=F]\n"
      "  def $F(x):\n-     return old(x)\n+     return new(x)\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  const std::vector<SourceFile> files = {{"p.a", "p/a.py", "from p.b import g\ny = g(x).old\n", "model"},
                                         {"p.b", "p/b.py", "def new(x): ...\ndef g(x):\n    return old(x)\n", "frame"}};
  const auto proposal = propose(*pattern, {}, files, {.ignore_frames = true});
  ASSERT_TRUE(proposal && *proposal);
  EXPECT_EQ((*proposal)->edits.files(), (std::vector<std::string>{"p/a.py", "p/b.py"}));
}

TEST(Chain, SitesShareAnEditThatBothNeed) {
  const auto pattern = pattern_of(std::string(kTable) + "[check]\nrequire all\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  const Applied got = applied(*pattern,
                              "import m\nclass A:\n    def make(self):\n        self.t = complex(1)\n"
                              "    def f(self, x):\n        return apply(x, self.t) + apply(2, self.t)\n");
  EXPECT_EQ(got.sites, 2U);
  EXPECT_NE(got.text.find("return rotate(x, self.t) + rotate(2, self.t)"), std::string::npos) << got.text;
}

}  // namespace
}  // namespace adapt::patterns
