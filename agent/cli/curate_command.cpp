// Commands by which a person looks after the user's library: new, edit, retire, review.
#include <fmt/format.h>

#include <cstdio>

#include "agent/cli/commands.h"
#include "agent/cli/editor.h"
#include "agent/cli/standing_output.h"
#include "agent/pipeline/evidence.h"
#include "agent/pipeline/learn.h"
#include "agent/pipeline/own_library.h"
#include "agent/pipeline/run.h"
#include "tools/base/file.h"
#include "tools/base/json.h"
#include "tools/base/text.h"

namespace adapt::cli {
namespace {

namespace fs = std::filesystem;
using patterns::Library;
using patterns::Pattern;

// Does not load before its blanks, in <...>, are filled: the first complaint is the line of `risk`.
constexpr std::string_view kSkeleton = R"(pattern {id} r1
title   <one line: what the new code does instead>
status  draft
risk    <exact, rounding, guarded or semantic>
why     <what fails, and why the new code does not>

# Which failures it answers; all keys that are given must hold.
[when]
# backend          <iree | openvino | ...>
# failure.class    <unsupported-op | data-dependent | ...>
failure.message    <regular expression>
failure.frame      same-function | same-file

[vars]
X: expr

[edit change]
- <old code of $X>
+ <new code of $X>

[check same]
input    x: f32[2, N] normal
size     N: 6, 1, 0
compare  rtol=1e-5 atol=1e-6
--- code
import torch


def run(x):
    return <old code of x>

# At least two that change and two look-alikes that must not: agent patterns test {id}
[sample change first]
--- before
<code>
--- after
<code>

[sample keep look-alike]
<code>
)";

Result<const Pattern*> find_pattern(const Library& library, const std::string& id) {
  const Pattern* pattern = library.find(id);
  if (pattern == nullptr) return fail(ErrorKind::usage, "unknown pattern '{}'{}", id, did_you_mean(id, library.ids()));
  return pattern;
}

// What a command changed: a line of text or of JSON.
struct Changed {
  std::string id;
  fs::path file;
  bool changed = true;
  std::string note;  // for people
};

void print(const Session& session, const Changed& done) {
  if (session.json) {
    fmt::print("{}\n",
               dump_line(OrderedJson{{"id", done.id}, {"file", done.file.string()}, {"changed", done.changed}}));
    return;
  }
  fmt::print("{}\n", done.file.string());
  if (!done.note.empty()) fmt::print(stderr, "{}\n", done.note);
}

int ended(const Session& session, const Result<Changed>& done) {
  if (!done) return report(done.error());
  print(session, *done);
  return 0;
}

Result<Changed> make_new(Session& session, const NewArguments& arguments) {
  ADAPT_TRY_VOID(pipeline::check_id(arguments.id));
  if (arguments.before.empty() != arguments.after.empty())
    return fail(ErrorKind::usage, "--before and --after belong together");
  ADAPT_TRY(const pipeline::OwnLibrary own, pipeline::OwnLibrary::open(session.config));
  ADAPT_TRY(const Library library, pipeline::load_library(session.config));
  const fs::path file = own.file_of(arguments.id);
  std::error_code code;
  if (library.find(arguments.id) != nullptr || fs::exists(file, code))
    return fail(ErrorKind::usage, "{} is there already: agent patterns edit {}", arguments.id, arguments.id);
  if (arguments.before.empty()) {
    ADAPT_TRY_VOID(own.write(file, replace_all(std::string(kSkeleton), "{id}", arguments.id)));
    return Changed{arguments.id, file, true,
                   "fill the blanks in <...>, with agent patterns edit or any editor; until then it is left out"};
  }
  pipeline::MineRequest request;
  ADAPT_TRY(request.examples, pipeline::example_pairs(arguments.before, arguments.after));
  request.head.id = arguments.id;
  request.head.title = "Mined from " + fs::path(arguments.before).filename().string();
  request.head.status = "draft";
  request.head.origin = {"mined from two versions of " + fs::path(arguments.before).filename().string()};
  ADAPT_TRY(const pipeline::Learned learned, pipeline::mine_pattern(request, library, session.config));
  ADAPT_TRY(const Pattern pattern, patterns::parse_pattern(learned.text, file, library.isomorphisms()));
  ADAPT_TRY(const auto superfluous, pipeline::why_superfluous(pattern, pipeline::all_of(library)));
  if (superfluous) return fail(ErrorKind::usage, "nothing new to keep: {}", *superfluous);
  ADAPT_TRY_VOID(own.write(file, learned.text));
  const bool exact = learned.replay.missing == 0 && learned.replay.wrong == 0;
  return Changed{arguments.id, file, true,
                 exact ? "a draft that gives the example back; say in [when] which failures it answers"
                       : "a draft that does not give all of the example back: see agent patterns mine"};
}

Result<std::string> text_or_nothing(const fs::path& file) {
  std::error_code code;
  return fs::exists(file, code) ? read_file(file) : Result<std::string>("");
}

// Why the new text may not take the place of the old one, or "".
Result<std::string> complaint_about(const std::string& text, const fs::path& file, const std::string& id,
                                    const Library& library) {
  const Result<Pattern> loaded = patterns::parse_pattern(text, file, library.isomorphisms());
  if (!loaded) return loaded.error().message;
  if (loaded->id != id)
    return fmt::format("{}:1: the id is '{}', but '{}' is edited; agent patterns new begins another one",
                       file.filename().string(), loaded->id, id);
  return pipeline::first_bad_sample(*loaded);
}

bool changes_meaning(const Pattern* known, const std::string& text, const Library& library) {
  if (known == nullptr) return false;
  const auto fresh = patterns::parse_pattern(text, known->file, library.isomorphisms());
  return fresh && fresh->revision == known->revision && patterns::normal_form(*fresh) != patterns::normal_form(*known);
}

// The library is not locked while somebody types: what has changed meanwhile is not written over.
Result<Changed> edit_pattern(Session& session, const std::string& id) {
  ADAPT_TRY_VOID(pipeline::check_id(id));
  ADAPT_TRY(const std::string editor, editor_command());
  ADAPT_TRY(const fs::path folder, pipeline::own_patterns_folder(session.config));
  ADAPT_TRY(const Library library, pipeline::load_library(session.config));
  const Pattern* known = library.find(id);
  const fs::path file = pipeline::own_file(folder, id, known), rejected = file.string() + ".rejected";
  ADAPT_TRY(const std::string there, text_or_nothing(file));
  ADAPT_TRY(std::string before, text_or_nothing(rejected));
  const bool goes_on = !before.empty();
  if (!goes_on) before = !there.empty() || known == nullptr ? there : known->text;
  if (before.empty()) return fail(ErrorKind::usage, "unknown pattern '{}'{}", id, did_you_mean(id, library.ids()));

  ADAPT_TRY(const TempDir scratch, TempDir::create("adapt-edit-"));
  const fs::path copy = scratch.path() / file.filename();
  ADAPT_TRY_VOID(write_file_atomic(copy, before));
  ADAPT_TRY_VOID(edit_file(editor, copy));
  ADAPT_TRY(const std::string text, read_file(copy));
  ADAPT_TRY(std::string complaint, complaint_about(text, file, id, library));
  if (text == before && !goes_on)
    return Changed{id, known != nullptr ? known->file : file, false,
                   complaint.empty() ? "unchanged" : "unchanged; it is left out: " + complaint};

  ADAPT_TRY(const pipeline::OwnLibrary own, pipeline::OwnLibrary::open(session.config));
  ADAPT_TRY(const std::string meanwhile, text_or_nothing(file));
  if (complaint.empty() && meanwhile != there) complaint = file.string() + " was changed while you edited";
  if (!complaint.empty()) {
    ADAPT_TRY_VOID(own.write(rejected, text));
    return fail(ErrorKind::parse, "{}\nagent: your text is in {}; agent patterns edit {} goes on with it", complaint,
                rejected.string(), id);
  }
  ADAPT_TRY_VOID(own.write(file, text));
  std::error_code ignored;
  fs::remove(rejected, ignored);
  return Changed{id, file, true,
                 changes_meaning(known, text, library)
                     ? fmt::format("the edits differ and the revision is r{} still: the evidence so far counts for the "
                                   "new ones; raise it if it should not",
                                   known->revision)
                     : ""};
}

Result<Changed> retire(Session& session, const std::string& id, const std::string& reason) {
  if (trim(reason).empty()) return fail(ErrorKind::usage, "--reason is empty: say why, for whoever wonders later");
  ADAPT_TRY(const pipeline::OwnLibrary own, pipeline::OwnLibrary::open(session.config));
  ADAPT_TRY(const Library library, pipeline::load_library(session.config));
  ADAPT_TRY(const Pattern* pattern, find_pattern(library, id));
  if (pattern->status == "retired") return Changed{id, pattern->file, false, id + " is retired already"};
  const std::string note = fmt::format("retired {} {}", evidence::utc_text(session.clock.utc_ms()).substr(0, 10),
                                       evidence::kept_text(reason));
  const fs::path file = own.file_of(id, pattern);
  const std::string text = pipeline::with_status(pattern->text, "retired", note);
  ADAPT_TRY_VOID(patterns::parse_pattern(text, file, library.isomorphisms()));
  ADAPT_TRY_VOID(own.write(file, text));
  return Changed{
      id, file, true,
      own.holds(*pattern) ? "" : "the built-in pattern is retired by this copy: remove it to take that back"};
}

Result<void> review(Session& session, const ReviewArguments& arguments) {
  ADAPT_TRY(const Library library, pipeline::load_library(session.config));
  ADAPT_TRY(const Pattern* pattern, find_pattern(library, arguments.id));
  if (trim(arguments.by).empty()) return fail(ErrorKind::usage, "--by is empty: a review needs a name");
  evidence::Record record;
  record.time = evidence::utc_text(session.clock.utc_ms());
  record.pattern = pattern->id;
  record.revision = pattern->revision;
  record.outcome = evidence::Outcome::reviewed;
  record.who = std::string(trim(arguments.by));
  ADAPT_TRY(const fs::path folder, pipeline::evidence_folder(session.config));
  ADAPT_TRY_VOID(evidence::append_evidence(evidence::evidence_file(folder, pattern->id), std::span(&record, 1)));
  ADAPT_TRY(const evidence::Book book, pipeline::load_book(library, session.config));
  const evidence::Standing standing = evidence::standing_of(pattern->status, pattern->revision, book.of(pattern->id));
  if (session.json) {
    fmt::print("{}\n", dump_line(pattern_json(*pattern, standing)));
    return {};
  }
  fmt::print("{} is {}\n", pattern->id, to_string(standing.status));
  for (const std::string& line : standing_lines(*pattern, standing)) fmt::print("  {}\n", line);
  if (standing.status == evidence::Status::trial)
    fmt::print(stderr, "trusted after passes on {} models without one that became worse\n", evidence::kPasses);
  return {};
}

}  // namespace

int patterns_new_command(Session& session, const NewArguments& arguments) {
  return ended(session, make_new(session, arguments));
}

int patterns_edit_command(Session& session, const std::string& id) { return ended(session, edit_pattern(session, id)); }

int patterns_retire_command(Session& session, const std::string& id, const std::string& reason) {
  return ended(session, retire(session, id, reason));
}

int patterns_review_command(Session& session, const ReviewArguments& arguments) {
  const Result<void> done = review(session, arguments);
  return done ? 0 : report(done.error());
}

}  // namespace adapt::cli
