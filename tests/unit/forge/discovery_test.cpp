#include "agent/forge/discovery.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "agent/forge/validate.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::forge {
namespace {

// A checkout made for one test.
class Checkout {
 public:
  Checkout() : folder_(std::move(*TempDir::create("forge-checkout-"))) {}
  void write(const std::string& path, std::string_view text) {
    EXPECT_TRUE(make_directories((folder_.path() / path).parent_path()));
    EXPECT_TRUE(write_file_atomic(folder_.path() / path, text));
  }
  const std::filesystem::path& root() const { return folder_.path(); }

 private:
  TempDir folder_;
};

constexpr std::string_view kImports =
    "from enum import StrEnum\nfrom ....base import ForgeModel, ForgePrefillModel\nfrom ....config import "
    "ModelConfig\n";
constexpr std::string_view kEnum = "class ModelVariant(StrEnum):\n    A = 'one/A'\n    B = 'b-2'\n    C = 'c'\n";

std::string listed(const std::vector<Variant>& variants) {
  std::vector<std::string> names;
  for (const Variant& variant : variants) names.push_back(variant.name.empty() ? "(none)" : variant.name);
  return join(names, " ");
}

// The variants of one loader with this text after the usual imports and enumeration; or why it was not read.
std::string variants(std::string_view text) {
  Checkout checkout;
  checkout.write("m/task/pytorch/loader.py", fmt::format("{}{}{}", kImports, kEnum, text));
  const Loader loader = read_loader(checkout.root(), "m/task/pytorch");
  return loader.read ? listed(loader.variants) : to_text(loader.problem);
}

TEST(Discovery, ReadsTheUsualDictionary) {
  EXPECT_EQ(variants("class ModelLoader(ForgeModel):\n    _VARIANTS = {\n        ModelVariant.A: "
                     "ModelConfig(pretrained_model_name='x/y'),\n"
                     "        ModelVariant.B: f(),  # comment\n    }\n"),
            "one/A b-2");
  EXPECT_EQ(variants("class ModelLoader(ForgeModel):\n    pass\n"), "(none)");
  EXPECT_EQ(variants("class ModelLoader(ForgeModel):\n    _VARIANTS = {}\n"), "(none)");
  EXPECT_EQ(
      variants("class ModelLoader(ForgeModel):\n    _VARIANTS: dict = {'plain': 1, ModelVariant.C: 2, 'plain': 3}\n"),
      "plain c");
}

TEST(Discovery, ReadsTheOtherWaysToWriteIt) {
  const std::string head = "class ModelLoader(ForgeModel):\n    _VARIANTS = ";
  EXPECT_EQ(variants(head + "{v: ModelConfig(pretrained_model_name=v.value) for v in ModelVariant}\n"), "one/A b-2 c");
  EXPECT_EQ(variants(head + "{v: 1 for v in ModelVariant if v not in (ModelVariant.A,) and v != ModelVariant.C}\n"),
            "b-2");
  EXPECT_EQ(variants("NAMES = ['x', 'y']\n" + head + "{f'{n}_{s}': n for n in NAMES for s in (1, 2)}\n"),
            "x_1 x_2 y_1 y_2");
  EXPECT_EQ(variants("_VARIANTS = {ModelVariant.A: 1}\n_MORE = {**_VARIANTS, ModelVariant.B: 2}\n" + head +
                     "_MORE | {ModelVariant.C: 3}\n"),
            "one/A b-2 c");
  EXPECT_EQ(variants(head + "dict([(ModelVariant.A, 1), (ModelVariant('c'), 2)])\n"), "one/A c");
  EXPECT_EQ(variants(head + "dict(zip(ModelVariant, [1, 2]))\n"), "one/A b-2");
  EXPECT_EQ(
      variants("_V = {}\nfor v in (ModelVariant.B, ModelVariant['C']):\n    _V[v] = ModelConfig()\n" + head + "_V\n"),
      "b-2 c");
  EXPECT_EQ(variants("class Base(ForgeModel):\n    _VARIANTS = {ModelVariant.A: 1, ModelVariant.B: 2}\n"
                     "class ModelLoader(Base):\n    _VARIANTS = {k: v for k, v in Base._VARIANTS.items() if k is not "
                     "ModelVariant.A}\n"),
            "b-2");
  EXPECT_EQ(variants("class ModelLoader(ForgeModel):\n    _VARIANTS = {ModelVariant.A: 1}\n    "
                     "_VARIANTS.update({ModelVariant.B: 1})\n"
                     "ModelLoader._VARIANTS[ModelVariant.C] = 3\n"),
            "one/A b-2 c");
}

TEST(Discovery, SaysWhatItCannotReadAndWhere) {
  const std::string head = "class ModelLoader(ForgeModel):\n    _VARIANTS = ";
  const std::string where = "m/task/pytorch/loader.py:";
  const std::string unread = ": warning: the variants of ModelLoader are not known without running it: ";
  EXPECT_EQ(variants(head + "load_table('variants.json')\n"), where + "9:1" + unread + "a call of 'load_table'");
  EXPECT_EQ(variants(head + "{name(): 1}\n"), where + "9:1" + unread + "a key: a call of 'name'");
  EXPECT_EQ(variants("import os\nV = {}\nif os.environ.get('X'):\n    V = {ModelVariant.A: 1}\n" + head + "V\n"),
            where + "11:1" + unread + "bound under 'if'");
  EXPECT_EQ(variants(head + "{v: 1 for v in table()}\n"),
            where + "9:1" + unread + "a comprehension over a call of 'table'");
  EXPECT_EQ(variants("class Other(ForgeModel):\n    pass\n"),
            where.substr(0, where.size() - 1) + ": warning: no class ModelLoader");
  EXPECT_EQ(variants("class ModelLoader:\n    pass\n"), where + "8:1: warning: ModelLoader comes from no ForgeModel");
  EXPECT_EQ(variants("def broken(:\n"), where + "8:1: warning: this is not Python");
}

TEST(Discovery, KnowsHowMembersPrint) {
  Checkout checkout;
  checkout.write("config.py",
                 "from enum import Enum\nclass StrEnum(Enum):\n    def __str__(self):\n        return self.value\n");
  checkout.write("m/pytorch/loader.py",
                 "from ...config import StrEnum\nfrom ...base import ForgeModel\nfrom enum import Enum\n"
                 "class ModelVariant(StrEnum):\n    A = 'a'\n    AGAIN = 'a'\n    B = 'b' 'c'\n    _hidden_ = 'x'\n"
                 "    @property\n    def p(self):\n        return 1\n"
                 "class Plain(str, Enum):\n    X = 'x'\n"
                 "class ModelLoader(ForgeModel):\n    _VARIANTS = {ModelVariant.AGAIN: 1, ModelVariant.A: 2, "
                 "ModelVariant.B: 3, Plain.X: 4}\n");
  const Loader loader = read_loader(checkout.root(), "m/pytorch");
  EXPECT_EQ(loader.read ? listed(loader.variants) : to_text(loader.problem), "a bc Plain.X");
  checkout.write(
      "n/pytorch/loader.py",
      "import enum\nfrom ...base import ForgeModel\nclass V(enum.StrEnum):\n    BIG = enum.auto()\n"
      "class ModelLoader(ForgeModel):\n    _VARIANTS = dict.fromkeys(V)\n    _VARIANTS = {v: 1 for v in V}\n");
  const Loader other = read_loader(checkout.root(), "n/pytorch");
  EXPECT_EQ(other.read ? listed(other.variants) : to_text(other.problem), "big");
}

TEST(Discovery, FollowsWhatLoadersInherit) {
  Checkout checkout;
  checkout.write(
      "llama/lm/pytorch/loader.py",
      fmt::format("{}{}class ModelLoader(ForgeModel):\n    _VARIANTS = {{ModelVariant.A: 1, ModelVariant.B: 2}}\n"
                  "    def load_inputs_decode(self):\n        pass\n"
                  "class ModelLoaderPrefill(ModelLoader, ForgePrefillModel):\n"
                  "    _VARIANTS = {{ModelVariant.B: ModelLoader._VARIANTS[ModelVariant.B]}}\n",
                  kImports, kEnum));
  checkout.write("tools/lora.py", "class Mixin:\n    x = 1\n");
  checkout.write("llama_lora/lm/pytorch/loader.py",
                 "from ....llama.lm.pytorch.loader import ModelLoader as _L, ModelLoaderPrefill as _P, ModelVariant\n"
                 "from third_party.tt_forge_models.tools.lora import Mixin\n"
                 "class ModelLoader(Mixin, _L):\n    pass\nclass Prefill(Mixin, _P):\n    pass\n");
  const Loader lora = read_loader(checkout.root(), "llama_lora/lm/pytorch");
  ASSERT_TRUE(lora.read) << to_text(lora.problem);
  EXPECT_EQ(listed(lora.variants) + "|" + listed(lora.prefill) + "|" + (lora.decodes ? "decodes" : ""),
            "one/A b-2|b-2|decodes");
  checkout.write("lost/pytorch/loader.py",
                 "from ...gone.pytorch.loader import ModelLoader as L\nclass ModelLoader(L):\n    pass\n");
  const Loader lost = read_loader(checkout.root(), "lost/pytorch");
  EXPECT_FALSE(lost.read);
  EXPECT_EQ(lost.problem.message,
            "the variants of ModelLoader are not known without running it: module "
            "'tt_forge_models.gone.pytorch.loader.ModelLoader'");
  checkout.write("ring/a.py", "from .b import V\nV2 = V\n");
  checkout.write("ring/b.py", "from .a import V2\nV = {'x': 1}\n");
  checkout.write(
      "ring/pytorch/loader.py",
      "from ..a import V\nfrom ...base import ForgeModel\nclass ModelLoader(ForgeModel):\n    _VARIANTS = V\n");
  EXPECT_EQ(listed(read_loader(checkout.root(), "ring/pytorch").variants), "x");
}

TEST(Discovery, IsBoundedWhateverTheText) {
  EXPECT_EQ(variants("A = 'aaaaaaaaaaaaaaaa'\n" +
                     [] {
                       std::string text;
                       for (int i = 0; i < 64; ++i) text += "A = A + A\nL = [L, L] if False else [A, A]\n";
                       return text;
                     }() +
                     "class ModelLoader(ForgeModel):\n    _VARIANTS = {A: 1}\n")
                .substr(0, 34),
            "m/task/pytorch/loader.py:138:1: wa");
  std::string nested = "X = [1]\n";
  for (int i = 0; i < 60; ++i) nested += "X = [X, X, X]\n";
  EXPECT_EQ(
      variants(nested + "class ModelLoader(ForgeModel):\n    _VARIANTS = {v: 1 for v in ModelVariant if v in X}\n")
          .substr(0, 24),
      "m/task/pytorch/loader.py");
  EXPECT_EQ(variants("R = [a for b in [1]*1 for a in " + std::string(3000, '(') + "1" + std::string(3000, ')') + "]\n" +
                     "class ModelLoader(ForgeModel):\n    _VARIANTS = {'x': 1}\n"),
            "x");
}

// A loader with both phases, one of JAX, one that is left out, and folders of other frameworks.
Catalogue small_catalogue(Checkout& checkout) {
  checkout.write(
      "a/pytorch/loader.py",
      "from ...base import ForgeModel, ForgePrefillModel\nclass ModelLoader(ForgeModel):\n    _VARIANTS = {'S': 1}\n"
      "    def load_inputs_decode(self): pass\nclass P(ModelLoader, ForgePrefillModel):\n    pass\n");
  checkout.write("a/jax/loader.py", "from ...base import ForgeModel\nclass ModelLoader(ForgeModel):\n    pass\n");
  checkout.write("a/onnx/loader.py", "");
  checkout.write("suryaocr/pytorch/loader.py", "");
  checkout.write("unread/pytorch/loader.py", "class ModelLoader(make()):\n    pass\n");
  auto found = discover(checkout.root());
  EXPECT_TRUE(found);
  return found.value_or(Catalogue{});
}

TEST(Discovery, ListsEveryTestThatIsNotAlwaysSkipped) {
  Checkout checkout;
  const Catalogue catalogue = small_catalogue(checkout);
  EXPECT_EQ(catalogue.others, (std::vector<std::string>{"a/onnx", "suryaocr/pytorch"}));
  ASSERT_EQ(catalogue.loaders.size(), 3U);
  EXPECT_FALSE(catalogue.find("unread/pytorch")->read);
  std::set<std::string> names;
  for (const Loader& loader : catalogue.loaders)
    for_each_test(loader, [&](const TestId& id) {
      names.insert(pytest_name(id));
      EXPECT_EQ(*parse_test_id(pytest_name(id)), id);
      EXPECT_EQ(offers(catalogue, id), true) << to_string(id);
    });
  EXPECT_EQ(names.size(), 6U + 6U + 2U + 10U * 2U * (1U + 4U + 3U + 4U + 4U - 1U + 0U)) << names.size();
  EXPECT_TRUE(names.contains("test_all_models_torch[a/pytorch-S-data_parallel-training]"));
  EXPECT_TRUE(names.contains("test_all_models_jax[a/jax-single_device-inference]"));
  EXPECT_TRUE(
      names.contains("test_llms_torch[a/pytorch-S-llm_decode-seq_1-batch_1-tensor_parallel-mesh_default-inference]"));
  EXPECT_TRUE(names.contains(
      "test_llms_torch[a/pytorch-S-llm_prefill-seq_128-batch_4-fsdp-dp-tensor_parallel-mesh_2x4-training]"));
  EXPECT_FALSE(names.contains(
      "test_llms_torch[a/pytorch-S-llm_prefill-seq_128-batch_4-fsdp-dp-tensor_parallel-mesh_1x4-training]"));
  EXPECT_EQ(validator_count(catalogue), 6U + 6U + 72U + 720U);
}

TEST(Discovery, KnowsWhatIsNotOfferedAndWhatWasMeant) {
  Checkout checkout;
  const Catalogue catalogue = small_catalogue(checkout);
  const auto asked = [&](std::string_view text) {
    const TestId id = *parse_test_id(text);
    const auto offered = offers(catalogue, id);
    if (!offered) return std::string("not known");
    return *offered ? std::string("offered") : nearest_test(catalogue, id).value_or("nothing near");
  };
  EXPECT_EQ(asked("a/pytorch-S-single_device-inference"), "offered");
  EXPECT_EQ(asked("a/pytorch-Small-single_device-inference"), "a/pytorch-S-single_device-inference");
  EXPECT_EQ(asked("aa/pytorch-S-single_device-inference"), "a/pytorch-S-single_device-inference");
  EXPECT_EQ(asked("quite_another_model/pytorch-S-single_device-inference"), "nothing near");
  EXPECT_EQ(asked("unread/pytorch-S-single_device-inference"), "not known");
  EXPECT_EQ(asked("a/pytorch-S-llm_decode-seq_128-batch_1-single_device-mesh_default-inference"),
            "a/pytorch-S-llm_decode-seq_1-batch_1-single_device-mesh_default-inference");
  EXPECT_EQ(asked("a/pytorch-S-llm_prefill-seq_128-batch_2-single_device-mesh_default-inference"), "nothing near");
}

TEST(Discovery, RefusesWhatIsNoCheckout) {
  Checkout checkout;
  EXPECT_EQ(discover(checkout.root()).error().message,
            "'" + checkout.root().string() +
                "' holds no pytorch/loader.py and no jax/loader.py; is it a checkout of tt-forge-models?");
  EXPECT_EQ(discover(checkout.root() / "no").error().message,
            "'" + (checkout.root() / "no").string() + "' is no folder");
}

TEST(Validation, ComparesEntriesWithLoadersAndFiles) {
  Checkout checkout;
  const Catalogue catalogue = small_catalogue(checkout);
  const std::string config = "tests/runner/test_config/";
  checkout.write(config + "torch/test_config_inference_single_device.yaml",
                 "test_config:\n  a/pytorch-S-single_device-inference:\n    filechecks: [no.mlir, yes.mlir]\n"
                 "  a/pytorch-T-single_device-inference:\n    status: EXPECTED_PASSING\n"
                 "  a/jax-single_device-inference:\n    status: EXPECTED_PASSING\n");
  checkout.write(config + "jax/test_config_inference_single_device.yaml",
                 "test_config:\n  a/jax-single_device-inference:\n    status: EXPECTED_PASSING\n");
  checkout.write(config + "torch/test_config_placeholders.yaml", "PLACEHOLDER_MODELS:\n  S:\n  T:\n");
  checkout.write(
      config + "torch_llm/test_config_inference_single_device.yaml",
      "test_config:\n  a/pytorch-S-llm_decode-seq_1-batch_1-single_device-mesh_2x4-inference:\n    markers: [push]\n");
  checkout.write("tests/filecheck/yes.mlir", "");
  const auto paths = find_config({checkout.root().string()});
  ASSERT_TRUE(paths);
  const Validation validation = validate(*paths, &catalogue);
  std::string text = to_text(validation, true);
  const std::string torch = config + "torch/test_config_inference_single_device.yaml";
  EXPECT_EQ(
      text,
      config + "jax/test_config_inference_single_device.yaml:2:3: note: 'a/jax-single_device-inference' stands in " +
          torch + ":6 too\n" + torch +
          ":2:3: error: entry 'a/pytorch-S-single_device-inference': no FileCheck pattern 'no.mlir'\n" + torch +
          ":4:3: error: no loader offers 'a/pytorch-T-single_device-inference'; did you mean "
          "'a/pytorch-S-single_device-inference'?\n" +
          torch +
          ":6:3: note: 'a/jax-single_device-inference' belongs into jax/test_config_inference_single_device.yaml\n" +
          config +
          "torch/test_config_placeholders.yaml:2:3: note: placeholder 'S' has a loader, a/pytorch, variant S\n" +
          config +
          "torch_llm/test_config_inference_single_device.yaml:2:3: note: "
          "'a/pytorch-S-llm_decode-seq_1-batch_1-single_device-mesh_2x4-inference' never runs: a mesh needs a sharding "
          "strategy\n"
          "unread/pytorch/loader.py:1:1: warning: the variants of ModelLoader are not known without running it: "
          "a call of 'make'\n"
          "5 entries and 2 placeholders in 4 files: 2 errors, 1 warnings, 4 notes\n"
          "3 loaders (1 not read) make 804 tests by the names of tt-xla's validator; 801 have no entry\n");
  EXPECT_EQ(find_config({checkout.root().string() + "/a"}).error().message,
            "'" + checkout.root().string() + "/a' holds no test_config_*.yaml; is it a checkout of tt-xla?");
}

// Over real checkouts, where the environment names them.
TEST(RealCheckouts, AreReadWholeAndWithoutAFault) {
  const char* models = std::getenv("ADAPT_TT_FORGE_MODELS");
  const char* xla = std::getenv("ADAPT_TT_XLA");
  if (models == nullptr || xla == nullptr) GTEST_SKIP() << "ADAPT_TT_FORGE_MODELS and ADAPT_TT_XLA name no checkouts";
  const auto catalogue = discover(models);
  ASSERT_TRUE(catalogue);
  for (const Loader& loader : catalogue->loaders) EXPECT_TRUE(loader.read) << to_text(loader.problem);
  const auto paths = find_config({xla});
  ASSERT_TRUE(paths);
  const Validation validation = validate(*paths, &*catalogue);
  EXPECT_EQ(validation.count(Severity::error) + validation.count(Severity::warning), 0U) << to_text(validation, false);
}

}  // namespace
}  // namespace adapt::forge
