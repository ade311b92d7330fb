// The loaders of a checkout of tt-forge-models, their variants, and the tests that tt-xla makes of them. Nothing of the
// checkout is run.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/forge/finding.h"
#include "agent/forge/requirements.h"
#include "agent/forge/test_id.h"
#include "agent/forge/vocabulary.h"
#include "tools/base/result.h"

namespace adapt::forge {

struct Variant {
  std::string name;        // as in a test's id; empty: the loader has no variants
  std::string pretrained;  // where its configuration names one in plain text
  bool operator==(const Variant&) const = default;
};

struct Loader {
  std::string path;  // of the folder, from the root: "llama/causal_lm/pytorch"
  Framework framework = Framework::torch;
  std::vector<Variant> variants{};  // of ModelLoader; one without a name where it has none
  std::vector<Variant> prefill{};   // of the classes for whole prompts; empty where there is none
  bool decodes = false;             // has inputs for one token at a time
  bool read = true;                 // false: its variants are not known without running it; `problem` says where
  Finding problem{};
  Requirements requirements{};
};

struct Catalogue {
  std::filesystem::path root;
  std::vector<Loader> loaders;      // that tt-xla looks at, sorted by path
  std::vector<std::string> others;  // folders with a loader.py that it does not look at, sorted
  std::vector<Finding> findings;    // folders that could not be looked into

  const Loader* find(std::string_view path) const;
};

inline constexpr std::size_t kMostFolders = 200'000;
inline constexpr int kMostFolderDepth = 24;

// Fails where `root` is no folder, or holds no loader at all.
Result<Catalogue> discover(const std::filesystem::path& root);
// One loader, by its folder.
Loader read_loader(const std::filesystem::path& root, const std::string& path);

// Whether tt-xla's validator knows a test of that name. Nothing where the loader's variants are not known.
std::optional<bool> offers(const Catalogue& catalogue, const TestId& id);
// Why its runner skips every test of a language model with these parameters; empty where it does not.
std::string_view why_skipped(const LlmCase& llm, Mode mode);

// Every test of the loader that the runner does not always skip, in a fixed order.
void for_each_test(const Loader& loader, const std::function<void(const TestId&)>& visit);
std::size_t validator_count(const Catalogue& catalogue);  // how many names its validator makes

// The test of the catalogue that `id`, which is none, was probably meant to be.
std::optional<std::string> nearest_test(const Catalogue& catalogue, const TestId& id);

}  // namespace adapt::forge
