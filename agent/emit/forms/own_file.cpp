#include "agent/emit/forms/own_file.h"

#include <algorithm>
#include <array>
#include <map>

#include "tools/pyast/document.h"

namespace adapt::emit::forms {
namespace {

using pyast::Node;

// As the harness looks for them.
constexpr auto kFactories =
    std::to_array<std::string_view>({"load_model", "get_model", "create_model", "make_model", "build_model"});

bool returns_dictionaries(const pyast::Document& document, Node function) {
  std::size_t returns = 0;
  for (const Node node : document.nodes_of_kind("return_statement", function)) {
    const auto values = node.named_children();
    ++returns;
    if (values.size() != 1 || values.front().kind() != "dictionary") return false;
  }
  return returns > 0;
}

}  // namespace

Result<OwnFile> read_own_file(const std::string& text, const std::optional<std::string>& named) {
  ADAPT_TRY(const auto document, pyast::Document::parse(text));
  std::map<std::string, Node, std::less<>> functions;
  for (Node node : document->root().named_children()) {
    if (node.kind() == "decorated_definition") node = node.child_by_field("definition");
    if (node.kind() == "function_definition") functions[std::string(node.child_by_field("name").text())] = node;
  }
  OwnFile out;
  const auto factory =
      std::ranges::find_if(kFactories, [&](std::string_view name) { return functions.contains(name); });
  if (named)
    out.factory = *named;
  else if (factory != kFactories.end())
    out.factory = *factory;
  else
    return fail(ErrorKind::usage, "the model's file defines no factory such as load_model()");
  const auto inputs = functions.find("load_inputs");
  if (inputs == functions.end()) return out;
  out.has_inputs = true;
  out.gives_mapping = returns_dictionaries(*document, inputs->second);
  for (const Node word : document->nodes_of_kind("identifier", inputs->second.child_by_field("parameters")))
    out.takes_seed = out.takes_seed || word.text() == "seed";
  return out;
}

}  // namespace adapt::emit::forms
