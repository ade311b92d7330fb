#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <optional>

#include "agent/cli/commands.h"
#include "agent/cli/version.h"
#include "agent/config/surroundings.h"
#include "agent/emit/hand_over.h"
#include "agent/emit/model_names.h"
#include "agent/pipeline/emit_forms.h"
#include "agent/pipeline/evidence.h"
#include "agent/pipeline/hand_over.h"
#include "agent/pipeline/run.h"
#include "agent/review/branch.h"
#include "agent/review/bundle.h"
#include "agent/review/html.h"
#include "agent/review/issue.h"
#include "agent/review/markdown.h"
#include "agent/review/page.h"
#include "agent/store/store.h"
#include "tools/base/file.h"

namespace adapt::cli {
namespace {

namespace fs = std::filesystem;

// The folder of a run that is named by its id, by the beginning of it, or by its path.
Result<fs::path> folder_of(const Session& session, const std::string& run) {
  std::error_code code;
  if (fs::is_regular_file(fs::path(run) / "events.jsonl", code)) return fs::canonical(run, code);
  ADAPT_TRY(const fs::path data, session.config.data_folder());
  ADAPT_TRY(const store::Store store, store::Store::open(data));
  ADAPT_TRY(const store::RunRecord record, store.find_run(run));
  return data / record.run.folder;
}

Result<void> write_to(const fs::path& folder, const review::ReviewBundle& bundle, bool html) {
  const review::Document page = review::review_page(bundle);
  std::vector<std::pair<std::string, std::string>> files{{"review.md", review::render_markdown(page)},
                                                         {"review.json", dump_pretty(review::to_json(bundle)) + "\n"}};
  if (html) files.emplace_back("review.html", review::render_html(page));
  if (bundle.belongs.file_issue) files.emplace_back("issue.md", review::render_markdown(review::issue_page(bundle)));
  ADAPT_TRY_VOID(make_directories(folder));
  for (const auto& [name, text] : files) {
    ADAPT_TRY_VOID(write_file_atomic(folder / name, text));
    fmt::print(stderr, "agent: wrote {}\n", (folder / name).string());
  }
  return {};
}

std::string subject_of(emit::forms::Form form, const emit::HandOver& run) {
  const std::string name = emit::names_of(run).name;
  switch (form) {
    case emit::forms::Form::tt_forge_models: return fmt::format("Add a loader of {}", name);
    case emit::forms::Form::tt_torch: return fmt::format("Test {}", name);
    case emit::forms::Form::tt_xla: return fmt::format("Add {} to the tested models", name);
    case emit::forms::Form::pytest: break;
  }
  return "Add " + name;
}

// What `agent emit` would put into the checkout, a commit for each form.
review::PutFiles put_forms(const emit::HandOver& run) {
  return [&run](const fs::path& worktree) -> Result<std::vector<review::CommitFiles>> {
    ADAPT_TRY(const pipeline::EmitReport report, pipeline::emit_run(run, {.into = fs::canonical(worktree)}));
    std::vector<review::CommitFiles> out;
    for (const auto& file : report.files) {
      const std::string subject = subject_of(file.form, run);
      if (out.empty() || out.back().subject != subject) out.push_back({subject, {}});
      out.back().files.push_back(file.path);
    }
    return out;
  };
}

// `run` is what a repository of loaders or tests takes; other repositories take the patch.
Result<void> write_branch_to(const Session& session, const review::ReviewBundle& bundle, const std::string& repository,
                             const std::optional<emit::HandOver>& run) {
  ADAPT_TRY(const review::Git git, review::Git::find(config::Surroundings::real().environment, session.cancel));
  review::BranchRequest request{.bundle = bundle,
                                .repository = repository,
                                .run_out = bundle.result.out,
                                .review = review::render_markdown(review::review_page(bundle)),
                                .program = fmt::format("agent {}", kVersion)};
  if (run) request.put = put_forms(*run);
  ADAPT_TRY(const review::WrittenBranch written, review::write_branch(request, git));
  if (session.json) {
    fmt::print("{}\n", dump(Json{{"branch", written.name}, {"commits", written.commits}, {"notes", written.notes}}));
    return {};
  }
  fmt::print("branch {}\n", written.name);
  for (const std::string& subject : written.commits) fmt::print("  {}\n", subject);
  for (const std::string& note : written.notes) fmt::print("note: {}\n", note);
  return {};
}

Result<void> review_run(const Session& session, const ReviewRunArguments& arguments) {
  ADAPT_TRY(const fs::path folder, folder_of(session, arguments.run));
  ADAPT_TRY(const patterns::Library library, pipeline::load_library(session.config));
  ADAPT_TRY(const evidence::Book book, pipeline::load_book(library, session.config));
  ADAPT_TRY(const review::ReviewBundle bundle,
            review::read_bundle(folder, {.library = &library, .book = &book, .runs = folder.parent_path()}));
  if (!arguments.out.empty()) ADAPT_TRY_VOID(write_to(arguments.out, bundle, arguments.html));
  if (!arguments.branch.empty()) {
    std::optional<emit::HandOver> run;
    if (pipeline::takes_forms(arguments.branch)) {
      ADAPT_TRY(run, pipeline::read_hand_over(pipeline::RunFolder(folder), library));
    }
    return write_branch_to(session, bundle, arguments.branch, run);
  }
  if (!arguments.out.empty()) return {};
  if (session.json)
    fmt::print("{}\n", dump_line(review::to_json(bundle)));
  else if (arguments.html)
    fmt::print("{}", review::render_html(review::review_page(bundle)));
  else
    fmt::print("{}", review::render_markdown(review::review_page(bundle)));
  return {};
}

}  // namespace

int review_command(Session& session, const ReviewRunArguments& arguments) {
  const Result<void> done = review_run(session, arguments);
  return done ? 0 : report(done.error());
}

}  // namespace adapt::cli
