#include "agent/domain/forge_folder.h"

#include <gtest/gtest.h>

#include "agent/domain/model_id.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::domain {
namespace {

namespace fs = std::filesystem;

class ForgeFolder : public testing::Test {
 protected:
  ForgeFolder() : made(TempDir::create("adapt-forge-")) {
    EXPECT_TRUE(made);
    root = fs::canonical(made->path());
    put("base.py");
    put("config.py");
    put("__init__.py");
    put("bert/__init__.py");
    put("bert/masked_lm/__init__.py");
    put("bert/masked_lm/pytorch/loader.py");
    put("bert/question_answering/pytorch/loader.py");
    put("alexnet/pytorch/loader.py");
    put("mnist/image_classification/pytorch/loader.py");
    put("jax_only/jax/loader.py");
    put("odd: name/pytorch/loader.py");
  }
  void put(const std::string& file) const {
    EXPECT_TRUE(make_directories((root / file).parent_path()));
    EXPECT_TRUE(write_file_atomic(root / file, "\n"));
  }
  std::string at(std::string_view below) const { return (root / below).string(); }

  Result<TempDir> made;
  fs::path root;
};

TEST_F(ForgeFolder, is_named_by_itself_by_a_folder_above_it_or_by_its_file) {
  const std::pair<std::string, std::string> cases[] = {
      {"bert/masked_lm/pytorch", "bert/masked_lm/pytorch"},
      {"bert/masked_lm", "bert/masked_lm/pytorch"},
      {"bert/masked_lm/pytorch/loader.py", "bert/masked_lm/pytorch"},
      {"bert/../alexnet/", "alexnet/pytorch"},
      {"mnist", "mnist/image_classification/pytorch"},
  };
  for (const auto& [text, folder] : cases) {
    SCOPED_TRACE(text);
    const auto id = parse_model_id("forge:" + at(text), ModelSize::full);
    ASSERT_TRUE(id) << id.error().message;
    EXPECT_EQ(*id, (ModelId{ModelKind::forge, at(folder), std::nullopt, ModelSize::full}));
    EXPECT_EQ(id->text(), "forge:" + at(folder));
    EXPECT_EQ(parse_model_id(id->text(), ModelSize::full).value(), *id);
  }
}

TEST_F(ForgeFolder, may_be_followed_by_a_variant_and_both_may_hold_colons) {
  const std::pair<std::string, std::string> cases[] = {
      {at("bert/masked_lm"), "Base_Uncased"}, {at("alexnet"), "a:b"}, {at("odd: name"), "1.5B instruct"}};
  for (const auto& [folder, variant] : cases) {
    SCOPED_TRACE(folder);
    const auto id = parse_model_id(fmt::format("forge:{}:{}", folder, variant));
    ASSERT_TRUE(id) << id.error().message;
    EXPECT_EQ(*id, (ModelId{ModelKind::forge, folder + "/pytorch", variant}));
    EXPECT_EQ(parse_model_id(id->text()).value(), *id);
    EXPECT_EQ(id->to_wire(3), (client::Model{"forge", folder + "/pytorch", "tiny", variant, 3}));
  }
}

TEST_F(ForgeFolder, that_is_none_is_a_usage_error_that_says_what_to_do) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "no such file or folder"},
      {at("absent"), "no such file or folder: " + at("absent")},
      {at("absent") + ":variant", "no such file or folder: " + at("absent")},
      {at("bert"), "holds 2 models (masked_lm, question_answering); name one, e.g. forge:" + at("bert/masked_lm")},
      {at("jax_only"), "no loader.py in " + at("jax_only") + " nor in a folder pytorch of it"},
      {at("base.py"), "is not a loader; name a loader.py"},
      {at("alexnet") + ":", "'' is not the name of a variant"},
      {at("alexnet") + ":a\nb", "is not the name of a variant"},
      {at("alexnet") + ":" + std::string(201, 'x'), "is not the name of a variant"},
  };
  for (const auto& [text, says] : cases) {
    SCOPED_TRACE(text);
    const auto id = parse_model_id("forge:" + text);
    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().kind, ErrorKind::usage);
    EXPECT_TRUE(contains(id.error().message, says)) << id.error().message;
  }
}

TEST_F(ForgeFolder, gives_a_model_the_name_of_its_packages) {
  EXPECT_EQ(forge_model_name(at("bert/masked_lm/pytorch")), "bert-masked_lm");
  EXPECT_EQ(forge_model_name(at("alexnet/pytorch")), "alexnet");
  EXPECT_EQ(forge_model_name("/pytorch"), "");
  EXPECT_EQ((ModelId{ModelKind::forge, at("bert/masked_lm/pytorch"), "Base v1.5"}.slug()), "bert-masked-lm-Base-v1-5");
}

TEST_F(ForgeFolder, lists_requirement_files_in_the_order_in_which_they_are_installed) {
  EXPECT_EQ(forge_requirement_files(root / "alexnet/pytorch"), std::vector<fs::path>());
  put("alexnet/pytorch/requirements.nodeps.nobuildisolation.txt");
  put("alexnet/pytorch/requirements.txt");
  put("alexnet/pytorch/requirements.dev.txt");
  EXPECT_EQ(forge_requirement_files(root / "alexnet/pytorch"),
            (std::vector<fs::path>{root / "alexnet/pytorch/requirements.txt",
                                   root / "alexnet/pytorch/requirements.nodeps.nobuildisolation.txt"}));
}

}  // namespace
}  // namespace adapt::domain
