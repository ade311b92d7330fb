#include "agent/pipeline/log_finding.h"

#include <algorithm>
#include <fstream>

#include "agent/domain/backend_names.h"
#include "agent/triage/triage.h"
#include "harness/client/outcome.h"
#include "tools/base/file.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;
using client::FailureClass;
using client::Stage;

constexpr std::streamoff kHead = std::streamoff{1} << 20U;  // bytes of a long log: the beginning,
constexpr std::streamoff kTail = std::streamoff{7} << 20U;  // and the end, where most say why
constexpr std::uint64_t kMostMarker = 4096;
constexpr std::size_t kMostFingerprint = 300;  // bytes of what the log says
constexpr double kSure = 0.5;                  // share of the category among all; below, nothing is changed for it

struct ClassRow {
  std::string_view category;
  FailureClass failure_class;
};
// Categories that are a class of failure; of the others the class stays what it is.
constexpr ClassRow kClasses[] = {
    {"OOM_DRAM", FailureClass::out_of_memory},
    {"OOM_L1", FailureClass::out_of_memory},
    {"L1_CB_OVERFLOW", FailureClass::out_of_memory},
    {"OOM_UNSPEC", FailureClass::out_of_memory},
    {"HOST_OOM", FailureClass::out_of_memory},
    {"TOO_LARGE", FailureClass::out_of_memory},
    {"LEGALIZE_FAIL", FailureClass::legalize_failed},
    {"OP_VERIFIER", FailureClass::unsupported_op},
    {"TILE_OR_SHAPE_CONSTRAINT", FailureClass::unsupported_op},
    {"DTYPE_MISMATCH", FailureClass::unsupported_dtype},
    {"DYNAMIC_SHAPE", FailureClass::data_dependent},
    {"COMPILE_TIMEOUT", FailureClass::hang},
    {"HANG_TIMEOUT", FailureClass::hang},
    {"DEVICE_INFRASTRUCTURE", FailureClass::device},
};

// Categories that say only that something failed: they know no stage.
constexpr std::string_view kStageless[] = {"PJRT_ERROR_CODE", "PROCESS_CRASH", "NOT_BROUGHT_UP"};

struct MarkerRow {
  std::string_view word;
  Stage stage;
};
// The front end's mark stands until the compiler's begins, so passes of the compiler are still told as lowering.
constexpr MarkerRow kMarkers[] = {{"FE_COMPILATION_START", Stage::lower},
                                  {"TTMLIR_COMPILATION_START", Stage::compile},
                                  {"RUNTIME_EXECUTION_START", Stage::run}};

void feed_file(triage::Triage& triage, const fs::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return;
  const std::streamoff size = file.tellg();
  std::string block(std::size_t{64} << 10U, '\0');
  const auto feed = [&](std::streamoff from, std::streamoff to) {
    file.seekg(from);
    while (from < to && file) {
      file.read(block.data(), std::min<std::streamoff>(to - from, static_cast<std::streamoff>(block.size())));
      triage.feed({block.data(), static_cast<std::size_t>(file.gcount())});
      from += file.gcount();
      if (file.gcount() == 0) break;
    }
  };
  if (size <= kHead + kTail) return feed(0, size);
  feed(0, kHead);
  triage.feed("\n");
  feed(size - kTail, size);
}

std::optional<Stage> marked_stage(const fs::path& marker, std::string& word) {
  const auto text = read_file(marker, kMostMarker);
  if (!text) return std::nullopt;
  std::optional<Stage> out;
  std::size_t last = 0;
  for (const MarkerRow& row : kMarkers) {
    const std::size_t at = text->rfind(row.word);
    if (at == std::string::npos || (out && at < last)) continue;
    last = at;
    out = row.stage;
    word = row.word;
  }
  return out;
}

void add_memory(const triage::Memory& memory, client::LogFinding& finding) {
  finding.buffer = memory.buffer;
  const std::pair<const char*, std::optional<std::int64_t>> amounts[] = {{"requested_bytes", memory.requested},
                                                                         {"banks", memory.banks},
                                                                         {"bytes_per_bank", memory.per_bank},
                                                                         {"bank_bytes", memory.bank_size},
                                                                         {"allocated_bytes", memory.allocated},
                                                                         {"free_bytes", memory.free},
                                                                         {"largest_free_bytes", memory.largest_free},
                                                                         {"limit_bytes", memory.limit},
                                                                         {"buffer_at", memory.buffer_at},
                                                                         {"region_ends_at", memory.region_ends_at}};
  for (const auto& [name, amount] : amounts)
    if (amount) finding.memory[name] = *amount;
}

client::LogFinding finding_of(const triage::Diagnosis& diagnosis) {
  client::LogFinding out{.category = diagnosis.category,
                         .says = diagnosis.says,
                         .bringup = std::string(triage::to_string(diagnosis.bringup)),
                         .component = diagnosis.component,
                         .confidence = diagnosis.confidence};
  if (!diagnosis.evidence.empty()) {
    out.line = static_cast<std::int64_t>(diagnosis.evidence.front().line);
    out.text = diagnosis.evidence.front().text;
  }
  if (diagnosis.memory) add_memory(*diagnosis.memory, out);
  for (const triage::Advice& advice : diagnosis.repairs) out.repairs.push_back(advice.id + ": " + advice.what);
  return out;
}

}  // namespace

std::optional<BackendLog> log_of(const client::BuildRequest& request) {
  if (!domain::uses_device(request.backend)) return std::nullopt;
  const fs::path out = request.out;
  return BackendLog{out / "backend.log", out / "private" / "._bringup_stage.txt"};
}

std::optional<BackendLog> log_of(const client::ExecuteRequest& request) {
  if (!domain::uses_device(request.backend) || request.outputs.empty()) return std::nullopt;
  const fs::path out = fs::path(request.outputs.front()).parent_path();
  return BackendLog{out / "run.log", out / "private" / "._bringup_stage.txt"};
}

void explain(client::Failure& failure, const BackendLog& log) {
  if (failure.stage < Stage::lower || is_of_device(failure)) return;
  triage::Triage triage;
  feed_file(triage, log.printed);
  triage.feed("\n" + failure.exception + ": " + failure.message + "\n");
  std::string word;
  const std::optional<Stage> marked = marked_stage(log.marker, word);
  if (marked) triage.feed("bring-up stage " + word + "\n");
  const triage::Diagnosis diagnosis = triage.finish();
  const bool told = !diagnosis.category.empty() && diagnosis.confidence >= kSure;
  if (!told && !marked) return;

  if (marked)
    failure.stage = *marked;
  else if (diagnosis.stage && *diagnosis.stage >= Stage::lower &&
           std::ranges::find(kStageless, diagnosis.category) == std::end(kStageless))
    failure.stage = *diagnosis.stage;
  if (!told) return;
  failure.finding = finding_of(diagnosis);
  if (!failure.op && !diagnosis.op.empty()) failure.op = diagnosis.op;
  if (const auto* const row = std::ranges::find(kClasses, diagnosis.category, &ClassRow::category);
      row != std::end(kClasses))
    failure.failure_class = row->failure_class;
  failure.fingerprint =
      fmt::format("{}|{}|{}|{}: {}", client::to_string(failure.stage), client::to_string(failure.failure_class),
                  failure.op.value_or(""), diagnosis.category,
                  client::folded(std::string_view(failure.finding->text).substr(0, kMostFingerprint)));
}

}  // namespace adapt::pipeline
