#include <algorithm>

#include "tools/toolbox/failure_view.h"
#include "tools/toolbox/target.h"
#include "tools/toolbox/tools.h"

namespace adapt::toolbox {
namespace {

constexpr std::size_t kLong = kMaxReply / 2;           // a module or class longer than this is answered by an outline
constexpr std::size_t kMaxListing = kMaxReply - 2500;  // of all that is shown of one target

struct Lines {
  std::uint32_t first = 1, last = 1;
};

Lines lines_of(const Module& module, pyast::Span span) {
  const std::uint32_t end = span.end > span.begin ? span.end - 1 : span.end;
  return {module.document->position(span.begin).line, module.document->position(end).line};
}

// Numbered lines; failing ones have ">" in place of "|". `last` is set to the last line that found room.
std::string listing(const Module& module, Lines& lines, const std::set<std::uint32_t>& failing) {
  std::string out;
  for (std::uint32_t line = lines.first; line <= lines.last; ++line) {
    const char mark = failing.count(line) > 0 ? '>' : '|';
    const std::string next = fmt::format("{:>5} {} {}\n", line, mark, module.document->line_text(line));
    if (!out.empty() && out.size() + next.size() > kMaxListing) {
      lines.last = line - 1;
      break;
    }
    out += next;
  }
  return out;
}

std::string outline(const Target& target, const std::set<std::uint32_t>& failing) {
  const Module& module = *target.module;
  std::string out;
  for (const Symbol& symbol : module.symbols) {
    if (!target.node().span().contains(symbol.whole.span())) continue;
    const Lines lines = lines_of(module, symbol.whole.span());
    const auto first = failing.lower_bound(lines.first);
    const bool fails = first != failing.end() && *first <= lines.last;
    const auto depth = static_cast<std::size_t>(std::count(symbol.name.begin(), symbol.name.end(), '.'));
    out += fmt::format("{:>5}-{:<5} {} {:{}}{}  [{}]\n", lines.first, lines.last, fails ? '>' : '|', "",
                       2 * std::min<std::size_t>(depth, 10), heading_of(symbol), symbol.name);
  }
  return out;
}

void say_target(Answer& answer, Session& session, const Target& target, const ReadSource& asked) {
  const Module& module = *target.module;
  const std::set<std::uint32_t> failing = failing_lines(session, module);
  const pyast::Span span = target.lines();
  Lines lines = lines_of(module, span);
  const bool ranged = asked.from_line || asked.to_line;
  const bool has_parts = target.symbol == nullptr || target.symbol->is_class();
  const Lines whole = lines;
  answer.say("{} in {}, lines {} to {}{}", target.name(), module.source.file, lines.first, lines.last,
             module.text() == module.source.text ? "" : ", as changed so far");
  if (!failing.empty()) answer.line("Lines with '>' are those of the failure.");
  if (!ranged && has_parts && span.end - span.begin > kLong) {
    answer.line("It is long; this is its outline. Read one of the names, or give from_line and to_line.");
    answer.data(target.name(), outline(target, failing));
    return;
  }
  if (asked.from_line) lines.first = std::max<std::uint32_t>(lines.first, static_cast<std::uint32_t>(*asked.from_line));
  if (asked.to_line) lines.last = std::min<std::uint32_t>(lines.last, static_cast<std::uint32_t>(*asked.to_line));
  if (lines.first > lines.last) {
    answer.say("None of these lines are in it.");
    return;
  }
  const std::uint32_t wanted = lines.last;
  answer.data(target.name(), listing(module, lines, failing));
  if (lines.last < wanted)
    answer.say("Lines {} to {} are left out; go on with from_line {}.", lines.last + 1, std::min(wanted, whole.last),
               lines.last + 1);
}

}  // namespace

Result<Reply> read_source(Session& session, const ReadSource& arguments) {
  ADAPT_TRY(const std::vector<Target> targets, find_targets(session, arguments.symbol));
  Answer answer;
  constexpr std::size_t kMaxTwins = 8;
  if (targets.size() > 1) answer.say("'{}' names {} places.", arguments.symbol, targets.size());
  for (std::size_t i = 0; i < targets.size() && i < kMaxTwins; ++i) say_target(answer, session, targets[i], arguments);
  for (std::size_t i = kMaxTwins; i < targets.size() && i < 5 * kMaxTwins; ++i)
    answer.say("also {}", targets[i].name());
  return std::move(answer).reply();
}

}  // namespace adapt::toolbox
