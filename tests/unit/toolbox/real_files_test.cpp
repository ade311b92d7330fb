// Real modules: what is shown, given back, changes nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/unit/toolbox/stand_in_bench.h"
#include "tools/base/file.h"
#include "tools/toolbox/address.h"

namespace adapt::toolbox {
namespace {

namespace fs = std::filesystem;

// The largest few files of the standard library, and of the folder that ADAPT_PYTHON_SOURCES names.
std::vector<Source> real_sources() {
  std::vector<fs::path> folders = {ADAPT_PYTHON_LIBRARY};
  if (const char* more = std::getenv("ADAPT_PYTHON_SOURCES")) folders.emplace_back(more);
  std::vector<Source> out;
  for (const fs::path& folder : folders) {
    std::vector<std::pair<std::uintmax_t, fs::path>> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied))
      if (entry.is_regular_file() && entry.path().extension() == ".py" &&
          !contains(entry.path().string(), "-packages") && !contains(entry.path().string(), "/test/"))
        files.emplace_back(entry.file_size(), entry.path());
    std::sort(files.rbegin(), files.rend());
    for (std::size_t i = 0; i < files.size() && i < 4; ++i) {
      auto text = read_file(files[i].second);
      EXPECT_TRUE(text);
      const std::string name = files[i].second.stem().string();
      if (text && files[i].first < pyast::Document::kMaxBytes) out.push_back(source_of(*text, name, name + ".py"));
    }
  }
  return out;
}

TEST(RealFiles, EveryFunctionByItselfIsInPlace) {
  std::size_t functions = 0;
  for (const Source& source : real_sources()) {
    Bed bed({source});
    auto document = pyast::Document::parse(source.text);
    ASSERT_TRUE(document);
    const auto symbols = symbols_of(**document);
    const std::size_t step = std::max<std::size_t>(symbols.size() / 60, 1);
    for (std::size_t i = 0; i < symbols.size(); i += step) {
      const Symbol& symbol = symbols[i];
      const Json asked = {{"symbol", source.module + ":" + symbol.name}, {"code", shown(symbol.whole)}};
      const auto reply = bed.tools.call("rewrite", dump(asked));
      ASSERT_TRUE(reply) << reply.error().message;
      if (symbol.whole.text().size() > 60'000) continue;  // longer than code may be
      EXPECT_TRUE(reply->text.starts_with("Already in place")) << source.module << ":" << symbol.name << "\n"
                                                               << reply->text;
      ++functions;
    }
    EXPECT_EQ(bed.tools.draft(), Draft{});
  }
  EXPECT_GT(functions, 100U);
}

// Changing a statement and changing it back: the text is the same to the byte, by address and by indentation.
TEST(RealFiles, AStatementThereAndBackLeavesTheBytes) {
  std::size_t statements = 0;
  for (const Source& source : real_sources()) {
    if (source.text.size() > 200'000) continue;
    Bed bed({source});
    auto parsed = pyast::Document::parse(source.text);
    ASSERT_TRUE(parsed);
    const auto& document = **parsed;
    auto module = std::make_shared<Module>();
    module->source = source;
    module->document = *parsed;
    module->symbols = symbols_of(document);
    std::vector<pyast::Node> nodes;
    for (const pyast::Node block : document.nodes_of_kind("block"))
      for (const pyast::Node node : block.named_children())
        if (!node.has_error()) nodes.push_back(node);
    const std::size_t step = std::max<std::size_t>(nodes.size() / 12, 1);
    for (std::size_t i = 0; i < nodes.size(); i += step) {
      const pyast::Node node = nodes[i];
      const Target home = home_of(module, node);
      const auto alike = nodes_of(home, node.kind());
      const auto occurrence = std::find(alike.begin(), alike.end(), node) - alike.begin() + 1;
      Json asked = {{"symbol", home.name()},
                    {"kind", node.kind()},
                    {"occurrence", occurrence},
                    {"fingerprint", fingerprint_of(node)},
                    {"code", shown(node)}};
      const auto same = bed.tools.call("rewrite", dump(asked));
      ASSERT_TRUE(same);
      ASSERT_TRUE(same->text.starts_with("Already in place")) << dump(asked) << "\n" << same->text;
      // Lines that hang out to the left of their statement lose their place when they are put anew.
      const std::string_view indentation = document.indentation_at(node.span().begin);
      const auto lines = split_lines(node.text());
      const bool hangs = std::any_of(lines.begin() + 1, lines.end(), [&](std::string_view line) {
        return !trim(line).empty() && !line.starts_with(indentation);
      });
      if (hangs || node.kind() == "string") continue;
      asked["code"] = "adapt_marker = 1";
      const auto there = bed.tools.call("rewrite", dump(asked));
      ASSERT_TRUE(there);
      if (!there->changed) continue;  // a function definition below its decorator
      Json back = bed.address({{"code", "adapt_marker = 1"}, {"symbol", source.module}}, 1, {{"code", shown(node)}});
      const auto restored = bed.tools.call("rewrite", dump(back));
      ASSERT_TRUE(restored);
      EXPECT_EQ(bed.text() == source.text, true) << dump(asked) << restored->text;
      bed.tools.restore({});
      ++statements;
    }
  }
  EXPECT_GT(statements, 12U);
}

}  // namespace
}  // namespace adapt::toolbox
