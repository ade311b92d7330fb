#include "agent/forge/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <system_error>

#include "agent/forge/python_literal.h"
#include "agent/triage/triage.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::forge {
namespace {

namespace fs = std::filesystem;

// What a failure of these kinds says nothing about: the model.
constexpr std::string_view kNotTheModel[] = {"DEVICE_INFRASTRUCTURE", "DATA_ACCESS", "DEPENDENCY_ENV", "HOST_OOM"};

struct StageRow {
  std::string_view stage;  // ours
  BringupStatus bringup;
};
constexpr StageRow kStages[] = {
    {"capture", BringupStatus::failed_fe_compilation},     {"lower", BringupStatus::failed_ttmlir_compilation},
    {"compile", BringupStatus::failed_ttmlir_compilation}, {"run", BringupStatus::failed_runtime},
    {"compare", BringupStatus::incorrect_result},
};

// The first line that says something, cut between characters.
std::string one_line(std::string_view text) {
  for (const std::string_view line : split_lines(text)) {
    std::string out(trim(line));
    if (out.empty()) continue;
    if (out.size() > kMostReason) {
      std::size_t end = kMostReason;
      while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) --end;
      out = out.substr(0, end) + "...";
    }
    return out;
  }
  return {};
}

// The kind of failure, when it is one that is not the model's.
std::string other_cause(std::string_view text) {
  triage::Triage triage;
  triage.feed(text);
  const triage::Diagnosis diagnosis = triage.finish();
  const bool other = std::ranges::find(kNotTheModel, diagnosis.category) != std::end(kNotTheModel);
  return other ? diagnosis.category : std::string();
}

TestResult nothing(TestResult result, std::string why) {
  result.evidence = Evidence::nothing;
  result.why = std::move(why);
  return result;
}

std::string property_of(const JunitCase& test, const std::string& name) {
  const auto found = test.properties.find(name);
  return found == test.properties.end() ? std::string() : found->second;
}

std::string reason_of(const JunitCase& test, const Json& tags) {
  const double pcc = number_or(tags, "pcc", NAN), threshold = number_or(tags, "pcc_threshold", NAN);
  const Json& failing = member_or_null(tags, "failing_reason");
  if (string_or(tags, "bringup_status", "") == "INCORRECT_RESULT" && std::isfinite(threshold))
    return fmt::format("PCC comparison failed. Calculated: pcc={}{}. Required: pcc={}.", pcc,
                       std::isfinite(pcc) ? "" : " (invalid value)", threshold);
  for (const std::string& text : {string_or(failing, "summary", ""), property_of(test, "error_message"), test.message,
                                  string_or(failing, "description", ""), test.detail})
    if (std::string line = one_line(text); !line.empty() && line != "Not specified") return line;
  return {};
}

// Whether a passed comparison is one by its own numbers.
bool keeps_threshold(const Json& tags) {
  if (member_or_null(tags, "pcc").is_null() || member_or_null(tags, "pcc_threshold").is_null()) return true;
  return number_or(tags, "pcc", NAN) >= number_or(tags, "pcc_threshold", NAN);
}

TestResult judged(TestResult result, const JunitCase& test, const Json& tags) {
  const std::string text = string_or(tags, "bringup_status", "");
  const auto bringup = parse_bringup_status(text);
  if (!bringup) return nothing(std::move(result), fmt::format("bringup_status '{}'", text));
  result.bringup = *bringup;
  result.reason = reason_of(test, tags);
  if (test.kind == JunitCase::Kind::skipped && test.type != "pytest.xfail")
    return nothing(std::move(result), "it was skipped");
  switch (*bringup) {
    case BringupStatus::passed:
      if (test.kind == JunitCase::Kind::failed)
        return nothing(std::move(result), "the model passed and the test failed");
      if (!keeps_threshold(tags)) return nothing(std::move(result), "it says passed, with a PCC below its threshold");
      result.evidence = Evidence::passed;
      result.reason.clear();
      return result;
    case BringupStatus::incorrect_result: result.evidence = Evidence::incorrect; return result;
    case BringupStatus::unknown: return nothing(std::move(result), "how far it came is not known");
    case BringupStatus::not_started: return nothing(std::move(result), "it was not started");
    default: break;
  }
  const std::string said = fmt::format("{}\n{}\n{}\n", property_of(test, "error_message"), test.message, test.detail);
  if (const std::string other = other_cause(said); !other.empty())
    return nothing(std::move(result), fmt::format("what failed was not the model: {}", other));
  result.evidence = Evidence::failed;
  return result;
}

// "forge:llama/causal_lm/pytorch:3.2_1B"; what stands before the checkout's root is dropped.
Result<TestId> id_of_model(std::string_view model) {
  constexpr std::string_view kScheme = "forge:";
  if (!model.starts_with(kScheme)) return fail(ErrorKind::parse, "model '{}' is no loader of tt-forge-models", model);
  model.remove_prefix(kScheme.size());
  for (const std::string_view root : {"tt_forge_models/", "tt-forge-models/"})
    if (const std::size_t at = model.rfind(root); at != std::string_view::npos) model.remove_prefix(at + root.size());
  const std::size_t colon = model.rfind(':');
  std::string loader(model.substr(0, colon));
  while (loader.ends_with('/')) loader.pop_back();
  const std::string variant(colon == std::string_view::npos ? "" : model.substr(colon + 1));
  return parse_test_id(fmt::format("{}{}{}-single_device-inference", loader, variant.empty() ? "" : "-", variant));
}

void read_junit(const std::string& file, std::string_view text, Results& out) {
  const auto cases = parse_junit(text);
  if (!cases) return out.findings.push_back({.fault = Fault::not_read, .file = file, .message = cases.error().message});
  for (const JunitCase& test : *cases) {
    auto result = result_of(test);
    if (!result) {
      ++out.others;
      continue;
    }
    result->source = file;
    out.results.push_back(std::move(*result));
  }
}

void read_own(const std::string& file, std::string_view text, Results& out) {
  const auto refuse = [&](const Error& error) {
    out.findings.push_back({.fault = Fault::not_read, .file = file, .message = error.message});
  };
  const auto json = parse_json(text);
  if (!json) return refuse(json.error());
  auto result = result_of(*json);
  if (!result) return refuse(result.error());
  result->source = file;
  out.results.push_back(std::move(*result));
}

void read_one(const fs::path& path, Results& out) {
  const auto text = read_file(path, kMostJunitBytes);
  if (!text)
    return out.findings.push_back({.fault = Fault::not_read, .file = path.string(), .message = text.error().message});
  path.extension() == ".json" ? read_own(path.string(), *text, out) : read_junit(path.string(), *text, out);
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code code;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, code), end;
  for (; !code && at != end && out.size() < kMostResultFiles; at.increment(code)) {
    std::error_code ignored;
    const bool wanted = at->path().extension() == ".xml" || at->path().filename() == "result.json";
    if (wanted && at->is_regular_file(ignored)) out.push_back(at->path());
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace

std::string_view to_string(Evidence evidence) {
  switch (evidence) {
    case Evidence::passed: return "passed";
    case Evidence::incorrect: return "incorrect";
    case Evidence::failed: return "failed";
    case Evidence::nothing: return "nothing";
  }
  return "nothing";
}

std::optional<TestResult> result_of(const JunitCase& test) {
  if (!contains(test.name, "[")) return std::nullopt;
  auto id = parse_test_id(test.name);
  if (!id || pytest_name(*id) != test.name) return std::nullopt;
  TestResult out{.id = std::move(*id)};
  const auto tags = parse_python_literal(property_of(test, "tags"));
  if (!tags || !tags->is_object()) return nothing(std::move(out), "it has no tags");
  out.arch = string_or(*tags, "arch", "");
  out.guidance = strings_or_empty(*tags, "guidance");
  return judged(std::move(out), test, *tags);
}

Result<TestResult> result_of(const Json& own) {
  ADAPT_TRY(const std::string model, read_string(own, "model", "result"));
  ADAPT_TRY(const std::string backend, read_string(own, "backend", "result"));
  ADAPT_TRY(const std::string outcome, read_string(own, "outcome", "result"));
  ADAPT_TRY(TestId id, id_of_model(model));
  TestResult out{.id = std::move(id)};
  if (backend != "tt") return nothing(std::move(out), fmt::format("backend '{}' is not the device", backend));
  const std::string level = string_or(own, "level", "");
  if (outcome == "works") {
    if (level < "L5") return nothing(std::move(out), fmt::format("level '{}' is no run that was compared", level));
    out.evidence = Evidence::passed;
    out.bringup = BringupStatus::passed;
    return out;
  }
  if (outcome != "not_adapted" && outcome != "adapted")
    return nothing(std::move(out), fmt::format("outcome '{}'", outcome));
  const Json& failure = member_or_null(own, "failure");
  const std::string stage = string_or(failure, "stage", ""), message = string_or(failure, "message", "");
  const auto* const row = std::ranges::find(kStages, stage, &StageRow::stage);
  if (row == std::end(kStages)) return nothing(std::move(out), fmt::format("it failed at stage '{}'", stage));
  if (const std::string other = other_cause(message); !other.empty())
    return nothing(std::move(out), fmt::format("what failed was not the model: {}", other));
  out.bringup = row->bringup;
  out.evidence = row->bringup == BringupStatus::incorrect_result ? Evidence::incorrect : Evidence::failed;
  out.reason = one_line(message);
  return out;
}

Result<Results> read_results(const std::vector<std::string>& paths) {
  Results out;
  std::size_t files = 0;
  for (const std::string& text : paths) {
    std::error_code ignored;
    if (!fs::exists(text, ignored)) return fail(ErrorKind::usage, "'{}' is not there", text);
    if (!fs::is_directory(text, ignored) && !fs::is_regular_file(text, ignored))
      return fail(ErrorKind::usage, "'{}' is no file and no folder", text);
    for (const fs::path& file : fs::is_directory(text, ignored) ? files_in(text) : std::vector<fs::path>{text}) {
      read_one(file, out);
      ++files;
    }
  }
  if (files == 0) return fail(ErrorKind::usage, "no *.xml and no result.json there");
  return out;
}

}  // namespace adapt::forge
