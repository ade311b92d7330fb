// Every form of three runs, byte for byte. ADAPT_UPDATE_GOLDEN=1 writes the files anew: read them before they are kept.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "agent/emit/forms/forms.h"
#include "agent/emit/forms/tt_forge_models.h"
#include "runs_for_forms.h"
#include "tools/base/file.h"

namespace adapt::emit::forms {
namespace {

namespace fs = std::filesystem;

using Files = std::map<std::string, std::string>;  // by path

Files files_below(const fs::path& folder) {
  Files out;
  std::error_code code;
  for (fs::recursive_directory_iterator at(folder, code), end; !code && at != end; at.increment(code))
    if (at->is_regular_file())
      out[fs::relative(at->path(), folder).generic_string()] = read_file(at->path()).value_or("");
  return out;
}

void expect_golden(const std::string& name, const HandOver& run) {
  Files emitted;
  for (const std::string& form : form_names()) {
    const Result<Emitted> files = emit_form(*parse_form(form), run);
    ASSERT_TRUE(files) << form << ": " << files.error().message;
    for (const EmittedFile& file : files->files) emitted[form + "/" + file.path] = file.text;
  }
  const fs::path folder = fs::path(ADAPT_TEST_DATA) / "emit" / name;
  if (std::getenv("ADAPT_UPDATE_GOLDEN") != nullptr) {
    fs::remove_all(folder);
    for (const auto& [path, text] : emitted) {
      ASSERT_TRUE(make_directories((folder / path).parent_path()));
      ASSERT_TRUE(write_file_atomic(folder / path, text));
    }
  }
  const Files golden = files_below(folder);
  EXPECT_FALSE(golden.empty());
  for (const auto& [path, text] : emitted) EXPECT_EQ(golden.count(path), 1U) << path;
  for (const auto& [path, text] : golden) {
    const auto found = emitted.find(path);
    if (found == emitted.end())
      ADD_FAILURE() << path << " is emitted no more";
    else
      EXPECT_EQ(found->second, text) << path;
  }
}

TEST(GoldenForms, APatternThatChangedTheLibrary) { expect_golden("windows", windows_run()); }
TEST(GoldenForms, OptionsOfEveryScope) { expect_golden("options", options_run()); }
TEST(GoldenForms, AFileRepairedByHand) { expect_golden("file", file_run()); }

Files loader_files(const HandOver& run) {
  Files out;
  const Emitted emitted = *tt_forge_models(run);
  for (const EmittedFile& file : emitted.files) out[fs::path(file.path).filename()] = file.text;
  return out;
}

TEST(TtForgeModels, ALoaderAsksForWhatNotEveryModelHas) {
  HandOver run = file_run();
  EXPECT_EQ(loader_files(run).count("requirements.txt"), 0U);
  run.requirements = {"numpy==2.4.1", "torch==2.13.0"};
  EXPECT_EQ(loader_files(run).count("requirements.txt"), 0U);
  run.requirements = {"PyYAML==6.0.3", "einops==0.8.1", "torch==2.13.0", "torch-geometric==2.7.0"};
  EXPECT_EQ(loader_files(run)["requirements.txt"], "PyYAML==6.0.3\neinops==0.8.1\ntorch-geometric==2.7.0\n");
}

}  // namespace
}  // namespace adapt::emit::forms
