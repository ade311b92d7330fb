#include "agent/emit/model_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include "agent/emit/python_layout.h"
#include "tools/base/text.h"

namespace adapt::emit {
namespace {

struct TaskRow {
  std::string_view suffix;  // of the class
  std::string_view input;   // one of its inputs begins so; "" for any
  std::string_view folder, task, purpose;
};

// The first row that fits counts.
constexpr auto kTasks = std::to_array<TaskRow>({
    {"ForMaskedLM", "", "masked_lm", "NLP_MASKED_LM", "masked language modeling"},
    {"ForPreTraining", "input_ids", "masked_lm", "NLP_MASKED_LM", "pre-training"},
    {"ForCausalLM", "", "causal_lm", "NLP_CAUSAL_LM", "causal language modeling"},
    {"LMHeadModel", "", "causal_lm", "NLP_CAUSAL_LM", "causal language modeling"},
    {"ForSequenceClassification", "input_features", "audio_classification", "AUDIO_CLS", "audio classification"},
    {"ForSequenceClassification", "input_values", "audio_classification", "AUDIO_CLS", "audio classification"},
    {"ForSequenceClassification", "", "sequence_classification", "NLP_TEXT_CLS", "sequence classification"},
    {"ForTokenClassification", "", "token_classification", "NLP_TOKEN_CLS", "token classification"},
    {"ForQuestionAnswering", "pixel_values", "question_answering", "MM_VISUAL_QA", "visual question answering"},
    {"ForQuestionAnswering", "", "question_answering", "NLP_QA", "question answering"},
    {"ForMultipleChoice", "", "multiple_choice", "NLP_MULTI_CHOICE", "multiple choice"},
    {"ForImageClassification", "", "image_classification", "CV_IMAGE_CLS", "image classification"},
    {"ForVideoClassification", "", "video_classification", "CV_VIDEO_CLS", "video classification"},
    {"ForAudioClassification", "", "audio_classification", "AUDIO_CLS", "audio classification"},
    {"ForObjectDetection", "", "object_detection", "CV_OBJECT_DET", "object detection"},
    {"ForSemanticSegmentation", "", "segmentation", "CV_IMAGE_SEG", "semantic segmentation"},
    {"ForInstanceSegmentation", "", "segmentation", "CV_IMAGE_SEG", "instance segmentation"},
    {"ForUniversalSegmentation", "", "segmentation", "CV_PANOPTIC_SEG", "universal segmentation"},
    {"ForDepthEstimation", "", "depth_estimation", "CV_DEPTH_EST", "depth estimation"},
    {"ForMaskGeneration", "", "mask_generation", "CV_MASK_GEN", "mask generation"},
    {"ForKeypointDetection", "", "keypoint_detection", "CV_KEYPOINT_DET", "keypoint detection"},
    {"ForCTC", "", "speech_recognition", "AUDIO_ASR", "speech recognition"},
    {"ForSpeechSeq2Seq", "", "speech_recognition", "AUDIO_ASR", "speech recognition"},
    {"ForConditionalGeneration", "pixel_values", "conditional_generation", "MM_CONDITIONAL_GENERATION",
     "conditional generation"},
    {"ForConditionalGeneration", "input_features", "speech_recognition", "AUDIO_ASR", "speech recognition"},
    {"ForConditionalGeneration", "", "conditional_generation", "CONDITIONAL_GENERATION", "conditional generation"},
    {"ForImageToImage", "", "image_to_image", "CV_IMG_TO_IMG", "image-to-image"},
    {"VisionModel", "", "vision", "CV_IMAGE_FE", "image features"},
    {"Model", "pixel_values", "", "CV_IMAGE_FE", ""},
    {"Model", "input_ids", "", "NLP_EMBED_GEN", ""},
    {"Model", "", "", "ATOMIC_ML", ""},
});

bool has_input(const HandOver& run, std::string_view beginning) {
  return beginning.empty() ||
         std::ranges::any_of(run.inputs, [&](const SampleInput& input) { return input.name.starts_with(beginning); });
}

const TaskRow* row_of(const HandOver& run) {
  const auto row = std::ranges::find_if(
      kTasks, [&](const TaskRow& task) { return run.class_name.ends_with(task.suffix) && has_input(run, task.input); });
  return row == kTasks.end() ? nullptr : &*row;
}

// "patchtst" of "transformers.models.patchtst.modeling_patchtst".
std::string package_of(std::string_view module) {
  constexpr std::string_view kModels = "transformers.models.";
  if (!module.starts_with(kModels)) return "";
  module.remove_prefix(kModels.size());
  return std::string(module.substr(0, module.find('.')));
}

// "qwen2.5-VL 3b" -> "QWEN2_5_VL_3B"; an enumerator cannot begin with a digit.
std::string enumerator(std::string_view text) {
  std::string out = identifier(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); });
  return std::isdigit(static_cast<unsigned char>(out.front())) != 0 ? "V_" + out : out;
}

// "PonderNet" -> "ponder_net".
std::string snake(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool begins = i > 0 && std::isupper(static_cast<unsigned char>(name[i])) != 0 &&
                        std::islower(static_cast<unsigned char>(name[i - 1])) != 0;
    out += begins ? "_" : "";
    out += name[i];
  }
  return identifier(out);
}

// The file's name, unless it would fit any model.
std::string slug_of_file(const HandOver& run) {
  constexpr auto kGeneric = std::to_array<std::string_view>({"model", "modeling", "main", "net", "network", "test"});
  const std::string stem = identifier(std::filesystem::path(run.source.name).stem().string());
  return std::ranges::find(kGeneric, stem) == kGeneric.end() ? stem : snake(run.class_name);
}

std::string variant_of(const HandOver& run) {
  if (run.source.kind == "folder") {
    std::string name = std::filesystem::path(run.source.name).filename().string();
    std::ranges::replace_if(
        name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_'; }, '_');
    return name;
  }
  if (run.source.kind == "file") return "Base";
  std::string size = run.source.size;
  if (!size.empty()) size[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(size[0])));
  return size;
}

}  // namespace

ModelNames names_of(const HandOver& run) {
  ModelNames out;
  if (run.source.kind == "forge") {
    out.name = run.class_name;
    out.slug = identifier(run.loader.substr(0, run.loader.find('/')));
    out.folder = run.loader;
    out.variant = run.variant;
    return out;
  }
  out.variant = variant_of(run);
  out.member = enumerator(out.variant);
  if (run.source.kind == "file") {
    out.name = run.class_name;
    out.slug = slug_of_file(run);
    out.task = "ATOMIC_ML";
    out.folder = out.slug;
    out.source = "CUSTOM";
    return out;
  }
  const TaskRow* row = row_of(run);
  out.name = row == nullptr ? run.class_name : run.class_name.substr(0, run.class_name.size() - row->suffix.size());
  if (out.name.empty()) out.name = run.class_name;
  out.slug = package_of(run.module);
  if (out.slug.empty()) out.slug = identifier(out.name);
  out.task = row == nullptr ? "ATOMIC_ML" : std::string(row->task);
  out.purpose = row == nullptr ? "" : std::string(row->purpose);
  out.folder = row == nullptr ? out.slug + "/" + identifier(run.class_name)
                              : out.slug + (row->folder.empty() ? "" : "/" + std::string(row->folder));
  out.source = "HUGGING_FACE";
  return out;
}

}  // namespace adapt::emit
