// `agent emit`: a finished run as what repositories of models and tests take.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/emit/forms/forms.h"
#include "agent/emit/hand_over.h"
#include "tools/base/result.h"

namespace adapt::pipeline {

struct EmitRequest {
  std::vector<emit::forms::Form> forms{};       // empty: every form that the run can take
  std::filesystem::path out{};                  // a folder of each form's name is made below it
  std::optional<std::filesystem::path> into{};  // a checkout, canonical: files go to their places, `out` is not used
};

struct EmitReport {
  struct File {
    emit::forms::Form form;
    std::filesystem::path path;
  };
  std::vector<File> files;
  std::vector<std::string> notes;
};

// Some form belongs in it.
bool takes_forms(const std::filesystem::path& checkout);

// A usage error when no form, or one that was asked for, can be had; when `into` is no checkout that a form belongs in;
// and when something else is already at a place there, or the place lies outside by a link: then nothing is written.
Result<EmitReport> emit_run(const emit::HandOver& run, const EmitRequest& request);

}  // namespace adapt::pipeline
