#include "agent/loop/briefing.h"

#include <algorithm>
#include <set>

#include "agent/prompting/prompts.h"
#include "tools/edit/edit_set.h"
#include "tools/toolbox/quote.h"

namespace adapt::loop {
namespace {

constexpr std::size_t kMaxDifference = std::size_t{16} << 10U;
constexpr std::size_t kMaxMemory = std::size_t{6} << 10U;
constexpr std::size_t kMaxTried = std::size_t{6} << 10U;
constexpr std::size_t kMaxFunctions = 4;  // of the failure's frames that are shown
constexpr std::size_t kMaxTriedLines = 30;

Result<std::string> said(toolbox::Toolbox& tools, std::string_view tool, const Json& arguments) {
  ADAPT_TRY(const toolbox::Reply reply, tools.call(tool, dump(arguments)));
  return reply.text;
}

// Where the failure names no function that may be changed: the model's own module.
Result<std::string> source_text(toolbox::Toolbox& tools, toolbox::Bench& bench) {
  ADAPT_TRY(const std::vector<toolbox::Source> sources, bench.sources());
  ADAPT_TRY(std::vector<std::string> symbols, tools.failing_symbols(kMaxFunctions));
  if (symbols.empty() && !sources.empty()) {
    const auto own = std::ranges::find(sources, "model", &toolbox::Source::role);
    symbols.push_back(own == sources.end() ? sources.front().module : own->module);
  }
  std::string out;
  for (const std::string& symbol : symbols) {
    ADAPT_TRY(const std::string text, said(tools, "read_source", Json{{"symbol", symbol}}));
    out += text + "\n";
  }
  out += "Modules that may be changed:";
  for (const toolbox::Source& source : sources) out += " " + source.module;
  return out;
}

// Names of files, messages of exceptions: whoever wrote the model wrote these too.
std::string quoted(std::string_view source, const std::string& text, std::size_t limit) {
  return text.empty() ? "" : toolbox::quote(source, text, limit);
}

Result<std::string> failure_text(toolbox::Toolbox& tools) { return said(tools, "inspect_failure", Json::object()); }

}  // namespace

std::vector<llm::ToolSpec> tool_specs() {
  std::vector<llm::ToolSpec> out;
  for (const toolbox::Spec& spec : toolbox::Toolbox::specs())
    out.push_back({spec.name, spec.description, spec.parameters});
  return out;
}

std::string describe(const client::Failure& failure) {
  std::string out = fmt::format("{}: {}", client::to_string(failure.stage), client::to_string(failure.failure_class));
  if (failure.op) out += " " + *failure.op;
  if (failure.file) out += " at " + *failure.file + (failure.line ? ":" + std::to_string(*failure.line) : "");
  if (failure.function) out += " in " + *failure.function;
  return out;
}

std::string tried_text(const std::vector<Tried>& tried) {
  std::string out;
  const std::size_t first = tried.size() > kMaxTriedLines ? tried.size() - kMaxTriedLines : 0;
  if (first > 0) out += fmt::format("- ({} earlier attempts are left out)\n", first);
  for (std::size_t i = first; i < tried.size(); ++i)
    out += fmt::format("- {}: {}\n", toolbox::clean(tried[i].what), toolbox::clean(tried[i].ended));
  return out;
}

Result<std::string> difference_text(const toolbox::Draft& draft, toolbox::Bench& bench) {
  ADAPT_TRY(const std::vector<toolbox::Source> sources, bench.sources());
  edit::Sources before;
  edit::Sources after;
  for (const toolbox::Source& source : sources) {
    const auto changed = draft.overlay.find(source.module);
    if (changed == draft.overlay.end()) continue;
    before[source.file] = source.text;
    after[source.file] = changed->second;
  }
  std::string out;
  if (!draft.options.empty()) out += fmt::format("Options that are on: {}\n", fmt::join(draft.options, ", "));
  const std::string diff = edit::unified_diff(before, after);
  return out + quoted("draft", diff, kMaxDifference);
}

Result<std::string> opening(toolbox::Toolbox& tools, toolbox::Bench& bench, const std::string& tried,
                            const std::string& memory) {
  ADAPT_TRY(std::string what, failure_text(tools));
  ADAPT_TRY(std::string source, source_text(tools, bench));
  ADAPT_TRY(std::string options, said(tools, "set_option", Json{{"id", ""}}));
  ADAPT_TRY(std::string patterns, said(tools, "query_patterns", Json::object()));
  return prompting::render("task", {{"backend", bench.backend()},
                                    {"failure", std::move(what)},
                                    {"source", std::move(source)},
                                    {"options", std::move(options)},
                                    {"tried", quoted("tried", tried, kMaxTried)},
                                    {"memory", quoted("memory", memory, kMaxMemory)},
                                    {"patterns", std::move(patterns)}});
}

Result<std::string> resumption(std::string_view prompt, toolbox::Toolbox& tools, toolbox::Bench& bench,
                               const std::vector<Tried>& tried) {
  ADAPT_TRY(std::string what, failure_text(tools));
  ADAPT_TRY(std::string source, source_text(tools, bench));
  ADAPT_TRY(std::string difference, difference_text(tools.draft(), bench));
  return prompting::render(prompt, {{"failure", std::move(what)},
                                    {"source", std::move(source)},
                                    {"difference", std::move(difference)},
                                    {"tried", quoted("tried", tried_text(tried), kMaxTried)}});
}

}  // namespace adapt::loop
