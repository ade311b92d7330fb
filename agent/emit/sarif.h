// Findings as a SARIF 2.1.0 log, the form that code review tools read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/base/json.h"

namespace adapt::emit {

struct SarifRule {
  std::string id, title, description;
  std::optional<double> precision;  // from 0 to 1
};

// Lines and columns count from 1, columns in characters, the end column is one past the last; offsets are in bytes.
struct SarifResult {
  std::size_t rule = 0;  // index
  std::string message;
  std::string path;
  std::uint32_t line = 1, column = 1, end_line = 1, end_column = 1;
  std::uint32_t offset = 0, length = 0;
};

struct SarifNotice {  // a file that was not searched as a whole
  std::string path, message;
};

struct SarifLog {
  std::string version;         // of this program
  std::string level = "note";  // of every result: "note" or "warning"
  std::vector<SarifRule> rules;
  std::vector<SarifResult> results;
  std::vector<SarifNotice> notices;
};

OrderedJson sarif_json(const SarifLog& log);

// A path as a URI reference: relative ones stay relative, others become file URIs; bytes that a URI cannot hold are
// escaped.
std::string uri_of(const std::string& path);

}  // namespace adapt::emit
