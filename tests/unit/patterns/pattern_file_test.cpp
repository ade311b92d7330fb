#include "tests/unit/patterns/pattern_text.h"

namespace adapt::patterns {
namespace {

constexpr const char* kHead = "pattern a/b r2\ntitle T\nrisk exact\n";

struct FileComplaint {
  const char* name;
  const char* sections;  // behind the three lines of the head
  const char* says;
};

const FileComplaint kFileComplaints[] = {
    {"unknown section", "[eddit x]\n", "case.adapt:4: unknown section '[eddit]'; did you mean 'edit'?"},
    {"unknown key of [when]", "[when]\nfailure.clas x\n",
     "case.adapt:5: unknown key 'failure.clas'; did you mean 'failure.class'?"},
    {"unknown key of the head", "titel x\n", "case.adapt:4: unknown key 'titel'; did you mean 'title'?"},
    {"unknown risk", "risk roundng\n", "case.adapt:4: unknown risk 'roundng'; did you mean 'rounding'?"},
    {"unknown frame", "[when]\nfailure.frame same-func\n", "case.adapt:5: unknown place 'same-func'"},
    {"unknown kind", "[vars]\nX: exprr\n", "case.adapt:5: unknown kind of variable 'exprr'; did you mean 'expr'?"},
    {"unknown constraint", "[vars]\nX: expr simpel\n",
     "case.adapt:5: unknown constraint 'simpel'; did you mean 'simple'?"},
    {"declared twice", "[vars]\nX: expr\nX: name\n", "case.adapt:6: variable 'X' is declared twice"},
    {"bad regular expression", "[when]\nfailure.message a(b\n", "case.adapt:5: regular expression 'a(b'"},
    {"no edit", "", "case.adapt:1: the pattern has no [edit ...] section"},
    {"no marker", "[edit e]\nfoo\n",
     "case.adapt:5: a line of an edit begins with '-', '+', two blanks or '@', not 'f'"},
    {"no blank", "[edit e]\n-foo\n", "case.adapt:5: put a blank between '-' and the code"},
    {"old code is not Python", "[edit e]\n- foo(\n+ bar()\n", "case.adapt:4: in edit 'e': this is not Python"},
    {"new code is not Python", "[edit e]\n- foo()\n+ bar(]\n", "case.adapt:4: in edit 'e': this is not Python"},
    {"operator in code", "[edit e]\n- $A $OP $B\n+ $A\n", "case.adapt:4: in edit 'e': this is not Python: '$A $OP $B'"},
    {"nothing to look for", "[edit e]\n+ foo()\n", "case.adapt:4: in edit 'e': the edit has nothing to look for"},
    {"nothing to change", "[edit e]\n  foo()\n", "case.adapt:4: in edit 'e': the edit changes nothing"},
    {"only a variable", "[edit e]\n- $X\n+ foo($X)\n", "case.adapt:4: in edit 'e': the pattern is only a metavariable"},
    {"ends in a sequence", "[edit e]\n- foo()\n- $$B\n+ bar()\n",
     "case.adapt:4: in edit 'e': a pattern cannot begin or end with a sequence"},
    {"unbound variable", "[edit e]\n- foo($X)\n+ bar($Y)\n",
     "case.adapt:4: in edit 'e': $Y is used in the new code but nothing in the old code binds it"},
    {"anonymous in new code", "[edit e]\n- foo($_)\n+ bar($_)\n",
     "case.adapt:4: in edit 'e': the new code cannot hold an anonymous metavariable"},
    {"keyword variable", "[vars]\nK: name\n[edit e]\n- foo($K=1)\n+ bar()\n",
     "case.adapt:6: in edit 'e': the name of a keyword argument cannot be a metavariable"},
    {"variable in a string", "[edit e]\n- foo('$X')\n+ bar()\n",
     "case.adapt:4: in edit 'e': a metavariable inside a string stands for nothing"},
    {"statements inside a line", "[vars]\nB: stmts*\n[edit e]\n- if a:\n-     $B\n+ foo($B)\n",
     "case.adapt:6: in edit 'e': $B stands for statements, so it must have its own line"},
    {"reserved names", "[edit e]\n- _mv_X()\n+ a()\n",
     "case.adapt:4: in edit 'e': names that begin with '_mv_' are reserved"},
    {"unknown scope line", "[edit e]\n- foo()\n+ bar()\n@inn def x\n",
     "in edit 'e': line 7: unknown scope line '@inn def x'; did you mean 'in'?"},
    {"unknown place", "[edit e]\n- foo()\n+ bar()\n@in clas x\n",
     "in edit 'e': line 7: unknown place 'clas' after '@in'; did you mean 'class'?"},
    {"after what", "[edit e after d]\n- foo()\n+ bar()\n",
     "case.adapt:4: 'after d': no edit of that name stands above"},
    {"binds what", "[edit d]\n- foo($X)\n+ $X\n[edit e after d binds T=Z]\n- bar($T)\n+ $T\n",
     "case.adapt:7: edit 'd' has no variable 'Z'"},
    {"word in the head of an edit", "[edit e drop-coments]\n- foo()\n+ bar()\n",
     "case.adapt:4: unknown word 'drop-coments' in the edit's head; did you mean 'drop-comments'?"},
    {"sample without after", "[edit e]\n- f()\n+ g()\n[sample change x]\n--- before\nf()\n",
     "case.adapt:7: sample 'x' has no '--- after' block"},
    {"sample of what", "[edit e]\n- f()\n+ g()\n[sample kepe x]\nf()\n",
     "case.adapt:7: expected '[sample change NAME]' or '[sample keep NAME]'; did you mean 'keep'?"},
    {"section misspelt behind a sample", "[edit e]\n- f()\n+ g()\n[sample keep x]\nf()\n[smaple keep y]\nf()\n",
     "case.adapt:9: unknown section '[smaple]'; did you mean 'sample'?"},
    {"helper of another name", "[helper a]\ndef b():\n    pass\n", "case.adapt:4: the helper must be one 'def a(...)'"},
    {"import without ensure", "[imports]\nimport torch\n", "case.adapt:5: expected 'ensure import X [as Y]'"},
};

TEST(PatternFile, ComplainsWithTheLine) {
  for (const FileComplaint& c : kFileComplaints) {
    const auto pattern = parse_pattern(std::string(kHead) + c.sections, "folder/case.adapt", shipped_table());
    ASSERT_FALSE(pattern) << c.name;
    EXPECT_NE(pattern.error().message.find(c.says), std::string::npos) << c.name << ": " << pattern.error().message;
  }
}

TEST(PatternFile, ReadsEverySection) {
  const auto pattern = parse_pattern(
      "# A comment\npattern fam/name r3  # three\ntitle  A title\nstatus trusted\nrisk   guarded\nassume the mask is "
      "all ones\n"
      "assume no gradient is needed\nwhy    Because.\n[when]\nbackend iree | open.*\nfailure.frame in-match | "
      "same-file\nneeds torch>=2.0\n"
      "[edit e]\n- f()\n+ g()\n[sample change c]\nmodule a.b\n--- before\n[1, 2]\nf()\n--- after\n[1, 2]\ng()\n[sample "
      "keep k]\n\nh()\n\n"
      "[check]\nrequire all\n[origin]\na person\n",
      "x.adapt", shipped_table());
  ASSERT_TRUE(pattern) << pattern.error().message;
  EXPECT_EQ(pattern->id, "fam/name");
  EXPECT_EQ(pattern->revision, 3);
  EXPECT_EQ(pattern->status, "trusted");
  EXPECT_EQ(pattern->risk, Risk::guarded);
  EXPECT_EQ(pattern->assumptions, (std::vector<std::string>{"the mask is all ones", "no gradient is needed"}));
  EXPECT_EQ(pattern->when.keys, 2U);
  EXPECT_EQ(pattern->when.frame, FrameRule::same_file);
  ASSERT_EQ(pattern->when.needs.size(), 1U);
  EXPECT_EQ(pattern->when.needs.front().text, "torch>=2.0");
  ASSERT_EQ(pattern->samples.size(), 2U);
  EXPECT_EQ(pattern->samples[0].module, "a.b");
  EXPECT_EQ(pattern->samples[0].before, "[1, 2]\nf()\n");
  EXPECT_EQ(pattern->samples[1].before, "h()\n");
  EXPECT_TRUE(pattern->require_all);
  EXPECT_EQ(pattern->notes.at("origin"), "a person\n");
}

TEST(PatternFile, AnIdThatLeadsOutOfItsFolderIsRefused) {
  for (const char* id : {"../b", "a/../../b", "/a/b", "a/.."}) {
    const auto pattern = parse_pattern(fmt::format("pattern {} r1\ntitle T\nrisk exact\n[edit e]\n- f()\n+ g()\n", id),
                                       "x.adapt", shipped_table());
    ASSERT_FALSE(pattern) << id;
    EXPECT_EQ(pattern.error().message, "x.adapt:1: expected 'pattern <family>/<name> r<revision>'");
  }
}

TEST(PatternFile, AGuardedPatternSaysWhatItAssumes) {
  const auto pattern =
      parse_pattern("pattern a/b r1\ntitle T\nrisk guarded\n[edit e]\n- f()\n+ g()\n", "x.adapt", shipped_table());
  ASSERT_FALSE(pattern);
  EXPECT_EQ(pattern.error().message, "x.adapt:1: a guarded pattern says in an 'assume' line what it relies on");
}

TEST(Isomorphisms, ComplainWithTheLine) {
  const auto message = [](const char* text) {
    const auto table = Isomorphisms::parse(text, "t.txt");
    return table ? std::string() : table.error().message;
  };
  EXPECT_EQ(message("[name]\n"), "t.txt:1: unknown section '[name]'; did you mean 'names'?");
  EXPECT_EQ(message("import torch\n"), "t.txt:1: 'import torch' stands before any section");
  EXPECT_EQ(message("[names]\na.b = c\na.d = c\n"), "t.txt:3: 'c' has two normal names");
  EXPECT_EQ(message("[signatures]\ntorch.f(\n"), "t.txt:2: expected 'name(parameters)', got 'torch.f('");
  EXPECT_NE(message("[equal]\n$X.a <=> $X\n"), "");
}

TEST(PatternFile, ACarrierIsKnownOrRefused) {
  const std::string edit = "[edit a]\n- f($X)\n+ g($X)\n", when = "[when]\nfailure.op aten.sdpa\n";
  const auto plain = pattern_of(edit), diff = pattern_of(edit + "[carrier source]\n");
  ASSERT_TRUE(plain && diff);
  EXPECT_EQ(plain->carrier.kind, Carrier::Kind::override_module);
  EXPECT_EQ(diff->carrier.kind, Carrier::Kind::source);
  const auto config =
      pattern_of(when +
                 "[carrier config]\nset use_cache = False  # off\nset text_config.depth = -2\nset rate = 0.5\n"
                 "set _attn_implementation = \"eager\"\nset window = None\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->carrier.settings, (Json{{"use_cache", false},
                                            {"text_config.depth", -2},
                                            {"rate", 0.5},
                                            {"_attn_implementation", "eager"},
                                            {"window", nullptr}}));
  struct Row {
    std::string sections;
    const char* said;
  };
  for (const Row& row : {Row{edit + "[carrier sorce]\n", "did you mean 'source'"},
                         {edit + "[carrier stub]\n", "with one of override"},
                         {edit + "[carrier]\n", "expected '[carrier KIND]'"},
                         {edit + "[carrier source]\nset a = 1\n", "takes no lines"},
                         {when + "[carrier config]\n", "has 'set KEY = VALUE' lines"},
                         {when + "[carrier config]\nset a.b\n", "expected 'set KEY = VALUE'"},
                         {when + "[carrier config]\nset a = eager\n", "'eager' is no value"},
                         {when + "[carrier config]\nset a = [1]\n", "'[1]' is no value"},
                         {when + "[carrier config]\nset __class__ = 1\n", "expected 'set KEY = VALUE'"},
                         {when + "[carrier config]\nset a = 1\nset a = 2\n", "'a' is set twice"},
                         {when + edit + "[carrier config]\nset a = 1\n", "it has no edits"},
                         {"[carrier config]\nset a = 1\n", "[when] says which"},
                         {"[when]\nfailure.frame any\n[carrier config]\nset a = 1\n", "'failure.frame' says"}}) {
    const auto pattern = pattern_of(row.sections);
    ASSERT_FALSE(pattern) << row.sections;
    EXPECT_TRUE(contains(pattern.error().message, row.said)) << pattern.error().message;
    EXPECT_TRUE(pattern.error().message.starts_with("case.adapt:")) << pattern.error().message;
  }
}

TEST(PatternFile, AShimNamesTheModulesThatItStandsFor) {
  const std::string when = "[when]\nfailure.message No module named 'flash_attn\n";
  const auto shim = pattern_of(when +
                               "[carrier shim]\nstub-module flash_attn functions=a,_b2  # the usual two\n\n"
                               "# what packs rows\nstub-module flash_attn.bert_padding   functions=pad_input\n"
                               "stub-module osmium.io\n");
  ASSERT_TRUE(shim) << shim.error().message;
  EXPECT_EQ(shim->carrier.kind, Carrier::Kind::shim);
  EXPECT_EQ(shim->carrier.stubs,
            (std::vector<StubModule>{
                {"flash_attn", {"a", "_b2"}}, {"flash_attn.bert_padding", {"pad_input"}}, {"osmium.io", {}}}));
  EXPECT_FALSE(shim->carrier.needs_spec) << "a probe is told the truth unless the pattern says otherwise";
  const auto seen = pattern_of(when + "[carrier shim]\nneeds-spec yes\nstub-module apex\n");
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_TRUE(seen->carrier.needs_spec);

  const std::string head = when + "[carrier shim]\n";
  struct Row {
    std::string sections;
    const char* said;
  };
  for (const Row& row : {
           Row{head, "has 'stub-module NAME functions=...' lines"},
           {head + "needs-spec yes\n", "has 'stub-module NAME functions=...' lines"},
           {head + "stub-modul apex\n", "did you mean 'stub-module'"},
           {head + "need-spec yes\n", "did you mean 'needs-spec'"},
           {head + "set a = 1\n", "expected 'stub-module' or 'needs-spec', got 'set'"},
           {head + "stub-module apex\nneeds-spec maybe\n", "is yes or no, not 'maybe'"},
           {head + "stub-module apex\nneeds-spec\n", "is yes or no, not ''"},
           {head + "stub-module\n", "expected 'stub-module NAME functions=NAME,NAME'"},
           {head + "stub-module apex f\n", "expected 'stub-module NAME functions=NAME,NAME'"},
           {head + "stub-module apex functions=f g\n", "expected 'stub-module NAME functions=NAME,NAME'"},
           {head + "stub-module a b\n", "expected 'stub-module NAME functions=NAME,NAME'"},
           {head + "stub-module apex functions=\n", "'' is no name of a function"},
           {head + "stub-module apex functions=f,\n", "'' is no name of a function"},
           {head + "stub-module apex functions=f-g\n", "'f-g' is no name of a function"},
           {head + "stub-module apex functions=__path__\n", "'__path__' is no name of a function"},
           {head + "stub-module apex functions=f,g,f\n", "'apex' has 'f' twice"},
           {head + "stub-module apex\nstub-module apex functions=f\n", "'apex' is stubbed twice"},
           {head + "stub-module ..\n", "'..' is no name of a module"},
           {head + "stub-module .apex\n", "'.apex' is no name of a module"},
           {head + "stub-module apex.\n", "'apex.' is no name of a module"},
           {head + "stub-module ../apex\n", "'../apex' is no name of a module"},
           {head + "stub-module 7z\n", "'7z' is no name of a module"},
           {head + "stub-module \xc3\xa4pex\n", "is no name of a module"},
           {head + "stub-module apex.__init__\n", "'apex.__init__' is no name of a module"},
           {head + "stub-module os\n", "'os' is part of Python"},
           {head + "stub-module os.path functions=join\n", "'os.path' is part of Python"},
           {head + "stub-module importlib.util\n", "'importlib.util' is part of Python"},
           {head + "stub-module builtins\n", "'builtins' is part of Python"},
           {head + "stub-module zoneinfo\n", "'zoneinfo' is part of Python"},
           {head + "stub-module _thread\n", "'_thread' is part of Python"},
           {head + "stub-module torch\n", "'torch' is part of Python or of what runs models"},
           {head + "stub-module torch.distributed.fsdp\n", "or of what runs models"},
           {head + "stub-module adapt_harness.session\n", "or of what runs models"},
           {head + "stub-module a" + std::string(70000, 'b') + "\n", "longer than 64 KiB"},
           {"[carrier shim]\nstub-module apex\n", "stub modules carry this repair: [when] says"},
           {when + "[edit a]\n- f($X)\n+ g($X)\n[carrier shim]\nstub-module apex\n", "it has no edits"},
           {when + "[sample keep one]\nx = 1\n[carrier shim]\nstub-module apex\n", "no samples"},
       }) {
    const auto pattern = pattern_of(row.sections);
    ASSERT_FALSE(pattern) << row.sections;
    EXPECT_TRUE(contains(pattern.error().message, row.said)) << row.sections << pattern.error().message;
    EXPECT_TRUE(pattern.error().message.starts_with("case.adapt:")) << pattern.error().message;
  }
}

}  // namespace
}  // namespace adapt::patterns
