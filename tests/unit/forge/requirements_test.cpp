#include "agent/forge/requirements.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tools/base/file.h"

namespace adapt::forge {
namespace {

std::string names(std::string_view text) {
  std::vector<Finding> findings;
  std::string out;
  for (const Requirement& one : parse_requirements(text, "requirements.txt", "f", findings).requirements)
    out += fmt::format("{}:{}{} ", one.line, one.option ? "option" : one.name,
                       one.name.empty() && !one.option ? one.text : "");
  for (const Finding& finding : findings) out += fmt::format("| {}: {}", finding.place.line, finding.message);
  return out;
}

TEST(Requirements, AreReadAsPipReadsThem) {
  EXPECT_EQ(
      names("# c\n\ntransformers==4.57.1  # why\nQwen_VL.Utils[decord] == 0.0.8\nav>=1,<2; python_version < '3.13'\n"),
      "3:transformers 4:qwen-vl-utils 5:av ");
  EXPECT_EQ(names("--extra-index-url https://x.org/whl/cpu\n-r other.txt\ngit+https://g.org/a/b.git@77ce\n"
                  "janus @ git+https://g.org/J.git\n./local\ntorchcodec==0.10.*\ntorchaudio==2.11.0+cpu\n"),
            "1:option 2:option 3:git+https://g.org/a/b.git@77ce 4:janus 5:./local 6:torchcodec 7:torchaudio ");
  EXPECT_EQ(names("a \\\n  >= 1\nb\r\n"), "1:a 3:b ");
}

TEST(Requirements, ThatPipWouldRefuseHaveAFinding) {
  EXPECT_EQ(names("a=1\n"), "1:a | 1: 'a=1': '=1' is no version");
  EXPECT_EQ(names("a[x\n"), "1:a | 1: 'a[x': extras that nothing closes");
  EXPECT_EQ(names("a @ b\n"), "1:a | 1: 'a @ b': '@' without an address");
  EXPECT_EQ(names("==1\n"), "1:==1 | 1: '==1': it begins with no name");
  EXPECT_EQ(names("a b\n"), "1:a | 1: 'a b': 'b' is no version");
  EXPECT_EQ(names("a \\"), "| 1: the last line goes on, and ends");
}

TEST(Requirements, BesideALoaderAreReadInOrder) {
  const auto folder = TempDir::create("forge-requirements-");
  ASSERT_TRUE(folder);
  EXPECT_TRUE(read_requirements(folder->path(), "x").empty());
  ASSERT_TRUE(write_file_atomic(folder->path() / "requirements.nodeps.txt", "b\n"));
  const Requirements alone = read_requirements(folder->path(), "x/pytorch");
  ASSERT_EQ(alone.findings.size(), 1U);
  EXPECT_EQ(
      to_text(alone.findings[0]),
      "x/pytorch/requirements.nodeps.txt: warning: without a requirements.txt beside it nothing of it is installed");
  ASSERT_TRUE(write_file_atomic(folder->path() / "requirements.txt", "a\n"));
  ASSERT_TRUE(write_file_atomic(folder->path() / "requirements.nodeps.nobuildisolation.txt", std::string("c\0", 2)));
  const Requirements all = read_requirements(folder->path(), "x");
  EXPECT_EQ(all.files, (std::vector<RequirementFile>{
                           {"requirements.txt", {{.text = "a", .name = "a", .line = 1}}},
                           {"requirements.nodeps.txt", {{.text = "b", .name = "b", .line = 1}}},
                       }));
  ASSERT_EQ(all.findings.size(), 1U);
  EXPECT_EQ(all.findings[0].message, "bytes that are no text");
}

}  // namespace
}  // namespace adapt::forge
