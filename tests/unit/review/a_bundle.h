// A bundle written by hand: an adapted run with everything that a page can show.
#pragma once

#include "agent/review/bundle.h"

namespace adapt::review {

inline const std::string kPatch =
    "--- a/pack/model.py\n+++ b/pack/model.py\n@@ -1,3 +1,3 @@\n x = 1\n-y = x if x else 2\n+y = select(x, 2)\n z = "
    "y\n";

inline ReviewBundle a_bundle() {
  ReviewBundle out;
  out.result.run = "20260101-000000-model-export-1234";
  out.result.model = "/home/someone/model.py";
  out.result.backend = "export";
  out.result.outcome = domain::Outcome::adapted;
  out.result.level = domain::Level::L5;
  out.result.reason = "verified on inputs drawn after the repair was frozen";
  client::Failure failure;
  failure.stage = client::Stage::capture;
  failure.failure_class = client::FailureClass::data_dependent;
  failure.message = "Could not guard on x\nsecond line";
  failure.fingerprint = "capture|data-dependent||Could not guard";
  failure.file = "pack/model.py";
  failure.line = 2;
  failure.function = "forward";
  failure.source = "y = x if x else 2";
  out.result.failure = failure;
  out.result.repairs = {{domain::RepairKind::pattern,
                         "control/branch-to-select",
                         "Both sides of a branch, and a select",
                         {{"pack.model", "pack/model.py", 2, "Model.forward"}},
                         {}}};
  out.result.concessions = {"both sides give tensors of one shape", "inputs were not varied as 'padded': no mask"};
  out.result.attempts = 1;
  out.result.wall_s = 8.04;
  out.request = {.size = "tiny", .seed = 0, .seeds = 3};
  out.packages = {{"torch", "2.9.0"}};
  out.backend_version = "2.9.0";
  out.patch = kPatch;
  out.tests = {"tests/compile_adapted.py", "tests/test_model_export.py"};
  out.hashes = {{"patch.diff", "ab12"}};
  out.patterns = {{.id = "control/branch-to-select",
                   .title = "Both sides of a branch, and a select",
                   .why = "A condition that is a value cannot steer Python.",
                   .revision = 2}};
  out.stages = {{"capture", "fails: data-dependent", "passes, 0.10 s"}, {"lower", "not reached", "passes"}};
  judge::LeafMetrics leaf;
  leaf.leaf = "output";
  leaf.kind = "float";
  leaf.relative_l2 = 1.25e-7;
  leaf.pcc = 1;
  leaf.max_abs = 0;
  leaf.error_ratio = 0.5;
  out.figures = {.outputs = {{"export", leaf, 3, 1}},
                 .draws = {"base, seed 17", "base, seed 18"},
                 .reasons = {},
                 .verdict = judge::Verdict::passed};
  out.belongs = where_it_belongs({.stage = failure.stage, .failure_class = failure.failure_class});
  return out;
}

}  // namespace adapt::review
