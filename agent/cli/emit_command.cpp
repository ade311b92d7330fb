#include <fmt/format.h>

#include <filesystem>

#include "agent/cli/commands.h"
#include "agent/pipeline/emit_forms.h"
#include "agent/pipeline/hand_over.h"
#include "agent/pipeline/run.h"

namespace adapt::cli {
namespace {

namespace fs = std::filesystem;
using emit::forms::Form;

Result<pipeline::EmitRequest> request_of(const EmitArguments& arguments, const pipeline::RunFolder& folder) {
  pipeline::EmitRequest request;
  for (const std::string& name : arguments.forms) {
    ADAPT_TRY(const Form form, emit::forms::parse_form(name));
    request.forms.push_back(form);
  }
  std::error_code code;
  request.out = arguments.out.empty() ? folder.out() / "emit" : fs::absolute(arguments.out, code);
  if (arguments.into.empty()) return request;
  if (!arguments.out.empty())
    return fail(ErrorKind::usage, "--into writes into the checkout: --out has no place beside it");
  request.into = fs::canonical(arguments.into, code);
  if (code) return fail(ErrorKind::usage, "no such folder: {}", arguments.into);
  return request;
}

Result<void> emit_files(Session& session, const EmitArguments& arguments) {
  ADAPT_TRY(const pipeline::RunFolder folder, pipeline::find_run(arguments.run, session.config));
  ADAPT_TRY(const pipeline::EmitRequest request, request_of(arguments, folder));
  ADAPT_TRY(const patterns::Library library, pipeline::load_library(session.config));
  ADAPT_TRY(const emit::HandOver run, pipeline::read_hand_over(folder, library));
  ADAPT_TRY(const pipeline::EmitReport report, pipeline::emit_run(run, request));
  if (session.json) {
    OrderedJson files = OrderedJson::array();
    for (const auto& file : report.files)
      files.push_back(OrderedJson{{"form", to_string(file.form)}, {"path", file.path.string()}});
    fmt::print("{}\n", dump_line(OrderedJson{{"run", run.run}, {"files", files}, {"notes", report.notes}}));
    return {};
  }
  for (const auto& file : report.files) fmt::print("{:<16} {}\n", to_string(file.form), file.path.string());
  for (const std::string& note : report.notes) fmt::print(stderr, "note: {}\n", note);
  return {};
}

}  // namespace

int emit_command(Session& session, const EmitArguments& arguments) {
  const Result<void> done = emit_files(session, arguments);
  return done ? 0 : report(done.error());
}

}  // namespace adapt::cli
