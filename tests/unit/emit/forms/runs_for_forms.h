// Runs as the forms see them, made by hand: their models and sources are small stand-ins for real ones.
#pragma once

#include <cstring>

#include "agent/emit/hand_over.h"
#include "patterns/library.h"

namespace adapt::emit::forms {

inline const patterns::Library& pattern_library() {
  static const auto loaded = patterns::Library::load(std::vector<std::filesystem::path>{ADAPT_PATTERN_LIBRARY});
  return *loaded;
}

template <class T>
tensor::Array array_of(tensor::DType dtype, std::vector<std::int64_t> shape, const std::vector<T>& values) {
  tensor::Array out{.dtype = dtype, .shape = std::move(shape), .bytes = {}};
  out.bytes.resize(values.size() * sizeof(T));
  std::memcpy(out.bytes.data(), values.data(), out.bytes.size());
  return out;
}

inline SampleInput floats(const std::string& name, std::vector<std::int64_t> shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>((i * 37) % 101) / 25.0F - 2.0F);
  return {name, "float32", array_of(tensor::DType::f32, std::move(shape), values)};
}

inline SampleInput integers(const std::string& name, std::vector<std::int64_t> shape,
                            const std::vector<std::int64_t>& values) {
  return {name, "int64", array_of(tensor::DType::i64, std::move(shape), values)};
}

inline client::Failure failure_at(client::Stage stage, client::FailureClass kind, const std::string& op,
                                  const std::string& file, std::int64_t line) {
  client::Failure out{.stage = stage, .failure_class = kind, .message = "no conversion for it"};
  if (!op.empty()) out.op = op;
  out.file = file;
  out.line = line;
  return out;
}

// A pattern changed a class of the library.
inline HandOver windows_run() {
  const patterns::Pattern* pattern = pattern_library().find("shape/sliding-windows-by-index");
  const std::string head = "import torch\nfrom torch import nn\n\n\n";
  const std::string helper =
      "def sliding_windows(tensor, dimension, size, step):\n"
      "    \"\"\"The windows of `tensor.unfold`, as a copy.\"\"\"\n"
      "    count = (tensor.shape[dimension] - size) // step + 1\n"
      "    index = torch.arange(count)[:, None] * step + torch.arange(size)\n"
      "    windows = tensor.index_select(dimension, index.reshape(-1))\n"
      "    return windows.unflatten(dimension, (count, size)).movedim(dimension + 1, -1)\n\n\n";
  const std::string body = "class PatchTSTPatchify(nn.Module):\n    def forward(self, past_values):\n        return ";
  HandOver run;
  run.run = "20260801-120000-PatchTSTModel-openvino-0001";
  run.model = "transformers:PatchTSTModel";
  run.backend = "openvino";
  run.version = "2026.4.1";
  run.year = "2026";
  run.outcome = domain::Outcome::adapted;
  run.level = domain::Level::L5;
  run.failure = failure_at(client::Stage::lower, client::FailureClass::unsupported_op, "unfold",
                           "transformers/models/patchtst/modeling_patchtst.py", 343);
  run.repairs = {
      {.kind = domain::RepairKind::pattern, .id = pattern->id, .does = pattern->title, .sites = {}, .concessions = {}}};
  run.patterns = {pattern};
  run.metrics = Json{{"draws", 3}, {"relative_l2", 3.2e-7}};
  run.source = {.kind = "transformers", .name = "PatchTSTModel", .size = "tiny"};
  run.class_name = "PatchTSTModel";
  run.module = "transformers.models.patchtst.modeling_patchtst";
  run.config = Json{{"model_type", "patchtst"}, {"context_length", 32}, {"d_model", 64}};
  run.inputs = {floats("past_values", {2, 32, 1})};
  run.outputs = {{"last_hidden_state", {2, 1, 32, 64}}, {"loc", {2, 1, 1}}};
  run.output_tree = "PatchTSTModelOutput(last_hidden_state:*,loc:*)";
  run.changes = {{run.module, "transformers/models/patchtst/modeling_patchtst.py",
                  head + body + "past_values.unfold(-2, 4, 2)\n",
                  head + helper + body + "sliding_windows(past_values, -2, 4, 2)\n"}};
  run.takes_one_row = true;
  return run;
}

// Options alone: of loading, of the configuration, of the call and of capture.
inline HandOver options_run() {
  HandOver run;
  run.run = "20260801-120000-BertForMaskedLM-iree-0002";
  run.model = "transformers:BertForMaskedLM";
  run.backend = "iree";
  run.version = "3.13.0";
  run.year = "2026";
  run.outcome = domain::Outcome::adapted;
  run.level = domain::Level::L5;
  run.failure = failure_at(client::Stage::compile, client::FailureClass::legalize_failed, "",
                           "transformers/models/bert/modeling_bert.py", 120);
  const auto option = [&](const char* id, const char* scope, Json set, const char* does) {
    run.options.push_back({.id = id, .scope = scope, .set = std::move(set), .does = does});
    run.repairs.push_back({.kind = domain::RepairKind::option, .id = id, .does = does, .sites = {}, .concessions = {}});
  };
  option("eager-attention", "load", Json{{"attn_implementation", "eager"}},
         "computes attention with plain operators instead of the fused one");
  option("no-torch-check", "env", Json{{"TRANSFORMERS_DISABLE_TORCH_CHECK", "1"}},
         "leaves the library's own input validation out");
  option("feed-forward", "config", Json{{"chunk_size_feed_forward", 0}}, "runs the feed-forward layer in one piece");
  option("decompose-bitwise", "capture", Json{{"decompose", "bitwise"}}, "writes operators as what they mean");
  run.metrics = Json{{"draws", 5}, {"relative_l2", 0.0}};
  run.source = {.kind = "transformers", .name = "BertForMaskedLM", .size = "tiny"};
  run.class_name = "BertForMaskedLM";
  run.module = "transformers.models.bert.modeling_bert";
  run.config = Json{{"model_type", "bert"}, {"vocab_size", 99}, {"use_cache", true}, {"chunk_size_feed_forward", 4}};
  run.constants = Json{{"use_cache", false}};
  std::vector<std::int64_t> ids;
  for (std::int64_t i = 0; i < 24; ++i) ids.push_back(3 + (i * 29) % 96);
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < 24; ++i) places.push_back(i % 12);
  run.inputs = {
      integers("input_ids", {2, 12}, ids), integers("attention_mask", {2, 12}, std::vector<std::int64_t>(24, 1)),
      integers("token_type_ids", {2, 12}, std::vector<std::int64_t>(24, 0)), integers("position_ids", {2, 12}, places)};
  run.outputs = {{"logits", {2, 12, 99}}};
  run.output_tree = "MaskedLMOutput(logits:*)";
  run.takes_one_row = true;
  return run;
}

// A file of the user's, repaired by hand.
inline HandOver file_run() {
  const auto text = [](const std::string& steps) {
    return "import torch\nfrom torch import nn\n\n\nclass PonderNet(nn.Module):\n    def __init__(self):\n"
           "        super().__init__()\n        self.step = nn.Linear(8, 8)\n\n    def forward(self, x):\n" +
           steps +
           "        return x\n\n\ndef load_model():\n    torch.manual_seed(5)\n    return PonderNet()\n\n\n"
           "def load_inputs(seed=0):\n    generator = torch.Generator().manual_seed(seed)\n"
           "    return {\"x\": torch.randn(2, 8, generator=generator)}\n";
  };
  HandOver run;
  run.run = "20260801-120000-model-export-0003";
  run.model = "/somewhere/model.py";
  run.backend = "export";
  run.version = "2.13.0";
  run.year = "2026";
  run.outcome = domain::Outcome::adapted;
  run.level = domain::Level::L5;
  run.failure = failure_at(client::Stage::capture, client::FailureClass::data_dependent, "", "model.py", 12);
  run.repairs = {{.kind = domain::RepairKind::patch,
                  .id = "given",
                  .does = "a patch given by the user",
                  .sites = {},
                  .concessions = {}}};
  run.metrics = Json{{"draws", 3}, {"relative_l2", 0.0}};
  run.source = {.kind = "file", .name = "/somewhere/model.py"};
  run.class_name = "PonderNet";
  run.module = "model";
  run.model_text = text("        while x.sum() > 0:\n            x = x - self.step(x).abs()\n");
  run.changes = {
      {"model", "model.py", run.model_text,
       text("        for _ in range(4):\n            x = torch.where(x.sum() > 0, x - self.step(x).abs(), x)\n")}};
  run.inputs = {floats("x", {2, 8})};
  run.outputs = {{"output", {2, 8}}};
  run.output_tree = "*";
  return run;
}

}  // namespace adapt::emit::forms
