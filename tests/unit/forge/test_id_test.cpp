#include "agent/forge/test_id.h"

#include <gtest/gtest.h>

namespace adapt::forge {
namespace {

TestId id_of(std::string_view text) {
  auto id = parse_test_id(text);
  EXPECT_TRUE(id.has_value()) << (id ? "" : id.error().message);
  return id.value_or(TestId{});
}

std::string id_refusal(std::string_view text) {
  const auto id = parse_test_id(text);
  return id ? "" : id.error().message;
}

TEST(TestIds, AreReadIntoTheirParts) {
  EXPECT_EQ(id_of("t5/pytorch-Flan_T5_Large-single_device-inference"),
            (TestId{.loader = "t5/pytorch", .variant = "Flan_T5_Large"}));
  EXPECT_EQ(id_of("llama/causal_lm/jax-3B-v2-tensor_parallel-training"),
            (TestId{.loader = "llama/causal_lm/jax",
                    .variant = "3B-v2",
                    .framework = Framework::jax,
                    .parallelism = Parallelism::tensor_parallel,
                    .mode = Mode::training}));
  EXPECT_EQ(id_of("alexnet/pytorch-data_parallel-inference"),
            (TestId{.loader = "alexnet/pytorch", .variant = "", .parallelism = Parallelism::data_parallel}));
  EXPECT_EQ(id_of("bert/token_classification/pytorch-dbmdz/bert-large-cased-single_device-inference"),
            (TestId{.loader = "bert/token_classification/pytorch", .variant = "dbmdz/bert-large-cased"}));
}

TEST(TestIds, OfLanguageModelsNameTheLongestSharding) {
  EXPECT_EQ(id_of("qwen_3/pytorch-8B-llm_prefill-seq_128-batch_4-fsdp-dp-tensor_parallel-mesh_2x4-inference"),
            (TestId{.loader = "qwen_3/pytorch",
                    .variant = "8B",
                    .framework = Framework::torch_llm,
                    .parallelism = Parallelism::tensor_parallel,
                    .llm = LlmCase{.phase = "llm_prefill",
                                   .length = 128,
                                   .batch = 4,
                                   .sharding = "fsdp-dp-tensor_parallel",
                                   .mesh = "mesh_2x4"}}));
}

TEST(TestIds, ComeOutAsTheyWentIn) {
  for (const std::string_view name : {
           "test_all_models_torch[t5/pytorch-Small-single_device-inference]",
           "test_all_models_torch[alexnet/pytorch-data_parallel-training]",
           "test_all_models_jax[bert/masked_lm/jax-base/x-single_device-training]",
           "test_llms_torch[falcon/pytorch-3_7B-llm_decode-seq_1-batch_1-single_device-mesh_default-inference]",
           "test_llms_torch[a/pytorch-b-llm_prefill-seq_8192-batch_4-megatron-no_dp-tensor_parallel-mesh_1x8-training]",
       }) {
    EXPECT_EQ(pytest_name(id_of(name)), name);
    EXPECT_EQ(pytest_name(id_of("tests/runner/test_models.py::" + std::string(name))), name);
  }
}

TEST(TestIds, SayWhichFileConfiguresThem) {
  EXPECT_EQ(config_file_of(id_of("t5/pytorch-Small-data_parallel-inference")),
            "tests/runner/test_config/torch/test_config_inference_data_parallel.yaml");
  EXPECT_EQ(config_file_of(id_of("t5/jax-Small-single_device-training")),
            "tests/runner/test_config/jax/test_config_training_single_device.yaml");
  EXPECT_EQ(config_file_of(id_of("a/pytorch-b-llm_decode-seq_1-batch_1-fsdp-no_dp-tensor_parallel-mesh_1x4-inference")),
            "tests/runner/test_config/torch_llm/test_config_inference_tensor_parallel.yaml");
}

TEST(TestIds, ThatAreNoneAreRefusedWithTheReason) {
  EXPECT_EQ(id_refusal("t5/pytorch-Small-single_device"),
            "test 't5/pytorch-Small-single_device' does not end in -inference or -training");
  EXPECT_EQ(id_refusal("t5/pytorch-Small-inference"),
            "test 't5/pytorch-Small-inference' names no parallelism before -inference");
  EXPECT_EQ(id_refusal("t5/onnx-Small-single_device-inference"),
            "'t5/onnx-Small' names no loader: a folder that ends in /pytorch or /jax comes first");
  EXPECT_EQ(id_refusal("pytorch-single_device-inference"),
            "'pytorch' names no loader: a folder that ends in /pytorch or /jax comes first");
  EXPECT_EQ(id_refusal("t5/jax-S-llm_decode-seq_1-batch_1-single_device-mesh_default-inference"),
            "test 't5/jax-S-llm_decode-seq_1-batch_1-single_device-mesh_default-inference': tests of phases are for "
            "PyTorch only");
  EXPECT_EQ(id_refusal("-inference"), "test '-inference' names no parallelism before -inference");
  EXPECT_EQ(id_refusal(""), "test '' does not end in -inference or -training");
}

}  // namespace
}  // namespace adapt::forge
