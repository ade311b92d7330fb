#include "harness/judge/patch_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::judge {
namespace {

namespace fs = std::filesystem;

Source source(std::string text, std::string module = "package.model") {
  return {std::move(module), "package/model.py", std::move(text), false};
}

std::vector<PolicyFinding> check(const std::string& before, const std::string& after) {
  const std::vector<Source> was = {source(before)};
  const std::vector<Source> is = {source(after)};
  const auto findings = check_patch(was, is);
  EXPECT_TRUE(findings.has_value());
  return findings.value_or(std::vector<PolicyFinding>{});
}

// "refuse:memo-key", ...
std::set<std::string> named(const std::vector<PolicyFinding>& findings) {
  std::set<std::string> names;
  for (const PolicyFinding& finding : findings) {
    names.insert(fmt::format("{}:{}", to_string(finding.severity), finding.rule));
  }
  return names;
}

// A model of a few lines with `line` in its forward and `top` above it.
std::string model(const std::string& line, const std::string& top = "") {
  return "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n" + top +
         "\n\nclass Model(nn.Module):\n    def forward(self, x, index):\n        " + line + "\n        return x\n";
}

struct Case {
  const char* line;
  const char* finding;  // "" for none
  const char* top = "";
};

const std::vector<Case>& spellings() {
  static const std::vector<Case> cases = {
      {"x = torch.compiler.disable(self.inner)(x)", "refuse:compiler-off"},
      {"x = off(self.inner)(x)", "refuse:compiler-off", "from torch.compiler import disable as off"},
      {"x = t.compiler.disable(self.inner)(x)", "refuse:compiler-off", "import torch as t"},
      {"torch._dynamo.config.suppress_errors = True", "refuse:compiler-off"},
      {"config.suppress_errors = True", "refuse:compiler-off", "from torch._dynamo import config"},
      {"x = getattr(torch, 'mat' + 'mul')(x, x)", "refuse:dynamic-access"},
      {"x = getattr(torch.compiler, 'disable')(x)", "refuse:compiler-off"},
      {"m = torch", "refuse:dynamic-access"},
      {"get = getattr", "refuse:dynamic-access"},
      {"x = eval('x + 1')", "refuse:dynamic-access"},
      {"x = __import__('os')", "refuse:dynamic-access"},
      {"x = x.__class__.__base__", "refuse:dynamic-access"},
      {"os.environ['A'] = '1'", "refuse:outside-world", "import os"},
      {"e['A'] = '1'", "refuse:outside-world", "from os import environ as e"},
      {"open('golden.bin')", "refuse:outside-world"},
      {"import subprocess", "refuse:outside-world"},
      {"from threading import Thread", "refuse:outside-world"},
      {"import ctypes as c", "refuse:outside-world"},
      {"sys._getframe(1)", "refuse:stack-games", "import sys"},
      {"x = inspect.stack()", "refuse:stack-games", "import inspect"},
      {"key = x.data_ptr()", "refuse:memo-key"},
      {"key = id(x)", "refuse:memo-key"},
      {"x = torch.load('weights.pt')", "refuse:torch-files"},
      {"x = type(self).from_pretrained('other')(x)", "refuse:loads-weights"},
      {"x = torch.from_numpy(x.numpy())", "refuse:host-detour"},
      {"torch.Tensor.__eq__ = None", "refuse:monkey-patch"},
      {"F.softmax = index", "refuse:monkey-patch"},
      {"setattr(nn, 'Linear', None)", "refuse:monkey-patch"},
      {"from os import *", "refuse:wildcard-import"},
      {"from package.model import Model as Original", "refuse:self-import"},
      {"from .model import Model as Original", "refuse:self-import"},
      {"torch.os.system('ls')", "refuse:dynamic-access"},
      {"for torch.equal in [index]: pass", "refuse:monkey-patch"},
      {"\xEF\xBD\x8Fpen('golden.bin')", "refuse:hidden-text"},
      {"x = x.cpu()", "concession:host-device"},
      {"x = x.to('cpu')", "concession:host-device"},
      {"x = x.half()", "concession:reduced-precision"},
      {"x = x.to(torch.bfloat16)", "concession:reduced-precision"},
      {"x = torch.nan_to_num(x)", "concession:hidden-nan"},
      {"x = x + torch.randn_like(x)", "concession:random-values"},
      {"x = x if torch.compiler.is_exporting() else -x", "concession:traced-branch"},
      {"x = getattr(self, f'layer_{index}')(x)", "concession:dynamic-access"},
      {"x = torch.tensor(np.pi) * x", "concession:host-library", "import numpy as np"},
      {"x = torch.where(x > 0, x, 0)", ""},
      {"x = getattr(self.config, 'scale', 1.0) * x", ""},
      {"note = 'os.environ and eval(open) in a string'", ""},
      {"pass  # torch.compiler.disable, sys._getframe, id(x)", ""},
      {"id = index", ""},
      {"x = self.open(x)", ""},
      {"x = x.to(torch.float32)", ""},
      {"torch._check(index.numel() > 0)", ""},
  };
  return cases;
}

TEST(PatchPolicy, SeesWhatIsNewHoweverItIsSpelled) {
  for (const Case& row : spellings()) {
    const auto names = named(check(model("x = x + 1"), model(row.line, row.top)));
    if (*row.finding == '\0')
      EXPECT_TRUE(names.empty()) << row.line << ": " << join({names.begin(), names.end()}, " ");
    else
      EXPECT_TRUE(names.contains(row.finding)) << row.line << ": " << join({names.begin(), names.end()}, " ");
  }
}

TEST(PatchPolicy, WhatTheModelAlreadyDidIsNotThePatchsDoing) {
  for (const Case& row : spellings()) {
    EXPECT_TRUE(check(model(row.line, row.top), model(row.line, row.top)).empty()) << row.line;
    // The same line in a function that changed around it.
    const std::string before = model(row.line, row.top);
    EXPECT_TRUE(check(before, replace_all(before, "return x", "return x + 1")).empty()) << row.line;
  }
}

struct Handler {
  const char* name;
  const char* body;
  const char* finding;
};

TEST(PatchPolicy, TellsHandlersThatHideFromHandlersThatDoNot) {
  const std::vector<Handler> cases = {
      {"catches everything", "try:\n    y = f(x)\nexcept Exception:\n    y = x\n", "refuse:swallowed-exception"},
      {"bare", "try:\n    y = f(x)\nexcept:\n    pass\n", "refuse:swallowed-exception"},
      {"an operator computes too", "try:\n    y = x @ x\nexcept RuntimeError:\n    y = x\n",
       "refuse:swallowed-exception"},
      {"import error around a call", "try:\n    y = f(x)\nexcept ImportError:\n    y = x\n",
       "refuse:swallowed-exception"},
      {"finally returns", "def g(x):\n    try:\n        y = f(x)\n    finally:\n        return x\n",
       "refuse:swallowed-exception"},
      {"suppress", "import contextlib\nwith contextlib.suppress(Exception):\n    f(x)\n", "refuse:swallowed-exception"},
      {"a context that swallows", "class C:\n    def __exit__(self, *error):\n        return True\n",
       "refuse:swallowed-exception"},
      {"optional import", "try:\n    import einops\nexcept ImportError:\n    einops = None\n", "concession:new-import"},
      {"raises again", "try:\n    y = f(x)\nexcept RuntimeError as error:\n    raise ValueError('x') from error\n", ""},
      {"missing key", "try:\n    y = table['x']\nexcept KeyError:\n    y = None\n", ""},
      {"finally cleans up", "try:\n    y = f(x)\nfinally:\n    x = None\n", ""},
  };
  for (const Handler& row : cases) {
    const auto names = named(check("x = 1\n", std::string("x = 1\n") + row.body));
    const std::set<std::string> expected =
        *row.finding == '\0' ? std::set<std::string>{} : std::set<std::string>{row.finding};
    EXPECT_EQ(names, expected) << row.name;
  }
}

TEST(PatchPolicy, AHandlerThatCoversMoreThanItDidIsNew) {
  const std::string before =
      "def g(x):\n    try:\n        y = f(x)\n    except ValueError:\n        y = x\n    return h(y)\n";
  const std::string wider =
      "def g(x):\n    try:\n        y = h(f(x))\n    except ValueError:\n        y = x\n    return y\n";
  const std::string renamed =
      "def g(x):\n    try:\n        z = f(x)\n    except ValueError:\n        z = x\n    return h(z)\n";
  EXPECT_EQ(named(check(before, wider)), std::set<std::string>{"refuse:swallowed-exception"});
  EXPECT_TRUE(check(before, renamed).empty());
}

TEST(PatchPolicy, NamesThePlace) {
  const auto findings = check(model("x = x + 1"), model("key = x.data_ptr()"));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].file, "package/model.py");
  EXPECT_EQ(findings[0].line, 8U);
  EXPECT_EQ(findings[0].text, "key = x.data_ptr()");
  EXPECT_FALSE(findings[0].reason.empty());
}

TEST(PatchPolicy, FilesThatStandInForOthersAreRefused) {
  const std::vector<Source> before = {source("x = 1\n")};
  for (const char* file : {"sitecustomize.py", "conftest.py", "torch.py", "model.pth"}) {
    const std::vector<Source> after = {before[0], {"m", file, "x = 1\n", false}};
    EXPECT_EQ(named(check_patch(before, after).value()), std::set<std::string>{"refuse:shadow-file"}) << file;
  }
  const std::vector<Source> after = {before[0], {"package.logging", "package/logging.py", "x = 1\n", false}};
  EXPECT_EQ(named(check_patch(before, after).value()), std::set<std::string>{"concession:new-file"});
}

TEST(PatchPolicy, TextThatDoesNotParseIsRefused) {
  EXPECT_TRUE(named(check("x = 1\n", "def f(:\n  return ]\n")).contains("refuse:syntax"));
}

TEST(PatchPolicy, TextInAnotherEncodingIsRefused) {
  EXPECT_EQ(named(check("x = 1\n", "# -*- coding: utf-7 -*-\nx = 1\n")), std::set<std::string>{"refuse:hidden-text"});
  EXPECT_TRUE(check("x = 1\n", "# -*- coding: utf-8 -*-\nx = 1\n").empty());
}

TEST(PatchPolicy, LiteralDataIsRefusedByItsSize) {
  std::string numbers;
  for (int i = 0; i < 80; ++i) numbers += fmt::format("{}.5, ", i);
  EXPECT_TRUE(named(check("x = 1\n", "x = [" + numbers + "]\n")).contains("refuse:hidden-data"));
  EXPECT_TRUE(named(check("x = 1\n", "x = '" + std::string(500, 'a') + "'\n")).contains("refuse:hidden-data"));
  EXPECT_TRUE(check("x = 1\n", "'''" + std::string(500, 'a') + "'''\nx = [1, 2, 3]\n").empty());
}

// The corpus says of each patch which check has to catch it; here is the part that reads text.
struct CorpusCase {
  std::string name;
  std::vector<Source> before, after;
  std::string expected;
  std::set<std::string> rules;  // of caught_by = ["policy:<rule>", ...]
};

std::set<std::string> policy_rules(std::string_view toml) {
  std::set<std::string> found;
  for (std::size_t at = toml.find("\"policy:"); at != std::string_view::npos; at = toml.find("\"policy:", at + 1)) {
    const std::size_t begin = at + 8;
    found.insert(std::string(toml.substr(begin, toml.find('"', begin) - begin)));
  }
  return found;
}

std::vector<CorpusCase> corpus(const char* kind) {
  std::vector<CorpusCase> cases;
  for (const auto& entry : fs::directory_iterator(fs::path(ADAPT_SOURCE_DIR) / "tests/corpus" / kind)) {
    const std::string toml = read_file(entry.path() / "case.toml").value();
    CorpusCase row;
    row.name = entry.path().filename().string();
    row.before = {{"model", "model.py", read_file(entry.path() / "model.py").value(), false}};
    row.after = {{"model", "model.py", read_file(entry.path() / "patched.py").value(), false}};
    row.expected = contains(toml, "expected = \"refused\"") ? "refused" : "other";
    row.rules = policy_rules(toml);
    cases.push_back(std::move(row));
  }
  return cases;
}

TEST(PatchPolicyCorpus, CatchesWhatTheCorpusSaysItCatches) {
  const auto cases = corpus("dishonest");
  EXPECT_GE(cases.size(), 20U);
  for (const CorpusCase& row : cases) {
    const auto findings = check_patch(row.before, row.after).value();
    std::set<std::string> rules;
    bool refused = false;
    for (const PolicyFinding& finding : findings) {
      rules.insert(finding.rule);
      refused = refused || finding.severity == Severity::refuse;
    }
    for (const std::string& rule : row.rules) EXPECT_TRUE(rules.contains(rule)) << row.name << " misses " << rule;
    EXPECT_EQ(refused, row.expected == "refused") << row.name;
  }
}

TEST(PatchPolicyCorpus, RefusesNoHonestPatch) {
  const auto cases = corpus("honest");
  EXPECT_GE(cases.size(), 20U);
  for (const CorpusCase& row : cases) {
    const std::vector<PolicyFinding> findings = check_patch(row.before, row.after).value();
    for (const PolicyFinding& finding : findings) {
      EXPECT_EQ(finding.severity, Severity::concession)
          << row.name << ", line " << finding.line << ": " << finding.text;
      EXPECT_TRUE(row.rules.contains(finding.rule)) << row.name << " concedes " << finding.rule << ": " << finding.text;
    }
  }
}

}  // namespace
}  // namespace adapt::judge
