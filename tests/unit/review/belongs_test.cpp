#include "agent/review/belongs.h"

#include <gtest/gtest.h>

namespace adapt::review {
namespace {

using client::FailureClass;
using client::Stage;
using domain::RepairKind;

struct Case {
  const char* about;
  Symptoms symptoms;
  Layer layer;
  bool file_issue;
};

TEST(WhereItBelongs, IsDecidedByTheFirstRowThatHolds) {
  const Case cases[] = {
      {"a package is absent",
       {.stage = Stage::load, .failure_class = FailureClass::missing_package},
       Layer::environment,
       false},
      {"absent in a compiled stage too",
       {.stage = Stage::compile, .failure_class = FailureClass::missing_package, .models_blocked = 9},
       Layer::environment,
       false},
      {"the loader cannot load",
       {.stage = Stage::load, .failure_class = FailureClass::bad_config},
       Layer::loader,
       false},
      {"every place is in the loader",
       {.stage = Stage::compile,
        .failure_class = FailureClass::unsupported_op,
        .kinds = {RepairKind::llm},
        .in_loader = true},
       Layer::loader,
       false},
      {"settings alone",
       {.stage = Stage::compile,
        .failure_class = FailureClass::crash,
        .kinds = {RepairKind::option},
        .only_options = true},
       Layer::config,
       false},
      {"a newer backend does without",
       {.stage = Stage::lower, .failure_class = FailureClass::unsupported_op, .not_needed_later = true},
       Layer::compiler,
       false},
      {"one model, an operation is absent",
       {.stage = Stage::lower, .failure_class = FailureClass::unsupported_op, .kinds = {RepairKind::pattern}},
       Layer::model,
       true},
      {"two others with the same",
       {.stage = Stage::lower, .failure_class = FailureClass::unsupported_op, .models_blocked = 2},
       Layer::compiler,
       true},
      {"one other with the same",
       {.stage = Stage::lower, .failure_class = FailureClass::unsupported_op, .models_blocked = 1},
       Layer::model,
       true},
      {"a compiler that ends", {.stage = Stage::compile, .failure_class = FailureClass::crash}, Layer::compiler, true},
      {"a compiler that does not end",
       {.stage = Stage::lower, .failure_class = FailureClass::hang},
       Layer::compiler,
       true},
      {"another result",
       {.stage = Stage::compare, .failure_class = FailureClass::output_mismatch},
       Layer::compiler,
       true},
      {"a model that dies by itself",
       {.stage = Stage::eager, .failure_class = FailureClass::crash},
       Layer::model,
       false},
      {"a branch on a value",
       {.stage = Stage::capture, .failure_class = FailureClass::data_dependent},
       Layer::model,
       false},
      {"a branch on a value in many models",
       {.stage = Stage::capture, .failure_class = FailureClass::data_dependent, .models_blocked = 5},
       Layer::model,
       false},
      {"the front end refuses many models",
       {.stage = Stage::capture, .failure_class = FailureClass::exception, .models_blocked = 5},
       Layer::compiler,
       true},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.about);
    const Belongs found = where_it_belongs(one.symptoms);
    EXPECT_EQ(to_string(found.layer), to_string(one.layer)) << found.why;
    EXPECT_EQ(found.file_issue, one.file_issue) << found.why;
    EXPECT_FALSE(found.why.empty());
  }
}

TEST(WhereItBelongs, HasAnAnswerForEveryStageAndClass) {
  for (const Stage stage : client::kStages)
    for (int i = 0; i <= static_cast<int>(FailureClass::other); ++i)
      EXPECT_FALSE(where_it_belongs({.stage = stage, .failure_class = static_cast<FailureClass>(i)}).why.empty());
}

}  // namespace
}  // namespace adapt::review
