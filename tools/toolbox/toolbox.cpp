#include "tools/toolbox/toolbox.h"

#include <algorithm>
#include <functional>

#include "tools/base/text.h"
#include "tools/toolbox/failure_view.h"
#include "tools/toolbox/quote.h"
#include "tools/toolbox/tools.h"

namespace adapt::toolbox {
namespace {

struct Tool {
  Spec spec;
  std::function<Result<Reply>(Session&, std::string_view)> call;
};

template <class Arguments>
Tool tool(std::string name, std::string description, Result<Reply> (*function)(Session&, const Arguments&)) {
  return {{std::move(name), std::move(description), schema_of<Arguments>()},
          [function](Session& session, std::string_view text) -> Result<Reply> {
            ADAPT_TRY(const Arguments arguments, read_arguments<Arguments>(text));
            return function(session, arguments);
          }};
}

// Sorted by name.
const std::vector<Tool>& tools() {
  static const std::vector<Tool> table = {
      tool("bisect_layers",
           "Takes the parts of the model through the backend one by one and names the first, in the order of the "
           "forward pass and as deep as it can be followed, that fails or differs alone. Slow.",
           bisect_layers),
      tool("compile",
           "Takes the draft through all stages up to compile. Answers how far it came, what failed, and whether that "
           "is further than before.",
           compile),
      tool("find_nodes",
           "Finds nodes of the sources by Python code with $NAME for any expression, or by kind. Answers their "
           "addresses (symbol, kind, occurrence, fingerprint) as rewrite takes them, and their text.",
           find_nodes),
      tool("give_up",
           "Ends the work without a repair. Right when the failure cannot be repaired in the model's source and "
           "options alone; what was found out is kept.",
           give_up),
      tool("inspect_failure",
           "Shows a failure: stage, class, operator, message and the frames within the model's sources, innermost "
           "first.",
           inspect_failure),
      tool("query_patterns",
           "Shows repairs of the library that are near to this failure, and why each did not apply. They are examples "
           "of what works on this backend.",
           query_patterns),
      tool("read_source",
           "Shows source of the model as changed so far, with line numbers; lines of the failure are marked.",
           read_source),
      tool("reproduce",
           "Takes the draft through all stages up to run, without comparing outputs. Answers how far it came, what "
           "failed, and whether that is further than before.",
           reproduce),
      tool("rewrite",
           "Changes the model's source, all or nothing, and answers the difference. Three forms, the best first: (1) "
           "symbol, kind, fingerprint and perhaps occurrence, from find_nodes, with code: the node becomes the code "
           "(or operation insert_before, insert_after, delete); (2) symbol, search and replace: text that stands once "
           "in the symbol; (3) symbol and code: the whole function. New syntax errors are refused; what is as asked "
           "for already counts as done.",
           rewrite),
      tool("run_compare",
           "Takes the draft through all stages and compares outputs with those of the unmodified model on the inputs "
           "at hand. Passing here is needed and not enough: the verdict is made on other inputs.",
           run_compare),
      tool("set_option",
           "Switches an option of the backend on or off; each says what it does and what it costs the claim.",
           set_option),
  };
  return table;
}

// What is wrong with a call is an answer to it; what stops the run is not.
bool is_complaint(const Error& error) { return error.kind == ErrorKind::usage || error.kind == ErrorKind::parse; }

// Source and logs in it stand between marks already; the rest are our words and those of the caller.
Reply complaint(std::string_view text) { return {.text = capped(visible(text), kMaxReply), .is_error = true}; }

}  // namespace

Toolbox::Toolbox(Bench& bench, Draft draft) : session_(std::make_unique<Session>(bench, std::move(draft))) {}
Toolbox::~Toolbox() = default;

const std::vector<Spec>& Toolbox::specs() {
  static const std::vector<Spec> all = [] {
    std::vector<Spec> out;
    for (const Tool& tool : tools()) out.push_back(tool.spec);
    return out;
  }();
  return all;
}

Result<Reply> Toolbox::call(std::string_view name, std::string_view arguments) {
  const auto& table = tools();
  const auto tool =
      std::find_if(table.begin(), table.end(), [&](const Tool& known) { return known.spec.name == name; });
  if (tool == table.end()) {
    std::vector<std::string> names;
    for (const Tool& known : table) names.push_back(known.spec.name);
    return complaint(fmt::format("there is no tool '{:.60}'{}; tools are: {}", name,
                                 did_you_mean(name.substr(0, 60), names), join(names, ", ")));
  }
  auto reply = tool->call(*session_, arguments);
  if (!reply && is_complaint(reply.error())) return complaint(reply.error().message);
  return reply;
}

const Draft& Toolbox::draft() const { return session_->draft(); }
void Toolbox::restore(Draft draft) { session_->restore(std::move(draft)); }
Result<std::vector<std::string>> Toolbox::failing_symbols(std::size_t limit) const {
  ADAPT_TRY(std::vector<std::string> symbols, symbols_of_frames(*session_, session_->latest()));
  if (symbols.size() > limit) symbols.resize(limit);
  return symbols;
}

std::vector<Toolbox::Site> Toolbox::sites() const { return session_->sites(); }

}  // namespace adapt::toolbox
