#include "agent/emit/forms/adapted_pytest.h"

#include "agent/emit/forms/pattern_test.h"

namespace adapt::emit::forms {

Result<Emitted> adapted_pytest(const HandOver& run) {
  if (run.outcome != domain::Outcome::adapted)
    return fail(ErrorKind::usage, "{} works as it is: there is no repair to test", run.model);
  Emitted out;
  for (const auto& [name, text] : run.test_files) out.files.push_back({name, text});
  if (out.files.empty()) out.notes.emplace_back("the run wrote no test of the whole model: report.md says why");
  for (const patterns::Pattern* pattern : run.patterns) {
    ADAPT_TRY(Emitted test, pattern_test(*pattern, run.year));
    for (EmittedFile& file : test.files) out.files.push_back({"patterns/" + file.path, std::move(file.text)});
    out.notes.insert(out.notes.end(), test.notes.begin(), test.notes.end());
  }
  for (const domain::Repair& repair : run.repairs)
    if (repair.kind == domain::RepairKind::llm || repair.kind == domain::RepairKind::patch)
      out.notes.push_back(fmt::format("{} {} is no pattern: agent patterns learn {} makes one", to_string(repair.kind),
                                      repair.id, run.run));
  return out;
}

}  // namespace adapt::emit::forms
