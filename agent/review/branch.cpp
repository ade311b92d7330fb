#include "agent/review/branch.h"

#include <fmt/format.h>

#include <cctype>

#include "agent/review/branch_files.h"
#include "agent/review/page.h"
#include "agent/review/plain_text.h"
#include "tools/base/file.h"
#include "tools/base/text.h"
#include "tools/edit/patch_file.h"

namespace adapt::review {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kWidth = 72;    // of a commit message
constexpr std::size_t kSubject = 72;  // bytes
constexpr std::size_t kSlug = 60;

std::string slug(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  out = out.substr(0, kSlug);
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out.empty() ? "model" : out;
}

// One line that mentions nobody and closes no issue, whatever a model or a log says.
std::string quiet(std::string_view text) {
  const std::string line = one_line(text);
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool next_is_digit = i + 1 < line.size() && std::isdigit(static_cast<unsigned char>(line[i + 1])) != 0;
    if (line[i] == '@')
      out += "(at)";
    else if (line[i] == '#' && next_is_digit)
      out += "no. ";
    else
      out += line[i];
  }
  return out;
}

std::string wrapped(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    if (column > 0 && column + 1 + word.size() > kWidth) {
      out += '\n';
      column = 0;
    }
    if (column > 0) out += ' ', ++column;
    out += word;
    column += word.size();
  }
  return out;
}

std::string plain(const Line& line) {
  std::string out;
  for (const Span& span : line.spans()) out += span.text;
  return out;
}

std::string trailer(const ReviewBundle& bundle, std::string_view program) {
  std::vector<std::string> by{std::string(program)};
  for (const domain::Repair& repair : bundle.result.repairs)
    by.push_back(repair.kind == domain::RepairKind::llm
                     ? "language model " + bundle.result.llm.endpoint
                     : fmt::format("{} {}", domain::to_string(repair.kind), repair.id));
  return "Generated-by: " + quiet(join(by, ", "));
}

// Cause, evidence, what is conceded and who made it.
std::string message_body(const ReviewBundle& bundle, std::string_view program) {
  const domain::RunResult& result = bundle.result;
  std::string out = wrapped(quiet(plain(cause_of(bundle)))) + "\n\n";
  out += wrapped(quiet(fmt::format("Evidence: {}. Claim level {}, run {}.", evidence_line(bundle),
                                   domain::to_string(result.level), result.run))) +
         "\n\n";
  if (const std::vector<std::string> concessions = conceded(bundle); !concessions.empty())
    out += wrapped(quiet("Conceded: " + join(concessions, "; ") + ".")) + "\n\n";
  out += wrapped(quiet(disclosure(bundle))) + "\n\n";
  return out + trailer(bundle, program) + "\n";
}

// The worktree, and the branch while it is not finished: both go with it.
class Worktree {
 public:
  Worktree(const Git& git, fs::path repository, fs::path tree, std::string branch)
      : git_(git), repository_(std::move(repository)), tree_(std::move(tree)), branch_(std::move(branch)) {}
  Worktree(const Worktree&) = delete;
  Worktree& operator=(const Worktree&) = delete;
  ~Worktree() {
    (void)git_.run(repository_, {"worktree", "remove", "--force", tree_.string()});
    if (!kept_) (void)git_.run(repository_, {"branch", "-D", "--", branch_});
  }

  void keep_branch() { kept_ = true; }

 private:
  const Git& git_;
  fs::path repository_, tree_;
  std::string branch_;
  bool kept_ = false;
};

class Writer {
 public:
  Writer(const BranchRequest& request, const Git& git) : request_(request), bundle_(request.bundle), git_(git) {}

  Result<WrittenBranch> write() {
    ADAPT_TRY_VOID(check_run());
    ADAPT_TRY_VOID(check_repository());
    ADAPT_TRY(const TempDir scratch, TempDir::create("adapt-branch-"));
    tree_ = scratch.path() / "tree";
    scratch_ = scratch.path();
    ADAPT_TRY_VOID(git_.run(repository_, {"worktree", "add", "--quiet", "-b", out_.name, tree_.string(), "HEAD"}));
    Worktree worktree(git_, repository_, tree_, out_.name);
    ADAPT_TRY_VOID(request_.put ? commit_what_is_put() : commit_patch());
    worktree.keep_branch();
    return std::move(out_);
  }

 private:
  Result<void> check_run() const {
    if (bundle_.result.outcome == domain::Outcome::adapted) return {};
    return fail(ErrorKind::usage, "run {} ended as '{}': there is no repair to put on a branch", bundle_.result.run,
                domain::to_string(bundle_.result.outcome));
  }

  Result<void> check_repository() {
    std::error_code code;
    if (!fs::is_directory(request_.repository, code))
      return fail(ErrorKind::usage, "no such folder: {}", request_.repository.string());
    const auto top = git_.run(request_.repository, {"rev-parse", "--show-toplevel"});
    if (!top || top->empty())
      return fail(ErrorKind::usage, "{} is not the checkout of a git repository", request_.repository.string());
    repository_ = *top;
    if (!git_.run(repository_, {"rev-parse", "--verify", "--quiet", "HEAD^{commit}"}))
      return fail(ErrorKind::usage, "{} has no commit to branch from", repository_.string());
    ADAPT_TRY(const std::string changes, git_.run(repository_, {"status", "--porcelain", "--untracked-files=normal"}));
    if (!changes.empty())
      return fail(ErrorKind::usage, "{} has uncommitted changes ({}); commit or stash them first", repository_.string(),
                  trim(split_lines(changes).front()));
    if (!git_.run(repository_, {"var", "GIT_AUTHOR_IDENT"}))
      return fail(ErrorKind::usage, "git does not know who commits; set user.name and user.email");
    out_.name = branch_name(bundle_);
    if (git_.run(repository_, {"show-ref", "--verify", "--quiet", "refs/heads/" + out_.name}))
      return fail(ErrorKind::usage, "{} has a branch {} already", repository_.string(), out_.name);
    return {};
  }

  Result<void> commit_what_is_put() {
    ADAPT_TRY(const std::vector<CommitFiles> commits, request_.put(tree_));
    for (const CommitFiles& one : commits) {
      for (const fs::path& file : one.files) ADAPT_TRY_VOID(git_.run(tree_, {"add", "--force", "--", file.string()}));
      ADAPT_TRY_VOID(commit(cut(quiet(one.subject), kSubject) + "\n\n" + message_body(bundle_, request_.program)));
    }
    return {};
  }

  Result<void> commit_patch() {
    ADAPT_TRY_VOID(commit_change());
    ADAPT_TRY_VOID(commit_tests());
    return commit_documentation();
  }

  Result<void> commit_change() {
    if (bundle_.patch.empty()) {
      out_.notes.emplace_back("the repair is settings alone: no source is changed");
      return {};
    }
    ADAPT_TRY(const std::vector<edit::FilePatch> patches, edit::parse_patch(bundle_.patch));
    std::vector<std::string> patched, tracked;
    for (const edit::FilePatch& patch : patches) patched.push_back(patch.file);
    ADAPT_TRY(const std::string names, git_.run(repository_, {"ls-files", "-z"}));
    for (const std::string_view name : split(names, '\0')) tracked.emplace_back(name);
    ADAPT_TRY(const PatchPlace place, find_place(patched, tracked));
    const fs::path file = scratch_ / "patch.diff";
    ADAPT_TRY_VOID(write_file_atomic(file, bundle_.patch));
    std::vector<std::string> apply{"apply", "--whitespace=nowarn", fmt::format("-p{}", place.strip + 1)};
    if (!place.prefix.empty()) apply.push_back("--directory=" + place.prefix);
    for (const char* mode : {"--check", "--index"}) {
      std::vector<std::string> arguments = apply;
      arguments.insert(arguments.end(), {mode, "--", file.string()});
      const auto applied = git_.run(tree_, arguments);
      if (!applied)
        return fail(ErrorKind::usage, "the patch does not apply to {}: {}", repository_.string(),
                    applied.error().message);
    }
    return commit(change_message(bundle_, request_.program));
  }

  Result<void> commit_tests() {
    const TestFiles tests = test_files(request_.run_out / "tests");
    if (!tests.left_out.empty())
      out_.notes.push_back(
          fmt::format("too large for a repository, and left out of the tests: {}", join(tests.left_out, ", ")));
    if (tests.files.empty()) return {};
    return add_files(
        "tests/adapted/" + name_of_files(), tests.files,
        fmt::format("Test {} on {}\n\n{}\n\n{}\n", quiet(short_name(bundle_.result.model)), bundle_.result.backend,
                    wrapped("The test fails with the recorded failure as the model is, and passes with the "
                            "change. It carries its inputs, and the outputs of the unmodified model."),
                    trailer(bundle_, request_.program)));
  }

  Result<void> commit_documentation() {
    const fs::path file = scratch_ / (name_of_files() + ".md");
    ADAPT_TRY_VOID(write_file_atomic(file, request_.review));
    return add_files(
        "docs/adapted", {file},
        fmt::format("Describe the change of {} for {}\n\n{}\n\n{}\n", quiet(short_name(bundle_.result.model)),
                    bundle_.result.backend, wrapped("Cause, evidence, what is conceded and what nobody checked."),
                    trailer(bundle_, request_.program)));
  }

  Result<void> add_files(const fs::path& folder, const std::vector<fs::path>& files, const std::string& message) {
    // A link in the repository must not lead what is written out of it.
    std::error_code code;
    for (fs::path at = folder; !at.empty(); at = at.parent_path())
      if (fs::is_symlink(tree_ / at, code))
        return fail(ErrorKind::usage, "{} of the repository is a symbolic link", at.string());
    ADAPT_TRY_VOID(make_directories(tree_ / folder));
    for (const fs::path& file : files) {
      const fs::path to = folder / file.filename();
      if (fs::exists(fs::symlink_status(tree_ / to, code)))
        return fail(ErrorKind::usage, "the repository has a file {} already", to.string());
      fs::copy_file(file, tree_ / to, code);
      if (code) return fail(ErrorKind::store, "cannot copy {}: {}", file.string(), code.message());
      ADAPT_TRY_VOID(git_.run(tree_, {"add", "--force", "--", to.string()}));
    }
    return commit(message);
  }

  Result<void> commit(const std::string& message) {
    const fs::path file = scratch_ / "message";
    ADAPT_TRY_VOID(write_file_atomic(file, message));
    ADAPT_TRY_VOID(git_.run(tree_, {"commit", "--quiet", "--no-verify", "--cleanup=whitespace", "-F", file.string()}));
    out_.commits.emplace_back(split_lines(message).front());
    return {};
  }

  std::string name_of_files() const {
    return replaced(branch_name(bundle_).substr(std::string_view("adapt/").size()), '-', "_");
  }

  const BranchRequest& request_;
  const ReviewBundle& bundle_;
  const Git& git_;
  fs::path repository_, scratch_, tree_;
  WrittenBranch out_;
};

}  // namespace

std::string branch_name(const ReviewBundle& bundle) {
  return fmt::format("adapt/{}-on-{}", slug(short_name(bundle.result.model)), slug(bundle.result.backend));
}

std::string change_message(const ReviewBundle& bundle, std::string_view program) {
  const domain::RunResult& result = bundle.result;
  const std::string does = result.repairs.empty() ? "Change the model" : result.repairs.front().does;
  const std::string name = short_name(result.model);
  return cut(quiet(fmt::format("{}: {} for {}", name, does, result.backend)), kSubject) + "\n\n" +
         message_body(bundle, program);
}

Result<WrittenBranch> write_branch(const BranchRequest& request, const Git& git) {
  return Writer(request, git).write();
}

}  // namespace adapt::review
