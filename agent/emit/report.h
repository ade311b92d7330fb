// What a reviewer reads first: cause, change, evidence, concessions; and the same as JSON.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "agent/domain/run_result.h"

namespace adapt::emit {

struct TriedRow {
  std::int64_t attempt = 0;  // 0: of a reference with stubs
  std::size_t depth = 0;
  std::string id;
  std::string ended;
};

struct Report {
  const domain::RunResult& result;
  std::vector<TriedRow> tried;
  std::vector<std::string> model_notes;  // how model and inputs were made
  std::vector<std::string> notes;        // about the written files
};

// report.md in `out`. It has no times in it: a resumed run writes the same bytes.
Result<void> write_report(const Report& report, const std::filesystem::path& out);

// result.json in `out`.
Result<void> write_result(const domain::RunResult& result, const std::filesystem::path& out);

}  // namespace adapt::emit
