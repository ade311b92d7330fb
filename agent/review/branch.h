// A branch in a local repository: one commit for the change, one for its tests and one for its documentation, or, where
// a repository takes something else of a run, a commit for each part of that. Nothing is pushed, and the user's
// checkout is not touched: the commits are made in a temporary worktree.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "agent/review/bundle.h"
#include "agent/review/git.h"

namespace adapt::review {

// Files that stand in the worktree already, for one commit.
struct CommitFiles {
  std::string subject;
  std::vector<std::filesystem::path> files;
};
using PutFiles = std::function<Result<std::vector<CommitFiles>>(const std::filesystem::path& worktree)>;

struct BranchRequest {
  const ReviewBundle& bundle;
  std::filesystem::path repository;  // a folder of it
  std::filesystem::path run_out;     // the run's folder out/
  std::string review;                // as Markdown, for the documentation
  std::string program;               // "agent 0.1.0", for the trailer
  PutFiles put{};                    // puts what the repository takes into a worktree of it, instead of the patch
};

struct WrittenBranch {
  std::string name;
  std::vector<std::string> commits;  // subjects, in order
  std::vector<std::string> notes;
};

// Usage errors: no repository, uncommitted changes, a branch of that name, a patch that does not apply, a run without a
// repair. After an error the repository is as it was.
Result<WrittenBranch> write_branch(const BranchRequest& request, const Git& git);

// "adapt/bertmodel-on-openvino".
std::string branch_name(const ReviewBundle& bundle);
// Subject, cause, evidence and what is conceded, as a commit message ending with the trailer that says who made it.
std::string change_message(const ReviewBundle& bundle, std::string_view program);

}  // namespace adapt::review
