// The judge on files, whole, missing, damaged and lying.
#include <gtest/gtest.h>

#include <fstream>

#include "harness/judge/judge.h"
#include "harness/judge/sensitivity.h"
#include "tests/unit/judge/arrays.h"
#include "tools/base/file.h"

namespace adapt::judge {
namespace {

namespace fs = std::filesystem;
using testing::stored_as;

constexpr const char* kLeaves = R"([{"name":"y","kind":"float","dtype":"float32","shape":[2,2]}])";

tensor::ArrayFile answer(const std::vector<double>& values) {
  tensor::ArrayFile file;
  file.arrays["leaf/0000"] = stored_as<float>(tensor::DType::f32, {2, 2}, values);
  file.metadata = {{"tree", "(y,)"}, {"leaves", kLeaves}};
  return file;
}

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("judge");
    ASSERT_TRUE(folder.has_value());
    folder_.emplace(std::move(*folder));
    write("a.inputs", inputs(1));
    write("b.inputs", inputs(2));
    write("base.inputs", inputs(3));
    write("a.reference", answer({1, 2, 3, 4}));
    write("b.reference", answer({4, 1, 2, 2}));
    write("a.candidate", answer({1, 2, 3, 4}));
    write("b.candidate", answer({4, 1, 2, 2}));
  }

  static tensor::ArrayFile inputs(double seed) {
    tensor::ArrayFile file;
    file.arrays["x"] = stored_as<float>(tensor::DType::f32, {1}, {seed});
    return file;
  }
  fs::path at(const std::string& name) const { return folder_->path() / (name + ".safetensors"); }
  void write(const std::string& name, const tensor::ArrayFile& file) {
    ASSERT_TRUE(tensor::write_safetensors(at(name), file).has_value());
  }
  Evidence evidence() const {
    Evidence all{{}, at("base.inputs")};
    for (const std::string draw : {"a", "b"}) {
      all.draws.push_back({draw, at(draw + ".inputs"), at(draw + ".reference"), std::nullopt, at(draw + ".candidate")});
    }
    return all;
  }
  Verdict verdict() const {
    const auto judgement = judge_outputs(evidence());
    EXPECT_TRUE(judgement.has_value());
    return judgement ? judgement->verdict : Verdict::passed;
  }

  std::optional<TempDir> folder_;
};

TEST_F(Files, EqualAnswersPass) { EXPECT_EQ(verdict(), Verdict::passed); }

TEST_F(Files, InputsAreToldApartByContentNotByName) {
  write("b.inputs", inputs(1));
  EXPECT_EQ(verdict(), Verdict::inconclusive);
}

TEST_F(Files, AMissingAnswerIsTheCandidatesFault) {
  fs::remove(at("b.candidate"));
  EXPECT_EQ(verdict(), Verdict::diverged);
}

TEST_F(Files, AMissingReferenceIsOurs) {
  fs::remove(at("b.reference"));
  EXPECT_FALSE(judge_outputs(evidence()).has_value());
}

TEST_F(Files, ATruncatedAnswerDiverges) {
  fs::resize_file(at("a.candidate"), fs::file_size(at("a.candidate")) - 3);
  EXPECT_EQ(verdict(), Verdict::diverged);
}

TEST_F(Files, AnAnswerFarLargerThanTheReferenceIsNotRead) {
  fs::resize_file(at("a.candidate"), std::uintmax_t{1} << 31U);
  EXPECT_EQ(verdict(), Verdict::diverged);
}

TEST_F(Files, BytesThatAreNoArraysDiverge) {
  std::ofstream(at("a.candidate"), std::ios::binary) << "{\"ok\": true, \"verdict\": \"passed\"}";
  EXPECT_EQ(verdict(), Verdict::diverged);
}

TEST_F(Files, ADescriptionThatDoesNotFitTheArraysDiverges) {
  struct Lie {
    const char* name;
    const char* leaves;
  };
  const std::vector<Lie> lies = {
      {"shape", R"([{"name":"y","kind":"float","dtype":"float32","shape":[4]}])"},
      {"negative shape", R"([{"name":"y","kind":"float","dtype":"float32","shape":[-2,-2]}])"},
      {"kind", R"([{"name":"y","kind":"int","dtype":"float32","shape":[2,2]}])"},
      {"two leaves",
       R"([{"name":"y","kind":"float","dtype":"float32","shape":[2,2]},{"name":"z","kind":"float","dtype":"float32","shape":[2,2]}])"},
      {"none", "[]"},
      {"no list", R"({"y":1})"},
      {"no JSON", "leaves"},
  };
  for (const Lie& lie : lies) {
    tensor::ArrayFile file = answer({1, 2, 3, 4});
    file.metadata["leaves"] = lie.leaves;
    write("a.candidate", file);
    EXPECT_EQ(verdict(), Verdict::diverged) << lie.name;
  }
}

TEST_F(Files, AnAnswerWithoutItsStructureDiverges) {
  tensor::ArrayFile file = answer({1, 2, 3, 4});
  file.metadata.erase("tree");
  write("a.candidate", file);
  EXPECT_EQ(verdict(), Verdict::diverged);
}

TEST_F(Files, SensitivitiesAreReadFromFiles) {
  tensor::ArrayFile file;
  file.arrays["param/w"] = stored_as<double>(tensor::DType::f64, {1}, {0.25});
  write("reference", file);
  const auto same = judge_sensitivity(at("reference"), at("reference"));
  ASSERT_TRUE(same.has_value());
  EXPECT_EQ(same->verdict, Verdict::passed);
  const auto missing = judge_sensitivity(at("reference"), at("nothing"));
  ASSERT_TRUE(missing.has_value());
  EXPECT_EQ(missing->verdict, Verdict::diverged);
  EXPECT_FALSE(judge_sensitivity(at("nothing"), at("reference")).has_value());
}

}  // namespace
}  // namespace adapt::judge
