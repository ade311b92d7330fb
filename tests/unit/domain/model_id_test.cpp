#include "agent/domain/model_id.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::domain {
namespace {

namespace fs = std::filesystem;

class ModelText : public testing::Test {
 protected:
  ModelText() {
    std::string name = (fs::temp_directory_path() / "adapt-model-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    folder = fs::canonical(name);
    file = folder / "my model.py";
    EXPECT_TRUE(write_file_atomic(file, "def load_model(): ...\n"));
  }
  ~ModelText() override {
    std::error_code code;
    fs::remove_all(folder, code);
  }
  fs::path folder, file;
};

TEST_F(ModelText, names_a_class_of_the_library) {
  const auto id = parse_model_id("transformers:BertModel", ModelSize::base);
  ASSERT_TRUE(id) << id.error().message;
  EXPECT_EQ(*id, (ModelId{ModelKind::transformers, "BertModel", std::nullopt, ModelSize::base}));
  const client::Model wire = id->to_wire(7);
  EXPECT_EQ(wire, (client::Model{"transformers", "BertModel", "base", std::nullopt, 7}));
}

TEST_F(ModelText, names_a_folder_or_a_file_by_its_absolute_path) {
  const auto checkpoint = parse_model_id(folder.string() + "/./");
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  EXPECT_EQ(checkpoint->kind, ModelKind::folder);
  EXPECT_EQ(checkpoint->name, folder.string());
  const auto plain = parse_model_id(file.string());
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(*plain, (ModelId{ModelKind::file, file.string(), std::nullopt, ModelSize::tiny}));
  const auto made = parse_model_id(file.string() + ":make_it");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->name, file.string());
  EXPECT_EQ(made->factory, "make_it");
}

TEST_F(ModelText, prints_back_to_a_text_that_means_the_same) {
  for (const std::string& text :
       {std::string("transformers:BertModel"), folder.string(), file.string(), file.string() + ":make"}) {
    const auto id = parse_model_id(text);
    ASSERT_TRUE(id) << id.error().message;
    EXPECT_EQ(id->text(), text);
    const auto again = parse_model_id(id->text());
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, *id);
  }
}

TEST_F(ModelText, is_a_usage_error_that_says_what_to_do) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "empty"},
      {std::string("transformers:A\0B", 16), "NUL"},
      {std::string("/\0.py", 5), "NUL"},
      {"transformer:BertModel", "transformers"},
      {"nonsense:BertModel", "unknown model source 'nonsense:'"},
      {"transformers:", "not a class name"},
      {"transformers:Bert-Model", "not a class name"},
      {"transformers:1B", "not a class name"},
      {"transformers:os;x", "not a class name"},
      {"hf:org/name", "download"},
      {"diffusers:X", "load_model()"},
      {"timm:x", "load_model()"},
      {"org/name", "downloaded first"},
      {"BertModel", "transformers:BertModel"},
      {(folder / "absent.py").string(), "no such file or folder"},
      {(folder / "absent.py").string() + ":make", "no such file or folder"},
      {file.string() + ":", "not the name of a factory"},
      {file.string() + ":a b", "not the name of a factory"},
      {file.string() + ":a()", "not the name of a factory"},
  };
  for (const auto& [text, says] : cases) {
    SCOPED_TRACE(text);
    const auto id = parse_model_id(text);
    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().kind, ErrorKind::usage);
    EXPECT_TRUE(contains(id.error().message, says)) << id.error().message;
  }
}

TEST_F(ModelText, a_folder_whose_name_ends_like_a_file_is_not_a_file) {
  fs::create_directory(folder / "pack.py");
  const auto id = parse_model_id((folder / "pack.py").string() + ":make");
  ASSERT_FALSE(id);
  EXPECT_TRUE(contains(id.error().message, "is not a file"));
}

TEST_F(ModelText, slugs_are_safe_in_file_names) {
  EXPECT_EQ((ModelId{ModelKind::file, file.string(), std::nullopt, ModelSize::tiny}.slug()), "my-model");
  EXPECT_EQ((ModelId{ModelKind::folder, "/", std::nullopt, ModelSize::tiny}.slug()), "model");
  EXPECT_EQ((ModelId{ModelKind::transformers, std::string(100, 'x'), std::nullopt, ModelSize::tiny}.slug().size()),
            48U);
}

TEST(ModelSize, words_are_read_and_near_ones_suggested) {
  for (const ModelSize size : {ModelSize::tiny, ModelSize::base, ModelSize::full})
    EXPECT_EQ(*parse_model_size(to_string(size)), size);
  const auto size = parse_model_size("tinny");
  ASSERT_FALSE(size);
  EXPECT_TRUE(contains(size.error().message, "tiny"));
}

}  // namespace
}  // namespace adapt::domain
