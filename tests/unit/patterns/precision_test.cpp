#include "patterns/precision.h"

#include <gtest/gtest.h>

#include "tools/base/file.h"

namespace adapt::patterns {
namespace {

constexpr std::string_view kColumns = "pattern\tbackend\tsites\tfailed\n";

std::string complaint(const std::string& rows) {
  PrecisionTable table;
  const auto added = table.add(std::string(kColumns) + rows, "p.tsv");
  return added ? "" : added.error().message;
}

TEST(Precision, IsTheShareOfSitesThatFailed) {
  PrecisionTable table;
  ASSERT_TRUE(table.add("# note\n" + std::string(kColumns) + "a/b\tx\t4\t1\na/b\ty\t0\t0\n", "p.tsv"));
  EXPECT_DOUBLE_EQ(table.of("a/b", "x").value().share(), 0.25);
  EXPECT_FALSE(table.of("a/b", "y")) << "no site is no measurement";
  EXPECT_FALSE(table.of("a/c", "x"));
  EXPECT_EQ(table.backends(), (std::vector<std::string>{"x", "y"}));
}

TEST(Precision, RefusesWhatCannotBeACount) {
  EXPECT_EQ(complaint(""), "");
  for (const char* rows :
       {"a\tx\t1\n", "a\tx\t1\t2\n", "a\tx\t-1\t0\n", "a\tx\t1.5\t0\n", "a\tx\t1\t0\tz\n", "a x 1 0\n"})
    EXPECT_NE(complaint(rows).find("p.tsv:2: expected"), std::string::npos) << rows;
  EXPECT_EQ(complaint("a\tx\t1\t0\na\tx\t2\t0\n"), "p.tsv:3: 'a' on 'x' stands here twice");
  PrecisionTable table;
  EXPECT_FALSE(table.add("a\tx\t1\t0\n", "p.tsv")) << "without its first line";
}

TEST(Precision, ALaterFolderReplacesRows) {
  const auto folder = TempDir::create("precision").value();
  const std::vector<std::filesystem::path> folders = {folder.path() / "1", folder.path() / "2", folder.path() / "none"};
  for (const auto& [index, row] : {std::pair(0, "a\tx\t1\t0\nb\tx\t2\t1\n"), std::pair(1, "a\tx\t10\t5\n")}) {
    ASSERT_TRUE(make_directories(folders[static_cast<std::size_t>(index)]));
    ASSERT_TRUE(
        write_file_atomic(folders[static_cast<std::size_t>(index)] / "precision.tsv", std::string(kColumns) + row));
  }
  const auto table = PrecisionTable::load(folders);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->of("a", "x").value().sites, 10U);
  EXPECT_EQ(table->of("b", "x").value().sites, 2U);
}

}  // namespace
}  // namespace adapt::patterns
