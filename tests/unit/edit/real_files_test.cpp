// Random edits of real Python: the standard library of the python3 on the PATH.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>

#include "tests/unit/edit/random_edits.h"
#include "tools/base/file.h"
#include "tools/base/text.h"
#include "tools/edit/edit_set.h"
#include "tools/edit/indent.h"

namespace adapt::edit {
namespace {

namespace fs = std::filesystem;
using pyast::Document;
using pyast::Node;

std::string output_of(const char* command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command, "r"), pclose);
  std::string out;
  std::array<char, 4096> buffer{};
  while (pipe && std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) out += buffer.data();
  return out;
}

// Its modules in a fixed random order, so that a time limit still leaves a fair sample.
std::vector<fs::path> library_files() {
  const std::string folder(
      trim(output_of("python3 -c \"import sysconfig; print(sysconfig.get_paths()['stdlib'])\" 2>/dev/null")));
  std::vector<fs::path> files;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "/nonexistent" : folder, code))
    if (entry.path().extension() == ".py") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::shuffle(files.begin(), files.end(), std::mt19937(1));
  return files;
}

class RealFiles : public testing::Test {
 protected:
  void SetUp() override {
    files_ = library_files();
    if (files_.empty()) GTEST_SKIP() << "no Python standard library was found through python3";
  }

  // Calls `check` with file after file for at most a few seconds.
  template <class Check>
  void for_each_file(const Check& check) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
    std::size_t seen = 0;
    for (const fs::path& path : files_) {
      if (std::chrono::steady_clock::now() > end) break;
      const auto source = read_file(path, Document::kMaxBytes);
      if (!source) continue;
      SCOPED_TRACE(path.filename().string());
      check(*source);
      ++seen;
    }
    RecordProperty("files", static_cast<int>(seen));
    EXPECT_GT(seen, 0U);
  }

  std::vector<fs::path> files_;
  std::mt19937 random_{17};
};

TEST_F(RealFiles, ParseWithoutErrorsAndTokensCoverTheFile) {
  for_each_file([](const std::string& source) {
    const auto document = Document::parse(source);
    ASSERT_TRUE(document);
    EXPECT_EQ((*document)->error_count(), 0U);
    // What no leaf holds is layout (some line continuations, too), or text of a string between its escapes and
    // replacement fields.
    std::string uncovered = source;
    for (std::uint32_t i = 0; i < (*document)->node_count(); ++i) {
      const Node node = (*document)->at(i);
      if (!node.children().empty() && node.kind() != "string_content" && node.kind() != "format_specifier") continue;
      std::fill(uncovered.begin() + node.span().begin, uncovered.begin() + node.span().end, ' ');
    }
    EXPECT_EQ(trim(replace_all(uncovered, "\\\n", "  ")), "");
  });
}

TEST_F(RealFiles, IdentifierEditsApplyInvertAndPrint) {
  for_each_file([this](const std::string& source) {
    const auto document = Document::parse(source);
    ASSERT_TRUE(document);
    const std::vector<Node> identifiers = (*document)->nodes_of_kind("identifier");
    EditSet edits;
    for (int i = 0; i < 20 && !identifiers.empty(); ++i) {
      const pyast::Span span = identifiers[random_() % identifiers.size()].span();
      const auto added = edits.add({"m.py", span, "renamed_" + std::to_string(random_() % 100)});
      static_cast<void>(added);  // the same identifier may be drawn twice; the set refuses the second
    }
    const Sources before = {{"m.py", source}};
    const auto after = edit::apply(edits, before);
    ASSERT_TRUE(after) << after.error().message;
    if (edits.empty()) return;
    EXPECT_EQ(edit::apply(inverse(edits, before), *after).value().at("m.py"), source);
    EXPECT_EQ(edit::apply(difference(before, *after), before).value(), *after);
    EXPECT_EQ(edit::apply(difference(*after, before), *after).value(), before);
  });
}

TEST_F(RealFiles, RandomLineChangesApplyWholeOrNotAtAll) {
  for_each_file([this](const std::string& source) {
    const Sources before = {{"m.py", source}};
    const Sources after = {{"m.py", with_random_lines_changed(source, random_)}};
    const EditSet edits = difference(before, after);
    const auto result = edit::apply(edits, before);
    if (!result) {  // the change broke the syntax
      EXPECT_GT(Document::parse(after.at("m.py")).value()->error_count(),
                Document::parse(source).value()->error_count());
      return;
    }
    if (edits.empty()) return;
    EXPECT_EQ(*result, after);
    // Undoing may be refused only where it would bring syntax errors back.
    const auto restored = edit::apply(inverse(edits, before), after);
    EXPECT_EQ(restored.value_or(before), before);
  });
}

TEST_F(RealFiles, IndentingAWholeFileKeepsItsTokens) {
  for_each_file([](const std::string& source) {
    const std::string moved = indent_block(source, "    ");
    const auto plain = Document::parse("if x:\n    pass\n" + source);
    const auto nested = Document::parse("if x:\n    pass\n" + moved);
    ASSERT_TRUE(plain && nested);
    EXPECT_EQ((*nested)->error_count(), 0U);
    const auto strings = [](const Document& document) {
      std::vector<std::string_view> out;
      for (const Node node : document.nodes_of_kind("string")) out.push_back(node.text());
      return out;
    };
    EXPECT_EQ(strings(**plain), strings(**nested));
    EXPECT_EQ(indent_block(moved, ""), source);
  });
}

}  // namespace
}  // namespace adapt::edit
