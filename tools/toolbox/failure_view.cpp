#include "tools/toolbox/failure_view.h"

#include <algorithm>
#include <map>

#include "tools/base/hash.h"
#include "tools/base/text.h"
#include "tools/edit/line_diff.h"
#include "tools/toolbox/quote.h"
#include "tools/toolbox/target.h"

namespace adapt::toolbox {
namespace {

bool stands_in(const client::Frame& frame, const Source& source) {
  return frame.file == source.file || (frame.module && *frame.module == source.module);
}

// Where an old line is among the new ones; nothing where it is not among them.
std::optional<std::uint32_t> line_now(const std::vector<edit::Hunk>& hunks, std::uint32_t line) {
  const std::size_t old_line = line - 1;
  std::size_t now = old_line;
  for (const edit::Hunk& hunk : hunks) {
    if (hunk.old_begin > old_line) break;
    if (hunk.old_end > old_line) return std::nullopt;
    now = old_line - hunk.old_end + hunk.new_end;
  }
  return static_cast<std::uint32_t>(now + 1);
}

// Modules as the draft had them that failed, each parsed once.
using Parsed = std::map<std::string, std::shared_ptr<const Module>>;

// "m:C.f" in them; "" where no source holds the frame.
Result<std::string> symbol_at(Session& session, const Seen& seen, const client::Frame& frame, Parsed& parsed) {
  ADAPT_TRY(const std::vector<Source>* sources, session.sources());
  for (const Source& source : *sources) {
    if (!stands_in(frame, source)) continue;
    std::shared_ptr<const Module>& module = parsed[source.module];
    if (!module) {
      auto made = session.module_with(source, Session::text_in(seen.overlay, source));
      if (!made) return source.module;  // too long to be parsed: the name is all there is
      module = std::move(*made);
    }
    const auto line = static_cast<std::uint32_t>(std::clamp<std::int64_t>(frame.line, 1, 1'000'000'000));
    const std::uint32_t start = module->document->line_start(line);
    const auto at = static_cast<std::uint32_t>(start + module->document->indentation_at(start).size());
    return Target{module, innermost(module->symbols, {at, at})}.name();
  }
  return std::string();
}

}  // namespace

std::string short_fingerprint(const client::Failure& failure) { return sha256_hex(failure.fingerprint).substr(0, 12); }

void say_failure(Answer& answer, const client::Failure& failure, std::size_t max_message) {
  answer.say("stage {}, class {}, fingerprint {}", to_string(failure.stage), to_string(failure.failure_class),
             short_fingerprint(failure));
  std::string text;
  if (failure.op) text += fmt::format("op: {}\n", *failure.op);
  if (!failure.exception.empty()) text += fmt::format("exception: {}\n", failure.exception);
  text += without_bad_advice(clean(failure.message));
  answer.data("message", text, max_message);
}

std::vector<client::Frame> all_frames(const client::Failure& failure) {
  std::vector<client::Frame> out = failure.frames;
  if (!failure.file || !failure.line) return out;
  const bool there = std::any_of(out.begin(), out.end(), [&](const client::Frame& frame) {
    return frame.file == *failure.file && frame.line == *failure.line;
  });
  if (!there)
    out.insert(out.begin(), {.file = *failure.file,
                             .line = *failure.line,
                             .function = failure.function.value_or(""),
                             .source = failure.source.value_or("")});
  return out;
}

Result<void> say_frames(Answer& answer, Session& session, const Seen& seen) {
  const std::vector<client::Frame> frames = all_frames(seen.failure);
  if (frames.empty()) {
    answer.line("No frame lies within the model's sources.");
    return {};
  }
  Parsed parsed;
  std::string text;
  for (const client::Frame& frame : frames) {
    ADAPT_TRY(const std::string symbol, symbol_at(session, seen, frame, parsed));
    text += fmt::format("{}:{} in {} ({})\n    {}\n", frame.file, frame.line, frame.function,
                        symbol.empty() ? "may not be changed" : symbol, trim(frame.source));
  }
  answer.line("Frames, innermost first:").data("frames", text, kMaxReply / 3);
  return {};
}

Result<std::vector<std::string>> symbols_of_frames(Session& session, const Seen& seen) {
  Parsed parsed;
  std::vector<std::string> out;
  for (const client::Frame& frame : all_frames(seen.failure)) {
    ADAPT_TRY(std::string symbol, symbol_at(session, seen, frame, parsed));
    if (!symbol.empty() && std::find(out.begin(), out.end(), symbol) == out.end()) out.push_back(std::move(symbol));
  }
  return out;
}

std::set<std::uint32_t> failing_lines(Session& session, const Module& module) {
  const Seen& seen = session.latest();
  const std::string& then = Session::text_in(seen.overlay, module.source);
  std::vector<edit::Hunk> hunks;
  if (then != module.text())
    hunks = edit::diff_lines(edit::lines_with_ends(then), edit::lines_with_ends(module.text()));
  std::set<std::uint32_t> out;
  for (const client::Frame& frame : all_frames(seen.failure)) {
    if (!stands_in(frame, module.source) || frame.line < 1 || frame.line > 1'000'000'000) continue;
    if (const auto line = line_now(hunks, static_cast<std::uint32_t>(frame.line))) out.insert(*line);
  }
  return out;
}

}  // namespace adapt::toolbox
